/*
 * example.hpp: one example of the constants of a statement, as it was once
 * executed (dbeng.sample_constants).
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct ExampleValue
{
	Oid type;
	const char *value; /* as its output function wrote it; NULL for NULL */
};

struct Example
{
	const char *text;					  /* the statement alone, as it was sent */
	std::span<const ExampleValue> values; /* of $1, $2 … of the extended protocol; may be empty */
	TimestampTz seen_at;
};

/* Copied to CurrentMemoryContext; NULL when there is none. Needs no transaction. */
const Example *find_example(int64 query_id, Oid user);

} // namespace dbeng
