/*
 * shape.hpp: what rows of an audited table look like, as the log remembers it.
 *
 * A change is kept as the bytes of its columns. What these bytes mean is the
 * shape of the table at that moment: it is recorded in dbeng_audit.shapes when
 * a row of that shape is changed for the first time, is found again by the
 * hash of its own contents, and is never changed. So what was logged before a
 * column was renamed, added, dropped or retyped is read as it was.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* How a value's bytes are kept. */
enum class Coding : uint8
{
	fixed,	/* as the server keeps it: a type of one length */
	bytes,	/* a varlena without its header, in plain form */
	cstring /* as text, by the type's output function: what depends on OIDs of this database, and types of others */
};

struct ShapeColumn
{
	AttrNumber number;
	const char *name;
	const char *type_name; /* with typmod, qualified unless in pg_catalog */
	Oid type;			   /* means something only for types of the server's own, or in this database */
	int32 typmod;
	int16 length; /* typlen */
	char align;
	bool by_value;
	Coding coding;
	int16 key;	   /* its place in the key from 1; 0: not part of it */
	bool redacted; /* that it changed is kept, its values are not */
	bool generated;
	FmgrInfo *output;	  /* of Coding::cstring, for writing; NULL of a recorded shape */
	bool depends_on_path; /* is search_path to be pinned for it: names of other objects may be in it */
};

/* How a column's values lie in a row as it is stored. */
struct StoredColumn
{
	int16 length; /* typlen: -1, or more than 0 */
	uint16 align; /* in bytes */
};

struct TableShape
{
	int32 table_id; /* of the audited table; a partition's rows have the parent's */
	uint64 hash;	/* over all that follows */
	const char *schema_name;
	const char *table_name;				  /* of the partition, where it is one */
	std::span<const ShapeColumn> columns; /* that are logged, by number */
	bool has_key;  /* a primary key, or else a unique key without NULLs that is the replica identity */
	char encoding; /* of the database: pg_enc */
	/* Not part of what is recorded: */
	bool log_query;
	std::span<const StoredColumn> stored; /* of all columns; empty: rows cannot be kept as they are stored */
};

/*
 * The shape of a table that a trigger of audit is on, for the table_id it was
 * given; kept until its definition changes. The shape is recorded in the log
 * by the first flush that has changes of it.
 */
const TableShape &shape_of(Relation relation, int32 table_id);

/* A recorded one, for reading; NULL when there is none. It stays until the session ends. */
const TableShape *recorded_shape(int32 table_id, uint64 hash);

/* All of a table. */
void recorded_shapes(int32 table_id, Vector<const TableShape *> &found);

/* What rows of that table looked like at a time, as far as is known, and since: the one recorded last up to then, and later ones. */
void shapes_since(int32 table_id, TimestampTz at, Vector<const TableShape *> &shapes);

} // namespace dbeng
