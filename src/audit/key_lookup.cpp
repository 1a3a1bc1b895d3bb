#include "audit/key_lookup.hpp"

namespace dbeng {

KeyLookup::KeyLookup(PresentTable &table) : table_(table)
{
	numbers_.push_back(table_mark(table.table_id()));
	numbers_.push_back(unreadable_mark());
	Local<Vector<const TableShape *>> recorded;
	recorded_shapes(table.table_id(), *recorded);
	for (const TableShape *one : *recorded)
		if (!shape(*one).fits)
			numbers_.push_back(shape_mark(one->table_id, one->hash));
}

bool
KeyLookup::add(RowKey key)
{
	if (sorted_ && has(key))
		return false;
	numbers_.push_back(key_number(table_, key));
	sorted_ = false;
	return true;
}

bool
KeyLookup::has(RowKey key)
{
	std::span<const uint32> all = numbers();
	return std::binary_search(all.begin(), all.end(), key_number(table_, key));
}

std::span<const uint32>
KeyLookup::numbers()
{
	if (!sorted_)
	{
		std::sort(numbers_.begin(), numbers_.end());
		numbers_.erase(std::unique(numbers_.begin(), numbers_.end()), numbers_.end());
	}
	sorted_ = true;
	return {numbers_.data(), numbers_.size()};
}

KeyLookup::Shape &
KeyLookup::shape(const TableShape &wanted)
{
	for (Shape &known : shapes_)
		if (known.shape == &wanted)
			return known;
	ShapeKey key(wanted);
	shapes_.push_back({&wanted, key, key.fits(table_)});
	return shapes_.back();
}

bool
KeyLookup::may_concern(const RowChange &change)
{
	if (change.before.empty() && change.after.empty())
		return true;
	const Shape &known = shape(*change.shape);
	if (!known.fits)
		return true;
	uint32 number;
	std::span<const uint32> all = numbers();
	auto wanted = [all, &number] { return std::binary_search(all.begin(), all.end(), number); };
	return (known.key.before(change, number) && wanted()) || (known.key.after(change, number) && wanted());
}

KeyPlaces::KeyPlaces(std::span<const uint32> numbers, TimestampTz from, TimestampTz written_after)
	: context_(CurrentMemoryContext)
{
	KeyTables tables;
	if (!tables.open(AccessShareLock))
		return;
	Local<Vector<KeySegment>> all;
	tables.segments(GetActiveSnapshot(), *all);
	for (const KeySegment &segment : *all)
	{
		auto *found = ::new (MemoryContextAlloc(context_, sizeof(Vector<LogRange>)))
			Vector<LogRange>(ContextAllocator<LogRange>(context_));
		Local<SegmentReader> reader(tables, segment, GetActiveSnapshot());
		bool needed = segment.last_changed >= from && segment.last_written > written_after;
		if (needed && !reader->find(numbers, *found))
			continue;
		segments_.push_back(segment);
		found_.push_back(found);
	}
	tables.close();
}

/* One after the other, without those that touch each other. */
static void
unite(Vector<LogRange> &ranges)
{
	std::sort(ranges.begin(), ranges.end(), [](const LogRange &a, const LogRange &b) { return a.from < b.from; });
	std::size_t last = 0;
	for (std::size_t i = 1; i < ranges.size(); i++)
		if (!(ranges[last].to < ranges[i].from))
			ranges[last].to = std::max(ranges[last].to, ranges[i].to);
		else
			ranges[++last] = ranges[i];
	if (!ranges.empty())
		ranges.resize(last + 1);
}

std::span<const LogRange>
KeyPlaces::ranges(TimestampTz month, int32 cluster)
{
	for (const Part &part : parts_)
		if (part.month == month && part.cluster == cluster)
			return {part.ranges->data(), part.ranges->size()};
	auto *ranges = ::new (MemoryContextAlloc(context_, sizeof(Vector<LogRange>)))
		Vector<LogRange>(ContextAllocator<LogRange>(context_));
	/* What lies between the segments, which are in the order of places, and what was found in them. */
	LogPlace covered_to = first_place;
	for (std::size_t i = 0; i < segments_.size(); i++)
	{
		const KeySegment &segment = segments_[i];
		if (segment.month != month || segment.cluster != cluster)
			continue;
		if (covered_to < segment.first)
			ranges->push_back({covered_to, segment.first});
		covered_to = std::max(covered_to, next(segment.last));
		ranges->insert(ranges->end(), found_[i]->begin(), found_[i]->end());
	}
	ranges->push_back({covered_to, last_place});
	unite(*ranges);
	parts_.push_back({month, cluster, ranges});
	return {ranges->data(), ranges->size()};
}

bool
is_within(std::span<const LogRange> ranges, LogPlace place)
{
	auto after = std::upper_bound(ranges.begin(), ranges.end(), place,
								  [](LogPlace wanted, const LogRange &range) { return wanted < range.from; });
	return after != ranges.begin() && place < (after - 1)->to;
}

} // namespace dbeng
