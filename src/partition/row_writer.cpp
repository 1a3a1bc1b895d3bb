#include "partition/row_writer.hpp"

namespace dbeng {

void
RowWriter::begin(Relation from, Relation to, bool silent)
{
	to_ = to;
	map_ = pg::column_map(RelationGetDescr(from), RelationGetDescr(to));
	state_ = CreateExecutorState();
	result_ = makeNode(ResultRelInfo);
	InitResultRelInfo(result_, to, 1, nullptr, 0);
	ExecOpenIndices(result_, false);
	bulk_ = GetBulkInsertState();
	slots_ = static_cast<TupleTableSlot **>(palloc0(sizeof(TupleTableSlot *) * most_slots));
	options_ = silent ? TABLE_INSERT_NO_LOGICAL : 0;
	filled_ = 0;
	bytes_ = 0;
	flushed_ = 0;
}

void
RowWriter::add(TupleTableSlot *row, const ItemPointerData &entry, Vector<CopiedRow> &copied)
{
	CopiedRow place;
	place.entry = entry;
	place.from = row->tts_tid;
	ItemPointerSetInvalid(&place.to);
	copied.push_back(place);

	TupleTableSlot *&slot = slots_[filled_++];
	if (slot == nullptr)
		slot = table_slot_create(to_, nullptr);
	ExecClearTuple(slot);
	/* A row written before columns were added lacks them: the map is there then, and fills them in. */
	if (map_ != nullptr)
		execute_attr_map_slot(map_, row, slot);
	else
		ExecCopySlot(slot, row);
	ExecMaterializeSlot(slot);
	HeapTuple tuple = ExecFetchSlotHeapTuple(slot, true, nullptr);
	bytes_ += tuple->t_len;
	if (filled_ == most_slots || bytes_ >= most_bytes)
		flush(copied);
}

void
RowWriter::flush(Vector<CopiedRow> &copied)
{
	if (filled_ == 0)
		return;
	CHECK_FOR_INTERRUPTS();
	/* TOAST leaves its work in the current memory; so do indexes. */
	MemoryContext caller = MemoryContextSwitchTo(GetPerTupleMemoryContext(state_));
	CommandId command = GetCurrentCommandId(true);
	/* Many at once are always decoded. */
	if ((options_ & TABLE_INSERT_NO_LOGICAL) != 0)
		for (int i = 0; i < filled_; i++)
			table_tuple_insert(to_, slots_[i], command, options_, bulk_);
	else
		table_multi_insert(to_, slots_, filled_, command, options_, bulk_);
	for (int i = 0; i < filled_; i++)
	{
		copied[flushed_++].to = slots_[i]->tts_tid;
		/* What the old table holds as unique is so: nothing is left to be checked later. */
		if (result_->ri_NumIndices > 0)
			pg::insert_index_entries(result_, slots_[i], state_);
		ExecClearTuple(slots_[i]);
	}
	MemoryContextSwitchTo(caller);
	ResetPerTupleExprContext(state_);
	filled_ = 0;
	bytes_ = 0;
}

void
RowWriter::end()
{
	for (int i = 0; i < most_slots && slots_[i] != nullptr; i++)
		ExecDropSingleTupleTableSlot(slots_[i]);
	FreeBulkInsertState(bulk_);
	table_finish_bulk_insert(to_, options_);
	ExecCloseIndices(result_);
	FreeExecutorState(state_);
}

/* Deletes as the server does, with all that belongs to it: TOAST, logical decoding, the visibility map. */
static bool
take_out_one(Relation table, ItemPointer row)
{
	TM_FailureData failure;
	TM_Result result = table_tuple_delete(table, row, GetCurrentCommandId(true), GetActiveSnapshot(), InvalidSnapshot,
										  true, &failure, false);
	if (result == TM_Ok)
		return true;
	if (result != TM_Deleted && result != TM_Updated)
		elog(ERROR, "unexpected state %d of a row that nobody else can change", static_cast<int>(result));
	return false;
}

/*
 * Is its deletion nothing but a change of bytes that differ for certain on every copy of the page? Standbys set hints of their own, so where
 * somebody once locked or tried to delete it, the bytes that change here may be others there.
 */
static bool
is_plain(const HeapTupleHeaderData *header)
{
	return HeapTupleHeaderGetRawXmax(header) == InvalidTransactionId && (header->t_infomask & HEAP_XMAX_INVALID) != 0 &&
		   !HeapTupleHeaderIsHotUpdated(header);
}

static constexpr int rows_worth_a_page = 40;

static void
mark_deleted(HeapTupleHeader header, ItemPointerData self, TransactionId xid, CommandId command)
{
	header->t_infomask &=
		static_cast<uint16>(~(HEAP_XMAX_COMMITTED | HEAP_XMAX_INVALID | HEAP_XMAX_IS_MULTI | HEAP_XMAX_EXCL_LOCK |
							  HEAP_XMAX_KEYSHR_LOCK | HEAP_XMAX_LOCK_ONLY | HEAP_MOVED_OFF | HEAP_MOVED_IN));
	header->t_infomask2 |= HEAP_KEYS_UPDATED;
	HeapTupleHeaderClearHotUpdated(header);
	HeapTupleHeaderSetXmax(header, xid);
	HeapTupleHeaderSetCmax(header, command, false);
	header->t_ctid = self;
}

/*
 * Takes the rows of one page out with one record of WAL, which nothing decodes. taken tells which of them; the others somebody else has
 * changed. The page must be out of the visibility map.
 */
static void
take_out_page(Relation table, Buffer buffer, std::span<CopiedRow *const> rows, bool *taken)
{
	TransactionId xid = GetCurrentTransactionId();
	CommandId command = GetCurrentCommandId(true);
	Local<SmallVector<HeapTuple, 4>> toasted;
	bool plain = true;
	int count = 0;

	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	Page page = BufferGetPage(buffer);
	for (std::size_t i = 0; i < rows.size(); i++)
	{
		OffsetNumber number = ItemPointerGetOffsetNumber(&rows[i]->from);
		ItemId item = number > PageGetMaxOffsetNumber(page) ? nullptr : PageGetItemId(page, number);
		if (item == nullptr || !ItemIdIsNormal(item))
			continue;
		HeapTupleData tuple;
		tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
		tuple.t_len = ItemIdGetLength(item);
		tuple.t_tableOid = RelationGetRelid(table);
		tuple.t_self = rows[i]->from;
		if (!is_plain(tuple.t_data))
		{
			plain = false;
			TM_Result state = HeapTupleSatisfiesUpdate(&tuple, command, buffer);
			if (state == TM_Deleted || state == TM_Updated)
				continue;
			if (state != TM_Ok)
				elog(ERROR, "unexpected state %d of a row that nobody else can change", static_cast<int>(state));
		}
		taken[i] = true;
		count++;
		if (HeapTupleHasExternal(&tuple))
			toasted->push_back(heap_copytuple(&tuple));
	}
	if (count > 0)
	{
		GenericXLogState *change = GenericXLogStart(table);
		/* Many small changes cost more to be found than the whole page to be written. */
		bool whole = !plain || count >= rows_worth_a_page;
		page = GenericXLogRegisterBuffer(change, buffer, whole ? GENERIC_XLOG_FULL_IMAGE : 0);
		for (std::size_t i = 0; i < rows.size(); i++)
			if (taken[i])
			{
				ItemId item = PageGetItemId(page, ItemPointerGetOffsetNumber(&rows[i]->from));
				mark_deleted(reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item)), rows[i]->from, xid, command);
			}
		PageClearAllVisible(page);
		PageSetPrunable(page, xid);
		GenericXLogFinish(change);
	}
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	for (HeapTuple tuple : *toasted)
		heap_toast_delete(table, tuple, false);
	for (int i = 0; i < count; i++)
		pgstat_count_heap_delete(table);
}

/* Before their rows change: that no page of these is all visible is logged with whole pages of the map, one for 32,000 of the table. */
static void
clear_visibility(Relation table, std::span<CopiedRow *const> rows)
{
	Buffer map = InvalidBuffer;
	bool changed = false;
	auto log = [table, &map, &changed]
	{
		/* Hot standbys see by it, too. */
		if (changed && RelationNeedsWAL(table))
		{
			LockBuffer(map, BUFFER_LOCK_EXCLUSIVE);
			log_newpage_buffer(map, false);
			LockBuffer(map, BUFFER_LOCK_UNLOCK);
		}
		changed = false;
	};
	BlockNumber last = InvalidBlockNumber;
	for (const CopiedRow *row : rows)
	{
		BlockNumber block = ItemPointerGetBlockNumber(&row->from);
		if (block == last)
			continue;
		last = block;
		if (!visibilitymap_pin_ok(block, map))
			log();
		if (visibilitymap_get_status(table, block, &map) != 0)
			changed |= visibilitymap_clear(table, block, map, VISIBILITYMAP_VALID_BITS);
	}
	log();
	if (BufferIsValid(map))
		ReleaseBuffer(map);
}

void
take_out(Relation table, std::span<CopiedRow *const> rows, bool silent, void (*gone)(void *context, CopiedRow &row),
		 void *context)
{
	/* Other access methods have pages of their own kind; what others decode must be told row by row. */
	if (table->rd_tableam != GetHeapamTableAmRoutine() || (RelationIsLogicallyLogged(table) && !silent))
	{
		for (CopiedRow *row : rows)
		{
			CHECK_FOR_INTERRUPTS();
			if (!take_out_one(table, &row->from))
				gone(context, *row);
		}
		return;
	}
	clear_visibility(table, rows);
	std::size_t i = 0;
	while (i < rows.size())
	{
		CHECK_FOR_INTERRUPTS();
		BlockNumber block = ItemPointerGetBlockNumber(&rows[i]->from);
		std::size_t next = i;
		while (next < rows.size() && ItemPointerGetBlockNumber(&rows[next]->from) == block)
			next++;
		std::span<CopiedRow *const> here = rows.subspan(i, next - i);
		i = next;
		bool taken[MaxHeapTuplesPerPage] = {};
		Buffer buffer = ReadBuffer(table, block);
		take_out_page(table, buffer, here, taken);
		ReleaseBuffer(buffer);
		for (std::size_t row = 0; row < here.size(); row++)
			if (!taken[row])
				gone(context, *here[row]);
	}
}

} // namespace dbeng
