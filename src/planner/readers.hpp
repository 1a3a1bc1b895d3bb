/*
 * readers.hpp: the statements that may read some tables, told by the names in
 * them, without planning them.
 */
#pragma once

#include "catalog/workload.hpp"

namespace dbeng {

class Readers
{
  public:
	/* Of no table yet. */
	explicit Readers(const Catalog &catalog);

	/* A table too, with its partitions. */
	void of(const RelationEntry &table);

	/* Says no only where the statement surely reads none of them. It has to be parsed. */
	bool may_include(const StatementEntry &statement) const;

  private:
	FlatSet<std::string_view> names_;
};

} // namespace dbeng
