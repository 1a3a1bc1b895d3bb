/*
 * capture.cpp: what the triggers of audited tables call, and how changes wait
 * to be written.
 *
 * All changes that a session has gathered stand in one stretch of memory, in
 * their order; the subtransactions that are open and have changed something
 * each own a part of it, the innermost the last one. So a part that is rolled
 * back is cut off, and one that is committed is its parent's from then on.
 *
 * What is written in a subtransaction goes when that is rolled back. A part
 * that an outer level has gathered may be written in an inner one all the
 * same, to be seen or because much has come together: it then stays in memory
 * until the inner one is committed.
 */
#include "audit/capture.hpp"

#include "audit/audited_table.hpp"
#include "audit/log_writer.hpp"
#include "audit/shape_cache.hpp"

namespace dbeng {

/* Of a statement's text no more is kept: it stands in every chunk that has changes of the statement. */
static constexpr std::size_t longest_query = 8192;

/* Chunks are cut at one of the places remembered at such distances at least. */
static constexpr std::size_t mark_distance = 256;

/* A chunk before it is compressed. */
static constexpr std::size_t smallest_chunk = 4 * 1024;
static constexpr std::size_t largest_chunk = 256 * 1024;

/* Less is not worth compressing. */
static constexpr std::size_t least_compressed = 200;

/* Memory that a session keeps from one transaction to the next. */
static constexpr int kept_memory = 64 * 1024;

namespace {
/* A place between two records. */
struct Mark
{
	std::size_t at;
	int64 id_before; /* of the record before */
	int32 changes;	 /* before it */
};

/* The part of a subtransaction, up to that of the next one. */
struct Level
{
	SubTransactionId subtransaction;
	const Origin *origin; /* of all its changes */
	Mark start;
	std::size_t shapes; /* that changes before it refer to */
	std::size_t queries;
	/* It is in the log up to there, if that subtransaction, an inner one, is committed. */
	SubTransactionId written_in;
	Mark written_to;
};

struct QueryText
{
	const char *text;
	std::size_t length;
	std::size_t last_use; /* where a record begins */
};

struct Gathered
{
	StringInfoData bytes;
	Mark end; /* what lies behind it is the rest of a change that failed */
	Vector<Level> levels;
	Vector<Mark> marks;
	Vector<const TableShape *> shapes;
	Vector<QueryText> queries;
	/* The shape and the statement of the change before. */
	const TableShape *shape;
	int shape_number;
	const char *statement;
	TimestampTz statement_start;
	int query_number;
	/* The transaction is about to end: what still comes is written at once. */
	bool ending;

	explicit Gathered(MemoryContext context)
		: end{}, levels(ContextAllocator<Level>(context)), marks(ContextAllocator<Mark>(context)),
		  shapes(ContextAllocator<const TableShape *>(context)), queries(ContextAllocator<QueryText>(context)),
		  shape(nullptr), shape_number(0), statement(nullptr), statement_start(0), query_number(-1), ending(false)
	{
		bytes = {};
	}
};
} // namespace

static Gathered *gathered = nullptr;
/* Memory for writing. */
static MemoryContext writing = nullptr;
static ExecutorStart_hook_type next_executor_start = nullptr;

/* Ids this session has taken and not used. */
static int64 next_id = 0;
static int64 ids_end = 0;
static Oid ids_of = InvalidOid;

/* How much of the changes makes a page: that of the chunks before. */
static double bytes_per_page_byte = 3.0;

static void
forget_references()
{
	gathered->shape = nullptr;
	gathered->statement = nullptr;
	gathered->query_number = -1;
}

/* Ends at a mark. */
static void
cut(const Mark &end)
{
	gathered->end = end;
	gathered->bytes.len = static_cast<int>(end.at);
	while (!gathered->marks.empty() && gathered->marks.back().at >= end.at)
		gathered->marks.pop_back();
}

static void
cut_references(const Level &level)
{
	gathered->shapes.resize(level.shapes);
	gathered->queries.resize(level.queries);
	forget_references();
}

static const char *
read_number(const char *from, uint64 *value)
{
	*value = 0;
	for (int shift = 0;; shift += 7)
	{
		auto byte = static_cast<uint8>(*from++);
		*value |= static_cast<uint64>(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0)
			return from;
	}
}

/*
 * Takes out what lies between two marks. The record behind it, if there is
 * one, tells its id by the one before: that is another now.
 */
static void
take_out(const Mark &from, const Mark &to)
{
	StringInfo bytes = &gathered->bytes;
	std::size_t end = gathered->end.at;
	if (from.at == to.at)
		return;
	if (to.at == end)
	{
		cut(from);
		return;
	}
	uint64 distance;
	const char *rest = read_number(bytes->data + to.at, &distance);
	auto rest_at = static_cast<std::size_t>(rest - bytes->data);
	char number[longest_number];
	auto length = static_cast<std::size_t>(
		put_number(number, distance + static_cast<uint64>(to.id_before - from.id_before)) - number);
	enlargeStringInfo(bytes, static_cast<int>(longest_number));
	memmove(bytes->data + from.at + length, bytes->data + rest_at, end - rest_at);
	memcpy(bytes->data + from.at, number, length);

	auto moved = [&](Mark &mark)
	{
		mark.at = mark.at - rest_at + from.at + length;
		mark.changes -= to.changes - from.changes;
	};
	auto &marks = gathered->marks;
	std::size_t kept = 0;
	for (Mark &mark : marks)
	{
		if (mark.at > from.at && mark.at <= to.at)
			continue;
		if (mark.at > to.at)
			moved(mark);
		marks[kept++] = mark;
	}
	marks.resize(kept);
	for (Level &level : gathered->levels)
		if (level.start.at == to.at)
			level.start = from;
		else if (level.start.at > to.at)
			moved(level.start);
	for (QueryText &query : gathered->queries)
		if (query.last_use > to.at)
			query.last_use = query.last_use - rest_at + from.at + length;
		else if (query.last_use == to.at)
			query.last_use = from.at;
	moved(gathered->end);
	bytes->len = static_cast<int>(gathered->end.at);
}

namespace {
struct Payload
{
	int64 log_id;
	Datum value;
	std::size_t raw;
	std::size_t stored;
};
} // namespace

/* The chunk of the records between two marks, in CurrentMemoryContext. */
static Payload
payload_of(const Mark &from, const Mark &to)
{
	std::size_t most = VARHDRSZ + 2 * longest_number + (to.at - from.at) + longest_number +
					   gathered->shapes.size() * (longest_number + sizeof(uint64));
	for (const QueryText &query : gathered->queries)
		most += longest_number + query.length;
	auto *bytes = static_cast<char *>(MemoryContextAllocHuge(CurrentMemoryContext, most));
	char *at = put_number(bytes + VARHDRSZ, gathered->shapes.size());
	for (const TableShape *shape : gathered->shapes)
	{
		at = put_number(at, static_cast<uint64>(shape->table_id));
		memcpy(at, &shape->hash, sizeof(shape->hash));
		at += sizeof(shape->hash);
	}
	at = put_number(at, gathered->queries.size());
	for (const QueryText &query : gathered->queries)
	{
		/* An outer level's, that no record here refers to: its number has to be kept, its text has not. */
		std::size_t length = query.last_use >= from.at ? query.length : 0;
		at = put_number(at, length);
		memcpy(at, query.text, length);
		at += length;
	}

	uint64 distance;
	const char *rest = read_number(gathered->bytes.data + from.at, &distance);
	*at++ = 0;
	std::size_t length = to.at - static_cast<std::size_t>(rest - gathered->bytes.data);
	memcpy(at, rest, length);
	at += length;

	Payload payload = {};
	payload.log_id = from.id_before + static_cast<int64>(distance);
	payload.raw = payload.stored = static_cast<std::size_t>(at - bytes);
	if (payload.raw > MaxAllocSize)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("a change is too large to be logged"),
				errdetail("Its values take %zu bytes, the log can hold %zu.", payload.raw,
						  static_cast<std::size_t>(MaxAllocSize)));
	SET_VARSIZE(bytes, payload.raw);
	payload.value = PointerGetDatum(bytes);
	if (payload.raw >= least_compressed)
	{
		Datum smaller = toast_compress_datum(payload.value, pg::best_compression);
		if (DatumGetPointer(smaller) != nullptr)
		{
			pfree(bytes);
			payload.value = smaller;
			payload.stored = VARSIZE_ANY(DatumGetPointer(smaller));
		}
	}
	return payload;
}

/* The last mark in (from, to) not farther than that; to where there is none, and where all of it is near enough. */
static Mark
mark_within(const Mark &from, const Mark &to, std::size_t distance)
{
	Mark found = to;
	if (to.at - from.at <= distance)
		return found;
	const auto &marks = gathered->marks;
	auto after = std::upper_bound(marks.begin(), marks.end(), from.at,
								  [](std::size_t at, const Mark &mark) { return at < mark.at; });
	for (; after != marks.end() && after->at < to.at; ++after)
	{
		if (found.at != to.at && after->at - from.at > distance)
			break;
		found = *after;
	}
	return found;
}

static std::size_t
chunk_size(std::size_t page_room)
{
	auto size = static_cast<std::size_t>(static_cast<double>(page_room) * bytes_per_page_byte);
	return std::clamp(size, smallest_chunk, largest_chunk);
}

/*
 * Writes what lies between two marks, chunk by chunk; unless all, not what is
 * too little for one more. Returns where it has come to.
 */
static Mark
write_between(const Mark &start, const Mark &end, const Origin &origin, bool all)
{
	if (start.at == end.at)
		return end;
	MemoryContext caller = MemoryContextSwitchTo(writing);
	/* Out of line values and the catalogs want one; there is none at the end of a transaction. */
	bool pushed = !ActiveSnapshotSet();
	if (pushed)
		PushActiveSnapshot(GetTransactionSnapshot());
	for (const TableShape *shape : gathered->shapes)
		record_shape(*shape);
	Local<ChunkWriter> writer(origin);
	std::size_t page_room = writer->payload_room();
	Mark from = start;
	std::size_t wanted = chunk_size(page_room);
	while (from.at < end.at)
	{
		CHECK_FOR_INTERRUPTS();
		Mark to = mark_within(from, end, wanted);
		if (!all && to.at == end.at && from.at > start.at)
			break;
		Payload payload = payload_of(from, to);
		bool large = payload.raw >= smallest_chunk;
		if (large)
			bytes_per_page_byte = 0.98 * static_cast<double>(payload.raw) / static_cast<double>(payload.stored);
		if (large && payload.stored > page_room && to.changes - from.changes > 1)
		{
			std::size_t smaller = std::min(chunk_size(page_room), (to.at - from.at) * 15 / 16);
			/* Where no mark is near enough it is one large change and little else. */
			if (mark_within(from, to, smaller).at < to.at)
			{
				wanted = smaller;
				pfree(DatumGetPointer(payload.value));
				continue;
			}
		}
		writer->write({payload.log_id, to.changes - from.changes, payload.value});
		pfree(DatumGetPointer(payload.value));
		from = to;
		wanted = chunk_size(page_room);
	}
	writer->close();
	if (pushed)
		PopActiveSnapshot();
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writing);
	return from;
}

static bool
has_changes()
{
	return gathered != nullptr && gathered->end.at > 0;
}

/* Writes the innermost level, that of the current subtransaction. */
static void
write_last_level(bool all)
{
	Level &level = gathered->levels.back();
	Mark written = write_between(level.start, gathered->end, *level.origin, all);
	take_out(level.start, written);
	if (gathered->end.at == level.start.at)
		cut_references(level);
}

/* Writes levels from that one on in the current subtransaction. */
static void
write_levels(std::size_t first)
{
	SubTransactionId current = GetCurrentSubTransactionId();
	auto &levels = gathered->levels;
	for (std::size_t i = first; i < levels.size(); i++)
	{
		Level &level = levels[i];
		if (level.subtransaction == current)
		{
			write_last_level(true);
			return;
		}
		const Mark &end = i + 1 < levels.size() ? levels[i + 1].start : gathered->end;
		const Mark &start = level.written_in != InvalidSubTransactionId ? level.written_to : level.start;
		if (start.at == end.at)
			continue;
		write_between(start, end, *level.origin, true);
		level.written_in = current;
		level.written_to = end;
	}
}

void
flush_changes()
{
	if (!has_changes())
		return;
	write_levels(0);
	CommandCounterIncrement();
}

namespace {
/* Of that table the transaction has said that rows were written past the log. */
struct SaidUnlogged
{
	int32 table_id;
	SubTransactionId in;
};
} // namespace

/* Few tables are written in turns by one transaction; of one that has been forgotten it is said again. */
static SaidUnlogged said_unlogged[16];
static std::size_t said_count = 0;

/* Nothing is gathered any more. */
static void
reset()
{
	if (gathered == nullptr)
		return;
	gathered->end = {};
	gathered->levels.clear();
	gathered->marks.clear();
	gathered->shapes.clear();
	gathered->queries.clear();
	gathered->ending = false;
	forget_references();
	gathered->bytes.len = 0;
	if (gathered->bytes.maxlen > kept_memory)
	{
		pfree(gathered->bytes.data);
		gathered->bytes = {};
	}
}

/* Transactions that are over have nothing to do with what the next one does. */
static void
at_transaction_event(XactEvent event, void *)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			if (has_changes())
				write_levels(0);
			if (gathered != nullptr)
				gathered->ending = true;
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			reset();
			said_count = 0;
			forget_origins();
			/* Whether what is prepared will be committed is not known. */
			release_old_shapes(event == XACT_EVENT_COMMIT);
			if (writing != nullptr)
				MemoryContextReset(writing);
			break;
		case XACT_EVENT_PARALLEL_PRE_COMMIT:
		case XACT_EVENT_PARALLEL_COMMIT:
		case XACT_EVENT_PARALLEL_ABORT:
			break;
	}
}

/*
 * A subtransaction is about to be committed. What it has gathered will be its
 * parent's: written now where it is another's, or too much together.
 */
static void
before_subcommit(SubTransactionId ending, SubTransactionId parent)
{
	auto &levels = gathered->levels;
	if (levels.size() < 2 || levels.back().subtransaction != ending ||
		levels[levels.size() - 2].subtransaction != parent)
		return;
	const Level &outer = levels[levels.size() - 2];
	if (outer.origin != levels.back().origin && outer.start.at < levels.back().start.at)
		write_last_level(true);
	const Mark &from = outer.written_in != InvalidSubTransactionId ? outer.written_to : outer.start;
	if (gathered->end.at - from.at >= chunk_size(ChunkWriter::usual_payload_room()))
		write_levels(levels.size() - 2);
}

static void
after_subcommit(SubTransactionId ended, SubTransactionId parent)
{
	auto &levels = gathered->levels;
	for (Level &level : levels)
	{
		if (level.written_in != ended)
			continue;
		level.written_in = parent;
		if (level.subtransaction == parent)
		{
			level.written_in = InvalidSubTransactionId;
			Mark start = level.start;
			take_out(start, level.written_to);
		}
	}
	if (levels.empty() || levels.back().subtransaction != ended)
		return;
	Level &inner = levels.back();
	if (levels.size() < 2 || levels[levels.size() - 2].subtransaction != parent)
	{
		inner.subtransaction = parent;
		return;
	}
	Level &outer = levels[levels.size() - 2];
	if (outer.start.at == inner.start.at)
		outer.origin = inner.origin;
	levels.pop_back();
}

static void
after_subabort(SubTransactionId ended)
{
	doubt_origin();
	forget_recorded_shapes();
	if (gathered == nullptr)
		return;
	auto &levels = gathered->levels;
	while (!levels.empty() && levels.back().subtransaction == ended)
	{
		Level level = levels.back();
		levels.pop_back();
		cut(level.start);
		cut_references(level);
	}
	for (Level &level : levels)
		if (level.written_in == ended)
			level.written_in = InvalidSubTransactionId;
	if (writing != nullptr)
		MemoryContextReset(writing);
}

static void
at_subtransaction_event(SubXactEvent event, SubTransactionId ended, SubTransactionId parent, void *)
{
	switch (event)
	{
		case SUBXACT_EVENT_PRE_COMMIT_SUB:
			if (has_changes())
				before_subcommit(ended, parent);
			break;
		case SUBXACT_EVENT_COMMIT_SUB:
			if (gathered != nullptr)
				after_subcommit(ended, parent);
			break;
		case SUBXACT_EVENT_ABORT_SUB:
			after_subabort(ended);
			break;
		case SUBXACT_EVENT_START_SUB:
			break;
	}
}

/*
 * A bitmap scan asks how long the log is when it is started, before the view's condition writes what is gathered: it
 * would not see what comes to lie behind.
 */
static void
start_executor(QueryDesc *query, int flags)
{
	if (has_changes() && (flags & EXEC_FLAG_EXPLAIN_ONLY) == 0 &&
		list_member_oid(query->plannedstmt->relationOids, audit_log().log))
		flush_changes();
	if (next_executor_start != nullptr)
		next_executor_start(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

void
install_capture()
{
	static bool installed = false;
	if (installed)
		return;
	writing = AllocSetContextCreate(TopMemoryContext, "dbeng audit: writing", ALLOCSET_DEFAULT_SIZES);
	auto *room = static_cast<Gathered *>(MemoryContextAlloc(TopMemoryContext, sizeof(Gathered)));
	gathered = ::new (static_cast<void *>(room)) Gathered(TopMemoryContext);
	RegisterXactCallback(at_transaction_event, nullptr);
	RegisterSubXactCallback(at_subtransaction_event, nullptr);
	next_executor_start = ExecutorStart_hook;
	ExecutorStart_hook = start_executor;
	installed = true;
}

static void
prepare_bytes()
{
	if (gathered->bytes.data != nullptr)
		return;
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	initStringInfo(&gathered->bytes);
	MemoryContextSwitchTo(caller);
}

static int64
peek_id()
{
	Oid sequence = audit_log().id_sequence;
	if (unlikely(next_id == ids_end || ids_of != sequence))
	{
		next_id = take_ids();
		ids_end = next_id + id_block;
		ids_of = audit_log().id_sequence;
	}
	return next_id;
}

/* The level of the current subtransaction, with changes of that origin only. */
static Level &
level_for(const Origin &origin)
{
	auto &levels = gathered->levels;
	SubTransactionId current = GetCurrentSubTransactionId();
	if (levels.empty() || levels.back().subtransaction != current)
	{
		levels.push_back(Level{current,
							   &origin,
							   gathered->end,
							   gathered->shapes.size(),
							   gathered->queries.size(),
							   InvalidSubTransactionId,
							   {}});
		return levels.back();
	}
	if (levels.back().origin != &origin)
	{
		write_last_level(true);
		levels.back().origin = &origin;
	}
	return levels.back();
}

static int
number_of(const TableShape &shape)
{
	if (gathered->shape == &shape)
		return gathered->shape_number;
	auto &shapes = gathered->shapes;
	std::size_t i = 0;
	while (i < shapes.size() && shapes[i] != &shape)
		i++;
	if (i == shapes.size())
		shapes.push_back(&shape);
	gathered->shape = &shape;
	gathered->shape_number = static_cast<int>(i);
	return gathered->shape_number;
}

/* The number of the statement the client has sent; -1: there is none, as in background workers. */
static int
number_of_query()
{
	const char *statement = debug_query_string;
	if (statement == nullptr)
		return -1;
	auto &queries = gathered->queries;
	TimestampTz start = GetCurrentStatementStartTimestamp();
	if (gathered->query_number < 0 || gathered->statement != statement || gathered->statement_start != start)
	{
		std::size_t length = strnlen(statement, longest_query + 1);
		if (length > longest_query)
			length = static_cast<std::size_t>(
				pg_mbcliplen(statement, static_cast<int>(length), static_cast<int>(longest_query)));
		std::size_t i = 0;
		while (i < queries.size() && (queries[i].length != length || memcmp(queries[i].text, statement, length) != 0))
			i++;
		if (i == queries.size())
		{
			auto *copy = static_cast<char *>(MemoryContextAlloc(TopTransactionContext, length));
			memcpy(copy, statement, length);
			queries.push_back(QueryText{copy, length, 0});
		}
		gathered->statement = statement;
		gathered->statement_start = start;
		gathered->query_number = static_cast<int>(i);
	}
	queries[static_cast<std::size_t>(gathered->query_number)].last_use = gathered->end.at;
	return gathered->query_number;
}

static void
capture(const TableShape &shape, Action action, TupleTableSlot *before, TupleTableSlot *after)
{
	const Origin &origin = current_origin();
	Level &level = level_for(origin);
	int64 id = peek_id();
	int shape_number = number_of(shape);
	int query_number = shape.log_query ? number_of_query() : -1;
	prepare_bytes();
	Mark &end = gathered->end;
	gathered->bytes.len = static_cast<int>(end.at);
	RecordPlace place = {&gathered->bytes, &end.id_before};
	if (!append_change(place, id, shape_number, query_number, shape, action, before, after))
		return;
	next_id++;
	end.at = static_cast<std::size_t>(gathered->bytes.len);
	end.changes++;
	auto &marks = gathered->marks;
	std::size_t last_mark = marks.empty() ? 0 : marks.back().at;
	if (end.at - last_mark < mark_distance && !gathered->ending)
		return;
	marks.push_back(end);
	if (gathered->ending || end.at - level.start.at >= chunk_size(ChunkWriter::usual_payload_room()))
		write_last_level(gathered->ending);
}

/* The number of the audited table: the argument of its triggers. */
static int32
table_id_of(const TriggerData *trigger)
{
	const Trigger *definition = trigger->tg_trigger;
	int64 number = 0;
	if (definition->tgnargs == 1)
		for (const char *at = definition->tgargs[0]; *at >= '0' && *at <= '9' && number <= INT_MAX; at++)
			number = number * 10 + (*at - '0');
	if (number <= 0 || number > INT_MAX)
		ereport(ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" of table \"%s\" does not say which audited table it is of", definition->tgname,
					   RelationGetRelationName(trigger->tg_relation)),
				errdetail("Triggers of dbeng have the table's number as their only argument."),
				errhint("SELECT dbeng.enable_audit(…) makes them."));
	return static_cast<int32>(number);
}

static const TriggerData *
trigger_data(FunctionCallInfo fcinfo, const char *function, bool for_rows)
{
	const auto *trigger = CALLED_AS_TRIGGER(fcinfo) ? reinterpret_cast<TriggerData *>(fcinfo->context) : nullptr;
	if (trigger == nullptr || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		(TRIGGER_FIRED_FOR_ROW(trigger->tg_event) != 0) != for_rows)
		ereport(
			ERROR, errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			errmsg("%s() is called by a trigger AFTER … FOR EACH %s only", function, for_rows ? "ROW" : "STATEMENT"),
			errhint("SELECT dbeng.enable_audit(…) makes it."));
	return trigger;
}

/* What a subtransaction has said goes when it is rolled back. */
static bool
is_said(int32 table_id)
{
	SubTransactionId current = GetCurrentSubTransactionId();
	for (std::size_t i = 0; i < std::min(said_count, lengthof(said_unlogged)); i++)
		if (said_unlogged[i].table_id == table_id &&
			(said_unlogged[i].in == current || said_unlogged[i].in == TopSubTransactionId))
			return true;
	said_unlogged[said_count++ % lengthof(said_unlogged)] = {table_id, current};
	return false;
}

static void
capture_fact(const TriggerData *trigger, Action action)
{
	int32 table_id = table_id_of(trigger);
	if (action == Action::unlogged && is_said(table_id))
		return;
	/* Left on a partition that was detached: what is done to it is no business of the table's any more. */
	if (!belongs_to(RelationGetRelid(trigger->tg_relation), table_id))
		return;
	install_capture();
	capture(shape_of(trigger->tg_relation, table_id), action, nullptr, nullptr);
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	if (action == Action::unlogged)
		note_gap(table_id, Gap::replica, now, now);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_audit_row)
{
	using namespace dbeng;
	const TriggerData *trigger = trigger_data(fcinfo, "dbeng._audit_row", true);
	install_capture();
	const TableShape &shape = shape_of(trigger->tg_relation, table_id_of(trigger));
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		capture(shape, Action::update, trigger->tg_trigslot, trigger->tg_newslot);
	else if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		capture(shape, Action::insert, nullptr, trigger->tg_trigslot);
	else
		capture(shape, Action::remove, trigger->tg_trigslot, nullptr);
	return PointerGetDatum(nullptr);
}

SQL_FUNCTION(dbeng_audit_truncate)
{
	using namespace dbeng;
	capture_fact(trigger_data(fcinfo, "dbeng._audit_truncate", false), Action::truncate);
	return PointerGetDatum(nullptr);
}

SQL_FUNCTION(dbeng_audit_replica)
{
	using namespace dbeng;
	capture_fact(trigger_data(fcinfo, "dbeng._audit_replica", true), Action::unlogged);
	return PointerGetDatum(nullptr);
}
