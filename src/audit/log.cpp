#include "audit/log.hpp"

#include "audit/audited_table.hpp"
#include "audit/log_writer.hpp"
#include "audit/shape_cache.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct KnownPartition
{
	Oid oid;
	TimestampTz from; /* it takes what lies in [from, to) */
	TimestampTz to;
};
} // namespace

static AuditLog known_log;
static bool log_is_known = false;
static KnownPartition known_partition;
static bool partition_is_known = false;
static std::size_t usual_room = 7900;

static bool
is_complete(const AuditLog &log)
{
	return OidIsValid(log.tables) && OidIsValid(log.shapes) && OidIsValid(log.log) && OidIsValid(log.seals) &&
		   OidIsValid(log.id_sequence);
}

static void
on_relation_change(Datum, Oid relation)
{
	bool any = !OidIsValid(relation);
	/* As long as something is missing, any new table may be it. */
	if (any || !is_complete(known_log) || relation == known_log.log || relation == known_log.shapes ||
		relation == known_log.tables || relation == known_log.seals || relation == known_log.id_sequence)
		log_is_known = false;
	if (any || relation == known_log.log || relation == known_partition.oid)
		partition_is_known = false;
	shapes_changed(relation);
}

static void
on_schema_change(Datum, int, uint32)
{
	log_is_known = false;
	/* A shape has its schema's name. */
	shapes_changed(InvalidOid);
}

static void
watch_catalogs()
{
	static bool watching = false;
	if (watching)
		return;
	CacheRegisterRelcacheCallback(on_relation_change, Datum{0});
	CacheRegisterSyscacheCallback(NAMESPACEOID, on_schema_change, Datum{0});
	watching = true;
}

const AuditLog &
audit_log()
{
	if (log_is_known)
		return known_log;
	watch_catalogs();
	/* Set before looking: what changes meanwhile unsets it. */
	log_is_known = true;
	partition_is_known = false;
	AuditLog found = {};
	found.schema = get_namespace_oid(audit_schema, true);
	if (OidIsValid(found.schema))
	{
		found.tables = log_table("tables");
		found.shapes = log_table("shapes");
		found.log = log_table("log");
		found.seals = log_table("seals");
		found.id_sequence = log_table("log_id_seq");
	}
	known_log = found;
	return known_log;
}

Oid
log_index(Relation table, std::span<const AttrNumber> columns)
{
	/* Of other kinds there is only one on times. */
	Oid found = InvalidOid;
	List *list = RelationGetIndexList(table);
	ListCell *cell;
	foreach (cell, list)
	{
		HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));
		if (!HeapTupleIsValid(tuple))
			continue;
		auto *form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
		if (form->indisvalid && form->indnkeyatts >= static_cast<int>(columns.size()) &&
			std::equal(columns.begin(), columns.end(), form->indkey.values) &&
			heap_attisnull(tuple, Anum_pg_index_indpred, nullptr))
			found = form->indexrelid;
		ReleaseSysCache(tuple);
	}
	list_free(list);
	return found;
}

const AuditLog &
required_log()
{
	const AuditLog &log = audit_log();
	if (!log.exists() || !OidIsValid(log.tables) || !OidIsValid(log.shapes) || !OidIsValid(log.id_sequence))
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("the audit log is not there"),
				errdetail("A table is audited, but schema %s lacks a table of the log.", audit_schema),
				errhint("SELECT dbeng.enable_audit('the_table') makes what is missing; dbeng.disable_audit() lets the "
						"table be written without being audited."));
	return log;
}

/* The partition of a time, with the range it is good for. */
static KnownPartition
find_partition(Oid table, TimestampTz at)
{
	Relation log = table_open(table, AccessShareLock);
	if (log->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s.log is not partitioned", audit_schema),
				errdetail("Something else than the audit log has its name."));
	PartitionKey key = RelationGetPartitionKey(log);
	PartitionDesc partitions = RelationGetPartitionDesc(log, true);
	KnownPartition found = {InvalidOid, DT_NOBEGIN, DT_NOEND};
	PartitionBoundInfo bounds = partitions->boundinfo;
	if (bounds != nullptr)
	{
		auto bound = [bounds](int i, TimestampTz without)
		{
			if (i < 0 || i >= bounds->ndatums || bounds->kind[i][0] != PARTITION_RANGE_DATUM_VALUE)
				return without;
			return DatumGetTimestampTz(bounds->datums[i][0]);
		};
		Datum value = TimestampTzGetDatum(at);
		bool equal;
		int before = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds, 1, &value, &equal);
		int number = bounds->indexes[before + 1];
		if (number < 0)
			number = bounds->default_index;
		if (number >= 0)
			found.oid = partitions->oids[number];
		found.from = bound(before, DT_NOBEGIN);
		found.to = bound(before + 1, DT_NOEND);
	}
	table_close(log, AccessShareLock);
	return found;
}

Oid
log_partition(TimestampTz at)
{
	const AuditLog &log = required_log();
	if (partition_is_known && at >= known_partition.from && at < known_partition.to)
		return known_partition.oid;
	partition_is_known = true;
	KnownPartition found = find_partition(log.log, at);
	known_partition = found;
	if (!OidIsValid(found.oid))
	{
		partition_is_known = false;
		ereport(ERROR, errcode(ERRCODE_CHECK_VIOLATION),
				errmsg("the audit log has no partition for %s", timestamptz_to_str(at)),
				errdetail("Its default partition is gone."),
				errhint("CREATE TABLE %s.log_rest PARTITION OF %s.log DEFAULT;", audit_schema, audit_schema));
	}
	return found.oid;
}

int64
take_ids()
{
	/* nextval() would become what lastval() of the user's session returns. */
	Relation sequence = relation_open(required_log().id_sequence, RowExclusiveLock);
	if (sequence->rd_rel->relkind != RELKIND_SEQUENCE)
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s.log_id_seq is no sequence", audit_schema),
				errdetail("Something else has its name."));
	/* What is logged of a sequence has to be flushed by somebody's commit. */
	GetTopTransactionId();
	Buffer buffer = ReadBuffer(sequence, 0);
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	Page page = BufferGetPage(buffer);
	ItemId item = PageGetItemId(page, FirstOffsetNumber);
	auto *tuple = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
	auto *data = reinterpret_cast<Form_pg_sequence_data>(reinterpret_cast<char *>(tuple) + tuple->t_hoff);
	int64 first = data->is_called ? data->last_value + id_block : data->last_value;

	START_CRIT_SECTION();
	data->last_value = first;
	data->log_cnt = 0;
	data->is_called = true;
	MarkBufferDirty(buffer);
	if (RelationNeedsWAL(sequence))
	{
		xl_seq_rec record = pg::sequence_record(sequence);
		XLogBeginInsert();
		XLogRegisterBuffer(0, buffer, REGBUF_WILL_INIT);
		XLogRegisterData(reinterpret_cast<char *>(&record), sizeof(record));
		XLogRegisterData(reinterpret_cast<char *>(tuple), ItemIdGetLength(item));
		XLogRecPtr logged = XLogInsert(RM_SEQ_ID, XLOG_SEQ_LOG);
		PageSetLSN(page, logged);
	}
	END_CRIT_SECTION();

	UnlockReleaseBuffer(buffer);
	relation_close(sequence, NoLock);
	return first;
}

int32
cluster_number()
{
	uint64 identifier = GetSystemIdentifier();
	return static_cast<int32>(static_cast<uint32>(identifier ^ identifier >> 32));
}

/* Opened and locked: the one that is right while it is locked. */
static Relation
open_partition(TimestampTz at)
{
	for (;;)
	{
		Oid wanted = log_partition(at);
		Relation partition = try_table_open(wanted, RowExclusiveLock);
		if (partition == nullptr)
			partition_is_known = false;
		else if (log_partition(at) == wanted)
			return partition;
		else
			table_close(partition, RowExclusiveLock);
		CHECK_FOR_INTERRUPTS();
	}
}

/* What a tuple that may have toast_tuple_target = 8160 bytes has for the payload, beside the columns that are there. */
static std::size_t
room_beside(TupleDesc columns, Datum *values, bool *nulls)
{
	constexpr std::size_t whole = 8160;
	constexpr std::size_t alignment = 3;
	nulls[log_payload - 1] = true;
	std::size_t used = MAXALIGN(SizeofHeapTupleHeader + BITMAPLEN(columns->natts)) + alignment +
					   heap_compute_data_size(columns, values, nulls);
	nulls[log_payload - 1] = false;
	/* A context of kilobytes goes to TOAST. */
	usual_room = used > whole / 2 ? whole / 2 : whole - used;
	return usual_room;
}

ChunkWriter::ChunkWriter(const Origin &origin) : command_(FirstCommandId)
{
	/*
	 * Changes come of commands before: a query that has them written before it scans the log sees them by the snapshot it
	 * has, if they look as if an earlier command had written them.
	 */
	(void) GetCurrentCommandId(true);
	partition_ = open_partition(GetCurrentTransactionStartTimestamp());
	if (RelationGetDescr(partition_)->natts < log_columns)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("the audit log lacks columns that this version writes"),
				errhint("ALTER EXTENSION dbeng UPDATE;"));
	List *list = RelationGetIndexList(partition_);
	ListCell *cell;
	foreach (cell, list)
	{
		if (indexes_.size() == indexes_.max_size())
			ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					errmsg("%s.%s has more than %d indexes", audit_schema, RelationGetRelationName(partition_),
						   static_cast<int>(indexes_.max_size())),
					errhint("Drop those that the extension has not made."));
		Relation index = index_open(lfirst_oid(cell), RowExclusiveLock);
		IndexInfo *info = BuildIndexInfo(index);
		if (info->ii_Expressions != NIL || info->ii_Predicate != NIL)
			ereport(
				ERROR, errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("index %s.%s has an expression or a condition", audit_schema, RelationGetRelationName(index)),
				errdetail("The audit log is written without the executor, which would compute them."),
				errhint("DROP INDEX %s;", quoted(audit_schema, RelationGetRelationName(index))));
		indexes_.push_back({index, info});
	}

	auto n = static_cast<std::size_t>(RelationGetDescr(partition_)->natts);
	values_ = static_cast<Datum *>(palloc0(n * sizeof(Datum)));
	nulls_ = static_cast<bool *>(palloc0(n * sizeof(bool)));
	/* Columns that a newer version has added. */
	for (std::size_t i = log_columns; i < n; i++)
		nulls_[i] = true;
	values_[log_changed_at - 1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	values_[log_xid - 1] = FullTransactionIdGetDatum(GetTopFullTransactionId());
	values_[log_cluster - 1] = Int32GetDatum(cluster_number());
	describe_origin(origin, values_, nulls_);
	payload_room_ = room_beside(RelationGetDescr(partition_), values_, nulls_);
}

void
ChunkWriter::write(const Chunk &chunk)
{
	values_[log_id - 1] = Int64GetDatum(chunk.log_id);
	values_[log_written_at - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values_[log_changes - 1] = Int32GetDatum(chunk.changes);
	values_[log_payload - 1] = chunk.payload;

	HeapTuple tuple = heap_form_tuple(RelationGetDescr(partition_), values_, nulls_);
	heap_insert(partition_, tuple, command_, 0, nullptr);

	for (Index &index : indexes_)
	{
		Datum keys[INDEX_MAX_KEYS];
		bool no_keys[INDEX_MAX_KEYS];
		for (int i = 0; i < index.info->ii_NumIndexAttrs; i++)
		{
			AttrNumber column = index.info->ii_IndexAttrNumbers[i];
			keys[i] = values_[column - 1];
			no_keys[i] = nulls_[column - 1];
		}
		bool unique = index.relation->rd_index->indisunique;
		index_insert(index.relation, keys, no_keys, &tuple->t_self, partition_,
					 unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO, false, index.info);
	}
}

void
ChunkWriter::close()
{
	for (Index &index : indexes_)
	{
		pg::end_index_inserts(index.relation, index.info);
		index_close(index.relation, NoLock);
	}
	/* Locked until the end of the transaction, as by any writer. */
	table_close(partition_, NoLock);
}

std::size_t
ChunkWriter::usual_payload_room()
{
	return usual_room;
}

} // namespace dbeng
