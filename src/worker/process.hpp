/*
 * process.hpp: what launcher, workers and the processes of jobs have in
 * common: signals, waiting, being started.
 */
#pragma once

#include "core/worker_slots.hpp"

namespace dbeng {

/* Signals, and the start of a process that is no client. */
void start_process();

/* SIGTERM ends it at once while work is done, and otherwise where it waits, without a word in the log. */
void set_working(bool working);

/* Waits to be woken, at most so long; handles what came in. True: the settings were read again. May not return. */
bool wait_process(int64 milliseconds);

/* Milliseconds on a clock that nobody sets. */
int64 monotonic_ms();

/* Starts a function of this library as a process; NULL when the server has no slot for it. pfree() the handle. */
BackgroundWorkerHandle *start_background(const char *function, const char *type, const char *name, Datum argument,
										 int restart_seconds);

/* A session of ours: neither the database's settings nor a user's change what it does. */
void pin_session();

/* For _PG_init, when preloaded. */
void register_launcher();

} // namespace dbeng
