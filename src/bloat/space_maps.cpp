#include "bloat/space_maps.hpp"

namespace dbeng {

namespace {

constexpr int64 leaf_slots = static_cast<int64>(SlotsPerFSMPage);
constexpr int64 most_leaves = 256;
constexpr int64 visibility_bytes = BLCKSZ - static_cast<int64>(MAXALIGN(SizeOfPageHeaderData));
constexpr int64 pages_per_byte = 4; /* two bits each, of which the lower says all-visible */

/* The visibility map, of which one page is at hand. */
class VisibilityMap
{
  public:
	explicit VisibilityMap(const pg::ForkFile &file) : file_(file), pages_(file.pages()) {}

	bool all_visible(int64 page)
	{
		auto wanted = static_cast<BlockNumber>(page / pages_per_byte / visibility_bytes);
		if (wanted >= pages_)
			return false;
		if (wanted != at_)
		{
			Buffer buffer = file_.read(wanted, RBM_ZERO_ON_ERROR, nullptr);
			memcpy(bits_, PageGetContents(BufferGetPage(buffer)), sizeof(bits_));
			ReleaseBuffer(buffer);
			at_ = wanted;
		}
		return (bits_[page / pages_per_byte % visibility_bytes] >> (page % pages_per_byte * 2) & 1) != 0;
	}

  private:
	const pg::ForkFile &file_;
	BlockNumber pages_;
	BlockNumber at_ = InvalidBlockNumber;
	uint8 bits_[visibility_bytes];
};

} // namespace

/* Has the relation still the file that the model knows? */
static bool
is_current(const MappedFile &file)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(file.relation));
	if (!HeapTupleIsValid(tuple))
		return false;
	auto *form = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
	bool current = form->relfilenode == file.file && form->reltablespace == file.tablespace;
	ReleaseSysCache(tuple);
	return current;
}

static void
read_leaves(const MappedFile &file, int64 pages, SpaceMaps &maps)
{
	pg::ForkFile space(file.tablespace, file.file, FSM_FORKNUM, file.permanent);
	pg::ForkFile visibility(file.tablespace, file.file, VISIBILITYMAP_FORKNUM, file.permanent);
	BlockNumber space_pages = space.pages();
	auto *visible = static_cast<VisibilityMap *>(palloc(sizeof(VisibilityMap)));
	::new (static_cast<void *>(visible)) VisibilityMap(visibility);
	BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
	int64 leaves = (pages + leaf_slots - 1) / leaf_slots;
	int64 stride = (leaves + most_leaves - 1) / most_leaves;
	auto *slots = static_cast<uint8 *>(palloc(leaf_slots));
	for (int64 leaf = 0; leaf < leaves; leaf += stride)
	{
		CHECK_FOR_INTERRUPTS();
		int64 first = leaf * leaf_slots;
		int64 count = std::min(leaf_slots, pages - first);
		BlockNumber block = free_leaf_block(leaf);
		bool covered = block < space_pages;
		if (covered)
		{
			Buffer buffer = space.read(block, RBM_ZERO_ON_ERROR, strategy);
			LockBuffer(buffer, BUFFER_LOCK_SHARE);
			auto *map = reinterpret_cast<FSMPage>(PageGetContents(BufferGetPage(buffer)));
			memcpy(slots, &map->fp_nodes[NonLeafNodesPerPage], static_cast<std::size_t>(leaf_slots));
			UnlockReleaseBuffer(buffer);
			maps.covered_pages += static_cast<double>(count);
		}
		else
			memset(slots, 0, static_cast<std::size_t>(leaf_slots));
		for (int64 i = 0; i < count; i++)
		{
			bool is_visible = file.visibility && visible->all_visible(first + i);
			(is_visible ? maps.visible : maps.changed)[slots[i]]++;
			maps.visible_pages += is_visible ? 1 : 0;
		}
		maps.pages += static_cast<double>(count);
	}
	FreeAccessStrategy(strategy);
	pfree(slots);
	pfree(visible);
}

SpaceMaps
read_space_maps(const MappedFile &file, int64 pages)
{
	SpaceMaps maps = {};
	if (pages <= 0 || !ConditionalLockRelationOid(file.relation, AccessShareLock))
		return maps;
	if (is_current(file))
		read_leaves(file, pages, maps);
	UnlockRelationOid(file.relation, AccessShareLock);
	if (maps.pages > 0 && maps.pages < static_cast<double>(pages))
	{
		double scale = static_cast<double>(pages) / maps.pages;
		for (int step = 0; step < space_steps; step++)
		{
			maps.visible[step] *= scale;
			maps.changed[step] *= scale;
		}
		maps.visible_pages *= scale;
		maps.covered_pages *= scale;
		maps.pages *= scale;
	}
	return maps;
}

} // namespace dbeng
