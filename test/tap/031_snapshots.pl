# Snapshots where counters do not simply go on: a restart, a crash, resets, statements pushed out, a promotion; and where
# they fail or are taken twice at once. Whatever happens, sums are what was done, never negative and never twice.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
pg_stat_statements.max = 100
autovacuum = off
log_statement = none
END
$node->start;

sub ask { return $node->safe_psql('postgres', $_[0]) }
# Takes one; returns when.
sub snap
{
	my ($at) = ask('SELECT dbeng.snapshot(); SELECT taken_at FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1') =~ /^(\d{4}-.*)$/m;
	return $at;
}
sub insert_rows { ask("INSERT INTO t SELECT generate_series(1, $_[0]); SELECT pg_stat_force_next_flush()") }
sub inserted { my ($from, $to) = @_; return ask("SELECT inserts FROM dbeng.table_activity('$from', '" . ($to // 'infinity') . "') WHERE name = 'public.t'") }
sub negatives { return ask(<<'END') }
SELECT (SELECT count(*) FROM dbeng.table_activity('-infinity', 'infinity') t, LATERAL jsonb_each_text(to_jsonb(t)) v WHERE v.key NOT IN ('growth_bytes', 'name', 'relation') AND v.value LIKE '-%')
	+ (SELECT count(*) FROM dbeng.index_activity('-infinity', 'infinity') t, LATERAL jsonb_each_text(to_jsonb(t)) v WHERE v.key <> 'growth_bytes' AND v.value LIKE '-_%')
	+ (SELECT count(*) FROM dbeng.query_activity('-infinity', 'infinity') t, LATERAL jsonb_each_text(to_jsonb(t)) v WHERE v.key <> 'queryid' AND v.value LIKE '-%')
	+ (SELECT count(*) FROM dbeng.database_activity('-infinity', 'infinity') t, LATERAL jsonb_each_text(to_jsonb(t)) v WHERE v.value LIKE '-%')
	+ (SELECT count(*) FROM dbeng.server_activity('-infinity', 'infinity') t WHERE value < 0)
END
sub last_note { return ask('SELECT coalesce(note, $$none$$) FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1') }
sub epoch { return ask('SELECT epoch FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1') }

ask('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng; CREATE TABLE t (a int); CREATE INDEX t_a ON t (a)');
insert_rows(500);
my $first = snap();
is(last_note(), 'first snapshot', 'the first snapshot begins an epoch');
insert_rows(10);
my $ten = snap();
is(inserted($first), 10, 'ten rows');
is(epoch(), 1, 'the same epoch');

# A clean restart: counters go on.
$node->restart;
insert_rows(20);
my $at = snap();
is(inserted($ten), 20, 'restart: what came after it counts once');
is(inserted($first), 30, 'and what came before still does');
like(last_note(), qr/^server started$/, 'a restart is noted');
is(epoch(), 2, 'and begins an epoch');
is(ask("SELECT live_rows FROM dbeng.table_activity('$first') WHERE name = 'public.t'"), 530, 'live rows after a restart');

# A crash: the server throws its counters away.
insert_rows(1000);
$node->stop('immediate');
$node->start;
insert_rows(3);
my $crash = snap();
is(inserted($at), 3, 'crash: what was counted and lost with it is not made up, what came after it counts once');
like(last_note(), qr/statistics lost in a crash/, 'a crash is noted');
is(inserted($first), 33, 'what came before still counts');
insert_rows(4);
snap();
is(inserted($crash), 4, 'the next one counts on');
is(last_note(), 'none', 'one crash is noted once');

# More than before the crash: the numbers alone do not tell.
insert_rows(5);
my $before = snap();
$node->stop('immediate');
$node->start;
insert_rows(7000);
ask('SELECT count(*) FROM generate_series(1, 200) i, LATERAL (SELECT 1 FROM t LIMIT i) x');
snap();
is(inserted($before), 7000, 'a crash is told by its time, not by counters that fell');

# Resets.
$at = snap();
ask('SELECT pg_stat_reset()');
insert_rows(6);
snap();
is(inserted($at), 6, 'pg_stat_reset()');
like(last_note(), qr/statistics of the database reset/, 'is noted');
ask("SELECT pg_stat_reset_shared('bgwriter')");
ask("SELECT pg_stat_reset_shared('bgwriter')");
snap();
like(last_note(), qr/statistics of the server reset/, 'pg_stat_reset_shared() is noted');
$at = snap();
is(last_note(), 'none', 'once');
ask("SELECT 1 AS counted; SELECT 2 AS counted; SELECT 3 AS counted");
snap();
ask('SELECT pg_stat_statements_reset()');
ask("SELECT 4 AS counted; SELECT 5 AS counted; SELECT 6 AS counted; SELECT 7 AS counted");
snap();
like(last_note(), qr/pg_stat_statements reset/, 'pg_stat_statements_reset() is noted');
is(ask("SELECT calls FROM dbeng.query_activity('$at') WHERE query LIKE 'SELECT % AS counted'"), 7, 'and counts on, although it has risen since');

# Statements pushed out and back.
$at = snap();
my %calls;
for my $round (1 .. 3)
{
	ask(join ';', map { "SELECT count(*) AS pushed FROM (VALUES " . join(',', ('(1)') x $_) . ") v$_" } 1 .. 250);
	snap();
}
cmp_ok(ask("SELECT value FROM dbeng.server_activity('$at') WHERE counter = 'statements_evicted'"), '>', 0, 'evictions are counted');
my ($most, $least, $many) = split /\|/, ask("SELECT max(calls), min(calls), count(*) FROM dbeng.query_activity('$at') WHERE query LIKE '%AS pushed FROM%'");
cmp_ok($most, '<=', 3, 'no statement has more calls than there were');
cmp_ok($least, '>=', 1, 'nor fewer than one');
cmp_ok($many, '>', 20, 'and there are many');
is(ask('SELECT count(*) FROM (SELECT key, object, kind FROM dbeng.series WHERE family = 3 GROUP BY 1, 2, 3 HAVING count(*) > 1) d'), 0, 'one that comes back is the same');
is(negatives(), 0, 'nothing is negative');

# Failing half-way leaves nothing behind.
my $before_failures = ask('SELECT max(snapshot_id), count(*), (SELECT count(*) FROM dbeng.series), (SELECT count(*) FROM dbeng.statement_text) FROM dbeng.snapshots');
ask(join ';', map { "CREATE TABLE many$_ (a int PRIMARY KEY, b text)" } 1 .. 300);
my $failures = 0;
for my $timeout (1 .. 12)
{
	my ($status, $stdout, $stderr) = $node->psql('postgres', "SET statement_timeout = '${timeout}ms'; BEGIN; SELECT dbeng.snapshot(); ROLLBACK");
	$failures++ if $stderr =~ /statement timeout/;
}
cmp_ok($failures, '>', 0, 'some were cut off by statement_timeout');
is(ask('SELECT max(snapshot_id), count(*), (SELECT count(*) FROM dbeng.series), (SELECT count(*) FROM dbeng.statement_text) FROM dbeng.snapshots'), $before_failures, 'a snapshot that failed left nothing');
# In one session, whose memory is not to remember what was cut off.
$at = ask('SELECT max(taken_at) FROM dbeng.snapshots');
insert_rows(8);
$node->psql('postgres', "SELECT dbeng.snapshot(); CREATE TABLE late (a int);" . join('', map { "SET statement_timeout = '${_}ms'; SELECT dbeng.snapshot();" } 1 .. 10)
	. "SET statement_timeout = 0; INSERT INTO late VALUES (1), (2); SELECT pg_stat_force_next_flush(); SELECT dbeng.snapshot();", on_error_stop => 0);
is(inserted($at), 8, 'after failures in the same session');
is(ask("SELECT inserts FROM dbeng.table_activity('$at') WHERE name = 'public.late'"), 2, 'a table made before one that failed is seen');
is(ask('SELECT count(*) FROM (SELECT family, object FROM dbeng.series WHERE family = 1 AND valid_to IS NULL GROUP BY 1, 2 HAVING count(*) > 1) d'), 0, 'nothing has two numbers');

# Two at once wait for each other; numbers have no gap and nothing counts twice.
$at = snap();
my $count = ask('SELECT count(*) FROM dbeng.snapshots');
insert_rows(9);
my @both = map { my $h = { out => '' }; $h->{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', 'SELECT dbeng.snapshot()') } 1 .. 15 ], '>', \$h->{out}, '2>', \$h->{err}); $h } 1 .. 2;
$_->{run}->finish for @both;
is($_->{err}, '', 'no error in a session of two') for @both;
is(ask('SELECT count(*) FROM dbeng.snapshots'), $count + 30, 'thirty snapshots');
is(ask('SELECT count(DISTINCT snapshot_id) - max(snapshot_id) FROM dbeng.snapshots'), 0, 'numbered without a gap');
is(inserted($at), 9, 'and nine rows');
# One that is not committed yet holds up the next.
my $holder = $node->background_psql('postgres');
$holder->query_safe('BEGIN; SELECT dbeng.snapshot()') if $holder->can('query_safe');
SKIP:
{
	skip 'no background session with this version of the test modules', 2 if !$holder->can('query_safe');
	my ($status, $stdout, $stderr) = $node->psql('postgres', "SET lock_timeout = '50ms'; SELECT dbeng.snapshot()");
	like($stderr, qr/canceling statement due to lock timeout/, 'the next one waits, as long as it wants to');
	$holder->query_safe('ROLLBACK');
	is(ask('SELECT dbeng.snapshot()'), $count + 31, 'the number of one that was rolled back is given again');
}
$holder->quit if $holder->can('quit');

# A transaction that sees the past does not make one of it.
SKIP:
{
	my $old = $node->background_psql('postgres');
	skip 'no background session with this version of the test modules', 1 if !$old->can('query_safe');
	$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1');
	insert_rows(2);
	$at = snap();
	insert_rows(1);
	my $answer = $old->query('SELECT dbeng.snapshot()');
	$old->query('COMMIT');
	$old->quit;
	snap();
	is(inserted($at), 1, 'from a transaction with an old snapshot nothing counts twice');
}

# A standby reads history and takes none; promoted it goes on. What it counted for itself before is no change.
$at = snap();
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
insert_rows(11);
snap();
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', "SELECT inserts FROM dbeng.table_activity('$at', 'infinity') WHERE name = 'public.t'"), 11, 'history is readable on a standby');
my ($status, $stdout, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT dbeng.snapshot()");
like($stderr, qr/ERROR:  25006: cannot execute dbeng.snapshot\(\) during recovery/, 'none is taken on a standby');
$standby->safe_psql('postgres', 'SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off;' . 'SELECT count(*) FROM t;' x 50 . 'SELECT pg_stat_force_next_flush()');
my $live = ask("SELECT live_rows FROM dbeng.table_activity('$at', 'infinity') WHERE name = 'public.t'");
$node->stop('immediate');
$standby->promote;
$node = $standby;
my $promoted = snap();
like(last_note(), qr/promoted/, 'a promotion is noted');
is(inserted($at), 11, 'promoted: inserts are those of the primary');
is(ask("SELECT coalesce(sum(seq_scans), 0) FROM dbeng.table_activity('$at') WHERE name = 'public.t'"), 0, 'what the standby had read for itself is not of that time');
insert_rows(12);
snap();
is(inserted($promoted), 12, 'and counts on');
is(ask("SELECT live_rows FROM dbeng.table_activity('-infinity', '$at') WHERE name = 'public.t'") - $live, -11, 'live rows of the time before are as they were');
is(negatives(), 0, 'nothing is negative');
$node->stop;
done_testing();
