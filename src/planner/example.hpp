/*
 * example.hpp: one example of the constants of a statement, as it was once
 * executed (dbeng.sample_constants).
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct ExampleValue
{
	Oid type;		   /* InvalidOid: the value is not known */
	const char *value; /* as its output function wrote it, in ISO style; NULL for NULL */
};

struct Example
{
	/* The statement alone, as it was sent; with PREPARE … AS or (before 18) EXPLAIN … before it, if that ran it. */
	const char *text;
	std::span<const ExampleValue> values; /* of $1, $2 … of the extended protocol; may be empty */
	TimestampTz seen_at;
};

/*
 * Of this database. Copied to CurrentMemoryContext; NULL when there is none.
 * Needs no transaction, and does not ask who may read it.
 */
const Example *find_example(int64 query_id, Oid user);

} // namespace dbeng
