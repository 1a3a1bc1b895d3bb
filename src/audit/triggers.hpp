/*
 * triggers.hpp: the triggers that audit a table: those that should be there,
 * those that are, and the DDL that makes the one the other.
 */
#pragma once

#include "audit/audited_table.hpp"

namespace dbeng {

enum class TriggerFault : uint8
{
	missing,
	altered,	 /* of that name, but another function, event, condition or argument */
	disabled,	 /* does not fire when it should */
	superfluous, /* ours, and nothing it is needed for */
	late /* another's AFTER ROW trigger sorts before ours: what it changes is logged before what made it do so */
};

struct TriggerStep
{
	Oid relation;
	const char *trigger;
	TriggerFault fault;
	const char *sql;  /* statements that end it; NULL: it is another's trigger */
	bool misses_rows; /* changes of rows are not logged until then */
};

/* What differs from what should be, on the table and each of its partitions; all in CurrentMemoryContext. */
void trigger_steps(const AuditedTable &table, Vector<TriggerStep> &steps);

/* Does it have a trigger of audit, its own or one cloned from its parent's? Its table_id; 0: it has none. */
int32 auditing_of(Oid relation);

} // namespace dbeng
