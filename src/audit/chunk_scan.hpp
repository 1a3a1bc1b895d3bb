/*
 * chunk_scan.hpp: the chunks of the log that may hold what is asked for.
 */
#pragma once

#include "audit/key_lookup.hpp"

namespace dbeng {

/* A row of dbeng_audit.log. */
struct LoggedChunk
{
	int64 log_id;
	TimestampTz changed_at;
	TimestampTz written_at;
	uint64 transaction_id;
	int32 cluster;
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

/* Is there any of that month and cluster in a range? */
bool has_chunks(TimestampTz month, int32 cluster, const LogRange &range);

using VisitChunk = void (*)(const LoggedChunk &chunk, RowChangeReader &reader, void *argument);

/* Calls visit(chunk, reader, context) for each; memory of context is the chunk's. */
void each_chunk(const ChunkFilter &filter, VisitChunk visit, void *argument);

/* The same for those that may have what is looked for; not ordered. */
void each_chunk(const ChunkFilter &filter, std::span<const uint32> numbers, VisitChunk visit, void *argument);

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

template <class Visit>
void
each_chunk(const ChunkFilter &filter, std::span<const uint32> numbers, Visit visit)
{
	each_chunk(
		filter, numbers,
		[](const LoggedChunk &chunk, RowChangeReader &reader, void *argument)
		{ (*static_cast<Visit *>(argument))(chunk, reader); },
		&visit);
}

} // namespace dbeng
