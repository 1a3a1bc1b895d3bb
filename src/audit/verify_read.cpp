/*
 * verify_read.cpp: every chunk of the log as a hash, in the order of the seals.
 */
#include "audit/log_partitions.hpp"
#include "audit/verifying.hpp"
#include "core/attempt.hpp"

namespace dbeng {

ChunkSort::ChunkSort()
{
	TupleDesc descriptor = CreateTemplateTupleDesc(columns);
	for (auto [column, type] :
		 {std::pair(month, INT8OID), std::pair(cluster, INT4OID), std::pair(transaction_id, INT8OID),
		  std::pair(log_id, INT8OID), std::pair(changes, INT4OID), std::pair(digest, BYTEAOID)})
		TupleDescInitEntry(descriptor, static_cast<AttrNumber>(column + 1), nullptr, static_cast<Oid>(type), -1, 0);
	AttrNumber keys[] = {month + 1, cluster + 1, transaction_id + 1, log_id + 1};
	Oid operators[] = {Int8LessOperator, Int4LessOperator, Int8LessOperator, Int8LessOperator};
	Oid collations[] = {InvalidOid, InvalidOid, InvalidOid, InvalidOid};
	bool nulls_first[] = {false, false, false, false};
	sort_ = tuplesort_begin_heap(descriptor, 4, keys, operators, collations, nulls_first, work_mem, nullptr,
								 TUPLESORT_NONE);
	in_ = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	out_ = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
}

void
ChunkSort::add(const FoundChunk &chunk)
{
	struct
	{
		int32 header;
		Digest digest;
	} bytes = {0, chunk.digest};
	SET_VARSIZE(&bytes, VARHDRSZ + sizeof bytes.digest);
	Datum *values = in_->tts_values;
	std::fill_n(in_->tts_isnull, static_cast<std::size_t>(columns), false);
	values[month] = Int64GetDatum(chunk.month);
	values[cluster] = Int32GetDatum(chunk.cluster);
	values[transaction_id] = Int64GetDatum(static_cast<int64>(chunk.place.transaction_id));
	values[log_id] = Int64GetDatum(chunk.place.log_id);
	values[changes] = Int32GetDatum(chunk.changes);
	values[digest] = PointerGetDatum(&bytes);
	in_->tts_isnull[digest] = !chunk.readable;
	ExecStoreVirtualTuple(in_);
	tuplesort_puttupleslot(sort_, in_);
	ExecClearTuple(in_);
}

bool
ChunkSort::next(FoundChunk &chunk)
{
	if (!tuplesort_gettupleslot(sort_, true, false, out_, nullptr))
		return false;
	slot_getallattrs(out_);
	const Datum *values = out_->tts_values;
	chunk.month = DatumGetInt64(values[month]);
	chunk.cluster = DatumGetInt32(values[cluster]);
	chunk.place = {static_cast<uint64>(DatumGetInt64(values[transaction_id])), DatumGetInt64(values[log_id])};
	chunk.changes = DatumGetInt32(values[changes]);
	chunk.readable = !out_->tts_isnull[digest];
	chunk.digest = {};
	if (chunk.readable)
		memcpy(chunk.digest.bytes, VARDATA_ANY(DatumGetPointer(values[digest])), sizeof chunk.digest.bytes);
	return true;
}

void
ChunkSort::end()
{
	ExecDropSingleTupleTableSlot(in_);
	ExecDropSingleTupleTableSlot(out_);
	tuplesort_end(sort_);
}

LogReader::LogReader(const Period &period, ChunkSort &sort)
	: period_(period), sort_(sort),
	  rows_(AllocSetContextCreate(CurrentMemoryContext, "dbeng verified rows", ALLOCSET_DEFAULT_SIZES)),
	  scratch_(AllocSetContextCreate(CurrentMemoryContext, "dbeng verified chunk", ALLOCSET_DEFAULT_SIZES))
{}

/* Keeps a row, if it is of the period. */
void
LogReader::take(TupleTableSlot *slot, const AttrNumber *columns)
{
	bool null;
	Datum at = slot_getattr(slot, columns[log_changed_at - 1], &null);
	TimestampTz month = null ? DT_NOBEGIN : month_begin(DatumGetTimestampTz(at));
	if (!null && !period_.has(month))
		return;
	MemoryContext caller = MemoryContextSwitchTo(rows_);
	Copy copy = {};
	copy.tuple = ExecCopySlotHeapTuple(slot);
	for (std::size_t i = 0; i < log_columns; i++)
		copy.values[i] = heap_getattr(copy.tuple, columns[i], slot->tts_tupleDescriptor, &copy.nulls[i]);
	MemoryContextSwitchTo(caller);
	auto number = [&copy](LogColumn column) { return copy.nulls[column - 1] ? Datum{0} : copy.values[column - 1]; };
	copy.found.month = month;
	copy.found.cluster = DatumGetInt32(number(log_cluster));
	copy.found.place = {U64FromFullTransactionId(DatumGetFullTransactionId(number(log_xid))),
						DatumGetInt64(number(log_id))};
	copy.found.changes = DatumGetInt32(number(log_changes));
	bytes_ += copy.tuple->t_len;
	copies_->push_back(copy);
	if (bytes_ >= most_bytes || copies_->size() >= most_rows)
		hash();
}

/* What is kept, into the sort. */
void
LogReader::hash()
{
	MemoryContext caller = MemoryContextSwitchTo(scratch_);
	auto one = [this](Copy &copy)
	{
		copy.found.digest = hasher_->of(copy.values, copy.nulls);
		copy.found.readable = true;
		MemoryContextReset(scratch_);
	};
	/* A subtransaction costs more than many a chunk: so there is one for each only where one fails. */
	Refusal refusal = attempted(
		[&]
		{
			for (Copy &copy : *copies_)
				one(copy);
		});
	for (Copy &copy : *copies_)
	{
		CHECK_FOR_INTERRUPTS();
		if (refusal.code != 0)
		{
			copy.found.readable = false;
			(void) attempted([&] { one(copy); });
		}
		sort_.add(copy.found);
	}
	copies_->clear();
	bytes_ = 0;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch_);
	MemoryContextReset(rows_);
}

void
LogReader::read(Oid oid)
{
	Relation partition = try_table_open(oid, AccessShareLock);
	if (partition == nullptr)
		return;
	AttrNumber columns[log_columns];
	find_log_columns(partition, columns);
	TupleTableSlot *slot = table_slot_create(partition, nullptr);
	TableScanDesc scan = table_beginscan(partition, GetActiveSnapshot(), 0, nullptr);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		take(slot, columns);
	}
	hash();
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(partition, AccessShareLock);
}

} // namespace dbeng
