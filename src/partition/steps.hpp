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
	int64 patience_ms; /* how long to go on trying one step; 0: once */
};

/* NULL, or why it came to nothing, in the caller's memory context. Errors of every kind but cancels and shutdowns end here. */
const char *step(const Steps &steps, Oid owner, void (*work)(void *context), void *context);

template <class Work>
const char *
step(const Steps &steps, Oid owner, Work &&work)
{
	return step(steps, owner, [](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); }, &work);
}

/* One statement that cannot run in a transaction block (DETACH … CONCURRENTLY), as the owner. NULL, or why it came to nothing. */
const char *step_alone(const Steps &steps, Oid owner, const char *statement);

} // namespace dbeng
