/*
 * recorded.hpp: what the last snapshot saw, between two of them; shared by the
 * files that load it, name what is new, and compare.
 */
#pragma once

#include "snapshot/observe.hpp"
#include "snapshot/relations.hpp"
#include "snapshot/store.hpp"

namespace dbeng {

/* A relation that is no more, and how large it was. */
struct Dropped
{
	int32 series;
	int64 bytes;
};

struct Recorder
{
	MemoryContext context;
	bool complete;		  /* false: an error came in between, nothing in it counts */
	int64 snapshot_id;	  /* of the last one; 0: none yet */
	TimestampTz taken_at; /* of the last one */
	int32 epoch;
	bool copied; /* the tables are those of another database: restored from a dump, or a template's */
	Oid origin;	 /* the database they are of */
	int32 last_series[family_count];
	MemoryContext relations_context;
	StoredRelations *relations;
	MemoryContext look_context[family_count];
	Look *look[family_count]; /* NULL: never looked at */
	int64 seldom_hour;		  /* when the server's own relations were recorded last */
	Vector<Dropped> dropped;  /* since the last snapshot */
};

/* What a family's series are called in the tables. */
struct NewSeries
{
	Family family;
	int32 series;
	char kind;
	Oid object;
	int64 key;
	Oid table;
	const char *schema;
	const char *name;
};

/* A look, and the relations, in a memory context of their own. */
Look *new_look(Family family, MemoryContext parent, MemoryContext *context);
StoredRelations *new_relations(MemoryContext parent, MemoryContext *context);

/*
 * What was recorded until the last snapshot in the tables: of this process's
 * memory where that is of it, else loaded. names gets the relations that are
 * not in dbeng.series, or not by their name.
 */
Recorder &as_of_last_snapshot(Vector<RelationName> &names);

/* Numbers what has none yet; noted gets what dbeng.series does not know. */
void note_relations(Recorder &state, const Vector<RelationName> &names, Vector<NewSeries> &noted);
void note_named(Recorder &state, Look &look, const SeriesNames &names, Vector<NewSeries> &noted);
void note_databases(Recorder &state, Look &look, Vector<NewSeries> &noted);
void note_renamed_databases(Vector<NewSeries> &noted);
void note_statements(Recorder &state, Look &look, std::size_t unknown, Vector<NewSeries> &noted);

/* Writes them to dbeng.series. */
void note_series(const Vector<NewSeries> &series, TimestampTz now);
void end_series(Family family, const Vector<int32> &series, TimestampTz now);

} // namespace dbeng
