#include "audit/shape.hpp"

#include "audit/audited_table.hpp"
#include "audit/log_writer.hpp"
#include "audit/shape_cache.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
/* Does dbeng_audit.shapes have it? */
enum class Recorded : uint8
{
	unknown,
	now, /* since this transaction, which may be rolled back */
	yes
};

struct KnownShape : TableShape
{
	Oid relation;
	bool stale;				/* its table may have changed */
	bool has_foreign_types; /* that are not the server's own: their names may change */
	Recorded recorded;
	Oid recorded_in;	   /* dbeng_audit.shapes, as it was then */
	MemoryContext context; /* it lives in */
	KnownShape *retired_before;
};

struct Entry
{
	Oid relation;
	KnownShape *shape;
};

/* What the trigger needs to know of a type. */
struct TypeFacts
{
	Coding coding;
	bool depends_on_path;
	bool foreign;
};

enum RecordedColumn : AttrNumber
{
	shape_table_id = 1,
	shape_hash,
	shape_recorded_at,
	shape_schema_name,
	shape_table_name,
	shape_numbers,
	shape_names,
	shape_type_names,
	shape_types,
	shape_typmods,
	shape_lengths,
	shape_aligns,
	shape_by_values,
	shape_codings,
	shape_keys,
	shape_redacted,
	shape_generated,
	shape_has_key,
	shape_encoding,
	shape_columns = shape_encoding
};
} // namespace

static HTAB *shapes = nullptr;
static KnownShape *latest = nullptr;
/* Tables have changed meanwhile; changes of them are still to be written. */
static KnownShape *retired = nullptr;
/* Changes of catalogs heard of; compared before and after looking at them. */
static uint64 changes_heard = 0;
static bool recorded_some = false;

template <class Visit>
static void
each_shape(Visit visit)
{
	HASH_SEQ_STATUS scan;
	hash_seq_init(&scan, shapes);
	while (auto *entry = static_cast<Entry *>(hash_seq_search(&scan)))
		if (entry->shape != nullptr)
			visit(*entry->shape);
}

void
shapes_changed(Oid relation)
{
	changes_heard++;
	if (shapes == nullptr)
		return;
	if (!OidIsValid(relation))
	{
		each_shape([](KnownShape &shape) { shape.stale = true; });
		return;
	}
	auto *entry = static_cast<Entry *>(hash_search(shapes, &relation, HASH_FIND, nullptr));
	if (entry != nullptr && entry->shape != nullptr)
		entry->shape->stale = true;
}

static void
on_type_change(Datum, int, uint32)
{
	changes_heard++;
	each_shape([](KnownShape &shape) { shape.stale |= shape.has_foreign_types; });
}

static void
prepare_cache()
{
	if (shapes != nullptr)
		return;
	HASHCTL control = {};
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(Entry);
	shapes = hash_create("dbeng shapes of audited tables", 64, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterSyscacheCallback(TYPEOID, on_type_change, Datum{0});
}

/* Are its values names, or numbers, of objects of this database? */
static bool
refers_to_objects(Oid type)
{
	switch (type)
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
		case ACLITEMOID:
			return true;
		default:
			return false;
	}
}

/* Do its bytes mean the same in every database and every version? */
static bool
means_the_same_everywhere(Oid type)
{
	/* The numbers of others are given out while a database is made. */
	if (type >= FirstGenbkiObjectId || refers_to_objects(type))
		return false;
	char kind = get_typtype(type);
	if (kind != TYPTYPE_BASE && kind != TYPTYPE_RANGE && kind != TYPTYPE_MULTIRANGE)
		return false;
	/* An array has the number of its elements' type in it. */
	Oid element = get_element_type(type);
	return !OidIsValid(element) || means_the_same_everywhere(element);
}

/* Are names in its text written as search_path has it? */
static bool
depends_on_path(Oid type)
{
	check_stack_depth();
	type = getBaseType(type);
	if (refers_to_objects(type))
		return true;
	Oid element = get_element_type(type);
	if (OidIsValid(element))
		return depends_on_path(element);
	switch (get_typtype(type))
	{
		case TYPTYPE_RANGE:
			return depends_on_path(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return depends_on_path(get_multirange_range(type));
		case TYPTYPE_COMPOSITE:
			break;
		default:
			return false;
	}
	TupleDesc columns = lookup_rowtype_tupdesc_copy(type, -1);
	bool found = false;
	for (int i = 0; i < columns->natts && !found; i++)
		found = !TupleDescAttr(columns, i)->attisdropped && depends_on_path(TupleDescAttr(columns, i)->atttypid);
	return found;
}

static TypeFacts
facts_of(Oid type)
{
	Oid base = getBaseType(type);
	bool foreign = type >= FirstGenbkiObjectId;
	int16 length = get_typlen(base);
	if (length == -2 || !means_the_same_everywhere(base))
		return {Coding::cstring, depends_on_path(base), foreign};
	return {length > 0 ? Coding::fixed : Coding::bytes, false, foreign};
}

static const char *
type_name(Oid type, int32 typmod)
{
	const char *name = format_type_extended(
		type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY | FORMAT_TYPE_ALLOW_INVALID);
	constexpr std::string_view own = "pg_catalog.";
	return std::string_view(name).substr(0, own.size()) == own ? name + own.size() : name;
}

static bool
has_name(std::span<const char *const> names, const char *name)
{
	for (const char *one : names)
		if (strcmp(one, name) == 0)
			return true;
	return false;
}

/* How it is audited. A number that is nobody's, or another table's: nothing may be logged, and nothing may go unlogged. */
static const AuditedTable &
terms_of(Relation audited, int32 table_id)
{
	required_log();
	const AuditedTable *table = audited_table(table_id);
	if (table == nullptr || !belongs_to(RelationGetRelid(audited), *table))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("the audit log does not know table \"%s\"", RelationGetRelationName(audited)),
				errdetail("Its trigger says it is number %d, which in %s.tables is %s.", table_id, audit_schema,
						  table == nullptr ? "no table" : quoted(table->schema_name, table->table_name)),
				errhint("SELECT dbeng.enable_audit(%s::regclass);",
						quote_literal_cstr(quote_qualified_identifier(get_namespace_name(RelationGetNamespace(audited)),
																	  RelationGetRelationName(audited)))));
	return *table;
}

/* Where the key's columns are in the key, by column number from 1; returns how many there are. */
static int
read_key(Relation relation, int16 *places)
{
	Oid index = pg::primary_key_index(relation);
	if (!OidIsValid(index))
		index = RelationGetReplicaIndex(relation);
	if (!OidIsValid(index))
		return 0;
	HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		return 0;
	auto *form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
	int n = form->indnkeyatts;
	for (int i = 0; i < n; i++)
	{
		AttrNumber column = form->indkey.values[i];
		if (column > 0)
			places[column] = static_cast<int16>(i + 1);
	}
	ReleaseSysCache(tuple);
	return n;
}

/* A name for all that is recorded of a shape. */
static uint64
hash_of(const TableShape &shape)
{
	StringInfoData all;
	initStringInfo(&all);
	auto number = [&all](int64 value)
	{ appendBinaryStringInfo(&all, reinterpret_cast<char *>(&value), sizeof(value)); };
	auto text = [&all](const char *value) { appendBinaryStringInfo(&all, value, static_cast<int>(strlen(value)) + 1); };
	text(shape.schema_name);
	text(shape.table_name);
	number(shape.has_key);
	number(shape.encoding);
	for (const ShapeColumn &column : shape.columns)
	{
		number(column.number);
		text(column.name);
		text(column.type_name);
		number(column.type);
		number(column.typmod);
		number(column.length);
		number(column.align);
		number(column.by_value);
		number(static_cast<int64>(column.coding));
		number(column.key);
		number(column.redacted);
		number(column.generated);
	}
	uint64 hash = hash_bytes_extended(reinterpret_cast<unsigned char *>(all.data), all.len, 0);
	pfree(all.data);
	return hash;
}

static FmgrInfo *
output_of(Oid type)
{
	auto *output = static_cast<FmgrInfo *>(palloc0(sizeof(FmgrInfo)));
	Oid function;
	bool varlena;
	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info(function, output);
	return output;
}

static ShapeColumn
column_of(const FormData_pg_attribute &attribute, const TypeFacts &type, int16 key, bool redacted)
{
	return {.number = attribute.attnum,
			.name = pstrdup(NameStr(attribute.attname)),
			.type_name = pstrdup(type_name(attribute.atttypid, attribute.atttypmod)),
			/* Bytes are read back by what a domain is over, also when it is gone. */
			.type = type.coding == Coding::cstring ? attribute.atttypid : getBaseType(attribute.atttypid),
			.typmod = attribute.atttypmod,
			.length = attribute.attlen,
			.align = attribute.attalign,
			.by_value = attribute.attbyval,
			.coding = type.coding,
			.key = key,
			.redacted = redacted,
			.generated = attribute.attgenerated != '\0',
			.output = type.coding == Coding::cstring ? output_of(attribute.atttypid) : nullptr,
			.depends_on_path = type.depends_on_path};
}

static uint16
alignment(char align)
{
	switch (align)
	{
		case TYPALIGN_SHORT:
			return ALIGNOF_SHORT;
		case TYPALIGN_INT:
			return ALIGNOF_INT;
		case TYPALIGN_DOUBLE:
			return ALIGNOF_DOUBLE;
		default:
			return 1;
	}
}

/* How rows are stored that may be kept like that: every byte of them is logged, and means the same everywhere. */
static std::span<const StoredColumn>
stored_columns(std::span<const ShapeColumn> columns, std::size_t attributes)
{
	if (columns.size() != attributes || attributes == 0)
		return {};
	auto *stored = static_cast<StoredColumn *>(palloc(attributes * sizeof(StoredColumn)));
	for (std::size_t i = 0; i < attributes; i++)
	{
		const ShapeColumn &column = columns[i];
		if (column.redacted || column.coding == Coding::cstring)
			return {};
		stored[i] = {column.length, alignment(column.align)};
	}
	return {stored, attributes};
}

/* Makes it in CurrentMemoryContext, which is its own. */
static KnownShape *
build(Relation relation, int32 table_id)
{
	const AuditedTable &terms = terms_of(relation, table_id);
	TupleDesc attributes = RelationGetDescr(relation);
	auto n = static_cast<std::size_t>(attributes->natts);
	auto *places = static_cast<int16 *>(palloc0((n + 1) * sizeof(int16)));
	int missing = read_key(relation, places);
	bool keyed = missing > 0;

	auto *columns = static_cast<ShapeColumn *>(palloc(std::max(n, std::size_t{1}) * sizeof(ShapeColumn)));
	std::size_t count = 0;
	bool foreign = false;
	for (std::size_t i = 0; i < n; i++)
	{
		const FormData_pg_attribute &attribute = *TupleDescAttr(attributes, static_cast<int>(i));
		if (attribute.attisdropped || pg::is_virtual(attribute) || has_name(terms.exclude, NameStr(attribute.attname)))
			continue;
		TypeFacts type = facts_of(attribute.atttypid);
		bool redacted = has_name(terms.redact, NameStr(attribute.attname));
		int16 key = places[i + 1];
		if (key != 0 && !redacted)
			missing--;
		foreign |= type.foreign;
		columns[count++] = column_of(attribute, type, key, redacted);
	}

	auto *shape = static_cast<KnownShape *>(palloc0(sizeof(KnownShape)));
	shape->table_id = table_id;
	shape->schema_name = get_namespace_name(RelationGetNamespace(relation));
	if (shape->schema_name == nullptr)
		shape->schema_name = "";
	shape->table_name = pstrdup(RelationGetRelationName(relation));
	shape->columns = {columns, count};
	/* A key of which a part is not logged names no row. */
	shape->has_key = keyed && missing == 0;
	if (!shape->has_key)
		for (std::size_t i = 0; i < count; i++)
			columns[i].key = 0;
	shape->encoding = static_cast<char>(GetDatabaseEncoding());
	shape->log_query = terms.log_query;
	shape->stored = stored_columns(shape->columns, n);
	shape->hash = hash_of(*shape);
	shape->relation = RelationGetRelid(relation);
	shape->has_foreign_types = foreign;
	shape->context = CurrentMemoryContext;
	return shape;
}

pg_noinline static const TableShape &
look_up(Relation relation, int32 table_id)
{
	prepare_cache();
	Oid oid = RelationGetRelid(relation);
	bool found;
	auto *entry = static_cast<Entry *>(hash_search(shapes, &oid, HASH_ENTER, &found));
	if (!found)
		entry->shape = nullptr;
	KnownShape *known = entry->shape;
	if (known != nullptr && !known->stale && known->table_id == table_id)
	{
		latest = known;
		return *known;
	}

	/* Under the transaction's memory until it is whole. */
	MemoryContext context =
		AllocSetContextCreate(CurTransactionContext, "dbeng shape of an audited table", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	uint64 heard = changes_heard;
	KnownShape *fresh = build(relation, table_id);
	bool stale = heard != changes_heard;
	MemoryContextSwitchTo(caller);

	/* Building has looked at the catalogs, whose changes may have moved the entries. */
	entry = static_cast<Entry *>(hash_search(shapes, &oid, HASH_ENTER, nullptr));
	if (known != nullptr && known->table_id == table_id && known->hash == fresh->hash)
	{
		known->stale = stale;
		known->log_query = fresh->log_query;
		MemoryContextDelete(context);
		latest = known;
		return *known;
	}
	if (known != nullptr)
	{
		known->retired_before = retired;
		retired = known;
	}
	fresh->stale = stale;
	MemoryContextSetParent(context, CacheMemoryContext);
	entry->shape = fresh;
	latest = fresh;
	return *fresh;
}

const TableShape &
shape_of(Relation relation, int32 table_id)
{
	if (latest != nullptr && latest->relation == RelationGetRelid(relation) && latest->table_id == table_id &&
		!latest->stale)
		return *latest;
	return look_up(relation, table_id);
}

static Recorded
look_for(Relation table, const TableShape &shape)
{
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], shape_table_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(shape.table_id));
	ScanKeyInit(&keys[1], shape_hash, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(static_cast<int64>(shape.hash)));
	constexpr AttrNumber columns[] = {shape_table_id, shape_hash};
	Oid index = log_index(table, columns);
	SysScanDesc scan = systable_beginscan(table, index, OidIsValid(index), nullptr, 2, keys);
	Recorded found = Recorded::unknown;
	while (HeapTuple tuple = systable_getnext(scan))
	{
		/* One that this transaction has recorded may go with a part of it. */
		bool own = TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data));
		found = own ? Recorded::now : Recorded::yes;
		if (!own)
			break;
	}
	systable_endscan(scan);
	return found;
}

template <class Value>
static Datum
array_of(const TableShape &shape, Oid type, Value value)
{
	auto n = static_cast<int>(shape.columns.size());
	auto *values = static_cast<Datum *>(palloc(sizeof(Datum) * std::max(shape.columns.size(), std::size_t{1})));
	for (int i = 0; i < n; i++)
		values[i] = value(shape.columns[static_cast<std::size_t>(i)]);
	int16 length;
	bool by_value;
	char align;
	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(construct_array(values, n, type, length, by_value, align));
}

static Datum
name_datum(const char *text)
{
	auto *name = static_cast<Name>(palloc0(NAMEDATALEN));
	namestrcpy(name, text);
	return NameGetDatum(name);
}

static void
insert_shape(Relation table, const TableShape &shape)
{
	Datum values[shape_columns] = {};
	bool nulls[shape_columns] = {};
	auto put = [&values](RecordedColumn column, Datum value) { values[column - 1] = value; };
	using Column = const ShapeColumn &;
	put(shape_table_id, Int32GetDatum(shape.table_id));
	put(shape_hash, Int64GetDatum(static_cast<int64>(shape.hash)));
	put(shape_recorded_at, TimestampTzGetDatum(GetCurrentTimestamp()));
	put(shape_schema_name, name_datum(shape.schema_name));
	put(shape_table_name, name_datum(shape.table_name));
	put(shape_numbers, array_of(shape, INT2OID, [](Column c) { return Int16GetDatum(c.number); }));
	put(shape_names, array_of(shape, NAMEOID, [](Column c) { return name_datum(c.name); }));
	put(shape_type_names, array_of(shape, TEXTOID, [](Column c) { return CStringGetTextDatum(c.type_name); }));
	put(shape_types, array_of(shape, OIDOID, [](Column c) { return ObjectIdGetDatum(c.type); }));
	put(shape_typmods, array_of(shape, INT4OID, [](Column c) { return Int32GetDatum(c.typmod); }));
	put(shape_lengths, array_of(shape, INT2OID, [](Column c) { return Int16GetDatum(c.length); }));
	put(shape_aligns, array_of(shape, CHAROID, [](Column c) { return CharGetDatum(c.align); }));
	put(shape_by_values, array_of(shape, BOOLOID, [](Column c) { return BoolGetDatum(c.by_value); }));
	put(shape_codings, array_of(shape, INT2OID, [](Column c) { return Int16GetDatum(static_cast<int16>(c.coding)); }));
	put(shape_keys, array_of(shape, INT2OID, [](Column c) { return Int16GetDatum(c.key); }));
	put(shape_redacted, array_of(shape, BOOLOID, [](Column c) { return BoolGetDatum(c.redacted); }));
	put(shape_generated, array_of(shape, BOOLOID, [](Column c) { return BoolGetDatum(c.generated); }));
	put(shape_has_key, BoolGetDatum(shape.has_key));
	put(shape_encoding, Int16GetDatum(shape.encoding));
	if (RelationGetDescr(table)->natts < shape_columns)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN), errmsg("%s.shapes lacks columns", audit_schema),
				errhint("ALTER EXTENSION dbeng UPDATE;"));
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(table), values, nulls);
	CatalogTupleInsert(table, tuple);
}

void
record_shape(const TableShape &shape)
{
	auto &known = const_cast<KnownShape &>(static_cast<const KnownShape &>(shape));
	Oid log = required_log().shapes;
	if (known.recorded != Recorded::unknown && known.recorded_in == log)
		return;
	Relation table = table_open(log, RowExclusiveLock);
	Recorded found = look_for(table, shape);
	if (found == Recorded::unknown)
	{
		insert_shape(table, shape);
		found = Recorded::now;
	}
	known.recorded = found;
	known.recorded_in = log;
	recorded_some |= found == Recorded::now;
	table_close(table, NoLock);
}

void
record_shape_again(const TableShape &shape)
{
	Relation table = table_open(required_log().shapes, RowExclusiveLock);
	insert_shape(table, shape);
	table_close(table, NoLock);
}

void
forget_recorded_shapes()
{
	if (!recorded_some)
		return;
	each_shape(
		[](KnownShape &shape)
		{
			if (shape.recorded == Recorded::now)
				shape.recorded = Recorded::unknown;
		});
	for (KnownShape *shape = retired; shape != nullptr; shape = shape->retired_before)
		if (shape->recorded == Recorded::now)
			shape->recorded = Recorded::unknown;
	recorded_some = false;
}

void
release_old_shapes(bool committed)
{
	if (!committed)
		forget_recorded_shapes();
	else if (recorded_some)
	{
		each_shape(
			[](KnownShape &shape)
			{
				if (shape.recorded == Recorded::now)
					shape.recorded = Recorded::yes;
			});
		recorded_some = false;
	}
	while (retired != nullptr)
	{
		KnownShape *shape = retired;
		retired = shape->retired_before;
		MemoryContextDelete(shape->context);
	}
}

} // namespace dbeng
