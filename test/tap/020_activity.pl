# What needs other sessions, other settings or other servers: stopping sessions, prepared transactions that block, an
# encoding without the characters to draw with, a standby, archiving that fails.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The superuser is postgres, whoever runs the server.
$ENV{PGUSER} = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1, extra => [ '-U', 'postgres' ]);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
max_prepared_transactions = 5
autovacuum = off
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE TABLE cake (id int PRIMARY KEY, slices int);
INSERT INTO cake VALUES (1, 8), (2, 8);
CREATE ROLE app LOGIN; CREATE ROLE other LOGIN; CREATE ROLE boss LOGIN SUPERUSER;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
CREATE ROLE operator LOGIN IN ROLE pg_monitor, pg_signal_backend;
CREATE ROLE lead LOGIN IN ROLE pg_monitor, app;
END

# A session that runs, or sits in, what it is told; known by its application_name.
my %session;
sub start
{
	my ($name, $user, $sql, $database) = @_;
	my ($in, $out) = ("$sql\n", '');
	$session{$name} = {
		out => \$out,
		in => \$in,
		run => IPC::Run::start([ 'psql', '-XAtq', '-v', 'VERBOSITY=terse', '-d', $node->connstr($database // 'postgres') . " user=$user application_name=$name" ], '<', \$in, '>', \$out, '2>&1', IPC::Run::timeout(180))
	};
	$session{$name}{run}->pump_nb;
}
sub wait_for
{
	my ($name, $condition) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = '$name' AND $condition") or die "$name: never $condition";
}
sub finish
{
	my ($name) = @_;
	my $session = delete $session{$name};
	${ $session->{in} } .= "\\q\n";
	eval { $session->{run}->finish };
	return ${ $session->{out} };
}
sub as_user
{
	my ($user, $sql) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, extra_params => [ '-U', $user ]);
	return $out . $err;
}

# Stopping: who may stop whom, and what of.
my $busy = 'SELECT pg_sleep(100);';
start('busy', 'app', $busy);
start('idle', 'app', 'BEGIN; SELECT 1;');
start('boss', 'boss', $busy);
wait_for('busy', "state = 'active' AND wait_event = 'PgSleep'");
wait_for('idle', "state = 'idle in transaction'");
wait_for('boss', "wait_event = 'PgSleep'");
sub stops
{
	my ($user, $arguments) = @_;
	return as_user($user, "SELECT application_name, action, outcome FROM dbeng.stop_long_running($arguments) WHERE application_name IN ('busy', 'idle', 'boss') ORDER BY 1");
}
my $not_allowed = "it is another role's: GRANT pg_signal_backend TO watcher";
my $superuser = "only a superuser may stop a superuser's session";
my $idle = 'it runs nothing that could be cancelled: only terminate ends it';
is(stops('watcher', "'0'"), "boss|none|$superuser\nbusy|none|$not_allowed\nidle|none|$not_allowed", 'a dry run of one who may only look');
is(stops('watcher', "'0', 'terminate', false"), "boss|none|$superuser\nbusy|none|$not_allowed\nidle|none|$not_allowed", 'and a real one: the same rows, nothing stopped');
is(stops('operator', "'0'"), "boss|none|$superuser\nbusy|cancel|dry run\nidle|none|$idle", 'a dry run of one who may signal');
is(stops('lead', "'0', 'terminate'"), "boss|none|$superuser\nbusy|terminate|dry run\nidle|terminate|dry run", "a member of the session's role needs no more");
is(stops('boss', "'0', 'terminate'"), "boss|terminate|dry run\nbusy|terminate|dry run\nidle|terminate|dry run", 'a superuser may stop all');
is(stops('boss', "'1 hour'"), '', 'nothing is that old');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name IN ('busy', 'idle', 'boss')"), '3', 'all are there');
is(stops('operator', "'0', 'cancel', false"), "boss|none|$superuser\nbusy|cancel|signalled\nidle|none|$idle", 'cancelled');
wait_for('busy', "state = 'idle'");
like(finish('busy'), qr/canceling statement due to user request/, 'the statement ended, the session did not');
is(stops('operator', "'0', 'terminate', false"), "boss|none|$superuser\nidle|terminate|signalled", 'terminated');
$node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'idle'");
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'boss'"), '1', "the superuser's goes on");
is(stops('boss', "'0', 'terminate', false"), 'boss|terminate|signalled', 'but for another superuser');
finish('idle');
finish('boss');
like(as_user('other', 'SELECT * FROM dbeng.stop_long_running()'), qr/permission denied for dbeng.stop_long_running\(\)/, 'nobody else may ask');

# What is not a client's is never stopped.
my $standby = PostgreSQL::Test::Cluster->new('standby');
$node->backup('base');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($node->safe_psql('postgres', "SELECT DISTINCT action, outcome FROM dbeng.stop_long_running('0', 'terminate', false) WHERE backend_type = 'walsender'"),
	'none|walsender: only clients\' sessions are stopped', 'a walsender is shown and left alone');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_stat_replication'), '1', 'it is still there');

# A prepared transaction blocks; after a restart it is nobody's any more, and still known.
$node->safe_psql('postgres', "BEGIN; UPDATE cake SET slices = 7 WHERE id = 1; LOCK TABLE cake IN ROW EXCLUSIVE MODE; PREPARE TRANSACTION 'left over'");
for my $round ('', ' after a restart')
{
	start('waiter', 'postgres', 'UPDATE cake SET slices = 6 WHERE id = 1;');
	wait_for('waiter', "wait_event_type = 'Lock'");
	is($node->safe_psql('postgres', "SELECT root_pid, depth, pid = 0, blocked_by, user_name, state, query, blocks FROM dbeng.blocking WHERE depth = 0"),
		"0|0|t|{}|postgres|prepared|PREPARE TRANSACTION 'left over'|1", "a prepared transaction is a root$round");
	is($node->safe_psql('postgres', "SELECT root_pid, depth, blocked_by, lock_type, relation, application_name FROM dbeng.blocking WHERE depth = 1"),
		'0|1|{0}|transactionid|cake|waiter', "with its waiter below$round");
	like($node->safe_psql('postgres', "SELECT string_agg(answer || ' -> ' || action, '') FROM dbeng.runbook('lock pile-up') WHERE step = 2"),
		qr/^prepared transaction 'left over' of postgres for .*, 1 behind it -> ROLLBACK PREPARED 'left over';$/, "and the runbook says how to end it$round");
	$node->safe_psql('postgres', "SELECT * FROM dbeng.stop_long_running('0', 'terminate', false)");
	finish('waiter');
	$node->restart if $round eq '';
}
like($node->safe_psql('postgres', "SELECT detail FROM dbeng.metrics() WHERE metric = 'oldest_transaction_age'"), qr/^prepared transaction 'left over' of postgres, database postgres: open for /,
	'it is the oldest transaction');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'left over'");

# Lines are drawn with what the encoding has, and other databases' tables have no names here.
$node->safe_psql('postgres', "CREATE DATABASE plain TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
$node->safe_psql('plain', 'CREATE EXTENSION dbeng');
start('root', 'postgres', 'BEGIN; LOCK TABLE cake;');
wait_for('root', "state = 'idle in transaction'");
start('first', 'postgres', 'SELECT count(*) FROM cake;');
wait_for('first', "wait_event_type = 'Lock'");
start('second', 'postgres', 'SELECT count(*) FROM cake;');
wait_for('second', "wait_event_type = 'Lock'");
is($node->safe_psql('postgres', "SELECT string_agg(substr(tree, 1, 3), ',') FROM dbeng.blocking WHERE depth > 0"), '├─ ,└─ ', 'lines in UTF8');
is($node->safe_psql('plain', "SELECT string_agg(substr(tree, 1, 3), ',') FROM dbeng.blocking WHERE depth > 0"), '|- ,`- ', 'lines in SQL_ASCII');
is($node->safe_psql('plain', "SELECT count(relation), count(*) FILTER (WHERE lock_object ~ '^relation \\d+ of another database\$') FROM dbeng.blocking WHERE depth > 0"), '0|2', "another database's table");
is($node->safe_psql('postgres', "SELECT status FROM dbeng.metrics() WHERE metric = 'lock_waits'"), 'ok', 'a short wait is no alarm');
$session{root}{run}->kill_kill;
finish($_) for qw(first second);

# A standby.
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', "SELECT count(*), count(*) FILTER (WHERE detail IS NULL) FROM dbeng.metrics()"), '23|0', 'metrics() on a standby');
is($standby->safe_psql('postgres', "SELECT count(*) FILTER (WHERE answer LIKE 'it cannot be seen%') FROM unnest(ARRAY['overloaded', 'disk full', 'replication lag', 'wraparound', 'lock pile-up', 'weekly']) name, dbeng.runbook(name)"),
	'0', 'runbooks on a standby');
is($standby->safe_psql('postgres', "SELECT relation, total_bytes = pg_total_relation_size(relation) FROM dbeng.table_sizes"), 'cake|t', 'table_sizes on a standby');
is($standby->safe_psql('postgres', "SELECT dbeng.approximate_count('cake') > 0, (SELECT count(*) FROM dbeng.blocking), (SELECT count(*) > 0 FROM dbeng.connections)"), 't|0|t', 'the rest on a standby');
like($standby->safe_psql('postgres', "SELECT answer FROM dbeng.runbook('replication lag') WHERE step = 1"), qr/^a standby of /, 'which knows what it is');
is($standby->safe_psql('postgres', "SELECT action FROM dbeng.stop_long_running('0', 'terminate', false)"), 'none', 'and stops nobody but those it may');
$standby->stop;

# Archiving that fails is critical, as the check says.
$node->append_conf('postgresql.conf', "archive_mode = on\narchive_command = 'false'\n");
$node->restart;
$node->safe_psql('postgres', 'SELECT pg_switch_wal(); CHECKPOINT; SELECT txid_current(); SELECT pg_switch_wal()');
$node->poll_query_until('postgres', 'SELECT failed_count > 0 FROM pg_stat_archiver');
is($node->safe_psql('postgres', "SELECT status, value > 0 FROM dbeng.metrics() WHERE metric = 'wal_archive_failures'"), 'critical|t', 'failing archiving');
is($node->safe_psql('postgres', "SELECT severity FROM dbeng.findings('backup & recovery') WHERE check_id = 'bak-archive-failing'"), 'critical', 'the check agrees');

# A slot nobody reads.
$node->append_conf('postgresql.conf', "max_slot_wal_keep_size = '1GB'\n");
$node->reload;
$node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('forgotten', true); SELECT dbeng.configure_check('mon-slot-inactive', thresholds => '{\"bytes\": 1000}')");
$node->safe_psql('postgres', 'CREATE TABLE much AS SELECT generate_series(1, 10000)');
is($node->safe_psql('postgres', "SELECT status, critical IS NULL, detail LIKE 'physical slot forgotten keeps %, nobody reads it; max_slot_wal_keep_size is 1024 MB' FROM dbeng.metrics() WHERE metric = 'replication_slot_retained_wal'"),
	'warning|t|t', 'a slot without a reader');
is($node->safe_psql('postgres', "SELECT severity FROM dbeng.findings('monitoring') WHERE check_id = 'mon-slot-inactive'"), 'warning', 'the check agrees');
like($node->safe_psql('postgres', "SELECT action FROM dbeng.runbook('disk full') WHERE step = 3"), qr/pg_drop_replication_slot\('forgotten'\)/, 'the runbook names it');
done_testing();
