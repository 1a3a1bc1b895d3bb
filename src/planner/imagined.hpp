/*
 * imagined.hpp: indexes that do not exist, as the planner is told of them.
 *
 * Column numbers and Vars (varno 1) are those of the table the index is
 * imagined on: a plain table, a materialized view or the topmost partitioned
 * table.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct ImaginedKey
{
	AttrNumber column; /* 0: an expression */
	Node *expression;  /* immutable, Vars of varno 1; NULL for a column */
	Oid type;		   /* of the column or the expression */
	Oid opclass;	   /* InvalidOid for an INCLUDE column, the next three too */
	Oid opfamily;
	Oid input_type; /* the opclass's */
	Oid collation;
	int16 option; /* INDOPTION_DESC | INDOPTION_NULLS_FIRST */
};

/* What the planner wants to know of an index's size. */
struct IndexSize
{
	double tuples;
	double pages;
	int32 tree_height; /* btree: levels above the leaves; -1 for other methods */
};

struct ImaginedIndex
{
	Oid oid; /* made up: no relation has it */
	const RelationEntry *table;
	Oid method;						   /* BTREE_AM_OID … */
	std::span<const ImaginedKey> keys; /* key columns, then INCLUDE columns */
	uint16 key_columns;
	List *predicate; /* ANDed, Vars of varno 1; NIL when not partial */
	IndexSize size;	 /* of a partitioned table: of all its partitions together */

	int64 bytes() const { return static_cast<int64>(size.pages) * BLCKSZ; }
};

} // namespace dbeng
