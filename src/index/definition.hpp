/*
 * definition.hpp: indexes as text, for messages and for the statements that
 * drop or rebuild one. For findings that are shown, not for judging.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* "(a, lower(b) DESC) INCLUDE (c)": what it is on, without its predicate. */
const char *columns_text(const IndexEntry &index);

/* "primary key orders_pkey", "unique index …", "index …". */
const char *described(const IndexEntry &index);

const char *full_name(const IndexEntry &index);

/* What follows the table in its CREATE INDEX, " USING btree (a) WHERE …"; NULL when it cannot be shown any more. */
const char *definition_tail(const IndexEntry &index);

/* The definition of its predicate as it ends definition_tail(): " WHERE …"; "" without. */
const char *predicate_tail(const IndexEntry &index);

/*
 * beginning_part_idx, as the server would name a new index: not taken in the schema, nor already used, where it is
 * noted. A hash of it all goes in between where it is told to be ambiguous or has to be cut, since then the fix of
 * another finding could come to the same name.
 */
const char *free_name(const SchemaEntry &schema, const char *beginning, const char *part, bool ambiguous,
					  Vector<const char *> &used);

/* What is to be made on a table and, where that is partitioned, on each partition. */
struct NewIndex
{
	const RelationEntry *table;
	const char *tail;	   /* what follows the table in CREATE INDEX, the same for all */
	const char *name_part; /* what stands for its columns in its name */
	bool ambiguous;		   /* its name, on the table itself; see free_name() */
	/* Would ATTACH PARTITION take this index of a partition for it? It is usable, plain and nobody's. */
	bool (*is_same)(const void *made_for, const RelationEntry &partition, const IndexEntry &there);
	const void *made_for;
};

/*
 * CREATE INDEX without locking out writers. CONCURRENTLY does not take a partitioned table: there one index a
 * partition, or one that is there, then joined. Nothing where a partition is a foreign table. Names are noted.
 */
void fix_create(Finding &finding, const NewIndex &index, Vector<const char *> &used);

/* The statement that drops it, or the constraint it enforces. */
void fix_drop(Finding &finding, const IndexEntry &index);

/*
 * Builds one with another definition beside it, drops it and gives the new one its name. Nothing for NULL, for
 * partitioned ones and for what cannot be dropped.
 */
void fix_replace(Finding &finding, const IndexEntry &index, const char *tail);

} // namespace dbeng
