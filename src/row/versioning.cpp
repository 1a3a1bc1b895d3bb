/*
 * versioning.cpp: the trigger that counts the versions of rows.
 *
 * It runs before each row is updated, so it does as little as can be done:
 * which columns are meant is looked up once a statement, and both values are
 * written where the old ones lie, in the server's own copy of the new row.
 */
#include "row/versioning.hpp"

#include "core/memory.hpp"
#include "core/text.hpp"

namespace dbeng {

bool keep_versions = false;

namespace {
/* What one statement needs to know of the table, or of one partition. */
struct Columns
{
	AttrNumber version; /* 0: none */
	Oid version_type;
	int16 version_length;
	AttrNumber updated; /* 0: none */
	Datum now;
};

/* Where both lie in a row, from the row's start; 0: there is no room, because it is NULL. */
struct Places
{
	std::size_t version = 0;
	std::size_t updated = 0;
};
} // namespace

static const char *
table_name(Relation table)
{
	return quoted(get_namespace_name(RelationGetNamespace(table)), RelationGetRelationName(table));
}

[[noreturn]] static void
refuse_column(Relation table, const char *column, int code, const char *why)
{
	ereport(
		ERROR, errcode(code), errmsg("column \"%s\" of %s cannot be kept", column, table_name(table)),
		errdetail("dbeng.enable_versioning() was told of it, but %s.", why),
		errhint(
			"Call dbeng.enable_versioning() again with the columns as they are now, or dbeng.disable_versioning()."));
}

static AttrNumber
find_column(Relation table, const char *name)
{
	TupleDesc shape = RelationGetDescr(table);
	if (name[0] == '\0')
		return 0;
	for (int i = 0; i < shape->natts; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(shape, i);
		if (!column.attisdropped && strcmp(NameStr(column.attname), name) == 0)
			return column.attnum;
	}
	refuse_column(table, name, ERRCODE_UNDEFINED_COLUMN, "there is no column of that name any more");
}

static Datum
time_of_change(Relation table, AttrNumber number)
{
	const FormData_pg_attribute &column = *TupleDescAttr(RelationGetDescr(table), number - 1);
	Datum now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	Datum typmod = Int32GetDatum(column.atttypmod);
	switch (column.atttypid)
	{
		case TIMESTAMPTZOID:
			return DirectFunctionCall2(timestamptz_scale, now, typmod);
		case TIMESTAMPOID:
			return DirectFunctionCall2(timestamp_scale, DirectFunctionCall1(timestamptz_timestamp, now), typmod);
		default:
			refuse_column(table, NameStr(column.attname), ERRCODE_DATATYPE_MISMATCH,
						  format("its type is %s now", format_type_be(column.atttypid)));
	}
}

static Columns *
look_up(Relation table, const Trigger &trigger)
{
	if (trigger.tgnargs < 2)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger %s of %s does not name its columns", quoted(trigger.tgname), table_name(table)),
				errdetail("dbeng.enable_versioning() makes triggers that do."),
				errhint("DROP TRIGGER %s ON %s;", quoted(trigger.tgname), table_name(table)));
	auto *columns = static_cast<Columns *>(palloc0(sizeof(Columns)));
	columns->version = find_column(table, trigger.tgargs[0]);
	columns->updated = find_column(table, trigger.tgargs[1]);
	if (columns->version != 0)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(RelationGetDescr(table), columns->version - 1);
		columns->version_type = column.atttypid;
		columns->version_length = column.attlen;
		if (column.atttypid != INT8OID && column.atttypid != INT4OID && column.atttypid != INT2OID)
			refuse_column(table, NameStr(column.attname), ERRCODE_DATATYPE_MISMATCH,
						  format("its type is %s now", format_type_be(column.atttypid)));
	}
	if (columns->updated != 0)
		columns->now = time_of_change(table, columns->updated);
	return columns;
}

static int64
number_of(Oid type, Datum value)
{
	return type == INT8OID	 ? DatumGetInt64(value)
		   : type == INT4OID ? int64{DatumGetInt32(value)}
							 : int64{DatumGetInt16(value)};
}

static Datum
datum_of(Oid type, int64 number)
{
	return type == INT8OID	 ? Int64GetDatum(number)
		   : type == INT4OID ? Int32GetDatum(static_cast<int32>(number))
							 : Int16GetDatum(static_cast<int16>(number));
}

static int64
last_of(Oid type)
{
	return type == INT8OID	 ? std::numeric_limits<int64>::max()
		   : type == INT4OID ? int64{std::numeric_limits<int32>::max()}
							 : int64{std::numeric_limits<int16>::max()};
}

/* "(id)=(7)", as the server tells it of unique keys; NULL for who may not read it, and where there is no primary key. */
static const char *
key_of(Relation table, HeapTuple row)
{
	Oid primary_key = pg::primary_key_index(table);
	if (!OidIsValid(primary_key))
		return nullptr;
	Relation index = index_open(primary_key, AccessShareLock);
	Datum values[INDEX_MAX_KEYS];
	bool nulls[INDEX_MAX_KEYS];
	for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
		values[i] = heap_getattr(row, index->rd_index->indkey.values[i], RelationGetDescr(table), &nulls[i]);
	const char *key = BuildIndexValueDescription(index, values, nulls);
	index_close(index, AccessShareLock);
	return key;
}

[[noreturn]] static void
refuse_stale(Relation table, HeapTuple row, const char *present, const char *given)
{
	const char *key = key_of(table, row);
	ereport(ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			errmsg("row of %s has version %s, not %s", table_name(table), present, given),
			errdetail("%sIt was changed by somebody else since it was read.",
					  key == nullptr ? "" : format("Key %s. ", key)),
			errhint("Read the row again and repeat the change."));
}

[[noreturn]] static void
refuse_overflow(Relation table, Oid type)
{
	ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			errmsg("the version of a row of %s is out of range", table_name(table)),
			errdetail("It has reached " INT64_FORMAT ", the last of type %s.", last_of(type), format_type_be(type)),
			errhint("ALTER TABLE ... ALTER COLUMN ... TYPE bigint, or begin again under dbeng.keep_versions = on."));
}

/* In one walk: what lies before a column has to be walked over, and that is most of what the trigger costs. */
static Places
find_places(const Columns &columns, HeapTuple row, TupleDesc shape)
{
	Places places;
	HeapTupleHeader header = row->t_data;
	auto *start = reinterpret_cast<char *>(header);
	std::size_t offset = header->t_hoff;
	int last = std::min<int>(std::max(columns.version, columns.updated), HeapTupleHeaderGetNatts(header));
	for (int i = 0; i < last; i++)
	{
		const FormData_pg_attribute &column = *TupleDescAttr(shape, i);
		if (HeapTupleHasNulls(row) && att_isnull(i, header->t_bits))
			continue;
		offset = att_align_pointer(offset, column.attalign, column.attlen, start + offset);
		if (i + 1 == columns.version)
			places.version = offset;
		if (i + 1 == columns.updated)
			places.updated = offset;
		offset = att_addlength_pointer(offset, column.attlen, start + offset);
	}
	return places;
}

/* The version that the row is to have. */
static int64
next_version(Relation table, const Columns &columns, HeapTuple before, HeapTuple after, std::size_t place)
{
	Oid type = columns.version_type;
	bool no_present;
	bool no_given = false;
	Datum present_value = heap_getattr(before, columns.version, RelationGetDescr(table), &no_present);
	Datum given_value = place != 0
							? fetch_att(reinterpret_cast<char *>(after->t_data) + place, true, columns.version_length)
							: heap_getattr(after, columns.version, RelationGetDescr(table), &no_given);
	/* A row from the time before versions were counted. */
	int64 present = no_present ? 0 : number_of(type, present_value);
	int64 given = no_given ? 0 : number_of(type, given_value);
	if (no_given && !no_present)
		refuse_stale(table, before, format(INT64_FORMAT, present), "NULL");
	if (given == present)
	{
		if (present == last_of(type))
			refuse_overflow(table, type);
		return present + 1;
	}
	/* Who counts himself has done it. */
	if (present == last_of(type) || given != present + 1)
		refuse_stale(table, before, no_present ? "NULL" : format(INT64_FORMAT, present), format(INT64_FORMAT, given));
	return given;
}

/* Is the new row in the slot's own memory, where nobody else has it? Then it may be written, and needs no copy. */
static bool
owns(TupleTableSlot *slot, HeapTuple row)
{
	return (TTS_IS_HEAPTUPLE(slot) || TTS_IS_BUFFERTUPLE(slot)) && TTS_SHOULDFREE(slot) &&
		   reinterpret_cast<HeapTupleTableSlot *>(slot)->tuple == row;
}

static HeapTuple
changed_row(Relation table, const Columns &columns, HeapTuple before, HeapTuple after, TupleTableSlot *slot)
{
	Places places = find_places(columns, after, RelationGetDescr(table));
	Datum version = 0;
	if (columns.version != 0)
		version = datum_of(columns.version_type, next_version(table, columns, before, after, places.version));
	if ((columns.version != 0 && places.version == 0) || (columns.updated != 0 && places.updated == 0))
	{
		int numbers[] = {columns.version, columns.updated};
		Datum values[] = {version, columns.now};
		bool nulls[] = {false, false};
		int first = columns.version == 0 ? 1 : 0;
		int count = columns.updated == 0 ? 1 : 2 - first;
		return heap_modify_tuple_by_cols(after, RelationGetDescr(table), count, numbers + first, values + first,
										 nulls + first);
	}
	bool own = owns(slot, after);
	HeapTuple row = own ? after : heap_copytuple(after);
	auto write = [row, own, slot](AttrNumber column, std::size_t place, Datum value, int16 length)
	{
		if (column == 0)
			return;
		store_att_byval(reinterpret_cast<char *>(row->t_data) + place, value, length);
		/* What the slot has read from the row already. */
		if (own && column <= slot->tts_nvalid)
			slot->tts_values[column - 1] = value;
	};
	write(columns.version, places.version, version, columns.version_length);
	write(columns.updated, places.updated, columns.now, sizeof(Timestamp));
	return row;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_version_row)
{
	using namespace dbeng;
	auto *call = reinterpret_cast<TriggerData *>(fcinfo->context);
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(call->tg_event) || !TRIGGER_FIRED_FOR_ROW(call->tg_event) ||
		!TRIGGER_FIRED_BY_UPDATE(call->tg_event))
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("dbeng._version_row() is a trigger function for rows, before they are updated"),
				errdetail("It was called in another way."), errhint("SELECT dbeng.enable_versioning('a_table');"));
	if (keep_versions)
		return PointerGetDatum(call->tg_newtuple);
	Relation table = call->tg_relation;
	if (fcinfo->flinfo->fn_extra == nullptr)
	{
		MemoryContext row = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
		fcinfo->flinfo->fn_extra = look_up(table, *call->tg_trigger);
		MemoryContextSwitchTo(row);
	}
	const Columns &columns = *static_cast<const Columns *>(fcinfo->flinfo->fn_extra);
	if (columns.version == 0 && columns.updated == 0)
		return PointerGetDatum(call->tg_newtuple);
	return PointerGetDatum(changed_row(table, columns, call->tg_trigtuple, call->tg_newtuple, call->tg_newslot));
}
