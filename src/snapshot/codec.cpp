#include "snapshot/codec.hpp"

namespace dbeng {

void
ByteReader::corrupted()
{
	ereport(ERROR, errcode(ERRCODE_DATA_CORRUPTED), errmsg("a stored snapshot of dbeng is damaged"),
			errdetail("Its bytes end early or say what cannot be."),
			errhint("If somebody wrote to dbeng's tables by hand, restore them; else drop the partition it is in."));
	pg_unreachable();
}

static void
put_value(Bytes &to, Kind kind, int64 value)
{
	if (kind == Kind::gauge)
		put_signed(to, value);
	else
		put_number(to, static_cast<uint64>(value));
}

static int64
read_value(ByteReader &from, Kind kind)
{
	return kind == Kind::gauge ? from.signed_number() : static_cast<int64>(from.number());
}

static uint32
fields_in_use(Family family, const Values &values)
{
	uint32 fields = 0;
	for (int i = 0; i < field_count(family); i++)
		if (values[i] != 0)
			fields |= 1U << i;
	return fields;
}

static void
put_fields(Bytes &to, Family family, uint32 fields, const Values &values)
{
	std::span<const Field> known = fields_of(family);
	for (std::size_t i = 0; i < known.size(); i++)
		if ((fields & (1U << i)) != 0)
			put_value(to, known[i].kind, values.field[i]);
}

static Values
read_fields(ByteReader &from, Family family, uint64 fields)
{
	Values values = {};
	std::span<const Field> known = fields_of(family);
	if ((fields >> known.size()) != 0)
		ByteReader::corrupted();
	for (std::size_t i = 0; i < known.size(); i++)
		if ((fields & (1U << i)) != 0)
			values.field[i] = read_value(from, known[i].kind);
	return values;
}

void
put_image(Bytes &to, Family family, const Values &values)
{
	uint32 fields = fields_in_use(family, values);
	put_number(to, fields);
	put_fields(to, family, fields, values);
}

Values
read_image(ByteReader &from, Family family)
{
	return read_fields(from, family, from.number());
}

void
ChangeList::add(const Change &change)
{
	auto from = static_cast<uint32>(bytes_.size());
	put_number(bytes_,
			   static_cast<uint64>(change.fields) << 2 | (change.gone ? 2U : 0U) | (change.reset != 0 ? 1U : 0U));
	if (change.reset != 0)
		put_number(bytes_, change.reset);
	put_fields(bytes_, family_, change.fields, change.values);
	places_.push_back(Place{change.series, from, static_cast<uint32>(bytes_.size()) - from});
}

static Change
read_change(ByteReader &from, Family family, int32 series)
{
	uint64 head = from.number();
	Change change = {
		.series = series, .fields = static_cast<uint32>(head >> 2), .reset = 0, .gone = (head & 2) != 0, .values = {}};
	if ((head & 1) != 0)
		change.reset = static_cast<uint32>(from.number());
	change.values = read_fields(from, family, head >> 2);
	return change;
}

Change
ChangeList::read(ByteReader &from, int32 series) const
{
	return read_change(from, family_, series);
}

void
ChangeList::store(Bytes &to)
{
	if (places_.empty())
		return;
	std::sort(places_.begin(), places_.end(), [](const Place &a, const Place &b) { return a.series < b.series; });
	Local<Bytes> changes;
	changes->reserve(bytes_.size() + places_.size());
	int32 before = 0;
	for (const Place &place : places_)
	{
		put_number(*changes, static_cast<uint64>(place.series - before));
		before = place.series;
		put_bytes(*changes, {bytes_.data() + place.from, place.length});
	}
	put_number(to, static_cast<uint64>(family_));
	put_number(to, changes->size());
	put_bytes(to, {changes->data(), changes->size()});
}

bool
ChangeReader::next()
{
	if (from_.done())
		return false;
	uint64 series = static_cast<uint64>(change_.series) + from_.number();
	if (series >= most_series)
		ByteReader::corrupted();
	change_ = read_change(from_, family_, static_cast<int32>(series));
	return true;
}

ByteSpan
family_part(ByteSpan snapshot, Family family)
{
	ByteReader from(snapshot);
	while (!from.done())
	{
		uint64 number = from.number();
		std::size_t length = from.count();
		ByteSpan part = from.bytes(length);
		if (number == static_cast<uint64>(family))
			return part;
	}
	return {};
}

void
ChunkWriter::begin(int32 series)
{
	series_ = series;
	fields_ = 0;
	points_.clear();
}

void
ChunkWriter::add(uint32 point, const Values &values, uint32 fields)
{
	if (fields == 0)
		return;
	fields_ |= fields;
	points_.push_back(Point{point, values});
}

void
ChunkWriter::end()
{
	if (points_.empty())
		return;
	put_number(bytes_, static_cast<uint64>(series_ % block_series));
	put_number(bytes_, fields_);
	put_number(bytes_, points_.size());
	uint32 before = 0;
	for (const Point &point : points_)
	{
		put_number(bytes_, point.number - before);
		before = point.number;
	}
	std::span<const Field> known = fields_of(family_);
	Local<Bytes> values;
	for (std::size_t i = 0; i < known.size(); i++)
	{
		if ((fields_ & (1U << i)) == 0)
			continue;
		int64 sum = 0;
		for (const Point &point : points_)
		{
			sum = plus(sum, point.values.field[i]);
			put_value(*values, known[i].kind, point.values.field[i]);
		}
		put_value(bytes_, known[i].kind, sum);
	}
	put_number(bytes_, values->size());
	put_bytes(bytes_, {values->data(), values->size()});
	values->clear();
	values->shrink_to_fit();
}

bool
ChunkReader::next()
{
	if (from_.done())
		return false;
	uint64 series = from_.number();
	if (series >= block_series || block_ < 0 || block_ >= most_series / block_series)
		ByteReader::corrupted();
	series_.series = block_ * block_series + static_cast<int32>(series);
	uint64 fields = from_.number();
	points_.clear();
	std::size_t count = from_.count();
	if (count > most_points)
		ByteReader::corrupted();
	uint32 point = 0;
	for (std::size_t i = 0; i < count; i++)
	{
		uint64 step = from_.number();
		if (step >= most_points || point + step >= most_points)
			ByteReader::corrupted();
		point += static_cast<uint32>(step);
		points_.push_back(point);
	}
	series_.points = {points_.data(), points_.size()};
	series_.sums = read_fields(from_, family_, fields);
	series_.fields = static_cast<uint32>(fields);
	series_.values = from_.bytes(from_.count());
	return true;
}

} // namespace dbeng
