#include "bloat/page_sample.hpp"

#include "bloat/block_reader.hpp"
#include "bloat/estimate.hpp"

namespace dbeng {

namespace {

/* The standard error at which a sample is large enough, as a share of the file. */
constexpr double enough = 0.005;

/* Bands of free space as the map has it: none, some, much, nearly all; each apart for what is all visible. */
constexpr std::size_t bands = 4;
constexpr std::size_t empty_band = bands - 1;
constexpr std::size_t most_parts = 2 * bands;
constexpr int some_space = BLCKSZ / 32;
constexpr int much_space = BLCKSZ / 4;
constexpr int empty_space = BLCKSZ - 256;

/* At least so many pages are read of each stratum. */
constexpr int64 least_of_stratum = 4;

/* Pages that a map speaks for need fewer readings than others, and hide less. */
constexpr double mapped_weight = 0.15;
constexpr double mapped_doubt = 1.0 / 16;

/* Pages of a census that are read before anybody is given way to. */
constexpr BlockNumber census_step = 1024;

/* A stratum as it is sampled. Its pages have numbers, in the order of the file. */
struct Part
{
	int64 pages = 0;
	double mapped_free = 0;
	double weight = 1; /* how different its pages may be */
	double doubt = 1;
	double variance = 0;
	int64 stretches = 0;			 /* equal ones, in each of which a page was drawn; as many as pages: all were */
	Local<Vector<int64>> drawn;		 /* ascending */
	Local<Vector<int64>> to_read;	 /* the part of them that was not read yet */
	Local<Vector<Reading>> readings; /* by block */
};

/* Of the pages from a block on. */
class Sampler
{
  public:
	Sampler(Relation relation, const PageReader &reader, const Maps *maps, BlockNumber from, PageSample &sample)
		: relation_(relation), reader_(reader), maps_(maps), from_(from), sample_(sample),
		  blocks_(relation, MAIN_FORKNUM)
	{}

	/* Stops between two steps when somebody is waiting; then the rest is sampled. */
	void read_whole();
	/* So many pages, but no more than are needed; at first least of them. */
	void read_some(int64 least, int64 most);
	void conclude();

  private:
	int64 left() const { return static_cast<int64>(sample_.pages) - from_; }
	std::size_t part_of(BlockNumber block) const;
	void divide();
	void draw_first(int64 pages);
	void draw(Part &part, int64 wanted);
	void read_drawn();
	Estimate reckon();
	Part *most_uncertain(int64 most);
	bool read_page(Buffer buffer, BlockNumber block, Measures &measures) const;
	double mapped_free(BlockNumber block) const { return maps_ == nullptr ? 0 : maps_->free_space(block); }

	Relation relation_;
	const PageReader &reader_;
	const Maps *maps_;
	BlockNumber from_;
	PageSample &sample_;
	BlockReader blocks_;
	Measures known_;		/* of the pages that were read whole, */
	double unreadable_ = 0; /* and how many of these could not be; the others stand for them */
	Part parts_[most_parts];
};

} // namespace

bool
Sampler::read_page(Buffer buffer, BlockNumber block, Measures &measures) const
{
	measures = {};
	if (PageIsNew(BufferGetPage(buffer)))
		measures[free_bytes] = BLCKSZ;
	else
		reader_.read(reader_.state, buffer, block, measures);
	return !measures.corrupt;
}

void
Sampler::read_whole()
{
	Local<Vector<BlockNumber>> step;
	Local<Vector<Measures>> measures;
	Local<Vector<bool>> seen;
	double counted = 0;
	while (left() > 0 && !sample_.gave_way)
	{
		BlockNumber end = sample_.pages - from_ > census_step ? from_ + census_step : sample_.pages;
		step->clear();
		for (BlockNumber block = from_; block < end; block++)
			step->push_back(block);
		measures->assign(step->size(), Measures{});
		seen->assign(step->size(), false);
		auto visit = [&](Buffer buffer, std::size_t i) { (*seen)[i] = read_page(buffer, (*step)[i], (*measures)[i]); };
		blocks_.read({step->data(), step->size()}, visit);
		for (std::size_t i = 0; i < step->size(); i++)
		{
			(*seen)[i] ? counted++ : unreadable_++;
			for (std::size_t k = 0; k < reader_.measures && (*seen)[i]; k++)
				known_[k] += (*measures)[i][k];
		}
		sample_.blocks_read += static_cast<int64>(step->size());
		from_ = end;
		sample_.gave_way = left() > 0 && is_waited_for(relation_);
	}
	sample_.corrupt = static_cast<int64>(unreadable_);
	for (std::size_t k = 0; k < reader_.measures && counted > 0; k++)
		known_[k] *= (counted + unreadable_) / counted;
}

std::size_t
Sampler::part_of(BlockNumber block) const
{
	if (maps_ == nullptr)
		return 0;
	int free = maps_->free_space(block);
	std::size_t band = free < some_space ? 0 : free < much_space ? 1 : free < empty_space ? 2 : empty_band;
	return maps_->visible(block) ? bands + band : band;
}

void
Sampler::divide()
{
	bool has_map = maps_ != nullptr && !maps_->free.empty();
	for (BlockNumber block = from_; block < sample_.pages; block++)
	{
		if (block % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		Part &part = parts_[part_of(block)];
		part.pages++;
		part.mapped_free += mapped_free(block);
	}
	/* A table's page that is all visible has been vacuumed, and an index's in the map is out of use. */
	for (std::size_t i = 0; i < most_parts; i++)
		if (has_map && (i >= bands || (i == empty_band && relation_->rd_index != nullptr)))
		{
			parts_[i].weight = mapped_weight;
			parts_[i].doubt = mapped_doubt;
		}
}

static int64
random_between(int64 from, int64 end)
{
	return from +
		   static_cast<int64>(pg_prng_uint64_range(&pg_global_prng_state, 0, static_cast<uint64>(end - from - 1)));
}

/* Where the i-th of so many equal stretches begins. */
static int64
beginning(int64 i, int64 stretches, int64 pages)
{
	return i * pages / stretches;
}

/*
 * Makes it as many stretches, with a page drawn in each. To begin with any
 * number may be wanted, later twice as many as there are: then each stretch
 * becomes two, one of which has its page already.
 */
void
Sampler::draw(Part &part, int64 wanted)
{
	Local<Vector<int64>> &drawn = part.drawn;
	std::size_t before = drawn->size();
	auto add = [&](int64 page)
	{
		drawn->push_back(page);
		part.to_read->push_back(page);
	};
	if (wanted >= part.pages)
	{
		std::size_t next = 0;
		for (int64 page = 0; page < part.pages; page++)
			if (next < before && (*drawn)[next] == page)
				next++;
			else
				add(page);
		part.stretches = part.pages;
	}
	else if (before == 0)
	{
		for (int64 i = 0; i < wanted; i++)
			add(random_between(beginning(i, wanted, part.pages), beginning(i + 1, wanted, part.pages)));
		part.stretches = wanted;
	}
	else
	{
		int64 stretches = 2 * part.stretches;
		for (int64 i = 0; i < part.stretches; i++)
		{
			int64 middle = beginning(2 * i + 1, stretches, part.pages);
			if ((*drawn)[static_cast<std::size_t>(i)] < middle)
				add(random_between(middle, beginning(2 * i + 2, stretches, part.pages)));
			else
				add(random_between(beginning(2 * i, stretches, part.pages), middle));
		}
		part.stretches = stretches;
	}
	std::sort(drawn->begin(), drawn->end());
}

void
Sampler::draw_first(int64 pages)
{
	double weights = 0;
	for (const Part &part : parts_)
		weights += static_cast<double>(part.pages) * part.weight;
	for (Part &part : parts_)
		if (part.pages > 0)
		{
			double share = static_cast<double>(part.pages) * part.weight / weights;
			int64 wanted = std::llround(static_cast<double>(pages) * share);
			draw(part, std::min(std::max(wanted, least_of_stratum), part.pages));
		}
}

/* Reads the pages drawn, in the order of the file. */
void
Sampler::read_drawn()
{
	Local<Vector<BlockNumber>> blocks;
	int64 page[most_parts] = {};
	std::size_t next[most_parts] = {};
	for (BlockNumber block = from_; block < sample_.pages; block++)
	{
		if (block % 65536 == 0)
			CHECK_FOR_INTERRUPTS();
		std::size_t i = part_of(block);
		const Vector<int64> &to_read = *parts_[i].to_read;
		if (next[i] < to_read.size() && to_read[next[i]] == page[i])
		{
			next[i]++;
			blocks->push_back(block);
		}
		page[i]++;
	}
	Local<Vector<Measures>> measures(blocks->size());
	Local<Vector<bool>> seen(blocks->size());
	auto visit = [&](Buffer buffer, std::size_t i) { (*seen)[i] = read_page(buffer, (*blocks)[i], (*measures)[i]); };
	blocks_.read({blocks->data(), blocks->size()}, visit);
	for (std::size_t i = 0; i < blocks->size(); i++)
		if (BlockNumber block = (*blocks)[i]; (*seen)[i])
			parts_[part_of(block)].readings->push_back({block, mapped_free(block), (*measures)[i]});
		else
			sample_.corrupt++;
	for (Part &part : parts_)
	{
		part.to_read->clear();
		std::sort(part.readings->begin(), part.readings->end(),
				  [](const Reading &a, const Reading &b) { return a.block < b.block; });
	}
	sample_.blocks_read += static_cast<int64>(blocks->size());
}

Estimate
Sampler::reckon()
{
	Local<StaticVector<Stratum, most_parts + 1>> strata;
	Local<StaticVector<Part *, most_parts>> parts;
	for (Part &part : parts_)
		if (part.pages > 0)
		{
			strata->push_back({static_cast<double>(part.pages),
							   part.mapped_free,
							   part.doubt,
							   {part.readings->data(), part.readings->size()},
							   0});
			parts->push_back(&part);
		}
	if (unreadable_ > 0)
		strata->push_back({unreadable_, 0, 1, {}, 0});
	Estimate result = estimate(reader_, {strata->data(), strata->size()}, known_);
	for (std::size_t i = 0; i < parts->size(); i++)
		(*parts)[i]->variance = (*strata)[i].variance;
	return result;
}

/* Where twice the pages, of no more than those, would help most; NULL: nowhere. */
Part *
Sampler::most_uncertain(int64 most)
{
	Part *best = nullptr;
	auto gain = [](const Part &part) { return part.variance / static_cast<double>(part.stretches); };
	for (Part &part : parts_)
	{
		bool grows = part.pages > part.stretches;
		int64 more = std::min(part.stretches, part.pages - part.stretches);
		if (grows && more <= most && part.variance > 0 && (best == nullptr || gain(part) > gain(*best)))
			best = &part;
	}
	return best;
}

void
Sampler::read_some(int64 least, int64 most)
{
	if (left() <= 0)
		return;
	divide();
	draw_first(least);
	for (;;)
	{
		read_drawn();
		if (reckon().error < enough * sample_.pages * BLCKSZ || sample_.gave_way)
			return;
		sample_.gave_way = is_waited_for(relation_);
		int64 read = 0;
		for (const Part &part : parts_)
			read += static_cast<int64>(part.drawn->size());
		Part *part = most_uncertain(most - read);
		if (part == nullptr || sample_.gave_way)
			return;
		draw(*part, 2 * part->stretches);
	}
}

void
Sampler::conclude()
{
	Estimate estimate = reckon();
	sample_.totals = estimate.totals;
	sample_.errors = estimate.errors;
	sample_.rewritten = estimate.rewritten;
	double input_error = reader_.input_error == nullptr ? 0 : reader_.input_error(reader_.state, estimate.totals);
	sample_.half_width = estimate.half_width(input_error);
	if (reader_.finish != nullptr)
		sample_.blocks_read += reader_.finish(reader_.state, sample_.totals);
	blocks_.release();
}

PageSample
sample_pages(Relation relation, const PageReader &reader, const Maps *maps, const SampleLimits &limits)
{
	PageSample sample = {};
	sample.pages = RelationGetNumberOfBlocks(relation);
	sample.blocks_read = maps == nullptr ? 0 : maps->blocks_read;
	int64 pages = std::max<int64>(static_cast<int64>(sample.pages) - reader.first, 0);
	auto share = static_cast<int64>(limits.share * static_cast<double>(pages)) - sample.blocks_read;
	int64 most = limits.most < 0 ? pages : std::min(limits.most, std::max({limits.least, limits.allowed, share}));
	/* Where half of the pages are worth reading, the other half is, too. */
	if (2 * most >= pages && limits.most >= pages)
		most = pages;
	auto *sampler = static_cast<Sampler *>(palloc(sizeof(Sampler)));
	::new (static_cast<void *>(sampler)) Sampler(relation, reader, maps, reader.first, sample);
	if (most >= pages)
	{
		sampler->read_whole();
		sample.exact = !sample.gave_way;
		most = std::min<int64>(limits.least, SampleLimits{}.least);
	}
	sampler->read_some(std::min(limits.least, most), most);
	sampler->conclude();
	return sample;
}

} // namespace dbeng
