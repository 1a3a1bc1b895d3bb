#include "audit/chunk_scan.hpp"

#include "audit/capture.hpp"
#include "audit/log.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

LogSnapshot::LogSnapshot()
{
	flush_changes();
	PushCopiedSnapshot(GetActiveSnapshot());
	see_own_changes();
}

void
LogSnapshot::end()
{
	PopActiveSnapshot();
}

static const char *
query_of(const ChunkFilter &filter)
{
	StringInfoData query;
	initStringInfo(&query);
	appendStringInfo(&query,
					 "SELECT log_id, changed_at, transaction_id, changed_by, db_user,"
					 " coalesce(session_user_name, db_user), ip_address, application_name, context, payload, written_at"
					 " FROM %s.log WHERE true",
					 audit_schema);
	if (filter.from != DT_NOBEGIN)
		appendStringInfoString(&query, " AND changed_at >= $1");
	if (filter.written_after != DT_NOBEGIN)
		appendStringInfoString(&query, " AND written_at > $2");
	if (filter.transaction_id != 0)
		appendStringInfoString(&query, " AND transaction_id = $3");
	if (filter.ordered)
		appendStringInfoString(&query,
							   " ORDER BY max(written_at) OVER (PARTITION BY transaction_id), transaction_id, log_id");
	return query.data;
}

static LoggedChunk
chunk_of(const Row &row)
{
	const varlena *payload = row.bytes(10);
	auto *plain = reinterpret_cast<varlena *>(PG_DETOAST_DATUM(PointerGetDatum(payload)));
	LoggedChunk chunk = {};
	chunk.log_id = row.integer(1);
	chunk.changed_at = row.time(2);
	chunk.written_at = row.time(11);
	chunk.transaction_id = U64FromFullTransactionId(DatumGetFullTransactionId(row.datum(3)));
	chunk.changed_by = row.text(4);
	chunk.db_user = row.text(5);
	chunk.session_user = row.text(6);
	chunk.ip_address = row.datum(7);
	chunk.application = row.text(8);
	chunk.context = row.text(9);
	chunk.payload = {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)};
	return chunk;
}

void
each_chunk(const ChunkFilter &filter, void (*visit)(const LoggedChunk &chunk, RowChangeReader &reader, void *argument),
		   void *argument)
{
	if (!audit_log().exists())
		return;
	Argument arguments[] = {
		{TIMESTAMPTZOID, TimestampTzGetDatum(filter.from), false},
		{TIMESTAMPTZOID, TimestampTzGetDatum(filter.written_after), false},
		{XID8OID, FullTransactionIdGetDatum(FullTransactionIdFromU64(filter.transaction_id)), false}};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context = AllocSetContextCreate(caller, "dbeng chunk", ALLOCSET_DEFAULT_SIZES);
	/* Whoever may ask has been asked: the log itself is its owner's. */
	const char *sql = query_of(filter);
	Identity reader_role = act_as_owner();
	BatchedQuery query(sql, arguments);
	reader_role.restore();
	while (query.next())
	{
		for (uint64 i = 0; i < query.rows(); i++)
		{
			CHECK_FOR_INTERRUPTS();
			MemoryContextSwitchTo(context);
			LoggedChunk chunk = chunk_of(query.row(i));
			Local<RowChangeReader> reader(chunk.payload, chunk.log_id, context);
			if (filter.table_id == 0 || reader->concerns(filter.table_id))
				visit(chunk, *reader, argument);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(context);
		}
	}
	query.close();
	MemoryContextDelete(context);
}

} // namespace dbeng
