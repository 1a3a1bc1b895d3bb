/*
 * example_record.hpp: an example as the store has it: bytes.
 */
#pragma once

#include "planner/example.hpp"
#include "planner/example_store.hpp"

namespace dbeng {

/* First the text, then the values of $1, $2 … in order. */
class RecordWriter
{
  public:
	/* False: it does not fit. */
	bool text(std::string_view text);
	/* text: NULL for NULL. Where the text does not fit, the value becomes one that is not known. False: nor does that. */
	bool value(Oid type, const char *text);

	std::span<const char> bytes() const { return {bytes_, used_}; }

  private:
	void put(const void *from, std::size_t count);

	char bytes_[max_example_bytes];
	std::size_t used_ = 0;
};

/* What the record says, in CurrentMemoryContext; texts stay where they are in the record. */
Example *read_record(std::span<const char> record, TimestampTz seen_at);

} // namespace dbeng
