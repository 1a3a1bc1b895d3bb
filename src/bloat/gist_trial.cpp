#include "bloat/gist_trial.hpp"

#include "bloat/index_page.hpp"
#include "core/attempt.hpp"

namespace dbeng {

namespace {

constexpr uint32 kept_pages = 128;
constexpr int page_splits = 2; /* pages that one becomes */

/* Where it does not matter which page takes an entry, chance decides. */
constexpr double whole_error = 0.02;
constexpr double scale_error = 0.05;

constexpr std::size_t sorted_pages = 4; /* that a sorted build splits together */

/* What a build made. */
struct Built
{
	double leaves = 0;
	double inner = 0;
	double fill = 0;	 /* bytes of a leaf, on average */
	double spread = 0;	 /* their standard deviation */
	double downlink = 0; /* bytes of an entry of an inner page */
};

double
page_bytes(Page page)
{
	double bytes = 0;
	OffsetNumber last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
		bytes += stored_bytes(ItemIdGetLength(PageGetItemId(page, offset)));
	return bytes;
}

/* A page with the entries that a split has given to it. The type of the parts has another name by version. */
template <class Part>
void
fill_page(const Part &part, Page page)
{
	const auto *next = reinterpret_cast<const char *>(part.list);
	for (int i = 0; i < part.block.num; i++)
	{
		auto *entry = reinterpret_cast<IndexTuple>(const_cast<char *>(next));
		next += IndexTupleSize(entry);
		gistfillbuffer(page, &entry, 1, InvalidOffsetNumber);
	}
}

/* Sums over pages. */
class Filling
{
  public:
	void count(Page page)
	{
		double bytes = page_bytes(page);
		if (GistPageIsLeaf(page))
		{
			leaves_++;
			bytes_ += bytes;
			squares_ += bytes * bytes;
			return;
		}
		inner_++;
		downlinks_ += PageGetMaxOffsetNumber(page);
		downlink_bytes_ += bytes;
	}

	Built built() const
	{
		Built built;
		built.leaves = leaves_;
		built.inner = inner_;
		built.fill = leaves_ > 0 ? bytes_ / leaves_ : 0;
		built.spread = leaves_ > 0 ? std::sqrt(std::max(squares_ / leaves_ - built.fill * built.fill, 0.0)) : 0;
		built.downlink = downlinks_ > 0 ? downlink_bytes_ / downlinks_ : 0;
		return built;
	}

  private:
	double leaves_ = 0;
	double inner_ = 0;
	double bytes_ = 0;
	double squares_ = 0;
	double downlinks_ = 0;
	double downlink_bytes_ = 0;
};

/* Entries one by one, from the root down to the page of least penalty. */
class Inserted
{
  public:
	Inserted(Relation index, GISTSTATE *state)
		: index_(index), state_(state), lasting_(CurrentMemoryContext),
		  left_free_(static_cast<Size>(RelationGetTargetPageFreeSpace(index, GIST_DEFAULT_FILLFACTOR)))
	{
		add_page(F_LEAF, 0);
	}

	void insert(IndexTuple entry)
	{
		uint32 block = 0;
		while (!GistPageIsLeaf((*pages_)[block]))
		{
			Page page = (*pages_)[block];
			OffsetNumber offset = gistchoose(index_, page, entry, state_);
			auto *link = reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, offset)));
			uint32 child = ItemPointerGetBlockNumberNoCheck(&link->t_tid);
			if (IndexTuple wider = gistgetadjusted(index_, link, entry, state_))
				place(block, &wider, 1, offset);
			block = child;
		}
		place(block, &entry, 1, InvalidOffsetNumber);
	}

	Built built() const
	{
		Filling filling;
		for (Page page : *pages_)
			filling.count(page);
		return filling.built();
	}

  private:
	uint32 add_page(uint32 flags, uint32 parent)
	{
		auto *page = static_cast<Page>(MemoryContextAlloc(lasting_, BLCKSZ));
		gistinitpage(page, flags);
		pages_->push_back(page);
		parents_->push_back(parent);
		return static_cast<uint32>(pages_->size() - 1);
	}

	void adopt(uint32 block)
	{
		Page page = (*pages_)[block];
		if (GistPageIsLeaf(page))
			return;
		OffsetNumber last = PageGetMaxOffsetNumber(page);
		for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
			(*parents_)[child_at(page, offset)] = block;
	}

	static uint32 child_at(Page page, OffsetNumber offset)
	{
		auto *link = reinterpret_cast<IndexTuple>(PageGetItem(page, PageGetItemId(page, offset)));
		return ItemPointerGetBlockNumberNoCheck(&link->t_tid);
	}

	void place(uint32 block, IndexTuple *entries, int count, OffsetNumber replaced)
	{
		Page page = (*pages_)[block];
		if (gistnospace(page, entries, count, replaced, left_free_))
			split(block, entries, count, replaced);
		else
		{
			if (OffsetNumberIsValid(replaced))
				PageIndexTupleDelete(page, replaced);
			gistfillbuffer(page, entries, count, InvalidOffsetNumber);
			adopt(block);
		}
	}

	void split(uint32 block, IndexTuple *entries, int count, OffsetNumber replaced)
	{
		Page page = (*pages_)[block];
		uint32 flags = GistPageIsLeaf(page) ? F_LEAF : 0;
		int length;
		IndexTuple *all = gistextractpage(page, &length);
		if (OffsetNumberIsValid(replaced))
		{
			length--;
			std::copy(all + replaced, all + length + 1, all + replaced - 1);
		}
		all = gistjoinvector(all, &length, entries, count);
		auto *parts = gistSplit(index_, page, all, length, state_);
		Local<SmallVector<IndexTuple, 8>> links;
		bool root = block == 0;
		for (auto *part = parts; part != nullptr; part = part->next)
		{
			uint32 to = block;
			if (root || part != parts)
				to = add_page(flags, (*parents_)[block]);
			else
				gistinitpage(page, flags);
			fill_page(*part, (*pages_)[to]);
			adopt(to);
			ItemPointerSetBlockNumber(&part->itup->t_tid, to);
			GistTupleSetValid(part->itup);
			links->push_back(part->itup);
		}
		if (root)
		{
			gistinitpage(page, 0);
			gistfillbuffer(page, links->data(), static_cast<int>(links->size()), InvalidOffsetNumber);
			adopt(block);
			return;
		}
		uint32 parent = (*parents_)[block];
		Page above = (*pages_)[parent];
		OffsetNumber last = PageGetMaxOffsetNumber(above);
		for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
			if (child_at(above, offset) == block)
			{
				place(parent, links->data(), static_cast<int>(links->size()), offset);
				return;
			}
		elog(ERROR, "a page of the trial has no parent");
	}

	Relation index_;
	GISTSTATE *state_;
	MemoryContext lasting_;
	Size left_free_;
	Local<Vector<Page>> pages_;
	Local<Vector<uint32>> parents_;
};

/* Entries in order, packed into pages; four of them are then split as one. */
class Sorted
{
  public:
	Sorted(Relation index, GISTSTATE *state) : index_(index), state_(state), lasting_(CurrentMemoryContext)
	{
		add_level(F_LEAF);
	}

	void append(IndexTuple entry, std::size_t level = 0)
	{
		Size needed = IndexTupleSize(entry) + sizeof(ItemIdData);
		if (PageGetFreeSpace(current(level)) < needed)
		{
			if ((*levels_)[level].current + 1 == sorted_pages)
				flush(level);
			else
				(*levels_)[level].current++;
			gistinitpage(current(level), level == 0 ? F_LEAF : 0);
		}
		gistfillbuffer(current(level), &entry, 1, InvalidOffsetNumber);
	}

	Built finish()
	{
		std::size_t level = 0;
		for (; level + 1 < levels_->size() || (*levels_)[level].current > 0; level++)
			flush(level);
		filling_.count((*levels_)[level].pages[0]);
		return filling_.built();
	}

  private:
	struct Level
	{
		Page pages[sorted_pages];
		std::size_t current;
	};

	Page current(std::size_t level) { return (*levels_)[level].pages[(*levels_)[level].current]; }

	void add_level(uint32 flags)
	{
		Level level = {};
		for (Page &page : level.pages)
		{
			page = static_cast<Page>(MemoryContextAlloc(lasting_, BLCKSZ));
			gistinitpage(page, flags);
		}
		levels_->push_back(level);
	}

	void flush(std::size_t level)
	{
		uint32 flags = level == 0 ? F_LEAF : 0;
		int length;
		Page first = (*levels_)[level].pages[0];
		IndexTuple *all = gistextractpage(first, &length);
		std::size_t last = (*levels_)[level].current;
		Local<SmallVector<IndexTuple, 16>> links;
		if (last == 0)
		{
			filling_.count(first);
			links->push_back(gistunion(index_, all, length, state_));
		}
		else
		{
			for (std::size_t i = 1; i <= last; i++)
			{
				int more;
				IndexTuple *others = gistextractpage((*levels_)[level].pages[i], &more);
				all = gistjoinvector(all, &length, others, more);
			}
			auto *scratch = static_cast<Page>(palloc(BLCKSZ));
			for (auto *part = gistSplit(index_, first, all, length, state_); part != nullptr; part = part->next)
			{
				gistinitpage(scratch, flags);
				fill_page(*part, scratch);
				filling_.count(scratch);
				links->push_back(part->itup);
			}
		}
		(*levels_)[level].current = 0;
		gistinitpage(first, flags);
		if (level + 1 == levels_->size())
			add_level(0);
		for (IndexTuple link : *links)
			append(link, level + 1);
	}

	Relation index_;
	GISTSTATE *state_;
	MemoryContext lasting_;
	Filling filling_;
	Local<Vector<Level>> levels_;
};

bool
is_sorted(Relation index)
{
	auto *options = reinterpret_cast<const GiSTOptions *>(index->rd_options);
	if (options != nullptr && options->buffering_mode != GIST_OPTION_BUFFERING_AUTO)
		return false;
	for (int column = 1; column <= IndexRelationGetNumberOfKeyAttributes(index); column++)
		if (!OidIsValid(index_getprocid(index, static_cast<AttrNumber>(column), GIST_SORTSUPPORT_PROC)))
			return false;
	return true;
}

} // namespace

GistTrial::GistTrial(Relation index)
	: index_(index), may_run_(runs_trusted_code(index)), sorted_(is_sorted(index)), entries_(kept_pages)
{
	TupleDesc columns = RelationGetDescr(index);
	for (int i = 0; i < columns->natts; i++)
	{
		const FormData_pg_attribute *column = TupleDescAttr(columns, i);
		checks_->push_back({column->atttypid, column->attlen, column->attalign});
		/* What is included is only stored. */
		if (i < IndexRelationGetNumberOfKeyAttributes(index))
			may_run_ = may_run_ && checks_->back().possible();
	}
}

/* Do all key values end within the entry? */
bool
GistTrial::is_sound(const IndexTupleData *entry) const
{
	std::size_t size = IndexTupleSize(entry);
	std::size_t at = IndexInfoFindDataOffset(entry->t_info);
	const auto *data = reinterpret_cast<const char *>(entry);
	const auto *bits = reinterpret_cast<const bits8 *>(data + sizeof(IndexTupleData));
	int keys = IndexRelationGetNumberOfKeyAttributes(index_);
	if (size < at)
		return false;
	for (int i = 0; i < keys; i++)
	{
		const ValueCheck &check = (*checks_)[static_cast<std::size_t>(i)];
		if (IndexTupleHasNulls(entry) && att_isnull(i, bits))
			continue;
		if (at >= size)
			return false;
		at = att_align_pointer(at, check.align(), check.length(), data + at);
		std::size_t taken = at < size ? check.size_of(data + at, size - at) : 0;
		if (taken == 0)
			return false;
		at += taken;
	}
	return true;
}

void
GistTrial::offer(const IndexTupleData *entry, double live)
{
	if (may_run_ && is_sound(entry))
		entries_.offer(entry->t_tid, reinterpret_cast<const char *>(entry), IndexTupleSize(entry), live);
}

namespace {

/* Of these entries, in the order given. */
Built
built_of(Relation index, std::span<const EntrySample::Entry> entries, bool sorted)
{
	GISTSTATE *state = initGISTstate(index);
	state->tempCxt = createTempGistContext();
	/* What these ask for lasts; whatever is asked for later is gone after each entry. */
	Inserted inserted(index, state);
	Sorted in_order(index, state);
	Tuplesortstate *sort =
		sorted ? with_table(index, [index](Relation table)
							{ return tuplesort_begin_index_gist(table, index, work_mem, nullptr, TUPLESORT_NONE); })
			   : nullptr;
	MemoryContextSwitchTo(state->tempCxt);
	for (const EntrySample::Entry &one : entries)
	{
		CHECK_FOR_INTERRUPTS();
		auto *entry = const_cast<IndexTuple>(reinterpret_cast<const IndexTupleData *>(one.at));
		if (sort != nullptr)
		{
			Datum values[INDEX_MAX_KEYS];
			bool nulls[INDEX_MAX_KEYS];
			index_deform_tuple(entry, state->leafTupdesc, values, nulls);
			tuplesort_putindextuplevalues(sort, index, &entry->t_tid, values, nulls);
		}
		else
			inserted.insert(entry);
		MemoryContextReset(state->tempCxt);
	}
	if (sort == nullptr)
		return inserted.built();
	tuplesort_performsort(sort);
	while (IndexTuple entry = tuplesort_getindextuple(sort, true))
	{
		CHECK_FOR_INTERRUPTS();
		in_order.append(entry);
		MemoryContextReset(state->tempCxt);
	}
	tuplesort_end(sort);
	return in_order.finish();
}

} // namespace

/* Each in a context of its own, which is gone afterwards. */
void
GistTrial::build(double bytes)
{
	MemoryContext caller = CurrentMemoryContext;
	bool whole = entries_.is_whole_build(bytes);
	PartFills fills(entries_, bytes, page_splits);
	Built built;
	Refusal refusal = {};
	bool tried = may_run_ && entries_.size() > 0;
	/* A sorted build has no phases. */
	bool once = whole || sorted_;
	for (std::size_t i = once ? fills.parts() - 1 : 0; i < fills.parts() && tried; i++)
	{
		MemoryContext room = AllocSetContextCreate(caller, "dbeng GiST trial", ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(room);
		std::span<const EntrySample::Entry> entries = entries_.in_order(once ? 1 : fills.part(i));
		refusal = attempted([&] { built = built_of(index_, entries, sorted_); });
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(room);
		if (refusal.code != 0)
			break;
		fills.note(i, built.fill, built.spread / std::sqrt(std::max(built.leaves, 1.0)));
	}
	tried_ = {entries_.offered(), bytes};
	if (refusal.code != 0 || built.leaves < 1)
	{
		fill_ = page_room * std::log(2.0);
		fanout_ = 50;
		leaves_ = inner_ = 0;
		error_ = 0.2;
		return;
	}
	leaves_ = built.leaves;
	inner_ = built.inner;
	fill_ = once ? built.fill : fills.fill();
	fanout_ = std::max(fill_ / std::max(built.downlink, sizeof(IndexTupleData) + 1.0), 2.0);
	double chance = built.spread / std::sqrt(built.leaves);
	error_ = whole ? whole_error
				   : std::hypot((once ? chance : fills.error()) / fill_, fills.all() ? whole_error : scale_error);
}

double
GistTrial::pages(double bytes)
{
	if (tried_.outdated(entries_, bytes))
		build(bytes);
	if (entries_.is_whole_build(bytes) && leaves_ > 0)
		return leaves_ > 1 ? std::ceil((leaves_ + inner_) * std::min(bytes / entries_.bytes(), 1.0)) : 1;
	double level = std::max(std::ceil(bytes / fill_), 1.0);
	double pages = level;
	while (level > 1)
	{
		level = std::ceil(level / fanout_);
		pages += level;
	}
	return pages;
}

GistTrial *
gist_trial(Relation index)
{
	return ::new (palloc(sizeof(GistTrial))) GistTrial(index);
}

} // namespace dbeng
