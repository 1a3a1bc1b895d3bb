#include "snapshot/waits.hpp"

#include "core/text.hpp"
#include "snapshot/settings.hpp"

namespace dbeng {

int wait_sample_interval = 1000;

namespace {
struct WaitCount
{
	uint32 event; /* wait_event_info; 0: running */
	int64 samples;
};
} // namespace

/* More different events between two snapshots than this are counted as one. */
static constexpr int most_events = 256;
static WaitCount counts[most_events];
static int counted;
static int64 rounds;

static void
count_wait(uint32 event)
{
	for (int i = 0; i < counted; i++)
		if (counts[i].event == event)
		{
			counts[i].samples++;
			return;
		}
	if (counted < most_events)
		counts[counted++] = {event, 1};
	else
		counts[most_events - 1].samples++;
}

/*
 * Only sessions that are at work count: one that waits for its client is idle,
 * as is one that never began a statement. Reading another's status needs no
 * lock: it is written so that a reader can tell a torn copy.
 */
void
sample_waits()
{
	rounds++;
	int sessions = pgstat_fetch_stat_numbackends();
	for (int i = 1; i <= sessions; i++)
	{
		LocalPgBackendStatus *local = pg::local_status(i);
		if (local == nullptr)
			continue;
		const PgBackendStatus &status = local->backendStatus;
		if (status.st_databaseid != MyDatabaseId || status.st_procpid == MyProcPid ||
			(status.st_state != STATE_RUNNING && status.st_state != STATE_FASTPATH))
			continue;
		PGPROC *process = BackendPidGetProc(status.st_procpid);
		if (process == nullptr)
			continue;
		count_wait(*static_cast<volatile uint32 *>(&process->wait_event_info));
	}
	/* The copy of all sessions' status is the transaction's, or this process's where there is none. */
	pgstat_clear_backend_activity_snapshot();
}

int64
take_wait_samples(SeriesNames &names, Vector<int64> &samples)
{
	for (int i = 0; i < counted; i++)
	{
		uint32 event = counts[i].event;
		const char *type = event == 0 ? "CPU" : pgstat_get_wait_event_type(event);
		const char *name = event == 0 ? "CPU" : pgstat_get_wait_event(event);
		if (type == nullptr || name == nullptr)
			continue;
		const char *both = format("%s/%s", type, name);
		names.push_back(SeriesName{key_of(both), both});
		samples.push_back(counts[i].samples);
	}
	int64 looked = rounds;
	counted = 0;
	rounds = 0;
	return looked;
}

} // namespace dbeng
