#include "bloat/heap_pages.hpp"

namespace dbeng {

namespace {

enum HeapMeasure : std::size_t
{
	kept_bytes = common_measures, /* of rows that a rewrite keeps, as long as it makes them, with their line pointers */
	index_entries,
	dead_entries,
	heap_measures
};

/* To whom a row is of use. */
enum class Use : uint8
{
	none, /* an item without a row */
	live,
	held, /* deleted, and somebody's snapshot may still see it */
	dead,
	broken
};

/* More items than any page has room for. */
constexpr std::size_t most_items = BLCKSZ / sizeof(ItemIdData);

/* How a rewrite stores a column, and what it puts into rows that are older than the column. */
struct StoredColumn
{
	int16 length;
	char align;
	bool packable;
	bool dropped;
	bool has_missing;
	const char *missing; /* where length is not fixed */
};

/* Rows as VACUUM FULL puts them on pages, one after the other. */
struct Pages
{
	double open = 0;	  /* bytes on the page that is being filled, */
	double items = 0;	  /* and its rows */
	double closed = 0;	  /* pages before it, */
	double bytes = 0;	  /* and bytes on them */
	double squares = 0;	  /* of a page's bytes */
	bool is_first = true; /* the page that is being filled is the first */

	void add(double size, double room, bool counts_first);
	double filled_error() const;
};

/*
 * What pages hold of rows depends on their sizes and on the order these come
 * in. The first pages begin with the first row; the others begin elsewhere, to
 * learn more from as few rows.
 */
struct Packing
{
	double room; /* of a page at the fill factor */
	Pages pages[8];

	void add(double size);
	double all() const { return pages[0].bytes + pages[0].open; }
	double count() const { return pages[0].closed + (pages[0].items > 0 ? 1 : 0); }
	/* Of how many bytes a page is filled. */
	double filled() const;
	double filled_error() const { return pages[0].filled_error(); }
};

class Heap
{
  public:
	explicit Heap(Relation relation);

	void read(Page page, Measures &measures);
	bool needs_entry(Page page, OffsetNumber first);
	double rewritten(const Measures &totals) const;
	double input_error(const Measures &totals) const;

  private:
	Use use_of(Page page, ItemId item, bool all_visible);
	Use use_of(const HeapTupleHeaderData &row);
	Use deleted_by(TransactionId xmax);
	bool is_committed(TransactionId xid);
	bool is_known(TransactionId xid);
	bool is_known_multi(MultiXactId multi);
	double kept_size(HeapTupleHeader row, std::size_t length) const;
	double reformed_size(HeapTupleHeader row, std::size_t length) const;
	bool is_chain_dead(Page page, OffsetNumber root, const Use *use, OffsetNumber last) const;

	double pages_;
	int columns_;
	bool toast_;
	bool reforms_; /* has dropped columns, which a rewrite takes away */
	StoredColumn *stored_;
	GlobalVisState *horizon_;
	TransactionId next_;
	Packing packing_;
	double read_ = 0; /* pages */
	double kept_ = 0; /* rows on them */
};

} // namespace

void
Pages::add(double size, double room, bool counts_first)
{
	if (items > 0 && (open + size > room || items >= MaxHeapTuplesPerPage))
	{
		if (counts_first || !is_first)
		{
			closed++;
			bytes += open;
			squares += open * open;
		}
		is_first = false;
		open = 0;
		items = 0;
	}
	open += size;
	items++;
}

double
Pages::filled_error() const
{
	if (closed < 2)
		return 0;
	double mean = bytes / closed;
	double variance = std::max(squares / closed - mean * mean, 0.0);
	return std::sqrt(variance / (closed - 1));
}

void
Packing::add(double size)
{
	for (std::size_t i = 0; i < std::size(pages); i++)
	{
		/* As if there were rows on it already. */
		if (i > 0 && pages[i].is_first && pages[i].items == 0)
			pages[i].open = room * static_cast<double>(i) / static_cast<double>(std::size(pages));
		pages[i].add(size, room, i == 0);
	}
}

double
Packing::filled() const
{
	double closed = 0;
	double bytes = 0;
	for (const Pages &some : pages)
	{
		closed += some.closed;
		bytes += some.bytes;
	}
	return closed > 0 ? bytes / closed : room;
}

/* What the column's value is in rows that are older than the column. */
static void
set_missing(TupleDesc row, int number, StoredColumn &column)
{
	bool null = true;
	Datum value = getmissingattr(row, number, &null);
	column.has_missing = !null;
	column.missing = null || column.length > 0 ? nullptr : DatumGetPointer(value);
}

Heap::Heap(Relation relation)
	: pages_(RelationGetNumberOfBlocks(relation)), horizon_(GlobalVisTestFor(relation)),
	  next_(ReadNextTransactionId()), packing_{}
{
	packing_.room = static_cast<double>(BLCKSZ - SizeOfPageHeaderData -
										RelationGetTargetPageFreeSpace(relation, HEAP_DEFAULT_FILLFACTOR));
	TupleDesc row = RelationGetDescr(relation);
	columns_ = row->natts;
	toast_ = relation->rd_rel->relkind == RELKIND_TOASTVALUE;
	reforms_ = false;
	stored_ = static_cast<StoredColumn *>(palloc0(sizeof(StoredColumn) * static_cast<std::size_t>(columns_)));
	for (int i = 0; i < columns_; i++)
	{
		const FormData_pg_attribute *attribute = TupleDescAttr(row, i);
		StoredColumn &column = stored_[i];
		column.length = attribute->attlen;
		column.align = attribute->attalign;
		column.packable = attribute->attlen == -1 && attribute->attstorage != TYPSTORAGE_PLAIN;
		column.dropped = attribute->attisdropped;
		reforms_ = reforms_ || column.dropped;
		if (attribute->atthasmissing && !column.dropped)
			set_missing(row, i + 1, column);
	}
}

/* Is there still a record of how that transaction ended, or is it running? */
bool
Heap::is_known(TransactionId xid)
{
	if (TransactionIdFollowsOrEquals(xid, next_))
		next_ = ReadNextTransactionId();
	return TransactionIdPrecedes(xid, next_);
}

bool
Heap::is_known_multi(MultiXactId multi)
{
	MultiXactId oldest;
	MultiXactId next;
	ReadMultiXactIdRange(&oldest, &next);
	return !MultiXactIdPrecedes(multi, oldest) && MultiXactIdPrecedes(multi, next);
}

/* Of one that is not running. Those whose record was removed are so old that only what committed is left of them. */
bool
Heap::is_committed(TransactionId xid)
{
	if (!TransactionIdIsNormal(xid))
		return TransactionIdIsValid(xid);
	return TransactionIdPrecedes(xid, pg::oldest_recorded()) || TransactionIdDidCommit(xid);
}

Use
Heap::deleted_by(TransactionId xmax)
{
	if (!TransactionIdIsNormal(xmax))
		return Use::live;
	if (!is_known(xmax))
		return Use::broken;
	if (TransactionIdIsCurrentTransactionId(xmax) || TransactionIdIsInProgress(xmax) || !is_committed(xmax))
		return Use::live;
	return GlobalVisTestIsRemovableXid(horizon_, xmax) ? Use::dead : Use::held;
}

/*
 * As VACUUM sees it (HeapTupleSatisfiesVacuumHorizon), without leaving hints
 * on the page. Rows that are just being written or deleted count as live.
 */
Use
Heap::use_of(const HeapTupleHeaderData &row)
{
	uint16 bits = row.t_infomask;
	bool inserted = HeapTupleHeaderXminCommitted(&row);
	if (!inserted)
	{
		if (HeapTupleHeaderXminInvalid(&row) || (bits & HEAP_MOVED_OFF) != 0)
			return Use::dead;
		TransactionId xmin = HeapTupleHeaderGetRawXmin(&row);
		if (TransactionIdIsNormal(xmin))
		{
			if (!is_known(xmin))
				return Use::broken;
			if (TransactionIdIsCurrentTransactionId(xmin) || TransactionIdIsInProgress(xmin))
				return Use::live;
		}
		if (!is_committed(xmin))
			return Use::dead;
	}
	if ((bits & HEAP_XMAX_INVALID) != 0 || HEAP_XMAX_IS_LOCKED_ONLY(bits))
		return Use::live;
	TransactionId xmax = HeapTupleHeaderGetRawXmax(&row);
	if ((bits & HEAP_XMAX_IS_MULTI) != 0)
		return is_known_multi(xmax) ? deleted_by(HeapTupleGetUpdateXid(const_cast<HeapTupleHeader>(&row))) : Use::live;
	if ((bits & HEAP_XMAX_COMMITTED) != 0 && TransactionIdIsNormal(xmax))
		return GlobalVisTestIsRemovableXid(horizon_, xmax) ? Use::dead : Use::held;
	return deleted_by(xmax);
}

Use
Heap::use_of(Page page, ItemId item, bool all_visible)
{
	std::size_t at = ItemIdGetOffset(item);
	std::size_t length = ItemIdGetLength(item);
	if (at < SizeOfPageHeaderData || at + length > BLCKSZ || length < SizeofHeapTupleHeader || at != MAXALIGN(at))
		return Use::broken;
	HeapTupleHeaderData row;
	memcpy(&row, PageGetItem(page, item), SizeofHeapTupleHeader);
	if (row.t_hoff < SizeofHeapTupleHeader || row.t_hoff > length || row.t_hoff != MAXALIGN(row.t_hoff))
		return Use::broken;
	return all_visible ? Use::live : use_of(row);
}

/* Is the row at the end of each HOT chain from a line pointer on of no use to anybody? */
bool
Heap::is_chain_dead(Page page, OffsetNumber root, const Use *use, OffsetNumber last) const
{
	OffsetNumber at = root;
	for (OffsetNumber steps = 0; steps <= last; steps++)
	{
		if (at < FirstOffsetNumber || at > last)
			return true;
		ItemId item = PageGetItemId(page, at);
		if (ItemIdIsRedirected(item))
		{
			at = static_cast<OffsetNumber>(ItemIdGetRedirect(item));
			continue;
		}
		if (!ItemIdIsNormal(item) || use[at] == Use::none)
			return true;
		if (use[at] != Use::dead)
			return false;
		auto *row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
		if (!HeapTupleHeaderIsHotUpdated(row))
			return true;
		at = ItemPointerGetOffsetNumberNoCheck(&row->t_ctid);
	}
	return true;
}

/* Bytes of the value there, of at most room; 0 when it is longer. */
static std::size_t
value_size(const StoredColumn &column, const char *value, std::size_t room)
{
	std::size_t size = 0;
	if (column.length > 0)
		size = static_cast<std::size_t>(column.length);
	else if (column.length == -2)
		size = strnlen(value, room) + 1;
	else if (room == 0)
		return 0;
	else if (VARATT_IS_1B_E(value))
		size = VARHDRSZ_EXTERNAL + sizeof(varatt_external);
	else if (VARATT_IS_1B(value))
		size = VARSIZE_1B(value);
	else
		size = room < VARHDRSZ ? 0 : VARSIZE_4B(value);
	return size <= room ? size : 0;
}

/* The end of a row's data after a value is appended as heap_fill_tuple() does. */
static std::size_t
after_value(std::size_t at, const StoredColumn &column, const char *value, std::size_t size)
{
	if (column.length == -1 && column.packable && VARATT_CAN_MAKE_SHORT(value))
		return at + VARATT_CONVERTED_SHORT_SIZE(value);
	if (column.length == -1 && VARATT_IS_1B(value))
		return at + size;
	return att_align_nominal(at, column.align) + size;
}

/* Of a row that is formed anew, without dropped columns and with those it is too old to have. */
double
Heap::reformed_size(HeapTupleHeader row, std::size_t length) const
{
	int there = HeapTupleHeaderGetNatts(row);
	bool has_nulls = (row->t_infomask & HEAP_HASNULL) != 0;
	auto as_it_is = static_cast<double>(length);
	if (has_nulls && row->t_hoff < SizeofHeapTupleHeader + static_cast<std::size_t>(BITMAPLEN(there)))
		return as_it_is;
	const char *data = reinterpret_cast<char *>(row) + row->t_hoff;
	std::size_t room = length - row->t_hoff;
	std::size_t at = 0;
	std::size_t end = 0;
	bool nulls = false;
	for (int i = 0; i < columns_; i++)
	{
		const StoredColumn &column = stored_[i];
		const char *value = column.missing;
		std::size_t size = 0;
		if (i < there)
		{
			if (has_nulls && att_isnull(i, row->t_bits))
			{
				nulls = true;
				continue;
			}
			if (column.length != -1 || (at < room && data[at] == 0))
				at = att_align_nominal(at, column.align);
			if (at > room)
				return as_it_is;
			value = data + at;
			size = value_size(column, value, room - at);
			if (size == 0)
				return as_it_is;
			at += size;
		}
		else if (column.has_missing)
			size = value_size(column, value, MaxAllocSize);
		if (column.dropped || size == 0)
			nulls = true;
		else
			end = after_value(end, column, value, size);
	}
	auto header = SizeofHeapTupleHeader + static_cast<std::size_t>(nulls ? BITMAPLEN(columns_) : 0);
	return static_cast<double>(MAXALIGN(header) + end);
}

double
Heap::kept_size(HeapTupleHeader row, std::size_t length) const
{
	auto size = static_cast<double>(length);
	if (reforms_ || HeapTupleHeaderGetNatts(row) < columns_)
		size = reformed_size(row, length);
	return static_cast<double>(MAXALIGN(static_cast<std::size_t>(size)) + sizeof(ItemIdData));
}

/* Of a HOT chain only the last row anybody needs has an entry in an index that is built now. */
static bool
is_followed(HeapTupleHeader row, const Use *use, OffsetNumber last)
{
	if (!HeapTupleHeaderIsHotUpdated(row))
		return false;
	OffsetNumber next = ItemPointerGetOffsetNumberNoCheck(&row->t_ctid);
	return next >= FirstOffsetNumber && next <= last && (use[next] == Use::live || use[next] == Use::held);
}

void
Heap::read(Page page, Measures &measures)
{
	auto *header = reinterpret_cast<PageHeader>(page);
	if (header->pd_lower < SizeOfPageHeaderData || header->pd_lower > header->pd_upper || header->pd_upper > BLCKSZ)
	{
		measures.corrupt = true;
		return;
	}
	Use use[most_items + 1];
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	bool all_visible = PageIsAllVisible(page);
	for (OffsetNumber at = FirstOffsetNumber; at <= last; at++)
	{
		ItemId item = PageGetItemId(page, at);
		use[at] = ItemIdIsNormal(item) ? use_of(page, item, all_visible) : Use::none;
		if (use[at] == Use::broken)
		{
			measures.corrupt = true;
			return;
		}
	}
	measures[free_bytes] = static_cast<double>(PageGetExactFreeSpace(page));
	for (OffsetNumber at = FirstOffsetNumber; at <= last; at++)
	{
		ItemId item = PageGetItemId(page, at);
		if (ItemIdIsDead(item) || (ItemIdIsRedirected(item) && is_chain_dead(page, at, use, last)))
			measures[dead_entries]++;
		if (use[at] == Use::none)
			continue;
		auto *row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
		std::size_t length = ItemIdGetLength(item);
		auto stored = static_cast<double>(MAXALIGN(length));
		if (use[at] != Use::live)
			measures[dead_bytes] += stored;
		if (use[at] == Use::held)
			measures[held_bytes] += stored;
		if (use[at] == Use::dead)
		{
			if (!HeapTupleHeaderIsHeapOnly(row) && is_chain_dead(page, at, use, last))
				measures[dead_entries]++;
			continue;
		}
		if (!is_followed(row, use, last))
			measures[index_entries]++;
		double size = kept_size(row, length);
		measures[kept_bytes] += size;
		packing_.add(size);
		kept_++;
	}
	read_++;
}

bool
Heap::needs_entry(Page page, OffsetNumber first)
{
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	OffsetNumber at = first;
	for (OffsetNumber steps = 0; steps <= last && at >= FirstOffsetNumber && at <= last; steps++)
	{
		ItemId item = PageGetItemId(page, at);
		if (ItemIdIsRedirected(item))
		{
			at = static_cast<OffsetNumber>(ItemIdGetRedirect(item));
			continue;
		}
		if (!ItemIdIsNormal(item))
			return false;
		if (use_of(page, item, PageIsAllVisible(page)) != Use::dead)
			return true;
		auto *row = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
		if (!HeapTupleHeaderIsHotUpdated(row))
			return false;
		at = ItemPointerGetOffsetNumberNoCheck(&row->t_ctid);
	}
	return false;
}

double
Heap::rewritten(const Measures &totals) const
{
	/* All of it was packed: no reckoning needed. */
	if (std::fabs(totals[kept_bytes] - packing_.all()) < 0.5)
		return packing_.count() * BLCKSZ;
	return std::ceil(totals[kept_bytes] / packing_.filled()) * BLCKSZ;
}

double
Heap::input_error(const Measures &totals) const
{
	double unread = 1 - read_ / pages_;
	double pages = totals[kept_bytes] / packing_.filled();
	/* A rewrite stores TOASTed values in the order of the table's rows, which none of its pages tells. */
	double reorder_error = toast_ ? pages * (packing_.room / packing_.filled() - 1) / 4 * BLCKSZ : 0;
	/* Pages that were never written to have no rows to read. */
	if (unread <= 0 || std::fabs(totals[kept_bytes] - packing_.all()) < 0.5)
		return reorder_error;
	/* One row a page follows another than it does in the table, and what fits on a page may depend on that. */
	double strangers = kept_ > 0 ? std::min(read_ / kept_, 1.0) : 0;
	double order_error = (packing_.room - packing_.filled()) * strangers / 2;
	double filled_error = std::hypot(packing_.filled_error(), order_error) * std::sqrt(unread);
	/* The last page is rarely full. */
	double last_page = 0.5;
	return std::hypot(pages * filled_error / packing_.filled() * BLCKSZ, last_page * BLCKSZ, reorder_error);
}

static void
read_heap_page(void *state, Buffer buffer, BlockNumber, Measures &measures)
{
	static_cast<Heap *>(state)->read(BufferGetPage(buffer), measures);
}

static double
rewritten_heap(const void *state, const Measures &totals)
{
	return static_cast<const Heap *>(state)->rewritten(totals);
}

static double
heap_input_error(const void *state, const Measures &totals)
{
	return static_cast<const Heap *>(state)->input_error(totals);
}

const PageReader &
heap_reader(Relation relation)
{
	auto *heap = static_cast<Heap *>(palloc(sizeof(Heap)));
	::new (static_cast<void *>(heap)) Heap(relation);
	return lasting({0, heap_measures, read_heap_page, rewritten_heap, heap_input_error, heap});
}

bool
needs_entry(const PageReader &heap, Page page, OffsetNumber first)
{
	return static_cast<Heap *>(heap.state)->needs_entry(page, first);
}

HeapRows
heap_rows(const PageSample &sample, const Maps *maps)
{
	return {sample.totals[index_entries], sample.errors[index_entries], sample.totals[dead_entries],
			sample.errors[dead_entries], maps};
}

} // namespace dbeng
