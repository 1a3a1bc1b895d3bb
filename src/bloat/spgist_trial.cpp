#include "bloat/spgist_trial.hpp"

#include "bloat/index_page.hpp"
#include "core/attempt.hpp"

namespace dbeng {

namespace {

constexpr uint32 kept_pages = 192;
/* Nodes of a list that is split, of most operator classes: four, or two, and these two again. */
constexpr int page_splits = 4;

/* How different the pages are, as a share of what they hold; and how far off a trial of all entries, and of a part, may be. */
constexpr double leaf_spread = 0.3;
constexpr double whole_error = 0.012;
constexpr double scale_error = 0.08;

constexpr int line_pointer = sizeof(ItemIdData);
constexpr int capacity = SPGIST_PAGE_CAPACITY;
constexpr int placeholder = SGDTSIZE;
constexpr uint32 no_page = PG_UINT32_MAX;
constexpr uint32 root_page = SPGIST_ROOT_BLKNO;
constexpr int leaf_kind = 3; /* of pages; the others are inner ones, by the remainder of their number */

struct TrialPage
{
	int free = capacity;
	int placeholders = 0;
	int items = 0; /* these included */
	bool leaf = false;
};

struct Value
{
	Datum datum;
	int size; /* of its tuple */
};

enum class Below : uint8
{
	nothing,
	list,
	inner
};

struct Target
{
	Below below;
	uint32 number;
};

/* Entries of one node: all on one page. */
struct EntryList
{
	uint32 page;
	int bytes; /* line pointers included */
	Vector<uint32> values;
};

struct Inner
{
	SpGistInnerTuple tuple;
	uint32 page;
	std::span<Target> targets;
};

/* Where a target is noted. */
struct Place
{
	uint32 inner; /* no_page: the root */
	uint32 node;
};

class Tree
{
  public:
	explicit Tree(Relation index) : index_(index)
	{
		initSpGistState(&state_, index);
		left_free_ = static_cast<int>(SpGistGetTargetPageFreeSpace(index));
		pages_->resize(root_page + 2);
		(*pages_)[root_page].leaf = true;
		lasting_ = CurrentMemoryContext;
		lists_->push_back({root_page, 0, Vector<uint32>()});
		root_ = {Below::list, 0};
	}

	const SpGistState &state() const { return state_; }

	void insert(Value value)
	{
		values_->push_back(value);
		auto number = static_cast<uint32>(values_->size() - 1);
		bytes_ += value.size + line_pointer;
		Place place = {no_page, 0};
		int level = 0;
		for (;;)
		{
			CHECK_FOR_INTERRUPTS();
			Target target = at(place);
			if (target.below == Below::inner)
			{
				place = choose(target.number, place, value, level);
				continue;
			}
			if (target.below == Below::nothing)
			{
				uint32 page = page_with(leaf_kind, std::min(value.size + line_pointer, capacity));
				lists_->push_back({page, 0, Vector<uint32>(ContextAllocator<uint32>(lasting_))});
				target = at(place) = {Below::list, static_cast<uint32>(lists_->size() - 1)};
			}
			EntryList &list = (*lists_)[target.number];
			TrialPage &page = (*pages_)[list.page];
			if (value.size + line_pointer <= page.free + (page.placeholders > 0 ? placeholder + line_pointer : 0))
			{
				add(list, number);
				note_last(list.page);
				return;
			}
			if (list.page != root_page && list.bytes < capacity / 2 && list.values.size() < 64 &&
				list.bytes + value.size + line_pointer <= capacity)
			{
				move(list, number);
				return;
			}
			if (split(place, target.number, number, level))
				return;
		}
	}

	/* Bytes of entries on a leaf page, on average. */
	double fill() const { return bytes_ / std::max(leaves(), 1.0); }

	double leaves() const
	{
		return static_cast<double>(std::count_if(pages_->begin() + root_page + 2, pages_->end(),
												 [](const TrialPage &page) { return page.leaf; }));
	}

	double inner_pages() const { return static_cast<double>(pages_->size()) - root_page - 2 - leaves(); }

	double inner_bytes() const
	{
		double bytes = 0;
		for (const Inner &inner : *inners_)
			bytes += inner.page == root_page ? 0 : inner.tuple->size + line_pointer;
		return bytes;
	}

  private:
	Target &at(Place place) { return place.inner == no_page ? root_ : (*inners_)[place.inner].targets[place.node]; }

	uint32 new_page(bool leaf)
	{
		pages_->push_back({});
		pages_->back().leaf = leaf;
		return static_cast<uint32>(pages_->size() - 1);
	}

	/* The page of the kind that was used last, while it has room; a new one else. */
	uint32 page_with(int kind, int needed)
	{
		needed = std::min(needed + left_free_, capacity);
		Last &last = last_[kind];
		if (last.page != no_page && last.free >= needed && (*pages_)[last.page].free >= needed)
		{
			last.free = (*pages_)[last.page].free - needed;
			return last.page;
		}
		if (kind == leaf_kind)
		{
			last = {new_page(true), capacity - needed};
			return last.page;
		}
		for (;;)
		{
			uint32 page = new_page(false);
			int its = static_cast<int>(page % leaf_kind);
			last_[its] = {page, capacity - (its == kind ? needed : 0)};
			if (its == kind)
				return page;
		}
	}

	void note_last(uint32 page)
	{
		if (page <= root_page)
			return;
		Last &last = last_[(*pages_)[page].leaf ? leaf_kind : static_cast<int>(page % leaf_kind)];
		int free = (*pages_)[page].free;
		if (last.page == no_page || last.page == page || last.free < free)
			last = {page, free};
	}

	void put(uint32 page, int size)
	{
		TrialPage &to = (*pages_)[page];
		if (to.placeholders > 0 && to.free + placeholder >= size)
		{
			to.placeholders--;
			to.free += placeholder - size;
			return;
		}
		to.free -= size + line_pointer;
		to.items++;
	}

	void add(EntryList &list, uint32 number)
	{
		int size = (*values_)[number].size;
		put(list.page, size);
		list.values.push_back(number);
		list.bytes += size + line_pointer;
	}

	/* Entries leave their place on the page to others. */
	void vacate(const EntryList &list)
	{
		TrialPage &page = (*pages_)[list.page];
		auto count = static_cast<int>(list.values.size());
		if (count + page.placeholders == page.items)
		{
			page.free = capacity;
			page.placeholders = page.items = 0;
			return;
		}
		leave(list);
	}

	void leave(const EntryList &list)
	{
		TrialPage &page = (*pages_)[list.page];
		auto count = static_cast<int>(list.values.size());
		page.free += list.bytes - count * (line_pointer + placeholder);
		page.placeholders += count;
	}

	void move(EntryList &list, uint32 number)
	{
		uint32 to = page_with(leaf_kind, list.bytes + (*values_)[number].size + line_pointer);
		leave(list);
		list.page = to;
		for (uint32 value : list.values)
			put(to, (*values_)[value].size);
		add(list, number);
		note_last(to);
	}

	SpGistInnerTuple form_inner(bool has_prefix, Datum prefix, int nodes, const Datum *labels)
	{
		auto **made = static_cast<SpGistNodeTuple *>(palloc(static_cast<std::size_t>(nodes) * sizeof(SpGistNodeTuple)));
		for (int i = 0; i < nodes; i++)
			made[i] = spgFormNodeTuple(&state_, labels == nullptr ? Datum{0} : labels[i], labels == nullptr);
		SpGistInnerTuple tuple = spgFormInnerTuple(&state_, has_prefix, prefix, nodes, made);
		auto *copy = static_cast<SpGistInnerTuple>(MemoryContextAlloc(lasting_, tuple->size));
		memcpy(copy, tuple, tuple->size);
		return copy;
	}

	std::span<Target> no_targets(int nodes)
	{
		auto count = static_cast<std::size_t>(nodes);
		auto *targets = static_cast<Target *>(MemoryContextAllocZero(lasting_, count * sizeof(Target)));
		return {targets, count};
	}

	/* Beside its parent, where that has room. */
	uint32 inner_page(uint32 parent, int size)
	{
		if (parent != root_page && (*pages_)[parent].free >= size + line_pointer)
			return parent;
		return page_with(static_cast<int>((parent + 1) % leaf_kind), size + line_pointer);
	}

	/* Down to a node of the inner tuple, whose prefix may have to change for that. */
	Place choose(uint32 number, Place place, Value value, int &level)
	{
		Inner &inner = (*inners_)[number];
		spgChooseIn in = {};
		spgChooseOut out = {};
		in.datum = in.leafDatum = value.datum;
		in.level = level;
		in.allTheSame = inner.tuple->allTheSame;
		in.hasPrefix = inner.tuple->prefixSize > 0;
		in.prefixDatum = SGITDATUM(inner.tuple, &state_);
		in.nNodes = inner.tuple->nNodes;
		in.nodeLabels = spgExtractNodeLabels(&state_, inner.tuple);
		FunctionCall2Coll(index_getprocinfo(index_, 1, SPGIST_CHOOSE_PROC), index_->rd_indcollation[0],
						  PointerGetDatum(&in), PointerGetDatum(&out));
		if (out.resultType == spgMatchNode)
		{
			int node = out.result.matchNode.nodeN;
			if (in.allTheSame)
				node = static_cast<int>(pg_prng_uint32(&pg_global_prng_state) % inner.tuple->nNodes);
			if (node < 0 || node >= in.nNodes)
				elog(ERROR, "a node that does not exist was chosen");
			level += out.result.matchNode.levelAdd;
			return {number, static_cast<uint32>(node)};
		}
		auto &split = out.result.splitTuple;
		if (out.resultType != spgSplitTuple || split.childNodeN < 0 || split.childNodeN >= split.prefixNNodes)
			elog(ERROR, "a node cannot be added in the trial");
		SpGistInnerTuple above =
			form_inner(split.prefixHasPrefix, split.prefixPrefixDatum, split.prefixNNodes, split.prefixNodeLabels);
		SpGistInnerTuple below = form_inner(split.postfixHasPrefix, split.postfixPrefixDatum, in.nNodes, in.nodeLabels);
		below->allTheSame = in.allTheSame;
		(*pages_)[inner.page].free += inner.tuple->size - above->size;
		uint32 page = inner_page(inner.page, below->size);
		put(page, below->size);
		std::span<Target> targets = inner.targets;
		inner.tuple = above;
		inner.targets = no_targets(split.prefixNNodes);
		inner.targets[static_cast<std::size_t>(split.childNodeN)] = {Below::inner,
																	 static_cast<uint32>(inners_->size())};
		inners_->push_back({below, page, targets});
		return place;
	}

	/* Did all go to one node? Then they are dealt out to eight, so that the list gets shorter in any case. */
	bool deal_out(spgPickSplitIn &in, spgPickSplitOut &out, bool too_big, bool &with_new)
	{
		with_new = true;
		if (in.nTuples <= 1)
			return false;
		int first = out.mapTuplesToNodes[0];
		int last = in.nTuples - 1;
		for (int i = 1; i < (too_big ? last : in.nTuples); i++)
			if (out.mapTuplesToNodes[i] != first)
				return false;
		if (too_big && out.mapTuplesToNodes[last] != first)
			with_new = false;
		constexpr int nodes = 8;
		for (int i = 0; i < in.nTuples; i++)
			out.mapTuplesToNodes[i] = i % nodes;
		if (out.nodeLabels != nullptr)
		{
			Datum label = out.nodeLabels[first];
			out.nodeLabels = static_cast<Datum *>(palloc(nodes * sizeof(Datum)));
			std::fill(out.nodeLabels, out.nodeLabels + nodes, label);
		}
		out.nNodes = nodes;
		return true;
	}

	/* Which of the nodes' lists go to the new page; false: they do not all have room. */
	static bool assign(std::span<const int> sizes, std::span<bool> to_new, int room, int new_room)
	{
		for (std::size_t i = 0; i < sizes.size(); i++)
		{
			to_new[i] = sizes[i] > room;
			(to_new[i] ? new_room : room) -= sizes[i];
		}
		return room >= 0 && new_room >= 0;
	}

	/* Puts an inner tuple in place of a list. False: the new value is still to be inserted below it. */
	bool split(Place place, uint32 list_number, uint32 number, int level)
	{
		Local<SmallVector<uint32, 256>> all;
		Local<SmallVector<Datum, 256>> datums;
		uint32 page = (*lists_)[list_number].page;
		int room = (*pages_)[page].free;
		int total = 0;
		for (uint32 value : (*lists_)[list_number].values)
		{
			all->push_back(value);
			room += (*values_)[value].size - placeholder;
		}
		all->push_back(number);
		for (uint32 value : *all)
		{
			datums->push_back((*values_)[value].datum);
			total += (*values_)[value].size + line_pointer;
		}
		if (page == root_page)
			room = 0;
		spgPickSplitIn in = {static_cast<int>(all->size()), datums->data(), level};
		spgPickSplitOut out = {};
		FunctionCall2Coll(index_getprocinfo(index_, 1, SPGIST_PICKSPLIT_PROC), index_->rd_indcollation[0],
						  PointerGetDatum(&in), PointerGetDatum(&out));
		bool with_new;
		bool same = deal_out(in, out, total > capacity, with_new);
		int new_size = (*values_)[number].size + line_pointer;
		if (!with_new)
			total -= new_size;
		SpGistInnerTuple tuple = form_inner(out.hasPrefix, out.prefixDatum, out.nNodes, out.nodeLabels);
		tuple->allTheSame = same;
		Local<SmallVector<int, 32>> sizes;
		sizes->assign(static_cast<std::size_t>(out.nNodes), 0);
		std::size_t included = all->size() - (with_new ? 0 : 1);
		auto node_of = [&](std::size_t i)
		{
			int node = out.mapTuplesToNodes[i];
			if (node < 0 || node >= out.nNodes)
				elog(ERROR, "a value was mapped to a node that does not exist");
			return static_cast<std::size_t>(node);
		};
		for (std::size_t i = 0; i < included; i++)
			(*sizes)[node_of(i)] += (*values_)[(*all)[i]].size + line_pointer;
		auto *to_new = static_cast<bool *>(palloc0(static_cast<std::size_t>(out.nNodes)));
		std::span<const int> each = {sizes->data(), sizes->size()};
		std::span<bool> choice = {to_new, sizes->size()};
		uint32 other = no_page;
		if (total > room)
		{
			other = page_with(leaf_kind, std::min(total, capacity));
			int new_room = (*pages_)[other].free;
			if (!assign(each, choice, room, new_room) && with_new)
			{
				with_new = false;
				included--;
				(*sizes)[node_of(included)] -= new_size;
				assign(each, choice, room, new_room);
			}
		}
		if (page != root_page)
			vacate((*lists_)[list_number]);
		Inner inner = {tuple, root_page, no_targets(out.nNodes)};
		for (std::size_t i = 0; i < included; i++)
		{
			std::size_t node = node_of(i);
			Target &target = inner.targets[node];
			if (target.below == Below::nothing)
			{
				target = {Below::list, static_cast<uint32>(lists_->size())};
				lists_->push_back({to_new[node] ? other : page, 0, Vector<uint32>(ContextAllocator<uint32>(lasting_))});
			}
			add((*lists_)[target.number], (*all)[i]);
		}
		(*lists_)[list_number].values.clear();
		if (place.inner == no_page)
			(*pages_)[root_page] = {};
		else
		{
			inner.page = inner_page((*inners_)[place.inner].page, tuple->size);
			note_last(page);
		}
		put(inner.page, tuple->size);
		note_last(inner.page);
		if (other != no_page)
			note_last(other);
		inners_->push_back(inner);
		at(place) = {Below::inner, static_cast<uint32>(inners_->size() - 1)};
		return with_new;
	}

	struct Last
	{
		uint32 page = no_page;
		int free = 0;
	};

	Relation index_;
	SpGistState state_;
	MemoryContext lasting_;
	int left_free_;
	double bytes_ = 0;
	Target root_;
	Last last_[leaf_kind + 1];
	Local<Vector<TrialPage>> pages_;
	Local<Vector<Value>> values_;
	Local<Vector<EntryList>> lists_;
	Local<Vector<Inner>> inners_;
};

} // namespace

SpgistTrial::SpgistTrial(Relation index) : index_(index), possible_(false), entries_(kept_pages)
{
	const SpGistCache *cache = spgGetCache(index);
	const SpGistTypeDesc &leaf = cache->attLeafType;
	check_ = {leaf.type, leaf.attlen, leaf.attalign};
	possible_ = runs_trusted_code(index) && !cache->config.longValuesOK && check_.possible();
}

void
SpgistTrial::offer(const SpGistLeafTupleData *entry, std::size_t size, double live)
{
	std::size_t head = SGLTHDRSZ(SGLT_GET_HASNULLMASK(entry));
	const auto *data = reinterpret_cast<const char *>(entry);
	if (possible_ && head < size && check_.size_of(data + head, size - head) > 0)
		entries_.offer(entry->heapPtr, data, size, live);
}

/* Each in a context of its own, which is gone afterwards. */
void
SpgistTrial::build(double bytes)
{
	MemoryContext caller = CurrentMemoryContext;
	bool whole = entries_.is_whole_build(bytes);
	PartFills fills(entries_, bytes, page_splits);
	for (std::size_t i = whole ? fills.parts() - 1 : 0; i < fills.parts() && possible_; i++)
	{
		MemoryContext room = AllocSetContextCreate(caller, "dbeng SP-GiST trial", ALLOCSET_DEFAULT_SIZES);
		MemoryContext step = AllocSetContextCreate(room, "dbeng SP-GiST trial, an entry", ALLOCSET_DEFAULT_SIZES);
		MemoryContextSwitchTo(room);
		std::span<const EntrySample::Entry> entries = entries_.in_order(whole ? 1 : fills.part(i));
		auto work = [&]
		{
			Tree tree(index_);
			const SpGistTypeDesc &type = tree.state().attLeafType;
			MemoryContextSwitchTo(step);
			for (const EntrySample::Entry &one : entries)
			{
				auto *entry = reinterpret_cast<const SpGistLeafTupleData *>(one.at);
				const char *value = one.at + SGLTHDRSZ(SGLT_GET_HASNULLMASK(entry));
				tree.insert({type.attbyval ? fetch_att(value, true, type.attlen) : PointerGetDatum(value),
							 static_cast<int>(one.size)});
				MemoryContextReset(step);
			}
			leaves_ = tree.leaves();
			inner_bytes_ = tree.inner_bytes();
			inner_pages_ = tree.inner_pages();
			fill_ = tree.fill();
		};
		possible_ = attempted(work).code == 0;
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(room);
		fills.note(i, fill_, leaf_spread * fill_ / std::sqrt(std::max(leaves_, 1.0)));
	}
	tried_ = {entries_.offered(), bytes};
	if (!possible_ || leaves_ <= 0)
		return;
	if (!whole)
		fill_ = fills.fill();
	error_ = whole ? whole_error : std::hypot(fills.error() / fill_, fills.all() ? whole_error : scale_error);
}

double
SpgistTrial::pages(double bytes)
{
	if (tried_.outdated(entries_, bytes))
		build(bytes);
	if (!possible_ || leaves_ <= 0)
		return 0;
	if (entries_.is_whole_build(bytes))
		return std::ceil((leaves_ + inner_pages_) * std::min(bytes / entries_.bytes(), 1.0));
	double leaves = std::ceil(bytes / fill_);
	/* Inner pages are filled as they come. */
	return leaves + std::ceil(leaves / leaves_ * inner_bytes_ / page_room);
}

SpgistTrial *
spgist_trial(Relation index)
{
	return ::new (palloc(sizeof(SpgistTrial))) SpgistTrial(index);
}

} // namespace dbeng
