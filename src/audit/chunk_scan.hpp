/*
 * chunk_scan.hpp: the chunks of the log that may hold what is asked for.
 */
#pragma once

#include "audit/record.hpp"

namespace dbeng {

/* A row of dbeng_audit.log. */
struct LoggedChunk
{
	int64 log_id;
	TimestampTz changed_at;
	TimestampTz written_at;
	uint64 transaction_id;
	const char *changed_by; /* NULL without, as what follows */
	const char *db_user;
	const char *session_user;
	Datum ip_address; /* 0: none */
	const char *application;
	const char *context;
	std::span<const char> payload;
};

/* What may be left out. */
struct ChunkFilter
{
	TimestampTz from = DT_NOBEGIN; /* the transaction's begin */
	TimestampTz written_after = DT_NOBEGIN;
	uint64 transaction_id = 0; /* 0: any */
	int32 table_id = 0;		   /* 0: any */
	/*
	 * In the order in which changes of one and the same row happened; else in any. Transactions that changed the same row waited
	 * for each other, so it is the order in which they wrote their last chunk.
	 */
	bool ordered = false;
};

/*
 * Writes what this transaction has gathered, and reads until end() by the caller's snapshot with it. An error ends it, too.
 */
class LogSnapshot
{
  public:
	LogSnapshot();
	void end();
};

/* Calls visit(chunk, reader, context) for each; memory of context is the chunk's. */
void each_chunk(const ChunkFilter &filter,
				void (*visit)(const LoggedChunk &chunk, RowChangeReader &reader, void *argument), void *argument);

template <class Visit>
void
each_chunk(const ChunkFilter &filter, Visit visit)
{
	each_chunk(
		filter,
		[](const LoggedChunk &chunk, RowChangeReader &reader, void *argument)
		{ (*static_cast<Visit *>(argument))(chunk, reader); },
		&visit);
}

/* The same for the chunks that may hold changes of rows of that key (row_key.hpp). */
template <class Visit>
void
for_each_candidate_chunk(ChunkFilter filter, [[maybe_unused]] uint64 key_hash, Visit visit)
{
	each_chunk(filter, visit);
}

} // namespace dbeng
