/*
 * steps.hpp: the changes of one table, in the order in which they happened, told in the columns that it has now.
 */
#pragma once

#include "audit/chunk_scan.hpp"
#include "audit/row_key.hpp"

namespace dbeng {

/* What a change says of a column. */
struct StepValue
{
	int column;		  /* of the table as it is now */
	bool lost;		  /* redacted: the value is not in the log */
	const char *text; /* NULL for NULL */
};

struct Step
{
	int64 audit_id;
	TimestampTz changed_at;
	TimestampTz written_at;
	uint64 transaction_id;
	Action action;
	const TableShape *shape;
	RowKey key_before; /* empty: insert; and where the table has no key */
	RowKey key_after;  /* empty: delete */
	std::span<const StepValue>
		before; /* what it says of the row before: all of a deleted one, of an updated one what is kept */
	std::span<const StepValue> after; /* all of an inserted one, of an updated one what changed */
};

/* The transactions that began after a time. */
inline ChunkFilter
begun_after(TimestampTz time)
{
	ChunkFilter filter;
	filter.from = time >= DT_NOEND ? time : time + 1;
	return filter;
}

/*
 * Calls visit(step) for each change of the table in those transactions. A step lives until all of its
 * transaction are visited. To be called between LogSnapshot() and its end().
 */
void each_step(PresentTable &table, Renderer &renderer, ChunkFilter filter,
			   void (*visit)(const Step &step, void *argument), void *argument);

template <class Visit>
void
each_step(PresentTable &table, Renderer &renderer, const ChunkFilter &filter, Visit visit)
{
	each_step(
		table, renderer, filter, [](const Step &step, void *argument) { (*static_cast<Visit *>(argument))(step); },
		&visit);
}

/*
 * The same for what may concern the rows that are looked for, under the keys, too, that they got in these transactions: those
 * are added. All of it is held until the end.
 */
void each_step_of(PresentTable &table, Renderer &renderer, KeyLookup &lookup, ChunkFilter filter,
				  void (*visit)(const Step &step, void *argument), void *argument);

template <class Visit>
void
each_step_of(PresentTable &table, Renderer &renderer, KeyLookup &lookup, const ChunkFilter &filter, Visit visit)
{
	each_step_of(
		table, renderer, lookup, filter,
		[](const Step &step, void *argument) { (*static_cast<Visit *>(argument))(step); }, &visit);
}

/* One change as a step, in CurrentMemoryContext. */
Step step_of(PresentTable &table, Renderer &renderer, const LoggedChunk &chunk, const RowChange &change);

/* With all it points to, in CurrentMemoryContext. */
Step copied(const Step &step);

/* Does a column say when that change was made, as triggers and applications note it? */
bool is_time_of_change(const PresentColumn &column, const char *text, const Step &step);

/* column = 'value', as the type compares; IS NULL for NULL. */
const char *equals(const PresentColumn &column, const char *text);

/* The same for several, with AND between. */
const char *key_condition(PresentTable &table, std::span<const int> columns, RowKey key);

/* What the texts of values mean depends on no setting any more, until restore_value_style() ends it. */
void pin_reading_of_values();

/* 'value'::type; of a domain what it is over, so that nobody's constraint is asked. */
const char *typed_literal(const PresentColumn &column, const char *text);

} // namespace dbeng
