#include "bloat/entry_sample.hpp"

#include "bloat/index_page.hpp"

namespace dbeng {

EntrySample::EntrySample(uint32 pages) : room_bytes_(pages * BLCKSZ), room_(static_cast<char *>(palloc(room_bytes_)))
{
	kept_->reserve(room_bytes_ / (sizeof(IndexTupleData) + sizeof(ItemIdData)));
}

void
EntrySample::offer(const ItemPointerData &row, const char *entry, std::size_t size, double live)
{
	offered_++;
	offered_bytes_ += live * stored_bytes(static_cast<double>(size));
	certain_ = certain_ && live >= 1;
	uint64 hash = hash_bytes_extended(reinterpret_cast<const unsigned char *>(&row), sizeof(row), 0);
	auto rank = static_cast<uint32>(hash);
	if (rank > most_rank_ || static_cast<double>(hash >> 32) > live * PG_UINT32_MAX)
		return;
	auto room = static_cast<uint32>(MAXALIGN(size));
	while (used_ + room > room_bytes_ || kept_->size() == kept_->capacity())
	{
		drop_half();
		if (rank > most_rank_)
			return;
	}
	memcpy(room_ + used_, entry, size);
	uint64 place =
		static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&row)) << 16 | ItemPointerGetOffsetNumberNoCheck(&row);
	kept_->push_back({place, rank, used_, static_cast<uint32>(size)});
	used_ += room;
	bytes_ += stored_bytes(static_cast<double>(size));
}

void
EntrySample::drop_half()
{
	most_rank_ /= 2;
	used_ = 0;
	bytes_ = 0;
	std::size_t left = 0;
	for (Kept kept : *kept_)
	{
		if (kept.rank > most_rank_)
			continue;
		memmove(room_ + used_, room_ + kept.at, kept.size);
		kept.at = used_;
		(*kept_)[left++] = kept;
		used_ += static_cast<uint32>(MAXALIGN(kept.size));
		bytes_ += stored_bytes(kept.size);
	}
	kept_->resize(left);
}

std::span<const EntrySample::Entry>
EntrySample::in_order(double part) const
{
	auto *entries = static_cast<Entry *>(palloc(kept_->size() * sizeof(Entry) + 1));
	std::size_t count = 0;
	for (const Kept &kept : *kept_)
		if (kept.rank <= part * most_rank_)
			entries[count++] = {kept.row, room_ + kept.at, kept.size};
	std::sort(entries, entries + count, [](const Entry &a, const Entry &b) { return a.row < b.row; });
	return {entries, count};
}

bool
EntrySample::is_whole_build(double bytes) const
{
	return complete() && certain_ && bytes_ > 0.97 * bytes;
}

bool
Tried::outdated(const EntrySample &entries, double now) const
{
	return bytes <= 0 || (entries.offered() > offered && std::abs(std::log(now / bytes)) > 0.05) ||
		   (entries.complete() && entries.offered() > offered);
}

PartFills::PartFills(const EntrySample &entries, double bytes, int split)
	: points_(std::min(split > 2 ? std::size_t{4} : std::size_t{2}, most_points))
{
	/* The entries of a page are alike: where only some pages were read, more so than those of an index of that size. */
	double seen = std::min(entries.offered_bytes() / std::max(bytes, 1.0), 1.0);
	double taken = entries.bytes() / std::max(entries.offered_bytes(), 1.0);
	double period = std::exp2(static_cast<double>(points_) / 2);
	double more = std::max(bytes / std::max(entries.bytes(), 1.0), 1.0);
	times_ = std::ceil(std::log(more) / std::log(period));
	largest_ = more / std::pow(period, times_);
	clustered_ = std::min(taken * largest_, 1.0) * (1 - seen);
}

double
PartFills::part(std::size_t i) const
{
	return largest_ / std::exp2(static_cast<double>(parts() - 1 - i) / 2);
}

double
PartFills::mean(const double *fills, std::size_t count)
{
	double sum = 0;
	for (std::size_t i = 0; i < count; i++)
		sum += fills[i];
	return sum / static_cast<double>(count);
}

double
PartFills::spread() const
{
	double squares = 0;
	for (std::size_t i = 0; i < points_; i++)
		squares += (later()[i] - mean()) * (later()[i] - mean());
	return std::sqrt(squares / static_cast<double>(points_));
}

double
PartFills::chance() const
{
	double squares = 0;
	for (std::size_t i = 0; i < points_; i++)
		squares += errors_[points_ + i] * errors_[points_ + i];
	return std::sqrt(squares) / static_cast<double>(points_);
}

/* By the time that all entries are there: 1 as much as in the trial, 0 not at all. */
double
PartFills::alike() const
{
	if (all())
		return 1;
	double average = mean(fills_, points_);
	double before = 0;
	double product = 0;
	for (std::size_t i = 0; i < points_; i++)
	{
		before += (fills_[i] - average) * (fills_[i] - average);
		product += (fills_[i] - average) * (later()[i] - mean());
	}
	double after = spread() * spread() * static_cast<double>(points_);
	if (before <= 0 || after <= 0)
		return 0;
	/* The part of the differences that chance does not explain. */
	double by_chance = chance() * chance() * static_cast<double>(points_ * (points_ - 1));
	double real = std::max(1 - by_chance / after, 0.0);
	return real * std::pow(std::clamp(product / before, 0.0, 1.0), times_);
}

double
PartFills::error() const
{
	/* Where a split comes early or late, all that comes of its pages does so. */
	constexpr double shifted = 0.35;
	double early = std::abs(later()[0] - fills_[points_ - 1]);
	double phase =
		std::hypot(std::max(early, std::abs(2 * swing())) / 2 * shifted, spread() * std::sqrt(1 - alike() * alike()));
	/* A tree of more levels is another one. */
	constexpr double period = 0.01;
	constexpr double clusters = 0.15;
	return std::hypot(chance(), phase, std::hypot(period * times_, clusters * clustered_) * mean());
}

} // namespace dbeng
