/*
 * key_rebuild.cpp: the index of keys made anew where it is missing or damaged.
 */
#include "audit/chunk_scan.hpp"
#include "audit/key_index.hpp"
#include "audit/log.hpp"
#include "audit/log_partitions.hpp"
#include "audit/sealing.hpp"
#include "audit/seals.hpp"
#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

namespace {
struct MonthOfCluster
{
	int32 cluster;
	TimestampTz month;
};
} // namespace

/* Of which months and clusters the log has something. Reads all of it. */
static void
months_of_clusters(Vector<MonthOfCluster> &found)
{
	each_row("SELECT DISTINCT cluster, date_trunc('month', changed_at, 'UTC') FROM dbeng_audit.log",
			 [&found](const Row &row) {
				 found.push_back({static_cast<int32>(row.integer(1)), row.time(2)});
			 });
}

static Argument
transaction_argument(uint64 transaction_id)
{
	return {XID8OID, transaction_datum(transaction_id), false};
}

static int64
index_range(const MonthOfCluster &of, const LogRange &range)
{
	/* As many as are sealed at once. */
	constexpr int64 most_changes = 1000000;
	const Argument arguments[] = {Argument::integer(of.cluster),		Argument::time(of.month),
								  Argument::time(next_month(of.month)), transaction_argument(range.from.transaction_id),
								  Argument::bigint(range.from.log_id),	transaction_argument(range.to.transaction_id),
								  Argument::bigint(range.to.log_id)};
	BatchedQuery query("SELECT transaction_id, log_id, changed_at, written_at, payload FROM dbeng_audit.log"
					   " WHERE cluster = $1 AND changed_at >= $2 AND changed_at < $3"
					   " AND (transaction_id, log_id) >= ($4, $5) AND (transaction_id, log_id) < ($6, $7)"
					   " ORDER BY transaction_id, log_id",
					   arguments);
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext batch = AllocSetContextCreate(caller, "dbeng keys", ALLOCSET_DEFAULT_SIZES);
	MemoryContext scratch = AllocSetContextCreate(caller, "dbeng chunk", ALLOCSET_DEFAULT_SIZES);
	auto fresh = [batch]
	{
		MemoryContextReset(batch);
		return ::new (MemoryContextAlloc(batch, sizeof(KeyCollector))) KeyCollector(batch);
	};
	KeyCollector *keys = fresh();
	int64 chunks = 0;
	while (query.next())
		for (uint64 i = 0; i < query.rows(); i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(scratch);
			const Row row = query.row(i);
			LogPlace place = {U64FromFullTransactionId(DatumGetFullTransactionId(row.datum(1))), row.integer(2)};
			keys->add({of.cluster, place, row.time(3), row.time(4)});
			/* One that cannot be read says so to whoever looks for something. */
			(void) attempted(
				[&]
				{
					auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM_PACKED(row.datum(5)));
					Local<RowChangeReader> reader(std::span<const char>(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)),
												  place.log_id, CurrentMemoryContext);
					keys->add_changes(*reader);
				});
			chunks++;
			MemoryContextSwitchTo(caller);
			MemoryContextReset(scratch);
			if (keys->changes() >= most_changes)
			{
				keys->write(of.month);
				keys = fresh();
			}
		}
	keys->write(of.month);
	query.close();
	MemoryContextDelete(batch);
	MemoryContextDelete(scratch);
	return chunks;
}

/* Returns how many chunks it has indexed: those that are sealed and that no segment covers. */
static int64
index_missing()
{
	/* Nobody seals meanwhile. */
	LockRelationOid(audit_log().seals, ShareRowExclusiveLock);
	PushActiveSnapshot(GetLatestSnapshot());
	drop_damaged_segments();
	see_own_changes();
	int64 chunks = 0;
	Local<Vector<MonthOfCluster>> all;
	months_of_clusters(*all);
	Local<KeyPlaces> places(std::span<const uint32>(), DT_NOBEGIN, DT_NOBEGIN);
	for (const MonthOfCluster &of : *all)
	{
		Seal last;
		if (!last_seal("kind = 's' AND cluster = $1", of.cluster, last))
			continue;
		for (LogRange range : places->ranges(of.month, of.cluster))
		{
			range.to = std::min(range.to, next(last.to));
			if (range.from < range.to)
				chunks += index_range(of, range);
		}
	}
	PopActiveSnapshot();
	merge_key_segments();
	return chunks;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_audit_index_keys)
{
	using namespace dbeng;
	require_log_keeper("dbeng._audit_index_keys()", "Ask the owner of extension dbeng.");
	if (!audit_log().exists() || !OidIsValid(audit_log().seals))
		PG_RETURN_INT64(0);
	Identity identity = act_as_owner();
	int64 chunks = index_missing();
	identity.restore();
	PG_RETURN_INT64(chunks);
}
