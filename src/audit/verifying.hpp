/*
 * verifying.hpp: the parts of dbeng.verify_audit(): reading the log, and comparing it with the seals.
 */
#pragma once

#include "audit/chunk_digest.hpp"
#include "audit/seals.hpp"

namespace dbeng {

/* What is found. */
struct Verdict
{
	int64 entries = 0;
	int64 broken = 0;
	int64 first_broken = PG_INT64_MAX;
	int64 unsealed = 0;
	const char *problem = nullptr; /* the first one */

	void tell(const char *what)
	{
		if (problem == nullptr)
			problem = what;
	}
	void found_broken(int64 log_id, int64 changes)
	{
		/* One without a change is an entry all the same. */
		broken += std::max<int64>(changes, 1);
		first_broken = std::min(first_broken, log_id);
	}
};

/* A chunk as a hash. */
struct FoundChunk
{
	TimestampTz month;
	int32 cluster;
	LogPlace place;
	int32 changes;
	bool readable;
	Digest digest;
};

/* Months that are asked for. */
struct Period
{
	TimestampTz from = DT_NOBEGIN; /* beginning of the first */
	TimestampTz to = DT_NOEND;	   /* beginning of the last */

	bool has(TimestampTz month) const { return month >= from && month <= to; }
};

/* What all seals together say. */
struct Sealed
{
	Vector<Seal> seals; /* over the months asked for, in the order of the chunks they cover */
	FlatMap<int32, LogPlace> ends;
	Digest head = {};
	int64 last_id = 0;
	TimestampTz sealed_at = 0; /* of the last one over entries */
	bool closed = false;	   /* there are entries of this cluster: no others may come */
	bool expected_found = false;
};
/* The hashes of chunks, sorted by where they belong; what does not fit into work_mem on disk. */
class ChunkSort
{
  public:
	ChunkSort();
	void add(const FoundChunk &chunk);
	void sort() { tuplesort_performsort(sort_); }
	bool next(FoundChunk &chunk);
	void end();

  private:
	enum Column
	{
		month,
		cluster,
		transaction_id,
		log_id,
		changes,
		digest,
		columns
	};

	Tuplesortstate *sort_;
	TupleTableSlot *in_;
	TupleTableSlot *out_;
};

/* The partitions read one after the other, some rows at a time. */
class LogReader
{
  public:
	LogReader(const Period &period, ChunkSort &sort);
	void read(Oid partition);
	void end() { hasher_->free(); }

  private:
	/* A copied row; its values point into it. */
	struct Copy
	{
		HeapTuple tuple;
		FoundChunk found;
		Datum values[log_columns];
		bool nulls[log_columns];
	};

	void take(TupleTableSlot *slot, const AttrNumber *columns);
	void hash();

	static constexpr std::size_t most_rows = 500;
	static constexpr std::size_t most_bytes = 16 * 1024 * 1024;

	const Period &period_;
	ChunkSort &sort_;
	Local<ChunkHasher> hasher_;
	MemoryContext rows_; /* of the copies */
	MemoryContext scratch_;
	std::size_t bytes_ = 0;
	Local<Vector<Copy>> copies_;
};

/* Both lists side by side: seals, and the chunks in their order. */
class Comparison
{
  public:
	Comparison(const Sealed &sealed, Verdict &verdict) : sealed_(sealed), verdict_(verdict) {}
	void add(const FoundChunk &chunk);
	void end();

  private:
	bool is_before(const FoundChunk &chunk) const;
	bool covers(const FoundChunk &chunk) const;
	void begin_seal();
	void add_covered(const FoundChunk &chunk);
	void add_uncovered(const FoundChunk &chunk);
	void end_seal();
	ChunkCheck *find(int64 log_id);
	void note(int64 log_id, int64 changes, const char *what);

	const Seal &seal() const { return sealed_.seals[at_]; }
	long long number() const { return seal().seal_id; }

	const Sealed &sealed_;
	Verdict &verdict_;
	std::size_t at_ = 0;
	/* Of the seal that is compared. */
	bool begun_ = false;
	Local<Sha256> root_;
	Local<Vector<ChunkCheck>> checks_;
	Local<Vector<bool>> seen_;
	Local<Vector<uint32>> by_id_; /* the checks, sorted when the first is not where it is looked for */
	std::size_t next_ = 0;
	int64 chunks_ = 0;
	int64 changes_ = 0;
	int64 lowest_id_ = 0;
	bool unreadable_ = false; /* some chunk is: counted already */
	Verdict suspected_;
};

} // namespace dbeng
