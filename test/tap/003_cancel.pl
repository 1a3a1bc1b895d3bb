# health() on a database of a few thousand tables can be stopped at any moment, and the session goes on.
use strict;
use warnings;
use IPC::Open2;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
max_locks_per_transaction = 1000
log_statement = none
END
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng');
for my $part (1 .. 4)
{
	$node->safe_psql('postgres', <<END);
DO \$\$BEGIN
	FOR i IN 1 .. 500 LOOP
		EXECUTE format('CREATE TABLE t${part}_%s (id bigint PRIMARY KEY, a int, b text, c timestamptz)', i);
		EXECUTE format('CREATE INDEX ON t${part}_%s (a, b)', i);
	END LOOP;
END\$\$
END
}

# A statement_timeout that falls into the middle: cut until it is shorter than the call.
my $begin = time;
$node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.health()');
my $whole = (time - $begin) * 1000;
note sprintf 'health() with 2,000 tables: %.0f ms, connection included', $whole;
my ($timeout, $stderr, $stdout) = (int($whole / 2) || 1, '', '');
while ($timeout >= 1 && $stderr !~ /57014/)
{
	$begin = time;
	(undef, $stdout, $stderr) = $node->psql('postgres', <<END, on_error_stop => 0);
\\set VERBOSITY verbose
SELECT dbeng.health() LIMIT 0;
SET statement_timeout = $timeout;
SELECT count(*) FROM dbeng.health();
RESET statement_timeout;
SELECT count(*) FROM dbeng.health();
END
	$timeout = int($timeout * 2 / 3);
}
like($stderr, qr/ERROR:  57014: canceling statement due to statement timeout/, 'statement_timeout stops it');
like($stdout, qr/^8$/m, 'the same session can ask again');

# pg_cancel_backend, a number of times at different moments.
my $pid = open2(my $from, my $to, 'psql', '-XAtq', '-d', $node->connstr('postgres') . ' application_name=cancelled');
$to->autoflush;
print $to "\\set VERBOSITY verbose\nSELECT pg_backend_pid();\n";
chomp(my $backend = <$from>);
for my $round (1 .. 10)
{
	print $to "DO 'BEGIN FOR i IN 1 .. 10000 LOOP PERFORM count(*) FROM dbeng.health(); END LOOP; END';\n\\echo :SQLSTATE\n";
	$node->poll_query_until('postgres', "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $backend") or last;
	usleep(7_000 * $round);
	$begin = time;
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($backend)");
	chomp(my $answer = <$from> // 'gone');
	my $took = time - $begin;
	is($answer, '57014', "round $round: cancelled");
	cmp_ok($took, '<', 2, sprintf 'round %d: at once (%.0f ms)', $round, $took * 1000);
}
print $to "SELECT count(*) FROM dbeng.health();\n\\q\n";
chomp(my $answer = <$from> // 'gone');
is($answer, '8', 'the session is as good as before');
close $to;
waitpid $pid, 0;
done_testing();
