#include "partition/steps.hpp"

#include "core/extension.hpp"
#include "core/options.hpp"
#include "core/procedure.hpp"
#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static constexpr int64 longest_rest_ms = 500;

int64
now_us()
{
	instr_time now;
	INSTR_TIME_SET_CURRENT(now);
	return static_cast<int64>(INSTR_TIME_GET_MICROSEC(now));
}

static bool
is_busy(int code, const char *message)
{
	return code == ERRCODE_LOCK_NOT_AVAILABLE || code == ERRCODE_T_R_DEADLOCK_DETECTED ||
		   code == ERRCODE_T_R_SERIALIZATION_FAILURE || code == ERRCODE_OBJECT_IN_USE ||
		   /* Two change one row of a catalog; the server has no code of its own for that. */
		   (code == ERRCODE_INTERNAL_ERROR &&
			strncmp(message, "tuple concurrently", strlen("tuple concurrently")) == 0);
}

static Outcome
outcome_of(const Mishap *mishap)
{
	if (mishap == nullptr)
		return {};
	/* A worker's own cancel; in a procedure it has gone on already. */
	if (mishap->cancelled)
		ereport(ERROR, errcode(ERRCODE_QUERY_CANCELED), errmsg("canceling statement due to user request"));
	const char *state = mishap->sqlstate;
	int code = MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4]);
	const char *trouble =
		mishap->detail == nullptr ? mishap->message : format("%s: %s", mishap->message, mishap->detail);
	return {trouble, is_busy(code, mishap->message), code, false};
}

/* Where autovacuum is in the way, the server asks it to leave when it looks for deadlocks. */
static int
deadlock_ms(bool insistent)
{
	return insistent ? std::max(1, lock_timeout / 2) : std::max(DeadlockTimeout, 2 * lock_timeout);
}

namespace {
struct Task
{
	Oid owner;
	bool insistent;
	void (*work)(void *);
	void *context;
};
} // namespace

static void
pin(const char *name, const char *value)
{
	set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

void
as_owner(Oid owner, void (*work)(void *context), void *context)
{
	Identity before;
	GetUserIdAndSecContext(&before.role, &before.context);
	SetUserIdAndSecContext(owner, before.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	int level = NewGUCNestLevel();
	pin("search_path", "pg_catalog, pg_temp");
	pin("default_tablespace", "");
	pin("default_table_access_method", "heap");
	pin("default_toast_compression", "pglz");
	pin("DateStyle", "ISO, YMD");
	pin("quote_all_identifiers", "off");
	work(context);
	AtEOXact_GUC(true, level);
	before.restore();
}

static void
run_as_owner(const Task &task)
{
	as_owner(task.owner,
			 [&task]
			 {
				 pin("lock_timeout", format("%dms", lock_timeout));
				 pin("deadlock_timeout", format("%dms", deadlock_ms(task.insistent)));
				 task.work(task.context);
			 });
}

Outcome
try_step(const Steps &steps, Oid owner, bool insistent, void (*work)(void *context), void *context)
{
	CHECK_FOR_INTERRUPTS();
	Task task = {owner, insistent, work, context};
	if (steps.doer == Doer::procedure)
		return outcome_of(committing([&task] { run_as_owner(task); }));
	return outcome_of(catching(
		[&task]
		{
			begin_transaction();
			run_as_owner(task);
			commit_transaction();
		}));
}

void
rest(int tries, int64 most_ms)
{
	/* 4, 8, 16 … half a second, give or take a half: two who are in each other's way do not stay so. */
	double longest = std::min<double>(std::ldexp(4, std::min(tries, 10)), longest_rest_ms);
	auto wait = static_cast<int64>(longest * (0.5 + pg_prng_double(&pg_global_prng_state)));
	WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
			  static_cast<long>(std::max<int64>(1, std::min(wait, most_ms))), PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

const char *const turn_of_another = "another session is at it";

namespace {
struct Turn
{
	LOCKTAG tag;
	MemoryContextCallback end;
};
} // namespace

/* Among advisory locks, which outlive a transaction that fails; apart from those of users, which have 1 or 2 in the last field. */
static LOCKTAG
turn_at(Oid parent)
{
	LOCKTAG tag;
	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, parent, 0, 0xdc);
	return tag;
}

static void
end_turn(void *turn)
{
	LockRelease(&static_cast<Turn *>(turn)->tag, ExclusiveLock, true);
}

/* Tries until it is done, hopeless or too late. */
template <class Try>
static const char *
patiently(const Steps &steps, Try once)
{
	int64 end = now_ms() + steps.patience_ms;
	for (int tries = 0;; tries++)
	{
		Outcome outcome = once(tries);
		int64 left = end - now_ms();
		if (outcome.trouble == nullptr || !outcome.busy || left <= 0)
			return outcome.trouble;
		if (steps.doer == Doer::worker && database_is_wanted())
			return outcome.trouble;
		rest(tries, left);
	}
}

MemoryContext
take_turn(const Steps &steps, Oid parent)
{
	LOCKTAG tag = turn_at(parent);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "dbeng turn", ALLOCSET_DEFAULT_SIZES);
	auto *turn = static_cast<Turn *>(MemoryContextAllocZero(context, sizeof(Turn)));
	turn->tag = tag;
	turn->end.func = end_turn;
	turn->end.arg = turn;
	const char *trouble = patiently(steps,
									[&tag]([[maybe_unused]] int tries)
									{
										bool free =
											LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
										return free ? Outcome{} : Outcome{turn_of_another, true, 0, false};
									});
	if (trouble != nullptr)
	{
		MemoryContextDelete(context);
		return nullptr;
	}
	MemoryContextRegisterResetCallback(context, &turn->end);
	return context;
}

/* Autovacuum is left alone at first: most of its runs are short. */
static bool
insists(int tries)
{
	return tries >= 6;
}

const char *
step(const Steps &steps, Oid owner, void (*work)(void *context), void *context)
{
	return patiently(steps, [&](int tries) { return try_step(steps, owner, insists(tries), work, context); });
}

Outcome
try_step_alone(const Steps &steps, Oid owner, const char *statement, int lock_timeout_ms)
{
	CHECK_FOR_INTERRUPTS();
	if (steps.nested)
		return {"it cannot be done by a procedure that other code has called", false, ERRCODE_ACTIVE_SQL_TRANSACTION,
				false};
	return outcome_of(steps.doer == Doer::procedure ? committing_statement(statement, owner, lock_timeout_ms)
													: catching_statement(statement, owner, lock_timeout_ms));
}

const char *
step_alone(const Steps &steps, Oid owner, const char *statement)
{
	return patiently(steps,
					 [&]([[maybe_unused]] int tries) { return try_step_alone(steps, owner, statement, lock_timeout); });
}

const char *
step_alone_waiting(const Steps &steps, Oid owner, const char *statement)
{
	return try_step_alone(steps, owner, statement, 0).trouble;
}

void
lock_relations(std::span<const RelationLock> locks)
{
	int64 end = now_ms() + lock_timeout;
	int level = NewGUCNestLevel();
	for (const RelationLock &lock : locks)
	{
		if (!OidIsValid(lock.relation))
			continue;
		set_config_option("lock_timeout", format("%dms", static_cast<int>(std::max<int64>(1, end - now_ms()))),
						  PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
		LockRelationOid(lock.relation, lock.mode);
	}
	AtEOXact_GUC(true, level);
}

} // namespace dbeng
