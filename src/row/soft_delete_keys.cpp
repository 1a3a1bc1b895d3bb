/*
 * soft_delete_keys.cpp: foreign keys as the catalogs have them, and as
 * conditions of a statement.
 */
#include "core/text.hpp"
#include "row/soft_delete.hpp"

namespace dbeng {

const char *
column_name(Oid relation, AttrNumber column)
{
	return quoted(get_attname(relation, column, false));
}

const char *
only(Oid relation)
{
	return get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ";
}

static int
numbers_of(HeapTuple tuple, AttrNumber attribute, AttrNumber *numbers)
{
	bool null;
	Datum value = SysCacheGetAttr(CONSTROID, tuple, attribute, &null);
	if (null)
		return 0;
	ArrayType *array = DatumGetArrayTypeP(value);
	int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	count = std::min(count, INDEX_MAX_KEYS);
	memcpy(numbers, ARR_DATA_PTR(array), static_cast<std::size_t>(count) * sizeof(AttrNumber));
	return count;
}

bool
read_key(Oid constraint, KeyReference &key)
{
	HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	if (!HeapTupleIsValid(tuple))
		return false;
	auto &form = *reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
	key.constraint = constraint;
	key.name = pstrdup(NameStr(form.conname));
	key.child = form.conrelid;
	key.parent = form.confrelid;
	key.action = form.confdeltype;
	key.temporal = pg::is_temporal(form);
	key.columns = numbers_of(tuple, Anum_pg_constraint_conkey, key.child_columns);
	numbers_of(tuple, Anum_pg_constraint_confkey, key.parent_columns);
	key.set_columns = numbers_of(tuple, Anum_pg_constraint_confdelsetcols, key.set);
	bool null;
	Datum operators = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conpfeqop, &null);
	if (!null)
		memcpy(key.operators, ARR_DATA_PTR(DatumGetArrayTypeP(operators)),
			   static_cast<std::size_t>(key.columns) * sizeof(Oid));
	ReleaseSysCache(tuple);
	return !null;
}

const char *
key_condition(const KeyReference &key, const char *parent_alias, const char *child_alias)
{
	StringInfoData text;
	initStringInfo(&text);
	for (int i = 0; i < key.columns; i++)
	{
		if (i > 0)
			appendStringInfoString(&text, " AND ");
		const char *left = format("%s.%s", parent_alias, column_name(key.parent, key.parent_columns[i]));
		const char *right = format("%s.%s", child_alias, column_name(key.child, key.child_columns[i]));
		generate_operator_clause(&text, left, get_atttype(key.parent, key.parent_columns[i]), key.operators[i], right,
								 get_atttype(key.child, key.child_columns[i]));
	}
	return text.data;
}

bool
is_guarded(Oid child)
{
	Relation relation = RelationIdGetRelation(child);
	if (!RelationIsValid(relation))
		return false;
	bool found = false;
	if (const TriggerDesc *triggers = relation->trigdesc)
		for (const Trigger &trigger : std::span(triggers->triggers, static_cast<std::size_t>(triggers->numtriggers)))
			found = found || (TRIGGER_FOR_INSERT(trigger.tgtype) && TRIGGER_FOR_AFTER(trigger.tgtype) &&
							  trigger.tgenabled != TRIGGER_DISABLED && trigger.tgenabled != TRIGGER_FIRES_ON_REPLICA &&
							  is_own_trigger_function(trigger.tgfoid, "_soft_delete_guard"));
	RelationClose(relation);
	return found;
}

Identity
past_own_policies()
{
	Identity identity;
	GetUserIdAndSecContext(&identity.role, &identity.context);
	SetUserIdAndSecContext(identity.role, identity.context | SECURITY_NOFORCE_RLS);
	return identity;
}

int
primary_key(Oid oid, AttrNumber *columns)
{
	Relation relation = RelationIdGetRelation(oid);
	if (!RelationIsValid(relation))
		return 0;
	RelationGetIndexList(relation);
	Oid index = pg::primary_key_index(relation);
	RelationClose(relation);
	if (!OidIsValid(index))
		return 0;
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		return 0;
	auto &form = *reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
	int count = form.indnkeyatts;
	for (int i = 0; i < count; i++)
		columns[i] = form.indkey.values[i];
	ReleaseSysCache(tuple);
	return count;
}

} // namespace dbeng
