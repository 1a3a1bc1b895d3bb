/*
 * soft_table.hpp: tables whose deleted rows stay, marked by two columns.
 *
 * A table keeps its rows by a trigger of ours, BEFORE UPDATE OF the two
 * columns: that it is there is all a session has to know, and the trigger's
 * own list of columns tells which ones they are, whatever they are renamed to.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct SoftTable
{
	AttrNumber deleted_at = InvalidAttrNumber;
	AttrNumber deletion_id = InvalidAttrNumber;

	bool keeps() const { return deleted_at != InvalidAttrNumber; }
};

/* The columns of a trigger of ours; none, where it was made by somebody else on others. */
SoftTable trigger_columns(Relation relation, const Trigger &trigger);
/* As things are for this session: a trigger that is switched off, or off under session_replication_role, keeps nothing. */
SoftTable soft_table(Relation relation);
/* The same for a relation that is locked, or at least known to be there; one that is gone keeps nothing. */
SoftTable soft_table(Oid relation);

/* Is it a trigger function of ours, of that name? */
bool is_own_trigger_function(Oid function, const char *name);

} // namespace dbeng
