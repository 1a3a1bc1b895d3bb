#include "audit/key_segments.hpp"

#include "audit/audited_table.hpp"
#include "audit/log.hpp"
#include "audit/record.hpp"

namespace dbeng {

namespace {
/* Columns of dbeng_audit.key_segments, in order. */
enum SegmentColumn : AttrNumber
{
	segment_number = 1,
	segment_month,
	segment_cluster,
	segment_level,
	segment_first_transaction,
	segment_first_log_id,
	segment_last_transaction,
	segment_last_log_id,
	segment_groups,
	segment_entries,
	segment_last_changed,
	segment_last_written,
	segment_tables, /* table_id, and of each: */
	segment_changes,
	segment_first_changes,
	segment_last_changes,
	segment_columns = segment_last_changes
};

/* Columns of dbeng_audit.keys, in order. */
enum KeysColumn : AttrNumber
{
	keys_segment = 1,
	keys_low,
	keys_high,
	keys_packed,
	keys_columns = keys_packed
};
} // namespace

/* Four rows fill a page, and none is worth compressing. */
static constexpr std::size_t row_bytes = 1976;

static constexpr int64 no_groups = std::numeric_limits<int64>::min();

bool
KeyTables::open(LOCKMODE mode)
{
	Oid segments = log_table("key_segments");
	Oid keys = log_table("keys");
	if (!OidIsValid(segments) || !OidIsValid(keys))
		return false;
	keys_ = table_open(keys, mode);
	constexpr AttrNumber columns[] = {keys_segment, keys_low};
	Oid index = log_index(keys_, columns);
	if (!OidIsValid(index) || RelationGetDescr(keys_)->natts < keys_columns)
	{
		table_close(keys_, mode);
		return false;
	}
	segments_ = table_open(segments, mode);
	index_ = index_open(index, AccessShareLock);
	if (mode != AccessShareLock)
		indexes_ = CatalogOpenIndexes(keys_);
	return true;
}

void
KeyTables::close()
{
	if (indexes_ != nullptr)
		CatalogCloseIndexes(indexes_);
	index_close(index_, AccessShareLock);
	table_close(segments_, NoLock);
	table_close(keys_, NoLock);
}

static KeySegment
segment_of(HeapTuple tuple, TupleDesc columns)
{
	Datum values[segment_columns];
	bool nulls[segment_columns];
	heap_deform_tuple(tuple, columns, values, nulls);
	auto value = [&values](SegmentColumn column) { return values[column - 1]; };
	auto place = [&value](SegmentColumn transaction, SegmentColumn id) {
		return LogPlace{U64FromFullTransactionId(DatumGetFullTransactionId(value(transaction))),
						DatumGetInt64(value(id))};
	};
	KeySegment segment;
	segment.number = DatumGetInt64(value(segment_number));
	segment.month = DatumGetTimestampTz(value(segment_month));
	segment.cluster = DatumGetInt32(value(segment_cluster));
	segment.level = DatumGetInt32(value(segment_level));
	segment.first = place(segment_first_transaction, segment_first_log_id);
	segment.last = place(segment_last_transaction, segment_last_log_id);
	segment.groups = DatumGetInt32(value(segment_groups));
	segment.entries = DatumGetInt64(value(segment_entries));
	segment.last_changed = DatumGetTimestampTz(value(segment_last_changed));
	segment.last_written = DatumGetTimestampTz(value(segment_last_written));
	segment.place = tuple->t_self;
	return segment;
}

void
KeyTables::segments(Snapshot snapshot, Vector<KeySegment> &found) const
{
	SysScanDesc scan = systable_beginscan(segments_, InvalidOid, false, snapshot, 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
		found.push_back(segment_of(tuple, RelationGetDescr(segments_)));
	systable_endscan(scan);
	std::sort(found.begin(), found.end(),
			  [](const KeySegment &a, const KeySegment &b)
			  {
				  return a.month != b.month		  ? a.month < b.month
						 : a.cluster != b.cluster ? a.cluster < b.cluster
												  : a.first < b.first;
			  });
}

static Datum
array_of(Vector<Datum> &values, Oid type)
{
	int16 length;
	bool by_value;
	char align;
	get_typlenbyvalalign(type, &length, &by_value, &align);
	return PointerGetDatum(
		construct_array(values.data(), static_cast<int>(values.size()), type, length, by_value, align));
}

namespace {
/* The four columns of a segment that tell its counts. */
class CountColumns
{
  public:
	explicit CountColumns(const Datum *values)
	{
		constexpr Oid types[] = {INT4OID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID};
		for (int i = 0; i < 4; i++)
		{
			int16 length;
			bool by_value;
			char align;
			get_typlenbyvalalign(types[i], &length, &by_value, &align);
			deconstruct_array(DatumGetArrayTypeP(values[segment_tables - 1 + i]), types[i], length, by_value, align,
							  &columns_[i], nullptr, &counts_[i]);
		}
	}

	/* Adds what they say, as far as it is whole. */
	void add_to(TableCounts &counts) const
	{
		int n = *std::min_element(std::begin(counts_), std::end(counts_));
		for (int i = 0; i < n; i++)
			counts[DatumGetInt32(columns_[0][i])].add({DatumGetInt64(columns_[1][i]),
													   DatumGetTimestampTz(columns_[2][i]),
													   DatumGetTimestampTz(columns_[3][i])});
	}

  private:
	Datum *columns_[4];
	int counts_[4];
};
} // namespace

template <class Wanted>
static void
count_segments(Relation segments, Snapshot snapshot, TableCounts &counts, Wanted is_wanted)
{
	SysScanDesc scan = systable_beginscan(segments, InvalidOid, false, snapshot, 0, nullptr);
	while (HeapTuple tuple = systable_getnext(scan))
	{
		Datum values[segment_columns];
		bool nulls[segment_columns];
		heap_deform_tuple(tuple, RelationGetDescr(segments), values, nulls);
		if (is_wanted(DatumGetInt64(values[segment_number - 1])))
			CountColumns(values).add_to(counts);
	}
	systable_endscan(scan);
}

void
KeyTables::count(Snapshot snapshot, int64 segment, TableCounts &counts) const
{
	count_segments(segments_, snapshot, counts, [segment](int64 number) { return number == segment; });
}

void
KeyTables::count_all(Snapshot snapshot, TableCounts &counts) const
{
	count_segments(segments_, snapshot, counts, [](int64) { return true; });
}

int64
KeyTables::next_number() const
{
	SysScanDesc scan = systable_beginscan_ordered(keys_, index_, SnapshotSelf, 0, nullptr);
	HeapTuple tuple = systable_getnext_ordered(scan, BackwardScanDirection);
	bool null;
	int64 last =
		HeapTupleIsValid(tuple) ? DatumGetInt64(heap_getattr(tuple, keys_segment, RelationGetDescr(keys_), &null)) : 0;
	systable_endscan_ordered(scan);
	return last + 1;
}

void
KeyTables::add(const KeySegment &segment, const TableCounts &counts)
{
	Datum values[segment_columns];
	bool nulls[segment_columns] = {};
	auto put = [&values](SegmentColumn column, Datum value) { values[column - 1] = value; };
	put(segment_number, Int64GetDatum(segment.number));
	put(segment_month, TimestampTzGetDatum(segment.month));
	put(segment_cluster, Int32GetDatum(segment.cluster));
	put(segment_level, Int32GetDatum(segment.level));
	put(segment_first_transaction, transaction_datum(segment.first.transaction_id));
	put(segment_first_log_id, Int64GetDatum(segment.first.log_id));
	put(segment_last_transaction, transaction_datum(segment.last.transaction_id));
	put(segment_last_log_id, Int64GetDatum(segment.last.log_id));
	put(segment_groups, Int32GetDatum(segment.groups));
	put(segment_entries, Int64GetDatum(segment.entries));
	put(segment_last_changed, TimestampTzGetDatum(segment.last_changed));
	put(segment_last_written, TimestampTzGetDatum(segment.last_written));
	Local<Vector<Datum>> columns[4];
	for (const auto &[table_id, count] : counts)
	{
		columns[0]->push_back(Int32GetDatum(table_id));
		columns[1]->push_back(Int64GetDatum(count.changes));
		columns[2]->push_back(TimestampTzGetDatum(count.first_at));
		columns[3]->push_back(TimestampTzGetDatum(count.last_at));
	}
	put(segment_tables, array_of(*columns[0], INT4OID));
	put(segment_changes, array_of(*columns[1], INT8OID));
	put(segment_first_changes, array_of(*columns[2], TIMESTAMPTZOID));
	put(segment_last_changes, array_of(*columns[3], TIMESTAMPTZOID));
	CatalogTupleInsert(segments_, heap_form_tuple(RelationGetDescr(segments_), values, nulls));
}

void
KeyTables::insert(int64 segment, const KeyRow &row)
{
	Datum values[keys_columns];
	bool nulls[keys_columns] = {};
	auto *packed = static_cast<varlena *>(palloc(row.packed.size() + VARHDRSZ));
	SET_VARSIZE(packed, row.packed.size() + VARHDRSZ);
	memcpy(VARDATA(packed), row.packed.data(), row.packed.size());
	values[keys_segment - 1] = Int64GetDatum(segment);
	values[keys_low - 1] = Int64GetDatum(row.low);
	values[keys_high - 1] = Int64GetDatum(row.high);
	values[keys_packed - 1] = PointerGetDatum(packed);
	HeapTuple tuple = heap_form_tuple(RelationGetDescr(keys_), values, nulls);
	CatalogTupleInsertWithInfo(keys_, tuple, indexes_);
	heap_freetuple(tuple);
	pfree(packed);
}

void
KeyTables::remove(const KeySegment &segment, Snapshot snapshot)
{
	ScanKeyData key;
	ScanKeyInit(&key, keys_segment, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(segment.number));
	SysScanDesc scan = systable_beginscan_ordered(keys_, index_, snapshot, 1, &key);
	while (HeapTuple tuple = systable_getnext_ordered(scan, ForwardScanDirection))
	{
		CHECK_FOR_INTERRUPTS();
		simple_heap_delete(keys_, &tuple->t_self);
	}
	systable_endscan_ordered(scan);
	ItemPointerData place = segment.place;
	simple_heap_delete(segments_, &place);
}

/* Bits that a group's number takes. */
static int
group_bits(int32 groups)
{
	return groups <= 1 ? 0 : pg_leftmost_one_pos32(static_cast<uint32>(groups - 1)) + 1;
}

SegmentWriter::SegmentWriter(KeyTables &tables, int64 segment, int32 groups)
	: tables_(tables), segment_(segment), bits_(group_bits(groups))
{}

/* How many of the lower bits are kept as they are, when so many differences come to that sum. */
static int
plain_bits(std::size_t count, uint64 sum)
{
	uint64 mean = sum / count;
	return mean == 0 ? 0 : pg_leftmost_one_pos64(mean);
}

static std::size_t
bytes_needed(std::size_t count, uint64 sum)
{
	int plain = plain_bits(count, sum);
	return sizeof(uint16) + 1 + (count * static_cast<std::size_t>(plain + 1) + (sum >> plain) + 7) / 8;
}

void
SegmentWriter::put(uint32 hash, uint32 group)
{
	uint64 value = static_cast<uint64>(hash) << bits_ | group;
	/* More than a count of 16 bits never fit. */
	if (!differences_.empty() && bytes_needed(differences_.size() + 1, value - static_cast<uint64>(low_)) > row_bytes)
	{
		write_entries(static_cast<int64>(value));
		low_ = static_cast<int64>(value);
		previous_ = value;
		differences_.clear();
	}
	differences_.push_back(value - previous_);
	previous_ = value;
	entries_++;
}

void
SegmentWriter::write_entries(int64 high)
{
	char bytes[row_bytes + sizeof(uint64)] = {};
	auto count = static_cast<uint16>(differences_.size());
	uint64 sum = 0;
	for (uint64 difference : differences_)
		sum += difference;
	int plain = count == 0 ? 0 : plain_bits(count, sum);
	memcpy(bytes, &count, sizeof count);
	bytes[sizeof count] = static_cast<char>(plain);
	char *bits = bytes + sizeof count + 1;
	std::size_t at = 0;
	auto set = [bits](std::size_t bit) { bits[bit / 8] = static_cast<char>(bits[bit / 8] | 1 << (bit % 8)); };
	for (uint64 difference : differences_)
	{
		for (uint64 above = difference >> plain; above > 0; above--)
			set(at++);
		at++;
		for (int bit = 0; bit < plain; bit++, at++)
			if ((difference >> bit & 1) != 0)
				set(at);
	}
	std::size_t used = sizeof count + 1 + (at + 7) / 8;
	tables_.insert(segment_, {low_, high, {bytes, used}});
}

/* Places in a row: the first one as it is, then what each has more than the one before. */
void
SegmentWriter::add_place(LogPlace place)
{
	char bytes[2 * longest_number];
	char *end = put_number(bytes, place.transaction_id - previous_place_.transaction_id);
	if (place.transaction_id == previous_place_.transaction_id)
		end = put_number(end, static_cast<uint64>(place.log_id) - static_cast<uint64>(previous_place_.log_id));
	else
	{
		/* Another transaction's may be less. */
		int64 more =
			static_cast<int64>(static_cast<uint64>(place.log_id) - static_cast<uint64>(previous_place_.log_id));
		end = put_number(end, static_cast<uint64>(more) << 1 ^ static_cast<uint64>(more >> 63));
	}
	places_.insert(places_.end(), bytes, end);
	previous_place_ = place;
}

void
SegmentWriter::begin_group(LogPlace first)
{
	if (places_.size() + 4 * longest_number > row_bytes)
	{
		/* The last place of a row is the first of the next. */
		add_place(first);
		write_groups();
	}
	add_place(first);
	groups_++;
}

void
SegmentWriter::write_groups()
{
	tables_.insert(segment_, {no_groups + first_group_, no_groups + groups_, {places_.data(), places_.size()}});
	first_group_ = groups_;
	previous_place_ = {};
	places_.clear();
}

void
SegmentWriter::finish(LogPlace last)
{
	write_entries(std::numeric_limits<int64>::max());
	add_place(dbeng::next(last));
	write_groups();
}

SegmentReader::SegmentReader(const KeyTables &tables, const KeySegment &segment, Snapshot snapshot)
	: tables_(tables), segment_(segment), snapshot_(snapshot), bits_(group_bits(segment.groups))
{}

bool
SegmentReader::fail()
{
	damaged_ = true;
	return false;
}

/* The row that has a number, in CurrentMemoryContext; exactly: that begins with it. */
bool
SegmentReader::read_row(int64 from, bool exactly, KeyRow &row)
{
	ScanKeyData keys[2];
	ScanKeyInit(&keys[0], keys_segment, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(segment_.number));
	ScanKeyInit(&keys[1], keys_low, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(from));
	SysScanDesc scan = systable_beginscan_ordered(tables_.keys(), tables_.index(), snapshot_, 2, keys);
	HeapTuple tuple = systable_getnext_ordered(scan, BackwardScanDirection);
	bool good = false;
	if (HeapTupleIsValid(tuple))
	{
		Datum values[keys_columns];
		bool nulls[keys_columns];
		heap_deform_tuple(tuple, RelationGetDescr(tables_.keys()), values, nulls);
		varlena *packed = PG_DETOAST_DATUM_COPY(values[keys_packed - 1]);
		row = {DatumGetInt64(values[keys_low - 1]),
			   DatumGetInt64(values[keys_high - 1]),
			   {VARDATA(packed), VARSIZE(packed) - VARHDRSZ}};
		/* Entries and groups are two lists. */
		good = (exactly ? row.low == from : row.low <= from && from < row.high) && row.low < row.high &&
			   (row.low < 0) == (from < 0);
	}
	systable_endscan_ordered(scan);
	return good || fail();
}

namespace {
/* Bits one after the other; beyond the end zeros. */
class BitReader
{
  public:
	explicit BitReader(std::span<const char> bytes) : bytes_(bytes) {}

	uint64 ones()
	{
		uint64 count = 0;
		while (!at_end())
		{
			uint64 bits = peek();
			int here = std::countr_one(bits);
			at_ += static_cast<std::size_t>(std::min(here, peeked));
			count += static_cast<uint64>(std::min(here, peeked));
			if (here < peeked)
				break;
		}
		at_++;
		return count;
	}

	uint64 take(int count)
	{
		uint64 value = 0;
		for (int taken = 0; taken < count;)
		{
			int now = std::min(count - taken, peeked);
			value |= (peek() & ((uint64{1} << now) - 1)) << taken;
			at_ += static_cast<std::size_t>(now);
			taken += now;
		}
		return value;
	}

	/* Has more been read than there is? */
	bool beyond_end() const { return at_ > bytes_.size() * 8; }

  private:
	/* So many of the bits that peek() returns are there wherever it begins. */
	static constexpr int peeked = 56;

	bool at_end() const { return at_ >= bytes_.size() * 8; }
	uint64 peek() const
	{
		uint64 bits = 0;
		std::size_t byte = at_ / 8;
		if (byte < bytes_.size())
			memcpy(&bits, bytes_.data() + byte, std::min(sizeof bits, bytes_.size() - byte));
		return bits >> (at_ % 8);
	}

	std::span<const char> bytes_;
	std::size_t at_ = 0;
};
} // namespace

/* The entries of the row that has a number, into row_. */
bool
SegmentReader::read_entries(int64 from, bool exactly)
{
	KeyRow row;
	row_.clear();
	at_ = 0;
	if (!read_row(from, exactly, row))
		return false;
	low_ = row.low;
	high_ = row.high;
	uint16 count;
	if (row.packed.size() < sizeof count + 1)
		return fail();
	memcpy(&count, row.packed.data(), sizeof count);
	int plain = static_cast<uint8>(row.packed[sizeof count]);
	if (plain > 62)
		return fail();
	BitReader bits(row.packed.subspan(sizeof count + 1));
	auto value = static_cast<uint64>(row.low);
	for (uint16 i = 0; i < count; i++)
	{
		uint64 above = bits.ones() << plain;
		value += above | bits.take(plain);
		if (bits.beyond_end() || value >= static_cast<uint64>(row.high) ||
			(value & ((uint64{1} << bits_) - 1)) >= static_cast<uint64>(segment_.groups))
			return fail();
		row_.push_back(value);
	}
	pfree(const_cast<char *>(row.packed.data()) - VARHDRSZ);
	return true;
}

bool
SegmentReader::find_groups(uint32 hash, Vector<uint32> &groups)
{
	uint64 from = static_cast<uint64>(hash) << bits_;
	uint64 to = (static_cast<uint64>(hash) + 1) << bits_;
	uint64 mask = (uint64{1} << bits_) - 1;
	/* Keys that are looked for in their order are often in the same row. */
	bool there = !row_.empty() && static_cast<int64>(from) >= low_ && static_cast<int64>(from) < high_;
	if (!there && !read_entries(static_cast<int64>(from), false))
		return false;
	for (;;)
	{
		for (auto entry = std::lower_bound(row_.begin(), row_.end(), from); entry != row_.end() && *entry < to; ++entry)
			groups.push_back(static_cast<uint32>(*entry & mask));
		if (high_ == std::numeric_limits<int64>::max() || static_cast<uint64>(high_) >= to)
			return true;
		CHECK_FOR_INTERRUPTS();
		if (!read_entries(high_, true))
			return false;
	}
}

/* The places in the row that has a group: where the groups from first on begin, and where the last of them ends. */
bool
SegmentReader::places(int64 group, bool exactly, int64 &first, Vector<LogPlace> &places)
{
	KeyRow row;
	places.clear();
	if (!read_row(no_groups + group, exactly, row))
		return false;
	first = row.low - no_groups;
	const char *at = row.packed.data();
	const char *end = at + row.packed.size();
	auto number = [&at, end]
	{
		uint64 value = 0;
		for (int shift = 0; shift < 64 && at < end; shift += 7)
		{
			auto byte = static_cast<uint8>(*at++);
			value |= static_cast<uint64>(byte & 0x7F) << shift;
			if ((byte & 0x80) == 0)
				break;
		}
		return value;
	};
	LogPlace place;
	while (at < end)
	{
		uint64 transactions = number();
		uint64 ids = number();
		place.transaction_id += transactions;
		place.log_id =
			static_cast<int64>(static_cast<uint64>(place.log_id) + (transactions == 0 ? ids : ids >> 1 ^ -(ids & 1)));
		places.push_back(place);
	}
	pfree(const_cast<char *>(row.packed.data()) - VARHDRSZ);
	return static_cast<int64>(places.size()) == row.high - row.low + 1 || fail();
}

bool
SegmentReader::add_ranges(const Vector<uint32> &groups, Vector<LogRange> &ranges)
{
	Local<Vector<LogPlace>> known;
	int64 first = 0;
	for (uint32 group : groups)
	{
		if ((known->empty() || group < first || group - first + 1 >= static_cast<int64>(known->size())) &&
			!places(group, false, first, *known))
			return false;
		auto at = static_cast<std::size_t>(group - first);
		ranges.push_back({(*known)[at], (*known)[at + 1]});
	}
	return true;
}

bool
SegmentReader::find(std::span<const uint32> hashes, Vector<LogRange> &ranges)
{
	Local<Vector<uint32>> groups;
	for (uint32 hash : hashes)
	{
		CHECK_FOR_INTERRUPTS();
		if (!find_groups(hash, *groups))
			return false;
	}
	std::sort(groups->begin(), groups->end());
	groups->erase(std::unique(groups->begin(), groups->end()), groups->end());
	return add_ranges(*groups, ranges);
}

bool
SegmentReader::next(uint32 &hash, uint32 &group)
{
	while (at_ == row_.size())
	{
		CHECK_FOR_INTERRUPTS();
		if (high_ == std::numeric_limits<int64>::max() || !read_entries(high_, true))
			return false;
	}
	uint64 value = row_[at_++];
	hash = static_cast<uint32>(value >> bits_);
	group = static_cast<uint32>(value & ((uint64{1} << bits_) - 1));
	return true;
}

bool
SegmentReader::groups(void (*visit)(LogPlace place, void *argument), void *argument)
{
	Local<Vector<LogPlace>> row;
	for (int64 first = 0; first < segment_.groups;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!places(first, true, first, *row))
			return false;
		bool last = first + static_cast<int64>(row->size()) - 1 == segment_.groups;
		for (std::size_t i = 0; i + (last ? 0 : 1) < row->size(); i++)
			visit((*row)[i], argument);
		first += static_cast<int64>(row->size()) - 1;
	}
	return true;
}

} // namespace dbeng
