#include "bloat/page_sample.hpp"

namespace dbeng {

/* Of the first, for so many equal stretches of the pages from there on: a block within each. */
static void
draw_blocks(BlockNumber first, BlockNumber pages, int64 count, Vector<BlockNumber> &blocks)
{
	double stretch = static_cast<double>(pages - first) / static_cast<double>(count);
	for (int64 i = 0; i < count; i++)
	{
		double at = (static_cast<double>(i) + pg_prng_double(&pg_global_prng_state)) * stretch;
		blocks.push_back(std::min(first + static_cast<BlockNumber>(at), pages - 1));
	}
}

static void
read_page(Relation relation, BlockNumber block, BufferAccessStrategy strategy, const PageReader &reader,
		  Measures &measures)
{
	Buffer buffer = ReadBufferExtended(relation, MAIN_FORKNUM, block, RBM_NORMAL, strategy);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	if (PageIsNew(BufferGetPage(buffer)))
		measures[free_bytes] = BLCKSZ;
	else
		reader.read(reader.state, buffer, block, measures);
	UnlockReleaseBuffer(buffer);
}

PageSample
sample_pages(Relation relation, const PageReader &reader, const Maps *maps, const SampleLimits &limits)
{
	PageSample sample = {};
	sample.pages = RelationGetNumberOfBlocks(relation);
	sample.blocks_read = maps == nullptr ? 0 : maps->blocks_read;
	auto population = static_cast<int64>(sample.pages) - reader.first;
	Local<Vector<Measures>> readings;
	if (population > 0)
	{
		int64 count = limits.most < 0 ? population : std::min(population, limits.most);
		Local<Vector<BlockNumber>> blocks;
		if (count == population)
			for (BlockNumber block = reader.first; block < sample.pages; block++)
				blocks->push_back(block);
		else
			draw_blocks(reader.first, sample.pages, count, *blocks);
		BufferAccessStrategy strategy = GetAccessStrategy(BAS_BULKREAD);
		for (BlockNumber block : *blocks)
		{
			CHECK_FOR_INTERRUPTS();
			readings->emplace_back();
			read_page(relation, block, strategy, reader, readings->back());
		}
		FreeAccessStrategy(strategy);
		sample.exact = count == population;
		sample.blocks_read += count;
		for (const Measures &reading : *readings)
			for (std::size_t i = 0; i < reader.measures; i++)
				sample.totals[i] += reading[i] * static_cast<double>(population) / static_cast<double>(count);
	}
	else
		sample.exact = true;
	sample.rewritten = reader.rewritten(reader.state, sample.totals);
	return sample;
}

} // namespace dbeng
