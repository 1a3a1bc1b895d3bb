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

# More than before the crash.
insert_rows(5);
my $before = snap();
$node->stop('immediate');
$node->start;
insert_rows(7000);
ask('SELECT count(*) FROM generate_series(1, 200) i, LATERAL (SELECT 1 FROM t LIMIT i) x');
snap();
is(inserted($before), 7000, 'all of what came after a crash, also where it is more than before');

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
ask('SELECT 4 AS counted;' x 200);
snap();
like(last_note(), qr/pg_stat_statements reset/, 'pg_stat_statements_reset() is noted');
is(ask("SELECT calls FROM dbeng.query_activity('$at') WHERE query LIKE 'SELECT % AS counted'"), 203, 'and counts on, although it has risen since');

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
ask('CREATE TABLE seen (late int)');
$node->psql('postgres', 'SELECT dbeng.snapshot();' . join('', map { my $timeout = 1 + $_ % 6; <<"END" } 1 .. 40), on_error_stop => 0);
CREATE TABLE late_$_ (a int);
SET statement_timeout = '${timeout}ms';
SELECT dbeng.snapshot();
SET statement_timeout = 0;
SELECT dbeng.snapshot();
INSERT INTO seen SELECT $_ FROM dbeng.series WHERE name = 'late_$_';
END
is(inserted($at), 8, 'after failures in the same session');
is(ask('SELECT count(*), count(DISTINCT late) FROM seen'), '40|40', 'a table made before one that failed is seen by the next');
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

# The clock is set: as if it had been, by what the last snapshot is made to remember of it. The bytes are those of
# src/snapshot/codec.hpp; the difference to the time since boot is the 19th field of the server's, in tenths of a second.
sub numbers { my @n; my ($v, $shift) = (0, 0); for my $byte (unpack 'C*', $_[0]) { $v |= ($byte & 0x7f) << $shift; $shift += 7; if ($byte < 0x80) { push @n, $v; ($v, $shift) = (0, 0) } } return @n }
sub bytes { my $b = ''; for my $n (@_) { my $v = $n; while ($v >= 0x80) { $b .= chr(($v & 0x7f) | 0x80); $v >>= 7 } $b .= chr $v } return $b }
for my $step (3600, -3600)
{
	$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS clock');
	$node->safe_psql('postgres', 'CREATE DATABASE clock');
	$node->safe_psql('clock', 'CREATE EXTENSION dbeng; CREATE TABLE t (a int); SELECT dbeng.snapshot()');
	my @state = numbers(pack 'H*', $node->safe_psql('clock', "SELECT encode(data, 'hex') FROM dbeng.snapshot_state WHERE family = 5"));
	my $place = 2 + grep { $state[1] & 1 << $_ } 0 .. 17;
	my $offset = $state[$place] >> 1 ^ -($state[$place] & 1);
	$offset -= $step * 10;
	$state[$place] = $offset >= 0 ? $offset << 1 : (-$offset << 1) - 1;
	my $hex = unpack 'H*', bytes(@state);
	# Ten seconds ago, by the clock of then.
	my $was = $node->safe_psql('clock', "SET TimeZone = 'UTC'; SELECT now() - interval '@{[ $step + 10 ]} s'");
	$node->safe_psql('clock', <<"END");
SET TimeZone = 'UTC';
UPDATE dbeng.snapshot_state SET data = decode('$hex', 'hex') WHERE family = 5;
DO \$\$
DECLARE
	day date := '$was'::timestamptz;
BEGIN
	IF to_regclass('dbeng.snapshot_' || to_char(day, 'YYYYMMDD')) IS NULL THEN
		EXECUTE format('CREATE TABLE dbeng.snapshot_%s PARTITION OF dbeng.snapshot FOR VALUES FROM (%L) TO (%L)', to_char(day, 'YYYYMMDD'), day, day + 1);
	END IF;
END \$\$;
UPDATE dbeng.snapshot SET taken_at = '$was';
INSERT INTO t SELECT generate_series(1, 5000);
SELECT pg_stat_force_next_flush();
END
	$node->safe_psql('clock', 'SELECT dbeng.snapshot()');
	like($node->safe_psql('clock', 'SELECT epoch, note FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1'), qr/^2\|clock set by @{[ $step < 0 ? '-' : '' ]}(?:3600|3600\.1|3599\.9) s$/, "the clock was set by $step s: noted");
	my $rate = $node->safe_psql('clock', "SELECT round(value) FROM dbeng.metric_history('rows_inserted', '-infinity', 'infinity') WHERE value > 0");
	cmp_ok($rate, '>', 100, "and rates know how long it was ($rate)");
	# Ten seconds, the 5,000 rows and what the first snapshot wrote itself.
	cmp_ok($rate, '<', 1500, 'in truth');
	is($node->safe_psql('clock', "SELECT inserts FROM dbeng.table_activity('-infinity', 'infinity')"), 5000, 'sums as ever');
	$node->safe_psql('clock', 'SELECT dbeng.snapshot(); SELECT dbeng.snapshot()');
	is($node->safe_psql('clock', 'SELECT max(epoch), max(snapshot_id) FROM dbeng.snapshots'), '2|4', 'and it goes on');
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
