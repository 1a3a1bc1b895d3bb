#include "audit/audited_table.hpp"

#include "audit/log.hpp"
#include "core/extension.hpp"

namespace dbeng {

namespace {
/* Columns of dbeng_audit.tables, in order. */
enum TablesColumn : AttrNumber
{
	tables_table_id = 1,
	tables_schema_name,
	tables_table_name,
	tables_enabled_at,
	tables_enabled_by,
	tables_disabled_at,
	tables_exclude,
	tables_redact,
	tables_log_query,
	tables_on_replica,
	tables_relation,
	tables_numbers_of, /* the relation's OID when the numbers were taken: a dump and restore may number columns anew */
	tables_exclude_numbers, /* of the columns: a column that is renamed stays excluded */
	tables_redact_numbers,
	tables_columns = tables_redact_numbers
};

/* Columns of dbeng_audit.gaps, in order. */
enum GapsColumn : AttrNumber
{
	gaps_table_id = 1,
	gaps_kind,
	gaps_began_at,
	gaps_ended_at,
	gaps_transaction_id,
	gaps_db_user,
	gaps_columns = gaps_db_user
};
} // namespace

Oid
owner_of(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

bool
may_own_log(Oid role)
{
	return superuser_arg(role) || role == find_extension().owner;
}

Oid
log_table(const char *name)
{
	Oid schema = get_namespace_oid(audit_schema, true);
	Oid table = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
	Oid owner = OidIsValid(table) ? owner_of(table) : InvalidOid;
	return OidIsValid(owner) && may_own_log(owner) ? table : InvalidOid;
}

static std::span<Datum>
elements(Datum array, Oid type, int length, bool by_value, char align)
{
	Datum *values;
	int count;
	deconstruct_array(DatumGetArrayTypeP(array), type, length, by_value, align, &values, nullptr, &count);
	return {values, static_cast<std::size_t>(count)};
}

/* The columns a list means: by number where these are the relation's own, else by name. One that is gone is left out. */
static std::span<const char *const>
names_now(Datum names, Datum numbers, AuditedTable &table, bool numbered)
{
	std::span<Datum> by_name = elements(names, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR);
	std::span<Datum> by_number = elements(numbers, INT2OID, sizeof(int16), true, TYPALIGN_SHORT);
	auto *now = static_cast<const char **>(palloc(by_name.size() * sizeof(char *) + 1));
	std::size_t count = 0;
	for (std::size_t i = 0; i < by_name.size(); i++)
	{
		const char *name = pstrdup(NameStr(*DatumGetName(by_name[i])));
		if (numbered && i < by_number.size())
		{
			HeapTuple column = SearchSysCacheAttNum(table.relation, DatumGetInt16(by_number[i]));
			if (!HeapTupleIsValid(column))
				continue;
			const char *present = NameStr(reinterpret_cast<Form_pg_attribute>(GETSTRUCT(column))->attname);
			if (strcmp(present, name) != 0)
			{
				table.stale = true;
				name = pstrdup(present);
			}
			ReleaseSysCache(column);
		}
		now[count++] = name;
	}
	return {now, count};
}

/* Is it of that name? Restored alone, a table is another relation than it was. */
static bool
is_named(Oid relation, const AuditedTable &table)
{
	const char *name = get_rel_name(relation);
	const char *schema = get_namespace_name(get_rel_namespace(relation));
	return name != nullptr && schema != nullptr && strcmp(name, table.table_name) == 0 &&
		   strcmp(schema, table.schema_name) == 0;
}

static AuditedTable
table_of(HeapTuple tuple, TupleDesc columns)
{
	Datum values[tables_columns];
	bool nulls[tables_columns];
	heap_deform_tuple(tuple, columns, values, nulls);
	auto value = [&values](TablesColumn column) { return values[column - 1]; };
	auto time = [&values, &nulls](TablesColumn column)
	{ return nulls[column - 1] ? TimestampTz{0} : DatumGetTimestampTz(values[column - 1]); };

	AuditedTable table;
	table.table_id = DatumGetInt32(value(tables_table_id));
	table.schema_name = pstrdup(NameStr(*DatumGetName(value(tables_schema_name))));
	table.table_name = pstrdup(NameStr(*DatumGetName(value(tables_table_name))));
	table.enabled_by = pstrdup(NameStr(*DatumGetName(value(tables_enabled_by))));
	table.enabled_at = time(tables_enabled_at);
	table.disabled_at = time(tables_disabled_at);
	table.log_query = DatumGetBool(value(tables_log_query));
	table.on_replica = DatumGetBool(value(tables_on_replica));
	Oid relation = nulls[tables_relation - 1] ? InvalidOid : DatumGetObjectId(value(tables_relation));
	if (OidIsValid(relation) && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)))
		table.relation = relation;
	bool numbered = OidIsValid(table.relation) && DatumGetObjectId(value(tables_numbers_of)) == table.relation;
	table.stale = OidIsValid(table.relation) && (!numbered || !is_named(table.relation, table));
	table.exclude = names_now(value(tables_exclude), value(tables_exclude_numbers), table, numbered);
	table.redact = names_now(value(tables_redact), value(tables_redact_numbers), table, numbered);
	return table;
}

/* Visits the rows; with a table_id that one only. Sees what this transaction has done and others have committed. */
template <class Visit>
static void
each_registered(const int32 *table_id, Visit visit)
{
	Oid oid = log_table("tables");
	if (!OidIsValid(oid))
		return;
	Relation tables = table_open(oid, AccessShareLock);
	ScanKeyData key;
	if (table_id != nullptr)
		ScanKeyInit(&key, tables_table_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(*table_id));
	Oid index = table_id == nullptr ? InvalidOid : pg::primary_key_index(tables);
	SysScanDesc scan = systable_beginscan(tables, index, OidIsValid(index), nullptr, table_id == nullptr ? 0 : 1, &key);
	while (HeapTuple tuple = systable_getnext(scan))
		visit(tuple, RelationGetDescr(tables));
	systable_endscan(scan);
	table_close(tables, AccessShareLock);
}

std::span<const AuditedTable>
audited_tables()
{
	Local<Vector<AuditedTable>> found;
	each_registered(nullptr,
					[&found](HeapTuple tuple, TupleDesc columns) { found->push_back(table_of(tuple, columns)); });
	std::sort(found->begin(), found->end(),
			  [](const AuditedTable &a, const AuditedTable &b) { return a.table_id < b.table_id; });
	return {found->data(), found->size()};
}

const AuditedTable *
audited_table(int32 table_id)
{
	AuditedTable *found = nullptr;
	each_registered(&table_id,
					[&found](HeapTuple tuple, TupleDesc columns)
					{
						found = static_cast<AuditedTable *>(palloc(sizeof(AuditedTable)));
						*found = table_of(tuple, columns);
					});
	return found;
}

static bool
is_table(Oid relation, const AuditedTable &table)
{
	return OidIsValid(table.relation) ? relation == table.relation : is_named(relation, table);
}

bool
belongs_to(Oid relation, const AuditedTable &table)
{
	if (is_table(relation, table))
		return true;
	if (!get_rel_relispartition(relation))
		return false;
	ListCell *cell;
	foreach (cell, get_partition_ancestors(relation))
		if (is_table(lfirst_oid(cell), table))
			return true;
	return false;
}

bool
belongs_to(Oid relation, int32 table_id)
{
	const AuditedTable *table = audited_table(table_id);
	return table != nullptr && belongs_to(relation, *table);
}

static Datum
name_datum(const char *name)
{
	auto *value = static_cast<Name>(palloc(NAMEDATALEN));
	namestrcpy(value, name);
	return NameGetDatum(value);
}

static Datum
name_array(std::span<const char *const> names)
{
	auto *values = static_cast<Datum *>(palloc(names.size() * sizeof(Datum) + 1));
	for (std::size_t i = 0; i < names.size(); i++)
		values[i] = name_datum(names[i]);
	return PointerGetDatum(
		construct_array(values, static_cast<int>(names.size()), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
}

static Datum
number_array(Oid relation, std::span<const char *const> names)
{
	auto *values = static_cast<Datum *>(palloc(names.size() * sizeof(Datum) + 1));
	for (std::size_t i = 0; i < names.size(); i++)
		values[i] = Int16GetDatum(get_attnum(relation, names[i]));
	return PointerGetDatum(
		construct_array(values, static_cast<int>(names.size()), INT2OID, sizeof(int16), true, TYPALIGN_SHORT));
}

void
register_table(const AuditedTable &table)
{
	Datum values[tables_columns] = {};
	bool nulls[tables_columns] = {};
	auto set = [&values](TablesColumn column, Datum value) { values[column - 1] = value; };
	set(tables_table_id, Int32GetDatum(table.table_id));
	set(tables_schema_name, name_datum(table.schema_name));
	set(tables_table_name, name_datum(table.table_name));
	set(tables_enabled_at, TimestampTzGetDatum(table.enabled_at));
	set(tables_enabled_by, name_datum(table.enabled_by));
	set(tables_disabled_at, TimestampTzGetDatum(table.disabled_at));
	nulls[tables_disabled_at - 1] = table.enabled();
	set(tables_exclude, name_array(table.exclude));
	set(tables_redact, name_array(table.redact));
	set(tables_log_query, BoolGetDatum(table.log_query));
	set(tables_on_replica, BoolGetDatum(table.on_replica));
	set(tables_relation, ObjectIdGetDatum(table.relation));
	nulls[tables_relation - 1] = !OidIsValid(table.relation);
	set(tables_numbers_of, ObjectIdGetDatum(table.relation));
	set(tables_exclude_numbers, number_array(table.relation, table.exclude));
	set(tables_redact_numbers, number_array(table.relation, table.redact));

	Relation tables = table_open(log_table("tables"), RowExclusiveLock);
	HeapTuple fresh = heap_form_tuple(RelationGetDescr(tables), values, nulls);
	ScanKeyData key;
	ScanKeyInit(&key, tables_table_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(table.table_id));
	SysScanDesc scan = systable_beginscan(tables, InvalidOid, false, nullptr, 1, &key);
	HeapTuple present = systable_getnext(scan);
	if (HeapTupleIsValid(present))
		CatalogTupleUpdate(tables, &present->t_self, fresh);
	else
		CatalogTupleInsert(tables, fresh);
	systable_endscan(scan);
	table_close(tables, NoLock);
	CommandCounterIncrement();
}

void
note_gap(int32 table_id, Gap kind, TimestampTz began_at, TimestampTz ended_at)
{
	/* Thousands of statements in one transaction are one gap. */
	static FullTransactionId last_transaction = {};
	static int32 last_table = 0;
	FullTransactionId transaction = GetTopFullTransactionId();
	if (kind == Gap::replica && last_table == table_id && FullTransactionIdEquals(transaction, last_transaction))
		return;
	Oid oid = log_table("gaps");
	if (!OidIsValid(oid))
		return;
	Datum values[gaps_columns] = {};
	bool nulls[gaps_columns] = {};
	values[gaps_table_id - 1] = Int32GetDatum(table_id);
	values[gaps_kind - 1] = CharGetDatum(static_cast<char>(kind));
	values[gaps_began_at - 1] = TimestampTzGetDatum(began_at);
	values[gaps_ended_at - 1] = TimestampTzGetDatum(ended_at);
	values[gaps_transaction_id - 1] = FullTransactionIdGetDatum(transaction);
	values[gaps_db_user - 1] = name_datum(GetUserNameFromId(GetUserId(), false));
	Relation gaps = table_open(oid, RowExclusiveLock);
	CatalogTupleInsert(gaps, heap_form_tuple(RelationGetDescr(gaps), values, nulls));
	table_close(gaps, NoLock);
	/* What a subtransaction has noted goes when it is rolled back, and the next statement notes it again. */
	last_table = GetCurrentTransactionNestLevel() == 1 ? table_id : 0;
	last_transaction = transaction;
}

} // namespace dbeng
