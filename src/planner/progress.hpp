/*
 * progress.hpp: how far a long look at the workload has come, for other
 * sessions to see (dbeng.advisor_progress).
 *
 * It lies where the server keeps the progress of its own commands, under a
 * number none of them has: no shared memory of ours, no preloading.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

enum class Phase : uint8
{
	reading = 1, /* the catalogs and the workload */
	studying,	 /* each statement with its candidates */
	choosing	 /* the set */
};

/* Begins to tell, until progress_end(). */
void progress_phase(Phase phase, int64 total);
/* One more is done; nothing where nothing is told. Stops when somebody wants it to. */
void progress_step();
void progress_end();

} // namespace dbeng
