# Launcher and workers: who is started where, what settings change, whom they make way for, what they cost.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('workers');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = on
dbeng.databases = '*'
log_min_messages = log
log_statement = none
END
$node->start;

sub state_of
{
	my ($database) = @_;
	return "SELECT state FROM dbeng.workers WHERE database = '$database' AND kind = 'worker'";
}

sub becomes
{
	my ($what, $database, $state) = @_;
	ok($node->poll_query_until('postgres', state_of($database), $state), $what)
	  or diag $node->safe_psql('postgres', 'TABLE dbeng.workers');
}

sub seconds
{
	my ($sql) = @_;
	my $start = time;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $sql);
	is($stderr, '', $sql);
	return time - $start;
}

sub reconfigure
{
	$node->append_conf('postgresql.conf', $_[0]);
	$node->reload;
}

# CREATE EXTENSION is noticed at once, one that is rolled back is not; databases without dbeng have no process.
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng');
becomes('CREATE EXTENSION starts a worker', 'postgres', 'idle');
$node->safe_psql('postgres', 'CREATE DATABASE "No dbeng"');
becomes('a database without dbeng is looked at', 'No dbeng', 'no extension');
is($node->safe_psql('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE datname = 'No dbeng')), 0, 'and left');
$node->safe_psql('No dbeng', 'BEGIN; CREATE EXTENSION dbeng; ROLLBACK');
my $start = time;
$node->safe_psql('No dbeng', 'CREATE EXTENSION dbeng');
becomes('it gets one when it gets dbeng', 'No dbeng', 'idle');
cmp_ok(time - $start, '<', 5, 'at once');
is( $node->safe_psql('postgres', q(SELECT string_agg(DISTINCT backend_type || '/' || application_name || '/' || coalesce(state, ''), ' ') FROM pg_stat_activity WHERE backend_type ~ 'dbeng')),
	'dbeng launcher/dbeng launcher/idle dbeng worker/dbeng worker/idle', 'pg_stat_activity names them');
is($node->safe_psql('postgres', q(SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE backend_type ~ 'dbeng')),
	0, 'they hold no lock');

# Settings, by reload.
reconfigure(q(dbeng.databases = 'postgres, "No dbeng"'));
becomes('a database named in dbeng.databases', 'No dbeng', 'idle');
reconfigure(q(dbeng.databases = 'postgres'));
ok($node->poll_query_until('postgres', state_of('No dbeng'), ''), 'one not named any more is left');
reconfigure('dbeng.enabled = off');
ok($node->poll_query_until('postgres', q(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'dbeng worker'), '0'), 'dbeng.enabled = off ends them');
reconfigure("dbeng.enabled = on\ndbeng.databases = '*'");
becomes('dbeng.enabled = on starts them', 'No dbeng', 'idle');
becomes('all of them', 'postgres', 'idle');
my $taken = $node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.snapshots');
reconfigure('dbeng.snapshot_interval = 1s');
ok($node->poll_query_until('postgres', "SELECT count(*) >= $taken + 3 FROM dbeng.snapshots"), 'a shorter interval holds at once');
reconfigure('dbeng.snapshot_interval = 1h');
sleep 2;
$taken = $node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.snapshots');
sleep 3;
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.snapshots') - $taken, '<=', 1, 'and a longer one, but for a full hour that falls into it');
my ($status, $stdout, $stderr) = $node->psql('postgres', q(ALTER SYSTEM SET dbeng.databases = 'a b, c'));
like($stderr, qr/invalid value for parameter "dbeng.databases".*DETAIL:  It must be '\*' or a list/s, 'a list that is none is refused');

# They make way for whoever needs the database alone.
becomes('before', 'No dbeng', 'idle');
my $seconds = seconds('CREATE DATABASE copy TEMPLATE "No dbeng"');
cmp_ok($seconds, '<', 2, sprintf 'CREATE DATABASE … TEMPLATE beside a worker (%.2f s)', $seconds);
becomes('the template has its worker again', 'No dbeng', 'idle');
becomes('the copy has one too', 'copy', 'idle');
$seconds = seconds('ALTER DATABASE copy RENAME TO renamed');
cmp_ok($seconds, '<', 2, sprintf 'ALTER DATABASE … RENAME (%.2f s)', $seconds);
becomes('it has its worker under the new name', 'renamed', 'idle');
$seconds = seconds('DROP DATABASE renamed');
cmp_ok($seconds, '<', 2, sprintf 'DROP DATABASE (%.2f s)', $seconds);
ok($node->poll_query_until('postgres', q(SELECT count(*) = 2 FROM dbeng.workers WHERE kind = 'worker')), 'its slot is free');
$seconds = seconds('DROP DATABASE "No dbeng" WITH (FORCE)');
cmp_ok($seconds, '<', 2, sprintf 'DROP DATABASE WITH (FORCE) (%.2f s)', $seconds);

# A database that refuses connections.
$node->safe_psql('postgres', 'CREATE DATABASE closed');
$node->safe_psql('closed', 'CREATE EXTENSION dbeng');
becomes('before it is closed', 'closed', 'idle');
$node->safe_psql('postgres', 'ALTER DATABASE closed ALLOW_CONNECTIONS false');
ok($node->poll_query_until('postgres', state_of('closed'), ''), 'ALLOW_CONNECTIONS false ends its worker');
$node->safe_psql('postgres', 'ALTER DATABASE closed CONNECTION LIMIT 0; ALTER DATABASE closed ALLOW_CONNECTIONS true');
becomes('a connection limit is for clients', 'closed', 'idle');
$node->safe_psql('postgres', 'DROP DATABASE closed');

# DROP EXTENSION, and the extension of another version.
$seconds = seconds('DROP EXTENSION dbeng');
cmp_ok($seconds, '<', 2, sprintf 'DROP EXTENSION (%.2f s)', $seconds);
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng');
becomes('made again, it is served again', 'postgres', 'idle');
$node->safe_psql('postgres', "UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'dbeng'; SELECT dbeng._announce()");
becomes('another version', 'postgres', 'waiting for ALTER EXTENSION UPDATE');
$node->safe_psql('postgres', "SELECT dbeng.run_now('retention')");
usleep 300_000;
is($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.job_run'), 0, 'nothing runs meanwhile');
$node->safe_psql('postgres', "UPDATE pg_extension SET extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'dbeng') WHERE extname = 'dbeng'; SELECT dbeng._announce()");
ok($node->poll_query_until('postgres', "SELECT status FROM dbeng.job_runs WHERE job = 'retention'", 'succeeded'), 'and goes on after the update');

# pg_terminate_backend.
for my $type ('dbeng worker', 'dbeng launcher')
{
	my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = '$type'");
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	ok($node->poll_query_until('postgres', "SELECT pid <> $pid FROM pg_stat_activity WHERE backend_type = '$type'"), "a terminated $type comes again");
	becomes('its database is served', 'postgres', 'idle');
}
is($node->safe_psql('postgres', q(SELECT restarts FROM dbeng.workers WHERE database = 'postgres')), 1, 'dbeng.workers counts the restart');
is($node->safe_psql('postgres', q(SELECT restarts FROM dbeng.workers WHERE kind = 'launcher')), 1, 'of the launcher too');
is($node->safe_psql('postgres', 'SELECT dbeng.start_workers()'), 0, 'start_workers() has nothing to start');

# What an idle worker costs, and says.
SKIP:
{
	my @pids = split /\n/, $node->safe_psql('postgres', q(SELECT pid FROM pg_stat_activity WHERE backend_type ~ 'dbeng'));
	skip 'no /proc', 1 if !-r "/proc/$pids[0]/stat";
	my $cpu = sub { my $ticks = 0; for (@pids) { my @f = split ' ', slurp_file("/proc/$_/stat") =~ s/.*\) //r; $ticks += $f[11] + $f[12] } $ticks };
	my $before = $cpu->();
	sleep 3;
	my $ticks = $cpu->() - $before;
	# A tick is 10 ms, and 0.1 % of three seconds is less than half a tick: this shows a loop, not the goal.
	cmp_ok($ticks, '<=', 20, "launcher and worker are idle ($ticks ticks in 3 s)");
}
my $log = slurp_file($node->logfile);
unlike($log, qr/ERROR(?!:  invalid value for parameter "dbeng.databases")|PANIC|WARNING/, 'no error in the log');
my @lines = grep { !/terminating background worker|exited with exit code|received SIGHUP|parameter "dbeng/ } grep { /dbeng (worker|launcher)/ } split /\n/, $log;
is(join("\n", @lines), '', 'no other word of them in the log');

# Without preloading.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\n");
$node->restart;
is($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.workers'), 0, 'not preloaded: no worker');
is($node->safe_psql('postgres', 'SELECT dbeng.start_workers()'), 1, 'start_workers() starts one');
becomes('it serves this database', 'postgres', 'idle');
is($node->safe_psql('postgres', 'SELECT dbeng.start_workers()'), 0, 'and only one');
$node->safe_psql('postgres', "SELECT dbeng.schedule('each second', '1 second', 'SELECT 1')");
ok($node->poll_query_until('postgres', "SELECT count(*) >= 2 FROM dbeng.job_runs WHERE job = 'each second' AND status = 'succeeded'"), 'its jobs run');
$node->safe_psql('postgres', 'CREATE ROLE somebody LOGIN; CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
($status, $stdout, $stderr) = $node->psql('postgres', 'SELECT dbeng.start_workers()', extra_params => [ '-U', 'somebody' ]);
like($stderr, qr/permission denied for dbeng.start_workers/, 'not for everybody');
$node->stop;
done_testing();
