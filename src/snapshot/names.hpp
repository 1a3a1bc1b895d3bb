/*
 * names.hpp: what series are called.
 */
#pragma once

#include "snapshot/history.hpp"

namespace dbeng {

struct NamedSeries
{
	int32 series;
	char kind;
	bool ended; /* dropped since */
	Oid object;
	Oid table;
	int64 key;
	const char *schema; /* NULL where the family has none */
	const char *name;
};

/* A family's series that were there until some moment of a range, by number, by the name they had last. */
std::span<const NamedSeries> named_series(const History &history, Family family);

/* The server's own, and dbeng's. */
bool is_system_schema(const char *schema);

} // namespace dbeng
