/*
 * seal.cpp: closing what is final in the log.
 *
 * What a transaction wrote is final when it is over, and so are all before it.
 * A snapshot tells: of transactions below its xmin each is either over and seen
 * by it, or rolled back. So nobody is kept waiting, and nobody waits; a
 * transaction that stays open holds up only the seals.
 *
 * The log of another cluster came with a restore, whole, before this one
 * wrote anything into it; its transactions are over. It is sealed first: once
 * there is a seal over entries of this cluster's own, no other's may come.
 */
#include "audit/chunk_digest.hpp"
#include "audit/key_index.hpp"
#include "audit/log_partitions.hpp"
#include "audit/sealing.hpp"
#include "audit/seals.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Changes, and chunks, under one seal at most. */
static constexpr int64 most_changes = 1000000;
static constexpr std::size_t most_chunks = 250000;

namespace {
struct SealedEntry
{
	ChunkCheck check;
	Digest digest;
};

/* What a batch has of one month. */
struct MonthPart
{
	TimestampTz month;
	Vector<SealedEntry> *entries;
	KeyCollector *keys;
	int64 changes;
};

struct Batch
{
	int32 cluster;
	LogPlace from;
	LogPlace last;
	std::size_t chunks;
	int64 changes;
	bool full; /* there may be more */
	Vector<MonthPart> *months;

	MonthPart &month(TimestampTz at);
};
} // namespace

/* The first transaction that may not be over, by the active snapshot. */
static uint64
horizon()
{
	uint64 next = U64FromFullTransactionId(ReadNextFullTransactionId());
	auto distance = static_cast<uint32>(next) - GetActiveSnapshot()->xmin;
	return next - distance;
}

MonthPart &
Batch::month(TimestampTz at)
{
	/* Entries of a batch are of one time, nearly. */
	if (!months->empty() && at >= months->back().month && at < next_month(months->back().month))
		return months->back();
	TimestampTz begin = month_begin(at);
	for (MonthPart &part : *months)
		if (part.month == begin)
			return part;
	MemoryContext context = months->get_stored_allocator().context();
	MonthPart part = {};
	part.month = begin;
	part.entries = ::new (MemoryContextAlloc(context, sizeof *part.entries))
		Vector<SealedEntry>(ContextAllocator<SealedEntry>(context));
	part.keys = ::new (MemoryContextAlloc(context, sizeof(KeyCollector))) KeyCollector(context);
	months->push_back(part);
	return months->back();
}

static LogPlace
place_of(const Row &row)
{
	return {U64FromFullTransactionId(DatumGetFullTransactionId(row.datum(log_xid))), row.integer(log_id)};
}

/* The chunks of a cluster after a place, before a transaction, in their order. In a batched query's lifetime. */
static const char *
waiting_query(const char *columns, const char *rest)
{
	return format(
		"SELECT %s FROM %s.log WHERE cluster = $4 AND (transaction_id, log_id) > ($1, $2) AND transaction_id < $3"
		" ORDER BY transaction_id, log_id %s",
		columns, audit_schema, rest);
}

namespace {
struct WaitingArguments
{
	Argument values[4];

	WaitingArguments(int32 cluster, const LogPlace &from, uint64 before)
		: values{{XID8OID, transaction_datum(from.transaction_id), false},
				 Argument::bigint(from.log_id),
				 {XID8OID, transaction_datum(before), false},
				 Argument::integer(cluster)}
	{}
};
} // namespace

/* The index on places has them in order; whatever else the planner thinks of reads the log. */
static int
pin_plan()
{
	int level = NewGUCNestLevel();
	for (const char *setting : {"enable_seqscan", "enable_sort", "enable_bitmapscan", "jit"})
		pin_setting(setting, "off");
	return level;
}

static void
add_chunk(Batch &batch, ChunkHasher &hasher, const Row &row, bool careful)
{
	Datum values[log_columns];
	bool nulls[log_columns];
	for (int i = 0; i < log_columns; i++)
	{
		values[i] = row.datum(i + 1);
		nulls[i] = row.null(i + 1);
	}
	MonthPart &part = batch.month(DatumGetTimestampTz(values[log_changed_at - 1]));
	LogPlace place = place_of(row);
	SealedEntry entry = {{place.log_id, DatumGetInt32(values[log_changes - 1]), 0}, {}};
	auto hash = [&] { entry.digest = hasher.of(values, nulls); };
	auto time = [&values](LogColumn column) { return DatumGetTimestampTz(values[column - 1]); };
	part.keys->add({batch.cluster, place, time(log_changed_at), time(log_written_at)});
	auto find_keys = [&]
	{
		auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(values[log_payload - 1]));
		Local<RowChangeReader> reader(std::span<const char>(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)), place.log_id,
									  CurrentMemoryContext);
		part.keys->add_changes(*reader);
	};
	if (careful)
	{
		/* What cannot be decompressed is sealed as that: its digest is none. */
		(void) attempted(hash);
		(void) attempted(find_keys);
	}
	else
	{
		hash();
		find_keys();
	}
	entry.check.beginning = beginning_of(entry.digest);
	part.entries->push_back(entry);
	part.changes += entry.check.changes;
	batch.last = place;
	batch.chunks++;
	batch.changes += entry.check.changes;
}

static void
collect(Batch &batch, ChunkHasher &hasher, uint64 before, bool careful)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(caller, "dbeng sealed chunk", ALLOCSET_DEFAULT_SIZES);
	WaitingArguments arguments(batch.cluster, batch.from, before);
	int level = pin_plan();
	BatchedQuery query(waiting_query(log_column_list, ""), arguments.values);
	AtEOXact_GUC(true, level);
	while (!batch.full && query.next())
		for (uint64 i = 0; i < query.rows() && !batch.full; i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(scratch);
			add_chunk(batch, hasher, query.row(i), careful);
			batch.full = batch.changes >= most_changes || batch.chunks >= most_chunks;
			MemoryContextSwitchTo(caller);
			MemoryContextReset(scratch);
		}
	query.close();
	MemoryContextDelete(scratch);
}

static void
write_seals(SealChain &chain, Batch &batch, const LogPlace &to)
{
	Local<Sha256> hash;
	std::sort(batch.months->begin(), batch.months->end(),
			  [](const MonthPart &a, const MonthPart &b) { return a.month < b.month; });
	for (MonthPart &part : *batch.months)
	{
		Local<Vector<ChunkCheck>> checks;
		checks->reserve(part.entries->size());
		hash->begin();
		for (const SealedEntry &entry : *part.entries)
		{
			hash->add(entry.digest.bytes, sizeof entry.digest.bytes);
			checks->push_back(entry.check);
		}
		Seal seal = {};
		seal.root = hash->end();
		seal.kind = SealKind::entries;
		seal.month = part.month;
		seal.cluster = batch.cluster;
		seal.from = batch.from;
		seal.to = to;
		seal.chunks = static_cast<int64>(part.entries->size());
		seal.changes = part.changes;
		seal.sealed_at = GetCurrentTimestamp();
		seal.log = audit_log().log;
		chain.append(seal, {checks->data(), checks->size()});
		part.keys->write(part.month);
	}
	hash->free();
}

static LogPlace
sealed_to(int32 cluster)
{
	Seal last;
	return last_seal("kind = 's' AND cluster = $1", cluster, last) ? last.to : LogPlace{};
}

/* Seals one batch of that cluster; returns how many chunks, 0: none waits. */
static int64
seal_batch(SealChain &chain, int32 cluster, uint64 before)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng sealing", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	Local<ChunkHasher> hasher;
	LogPlace from = sealed_to(cluster);
	Batch batch = {};
	bool careful = false;
	auto work = [&]
	{
		batch = {cluster, from, from, 0, 0, false, nullptr};
		batch.months = ::new (MemoryContextAlloc(context, sizeof *batch.months))
			Vector<MonthPart>(ContextAllocator<MonthPart>(context));
		collect(batch, *hasher, before, careful);
	};
	/* Only read so far, and only memory written: so it may be begun anew, chunk by chunk, when one of them cannot be read. */
	if (Refusal refusal = attempted(work); refusal.code != 0)
	{
		ereport(LOG, errmsg("an entry of the audit log cannot be read: %s", refusal.message));
		careful = true;
		work();
	}
	hasher->free();
	if (batch.chunks > 0)
	{
		/* Below the horizon nothing can come any more, not even between the last entry and it. */
		LogPlace to = batch.last;
		if (!batch.full && cluster == cluster_number())
			to = {before - 1, PG_INT64_MAX};
		write_seals(chain, batch, to);
		see_own_changes();
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
	return static_cast<int64>(batch.chunks);
}

/* Has this cluster sealed entries of its own in this log? */
static bool
is_closed()
{
	Seal last;
	return last_seal("kind = 's' AND $1 = 0", 0, last) && last.cluster == cluster_number() &&
		   last.log == audit_log().log;
}

/* How many chunks of this cluster wait, up to so many; and the time when the first was written. */
static int64
waiting(uint64 before, int most, TimestampTz &since)
{
	int64 count = 0;
	WaitingArguments arguments(cluster_number(), sealed_to(cluster_number()), before);
	int level = pin_plan();
	each_row(
		format("SELECT count(*), min(written_at) FROM (%s) w", waiting_query("written_at", format("LIMIT %d", most))),
		arguments.values,
		[&](const Row &row)
		{
			count = row.integer(1);
			since = row.time(2);
		});
	AtEOXact_GUC(true, level);
	return count;
}

/* Clusters other than this one whose chunks the log has: from one to the next by the index on places. */
static void
other_clusters(Vector<int32> &clusters)
{
	Argument arguments[] = {Argument::integer(cluster_number())};
	int level = pin_plan();
	each_row(
		format("WITH RECURSIVE c(cluster) AS ((SELECT cluster FROM %s.log ORDER BY cluster LIMIT 1) UNION ALL"
			   " SELECT (SELECT l.cluster FROM %s.log l WHERE l.cluster > c.cluster ORDER BY l.cluster LIMIT 1) FROM c"
			   " WHERE c.cluster IS NOT NULL) SELECT cluster FROM c WHERE cluster <> $1",
			   audit_schema, audit_schema),
		arguments, [&clusters](const Row &row) { clusters.push_back(static_cast<int32>(row.integer(1))); });
	AtEOXact_GUC(true, level);
}

/* A batch of what came from other clusters; 0: nothing of theirs waits. */
static int64
seal_others(SealChain &chain)
{
	Local<Vector<int32>> clusters;
	other_clusters(*clusters);
	for (int32 cluster : *clusters)
		if (int64 sealed = seal_batch(chain, cluster, PG_INT64_MAX); sealed > 0)
			return sealed;
	return 0;
}

/* The next batch; 0: there is none, or less than that and nothing older than that. */
static int64
seal_next(SealChain &chain, int least_chunks, int64 longest_wait)
{
	uint64 before = horizon();
	/* What is found of others after the first seal of this cluster was put there by somebody. */
	if (!is_closed())
		if (int64 sealed = seal_others(chain); sealed > 0)
			return sealed;
	TimestampTz since = 0;
	int64 own = waiting(before, least_chunks, since);
	if (own == 0 || (own < least_chunks && GetCurrentTimestamp() - since < longest_wait))
		return 0;
	return seal_batch(chain, cluster_number(), before);
}

int64
seal_log(bool wait, int least_chunks, int64 longest_wait, bool all)
{
	Local<SealChain> chain;
	int64 sealed = 0;
	if (chain->open(wait))
	{
		PushCopiedSnapshot(GetLatestSnapshot());
		chain->look();
		do
		{
			int64 batch = seal_next(*chain, least_chunks, longest_wait);
			sealed += batch;
			all = all && batch > 0;
		} while (all);
		PopActiveSnapshot();
	}
	chain->close();
	return sealed;
}

void
require_log_keeper(const char *function, const char *hint)
{
	PreventCommandDuringRecovery(function);
	PreventCommandIfReadOnly(function);
	if (!superuser() && !has_privs_of_role(GetUserId(), find_extension().owner))
		ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for %s", function),
				errdetail("Role \"%s\" is neither a superuser nor a member of the extension's owner.",
						  GetUserNameFromId(GetUserId(), false)),
				errhint("%s", hint));
}

static int64
seal_audit()
{
	require_log_keeper("dbeng.seal_audit()", "The worker seals by itself.");
	if (!audit_log().exists())
		return 0;
	Identity identity = act_as_owner();
	int64 sealed = seal_log(true, 1, 0, true);
	if (sealed > 0)
		merge_key_segments();
	identity.restore();
	return sealed;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_seal_audit)
{
	PG_RETURN_INT64(dbeng::seal_audit());
}
