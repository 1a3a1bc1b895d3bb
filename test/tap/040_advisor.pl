# Advice on a workload of 3,000 statements: it can be stopped at any moment, another session sees how far it is, an extension
# that imagines indexes too does not disturb it, and a standby gives the same advice.
use strict;
use warnings;
use IPC::Open2;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
pg_stat_statements.max = 10000
autovacuum = off
jit = off
log_statement = none
END
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng');
if ($node->safe_psql('postgres', "SELECT to_regproc('dbeng.advise_indexes') IS NULL") eq 't')
{
	$node->stop;
	plan skip_all => 'there is no advisor';
}

# 300 tables, ten statements on each; 2,000 rows, so that an index is worth something.
for my $part (1 .. 3)
{
	$node->safe_psql('postgres', <<END);
DO \$\$BEGIN
	FOR i IN 1 .. 100 LOOP
		EXECUTE format('CREATE TABLE t${part}_%s (id int PRIMARY KEY, a int, b text, c timestamptz, d int)', i);
		EXECUTE format('INSERT INTO t${part}_%s SELECT n, n %% 97, md5(n::text), now() - n * interval ''1 hour'', n %% 1009 FROM generate_series(1, 2000) n', i);
		EXECUTE format('ANALYZE t${part}_%s', i);
	END LOOP;
END\$\$
END
}
my @shapes = ('b = \'x\'', 'a = 5 AND d = 7', 'd = 9', 'c > now() - interval \'1 hour\'', 'a = 5 ORDER BY c DESC LIMIT 5', 'd = 5 AND c < now()', 'lower(b) = \'x\'',
	'd IN (5, 6)', 'a = 5 AND b > \'f\'', 'd = 7 ORDER BY a LIMIT 3');
my $workload = join '', map { my $t = $_; map { "SELECT id FROM $t WHERE $_;\n" } @shapes } map { my $p = $_; map { "t${p}_$_" } 1 .. 100 } 1 .. 3;
$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
$node->safe_psql('postgres', $workload);
my $advise = 'dbeng.advise_indexes(max_indexes => 1000)';
my $ask = "SELECT rank, relation::regclass, method, columns FROM $advise ORDER BY rank";

my $begin = time;
my $advice = $node->safe_psql('postgres', $ask);
my $whole = (time - $begin) * 1000;
my $pieces = () = $advice =~ /^/mg;
note sprintf '3,000 statements: %d pieces of advice in %.0f ms, connection included', $pieces, $whole;
cmp_ok($pieces, '>=', 300, 'each of the tables has advice');
is($node->safe_psql('postgres', "SELECT count(*) FROM (SELECT DISTINCT relation FROM $advise) r"), 300, 'all of them');

# A statement_timeout that falls into the middle: cut until it is shorter than the call.
my ($timeout, $stderr, $stdout) = (int($whole / 2) || 1, '', '');
while ($timeout >= 1 && $stderr !~ /57014/)
{
	(undef, $stdout, $stderr) = $node->psql('postgres', <<END, on_error_stop => 0);
\\set VERBOSITY verbose
SET statement_timeout = $timeout;
SELECT count(*) FROM $advise;
RESET statement_timeout;
SELECT 'again', count(*) FROM $advise;
END
	$timeout = int($timeout * 2 / 3);
}
like($stderr, qr/ERROR:  57014: canceling statement due to statement timeout/, 'statement_timeout stops it');
like($stdout, qr/^again\|$pieces$/m, 'the same session can ask again');

# pg_cancel_backend, at different moments; what is left behind would show in the session's locks.
my $pid = open2(my $from, my $to, 'psql', '-XAtq', '-d', $node->connstr('postgres') . ' application_name=cancelled');
$to->autoflush;
print $to "\\set VERBOSITY verbose\nSELECT pg_backend_pid();\n";
chomp(my $backend = <$from>);
for my $round (1 .. 10)
{
	print $to "DO 'BEGIN FOR i IN 1 .. 10000 LOOP PERFORM count(*) FROM $advise; END LOOP; END';\n\\echo :SQLSTATE\n";
	$node->poll_query_until('postgres', "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $backend") or last;
	usleep(37_000 * $round);
	$begin = time;
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($backend)");
	chomp(my $answer = <$from> // 'gone');
	my $took = time - $begin;
	is($answer, '57014', "round $round: cancelled");
	cmp_ok($took, '<', 2, sprintf 'round %d: at once (%.0f ms)', $round, $took * 1000);
}
print $to "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384;\n";
chomp(my $locks = <$from> // 'gone');
is($locks, '0', 'no lock is left behind');
print $to "SELECT count(*) FROM $advise;\n";
chomp(my $again = <$from> // 'gone');
is($again, $pieces, 'the session is as good as before');
is($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.advisor_progress'), 0, 'no progress of what was stopped');

# Progress, seen from another session: it rises, and is gone at the end.
print $to "DO 'BEGIN FOR i IN 1 .. 10 LOOP PERFORM count(*) FROM $advise; END LOOP; END';\n\\echo finished\n";
my $seen = $node->poll_query_until('postgres', "SELECT count(*) > 0 FROM dbeng.advisor_progress WHERE pid = $backend");
ok($seen, 'another session sees the progress');
chomp(my $finished = <$from> // 'gone');
is($finished, 'finished', 'the advice comes to its end');
is($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.advisor_progress'), 0, 'and then there is no progress');
print $to "\\q\n";
close $to;
waitpid $pid, 0;

# Statistics on statements that name what has gone, and names that need quotes, are no obstacle.
$node->safe_psql('postgres', 'CREATE TABLE gone (a int); INSERT INTO gone VALUES (1)');
$node->safe_psql('postgres', 'SELECT * FROM gone WHERE a = 1; DROP TABLE gone;');
is($node->safe_psql('postgres', $ask), $advice, 'a statement on a table that is gone changes nothing');
like($node->safe_psql('postgres', 'SELECT reason FROM dbeng.advisor_skipped'), qr/gone/, 'and is listed with the reason');

# Beside hypopg, with an index imagined by it.
SKIP: {
	skip 'hypopg is not installed', 3 if $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'hypopg'") eq '0';
	$node->safe_psql('postgres', 'CREATE EXTENSION hypopg');
	my $beside = $node->safe_psql('postgres', "SELECT 'made' FROM hypopg_create_index('CREATE INDEX ON t1_1 (b)');\n$ask");
	like($beside, qr/^made/, 'hypopg imagines an index');
	is($beside =~ s/^made\n//r, $advice, 'and the advice is the same');
	like($node->safe_psql('postgres', "SELECT FROM hypopg_create_index('CREATE INDEX ON t1_1 (b)');\nSELECT count(*) FROM $advise;\nEXPLAIN SELECT id FROM t1_1 WHERE b = 'x'"),
		qr/<\d+>btree_t1_1_b/, "what hypopg imagined is still there afterwards");
	$node->safe_psql('postgres', 'DROP EXTENSION hypopg');
}

# Statistics of statements are not replicated: the standby has to have seen them itself.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', "SELECT count(*) FROM dbeng.advise_index('SELECT id FROM t1_1 WHERE b = ''x''')"), 1, 'standby: one statement');
$standby->safe_psql('postgres', $workload);
is($standby->safe_psql('postgres', "SELECT count(*) FROM (SELECT DISTINCT relation FROM $advise) r"), 300, 'standby: the workload');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM dbeng.advise_drops()'), $node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.advise_drops()'), 'standby: drops');
is($node->safe_psql('postgres', "BEGIN READ ONLY; SELECT count(*) FROM $advise; COMMIT"), $pieces, 'in a transaction that only reads');
$standby->stop;
$node->stop;
done_testing();
