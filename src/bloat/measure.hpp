/*
 * measure.hpp: how much of a relation is bloat, from its pages.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* What one row of dbeng.bloat() says; of a partitioned table the sum over its partitions. */
struct Bloat
{
	Oid relation = InvalidOid;
	const char *kind = nullptr; /* table, toast, index */
	double total = 0;			/* bytes, here and below */
	double rewritten = 0;
	double variance = 0; /* of rewritten, in squares of half widths of 95 % */
	double free = 0;
	double dead = 0;
	double held = 0;
	double rows = 0; /* of a table: an index built now would have so many entries; and dead ones */
	double dead_rows = 0;
	int64 blocks_read = 0;
	int64 corrupt = 0;
	int64 not_read =
		0; /* partitions, indexes that stand for nothing here, being foreign tables or of unknown methods */
	const char *method = nullptr; /* name of the access method that is not known */
	bool exact = true;
	bool gave_way = false;

	double bloat() const { return std::max(total - rewritten, 0.0); }
	double percent() const { return total > 0 ? 100 * bloat() / total : 0; }
	double error_percent() const { return total > 0 ? 100 * std::sqrt(variance) / total : 0; }
	bool known() const { return total > 0 || not_read == 0; }
};

/* The relation, its TOAST table, its indexes. most: blocks of each; negative: all. */
void measure_bloat(Oid relation, int64 most, Vector<Bloat> &found);

} // namespace dbeng
