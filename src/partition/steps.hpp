/*
 * steps.hpp: maintenance in steps that nobody has to wait for.
 *
 * Each step is a transaction of its own as the set's owner. It waits for no
 * lock longer than dbeng.lock_timeout; when it does not get one it is rolled back, rests
 * a while that grows and is never the same, and tries again.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Who does it: a worker, between transactions of its own, or a procedure that a client has called outside of a transaction block. */
enum class Doer : uint8
{
	worker,
	procedure
};

struct Steps
{
	Doer doer;
	int64 patience_ms;	 /* how long to go on trying one step; 0: once */
	bool nested = false; /* a procedure that other code has called (begin_procedure() tells): no statement alone then */
};

/* What came of one try. */
struct Outcome
{
	const char *trouble = nullptr; /* in the caller's memory context; NULL: it is done */
	bool busy = false;			   /* others are in the way: the same may succeed a little later */
	int sqlstate = 0;
	bool pending = false; /* of a partition that is half detached now */
};

/*
 * One try. Errors of every kind but cancels and shutdowns end here. Insistent: where autovacuum holds the lock, it gives way, as it does to
 * everybody who waits for a second.
 */
Outcome try_step(const Steps &steps, Oid owner, bool insistent, void (*work)(void *context), void *context);

template <class Work>
Outcome
try_step(const Steps &steps, Oid owner, bool insistent, Work &&work)
{
	return try_step(
		steps, owner, insistent, [](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); },
		&work);
}

/* As many as patience lets there be. NULL, or why it came to nothing, in the caller's memory context. */
const char *step(const Steps &steps, Oid owner, void (*work)(void *context), void *context);

template <class Work>
const char *
step(const Steps &steps, Oid owner, Work &&work)
{
	return step(
		steps, owner, [](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); }, &work);
}

/* One statement that cannot run in a transaction block (DETACH … CONCURRENTLY), as the owner; not for nested procedures. */
Outcome try_step_alone(const Steps &steps, Oid owner, const char *statement, int lock_timeout_ms);

/* NULL, or why it came to nothing. */
const char *step_alone(const Steps &steps, Oid owner, const char *statement);
/* The same, waiting for as long as it takes: of what is lost when it is given up, and holds only locks that nobody else minds. */
const char *step_alone_waiting(const Steps &steps, Oid owner, const char *statement);

/*
 * A turn at a set: whoever else would do something to it in steps, in another session, waits for his own, so that nobody finds undone or
 * done what he was about to do. It lasts beyond transactions, as long as the memory context that is returned: delete it to end it; an error
 * that ends the work does, too. NULL: another session has had it for as long as patience lasted.
 */
MemoryContext take_turn(const Steps &steps, Oid parent);
extern const char *const turn_of_another;

/* Of a clock that nobody sets. */
int64 now_us();
inline int64
now_ms()
{
	return now_us() / 1000;
}

/* A rest before the next try, longer with each and never the same; no longer than most_ms. */
void rest(int tries, int64 most_ms);

/*
 * Does work as the owner of a set, who gains nothing by it, under settings that make every session's statements alike. In the caller's
 * transaction; steps do it for what they do.
 */
void as_owner(Oid owner, void (*work)(void *context), void *context);

template <class Work>
void
as_owner(Oid owner, Work &&work)
{
	as_owner(
		owner, [](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); }, &work);
}

/* Within a step: locks, in the order given, and waits for all of them together no longer than for one. */
struct RelationLock
{
	Oid relation;
	LOCKMODE mode;
};
void lock_relations(std::span<const RelationLock> locks);

} // namespace dbeng
