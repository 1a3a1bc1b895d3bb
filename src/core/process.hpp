/*
 * process.hpp: work in a background process: errors that end the work and
 * not the process, commands that run as if a client had sent them.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Why a piece of work ended. Texts are in the memory context of whoever asked. */
struct Mishap
{
	const char *sqlstate;
	const char *message;
	const char *detail; /* NULL without */
	bool cancelled;		/* on somebody's request; a timeout is a failure like any other */
};

/*
 * Runs work, which starts and commits its own transactions; on an error all
 * of them are rolled back and the error, instead of going on, is returned.
 * NULL: none. Not for use within a transaction.
 */
const Mishap *catching(void (*work)(void *context), void *context);

template <class Work>
const Mishap *
catching(Work &&work)
{
	return catching([](void *context) { (*static_cast<std::remove_reference_t<Work> *>(context))(); }, &work);
}

/*
 * A transaction of ours in a background process, with a snapshot; whatever
 * the session's settings say of isolation, reading only and waiting for locks
 * does not hold for it.
 */
void begin_transaction();
void commit_transaction();

/*
 * Runs the statements of a text one by one, each as a client would: a
 * transaction of its own unless BEGIN opened one, at top level, so that
 * VACUUM, CREATE INDEX CONCURRENTLY and CALL … COMMIT work. Returns how many
 * rows the last one processed, -1 where that has no meaning. Not for use
 * within a transaction.
 */
int64 run_commands(const char *commands);

/*
 * Does somebody wait for this database to be free of sessions (DROP DATABASE,
 * ALTER DATABASE … RENAME, CREATE DATABASE … TEMPLATE)? Long work of ours
 * asks between its batches, and stops: they give up after five seconds.
 */
bool database_is_wanted();

} // namespace dbeng
