/*
 * chunk_scan.cpp: reading the log.
 *
 * Whoever may ask has been asked: the log itself is its owner's, and is read here without SQL, by the active snapshot. Only
 * what has to be in order is the executor's to sort.
 */
#include "audit/chunk_scan.hpp"

#include "audit/capture.hpp"
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

LogSnapshot::LogSnapshot()
{
	flush_changes();
	PushCopiedSnapshot(GetActiveSnapshot());
	see_own_changes();
}

void
LogSnapshot::end()
{
	PopActiveSnapshot();
}

static const char *
text_of(Datum value, bool null)
{
	return null ? nullptr : TextDatumGetCString(value);
}

static LoggedChunk
chunk_of(const Datum *values, const bool *nulls)
{
	auto value = [values](LogColumn column) { return values[column - 1]; };
	auto text = [values, nulls](LogColumn column) { return text_of(values[column - 1], nulls[column - 1]); };
	auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM(value(log_payload)));
	LoggedChunk chunk = {};
	chunk.log_id = DatumGetInt64(value(log_id));
	chunk.changed_at = DatumGetTimestampTz(value(log_changed_at));
	chunk.written_at = DatumGetTimestampTz(value(log_written_at));
	chunk.transaction_id = U64FromFullTransactionId(DatumGetFullTransactionId(value(log_xid)));
	chunk.cluster = DatumGetInt32(value(log_cluster));
	chunk.changed_by = text(log_changed_by);
	chunk.db_user = text(log_db_user);
	chunk.session_user = nulls[log_session_user - 1] ? chunk.db_user : text(log_session_user);
	chunk.ip_address = nulls[log_ip_address - 1] ? Datum{0} : value(log_ip_address);
	chunk.application = text(log_application);
	chunk.context = text(log_context);
	chunk.payload = {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)};
	return chunk;
}

static const char *const column_list = "log_id, changed_at, written_at, transaction_id, changes, cluster, changed_by,"
									   " db_user, session_user_name, ip_address, application_name, context, payload";

namespace {
/* Rows of the log on their way to who wants them. */
class ChunkVisitor
{
  public:
	ChunkVisitor(const ChunkFilter &filter, VisitChunk visit, void *argument)
		: filter_(filter), visit_(visit), argument_(argument),
		  context_(AllocSetContextCreate(CurrentMemoryContext, "dbeng chunk", ALLOCSET_DEFAULT_SIZES))
	{}

	/* The columns of a row; the payload as it is stored. */
	void take(const Datum *values, const bool *nulls)
	{
		CHECK_FOR_INTERRUPTS();
		if (DatumGetTimestampTz(values[log_changed_at - 1]) < filter_.from ||
			DatumGetTimestampTz(values[log_written_at - 1]) <= filter_.written_after)
			return;
		MemoryContext caller = MemoryContextSwitchTo(context_);
		LoggedChunk chunk = chunk_of(values, nulls);
		Local<RowChangeReader> reader(chunk.payload, chunk.log_id, context_);
		if (filter_.table_id == 0 || reader->concerns(filter_.table_id))
			visit_(chunk, *reader, argument_);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(context_);
	}

	const ChunkFilter &filter() const { return filter_; }
	void end() { MemoryContextDelete(context_); }

  private:
	const ChunkFilter &filter_;
	VisitChunk visit_;
	void *argument_;
	MemoryContext context_;
};

/* A partition of the log, opened. */
class PartitionScan
{
  public:
	explicit PartitionScan(const LogPartition &partition) : relation_(table_open(partition.relation, AccessShareLock))
	{
		if (RelationGetDescr(relation_)->natts < log_columns)
			ereport(ERROR, errcode(ERRCODE_UNDEFINED_COLUMN),
					errmsg("the audit log lacks columns that this version reads"),
					errhint("ALTER EXTENSION dbeng UPDATE;"));
		constexpr AttrNumber columns[] = {log_cluster, log_xid, log_id};
		Oid index = log_index(relation_, columns);
		if (OidIsValid(index))
			index_ = index_open(index, AccessShareLock);
	}
	void close()
	{
		if (index_ != nullptr)
			index_close(index_, AccessShareLock);
		table_close(relation_, AccessShareLock);
	}

	/* Can chunks be found by their place? */
	bool has_places() const { return index_ != nullptr; }
	/* Calls take(values, nulls) for every chunk, */
	template <class Take>
	void all(Take take);
	/* those of a transaction, */
	template <class Take>
	void transaction(int32 cluster, uint64 transaction_id, Take take);
	/* those in a range. */
	template <class Take>
	void range(int32 cluster, const LogRange &range, Take take);
	/* Whose chunks there are. */
	void clusters(Vector<int32> &found);

  private:
	struct Condition
	{
		AttrNumber column;
		StrategyNumber strategy;
		RegProcedure function;
		Datum value;
	};

	template <class Take>
	void read(std::span<const Condition> conditions, Take take);
	Condition of_cluster(int32 cluster) const
	{
		return {log_cluster, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(cluster)};
	}

	Relation relation_;
	Relation index_ = nullptr;
};
} // namespace

static void
deform(HeapTuple tuple, TupleDesc columns, Datum *values, bool *nulls)
{
	for (int i = 0; i < log_columns; i++)
		values[i] = heap_getattr(tuple, i + 1, columns, &nulls[i]);
}

static LogPlace
place_of(const Datum *values)
{
	return {U64FromFullTransactionId(DatumGetFullTransactionId(values[log_xid - 1])),
			DatumGetInt64(values[log_id - 1])};
}

static TimestampTz
month_of(const Datum *values)
{
	return month_begin(DatumGetTimestampTz(values[log_changed_at - 1]));
}

template <class Take>
void
PartitionScan::all(Take take)
{
	Datum values[log_columns];
	bool nulls[log_columns];
	SysScanDesc scan = systable_beginscan(relation_, InvalidOid, false, GetActiveSnapshot(), 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		CHECK_FOR_INTERRUPTS();
		deform(tuple, RelationGetDescr(relation_), values, nulls);
		take(values, nulls);
	}
	systable_endscan(scan);
}

template <class Take>
void
PartitionScan::read(std::span<const Condition> conditions, Take take)
{
	ScanKeyData keys[4];
	int count = 0;
	for (const Condition &condition : conditions)
		ScanKeyInit(&keys[count++], condition.column, condition.strategy, condition.function, condition.value);
	Datum values[log_columns];
	bool nulls[log_columns];
	SysScanDesc scan = systable_beginscan_ordered(relation_, index_, GetActiveSnapshot(), count, keys);
	while (HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection))
	{
		CHECK_FOR_INTERRUPTS();
		deform(tuple, RelationGetDescr(relation_), values, nulls);
		take(values, nulls);
	}
	systable_endscan_ordered(scan);
}

template <class Take>
void
PartitionScan::transaction(int32 cluster, uint64 transaction_id, Take take)
{
	const Condition conditions[] = {of_cluster(cluster),
									{log_xid, BTEqualStrategyNumber, F_XID8EQ, transaction_datum(transaction_id)}};
	read(conditions, take);
}

/* The rest of one transaction, those after it, and of the last one what comes first. */
template <class Take>
void
PartitionScan::range(int32 cluster, const LogRange &range, Take take)
{
	Condition of = of_cluster(cluster);
	Condition from = {log_id, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum(range.from.log_id)};
	Condition to = {log_id, BTLessStrategyNumber, F_INT8LT, Int64GetDatum(range.to.log_id)};
	Condition first = {log_xid, BTEqualStrategyNumber, F_XID8EQ, transaction_datum(range.from.transaction_id)};
	Condition last = {log_xid, BTEqualStrategyNumber, F_XID8EQ, transaction_datum(range.to.transaction_id)};
	Condition after = {log_xid, BTGreaterStrategyNumber, F_XID8GT, transaction_datum(range.from.transaction_id)};
	Condition before = {log_xid, BTLessStrategyNumber, F_XID8LT, transaction_datum(range.to.transaction_id)};
	if (range.from.transaction_id == range.to.transaction_id)
	{
		const Condition conditions[] = {of, first, from, to};
		read(conditions, take);
		return;
	}
	if (range.from.transaction_id > 0)
	{
		const Condition conditions[] = {of, first, from};
		read(conditions, take);
	}
	if (range.to.transaction_id - range.from.transaction_id > 1)
	{
		const Condition conditions[] = {of, after, before};
		read(conditions, take);
	}
	const Condition conditions[] = {of, last, to};
	read(conditions, take);
}

void
PartitionScan::clusters(Vector<int32> &found)
{
	for (;;)
	{
		ScanKeyData key;
		if (!found.empty())
			ScanKeyInit(&key, log_cluster, BTGreaterStrategyNumber, F_INT4GT, Int32GetDatum(found.back()));
		SysScanDesc scan =
			systable_beginscan_ordered(relation_, index_, GetActiveSnapshot(), found.empty() ? 0 : 1, &key);
		HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection);
		bool null;
		bool more = HeapTupleIsValid(tuple);
		int32 cluster = more ? DatumGetInt32(heap_getattr(tuple, log_cluster, RelationGetDescr(relation_), &null)) : 0;
		systable_endscan_ordered(scan);
		if (!more)
			return;
		found.push_back(cluster);
	}
}

static bool
is_one_month(const LogPartition &partition)
{
	return !partition.is_default && month_begin(partition.from) == partition.from &&
		   next_month(partition.from) == partition.to;
}

/* Calls take(values, nulls) for the chunks in the places where there may be what is looked for. */
template <class Take>
static void
read_places(PartitionScan &scan, const LogPartition &partition, KeyPlaces &places, Take take)
{
	if (!scan.has_places() || !is_one_month(partition))
	{
		scan.all(
			[&](const Datum *values, const bool *nulls)
			{
				int32 cluster = DatumGetInt32(values[log_cluster - 1]);
				if (is_within(places.ranges(month_of(values), cluster), place_of(values)))
					take(values, nulls);
			});
		return;
	}
	Local<Vector<int32>> clusters;
	scan.clusters(*clusters);
	for (int32 cluster : *clusters)
		for (const LogRange &range : places.ranges(partition.from, cluster))
			scan.range(cluster, range, take);
}

template <class Take>
static void
read_transaction(PartitionScan &scan, uint64 transaction_id, Take take)
{
	if (!scan.has_places())
	{
		scan.all(
			[&](const Datum *values, const bool *nulls)
			{
				if (place_of(values).transaction_id == transaction_id)
					take(values, nulls);
			});
		return;
	}
	Local<Vector<int32>> clusters;
	scan.clusters(*clusters);
	for (int32 cluster : *clusters)
		scan.transaction(cluster, transaction_id, take);
}

/* Calls read(PartitionScan, LogPartition) for each partition that may have something from one time to another. */
template <class Read>
static void
each_partition(TimestampTz from, TimestampTz to, Read read)
{
	/* None is dropped or moved meanwhile. */
	LockRelationOid(audit_log().log, AccessShareLock);
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	for (const LogPartition &partition : *partitions)
	{
		if (!partition.is_default && (partition.to <= from || partition.from >= to))
			continue;
		PartitionScan scan(partition);
		read(scan, partition);
		scan.close();
	}
}

bool
has_chunks(TimestampTz month, int32 cluster, const LogRange &range)
{
	bool found = false;
	each_partition(month, next_month(month),
				   [&](PartitionScan &scan, const LogPartition &)
				   {
					   auto take = [&](const Datum *values, const bool *)
					   {
						   LogPlace place = place_of(values);
						   found = found || (DatumGetInt32(values[log_cluster - 1]) == cluster &&
											 !(place < range.from) && place < range.to && month_of(values) == month);
					   };
					   if (scan.has_places())
						   scan.range(cluster, range, take);
					   else
						   scan.all(take);
				   });
	return found;
}

void
each_chunk(const ChunkFilter &filter, std::span<const uint32> numbers, VisitChunk visit, void *argument)
{
	if (!audit_log().exists())
		return;
	ChunkVisitor visitor(filter, visit, argument);
	Local<KeyPlaces> places(numbers, filter.from, filter.written_after);
	each_partition(filter.from, DT_NOEND,
				   [&](PartitionScan &scan, const LogPartition &partition)
				   {
					   read_places(scan, partition, *places,
								   [&visitor](const Datum *values, const bool *nulls) { visitor.take(values, nulls); });
				   });
	visitor.end();
}

static void
each_ordered_chunk(ChunkVisitor &visitor)
{
	const ChunkFilter &filter = visitor.filter();
	const Argument arguments[] = {{TIMESTAMPTZOID, TimestampTzGetDatum(filter.from), false}};
	const char *sql =
		format("SELECT %s FROM %s.log WHERE %s ORDER BY"
			   " max(written_at) OVER (PARTITION BY cluster, transaction_id), cluster, transaction_id, log_id",
			   column_list, audit_schema, filter.from == DT_NOBEGIN ? "true" : "changed_at >= $1");
	Identity reader = act_as_owner();
	BatchedQuery query(sql, arguments);
	reader.restore();
	while (query.next())
		for (uint64 i = 0; i < query.rows(); i++)
		{
			Datum values[log_columns];
			bool nulls[log_columns];
			for (int column = 0; column < log_columns; column++)
			{
				values[column] = query.row(i).datum(column + 1);
				nulls[column] = query.row(i).null(column + 1);
			}
			visitor.take(values, nulls);
		}
	query.close();
}

void
each_chunk(const ChunkFilter &filter, VisitChunk visit, void *argument)
{
	if (!audit_log().exists())
		return;
	ChunkVisitor visitor(filter, visit, argument);
	auto take = [&visitor](const Datum *values, const bool *nulls) { visitor.take(values, nulls); };
	if (filter.ordered)
		each_ordered_chunk(visitor);
	else
		each_partition(filter.from, DT_NOEND,
					   [&filter, take](PartitionScan &scan, const LogPartition &)
					   {
						   if (filter.transaction_id == 0)
							   scan.all(take);
						   else
							   read_transaction(scan, filter.transaction_id, take);
					   });
	visitor.end();
}

} // namespace dbeng
