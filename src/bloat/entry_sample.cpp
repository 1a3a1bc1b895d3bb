#include "bloat/entry_sample.hpp"

#include "bloat/index_page.hpp"

namespace dbeng {

/* As many as fill some sixty pages. */
static constexpr uint32 room_bytes = 64 * BLCKSZ;

EntrySample::EntrySample() : room_(static_cast<char *>(palloc(room_bytes)))
{
	kept_->reserve(room_bytes / (sizeof(IndexTupleData) + sizeof(ItemIdData)));
}

void
EntrySample::offer(const ItemPointerData &row, const char *entry, std::size_t size, double live)
{
	uint64 hash = hash_bytes_extended(reinterpret_cast<const unsigned char *>(&row), sizeof(row), 0);
	auto rank = static_cast<uint32>(hash);
	if (rank > most_rank_ || static_cast<double>(hash >> 32) > live * PG_UINT32_MAX)
		return;
	auto room = static_cast<uint32>(MAXALIGN(size));
	while (used_ + room > room_bytes || kept_->size() == kept_->capacity())
	{
		drop_half();
		if (rank > most_rank_)
			return;
	}
	memcpy(room_ + used_, entry, size);
	uint64 place = static_cast<uint64>(ItemPointerGetBlockNumberNoCheck(&row)) << 16 |
				   ItemPointerGetOffsetNumberNoCheck(&row);
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
EntrySample::in_order() const
{
	auto *entries = static_cast<Entry *>(palloc(kept_->size() * sizeof(Entry) + 1));
	std::size_t count = 0;
	for (const Kept &kept : *kept_)
		entries[count++] = {kept.row, room_ + kept.at, kept.size};
	std::sort(entries, entries + count, [](const Entry &a, const Entry &b) { return a.row < b.row; });
	return {entries, count};
}

double
FillCurve::part_at(std::size_t point)
{
	return std::exp2((static_cast<double>(point) + 1) / steps - 2);
}

double
FillCurve::at(double times) const
{
	double doublings = std::ceil(std::log2(std::max(times, 1.0)));
	double place = std::clamp((std::log2(times) - doublings + 1) * steps - 1, 0.0, steps - 1.0);
	auto below = static_cast<std::size_t>(place);
	double above = place - static_cast<double>(below);
	const double *later = fills_ + steps;
	double fill = later[below] * (1 - above) + later[std::min(below + 1, steps - 1)] * above;
	double before = 0;
	double after = 0;
	for (std::size_t i = 0; i < steps; i++)
	{
		before += fills_[i] / steps;
		after += later[i] / steps;
	}
	double square = 0;
	double product = 0;
	for (std::size_t i = 0; i < steps; i++)
	{
		square += (fills_[i] - before) * (fills_[i] - before);
		product += (fills_[i] - before) * (later[i] - after);
	}
	double alike = square > 0 ? std::clamp(product / square, 0.0, 1.0) : 0;
	return after + (fill - after) * std::pow(alike, doublings);
}

} // namespace dbeng
