# Snapshots in hostile surroundings: encodings, names, search paths, triggers, settings; tables somebody wrote nonsense
# into; and a session that takes hundreds of them.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
autovacuum = off
log_statement = none
END
$node->start;
my @functions = ('dbeng.table_activity(-infinity, infinity)', 'dbeng.index_activity(-infinity, infinity)', 'dbeng.query_activity(-infinity, infinity)', 'dbeng.database_activity(-infinity, infinity)',
	'dbeng.wait_activity(-infinity, infinity)', 'dbeng.server_activity(-infinity, infinity)', 'dbeng.setting_changes(-infinity, infinity)', 'dbeng.disk_forecast()',
	(map { "dbeng.metric_history('$_', -infinity, infinity)" } qw(database_bytes commits statement_ms replication_lag active_sessions)), 'dbeng.snapshots');
s/(-?)infinity/'$1infinity'/g for @functions;

# Encodings.
for my $encoding (qw(SQL_ASCII LATIN1 UTF8))
{
	my $database = lc $encoding;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LC_COLLATE 'C' LC_CTYPE 'C'");
	local $ENV{PGCLIENTENCODING} = $encoding;
	my $name = $encoding eq 'UTF8' ? "\xc3\xa4\xe2\x82\xac" : "\xe4\xff";
	$node->safe_psql($database, "CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng; SELECT dbeng.snapshot()");
	is($node->safe_psql($database, q{SELECT count(*) FROM dbeng.table_activity()}), 0, "$encoding: a database without tables");
	if ($encoding eq 'UTF8')
	{
		# The server cannot show statements here while it holds one that is no text of this encoding.
		my ($status, $stdout, $stderr) = $node->psql($database, 'SELECT count(*) FROM pg_stat_statements');
		like($stderr, qr/invalid byte sequence/, 'pg_stat_statements itself fails');
		is($node->safe_psql($database, 'SELECT count(*) > 0 FROM dbeng.query_activity(); SELECT dbeng.snapshot() > 0'), "f\nt", 'a snapshot does not');
		is($node->safe_psql($database, 'SELECT count(*) > 0 AND bool_and(query IS NULL) FROM dbeng.query_activity()'), 't', 'it counts without texts');
		$node->safe_psql($database, 'SELECT pg_stat_statements_reset()');
	}
	my ($status, $stdout, $stderr) = $node->psql($database, "CREATE TABLE \"$name\" (a int); INSERT INTO \"$name\" VALUES (1); SELECT 1 AS \"$name\"; /* $name */ SELECT \$\$$name\$\$; SELECT pg_stat_force_next_flush(); SELECT dbeng.snapshot()");
	is($stderr, '', "$encoding: names and statements of it");
	($status, $stdout, $stderr) = $node->psql($database, "SELECT name, inserts FROM dbeng.table_activity(); SELECT count(*) > 0 FROM dbeng.query_activity() WHERE query LIKE '%$name%'; " . join '', map { "SELECT count(*) FROM $_;" } @functions);
	is($stderr, '', "$encoding: all of it can be asked");
	like($stdout, qr/^public\."?\Q$name\E"?\|1\nt\n/, "$encoding: and answers by its name");
}

# Other people's objects on the way.
my $database = 'utf8';
$node->safe_psql($database, <<'END');
CREATE SCHEMA evil;
CREATE FUNCTION evil.trap(int2, int4) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION evil.trap(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION evil.max(int8) RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION evil.unnest(int2[], int4[]) RETURNS int8 LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE FUNCTION evil.day_of_evil() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR evil.= (LEFTARG = int2, RIGHTARG = int4, FUNCTION = evil.trap);
CREATE OPERATOR evil.= (LEFTARG = text, RIGHTARG = text, FUNCTION = evil.trap);
END
my ($status, $stdout, $stderr) = $node->psql($database, "SET search_path = evil, pg_catalog, public; CREATE TEMPORARY TABLE pg_class (a int); CREATE TEMPORARY TABLE snapshot (a int); CREATE TEMPORARY TABLE series (a int); SELECT 1::int2 = 1;", on_error_stop => 0);
like($stderr, qr/trapped/, 'the trap works');
($status, $stdout, $stderr) = $node->psql($database, "SET search_path = evil, pg_catalog, public; CREATE TEMPORARY TABLE pg_class (a int); CREATE TEMPORARY TABLE snapshot (a int); CREATE TEMPORARY TABLE series (a int);
	SELECT dbeng.snapshot(); UPDATE dbeng.snapshot_progress SET state_time = state_time - interval '3 hours'; SELECT dbeng.snapshot(); " . join '', map { "SELECT pg_catalog.count(*) FROM $_;" } @functions);
is($stderr, '', 'whatever is first in the search path');

# A trigger of somebody who forbids tables: the error says whose it is and what it stopped.
$node->safe_psql($database, <<'END');
CREATE FUNCTION no_tables() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no tables today'; END $$;
CREATE EVENT TRIGGER no_tables ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION no_tables();
END
$node->safe_psql('postgres', 'CREATE DATABASE first TEMPLATE utf8');
$node->safe_psql('first', 'DROP EXTENSION dbeng');
$node->safe_psql('first', 'ALTER EVENT TRIGGER no_tables DISABLE; CREATE EXTENSION dbeng; ALTER EVENT TRIGGER no_tables ENABLE');
($status, $stdout, $stderr) = $node->psql('first', 'SELECT dbeng.snapshot()');
like($stderr, qr/ERROR:  no tables today.*no_tables\(\).*CREATE TABLE dbeng\.snapshot_\d{8}/s, 'an event trigger that fails is told of, with what it forbade');
is($node->safe_psql('first', 'SELECT count(*) FROM dbeng.snapshots'), 0, 'and nothing is stored');
$node->safe_psql('first', 'DROP EVENT TRIGGER no_tables');
is($node->safe_psql('first', 'SELECT dbeng.snapshot()'), 1, 'without it, it goes on');
$node->safe_psql($database, 'DROP EVENT TRIGGER no_tables');

# Settings.
($status, $stdout, $stderr) = $node->psql('first', "\\set VERBOSITY verbose\nSET default_transaction_read_only = on; SELECT dbeng.snapshot()");
like($stderr, qr/ERROR:  25006: cannot execute dbeng.snapshot\(\) in a read-only transaction/, 'read-only by default');
($status, $stdout, $stderr) = $node->psql('first', join '', map { "SET $_; SELECT dbeng.snapshot(); SELECT count(*) FROM dbeng.table_activity();" } 'default_table_access_method = heap', 'row_security = off', 'session_replication_role = replica',
	'default_transaction_isolation = serializable', "lc_messages = 'C'", 'IntervalStyle = iso_8601', 'bytea_output = escape', 'quote_all_identifiers = on', 'check_function_bodies = off', 'array_nulls = off', 'transform_null_equals = on',
	"stats_fetch_consistency = 'snapshot'", 'track_counts = off', 'enable_seqscan = off', 'standard_conforming_strings = off', 'exit_on_error = off', 'jit_above_cost = 0');
is($stderr, '', 'whatever else a session has set');
$node->safe_psql('first', q{CREATE ROLE "o'hara ""x"" \\ ;--"; GRANT pg_monitor TO "o'hara ""x"" \\ ;--"; GRANT INSERT ON dbeng.snapshot TO "o'hara ""x"" \\ ;--"});
is($node->safe_psql('first', q{SET ROLE "o'hara ""x"" \\ ;--"; SELECT 1 AS mine; SELECT dbeng.snapshot() > 0; SELECT role FROM dbeng.query_activity() WHERE query LIKE '%AS mine%'}), qq{1\nt\n"o'hara ""x"" \\ ;--"}, 'a role with a name');

# A session that takes hundreds of them does not grow.
$node->safe_psql('postgres', 'CREATE DATABASE many TEMPLATE template0');
$node->safe_psql('many', 'CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng; CREATE TABLE t (a int PRIMARY KEY, b text)');
my $round = join '', map { "INSERT INTO t SELECT coalesce(max(a), 0) + 1 FROM t; SELECT pg_stat_force_next_flush(); SELECT dbeng.snapshot();\n" } 1 .. 9;
my $memory = q{SELECT 'memory', (SELECT sum(used_bytes) FROM pg_backend_memory_contexts), substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s*(\d+)');};
my $script = "CREATE TABLE made (a int); DROP TABLE made; SELECT dbeng.snapshot(); $round";
$stdout = $node->safe_psql('many', $script x 15 . $memory . $script x 50 . $memory);
my ($before, $after) = map { [ split /\|/ ] } grep { /^memory/ } split /\n/, $stdout;
is($node->safe_psql('many', 'SELECT max(snapshot_id) FROM dbeng.snapshots'), 650, 'hundreds of snapshots');
note "bytes in contexts and kilobytes resident: @$before[1, 2], 500 snapshots later @$after[1, 2]";
cmp_ok($after->[1] - $before->[1], '<', 200_000, '500 snapshots leave nothing in memory contexts');
SKIP: {
	# It holds back what is freed.
	skip 'AddressSanitizer is loaded', 1 if $node->safe_psql('many', "SELECT pg_read_file('/proc/self/maps') LIKE '%libasan%'") eq 't';
	cmp_ok($after->[2] - $before->[2], '<', 3000, 'nor in the process');
}
is($node->safe_psql('many', "SELECT inserts - (SELECT count(*) FROM t) FROM dbeng.table_activity('-infinity', 'infinity') WHERE name = 'public.t'"), -0, 'and each row was counted');
$node->stop;
done_testing();
