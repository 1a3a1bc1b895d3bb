#include "audit/present_table.hpp"

#include "audit/triggers.hpp"
#include "catalog/soft_table.hpp"
#include "core/text.hpp"

namespace dbeng {

static const AuditedTable *
find_audited(std::span<const AuditedTable> tables, Oid relation)
{
	const AuditedTable *found = nullptr;
	for (const AuditedTable &table : tables)
		if (OidIsValid(relation) && table.relation == relation && (found == nullptr || table.enabled()))
			found = &table;
	return found;
}

[[noreturn]] static void
refuse_unaudited(Oid relation)
{
	const char *name = get_rel_name(relation);
	if (name == nullptr)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation with OID %u does not exist", relation),
				errhint("SELECT relation FROM dbeng.audited_tables;"));
	const char *whole = qualified(relation);
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s is not audited", whole),
			errdetail("The audit log has nothing of it."),
			errhint("SELECT dbeng.enable_audit(%s); logs its changes from then on.", literal(whole)));
	pg_unreachable();
}

/* The index whose columns name a row; of a primary key that is checked late only, none: two rows may have it meanwhile. */
static Oid
key_index(Relation relation)
{
	Oid index = pg::primary_key_index(relation);
	return OidIsValid(index) ? index : RelationGetReplicaIndex(relation);
}

/* The arguments of such triggers name columns. */
static bool
is_kept(const TriggerDesc *triggers, const char *column)
{
	struct Keeper
	{
		const char *function;
		int first;
		int last;
	};
	constexpr Keeper keepers[] = {{"_version_row", 0, 1}, {"_keep_counter", 0, 0}, {"_keep_path", 2, 2}};
	for (int i = 0; triggers != nullptr && i < triggers->numtriggers; i++)
	{
		const Trigger &trigger = triggers->triggers[i];
		for (const Keeper &keeper : keepers)
			for (int place = keeper.first; place <= keeper.last && place < trigger.tgnargs; place++)
				if (trigger.tgenabled != TRIGGER_DISABLED && strcmp(trigger.tgargs[place], column) == 0 &&
					is_own_trigger_function(trigger.tgfoid, keeper.function))
					return true;
	}
	return false;
}

static void
read_columns(Relation relation, Vector<PresentColumn> &columns)
{
	TupleDesc descriptor = RelationGetDescr(relation);
	for (int i = 0; i < descriptor->natts; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(descriptor, i);
		if (!column.attisdropped)
			columns.push_back({column.attnum, pstrdup(NameStr(column.attname)), column.atttypid, column.atttypmod,
							   column.attgenerated != '\0', is_kept(relation->trigdesc, NameStr(column.attname))});
	}
}

static void
read_key(Relation relation, const Vector<PresentColumn> &columns, Vector<int> &key)
{
	Oid oid = key_index(relation);
	if (!OidIsValid(oid))
		return;
	Relation index = index_open(oid, AccessShareLock);
	const FormData_pg_index &form = *index->rd_index;
	for (int i = 0; form.indimmediate && i < form.indnkeyatts; i++)
		for (std::size_t column = 0; column < columns.size(); column++)
			if (columns[column].number == form.indkey.values[i])
				key.push_back(static_cast<int>(column));
	index_close(index, AccessShareLock);
}

PresentTable::PresentTable(Oid relation) : relation_(relation), context_(CurrentMemoryContext)
{
	std::span<const AuditedTable> tables = audited_tables();
	audited_ = find_audited(tables, relation);
	if (audited_ == nullptr && get_rel_relispartition(relation))
	{
		ListCell *cell;
		foreach (cell, get_partition_ancestors(relation))
			if (audited_ == nullptr)
				audited_ = find_audited(tables, lfirst_oid(cell));
	}
	if (audited_ == nullptr)
		refuse_unaudited(relation);
	relation_ = audited_->relation;
	Relation table = table_open(relation_, AccessShareLock);
	/* PostgreSQL 15 makes a view of a table that gets an ON SELECT rule: whoever read it would run its owner's code. */
	if (table->rd_rel->relkind != RELKIND_RELATION && table->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("%s is not a table any more", RelationGetRelationName(table)),
				errdetail("It was audited, and was made a view."),
				errhint("SELECT * FROM dbeng.audit_log WHERE relation = '%s'::regclass;", qualified(relation_)));
	name_ = quoted(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));
	partitioned_ = table->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	read_columns(table, columns_);
	read_key(table, columns_, key_);
	table_close(table, NoLock);
}

const char *
PresentTable::from_clause() const
{
	return partitioned_ ? name_ : format("ONLY %s", name_);
}

Datum
PresentTable::parsed(FmgrInfo &input, const char *text, Oid argument, int32 typmod) const
{
	Oid caller;
	int context;
	GetUserIdAndSecContext(&caller, &context);
	SetUserIdAndSecContext(owner_of(relation_), context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	Datum value = InputFunctionCall(&input, const_cast<char *>(text), argument, typmod);
	SetUserIdAndSecContext(caller, context);
	return value;
}

bool
may_hold_domains(Oid type)
{
	Oid base = getBaseType(type);
	if (base < FirstNormalObjectId)
		return false;
	switch (get_typtype(base))
	{
		case TYPTYPE_COMPOSITE:
		case TYPTYPE_RANGE:
		case TYPTYPE_MULTIRANGE:
			return true;
		default:
			break;
	}
	Oid element = get_element_type(base);
	return OidIsValid(element) && (get_typtype(element) == TYPTYPE_DOMAIN || may_hold_domains(element));
}

/* The relation that rows of a shape were of, where it can be found: the table itself, or a partition of it. */
static Oid
relation_of(const TableShape &shape, Oid table, bool partitioned)
{
	if (!partitioned)
		return table;
	Oid schema = get_namespace_oid(shape.schema_name, true);
	Oid found = OidIsValid(schema) ? get_relname_relid(shape.table_name, schema) : InvalidOid;
	if (!OidIsValid(found) || !get_rel_relispartition(found))
		return InvalidOid;
	return list_member_oid(get_partition_ancestors(found), table) ? found : InvalidOid;
}

static int
last_number(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		return 0;
	int last = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return last;
}

/*
 * Were the columns numbered anew since? A dump leaves out dropped ones: then names are found at lower numbers, in the
 * same order, or there are fewer numbers than there were.
 */
static bool
is_renumbered(const TableShape &shape, Oid relation)
{
	int highest = 0;
	int last = 0;
	bool lower = false;
	for (const ShapeColumn &column : shape.columns)
	{
		highest = std::max<int>(highest, column.number);
		AttrNumber now = get_attnum(relation, column.name);
		if (now == InvalidAttrNumber)
			continue;
		if (now > column.number || now < last)
			return false;
		lower = lower || now < column.number;
		last = now;
	}
	return lower || highest > last_number(relation);
}

static const char *
name_now(Oid relation, AttrNumber number)
{
	HeapTuple tuple = SearchSysCacheAttNum(relation, number);
	if (!HeapTupleIsValid(tuple))
		return nullptr;
	const char *name = pstrdup(NameStr(reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple))->attname));
	ReleaseSysCache(tuple);
	return name;
}

std::span<const int>
PresentTable::places(const TableShape &shape)
{
	auto found = places_.find(&shape);
	if (found != places_.end())
		return {found->second, columns_.size()};
	auto *places = static_cast<int *>(MemoryContextAlloc(context_, columns_.size() * sizeof(int) + 1));
	std::fill_n(places, columns_.size(), -1);
	Oid relation = relation_of(shape, relation_, partitioned_);
	bool by_number = OidIsValid(relation) && !is_renumbered(shape, relation);
	for (std::size_t i = 0; i < shape.columns.size(); i++)
	{
		const ShapeColumn &column = shape.columns[i];
		const char *name = by_number ? name_now(relation, column.number) : column.name;
		for (std::size_t to = 0; name != nullptr && to < columns_.size(); to++)
			if (strcmp(columns_[to].name, name) == 0)
				places[to] = static_cast<int>(i);
	}
	places_.emplace(&shape, places);
	return {places, columns_.size()};
}

} // namespace dbeng
