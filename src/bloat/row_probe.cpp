#include "bloat/row_probe.hpp"

#include "bloat/block_reader.hpp"
#include "bloat/heap_pages.hpp"

namespace dbeng {

RowProbe *
RowProbe::make(Oid table, std::size_t keys, std::size_t rows_of_key)
{
	auto *room = static_cast<Choice *>(palloc(keys * sizeof(Choice)));
	return ::new (palloc(sizeof(RowProbe))) RowProbe(table, {room, keys}, rows_of_key);
}

void
RowProbe::begin_page()
{
	page_++;
	of_key_ = 0;
}

/* Which of so many places the next of a row of things gets, each place being as likely for each of them. */
static uint64
place_of(uint64 number, std::size_t places)
{
	return number < places ? number : pg_prng_uint64_range(&pg_global_prng_state, 0, number);
}

void
RowProbe::add(const ItemPointerData &row)
{
	uint64 place = place_of(of_key_++, rows_of_key_);
	if (place < rows_of_key_)
		key_.rows[place] = row;
	if (of_key_ == rows_at_once)
		end_key();
}

void
RowProbe::end_key()
{
	if (of_key_ == 0)
		return;
	key_.count = static_cast<uint8>(std::min<uint64>(of_key_, rows_of_key_));
	key_.known = false;
	key_.page = page_;
	key_.weight = static_cast<double>(of_key_);
	of_key_ = 0;
	uint64 place = place_of(offered_++, choices_.size());
	if (place >= choices_.size())
		return;
	choices_[place] = key_;
	chosen_ = std::max<std::size_t>(chosen_, place + 1);
	pending_ = true;
}

double
RowProbe::Choice::live() const
{
	double sum = 0;
	for (std::size_t i = 0; i < count; i++)
		sum += needed[i] ? 1 : 0;
	return sum;
}

void
RowProbe::ask(std::span<Question> questions)
{
	Relation table = try_relation_open(table_, AccessShareLock);
	if (table == nullptr)
		return;
	auto block_of = [](const Question &question) { return ItemPointerGetBlockNumberNoCheck(&question.row); };
	std::sort(questions.begin(), questions.end(),
			  [block_of](const Question &a, const Question &b) { return block_of(a) < block_of(b); });
	BlockNumber pages = RelationGetNumberOfBlocks(table);
	Local<Vector<BlockNumber>> blocks;
	Local<Vector<std::size_t>> first; /* question of a block */
	for (std::size_t i = 0; i < questions.size() && block_of(questions[i]) < pages; i++)
		if (i == 0 || block_of(questions[i]) != block_of(questions[i - 1]))
		{
			blocks->push_back(block_of(questions[i]));
			first->push_back(i);
		}
	const PageReader &heap = heap_reader(table);
	auto visit = [&](Buffer buffer, std::size_t position)
	{
		for (std::size_t i = (*first)[position]; i < questions.size() && block_of(questions[i]) == (*blocks)[position];
			 i++)
			*questions[i].needed =
				PageIsNew(BufferGetPage(buffer))
					? false
					: needs_entry(heap, BufferGetPage(buffer), ItemPointerGetOffsetNumberNoCheck(&questions[i].row));
	};
	BlockReader reader(table, MAIN_FORKNUM);
	reader.read({blocks->data(), blocks->size()}, visit);
	reader.release();
	blocks_read_ += static_cast<int64>(blocks->size());
	relation_close(table, AccessShareLock);
}

void
RowProbe::look()
{
	if (!pending_)
		return;
	pending_ = false;
	Local<Vector<Question>> questions;
	for (Choice &choice : chosen())
	{
		if (choice.known)
			continue;
		choice.known = true;
		for (std::size_t i = 0; i < choice.count; i++)
			questions->push_back({choice.rows[i], &choice.needed[i]});
	}
	ask({questions->data(), questions->size()});
	/* Pages, not pointers, were drawn: neighbours share their fate. */
	std::sort(chosen().begin(), chosen().end(), [](const Choice &a, const Choice &b) { return a.page < b.page; });
	conclude();
	tell_fates();
}

void
RowProbe::conclude()
{
	weight_ = 0;
	double live = 0;
	for (const Choice &choice : chosen())
	{
		weight_ += choice.weight;
		live += choice.weight * choice.live() / choice.count;
	}
	live_ = live / weight_;
	double squares = 0;
	double pages = 0;
	for (std::size_t i = 0; i < chosen_; pages++)
	{
		double off = 0;
		for (uint32 page = choices_[i].page; i < chosen_ && choices_[i].page == page; i++)
			off += choices_[i].weight * (choices_[i].live() / choices_[i].count - live_);
		squares += off * off;
	}
	/* That all of a few are alike does not prove that all are. */
	error_ = std::max(std::sqrt(squares) / weight_, 1 / (pages + 2));
}

/* How likely it is, of keys with such fates, to see so many of a few of its rows alive. */
static double
likelihood(const Fates &fates, double live, double dead)
{
	double by_chance =
		(1 - fates.all_live - fates.all_dead) * std::pow(fates.live, live) * std::pow(1 - fates.live, dead);
	return by_chance + (dead == 0 ? fates.all_live : 0) + (live == 0 ? fates.all_dead : 0);
}

/*
 * The likeliest fates, by going back and forth between whose fate a key has
 * and what the fates are; chance alone, unless that makes what was seen much
 * less likely.
 */
void
RowProbe::tell_fates()
{
	constexpr int rounds = 60;
	constexpr double much_less = 4; /* logarithm */
	double chance = std::clamp(live_, 0.001, 0.999);
	Fates guess = {0.05, 0.05, chance};
	for (int round = 0; round < rounds; round++)
	{
		double keys = 0;
		double all_live = 0;
		double all_dead = 0;
		double rows = 0;
		double live_rows = 0;
		for (const Choice &choice : chosen())
		{
			double live = choice.live();
			double dead = choice.count - live;
			double likely = likelihood(guess, live, dead);
			if (likely <= 0)
				continue;
			double of_live = dead == 0 ? guess.all_live / likely : 0;
			double of_dead = live == 0 ? guess.all_dead / likely : 0;
			double of_chance = 1 - of_live - of_dead;
			keys += choice.weight;
			all_live += choice.weight * of_live;
			all_dead += choice.weight * of_dead;
			rows += choice.weight * of_chance * choice.count;
			live_rows += choice.weight * of_chance * live;
		}
		guess = {all_live / keys, all_dead / keys, rows > 0 ? std::clamp(live_rows / rows, 0.001, 0.999) : chance};
	}
	double gain = 0;
	for (const Choice &choice : chosen())
	{
		double live = choice.live();
		double dead = choice.count - live;
		gain += std::log(likelihood(guess, live, dead) / likelihood({0, 0, chance}, live, dead));
	}
	fates_ = gain > much_less ? guess : Fates{0, 0, 1};
}

} // namespace dbeng
