/*
 * codec.hpp: the bytes of a snapshot.
 *
 * Numbers are stored in seven-bit groups, lowest first, so that small ones
 * take one byte; signed ones are folded (0, -1, 1, -2 …) before.
 *
 *	image    what a series' fields are now: the set of fields that are not zero, then each of them
 *	change   what became of a series since the snapshot before: flags and fields, then each of them
 *	chunk    the changes of up to eight series over a stretch of time, field by field
 *
 * What is read comes out of tables that their owner can write to: every read
 * is checked.
 */
#pragma once

#include "snapshot/family.hpp"

namespace dbeng {

using Bytes = Vector<uint8>;
using ByteSpan = std::span<const uint8>;

/* Sums and differences of what was stored: damaged bytes give nonsense, not undefined behaviour. */
inline int64
plus(int64 a, int64 b)
{
	return static_cast<int64>(static_cast<uint64>(a) + static_cast<uint64>(b));
}

inline int64
minus(int64 a, int64 b)
{
	return static_cast<int64>(static_cast<uint64>(a) - static_cast<uint64>(b));
}

inline void
put_number(Bytes &to, uint64 value)
{
	while (value >= 0x80)
	{
		to.push_back(static_cast<uint8>(value | 0x80));
		value >>= 7;
	}
	to.push_back(static_cast<uint8>(value));
}

inline uint64
folded(int64 value)
{
	return (static_cast<uint64>(value) << 1) ^ static_cast<uint64>(value >> 63);
}

inline void
put_signed(Bytes &to, int64 value)
{
	put_number(to, folded(value));
}

inline void
put_bytes(Bytes &to, ByteSpan bytes)
{
	to.insert(to.end(), bytes.begin(), bytes.end());
}

class ByteReader
{
  public:
	explicit ByteReader(ByteSpan bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

	bool done() const { return at_ == end_; }
	const uint8 *position() const { return at_; }
	std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

	uint64 number()
	{
		uint64 value = 0;
		for (int shift = 0; shift < 64; shift += 7)
		{
			if (at_ == end_)
				corrupted();
			uint8 byte = *at_++;
			value |= static_cast<uint64>(byte & 0x7f) << shift;
			if ((byte & 0x80) == 0)
				return value;
		}
		corrupted();
	}
	int64 signed_number()
	{
		uint64 value = number();
		return static_cast<int64>(value >> 1) ^ -static_cast<int64>(value & 1);
	}
	/* A number that counts what must still be there: one byte each at least. */
	std::size_t count()
	{
		uint64 value = number();
		if (value > left())
			corrupted();
		return static_cast<std::size_t>(value);
	}
	ByteSpan bytes(std::size_t length)
	{
		if (length > left())
			corrupted();
		at_ += length;
		return {at_ - length, length};
	}

	[[noreturn]] static void corrupted();

  private:
	const uint8 *at_;
	const uint8 *end_;
};

/* All fields of one series; those its family does not have stay zero. */
struct Values
{
	int64 field[most_fields];

	int64 &operator[](int i) { return field[i]; }
	int64 operator[](int i) const { return field[i]; }
};

void put_image(Bytes &to, Family family, const Values &values);
Values read_image(ByteReader &from, Family family);

struct Change
{
	int32 series;
	uint32 fields; /* that changed */
	uint32 reset;  /* counters among all fields that had begun anew: theirs is what they count since */
	bool gone;	   /* it is no more */
	Values values;

	/* Makes of what the series stood at what it stands at now. */
	void apply(Values &to) const
	{
		for (int i = 0; i < most_fields; i++)
			to[i] = plus((reset & (1U << i)) != 0 ? 0 : to[i], values[i]);
	}
};

/* The changes of one family in one snapshot, in any order; stored by series. */
class ChangeList
{
  public:
	explicit ChangeList(Family family) : family_(family) {}

	Family family() const { return family_; }
	void add(const Change &change);
	bool empty() const { return places_.empty(); }
	std::size_t size() const { return places_.size(); }
	/* Appends family, length, changes. */
	void store(Bytes &to);
	/* Calls visit(const Change &) for each, in the order they were added. */
	template <class Visit>
	void each(Visit visit) const
	{
		for (const Place &place : places_)
		{
			ByteReader from({bytes_.data() + place.from, place.length});
			visit(read(from, place.series));
		}
	}

  private:
	struct Place
	{
		int32 series;
		uint32 from;
		uint32 length;
	};

	Change read(ByteReader &from, int32 series) const;

	Family family_;
	Vector<Place> places_;
	Bytes bytes_;
};

/* The changes of one family of a stored snapshot, by series. */
class ChangeReader
{
  public:
	ChangeReader(Family family, ByteSpan bytes) : family_(family), from_(bytes) {}

	bool next();
	const Change &change() const { return change_; }

  private:
	Family family_;
	ByteReader from_;
	Change change_ = {};
};

/* The part of a stored snapshot that a family has; empty without. */
ByteSpan family_part(ByteSpan snapshot, Family family);

/*
 * A chunk: one block of series over a period with numbered points (snapshots
 * of an hour, slots of a day). For each series that changed: which points it
 * changed at, for each field its sum, then its value at each of those points.
 */
struct ChunkSeries
{
	int32 series;
	uint32 fields;
	std::span<const uint32> points;
	Values sums;
	ByteSpan values; /* field by field, point by point; see each_value() */
};

/* A chunk has fewer: snapshots of an hour that are put away at once, slots of a day. */
inline constexpr std::size_t most_points = 512;

class ChunkWriter
{
  public:
	explicit ChunkWriter(Family family) : family_(family) {}

	/* Points of one series in rising order; series in rising order. */
	void begin(int32 series);
	void add(uint32 point, const Values &values, uint32 fields);
	void end();
	bool empty() const { return bytes_.empty(); }
	ByteSpan bytes() const { return {bytes_.data(), bytes_.size()}; }
	void clear() { bytes_.clear(); }

  private:
	struct Point
	{
		uint32 number;
		Values values;
	};

	Family family_;
	int32 series_ = 0;
	uint32 fields_ = 0;
	Vector<Point> points_;
	Bytes bytes_;
};

class ChunkReader
{
  public:
	ChunkReader(Family family, int32 block, ByteSpan bytes) : family_(family), block_(block), from_(bytes) {}

	bool next();
	const ChunkSeries &series() const { return series_; }

	/* Calls visit(point, values) for each point of the series at hand. */
	template <class Visit>
	void each_point(Visit visit) const
	{
		Local<Vector<Values>> values;
		values->resize(series_.points.size(), Values{});
		ByteReader from(series_.values);
		for (int i = 0; i < field_count(family_); i++)
			if ((series_.fields & (1U << i)) != 0)
				for (Values &at : *values)
					at[i] = fields_of(family_)[static_cast<std::size_t>(i)].kind == Kind::gauge
								? from.signed_number()
								: static_cast<int64>(from.number());
		for (std::size_t i = 0; i < values->size(); i++)
			visit(series_.points[i], (*values)[i]);
	}

  private:
	Family family_;
	int32 block_;
	ByteReader from_;
	ChunkSeries series_ = {};
	Vector<uint32> points_;
};

inline int32
block_of(int32 series)
{
	return series / block_series;
}

} // namespace dbeng
