/*
 * table_estimate.hpp: how much of a table is bloat, as the catalogs, the
 * counters and the maps beside it tell. None of its pages is read.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* What a figure is worth. */
enum class Confidence : uint8
{
	none,	/* nothing is known: there is no figure */
	low,	/* from what was known some time ago, or two sources contradict each other */
	medium, /* from statistics, or from maps of a table that was written to since */
	high	/* from maps that describe all but a few of its pages as they are */
};
const char *confidence_name(Confidence confidence);

/* What a row takes on a page, MAXALIGNed, with its line pointer. */
struct RowShape
{
	double average; /* 0: not known */
	double square;	/* average of the squares */
	bool alike;		/* all the same */
};

/* careful: how the sizes of a column's values differ counts, too; else their average only. */
RowShape row_shape(const RelationEntry &table, double rows, bool careful);

/* How many such rows a rewrite puts on a page. */
double rows_per_page(const RowShape &shape, int fillfactor);

int table_fillfactor(const RelationEntry &table);

struct TableBloat
{
	const RelationEntry *table; /* for its TOAST table: the table that has it */
	Oid relation;
	int64 bytes;
	int64 bloat_bytes; /* this and what follows: -1 not known */
	int64 free_bytes;
	int64 dead_bytes;
	double empty_pages; /* that a map knows of */
	double rows;
	double dead_rows;
	int64 last_vacuum;	/* TimestampTz, 0: not known */
	const char *method; /* NULL: not known */
	Confidence confidence;
	bool toast;

	double percent() const
	{
		return bytes > 0 && bloat_bytes > 0 ? 100 * static_cast<double>(bloat_bytes) / static_cast<double>(bytes) : 0;
	}
	bool reliable() const { return confidence == Confidence::high || confidence == Confidence::medium; }
};

/* pages: what it has now, -1 without a file. */
TableBloat estimate_table(const RelationEntry &table, int64 pages);
TableBloat estimate_toast(const RelationEntry &table, int64 pages);

/* Rows it has now, if anybody knows: counted since the last VACUUM or ANALYZE, else as of then; -1 not known. */
double live_rows(const RelationEntry &table, int64 pages);

/* Is what ANALYZE saw still true, but for this share of the rows? */
bool analyzed_within(const RelationEntry &table, double share);

} // namespace dbeng
