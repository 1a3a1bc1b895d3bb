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
	uint64 transaction_id;
	Action action;
	const TableShape *shape;
	RowKey key_before; /* empty: insert; and where the table has no key */
	RowKey key_after;  /* empty: delete */
	std::span<const StepValue>
		before; /* what it says of the row before: all of a deleted one, of an updated one what is kept */
	std::span<const StepValue> after; /* all of an inserted one, of an updated one what changed */
};

/*
 * Calls visit(step) for each change of the table in transactions that began after a time. A step lives until all of its
 * transaction are visited. To be called between LogSnapshot() and its end().
 */
void each_step(PresentTable &table, Renderer &renderer, TimestampTz after,
			   void (*visit)(const Step &step, void *argument), void *argument);

template <class Visit>
void
each_step(PresentTable &table, Renderer &renderer, TimestampTz after, Visit visit)
{
	each_step(
		table, renderer, after, [](const Step &step, void *argument) { (*static_cast<Visit *>(argument))(step); },
		&visit);
}

/*
 * The same for what may concern the row that had a key at that time, also under the keys that it got since. All at the end.
 */
void each_step_of(PresentTable &table, Renderer &renderer, RowKey key, TimestampTz after,
				  void (*visit)(const Step &step, void *argument), void *argument);

template <class Visit>
void
each_step_of(PresentTable &table, Renderer &renderer, RowKey key, TimestampTz after, Visit visit)
{
	each_step_of(
		table, renderer, key, after,
		[](const Step &step, void *argument) { (*static_cast<Visit *>(argument))(step); }, &visit);
}

/* One change as a step, in CurrentMemoryContext. */
Step step_of(PresentTable &table, Renderer &renderer, const LoggedChunk &chunk, const RowChange &change);

/* With all it points to, in CurrentMemoryContext. */
Step copied(const Step &step);

/* column = 'value', as the type compares; IS NULL for NULL. */
const char *equals(const PresentColumn &column, const char *text);

/* The same for several, with AND between. */
const char *key_condition(PresentTable &table, std::span<const int> columns, RowKey key);

/* 'value'::type; of a domain what it is over, so that nobody's constraint is asked. */
const char *typed_literal(const PresentColumn &column, const char *text);

} // namespace dbeng
