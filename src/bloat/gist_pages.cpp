#include "bloat/index_pages.hpp"

namespace dbeng {

static void
read_gist_page(void *, Buffer buffer, BlockNumber, Measures &measures)
{
	measures[free_bytes] = static_cast<double>(PageGetFreeSpace(BufferGetPage(buffer)));
}

static double
rewritten_gist(const void *state, const Measures &totals)
{
	return *static_cast<const double *>(state) - totals[free_bytes];
}

const PageReader &
gist_reader(Relation index, const HeapRows &)
{
	auto *bytes = static_cast<double *>(palloc(sizeof(double)));
	*bytes = static_cast<double>(RelationGetNumberOfBlocks(index)) * BLCKSZ;
	auto *reader = static_cast<PageReader *>(palloc(sizeof(PageReader)));
	*reader = {0, common_measures, read_gist_page, rewritten_gist, nullptr, bytes};
	return *reader;
}

} // namespace dbeng
