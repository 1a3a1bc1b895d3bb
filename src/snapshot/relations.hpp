/*
 * relations.hpp: the relations of this database that have storage, as far as
 * snapshots need them: whose they are, in which file, how large.
 */
#pragma once

#include "snapshot/state.hpp"

namespace dbeng {

struct StoredRelation
{
	Oid oid;
	Oid table; /* an index's, a TOAST table's or its index's; itself for a table */
	Oid tablespace;
	pg::FileNumber file;
	uint64 name;  /* hash of kind, schema and name (of a TOAST table: the table's) */
	int32 series; /* -1: has none yet; 0: not recorded */
	char kind;	  /* r i m; t TOAST table, x its index */
	bool seldom;  /* the server's own and dbeng's: once an hour is enough */
	bool measure; /* its file may have changed since it was measured */
	bool temporary;
	int64 bytes;
};

/* What StoredRelation::name holds. */
uint64 relation_name_hash(char kind, const char *schema, const char *name);

struct RelationName
{
	Oid oid;
	const char *schema;
	const char *name;
};

class StoredRelations
{
  public:
	explicit StoredRelations(MemoryContext context) : all_(ContextAllocator<StoredRelation>(context)) {}

	/*
	 * Reads the catalogs. Those of before keep their series and size. Names are
	 * told of those that are new or called otherwise now.
	 */
	void read(const StoredRelations *before, Vector<RelationName> &names);
	StoredRelation *find(Oid oid);
	std::span<StoredRelation> all() { return {all_.data(), all_.size()}; }

	/* The bytes of a relation's main fork by its files; -1 where there is none. */
	static int64 measure(const StoredRelation &relation);

	/* Has a catalog of relations changed since the last call? True at the first. */
	static bool changed();

  private:
	Vector<StoredRelation> all_;
};

} // namespace dbeng
