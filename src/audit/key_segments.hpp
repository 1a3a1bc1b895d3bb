/*
 * key_segments.hpp: the index of keys as it is stored, in dbeng_audit.key_segments and dbeng_audit.keys.
 *
 * A segment has the keys of all chunks of one month and one cluster between two places. Neighbouring chunks with few changes
 * are a group: the groups of a segment are numbered, and what is stored is, in order, which key (a number of 32 bits) is in
 * which group. Key and group make one number, of which the differences are kept in as many bits as they need (a Rice code:
 * the lower bits as they are, what is above as so many ones and a zero). A second list says where each group begins.
 *
 * A row of keys has the entries from low on, before high: the first one from 0, the last one to the end. Of the second list,
 * numbers of groups are these, plus the least bigint. So the rows of a segment follow each other without a gap: one that is
 * missing is noticed, and the segment is not believed. All of it is made from the log, and can be made anew.
 */
#pragma once

#include "audit/log_place.hpp"

namespace dbeng {

struct KeySegment
{
	int64 number;
	TimestampTz month; /* its beginning, UTC */
	int32 cluster;
	int32 level; /* how often it was merged */
	LogPlace first;
	LogPlace last; /* the last chunk itself */
	int32 groups;
	int64 entries;
	TimestampTz last_changed; /* the latest of its chunks */
	TimestampTz last_written;
	ItemPointerData place; /* of the row of key_segments */
};

/* A row of dbeng_audit.keys. */
struct KeyRow
{
	int64 low;
	int64 high;
	std::span<const char> packed;
};

/* Where keys are. */
class KeyTables
{
  public:
	/* false: they are not there. Must be closed in the end (an error does it too). */
	bool open(LOCKMODE mode);
	void close();

	/* All that there are, by month, cluster and place. */
	void segments(Snapshot snapshot, Vector<KeySegment> &found) const;
	int64 next_number() const;
	void add(const KeySegment &segment);
	/* With its rows. */
	void remove(const KeySegment &segment, Snapshot snapshot);
	void insert(int64 segment, const KeyRow &row);

	Relation keys() const { return keys_; }
	Relation index() const { return index_; }

  private:
	Relation segments_ = nullptr;
	Relation keys_ = nullptr;
	Relation index_ = nullptr;
	CatalogIndexState indexes_ = nullptr;
};

/* Writes the rows of a segment. */
class SegmentWriter
{
  public:
	SegmentWriter(KeyTables &tables, int64 segment, int32 groups);
	/* In ascending order, each once. */
	void put(uint32 hash, uint32 group);
	/* In ascending order: the first chunk of the next group. */
	void begin_group(LogPlace first);
	/* last: the segment's last chunk. */
	void finish(LogPlace last);
	int64 entries() const { return entries_; }

  private:
	void write_entries(int64 high);
	void add_place(LogPlace place);
	void write_groups();

	KeyTables &tables_;
	int64 segment_;
	int bits_;
	int64 entries_ = 0;
	/* The row of entries that is being made: */
	int64 low_ = 0;
	uint64 previous_ = 0;
	Vector<uint64> differences_;
	/* The row of groups: */
	int64 first_group_ = 0;
	int64 groups_ = 0;
	LogPlace previous_place_;
	Vector<char> places_;
};

/* Reads one. A damaged one says so: what was found in it is not all. */
class SegmentReader
{
  public:
	SegmentReader(const KeyTables &tables, const KeySegment &segment, Snapshot snapshot);

	/* Adds where there may be one of these keys, which ascend; false: it is damaged. */
	bool find(std::span<const uint32> hashes, Vector<LogRange> &ranges);
	/* The next of all entries; false: there are no more, or it is damaged. */
	bool next(uint32 &hash, uint32 &group);
	/* The places where its groups begin, and where the last one ends; false: it is damaged. */
	bool groups(void (*visit)(LogPlace place, void *argument), void *argument);

	bool damaged() const { return damaged_; }
	const KeySegment &segment() const { return segment_; }

  private:
	bool read_row(int64 from, bool exactly, KeyRow &row);
	bool read_entries(int64 from, bool exactly);
	bool find_groups(uint32 hash, Vector<uint32> &groups);
	bool add_ranges(const Vector<uint32> &groups, Vector<LogRange> &ranges);
	bool places(int64 group, bool exactly, int64 &first, Vector<LogPlace> &places);
	bool fail();

	const KeyTables &tables_;
	KeySegment segment_;
	Snapshot snapshot_;
	int bits_;
	Vector<uint64> row_; /* the entries of a row */
	std::size_t at_ = 0;
	int64 low_ = 0; /* of the row, and of the next one */
	int64 high_ = 0;
	bool damaged_ = false;
};

} // namespace dbeng
