/*
 * key_lookup.hpp: where changes of keys are found in the log, by what the index of keys (key_segments.hpp) says.
 *
 * What it does not cover, because it is not sealed yet or because the index was lost, is read: so a
 * missing index costs time and never an entry.
 */
#pragma once

#include "audit/key_hash.hpp"
#include "audit/key_segments.hpp"

namespace dbeng {

/* What is asked of one table: some of its keys, or everything. */
class KeyLookup
{
  public:
	/* Everything that names no key: it may concern all rows. Of a table without a key that is all there is. */
	explicit KeyLookup(PresentTable &table);
	/* Also the rows of a key that the table has now; false: they are. */
	bool add(RowKey key);
	bool has(RowKey key);

	/* May it be a change of one of these rows? It has to be one of the table. */
	bool may_concern(const RowChange &change);
	/* Ascending. */
	std::span<const uint32> numbers();

  private:
	struct Shape
	{
		const TableShape *shape;
		ShapeKey key;
		bool fits;
	};

	Shape &shape(const TableShape &shape);

	PresentTable &table_;
	Vector<uint32> numbers_;
	bool sorted_ = false;
	Vector<Shape> shapes_;
};

/* In which places of the log that is to be looked for. */
class KeyPlaces
{
  public:
	/* Chunks that no transaction of after from wrote, or that were not written after written_after, may be left out. */
	KeyPlaces(std::span<const uint32> numbers, TimestampTz from, TimestampTz written_after);

	/* Of a month and a cluster, in order and apart from each other. */
	std::span<const LogRange> ranges(TimestampTz month, int32 cluster);

  private:
	struct Part
	{
		TimestampTz month;
		int32 cluster;
		Vector<LogRange> *ranges;
	};

	MemoryContext context_;
	Vector<KeySegment> segments_;
	/* What was found in them, by the same order. */
	Vector<Vector<LogRange> *> found_;
	Vector<Part> parts_;
};

/* Is it in one of them? */
bool is_within(std::span<const LogRange> ranges, LogPlace place);

} // namespace dbeng
