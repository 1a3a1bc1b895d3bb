#include "partition/maintain.hpp"

#include "core/attempt.hpp"
#include "core/extension.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "partition/expiry.hpp"
#include "partition/move_rows.hpp"
#include "partition/new_partition.hpp"

namespace dbeng {

int partition_interval = 60;

/* Sets that are looked at in one transaction. */
static constexpr std::size_t together = 50;
/* Whatever the calendar says, a set is looked at once in such a time: somebody may have changed it. */
static constexpr int64 longest_ms = SECS_PER_HOUR * INT64CONST(1000);
/* Rows of one set are moved so long, then it is another's turn. */
static constexpr int64 slice_ms = 3000;
static constexpr int batch_rows = 10000;
/* So often the set may have changed under the hands of a run, before that is taken for an error. */
static constexpr int surprises = 3;
/* From so many on autovacuum has to give way. */
static constexpr int modest_tries = 6;

/* When there may be something to do again. */
static TimestampTz
next_due(const PartitionSet &set, TimestampTz now)
{
	int64 wait = int64{partition_interval} * 1000;
	if (set.calendar.timed() && !set.settings.draining)
	{
		int64 position = set.calendar.position_of(now);
		Cell cell;
		int64 left = set.calendar.cell(position, &cell) ? (cell.upper - position) / 1000 + 1000 : longest_ms;
		/* Sets that were made together are not for ever looked at together. */
		auto most = static_cast<int64>(longest_ms * (0.75 + pg_prng_double(&pg_global_prng_state) / 4));
		wait = std::clamp<int64>(left, 1000, most);
	}
	return now + wait * 1000;
}

/* Is there something that maintenance can do, or that a person must? A gap is for the checks to tell. */
static bool
concerns(const PlannedAction &action)
{
	return action.action != PartitionAction::none || OidIsValid(action.partition);
}

namespace {
/* What one look at a set found. */
struct Look
{
	SetRun &run;
	TimestampTz now;
	MemoryContext context; /* of what is kept of it */

	void at(PartitionSet &set, const char *trouble)
	{
		if (trouble != nullptr)
			return run.keep_trouble(context, trouble);
		Identity before = act_as(set.owner);
		Local<Vector<PlannedAction>> actions;
		plan(set, now, *actions);
		before.restore();
		run.open = std::any_of(actions->begin(), actions->end(), concerns);
		run.next_due = next_due(set, now);
	}
};
} // namespace

/* Settings of some sets, and which of them need more than these to be planned. */
static void
read_together(std::span<SetRun> runs, Vector<SetSettings> &settings, FlatSet<Oid> &intricate)
{
	Local<Vector<Datum>> oids;
	for (const SetRun &run : runs)
		oids->push_back(ObjectIdGetDatum(run.parent));
	Identity caller = act_as_owner();
	ArrayType *array =
		construct_array(oids->data(), static_cast<int>(oids->size()), OIDOID, sizeof(Oid), true, TYPALIGN_INT);
	Argument arguments[] = {{OIDARRAYOID, PointerGetDatum(array), false}};
	constexpr int due = 20;
	each_row(format("SELECT %s, t.next_due FROM dbeng.partition_set s LEFT JOIN dbeng.partition_state t USING (parent)"
					" WHERE s.parent = ANY ($1)",
					settings_columns),
			 arguments,
			 [&](const Row &row)
			 {
				 settings.push_back({});
				 settings_of(row, &settings.back());
				 Oid parent = settings.back().parent;
				 auto run = std::find_if(runs.begin(), runs.end(),
										 [parent](const SetRun &other) { return other.parent == parent; });
				 run->was_due = row.time(due);
			 });
	each_row("SELECT DISTINCT l.parent FROM dbeng.partition_leaving l WHERE l.parent = ANY ($1)", arguments,
			 [&](const Row &row) { intricate.insert(static_cast<Oid>(row.integer(1))); });
	caller.restore();
}

/* Only looking, all in one transaction: where nothing is due, that is all. An error is of the one set. */
static void
look_together(std::span<SetRun> runs, MemoryContext context)
{
	Local<Vector<SetSettings>> settings;
	Local<FlatSet<Oid>> intricate;
	read_together(runs, *settings, *intricate);
	TimestampTz now = GetCurrentTimestamp();
	MemoryContext one = AllocSetContextCreate(CurrentMemoryContext, "dbeng set", ALLOCSET_DEFAULT_SIZES);
	for (SetRun &run : runs)
	{
		CHECK_FOR_INTERRUPTS();
		const auto *found = std::find_if(settings->data(), settings->data() + settings->size(),
										 [&run](const SetSettings &other) { return other.parent == run.parent; });
		if (found == settings->data() + settings->size())
			continue;
		bool rates = found->ahead > 0 && found->rule.encoding == Encoding::number;
		run.open = found->draining || rates || intricate->contains(run.parent);
		if (run.open)
			continue;
		MemoryContext caller = MemoryContextSwitchTo(one);
		Refusal refusal = attempted(
			[&]
			{
				Local<PartitionSet> set;
				set->settings = *found;
				Look{run, now, context}.at(*set, set->look());
			});
		/* By itself it may fare better. */
		run.open = run.open || refusal.code != 0;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(one);
	}
	MemoryContextDelete(one);
}

namespace {
/* One try at all that is due of one set. */
class SetTry
{
  public:
	SetTry(const Steps &steps, SetRun &run, MemoryContext context)
		: steps_(steps), run_(run), context_(context), own_(CurrentMemoryContext), insistent_(run.tries >= modest_tries)
	{}
	void all();

  private:
	bool look();
	void one(const PlannedAction &action);
	Outcome create(const PlannedAction &action);
	Outcome create_default();
	void make_index();
	void drop_index();
	void note(const Outcome &outcome);

	const Steps &steps_;
	SetRun &run_;
	MemoryContext context_; /* of what is kept */
	MemoryContext own_;		/* of this try */
	bool insistent_;
	bool pending_ = false;		  /* one that is half detached keeps others from being detached */
	bool lacks_index_ = false;	  /* of the default partition, which is large */
	const char *rest_ = nullptr;  /* the default partition by name */
	const char *index_ = nullptr; /* that is made for this try only */
	Local<PartitionSet> set_;
	Local<Vector<PlannedAction>> actions_;
};
} // namespace

/* Somebody may have made, detached or dropped by hand what was to be; looked at again, it may be well. */
static bool
is_change(int sqlstate)
{
	return sqlstate == ERRCODE_UNDEFINED_TABLE || sqlstate == ERRCODE_DUPLICATE_TABLE ||
		   sqlstate == ERRCODE_UNIQUE_VIOLATION || sqlstate == ERRCODE_INVALID_OBJECT_DEFINITION ||
		   sqlstate == ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
}

void
SetTry::note(const Outcome &outcome)
{
	if (outcome.trouble == nullptr)
	{
		run_.done++;
		return;
	}
	run_.busy = run_.busy || outcome.busy || (is_change(outcome.sqlstate) && run_.tries < surprises);
	if (run_.trouble == nullptr)
		run_.keep_trouble(context_, outcome.trouble);
}

bool
SetTry::look()
{
	const char *trouble = nullptr;
	Outcome outcome = try_step(steps_, GetUserId(), insistent_,
							   [this, &trouble]
							   {
								   MemoryContextSwitchTo(own_);
								   TimestampTz now = GetCurrentTimestamp();
								   trouble = set_->read(run_.parent);
								   if (trouble != nullptr)
									   return;
								   run_.keep_name(context_, qualified(run_.parent));
								   Identity before = act_as(set_->owner);
								   plan(*set_, now, *actions_);
								   lacks_index_ = lacks_index_for_attach(*set_);
								   rest_ = lacks_index_ ? qualified(set_->default_partition) : nullptr;
								   before.restore();
								   note_growth(*set_, now);
								   run_.next_due = next_due(*set_, now);
							   });
	if (trouble != nullptr)
		outcome = {trouble, false, 0, false};
	if (outcome.trouble != nullptr)
		note(outcome);
	return outcome.trouble == nullptr;
}

/* For as long as partitions are attached beside a large default partition: so that nobody waits while all of it is read. */
void
SetTry::make_index()
{
	const char *name = nullptr;
	const char *index = nullptr;
	try_step(steps_, set_->owner, insistent_,
			 [&]
			 {
				 const char *table = get_rel_name(set_->default_partition);
				 int length = pg_mbcliplen(table, static_cast<int>(strlen(table)), NAMEDATALEN - 20);
				 index = MemoryContextStrdup(own_, quoted(format("%.*s_dbeng_attach", length, table)));
				 name = MemoryContextStrdup(
					 own_,
					 format("%s.%s", quoted(get_namespace_name(get_rel_namespace(set_->default_partition))), index));
				 /* What an earlier run was cut short at. */
				 execute(format("DROP INDEX IF EXISTS %s", name));
			 });
	if (name == nullptr)
		return;
	const char *statement = format("CREATE INDEX CONCURRENTLY %s ON %s (%s)", index, rest_, quoted(set_->key_name));
	if (step_alone_waiting(steps_, set_->owner, statement) == nullptr)
		index_ = name;
}

void
SetTry::drop_index()
{
	if (index_ != nullptr)
		step_alone_waiting(steps_, set_->owner, format("DROP INDEX CONCURRENTLY IF EXISTS %s", index_));
}

Outcome
SetTry::create(const PlannedAction &action)
{
	if (lacks_index_ && index_ == nullptr && !steps_.nested)
		make_index();
	return try_step(steps_, set_->owner, insistent_,
					[&]
					{
						/* Who has come in vain once asks for the locks before he makes all of it again. */
						RelationLock locks[] = {{run_.parent, ShareUpdateExclusiveLock},
												{set_->default_partition, AccessExclusiveLock}};
						if (run_.tries > 0)
							lock_relations(locks);
						Oid made = make_beside(*set_, partition_name(*set_, action.lower));
						attach(*set_, made, action.lower, action.upper);
					});
}

Outcome
SetTry::create_default()
{
	return try_step(steps_, set_->owner, insistent_,
					[&] { attach_default(*set_, make_beside(*set_, default_name(*set_))); });
}

void
SetTry::one(const PlannedAction &action)
{
	Outcome outcome;
	switch (action.action)
	{
		case PartitionAction::create:
			outcome = create(action);
			/* Somebody has put rows of that range into the default partition since it was looked at. */
			if (outcome.sqlstate == ERRCODE_CHECK_VIOLATION)
			{
				run_.drain = true;
				return;
			}
			break;
		case PartitionAction::create_default:
			outcome = create_default();
			break;
		case PartitionAction::drain:
			run_.drain = true;
			return;
		case PartitionAction::none:
			/* Moving its rows begins with an index by which it is known. */
			if (action.partition == set_->default_partition && OidIsValid(action.partition) && set_->settings.draining)
			{
				run_.drain = true;
				return;
			}
			if (!OidIsValid(action.partition) || (action.partition == set_->default_partition && index_ != nullptr))
				return;
			outcome = {action.reason, action.busy, 0, false};
			break;
		default:
			if (pending_ && action.action != PartitionAction::finalize_detach)
				return;
			outcome = expire(steps_, *set_, action, insistent_);
			pending_ = pending_ || (action.action == PartitionAction::finalize_detach && outcome.trouble != nullptr) ||
					   outcome.pending;
			break;
	}
	note(outcome);
}

void
SetTry::all()
{
	if (!look())
		return;
	for (const PlannedAction &action : *actions_)
	{
		CHECK_FOR_INTERRUPTS();
		if (steps_.doer == Doer::worker && database_is_wanted())
		{
			note({"the database was needed by somebody else", true, 0, false});
			break;
		}
		one(action);
	}
	/* Until it is told that nothing is left. */
	if (set_->settings.draining && OidIsValid(set_->default_partition))
		run_.drain = true;
	drop_index();
}

/* From some milliseconds to half a second: who comes when the others have gone, need not wait long for it. */
static void
try_later(SetRun &run)
{
	double longest = std::min<double>(std::ldexp(10, std::min(run.tries++, 6)), 500);
	run.next_try = now_ms() + static_cast<int64>(longest * (0.5 + pg_prng_double(&pg_global_prng_state) / 2));
}

/* Memory for a turn at a set; NULL: it is another session's. */
static MemoryContext
begin_turn(const Steps &steps, SetRun &run, MemoryContext context)
{
	MemoryContext own = take_turn(steps, run.parent);
	run.elsewhere = own == nullptr;
	run.busy = run.elsewhere;
	run.forget_trouble();
	if (run.elsewhere)
		run.keep_trouble(context, turn_of_another);
	return own;
}

/* Tries a set, and says whether and when again. */
static void
try_set(const Steps &steps, SetRun &run, MemoryContext context)
{
	MemoryContext caller = CurrentMemoryContext;
	if (MemoryContext own = begin_turn(steps, run, context))
	{
		MemoryContextSwitchTo(own);
		Local<SetTry> attempt(steps, run, context);
		attempt->all();
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(own);
	}
	run.open = run.busy || run.drain;
	if (run.busy)
		try_later(run);
}

/* Rows of a set's default partition, for a while; then it is planned anew. */
static void
drain_slice(const Steps &steps, SetRun &run, int64 most_ms, MemoryContext context)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext own = begin_turn(steps, run, context);
	if (own == nullptr)
		return try_later(run);
	MemoryContextSwitchTo(own);
	Movement movement = drain_default_partition(steps, run.parent, batch_rows, std::min(most_ms, slice_ms));
	run.done += movement.batches;
	MemoryContextSwitchTo(caller);
	if (movement.trouble != nullptr)
	{
		run.keep_trouble(context, movement.trouble);
		run.open = run.drain = false;
		MemoryContextDelete(own);
		return;
	}
	run.drain = !movement.done;
	MemoryContextDelete(own);
	if (movement.done)
		try_set(steps, run, context);
	/* What is found in there now, it has left there. */
	if (movement.done && !run.busy)
		run.open = run.drain = false;
}

/* Whose turn it is: those that wait, when their rest is over, before those that drain. NULL: nobody's yet. */
static SetRun *
next_run(Vector<SetRun> &runs, int64 now)
{
	SetRun *next = nullptr;
	for (SetRun &run : runs)
	{
		if (!run.open || run.next_try > now)
			continue;
		if (next == nullptr ||
			std::pair(run.drain && !run.busy, run.next_try) < std::pair(next->drain && !next->busy, next->next_try))
			next = &run;
	}
	return next;
}

static int64
earliest_try(const Vector<SetRun> &runs)
{
	int64 earliest = PG_INT64_MAX;
	for (const SetRun &run : runs)
		if (run.open)
			earliest = std::min(earliest, run.next_try);
	return earliest;
}

/* Who has been holding a lock on the set for longest. */
static const char *
holder(Oid parent)
{
	const char *text = "";
	Argument arguments[] = {Argument::oid(parent)};
	each_row(
		"SELECT CASE WHEN x.transaction IS NULL THEN format('process %s', a.pid) ELSE format('prepared transaction %L', x.gid) END,"
		" date_trunc('second', clock_timestamp() - coalesce(x.prepared, a.xact_start)) FROM pg_locks l"
		" LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
		" LEFT JOIN pg_locks t ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid'"
		" AND t.virtualtransaction = l.virtualtransaction"
		" LEFT JOIN pg_prepared_xacts x ON x.transaction = t.transactionid"
		" WHERE l.granted AND l.locktype = 'relation' AND coalesce(a.pid <> pg_backend_pid(), x.gid IS NOT NULL)"
		" AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())"
		" AND (l.relation = $1 OR l.relation IN (SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = $1))"
		" ORDER BY coalesce(x.prepared, a.xact_start) LIMIT 1",
		arguments,
		[&text](const Row &row)
		{
			text = format("; %s holds a lock, its transaction has been open for %s", row.text(1),
						  row.null(2) ? "a while" : row.text(2));
		});
	return text;
}

/* Keeps how the runs ended. */
static void
record(std::span<SetRun> runs)
{
	Local<Vector<Datum>> parents;
	Local<Vector<Datum>> due;
	Local<Vector<Datum>> seen;
	Local<Vector<Datum>> waits;
	Local<Vector<const char *>> troubles;
	bool gone = false;
	Identity caller = act_as_owner();
	for (SetRun &run : runs)
	{
		/* Dropped meanwhile: then there is nothing to say of it. */
		if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(run.parent)))
		{
			gone = true;
			run.forget_trouble();
			continue;
		}
		/* Whoever is at it says how it ends. */
		if (run.elsewhere)
			continue;
		bool waiting = run.busy || run.drain;
		const char *trouble = run.trouble;
		if (run.busy && trouble != nullptr)
			trouble = format("it waits for others: %s%s", trouble, holder(run.parent));
		parents->push_back(ObjectIdGetDatum(run.parent));
		due->push_back(TimestampTzGetDatum(run.next_due == 0 ? GetCurrentTimestamp() : run.next_due));
		seen->push_back(TimestampTzGetDatum(run.was_due));
		waits->push_back(BoolGetDatum(waiting));
		troubles->push_back(trouble);
	}
	auto array = [](const Vector<Datum> &values, Oid type, int length, bool by_value, char alignment)
	{
		return PointerGetDatum(construct_array(const_cast<Datum *>(values.data()), static_cast<int>(values.size()),
											   type, length, by_value, alignment));
	};
	Argument arguments[] = {
		{OIDARRAYOID, array(*parents, OIDOID, sizeof(Oid), true, TYPALIGN_INT), false},
		{TIMESTAMPTZARRAYOID, array(*due, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE), false},
		{BOOLARRAYOID, array(*waits, BOOLOID, 1, true, TYPALIGN_CHAR), false},
		text_array({troubles->data(), troubles->size()}),
		{TIMESTAMPTZARRAYOID, array(*seen, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE), false}};
	/*
	 * What fails, fails again soon after; so it is tried less and less often. What waits or has not come to its end is due at once, and so is
	 * what somebody has called due since the run began: its settings are others now.
	 */
	execute(
		"INSERT INTO dbeng.partition_state AS s (parent, next_due, last_run, last_error, failures)"
		" SELECT r.parent, CASE WHEN r.waits THEN now() WHEN r.trouble IS NULL THEN r.due ELSE now() + interval '1 minute' END,"
		"   now(), r.trouble, (r.trouble IS NOT NULL)::int"
		" FROM unnest($1, $2, $3, $4) AS r(parent, due, waits, trouble) JOIN dbeng.partition_set p ON p.parent = r.parent"
		" ON CONFLICT (parent) DO UPDATE SET last_run = excluded.last_run, last_error = excluded.last_error,"
		"   failures = CASE WHEN excluded.last_error IS NULL THEN 0 ELSE s.failures + 1 END,"
		"   next_due = least("
		"     (SELECT s.next_due FROM unnest($1, $5) AS b(parent, due) WHERE b.parent = s.parent AND b.due <> s.next_due),"
		"     CASE WHEN excluded.last_error IS NULL OR excluded.next_due <= now() THEN excluded.next_due"
		"     ELSE now() + least(interval '1 hour', interval '1 minute' * 2 ^ least(s.failures, 6)) END)",
		arguments);
	caller.restore();
	if (gone)
		forget_dropped_sets();
}

/* Does work for the runs some at a time, in a transaction each. */
template <class Work>
static void
by_chunks(const Steps &steps, Vector<SetRun> &runs, Work work)
{
	for (std::size_t from = 0; from < runs.size(); from += together)
	{
		std::span<SetRun> chunk(runs.data() + from, std::min(together, runs.size() - from));
		if (const char *trouble = step(steps, GetUserId(), [&] { work(chunk); }))
			ereport(WARNING, errmsg("maintenance of partitions was interrupted: %s", trouble));
	}
}

static void
work_until(const Steps &steps, Vector<SetRun> &runs, int64 end, MemoryContext context)
{
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		int64 now = now_ms();
		SetRun *run = next_run(runs, now);
		if (run == nullptr)
		{
			int64 wait = earliest_try(runs);
			if (wait == PG_INT64_MAX || now >= end)
				return;
			rest(0, std::min(wait, end) - now);
			continue;
		}
		/* Everybody gets his turn once, late as it may be. */
		if ((run->tries > 0 || run->drain) && (now >= end || (steps.doer == Doer::worker && database_is_wanted())))
			return;
		if (run->drain && !run->busy)
			drain_slice(steps, *run, end - now, context);
		else
			try_set(steps, *run, context);
	}
}

void
maintain_sets(const Steps &steps, Vector<SetRun> &runs, int64 patience_ms)
{
	MemoryContext context = CurrentMemoryContext;
	int64 end = now_ms() + patience_ms;
	Steps patient = {steps.doer, 1000, steps.nested};
	/* What cannot be looked at with the others is looked at by itself. */
	for (SetRun &run : runs)
		run.open = true;
	by_chunks(patient, runs, [context](std::span<SetRun> chunk) { look_together(chunk, context); });
	Steps once = {steps.doer, 0, steps.nested};
	work_until(once, runs, end, context);
	by_chunks(patient, runs, [](std::span<SetRun> chunk) { record(chunk); });
}

} // namespace dbeng
