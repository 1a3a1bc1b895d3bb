/*
 * recorded_shape.cpp: what rows looked like when they were logged.
 *
 * A shape never changes, and its hash is over all it says: what a session has
 * read of them it keeps.
 */
#include "audit/log.hpp"
#include "audit/shape.hpp"

namespace dbeng {

namespace {
/* Columns of dbeng_audit.shapes, in order. */
enum ShapesColumn : AttrNumber
{
	shapes_table_id = 1,
	shapes_hash,
	shapes_recorded_at,
	shapes_schema_name,
	shapes_table_name,
	shapes_numbers,
	shapes_names,
	shapes_type_names,
	shapes_types,
	shapes_typmods,
	shapes_lengths,
	shapes_aligns,
	shapes_by_values,
	shapes_codings,
	shapes_keys,
	shapes_redacted,
	shapes_generated,
	shapes_has_key,
	shapes_encoding,
	shapes_columns = shapes_encoding
};

using Known = FlatMap<std::pair<int32, uint64>, const TableShape *>;
} // namespace

static Known *known = nullptr;

static Known &
known_shapes()
{
	if (known == nullptr)
	{
		MemoryContext context = AllocSetContextCreate(TopMemoryContext, "dbeng recorded shapes", ALLOCSET_SMALL_SIZES);
		void *place = MemoryContextAlloc(context, sizeof(Known));
		known = ::new (place) Known(ContextAllocator<std::pair<std::pair<int32, uint64>, const TableShape *>>(context));
	}
	return *known;
}

/* The elements of an array without NULLs, of which there are as many as columns. */
static Datum *
elements(Datum array, Oid type, int length, bool by_value, char align, std::size_t columns)
{
	Datum *values;
	int count;
	deconstruct_array(DatumGetArrayTypeP(array), type, length, by_value, align, &values, nullptr, &count);
	if (static_cast<std::size_t>(count) != columns)
		ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED), errmsg("a row of %s.shapes cannot be read", audit_schema),
				errdetail("It tells %d facts of %zu columns.", count, columns),
				errhint("SELECT * FROM dbeng.verify_audit(); tells what was changed since it was written."));
	return values;
}

static const TableShape *
shape_of_row(HeapTuple tuple, TupleDesc descriptor, Arena &arena)
{
	Datum values[shapes_columns];
	bool nulls[shapes_columns];
	heap_deform_tuple(tuple, descriptor, values, nulls);
	auto value = [&values](ShapesColumn column) { return values[column - 1]; };
	auto columns = static_cast<std::size_t>(ArrayGetNItems(ARR_NDIM(DatumGetArrayTypeP(value(shapes_numbers))),
														   ARR_DIMS(DatumGetArrayTypeP(value(shapes_numbers)))));
	auto shorts = [&](ShapesColumn column)
	{ return elements(value(column), INT2OID, sizeof(int16), true, TYPALIGN_SHORT, columns); };
	auto integers = [&](ShapesColumn column, Oid type)
	{ return elements(value(column), type, sizeof(int32), true, TYPALIGN_INT, columns); };
	auto bytes = [&](ShapesColumn column, Oid type)
	{ return elements(value(column), type, 1, true, TYPALIGN_CHAR, columns); };
	Datum *numbers = shorts(shapes_numbers);
	Datum *names = elements(value(shapes_names), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, columns);
	Datum *type_names = elements(value(shapes_type_names), TEXTOID, -1, false, TYPALIGN_INT, columns);
	Datum *types = integers(shapes_types, OIDOID);
	Datum *typmods = integers(shapes_typmods, INT4OID);
	Datum *lengths = shorts(shapes_lengths);
	Datum *aligns = bytes(shapes_aligns, CHAROID);
	Datum *by_values = bytes(shapes_by_values, BOOLOID);
	Datum *codings = shorts(shapes_codings);
	Datum *keys = shorts(shapes_keys);
	Datum *redacted = bytes(shapes_redacted, BOOLOID);
	Datum *generated = bytes(shapes_generated, BOOLOID);

	auto *read = arena.allocate_array<ShapeColumn>(columns);
	for (std::size_t i = 0; i < columns; i++)
		read[i] = {DatumGetInt16(numbers[i]),
				   arena.copy(NameStr(*DatumGetName(names[i]))),
				   arena.copy(TextDatumGetCString(type_names[i])),
				   DatumGetObjectId(types[i]),
				   DatumGetInt32(typmods[i]),
				   DatumGetInt16(lengths[i]),
				   DatumGetChar(aligns[i]),
				   DatumGetBool(by_values[i]),
				   static_cast<Coding>(DatumGetInt16(codings[i])),
				   DatumGetInt16(keys[i]),
				   DatumGetBool(redacted[i]),
				   DatumGetBool(generated[i]),
				   nullptr,
				   false};
	auto *shape = arena.allocate_array<TableShape>(1);
	*shape = {};
	shape->table_id = DatumGetInt32(value(shapes_table_id));
	shape->hash = static_cast<uint64>(DatumGetInt64(value(shapes_hash)));
	shape->schema_name = arena.copy(NameStr(*DatumGetName(value(shapes_schema_name))));
	shape->table_name = arena.copy(NameStr(*DatumGetName(value(shapes_table_name))));
	shape->columns = {read, columns};
	shape->has_key = DatumGetBool(value(shapes_has_key));
	shape->encoding = static_cast<char>(DatumGetInt16(value(shapes_encoding)));
	return shape;
}

/* Everything recorded since the last look, by others and by this transaction, whatever its snapshot. */
static void
read_shapes(Known &shapes)
{
	if (!OidIsValid(audit_log().shapes))
		return;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext look = AllocSetContextCreate(caller, "dbeng shapes", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(look);
	Arena arena(shapes.get_stored_allocator().context());
	Relation table = table_open(audit_log().shapes, AccessShareLock);
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, SnapshotSelf, 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		CHECK_FOR_INTERRUPTS();
		bool null;
		std::pair<int32, uint64> id = {
			DatumGetInt32(heap_getattr(tuple, shapes_table_id, RelationGetDescr(table), &null)),
			static_cast<uint64>(DatumGetInt64(heap_getattr(tuple, shapes_hash, RelationGetDescr(table), &null)))};
		if (shapes.find(id) == shapes.end())
			shapes.emplace(id, shape_of_row(tuple, RelationGetDescr(table), arena));
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(look);
}

void
shapes_since(int32 table_id, TimestampTz at, Vector<const TableShape *> &shapes)
{
	if (!OidIsValid(audit_log().shapes))
		return;
	Local<Vector<uint64>> hashes;
	TimestampTz latest = DT_NOBEGIN;
	uint64 before = 0;
	Relation table = table_open(audit_log().shapes, AccessShareLock);
	SysScanDesc scan = systable_beginscan(table, InvalidOid, false, SnapshotSelf, 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		bool null;
		auto value = [&](ShapesColumn column) { return heap_getattr(tuple, column, RelationGetDescr(table), &null); };
		if (DatumGetInt32(value(shapes_table_id)) != table_id)
			continue;
		TimestampTz recorded_at = DatumGetTimestampTz(value(shapes_recorded_at));
		auto hash = static_cast<uint64>(DatumGetInt64(value(shapes_hash)));
		if (recorded_at > at)
			hashes->push_back(hash);
		else if (recorded_at > latest)
		{
			latest = recorded_at;
			before = hash;
		}
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	if (latest != DT_NOBEGIN)
		hashes->push_back(before);
	for (uint64 hash : *hashes)
		if (const TableShape *shape = recorded_shape(table_id, hash))
			shapes.push_back(shape);
}

void
recorded_shapes(int32 table_id, Vector<const TableShape *> &found)
{
	if (!OidIsValid(audit_log().shapes))
		return;
	Local<Vector<uint64>> hashes;
	Relation table = table_open(audit_log().shapes, AccessShareLock);
	constexpr AttrNumber columns[] = {shapes_table_id};
	Oid index = log_index(table, columns);
	ScanKeyData key;
	ScanKeyInit(&key, shapes_table_id, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(table_id));
	SysScanDesc scan = systable_beginscan(table, index, OidIsValid(index), SnapshotSelf, 1, &key);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		bool null;
		hashes->push_back(
			static_cast<uint64>(DatumGetInt64(heap_getattr(tuple, shapes_hash, RelationGetDescr(table), &null))));
	}
	systable_endscan(scan);
	table_close(table, AccessShareLock);
	/* Two sessions may have recorded the same one. */
	std::sort(hashes->begin(), hashes->end());
	hashes->erase(std::unique(hashes->begin(), hashes->end()), hashes->end());
	for (uint64 hash : *hashes)
		if (const TableShape *shape = recorded_shape(table_id, hash); shape != nullptr)
			found.push_back(shape);
}

const TableShape *
recorded_shape(int32 table_id, uint64 hash)
{
	Known &shapes = known_shapes();
	auto found = shapes.find({table_id, hash});
	if (found == shapes.end())
	{
		read_shapes(shapes);
		found = shapes.find({table_id, hash});
	}
	return found == shapes.end() ? nullptr : found->second;
}

} // namespace dbeng
