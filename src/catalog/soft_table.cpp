/* soft_table.cpp: see soft_table.hpp. */
#include "catalog/soft_table.hpp"

namespace dbeng {

bool
is_own_trigger_function(Oid function, const char *name)
{
	const char *actual = get_func_name(function);
	return actual != nullptr && strcmp(actual, name) == 0 &&
		   get_func_namespace(function) == get_namespace_oid("dbeng", true);
}

SoftTable
trigger_columns(Relation relation, const Trigger &trigger)
{
	if (trigger.tgnattr != 2)
		return {};
	SoftTable table = {trigger.tgattr[0], trigger.tgattr[1]};
	/* Anybody can make such a trigger on a table of his. */
	if (TupleDescAttr(RelationGetDescr(relation), table.deleted_at - 1)->atttypid != TIMESTAMPTZOID ||
		TupleDescAttr(RelationGetDescr(relation), table.deletion_id - 1)->atttypid != INT8OID)
		return {};
	return table;
}

SoftTable
soft_table(Relation relation)
{
	SoftTable found;
	const TriggerDesc *triggers = relation->trigdesc;
	if (triggers == nullptr || !triggers->trig_update_before_row)
		return found;
	constexpr int16 type = TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE | TRIGGER_TYPE_UPDATE;
	for (const Trigger &trigger : std::span(triggers->triggers, static_cast<std::size_t>(triggers->numtriggers)))
	{
		if (trigger.tgtype != type || trigger.tgnattr != 2)
			continue;
		char off = SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA ? TRIGGER_FIRES_ON_ORIGIN
																			  : TRIGGER_FIRES_ON_REPLICA;
		if (trigger.tgenabled == TRIGGER_DISABLED || trigger.tgenabled == off ||
			!is_own_trigger_function(trigger.tgfoid, "_soft_delete_row"))
			continue;
		found = trigger_columns(relation, trigger);
		break;
	}
	return found;
}

SoftTable
soft_table(Oid oid)
{
	Relation relation = RelationIdGetRelation(oid);
	if (!RelationIsValid(relation))
		return {};
	SoftTable found = soft_table(relation);
	RelationClose(relation);
	return found;
}

} // namespace dbeng
