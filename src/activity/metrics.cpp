/*
 * metrics.cpp: dbeng.metrics(): one number each, with its limits and who is behind it.
 *
 * What a health check judges too is read by the same code and measured by the
 * check's limits as configured: a metric is warning or critical exactly when
 * the check has a finding of that severity. The few limits of our own are the
 * constants below.
 */
#include "activity/checkpoints.hpp"
#include "activity/connections.hpp"
#include "activity/dead_rows.hpp"
#include "activity/disks.hpp"
#include "activity/freeze.hpp"
#include "activity/replication.hpp"
#include "activity/sizes.hpp"
#include "activity/slots.hpp"
#include "catalog/archiving.hpp"
#include "catalog/autovacuum.hpp"
#include "catalog/horizon.hpp"
#include "core/access.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"
#include "unit/configuration.hpp"
#include "unit/wording.hpp"

namespace dbeng {

/* Seconds. A short statement never waits as long for a lock, nor is its transaction as long open. */
static constexpr double lock_wait_warning = 60;
static constexpr double lock_wait_critical = 300;
static constexpr double transaction_warning = 3600;
static constexpr double transaction_critical = 86400;

static constexpr double none = std::numeric_limits<double>::quiet_NaN();

namespace {
enum class State : uint8
{
	ok,
	warning,
	critical,
	unknown
};

struct Metric
{
	double value = none;
	const char *unit = nullptr;
	int decimals = 0;
	double warning = none;
	double critical = none;
	State state = State::ok;
	const char *detail = nullptr;

	/* Beyond its limits: above them. */
	void judge_above() { state = value > critical ? State::critical : value > warning ? State::warning : State::ok; }
	void judge_below() { state = value < critical ? State::critical : value < warning ? State::warning : State::ok; }
};

/* What metrics are made of. */
struct Seen
{
	const Catalog &catalog;
	const Limits &limit;
};

struct Definition
{
	const char *name;
	void (*measure)(const Seen &seen, Metric &metric);
};
} // namespace

static const char *
plural(int64 count, const char *noun)
{
	return format("%s %s%s", grouped(count), noun, count == 1 ? "" : "s");
}

static const char *
seconds_text(double seconds)
{
	return duration(static_cast<int64>(seconds * USECS_PER_SEC));
}

/* What all ratios are over. */
static const char *
window(const Catalog &catalog)
{
	return format("in %s (since the statistics began)", duration(catalog.counted_for()));
}

static void
connections_used(const Seen &seen, Metric &metric)
{
	ConnectionUse use = connection_use();
	metric.unit = "%";
	metric.decimals = 1;
	metric.value = use.percent;
	metric.warning = seen.limit("mon-connections", "percent");
	metric.critical = seen.limit("mon-connections", "critical_percent");
	metric.state = use.percent <= metric.warning	? State::ok
				   : use.percent >= metric.critical ? State::critical
													: State::warning;
	metric.detail =
		format("%s of %s open to ordinary users, %s idle", grouped(use.used), grouped(use.limit), grouped(use.idle));
	each_row(
		"SELECT usename, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename IS NOT NULL"
		" GROUP BY usename ORDER BY 2 DESC, 1 LIMIT 1",
		[&metric](const Row &row)
		{ metric.detail = format("%s; most by role %s (%s)", metric.detail, row.text(1), grouped(row.integer(2))); });
}

/* The words every metric has for a session: pid, role, program, database. */
#define SESSION_WORDS                                                                                      \
	"'pid ' || pid || coalesce(', ' || usename, '') || coalesce(', ' || nullif(application_name, ''), '')" \
	" || coalesce(', database ' || datname, '')"

static void
idle_in_transaction(const Seen &seen, Metric &metric)
{
	metric.unit = "s";
	metric.value = 0;
	metric.warning = seen.limit("mon-idle-in-transaction", "seconds");
	metric.detail = "no session is idle in transaction";
	each_row("SELECT " SESSION_WORDS ", extract(epoch FROM clock_timestamp() - state_change)::float8, count(*) OVER ()"
			 " FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename IS NOT NULL"
			 " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid() ORDER BY state_change LIMIT 1",
			 [&metric](const Row &row)
			 {
				 metric.value = row.number(2);
				 metric.detail = format("%s idle in transaction, the longest for %s: %s",
										plural(row.integer(3), "session"), seconds_text(metric.value), row.text(1));
			 });
	metric.judge_above();
}

static void
oldest_transaction_age(const Seen &, Metric &metric)
{
	metric.unit = "s";
	metric.value = 0;
	metric.warning = transaction_warning;
	metric.critical = transaction_critical;
	metric.detail = "no other transaction is open";
	each_row(
		"SELECT words, extract(epoch FROM clock_timestamp() - since)::float8 FROM ("
		"SELECT " SESSION_WORDS " || ', ' || coalesce(state, '?') AS words, xact_start AS since"
		" FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
		" UNION ALL SELECT 'prepared transaction ' || quote_literal(gid) || ' of ' || owner || ', database ' || database, prepared"
		" FROM pg_prepared_xacts) t WHERE since IS NOT NULL ORDER BY since LIMIT 1",
		[&metric](const Row &row)
		{
			metric.value = std::max(row.number(2), 0.0);
			metric.detail = format("%s: open for %s", row.text(1), seconds_text(metric.value));
		});
	metric.judge_above();
}

static void
judge_hits(Metric &metric, int64 hit, int64 all, double least, const char *what, const Catalog &catalog)
{
	metric.unit = "%";
	metric.decimals = 2;
	if (all > 0)
		metric.value = 100 * static_cast<double>(hit) / static_cast<double>(all);
	if (static_cast<double>(all) < least)
	{
		metric.state = State::unknown;
		metric.detail = format("too early to tell: %s %s asked for %s, it takes %s", grouped(all), what,
							   window(catalog), grouped(static_cast<int64>(least)));
		return;
	}
	metric.judge_below();
	metric.detail = format("%s of %s %s came from outside shared_buffers (%s) %s", grouped(all - hit), grouped(all),
						   what, size(setting_bytes("shared_buffers")), window(catalog));
}

static void
cache_hit_ratio(const Seen &seen, Metric &metric)
{
	const DatabaseEntry &database = seen.catalog.database;
	metric.warning = seen.limit("mon-cache-hit", "warning_percent");
	judge_hits(metric, database.blocks_hit, database.blocks_hit + database.blocks_read, 1, "blocks", seen.catalog);
	/* What a fresh server reads is read for the first time. */
	double least = seen.limit("mon-cache-hit", "blocks");
	if (static_cast<double>(database.blocks_read) < least && metric.state != State::unknown)
	{
		metric.state = metric.value < metric.warning ? State::unknown : State::ok;
		if (metric.state == State::unknown)
			metric.detail = format("too early to tell: %s blocks read %s, it takes %s", grouped(database.blocks_read),
								   window(seen.catalog), grouped(static_cast<int64>(least)));
	}
}

static void
index_hit_ratio(const Seen &seen, Metric &metric)
{
	metric.unit = "%";
	auto own = seen.catalog.own_indexes();
	if (!(own.begin() != own.end()))
	{
		metric.detail = "there is no index";
		return;
	}
	int64 hit;
	int64 all = seen.catalog.index_blocks(&hit);
	metric.warning = seen.limit("idx-hit-ratio", "hit_pct");
	judge_hits(metric, hit, all, seen.limit("idx-hit-ratio", "blocks"), "index blocks", seen.catalog);
}

static void
dead_tuples(const Seen &seen, Metric &metric)
{
	metric.unit = "%";
	metric.decimals = 1;
	metric.value = 0;
	metric.warning = seen.limit("mon-dead-rows", "percent");
	double least = seen.limit("mon-dead-rows", "rows");
	const RelationEntry *worst = nullptr;
	int64 all = 0;
	for (const RelationEntry &table : leaf_roots(seen.catalog))
		each_leaf(table,
				  [&](const RelationEntry &leaf)
				  {
					  if (leaf.counters == nullptr)
						  return;
					  all += leaf.counters->dead;
					  double share = DeadRows::share(*leaf.counters);
					  if (static_cast<double>(leaf.counters->dead) <= least || share <= metric.value)
						  return;
					  metric.value = share;
					  worst = &leaf;
				  });
	metric.judge_above();
	if (worst == nullptr)
	{
		metric.detail =
			format("no table has more than %s dead rows; %s in all", grouped(static_cast<int64>(least)), grouped(all));
		return;
	}
	const Counters &counters = *worst->counters;
	metric.detail = format(
		"worst of the tables with more than %s dead rows: %s with %s beside %s live ones, last vacuumed "
		"%s; %s in all",
		grouped(static_cast<int64>(least)), quoted(worst->schema->name, worst->name), grouped(counters.dead),
		grouped(counters.live),
		counters.last_vacuum == 0 ? "never" : format("%s ago", duration(seen.catalog.now - counters.last_vacuum)),
		grouped(all));
}

static void
replication_lag(const Seen &seen, Metric &metric)
{
	metric.unit = "s";
	metric.decimals = 1;
	metric.warning = seen.limit("mon-replication-lag", "warning_seconds");
	Replication replication = read_replication(seen.catalog.in_recovery);
	if (replication.lags.empty())
	{
		metric.detail = seen.catalog.in_recovery ? "this standby receives no stream" : "no standby is connected";
		/* A standby that has lost its primary cannot know how much it misses. */
		metric.state = seen.catalog.in_recovery ? State::unknown : State::ok;
		return;
	}
	const Lag *worst = nullptr;
	for (const Lag &lag : replication.lags)
		if (!std::isnan(lag.seconds) && (worst == nullptr || lag.seconds > worst->seconds))
			worst = &lag;
	if (worst == nullptr)
	{
		metric.state = State::unknown;
		metric.detail = "nothing was replayed yet";
		return;
	}
	metric.value = worst->seconds;
	int64 behind;
	metric.state = replication.worst(metric.warning, &behind) != nullptr ? State::warning : State::ok;
	metric.detail =
		format("%s: %s not replayed; %s%s", worst->name, size(worst->bytes),
			   plural(static_cast<int64>(replication.lags.size()), "connection"),
			   replication.wanted > 0 ? format(", told to stay %s behind", seconds_text(replication.wanted)) : "");
}

static State
slot_state(const Slot &slot, double warning, double critical, int64 keep)
{
	if (slot.status != nullptr && strcmp(slot.status, "lost") == 0)
		return State::warning;
	auto retained = static_cast<double>(slot.retained);
	if (slot.active || retained <= warning)
		return State::ok;
	return keep < 0 && retained > critical ? State::critical : State::warning;
}

static void
replication_slot_retained_wal(const Seen &seen, Metric &metric)
{
	int64 keep = setting_bytes("max_slot_wal_keep_size");
	metric.unit = "bytes";
	metric.warning = seen.limit("mon-slot-inactive", "bytes");
	metric.critical = seen.limit("mon-slot-inactive", "critical_bytes");
	if (keep > 0)
		metric.warning =
			std::min(metric.warning, seen.limit("mon-slot-inactive", "keep_percent") / 100 * static_cast<double>(keep));
	/* With a limit on what slots keep, the disk is safe. */
	double critical = metric.critical;
	if (keep >= 0)
		metric.critical = none;
	const Slot *worst = nullptr;
	std::span<const Slot> slots = replication_slots();
	for (const Slot &slot : slots)
	{
		State state = slot_state(slot, metric.warning, critical, keep);
		if (worst != nullptr && (state < metric.state || (state == metric.state && slot.retained <= worst->retained)))
			continue;
		worst = &slot;
		metric.state = state;
	}
	metric.value = worst == nullptr ? 0 : static_cast<double>(worst->retained);
	if (worst == nullptr)
		metric.detail = "there is no replication slot";
	else if (worst->status != nullptr && strcmp(worst->status, "lost") == 0)
		metric.detail = format("slot %s is lost: its reader must be built anew", worst->name);
	else
		metric.detail = format(
			"%s slot %s keeps %s, %s; %s", worst->type, worst->name, size(worst->retained),
			worst->active ? "being read (only slots without a reader are judged)" : "nobody reads it",
			keep < 0 ? "max_slot_wal_keep_size sets no limit" : format("max_slot_wal_keep_size is %s", size(keep)));
}

static void
show_age(const Seen &seen, Metric &metric, Counter counter, const char *check)
{
	AgeLimits limits = age_limits(counter, seen.limit(check, "age"), seen.limit(check, "critical_age"));
	metric.unit = counter == Counter::transactions ? "transactions" : "multixacts";
	metric.warning = limits.age;
	metric.critical = limits.critical_age;
	std::span<const DatabaseAge> databases = database_ages(counter);
	const DatabaseAge *oldest = databases.data();
	for (const DatabaseAge &database : databases)
		if (database.age > oldest->age)
			oldest = &database;
	metric.value = static_cast<double>(oldest->age);
	metric.judge_above();
	metric.detail =
		format("database %s; the server gives out no new ones after %s more", oldest->name, grouped(oldest->left()));
}

static void
xid_age(const Seen &seen, Metric &metric)
{
	show_age(seen, metric, Counter::transactions, "mon-xid-age");
}

static void
multixact_age(const Seen &seen, Metric &metric)
{
	show_age(seen, metric, Counter::multixacts, "mon-multixact-age");
}

static void
lock_waits(const Seen &, Metric &metric)
{
	metric.unit = "s";
	metric.decimals = 1;
	metric.value = 0;
	metric.warning = lock_wait_warning;
	metric.critical = lock_wait_critical;
	metric.detail = "no session waits for a lock";
	each_row("SELECT " SESSION_WORDS ", coalesce(extract(epoch FROM clock_timestamp() - l.waitstart), 0)::float8,"
			 " count(*) OVER (), l.mode, l.locktype FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
			 " WHERE NOT l.granted ORDER BY l.waitstart LIMIT 1",
			 [&metric](const Row &row)
			 {
				 metric.value = std::max(row.number(2), 0.0);
				 metric.detail = format(
					 "%s for a lock, the longest for %s: %s, %s on a %s; dbeng.blocking has the tree",
					 row.integer(3) == 1 ? "1 session waits" : format("%s sessions wait", grouped(row.integer(3))),
					 seconds_text(metric.value), row.text(1), row.text(4), row.text(5));
			 });
	metric.judge_above();
}

/* How often in the window, by a unit of time of which there is at least one. */
static double
rate(const Catalog &catalog, int64 count, int64 unit)
{
	return static_cast<double>(count) /
		   std::max(1.0, static_cast<double>(catalog.counted_for()) / static_cast<double>(unit));
}

static void
deadlocks(const Seen &seen, Metric &metric)
{
	metric.unit = "per day";
	metric.decimals = 1;
	metric.value = rate(seen.catalog, seen.catalog.database.deadlocks, USECS_PER_DAY);
	metric.warning = seen.limit("mon-deadlocks", "per_day");
	metric.judge_above();
	metric.detail = format("%s %s", plural(seen.catalog.database.deadlocks, "deadlock"), window(seen.catalog));
}

static void
temp_spill(const Seen &seen, Metric &metric)
{
	const DatabaseEntry &database = seen.catalog.database;
	metric.unit = "bytes per hour";
	metric.value = rate(seen.catalog, database.temp_bytes, USECS_PER_HOUR);
	metric.warning = seen.limit("mon-temp-spill", "warning_bytes_per_hour");
	metric.judge_above();
	metric.detail = format("%s with %s %s; work_mem is %s", plural(database.temp_files, "temporary file"),
						   size(database.temp_bytes), window(seen.catalog), size(setting_bytes("work_mem")));
}

static void
checkpoints_requested(const Seen &seen, Metric &metric)
{
	metric.unit = "%";
	metric.decimals = 1;
	if (seen.catalog.in_recovery)
	{
		metric.detail = "a standby's restartpoints follow the primary's checkpoints";
		return;
	}
	Checkpoints checkpoints = read_checkpoints();
	metric.warning = seen.limit("mon-checkpoints-requested", "percent");
	const char *since = format("in %s (since the counters were reset)", duration(seen.catalog.now - checkpoints.since));
	if (checkpoints.all() > 0)
		metric.value = checkpoints.requested_pct();
	metric.detail = format("%s of %s checkpoints %s; max_wal_size is %s", grouped(checkpoints.requested),
						   grouped(checkpoints.all()), since, size(setting_bytes("max_wal_size")));
	double least = seen.limit("mon-checkpoints-requested", "checkpoints");
	if (static_cast<double>(checkpoints.all()) < least)
	{
		metric.state = State::unknown;
		metric.detail = format("too early to tell: %s, it takes %s", metric.detail, grouped(static_cast<int64>(least)));
	}
	else if (metric.value > metric.warning)
	{
		bool by_volume = checkpoints.by_volume(seen.limit("mon-checkpoints-requested", "wal_share"));
		metric.state = by_volume ? State::warning : State::ok;
		metric.detail = format("%s; %s", metric.detail,
							   by_volume ? "the volume of WAL forces them"
										 : "not forced by the volume of WAL but asked for (backups, CREATE DATABASE)");
	}
}

/* false: this server does not archive, and that is said. */
static bool
archives(const Seen &seen, const Archiving &archiving, Metric &metric)
{
	if (archiving.active(seen.catalog))
		return true;
	metric.detail = format("this server does not archive (archive_mode is %s)", archiving.mode);
	return false;
}

static void
wal_archive_failures(const Seen &seen, Metric &metric)
{
	Archiving archiving = read_archiving();
	metric.unit = "failures";
	if (!archives(seen, archiving, metric))
		return;
	metric.value = static_cast<double>(archiving.failed);
	TimestampTz now = seen.catalog.now;
	if (archiving.failing_for(now, seen.limit("bak-archive-failing", "seconds")))
		metric.state = State::critical;
	const char *success = archiving.last_archived == 0
							  ? "it never succeeded"
							  : format("the last success was %s ago", duration(now - archiving.last_archived));
	if (archiving.failing())
		metric.detail = format("it fails: last %s ago with %s, %s", duration(now - archiving.last_failed),
							   archiving.last_failed_file, success);
	else if (archiving.failed > 0)
		metric.detail =
			format("the last failure was %s ago; it succeeded since", duration(now - archiving.last_failed));
	else
		metric.detail = archiving.last_archived == 0 ? "nothing was to be archived yet" : success;
}

static void
wal_archive_age(const Seen &seen, Metric &metric)
{
	Archiving archiving = read_archiving();
	metric.unit = "s";
	if (!archives(seen, archiving, metric))
		return;
	int64 timeout = setting_milliseconds("archive_timeout");
	metric.warning = timeout > 0 ? seen.limit("bak-archive-stale", "times") * static_cast<double>(timeout) / 1000
								 : seen.limit("bak-archive-stale", "minutes") * 60;
	if (archiving.last_archived == 0)
	{
		metric.state = archiving.failing() ? State::critical : State::unknown;
		metric.detail = archiving.failing() ? "nothing was ever archived: it fails" : "nothing was archived yet";
		return;
	}
	metric.value = static_cast<double>(seen.catalog.now - archiving.last_archived) / USECS_PER_SEC;
	if (seen.catalog.in_recovery)
	{
		metric.detail = format("last %s; a standby archives as WAL comes in", archiving.last_archived_file);
		return;
	}
	int64 waiting = archiving.waiting_files();
	if (archiving.failing())
		metric.state = archiving.failing_for(seen.catalog.now, seen.limit("bak-archive-failing", "seconds"))
						   ? State::critical
						   : State::ok;
	else if (waiting > 0 && metric.value > metric.warning)
		metric.state = State::warning;
	metric.detail =
		format("last %s; %s", archiving.last_archived_file,
			   waiting > 0 ? format("%s of WAL wait%s", plural(waiting, "complete file"), waiting == 1 ? "s" : "")
						   : "nothing complete waits");
}

static void
autovacuum_tables(const Seen &seen, Metric &metric)
{
	metric.unit = "tables";
	Autovacuum settings = autovacuum_settings();
	Backlog backlog =
		autovacuum_backlog(seen.catalog, settings,
						   {seen.limit("mon-autovacuum-behind", "times"), seen.limit("mon-autovacuum-behind", "rows"),
							static_cast<int64>(seen.limit("mon-autovacuum-behind", "minutes") * USECS_PER_MINUTE)});
	if (backlog.not_judged != nullptr)
	{
		metric.state = seen.catalog.in_recovery ? State::ok : settings.on ? State::unknown : State::critical;
		metric.detail = backlog.not_judged;
		return;
	}
	metric.value = static_cast<double>(backlog.behind.size());
	metric.warning = 0;
	metric.judge_above();
	if (backlog.worst == nullptr)
	{
		metric.detail = format("none of %s", plural(static_cast<int64>(backlog.judged.size()), "table"));
		return;
	}
	const RelationEntry &worst = *backlog.worst->table;
	metric.detail =
		format("of %s; the worst %s with %s %s, %s times its trigger",
			   grouped(static_cast<int64>(backlog.judged.size())), quoted(worst.schema->name, worst.name),
			   grouped(backlog.worst->inserts ? worst.counters->inserted_since_vacuum : worst.counters->dead),
			   backlog.worst->inserts ? "newly inserted rows" : "dead rows", number(backlog.worst->times, 0));
}

static void
stats_age(const Seen &seen, Metric &metric)
{
	metric.unit = "s";
	metric.value = static_cast<double>(seen.catalog.counted_for()) / USECS_PER_SEC;
	bool reset = seen.catalog.counted_since == seen.catalog.database.stats_reset;
	metric.detail = format(
		"%s ago the counters of this database began: %s; every ratio and rate here is over that time",
		duration(seen.catalog.counted_for()), reset ? "pg_stat_reset()" : "it was made then, or the server crashed");
}

static void
database_bytes(const Seen &seen, Metric &metric)
{
	Local<Sizes> sizes(seen.catalog);
	metric.unit = "bytes";
	metric.value = static_cast<double>(sizes->database());
	metric.detail = format("%s, by pages as VACUUM and ANALYZE saw them and by the %s written since",
						   size(sizes->database()), plural(sizes->files(), "file"));
}

static void
oldest_xmin_age(const Seen &seen, Metric &metric)
{
	metric.unit = "transactions";
	metric.value = 0;
	metric.warning = seen.limit("mon-oldest-xmin", "transactions");
	metric.detail = "nothing holds VACUUM back";
	const Holder *oldest = nullptr;
	for (const Holder &holder : horizon_holders())
		if (oldest == nullptr || holder.age > oldest->age)
			oldest = &holder;
	if (oldest == nullptr)
		return;
	metric.value = static_cast<double>(oldest->age);
	metric.judge_above();
	double open_for = static_cast<double>(GetCurrentTimestamp() - oldest->since) / USECS_PER_SEC;
	metric.detail = format("%s: %s%s", oldest->name, oldest->what,
						   oldest->since == 0 ? "" : format(", open for %s", seconds_text(open_for)));
}

static void
disk_free(const Seen &seen, Metric &metric)
{
	metric.unit = "%";
	metric.decimals = 1;
	metric.warning = seen.limit("mon-disk-free", "percent");
	metric.critical = seen.limit("mon-disk-free", "critical_percent");
	double enough = seen.limit("mon-disk-free", "bytes");
	const Place *worst = nullptr;
	bool worst_short = false;
	for (const Place &place : disks())
	{
		if (place.disk.total <= 0)
			continue;
		bool is_short = place.short_of(metric.warning, enough);
		if (worst != nullptr &&
			(is_short < worst_short || (is_short == worst_short && place.free_pct() >= worst->free_pct())))
			continue;
		worst = &place;
		worst_short = is_short;
	}
	if (worst == nullptr)
	{
		metric.state = State::unknown;
		metric.detail = "the operating system does not tell how full the disk is";
		return;
	}
	metric.value = worst->free_pct();
	if (worst_short)
		metric.state = metric.value < metric.critical ? State::critical : State::warning;
	metric.detail = format("%s: %s of %s free", worst->name, size(worst->disk.free), size(worst->disk.total));
}

static void
wal_archive_pending(const Seen &seen, Metric &metric)
{
	metric.unit = "files";
	if (!archives(seen, read_archiving(), metric))
		return;
	metric.warning = seen.limit("bak-archive-pending", "files");
	each_row(
		"SELECT count(*), extract(epoch FROM clock_timestamp() - min(modification))::float8 FROM pg_ls_archive_statusdir()"
		" WHERE name ~ '^[0-9A-F]{24}[.]ready$'",
		[&metric](const Row &row)
		{
			metric.value = static_cast<double>(row.integer(1));
			metric.detail = row.integer(1) == 0 ? "nothing waits to be archived"
												: format("the oldest waits for %s", seconds_text(row.number(2)));
		});
	metric.judge_above();
}

static void
checksum_failures(const Seen &seen, Metric &metric)
{
	metric.unit = "pages";
	if (!setting_on("data_checksums"))
	{
		metric.detail = "data checksums are off: nobody would notice";
		return;
	}
	metric.value = 0;
	metric.critical = seen.limit("mon-checksum-failures", "failures");
	metric.detail = "no damaged page was read in any database since its statistics began";
	each_row(
		"SELECT coalesce(datname, 'shared objects'), checksum_failures, checksum_last_failure::text FROM pg_stat_database"
		" WHERE checksum_failures > 0 ORDER BY 2 DESC LIMIT 1",
		[&metric](const Row &row)
		{
			metric.value = static_cast<double>(row.integer(2));
			metric.detail = format("database %s, last at %s: secure a backup from before", row.text(1), row.text(3));
		});
	metric.judge_above();
}

static constexpr Definition definitions[] = {
	{"connections_used", connections_used},
	{"idle_in_transaction", idle_in_transaction},
	{"oldest_transaction_age", oldest_transaction_age},
	{"cache_hit_ratio", cache_hit_ratio},
	{"index_hit_ratio", index_hit_ratio},
	{"dead_tuples", dead_tuples},
	{"replication_lag", replication_lag},
	{"replication_slot_retained_wal", replication_slot_retained_wal},
	{"xid_age", xid_age},
	{"multixact_age", multixact_age},
	{"lock_waits", lock_waits},
	{"deadlocks", deadlocks},
	{"temp_spill", temp_spill},
	{"checkpoints_requested", checkpoints_requested},
	{"wal_archive_failures", wal_archive_failures},
	{"wal_archive_age", wal_archive_age},
	{"autovacuum_backlog", autovacuum_tables},
	{"stats_age", stats_age},
	{"database_bytes", database_bytes},
	{"oldest_xmin_age", oldest_xmin_age},
	{"disk_free", disk_free},
	{"wal_archive_pending", wal_archive_pending},
	{"checksum_failures", checksum_failures},
};

namespace {
struct Measuring
{
	const Definition *definition;
	const Seen *seen;
	Metric metric;
};
} // namespace

static void
measure_one(void *argument)
{
	auto *measuring = static_cast<Measuring *>(argument);
	measuring->definition->measure(*measuring->seen, measuring->metric);
}

static void
show_metrics(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.metrics()");
	Rows rows(fcinfo);
	Session session;
	Limits limits;
	Seen seen = {load_catalog(Extent::sizes), limits};
	for (const Definition &definition : definitions)
	{
		CHECK_FOR_INTERRUPTS();
		Measuring measuring = {&definition, &seen, {}};
		const char *error = guarded(measure_one, &measuring);
		Metric &metric = measuring.metric;
		if (error != nullptr)
		{
			metric.value = none;
			metric.state = State::unknown;
			metric.detail = error;
		}
		static constexpr const char *states[] = {"ok", "warning", "critical", "unknown"};
		rows.text(definition.name).numeric(metric.value, metric.decimals).text(metric.unit);
		rows.text(states[static_cast<int>(metric.state)]);
		rows.numeric(metric.warning, metric.warning == std::rint(metric.warning) ? 0 : 3);
		rows.numeric(metric.critical, metric.critical == std::rint(metric.critical) ? 0 : 3);
		rows.text(one_line(metric.detail)).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_metrics)
{
	dbeng::show_metrics(fcinfo);
	return Datum{0};
}
