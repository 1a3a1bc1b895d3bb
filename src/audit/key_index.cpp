#include "audit/key_index.hpp"

#include "audit/chunk_scan.hpp"
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"

namespace dbeng {

/* Chunks of so many changes stand for themselves; smaller neighbours are found, and read, together. */
static constexpr int64 changes_of_group = 16;

KeyCollector::KeyCollector(MemoryContext context)
	: scratch_(AllocSetContextCreate(context, "dbeng keys of a chunk", ALLOCSET_SMALL_SIZES)),
	  entries_(ContextAllocator<uint64>(context)), groups_(ContextAllocator<LogPlace>(context)),
	  shapes_(ContextAllocator<Shape>(context))
{}

void
KeyCollector::end_chunk()
{
	if (unread_)
		put(unreadable_mark());
	unread_ = false;
}

void
KeyCollector::add(const SealedChunk &chunk)
{
	end_chunk();
	if (!groups_.empty() && (chunk.cluster != last_.cluster || !(last_.place < chunk.place)))
		elog(ERROR, "chunks of the audit log are indexed in another order than theirs");
	if (groups_.empty() || group_changes_ >= changes_of_group)
	{
		groups_.push_back(chunk.place);
		group_changes_ = 0;
	}
	last_ = chunk;
	last_changed_ = std::max(last_changed_, chunk.changed_at);
	last_written_ = std::max(last_written_, chunk.written_at);
	unread_ = true;
}

KeyCollector::Shape &
KeyCollector::shape(const TableShape &wanted)
{
	if (latest_ < shapes_.size() && shapes_[latest_].shape == &wanted)
		return shapes_[latest_];
	for (latest_ = 0; latest_ < shapes_.size(); latest_++)
		if (shapes_[latest_].shape == &wanted)
			return shapes_[latest_];
	shapes_.push_back({&wanted, ShapeKey(wanted), -1});
	return shapes_.back();
}

void
KeyCollector::add_changes(RowChangeReader &reader)
{
	RowChange change;
	MemoryContext caller = MemoryContextSwitchTo(scratch_);
	auto group = static_cast<int64>(groups_.size()) - 1;
	while (reader.next(change))
	{
		changes_++;
		group_changes_++;
		if (change.before.empty() && change.after.empty())
		{
			put(table_mark(change.table_id));
			continue;
		}
		Shape &of = shape(*change.shape);
		if (of.marked_group != group)
			put(shape_mark(change.table_id, change.shape->hash));
		of.marked_group = group;
		if (!of.key.hashed())
			continue;
		uint32 before = 0;
		uint32 after;
		bool had = of.key.before(change, before);
		if (had)
			put(before);
		if (of.key.after(change, after) && !(had && after == before))
			put(after);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch_);
	unread_ = false;
}

void
KeyCollector::write(TimestampTz month)
{
	KeyTables tables;
	if (groups_.empty() || !tables.open(RowExclusiveLock))
		return;
	end_chunk();
	std::sort(entries_.begin(), entries_.end());
	entries_.erase(std::unique(entries_.begin(), entries_.end()), entries_.end());

	KeySegment segment = {};
	segment.number = tables.next_number();
	segment.month = month;
	segment.cluster = last_.cluster;
	segment.first = groups_.front();
	segment.last = last_.place;
	segment.groups = static_cast<int32>(groups_.size());
	segment.last_changed = last_changed_;
	segment.last_written = last_written_;
	Local<SegmentWriter> writer(tables, segment.number, segment.groups);
	for (LogPlace group : groups_)
		writer->begin_group(group);
	for (uint64 entry : entries_)
		writer->put(static_cast<uint32>(entry >> 32), static_cast<uint32>(entry));
	writer->finish(segment.last);
	segment.entries = writer->entries();
	tables.add(segment);
	tables.close();
}

/*
 * In the present month so many of a level are made one of the next. Large ones wait for more: what a merge leaves behind is
 * as large as what it makes, and to ask some more of them costs little.
 */
static constexpr std::size_t fan_in = 8;
static constexpr std::size_t large_fan_in = 32;
static constexpr int64 large_entries = 500000;

/* The number of a group and its bits stay below what a bigint has beside a key. */
static constexpr int64 most_groups = 1 << 30;

namespace {
/* The entries of several segments, in one order. */
class MergedEntries
{
  public:
	explicit MergedEntries(std::span<SegmentReader *const> readers);
	bool next(uint32 &hash, uint32 &group);

  private:
	struct Head
	{
		uint64 entry;
		std::size_t reader;

		bool operator<(const Head &other) const { return entry > other.entry; }
	};

	void take(std::size_t reader);

	std::span<SegmentReader *const> readers_;
	Vector<uint32> first_groups_;
	Vector<Head> heads_; /* a heap, the least on top */
};
} // namespace

MergedEntries::MergedEntries(std::span<SegmentReader *const> readers) : readers_(readers)
{
	uint32 groups = 0;
	for (const SegmentReader *reader : readers)
	{
		first_groups_.push_back(groups);
		groups += static_cast<uint32>(reader->segment().groups);
	}
	for (std::size_t i = 0; i < readers.size(); i++)
		take(i);
}

void
MergedEntries::take(std::size_t reader)
{
	uint32 hash;
	uint32 group;
	if (!readers_[reader]->next(hash, group))
		return;
	heads_.push_back({static_cast<uint64>(hash) << 32 | (first_groups_[reader] + group), reader});
	std::push_heap(heads_.begin(), heads_.end());
}

bool
MergedEntries::next(uint32 &hash, uint32 &group)
{
	if (heads_.empty())
		return false;
	std::pop_heap(heads_.begin(), heads_.end());
	Head least = heads_.back();
	heads_.pop_back();
	hash = static_cast<uint32>(least.entry >> 32);
	group = static_cast<uint32>(least.entry);
	take(least.reader);
	return true;
}

static bool
is_whole(const KeyTables &tables, const KeySegment &segment, Snapshot snapshot)
{
	Local<SegmentReader> reader(tables, segment, snapshot);
	uint32 hash;
	uint32 group;
	int64 entries = 0;
	while (reader->next(hash, group))
		entries++;
	int64 places = 0;
	auto count = [](LogPlace, void *argument) { ++*static_cast<int64 *>(argument); };
	return !reader->damaged() && reader->groups(count, &places) && entries == segment.entries;
}

/* One segment of several that follow each other. */
static void
merge(KeyTables &tables, std::span<const KeySegment> segments, Snapshot snapshot)
{
	Local<Vector<SegmentReader *>> readers;
	KeySegment merged = segments.front();
	merged.number = tables.next_number();
	merged.last = segments.back().last;
	merged.groups = 0;
	for (const KeySegment &segment : segments)
	{
		auto *place = static_cast<SegmentReader *>(palloc(sizeof(SegmentReader)));
		readers->push_back(::new (static_cast<void *>(place)) SegmentReader(tables, segment, snapshot));
		merged.level = std::max(merged.level, segment.level);
		merged.groups += segment.groups;
		merged.last_changed = std::max(merged.last_changed, segment.last_changed);
		merged.last_written = std::max(merged.last_written, segment.last_written);
	}
	merged.level++;
	Local<SegmentWriter> writer(tables, merged.number, merged.groups);
	for (SegmentReader *reader : *readers)
	{
		/* Where its last group ends the next segment's first one begins, or the whole ends. */
		struct Groups
		{
			SegmentWriter &writer;
			int32 left;
		} groups = {*writer, reader->segment().groups};
		reader->groups(
			[](LogPlace place, void *argument)
			{
				auto &all = *static_cast<Groups *>(argument);
				if (all.left-- > 0)
					all.writer.begin_group(place);
			},
			&groups);
	}
	Local<MergedEntries> entries(std::span<SegmentReader *const>(readers->data(), readers->size()));
	uint32 hash;
	uint32 group;
	while (entries->next(hash, group))
		writer->put(hash, group);
	writer->finish(merged.last);
	merged.entries = writer->entries();
	for (const KeySegment &segment : segments)
		tables.remove(segment, snapshot);
	tables.add(merged);
}

/* Are there chunks between them that neither of them has? What lies between two is final. */
static bool
is_gap(const KeySegment &before, const KeySegment &after)
{
	return has_chunks(before.month, before.cluster, {next(before.last), after.first});
}

static bool
is_large(const KeySegment &segment)
{
	return segment.entries >= large_entries;
}

/* Segments of one month and cluster that can be made one: neighbours without a gap, from the first one on. */
static std::size_t
neighbours(std::span<const KeySegment> segments, bool of_one_level)
{
	auto alike = [&segments](const KeySegment &next)
	{ return next.level == segments[0].level && is_large(next) == is_large(segments[0]); };
	int64 groups = segments[0].groups;
	std::size_t count = 1;
	for (; count < segments.size(); count++)
	{
		const KeySegment &next = segments[count];
		groups += next.groups;
		if (next.month != segments[0].month || next.cluster != segments[0].cluster || groups > most_groups ||
			(of_one_level && !alike(next)) || is_gap(segments[count - 1], next))
			break;
	}
	return count;
}

/* A month that is over becomes one, unless all but one of its segments are a small part. */
static bool
are_worth_it(std::span<const KeySegment> segments)
{
	int64 all = 0;
	int64 most = 0;
	for (const KeySegment &segment : segments)
	{
		all += segment.entries;
		most = std::max(most, segment.entries);
	}
	return segments.size() >= fan_in || (segments.size() > 1 && (all - most) >= all / 8);
}

/* The next ones to be made one; empty: none. */
static std::span<const KeySegment>
next_to_merge(std::span<const KeySegment> segments)
{
	TimestampTz now = GetCurrentTimestamp();
	for (std::size_t i = 0; i < segments.size();)
	{
		bool over = next_month(segments[i].month) + USECS_PER_DAY < now;
		std::size_t count = neighbours(segments.subspan(i), !over);
		std::span<const KeySegment> found = segments.subspan(i, count);
		if (over ? are_worth_it(found) : count >= (is_large(found.front()) ? large_fan_in : fan_in))
			return found;
		i += count;
	}
	return {};
}

static bool
merge_some()
{
	KeyTables tables;
	if (!tables.open(RowExclusiveLock))
		return false;
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng merging of keys", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	Snapshot snapshot = GetActiveSnapshot();
	Local<Vector<KeySegment>> segments;
	tables.segments(snapshot, *segments);
	std::span<const KeySegment> found = next_to_merge({segments->data(), segments->size()});
	/* What is damaged is of no use: its chunks are read then. */
	bool whole = true;
	for (const KeySegment &segment : found)
		if (!is_whole(tables, segment, snapshot))
		{
			tables.remove(segment, snapshot);
			whole = false;
		}
	if (whole && !found.empty())
		merge(tables, found, snapshot);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	PopActiveSnapshot();
	tables.close();
	return !found.empty();
}

void
merge_key_segments()
{
	/* Another session that seals merges, too. */
	Oid seals = audit_log().seals;
	if (!OidIsValid(seals) || !ConditionalLockRelationOid(seals, ShareRowExclusiveLock))
		return;
	while (merge_some())
		CHECK_FOR_INTERRUPTS();
}

/* Removes those that is_unwanted(tables, segment) says yes of. */
template <class Unwanted>
static void
remove_segments(Unwanted is_unwanted)
{
	KeyTables tables;
	if (!tables.open(RowExclusiveLock))
		return;
	CommandCounterIncrement();
	PushActiveSnapshot(GetLatestSnapshot());
	Local<Vector<KeySegment>> segments;
	tables.segments(GetActiveSnapshot(), *segments);
	for (const KeySegment &segment : *segments)
		if (is_unwanted(tables, segment))
			tables.remove(segment, GetActiveSnapshot());
	PopActiveSnapshot();
	tables.close();
}

void
drop_damaged_segments()
{
	remove_segments([](const KeyTables &tables, const KeySegment &segment)
					{ return !is_whole(tables, segment, GetActiveSnapshot()); });
}

void
drop_key_segments(TimestampTz month)
{
	remove_segments([month](const KeyTables &, const KeySegment &segment) { return segment.month == month; });
}

} // namespace dbeng
