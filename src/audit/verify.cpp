/*
 * verify.cpp: is the log as it was sealed?
 *
 * It trusts no index and no order: the partitions are read from their first
 * page to their last, each chunk becomes a hash, the hashes are sorted into
 * the order of the seals, and both lists are gone through side by side. A
 * chunk that nobody can read is an answer, too, and no error.
 */
#include "audit/chunk_digest.hpp"
#include "audit/log_partitions.hpp"
#include "audit/reading.hpp"
#include "audit/seals.hpp"
#include "core/access.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/rows.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
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
} // namespace

static const char *
numbers(int64 from, int64 to)
{
	return from == to ? format("seal %lld is missing", static_cast<long long>(from))
					  : format("seals %lld to %lld are missing", static_cast<long long>(from), static_cast<long long>(to));
}

/* Reads the chain from end to end. */
static void
read_seals(const Period &period, const Digest *expected, Sealed &sealed, Verdict &verdict)
{
	Local<Sha256> hash;
	Local<FlatMap<TimestampTz, int64>> dropped;
	each_seal(
		[&](const Seal &seal)
		{
			if (seal.seal_id != sealed.last_id + 1)
				verdict.tell(seal.seal_id > sealed.last_id
								 ? numbers(sealed.last_id + 1, seal.seal_id - 1)
								 : format("there are several seals %lld", static_cast<long long>(seal.seal_id)));
			else if (!(digest_after(*hash, sealed.head, seal) == seal.digest))
				verdict.tell(format("seal %lld is not what it was when it was made", static_cast<long long>(seal.seal_id)));
			sealed.last_id = seal.seal_id;
			sealed.head = seal.digest;
			sealed.expected_found |= expected != nullptr && *expected == seal.digest;
			if (seal.kind == SealKind::dropped)
			{
				(*dropped)[seal.month] = seal.seal_id;
				return;
			}
			LogPlace &end = sealed.ends[seal.cluster];
			if (end < seal.to)
				end = seal.to;
			sealed.sealed_at = seal.sealed_at;
			sealed.closed = seal.cluster == cluster_number() && seal.log == audit_log().log;
			if (period.has(seal.month))
				sealed.seals.push_back(seal);
		});
	hash->free();
	auto gone = [&dropped](const Seal &seal)
	{
		auto found = dropped->find(seal.month);
		return found != dropped->end() && found->second > seal.seal_id;
	};
	sealed.seals.erase(std::remove_if(sealed.seals.begin(), sealed.seals.end(), gone), sealed.seals.end());
	std::sort(sealed.seals.begin(), sealed.seals.end(),
			  [](const Seal &a, const Seal &b)
			  {
				  if (a.month != b.month || a.cluster != b.cluster)
					  return std::pair(a.month, a.cluster) < std::pair(b.month, b.cluster);
				  return a.to < b.to;
			  });
}

namespace {
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
	TupleTableSlot *slot_;
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
} // namespace

ChunkSort::ChunkSort()
{
	TupleDesc descriptor = CreateTemplateTupleDesc(columns);
	for (auto [column, type] : {std::pair(month, INT8OID), std::pair(cluster, INT4OID), std::pair(transaction_id, INT8OID),
								std::pair(log_id, INT8OID), std::pair(changes, INT4OID), std::pair(digest, BYTEAOID)})
		TupleDescInitEntry(descriptor, static_cast<AttrNumber>(column + 1), nullptr, static_cast<Oid>(type), -1, 0);
	AttrNumber keys[] = {month + 1, cluster + 1, transaction_id + 1, log_id + 1};
	Oid operators[] = {Int8LessOperator, Int4LessOperator, Int8LessOperator, Int8LessOperator};
	Oid collations[] = {InvalidOid, InvalidOid, InvalidOid, InvalidOid};
	bool nulls_first[] = {false, false, false, false};
	sort_ = tuplesort_begin_heap(descriptor, 4, keys, operators, collations, nulls_first, work_mem, nullptr,
								 TUPLESORT_NONE);
	slot_ = MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
}

void
ChunkSort::add(const FoundChunk &chunk)
{
	struct
	{
		int32 header;
		Digest digest;
	} bytes = {0, chunk.digest};
	SET_VARSIZE(&bytes, VARHDRSZ + sizeof bytes.digest);
	Datum values[columns];
	bool nulls[columns] = {};
	values[month] = Int64GetDatum(chunk.month);
	values[cluster] = Int32GetDatum(chunk.cluster);
	values[transaction_id] = Int64GetDatum(static_cast<int64>(chunk.place.transaction_id));
	values[log_id] = Int64GetDatum(chunk.place.log_id);
	values[changes] = Int32GetDatum(chunk.changes);
	values[digest] = PointerGetDatum(&bytes);
	nulls[digest] = !chunk.readable;
	MinimalTuple tuple = heap_form_minimal_tuple(slot_->tts_tupleDescriptor, values, nulls);
	ExecStoreMinimalTuple(tuple, slot_, true);
	tuplesort_puttupleslot(sort_, slot_);
	/* The tuple is the caller's memory. */
	ExecClearTuple(slot_);
}

bool
ChunkSort::next(FoundChunk &chunk)
{
	if (!tuplesort_gettupleslot(sort_, true, false, slot_, nullptr))
		return false;
	slot_getallattrs(slot_);
	const Datum *values = slot_->tts_values;
	chunk.month = DatumGetInt64(values[month]);
	chunk.cluster = DatumGetInt32(values[cluster]);
	chunk.place = {static_cast<uint64>(DatumGetInt64(values[transaction_id])), DatumGetInt64(values[log_id])};
	chunk.changes = DatumGetInt32(values[changes]);
	chunk.readable = !slot_->tts_isnull[digest];
	chunk.digest = {};
	if (chunk.readable)
		memcpy(chunk.digest.bytes, VARDATA_ANY(DatumGetPointer(values[digest])), sizeof chunk.digest.bytes);
	return true;
}

void
ChunkSort::end()
{
	ExecDropSingleTupleTableSlot(slot_);
	tuplesort_end(sort_);
}

LogReader::LogReader(const Period &period, ChunkSort &sort)
	: period_(period), sort_(sort),
	  rows_(AllocSetContextCreate(CurrentMemoryContext, "dbeng verified rows", ALLOCSET_DEFAULT_SIZES)),
	  scratch_(AllocSetContextCreate(CurrentMemoryContext, "dbeng verified chunk", ALLOCSET_DEFAULT_SIZES))
{}

/* Keeps a row, if it is of the period. */
void
LogReader::take(TupleTableSlot *slot, const AttrNumber *columns)
{
	bool null;
	Datum at = slot_getattr(slot, columns[log_changed_at - 1], &null);
	TimestampTz month = null ? DT_NOBEGIN : month_begin(DatumGetTimestampTz(at));
	if (!null && !period_.has(month))
		return;
	MemoryContext caller = MemoryContextSwitchTo(rows_);
	Copy copy = {};
	copy.tuple = ExecCopySlotHeapTuple(slot);
	for (std::size_t i = 0; i < log_columns; i++)
		copy.values[i] = heap_getattr(copy.tuple, columns[i], slot->tts_tupleDescriptor, &copy.nulls[i]);
	MemoryContextSwitchTo(caller);
	auto number = [&copy](LogColumn column) { return copy.nulls[column - 1] ? Datum{0} : copy.values[column - 1]; };
	copy.found.month = month;
	copy.found.cluster = DatumGetInt32(number(log_cluster));
	copy.found.place = {U64FromFullTransactionId(DatumGetFullTransactionId(number(log_xid))),
						DatumGetInt64(number(log_id))};
	copy.found.changes = DatumGetInt32(number(log_changes));
	bytes_ += copy.tuple->t_len;
	copies_->push_back(copy);
	if (bytes_ >= most_bytes || copies_->size() >= most_rows)
		hash();
}

/* What is kept, into the sort. */
void
LogReader::hash()
{
	MemoryContext caller = MemoryContextSwitchTo(scratch_);
	auto one = [this](Copy &copy)
	{
		copy.found.digest = hasher_->of(copy.values, copy.nulls);
		copy.found.readable = true;
		MemoryContextReset(scratch_);
	};
	/* A subtransaction costs more than many a chunk: so there is one for each only where one fails. */
	Refusal refusal = attempted(
		[&]
		{
			for (Copy &copy : *copies_)
				one(copy);
		});
	for (Copy &copy : *copies_)
	{
		CHECK_FOR_INTERRUPTS();
		if (refusal.code != 0)
		{
			copy.found.readable = false;
			(void) attempted([&] { one(copy); });
		}
		sort_.add(copy.found);
	}
	copies_->clear();
	bytes_ = 0;
	MemoryContextSwitchTo(caller);
	MemoryContextReset(scratch_);
	MemoryContextReset(rows_);
}

void
LogReader::read(Oid oid)
{
	Relation partition = try_table_open(oid, AccessShareLock);
	if (partition == nullptr)
		return;
	AttrNumber columns[log_columns];
	find_log_columns(partition, columns);
	TupleTableSlot *slot = table_slot_create(partition, nullptr);
	TableScanDesc scan = table_beginscan(partition, GetActiveSnapshot(), 0, nullptr);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		take(slot, columns);
	}
	hash();
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	table_close(partition, AccessShareLock);
}

namespace {
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
} // namespace

/* Is the seal over before that chunk? */
bool
Comparison::is_before(const FoundChunk &chunk) const
{
	std::pair here(seal().month, seal().cluster);
	std::pair there(chunk.month, chunk.cluster);
	return here < there || (here == there && seal().to < chunk.place);
}

bool
Comparison::covers(const FoundChunk &chunk) const
{
	return seal().month == chunk.month && seal().cluster == chunk.cluster && seal().from < chunk.place;
}

void
Comparison::begin_seal()
{
	begun_ = true;
	root_->begin();
	checks_of(seal().seal_id, *checks_);
	seen_->assign(checks_->size(), false);
	by_id_->clear();
	next_ = 0;
	chunks_ = 0;
	changes_ = 0;
	lowest_id_ = PG_INT64_MAX;
	for (const ChunkCheck &check : *checks_)
		lowest_id_ = std::min(lowest_id_, check.log_id);
	unreadable_ = false;
	suspected_ = {};
}

/* The check of that chunk; NULL: the seal knows none, or it has been found already. */
ChunkCheck *
Comparison::find(int64 log_id)
{
	auto &checks = *checks_;
	if (next_ >= checks.size() || checks[next_].log_id != log_id)
	{
		if (by_id_->empty())
		{
			for (uint32 i = 0; i < checks.size(); i++)
				by_id_->push_back(i);
			std::sort(by_id_->begin(), by_id_->end(),
					  [&checks](uint32 a, uint32 b) { return checks[a].log_id < checks[b].log_id; });
		}
		auto found = std::lower_bound(by_id_->begin(), by_id_->end(), log_id,
									  [&checks](uint32 i, int64 id) { return checks[i].log_id < id; });
		if (found == by_id_->end() || checks[*found].log_id != log_id)
			return nullptr;
		next_ = *found;
	}
	if ((*seen_)[next_])
		return nullptr;
	(*seen_)[next_] = true;
	return &checks[next_++];
}

/* As long as it is not certain that the seal is broken. */
void
Comparison::note(int64 log_id, int64 changes, const char *what)
{
	if (suspected_.problem == nullptr)
		suspected_.tell(format("entry %lld %s seal %lld", static_cast<long long>(log_id), what, number()));
	suspected_.found_broken(log_id, changes);
}

void
Comparison::add_covered(const FoundChunk &chunk)
{
	root_->add(chunk.digest.bytes, sizeof chunk.digest.bytes);
	chunks_++;
	changes_ += chunk.changes;
	lowest_id_ = std::min(lowest_id_, chunk.place.log_id);
	verdict_.entries += chunk.changes;
	unreadable_ = unreadable_ || !chunk.readable;
	if (checks_->empty())
		return;
	const ChunkCheck *check = find(chunk.place.log_id);
	if (!chunk.readable)
		return;
	if (check == nullptr)
		note(chunk.place.log_id, chunk.changes, "was inserted into what is under");
	else if (check->beginning != beginning_of(chunk.digest))
		note(chunk.place.log_id, check->changes, "or the shape of its rows was changed since");
}

void
Comparison::end_seal()
{
	if (!begun_)
		begin_seal();
	begun_ = false;
	bool whole = root_->end() == seal().root && chunks_ == seal().chunks;
	if (whole)
	{
		if (suspected_.broken > 0 || checks_->empty())
			verdict_.tell(format("the checks of seal %lld were changed, though not what is under it", number()));
		return;
	}
	for (std::size_t i = 0; i < checks_->size(); i++)
		if (!(*seen_)[i])
			note((*checks_)[i].log_id, (*checks_)[i].changes, "is missing of what is under");
	if (suspected_.broken == 0 && !unreadable_)
	{
		suspected_.tell(format("the entries under seal %lld are not those that were sealed", number()));
		suspected_.found_broken(lowest_id_, std::max(seal().changes, changes_));
	}
	verdict_.tell(suspected_.problem);
	verdict_.broken += suspected_.broken;
	verdict_.first_broken = std::min(verdict_.first_broken, suspected_.first_broken);
}

/* No seal is over it. */
void
Comparison::add_uncovered(const FoundChunk &chunk)
{
	auto end = sealed_.ends.find(chunk.cluster);
	bool foreign = chunk.cluster != cluster_number();
	if (end != sealed_.ends.end() && !(end->second < chunk.place))
		verdict_.tell(format("entry %lld was inserted where all was sealed", static_cast<long long>(chunk.place.log_id)));
	else if (foreign && sealed_.closed)
		verdict_.tell(format("entry %lld was inserted as if another cluster had made it",
							 static_cast<long long>(chunk.place.log_id)));
	else
	{
		verdict_.unsealed += chunk.changes;
		return;
	}
	verdict_.entries += chunk.changes;
	if (chunk.readable)
		verdict_.found_broken(chunk.place.log_id, chunk.changes);
}

void
Comparison::add(const FoundChunk &chunk)
{
	for (; at_ < sealed_.seals.size() && is_before(chunk); at_++)
		end_seal();
	if (!chunk.readable)
	{
		verdict_.tell(format("entry %lld cannot be decompressed", static_cast<long long>(chunk.place.log_id)));
		verdict_.found_broken(chunk.place.log_id, chunk.changes);
	}
	if (at_ < sealed_.seals.size() && covers(chunk))
	{
		if (!begun_)
			begin_seal();
		add_covered(chunk);
	}
	else
		add_uncovered(chunk);
}

void
Comparison::end()
{
	for (; at_ < sealed_.seals.size(); at_++)
		end_seal();
	root_->free();
}

/* The digest that somebody has kept. */
static Digest
expected_digest(const char *text)
{
	Digest digest = {};
	std::size_t digits = 0;
	for (; text[digits] != '\0' && digits < 2 * sizeof digest.bytes; digits++)
	{
		const char *place = strchr("0123456789abcdef", pg_ascii_tolower(static_cast<unsigned char>(text[digits])));
		if (place == nullptr)
			break;
		auto value = static_cast<unsigned>(place - "0123456789abcdef");
		digest.bytes[digits / 2] = static_cast<uint8>(digest.bytes[digits / 2] << 4 | value);
	}
	if (digits < 2 * sizeof digest.bytes || text[digits] != '\0')
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("expected_head \"%s\" is no head of the log", text),
				errdetail("A head is 64 hexadecimal digits."), errhint("SELECT head FROM dbeng.verify_audit();"));
	return digest;
}

static Period
period_of(FunctionCallInfo fcinfo)
{
	Period period;
	if (!PG_ARGISNULL(0))
		period.from = month_begin(PG_GETARG_TIMESTAMPTZ(0));
	if (!PG_ARGISNULL(1))
		period.to = month_begin(PG_GETARG_TIMESTAMPTZ(1));
	if (period.to < period.from)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("from_at lies after to_at"),
				errdetail("%s is after %s.", timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(0)),
						  pstrdup(timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(1)))),
				errhint("Give the earlier time first; NULL is the log's beginning or end."));
	return period;
}

static void
read_log(const Period &period, ChunkSort &sort)
{
	Local<Vector<LogPartition>> partitions;
	log_partitions(*partitions);
	Local<LogReader> reader(period, sort);
	for (const LogPartition &partition : *partitions)
		if (partition.is_default ||
			(partition.from < (period.to == DT_NOEND ? DT_NOEND : next_month(period.to)) && partition.to > period.from))
			reader->read(partition.relation);
	reader->end();
}

static void
verify_audit(FunctionCallInfo fcinfo)
{
	require_audit_reader("dbeng.verify_audit()");
	Period period = period_of(fcinfo);
	Digest expected = {};
	const char *expected_text = text_argument(fcinfo, 2);
	if (expected_text != nullptr)
		expected = expected_digest(expected_text);
	Rows rows(fcinfo);
	Verdict verdict;
	Local<Sealed> sealed;
	if (audit_log().exists())
	{
		Identity identity = act_as_owner();
		read_seals(period, expected_text == nullptr ? nullptr : &expected, *sealed, verdict);
		Local<ChunkSort> sort;
		read_log(period, *sort);
		sort->sort();
		Local<Comparison> comparison(*sealed, verdict);
		FoundChunk chunk;
		while (sort->next(chunk))
		{
			CHECK_FOR_INTERRUPTS();
			comparison->add(chunk);
		}
		comparison->end();
		sort->end();
		identity.restore();
	}
	if (expected_text != nullptr && !sealed->expected_found)
		verdict.tell("no seal has the digest that was expected: seals were cut off, or the chain was made anew");
	rows.bigint(verdict.entries).bigint(verdict.broken);
	if (verdict.broken > 0)
		rows.bigint(verdict.first_broken);
	else
		rows.null();
	rows.time(sealed->sealed_at).bigint(verdict.unsealed);
	rows.text(sealed->last_id > 0 ? hex(sealed->head) : nullptr).text(verdict.problem).end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_verify_audit)
{
	dbeng::verify_audit(fcinfo);
	return Datum{0};
}
