# What happens to servers: processes are killed, the power goes, a standby is promoted, slots run out, the clock is set,
# databases are dropped while a job runs. Workers come again, jobs run again, and what was cut off is on record.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('faults');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = on
dbeng.max_workers = 8
log_statement = none
restart_after_crash = on
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION dbeng;
SELECT dbeng.schedule('tick', '1 second', 'SELECT 1');
END

# Seconds until a job ran anew.
sub first_run
{
	my ($server, $database, $job) = @_;
	my $start = time;
	my $query = "SELECT count(*) FROM dbeng.job_run WHERE job = '$job' AND status = 'succeeded'";
	my $before = $server->safe_psql($database, $query);
	$server->poll_query_until($database, "SELECT ($query) > $before") or return 1000;
	return time - $start;
}
sub runs_again { my ($what) = @_; my $seconds = first_run($node, 'postgres', 'tick'); cmp_ok($seconds, '<', 10, sprintf '%s: jobs run again (%.1f s)', $what, $seconds) }
sub pid_of { return $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$_[0]' ORDER BY backend_start LIMIT 1") }
sub start_slow
{
	my ($database) = @_;
	$node->safe_psql($database, "SELECT dbeng.schedule('slow', '1 month', 'SELECT pg_sleep(60)'), dbeng.run_now('slow')");
	$node->poll_query_until($database, "SELECT last_status FROM dbeng.jobs WHERE job = 'slow'", 'running') or die;
	$node->poll_query_until($database, "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'dbeng job' AND query ~ 'pg_sleep' AND datname = '$database'") or die;
}
sub outcome { return $node->safe_psql($_[0], "SELECT string_agg(status, ' ') FROM dbeng.job_runs WHERE job = 'slow'") }
runs_again('at first');

# Killed. The server starts all its processes anew; nothing of ours keeps it from that.
for my $type ('dbeng launcher', 'dbeng worker', 'dbeng job')
{
	start_slow('postgres');
	my $pid = pid_of($type);
	kill 'KILL', $pid;
	usleep 200_000;
	$node->poll_query_until('postgres', 'SELECT true');
	runs_again("kill -9 of a $type");
	is(outcome('postgres'), 'crashed', 'the job that ran then is on record as crashed');
	$node->safe_psql('postgres', "SELECT dbeng.unschedule('slow'); DELETE FROM dbeng.job_run WHERE job = 'slow'");
}

start_slow('postgres');
$node->stop('immediate');
$node->start;
runs_again('immediate shutdown');
is(outcome('postgres'), 'crashed', 'the job that ran then is on record as crashed');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('slow'); DELETE FROM dbeng.job_run WHERE job = 'slow'");

start_slow('postgres');
my $start = time;
$node->stop('fast');
cmp_ok(time - $start, '<', 5, 'fast shutdown does not wait for jobs');
$node->start;
ok($node->poll_query_until('postgres', "SELECT status FROM dbeng.job_runs WHERE job = 'slow'", 'crashed'), 'it is on record too');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('slow')");

# One run makes up for those that were missed.
$node->safe_psql('postgres', "SELECT dbeng.schedule('daily', '1 day', 'SELECT 1')");
$node->safe_psql('postgres', "UPDATE dbeng.job_state SET next_run = now() - interval '10 days' WHERE job = 'daily'");
$node->restart;
runs_again('restart');
ok($node->poll_query_until('postgres', "SELECT last_status FROM dbeng.jobs WHERE job = 'daily'", 'succeeded'), 'what was missed is made up for');
runs_again('a little later');
is($node->safe_psql('postgres', "SELECT count(*) FROM dbeng.job_runs WHERE job = 'daily'"), 1, 'once');

# Databases that somebody needs while a job runs in them.
$node->safe_psql('postgres', 'CREATE DATABASE busy');
$node->safe_psql('busy', 'CREATE EXTENSION dbeng');
start_slow('busy');
my $seconds = sub { my ($sql) = @_; my $from = time; my ($status, $stdout, $stderr) = $node->psql('postgres', $sql); is($stderr, '', $sql); return time - $from };
my $took = $seconds->('ALTER DATABASE busy RENAME TO renamed');
cmp_ok($took, '<', 2, sprintf 'RENAME while a job runs (%.2f s)', $took);
ok($node->poll_query_until('renamed', "SELECT status FROM dbeng.job_runs WHERE job = 'slow' ORDER BY started_at LIMIT 1", 'cancelled'), 'the job was cancelled')
  or diag $node->safe_psql('renamed', 'TABLE dbeng.job_run') . slurp_file($node->logfile);
is($node->safe_psql('renamed', "SELECT message FROM dbeng.job_runs WHERE job = 'slow' ORDER BY started_at LIMIT 1"), 'another session needed the database alone', 'it is told why');
$node->safe_psql('renamed', "SELECT dbeng.unschedule('slow')");
$node->safe_psql('postgres', q(SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'renamed' AND backend_type = 'dbeng job'));
$node->poll_query_until('postgres', q(SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'dbeng job' AND query ~ 'sleep'));
$node->safe_psql('renamed', "SELECT dbeng.schedule('short', '1 month', 'SELECT pg_sleep(1.5)'), dbeng.run_now('short')");
$node->poll_query_until('renamed', "SELECT last_status FROM dbeng.jobs WHERE job = 'short'", 'running');
$took = $seconds->('CREATE DATABASE copy TEMPLATE renamed');
cmp_ok($took, '<', 5, sprintf 'a template copy waits for a job (%.2f s)', $took);
is($node->safe_psql('renamed', "SELECT status FROM dbeng.job_runs WHERE job = 'short'"), 'succeeded', 'and lets it end');
start_slow('copy');
$took = $seconds->('DROP DATABASE copy');
cmp_ok($took, '<', 2, sprintf 'DROP DATABASE while a job runs (%.2f s)', $took);

# DROP EXTENSION while a job runs.
start_slow('renamed');
my $from = time;
$node->safe_psql('renamed', 'DROP EXTENSION dbeng');
cmp_ok(time - $from, '<', 2, 'DROP EXTENSION while a job runs');
$node->safe_psql('postgres', q(SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = 'renamed' AND backend_type = 'dbeng job'));
$node->poll_query_until('postgres', q(SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = 'renamed' AND backend_type = 'dbeng job'));
$node->safe_psql('postgres', 'DROP DATABASE renamed');

# A standby: nothing until it is promoted.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('promoted');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'dbeng')), 0, 'a standby has no worker');
for my $call (q(schedule('x', '1 day', 'SELECT 1')), q(unschedule('tick')), q(run_now('tick')), 'start_workers()')
{
	my ($status, $stdout, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT dbeng.$call");
	like($stderr, qr/ERROR:  25006:/, "standby: dbeng.$call");
}
cmp_ok($standby->safe_psql('postgres', 'SELECT count(*) FROM dbeng.job_runs'), '>', 0, 'the runs of the primary can be read');
$standby->promote;
$took = first_run($standby, 'postgres', 'tick');
cmp_ok($took, '<', 5, sprintf 'promoted, its jobs run (%.2f s)', $took);
$standby->stop;

# No slot for a process.
$node->append_conf('postgresql.conf', "max_worker_processes = 4\nmax_logical_replication_workers = 0\nmax_parallel_workers = 0\n");
$node->restart;
for my $database ('one', 'two', 'three')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, 'CREATE EXTENSION dbeng');
}
ok($node->poll_query_until('postgres', q(SELECT count(*) > 0 FROM dbeng.workers WHERE state = 'waiting for a slot' AND kind = 'worker')), 'a database waits for a slot');
my $waiting = $node->safe_psql('postgres', q(SELECT database FROM dbeng.workers WHERE state = 'waiting for a slot' AND kind = 'worker' LIMIT 1));
$node->safe_psql('postgres', join '; ', map { "ALTER DATABASE $_ ALLOW_CONNECTIONS false" } grep { $_ ne $waiting } qw(one two three));
$from = time;
ok($node->poll_query_until('postgres', qq(SELECT state FROM dbeng.workers WHERE database = '$waiting' AND kind = 'worker'), 'idle'), 'it is served when there is one');
cmp_ok(time - $from, '<', 30, sprintf 'within 30 seconds (%.1f s)', time - $from);
$node->safe_psql('postgres', 'DROP DATABASE one');
my $log = slurp_file($node->logfile);
my @errors = grep { /(?:ERROR|PANIC|FATAL|WARNING):/ && !/terminating|the database system is|does not allow connections|canceling statement due to user|unexpected EOF/ } split /\n/, $log;
is(join("\n", @errors), '', 'no error in the log');
$node->stop;

# The clock is set, a day ahead and a day back: no run is missed for it, none comes in a crowd. A preloaded library moves
# the clock of the server's processes, all but the monotonic one, by the seconds that a file holds.
SKIP:
{
	my $clock = PostgreSQL::Test::Cluster->new('clock');
	my ($file, $shim) = map { $clock->basedir . "/$_" } qw(offset clock.so);
	append_to_file("$shim.c", <<'END');
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long offset(void)
{
	char text[32] = "";
	int fd = open(OFFSET, O_RDONLY);
	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return atol(text);
}
int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = syscall(SYS_clock_gettime, clock, now);
	if (clock == CLOCK_REALTIME)
		now->tv_sec += offset();
	return result;
}
int gettimeofday(struct timeval *now, void *zone)
{
	struct timespec time;
	int result = clock_gettime(CLOCK_REALTIME, &time);
	(void) zone;
	now->tv_sec = time.tv_sec;
	now->tv_usec = time.tv_nsec / 1000;
	return result;
}
END
	skip 'no C compiler', 5 if system('cc', '-shared', '-fPIC', "-DOFFSET=\"$file\"", '-o', $shim, "$shim.c") != 0;
	my $set = sub { open(my $out, '>', "$file.new") or die $!; print $out $_[0]; close $out; rename "$file.new", $file };
	$set->(0);
	$clock->init;
	$clock->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = on\nlog_statement = none\n");
	{
		local $ENV{LD_PRELOAD} = join ' ', $shim, $ENV{LD_PRELOAD} // ();
		$clock->start;
	}
	$clock->safe_psql('postgres', "CREATE EXTENSION dbeng; SELECT dbeng.schedule('tick', '1 second', 'SELECT 1'), dbeng.schedule('hourly', '1 hour', 'SELECT 1')");
	cmp_ok(first_run($clock, 'postgres', 'tick'), '<', 5, 'a job runs each second');
	my $before = $clock->safe_psql('postgres', 'SELECT count(*) FROM dbeng.job_runs');
	for my $step (86400, -86400)
	{
		$set->($step);
		usleep 1_500_000;
		my $seconds = first_run($clock, 'postgres', 'tick');
		cmp_ok($seconds, '<', 12, sprintf 'it still does after the clock was set by %d s (%.1f s)', $step, $seconds);
	}
	cmp_ok($clock->safe_psql('postgres', "SELECT count(*) FROM dbeng.job_runs WHERE job = 'hourly'"), '<=', 2, 'the hourly one has not run for each hour in between');
	cmp_ok($clock->safe_psql('postgres', 'SELECT count(*) FROM dbeng.job_runs') - $before, '<', 40, 'nor the other for each second');
	$clock->stop;
}
done_testing();
