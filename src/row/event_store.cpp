/*
 * event_store.cpp: the triggers of event stores.
 *
 * A position is given when an event is written and seen when it is committed,
 * and the two may come in different orders. So that no reader passes by an
 * event that commits late, each transaction says before it takes a position
 * which one was the last until then: it holds a lock whose name is that
 * number. What lies beyond the lowest such number is not read yet.
 */
#include "core/memory.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
/* What one statement needs to know of a store. */
struct Store
{
	AttrNumber position;
	AttrNumber type;
	AttrNumber id;
	AttrNumber version;
	Oid versions; /* the unique index on type, id and version */
	Oid sequence;
};

struct Announcement
{
	Oid store;
	int64 position;
	LOCKTAG tag;
};

/* A lock's name has 47 bits for it. */
constexpr int64 last_announced = (int64{1} << 47) - 1;
} // namespace

/* Of this session's last stores. Whether one still holds is what its lock says. */
static Announcement announcements[8];
static int next_announcement = 0;

static const char *
store_name(Relation store)
{
	return quoted(get_namespace_name(RelationGetNamespace(store)), RelationGetRelationName(store));
}

[[noreturn]] static void
refuse_store(Relation store, const char *why)
{
	ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("%s is no event store", store_name(store)),
			errdetail("%s", why), errhint("SELECT dbeng.create_event_store('a_name');"));
}

static AttrNumber
column_of(Relation store, const char *name, Oid type)
{
	AttrNumber number = get_attnum(RelationGetRelid(store), name);
	if (number <= 0 || TupleDescAttr(RelationGetDescr(store), number - 1)->atttypid != type)
		refuse_store(store, format("It has no column %s of type %s.", name, format_type_be(type)));
	return number;
}

static Oid
find_versions(Relation table, const Store &store)
{
	Oid found = InvalidOid;
	ListCell *cell;
	foreach (cell, RelationGetIndexList(table))
	{
		Relation index = index_open(lfirst_oid(cell), AccessShareLock);
		const FormData_pg_index &form = *index->rd_index;
		const int16 *keys = form.indkey.values;
		if (form.indisunique && form.indisvalid && form.indnkeyatts == 3 && RelationGetIndexPredicate(index) == NIL &&
			keys[0] == store.type && keys[1] == store.id && keys[2] == store.version)
			found = RelationGetRelid(index);
		index_close(index, AccessShareLock);
	}
	if (!OidIsValid(found))
		refuse_store(table, "It has no unique index on (aggregate_type, aggregate_id, version).");
	return found;
}

static Store
describe(Relation table)
{
	Store store;
	store.position = column_of(table, "position", INT8OID);
	store.type = column_of(table, "aggregate_type", TEXTOID);
	store.id = column_of(table, "aggregate_id", UUIDOID);
	store.version = column_of(table, "version", INT4OID);
	store.versions = find_versions(table, store);
	store.sequence = pg::identity_sequence(table, store.position);
	if (!OidIsValid(store.sequence))
		refuse_store(table, "Its column position is no identity column.");
	return store;
}

static const Store &
described(FunctionCallInfo fcinfo, Relation table)
{
	if (fcinfo->flinfo->fn_extra == nullptr)
	{
		Store found = describe(table);
		auto *kept = static_cast<Store *>(MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(Store)));
		*kept = found;
		fcinfo->flinfo->fn_extra = kept;
	}
	return *static_cast<const Store *>(fcinfo->flinfo->fn_extra);
}

/* The last position that was given to anybody, committed or not; 0: none. */
static int64
last_position(Oid sequence)
{
	Relation relation = relation_open(sequence, AccessShareLock);
	Buffer buffer = ReadBuffer(relation, 0);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	Page page = BufferGetPage(buffer);
	auto *tuple = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, PageGetItemId(page, FirstOffsetNumber)));
	FormData_pg_sequence_data values =
		*reinterpret_cast<Form_pg_sequence_data>(reinterpret_cast<char *>(tuple) + tuple->t_hoff);
	UnlockReleaseBuffer(buffer);
	relation_close(relation, AccessShareLock);
	return values.is_called ? values.last_value : values.last_value - 1;
}

/* Sessions that keep positions in stock give them later than others do the next. */
static void
require_no_stock(Relation table, Oid sequence)
{
	HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	if (!HeapTupleIsValid(tuple))
		refuse_store(table, "The sequence of its positions is gone.");
	auto *form = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
	bool fits = form->seqcache == 1 && form->seqincrement == 1 && !form->seqcycle;
	ReleaseSysCache(tuple);
	if (!fits)
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("the positions of %s are not given one after the other", store_name(table)),
				errdetail("Its sequence was changed: readers would pass by events."),
				errhint("ALTER TABLE %s ALTER COLUMN position SET CACHE 1 SET INCREMENT 1 SET NO CYCLE;",
						store_name(table)));
}

static Announcement *
find_announcement(Oid store)
{
	for (Announcement &known : announcements)
		if (known.store == store && pg::holds_lock(known.tag, ShareLock))
			return &known;
	return nullptr;
}

static Announcement *
announce(Relation table, Oid sequence)
{
	Oid store = RelationGetRelid(table);
	Announcement *known = find_announcement(store);
	if (known != nullptr)
		return known;
	require_no_stock(table, sequence);
	int64 position = last_position(sequence);
	auto shown = static_cast<uint64>(std::min(position, last_announced));
	LOCKTAG tag;
	tag.locktag_field1 = MyDatabaseId;
	tag.locktag_field2 = store;
	tag.locktag_field3 = static_cast<uint32>(shown);
	tag.locktag_field4 = static_cast<uint16>(shown >> 32);
	tag.locktag_type = LOCKTAG_USERLOCK;
	tag.locktag_lockmethodid = USER_LOCKMETHOD;
	LockAcquire(&tag, ShareLock, false, false);
	known = &announcements[next_announcement];
	next_announcement = (next_announcement + 1) % static_cast<int>(std::size(announcements));
	*known = {store, position, tag};
	return known;
}

/* The last version of an aggregate among what is committed by now and what this transaction has written; 0: none. */
static int32
last_version(Relation table, const Store &store, Datum type, Datum id)
{
	Relation index = index_open(store.versions, AccessShareLock);
	ScanKeyData keys[2];
	ScanKeyEntryInitialize(&keys[0], 0, store.type, BTEqualStrategyNumber, InvalidOid, index->rd_indcollation[0],
						   F_TEXTEQ, type);
	ScanKeyInit(&keys[1], store.id, BTEqualStrategyNumber, F_UUID_EQ, id);
	SysScanDesc scan = systable_beginscan_ordered(table, index, SnapshotSelf, 2, keys);
	HeapTuple last = systable_getnext_ordered(scan, BackwardScanDirection);
	int32 version = 0;
	if (HeapTupleIsValid(last))
	{
		bool null;
		version = DatumGetInt32(heap_getattr(last, store.version, RelationGetDescr(table), &null));
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return version;
}

[[noreturn]] static void
refuse_version(Relation table, Datum type, Datum id, int32 present, int32 given)
{
	ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			errmsg("aggregate %s %s of %s has version %d, not %d", TextDatumGetCString(type),
				   DatumGetCString(DirectFunctionCall1(uuid_out, id)), store_name(table), present, given - 1),
			errdetail(given <= present ? "Somebody else has appended events since it was read."
									   : "There are no such events."),
			errhint("Read its events again, decide anew, and append to the version it has then."));
}

static TriggerData *
trigger_call(FunctionCallInfo fcinfo, const char *function, bool for_row)
{
	auto *call = reinterpret_cast<TriggerData *>(fcinfo->context);
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(call->tg_event) ||
		!TRIGGER_FIRED_BY_INSERT(call->tg_event) || (TRIGGER_FIRED_FOR_ROW(call->tg_event) != 0) != for_row)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("dbeng.%s() is a trigger function of event stores", function),
				errdetail("It was called in another way."), errhint("SELECT dbeng.create_event_store('a_name');"));
	return call;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_announce_events)
{
	using namespace dbeng;
	TriggerData *call = trigger_call(fcinfo, "_announce_events", false);
	announce(call->tg_relation, described(fcinfo, call->tg_relation).sequence);
	return PointerGetDatum(nullptr);
}

SQL_FUNCTION(dbeng_number_event)
{
	using namespace dbeng;
	TriggerData *call = trigger_call(fcinfo, "_number_event", true);
	Relation table = call->tg_relation;
	const Store &store = described(fcinfo, table);
	TupleDesc shape = RelationGetDescr(table);
	HeapTuple row = call->tg_trigtuple;
	bool no_type;
	bool no_id;
	bool no_version;
	bool no_position;
	Datum type = heap_getattr(row, store.type, shape, &no_type);
	Datum id = heap_getattr(row, store.id, shape, &no_id);
	Datum version = heap_getattr(row, store.version, shape, &no_version);
	Datum position = heap_getattr(row, store.position, shape, &no_position);
	/* What must not be NULL the server refuses itself. */
	if (no_type || no_id || no_position)
		return PointerGetDatum(row);
	if (DatumGetInt64(position) <= announce(table, store.sequence)->position)
		ereport(ERROR, errcode(ERRCODE_GENERATED_ALWAYS),
				errmsg("position " INT64_FORMAT " of %s was not given by the store", DatumGetInt64(position),
					   store_name(table)),
				errdetail("Readers may have passed it."), errhint("Leave out the column position."));
	int32 present = last_version(table, store, type, id);
	if (!no_version && int64{DatumGetInt32(version)} != int64{present} + 1)
		refuse_version(table, type, id, present, DatumGetInt32(version));
	if (!no_version)
		return PointerGetDatum(row);
	if (present == std::numeric_limits<int32>::max())
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("aggregate %s of %s has no more versions", TextDatumGetCString(type), store_name(table)),
				errdetail("It has reached %d, the last there is.", present),
				errhint("Begin a new aggregate that takes up where it ends."));
	int number = store.version;
	Datum next = Int32GetDatum(present + 1);
	bool null = false;
	return PointerGetDatum(heap_modify_tuple_by_cols(row, shape, 1, &number, &next, &null));
}

SQL_FUNCTION(dbeng_event_version)
{
	using namespace dbeng;
	Oid relation = PG_GETARG_OID(0);
	Relation table = table_open(relation, AccessShareLock);
	if (pg_class_aclmask(relation, GetUserId(), ACL_INSERT | ACL_SELECT, ACLMASK_ANY) == ACL_NO_RIGHTS)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(table));
	int32 version = last_version(table, describe(table), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2));
	table_close(table, AccessShareLock);
	PG_RETURN_INT32(version);
}

SQL_FUNCTION(dbeng_event_position)
{
	using namespace dbeng;
	Oid relation = PG_GETARG_OID(0);
	Relation table = table_open(relation, AccessShareLock);
	if (pg_class_aclmask(relation, GetUserId(), ACL_INSERT | ACL_SELECT, ACLMASK_ANY) == ACL_NO_RIGHTS)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, RelationGetRelationName(table));
	int64 position = last_position(describe(table).sequence);
	table_close(table, AccessShareLock);
	PG_RETURN_INT64(position);
}
