# The audit log over time: what a dump and a restore keep, what the worker does for it month by month, what becomes of
# partitions that are added and detached, and that nobody waits for any of this.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node = PostgreSQL::Test::Cluster->new('audit');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = off
dbeng.lock_timeout = 25ms
log_statement = none
max_prepared_transactions = 10
END
$node->start;
sub sql { return $node->safe_psql(@_) }
sub refusal { my ($database, $statement) = @_; my ($status, $out, $err) = $node->psql($database, $statement); return $err }

sql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE ROLE app;
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop"."Order s" (id int PRIMARY KEY, gone int, total numeric, photo bytea, secret text);
ALTER TABLE "My Shop"."Order s" DROP gone;
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE parted (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
SELECT dbeng.enable_audit('other'), dbeng.enable_audit('"My Shop"."Order s"', exclude => '{photo}', redact => '{secret}'), dbeng.enable_audit('parted');
GRANT USAGE ON SCHEMA "My Shop" TO app;
GRANT ALL ON "My Shop"."Order s", parted TO app;
END
my $chunks = 'SELECT count(*), sum(changes) FROM dbeng_audit.log';
sql('postgres', q{SET ROLE app; INSERT INTO "My Shop"."Order s" SELECT i, i, 'photo', 'secret' FROM generate_series(1, 100) i; INSERT INTO parted VALUES (1, '2026-01-05')});
is(sql('postgres', $chunks), '2|101', 'a role without any right on the log has its changes logged');
sql('postgres', q{SET ROLE app; UPDATE "My Shop"."Order s" SET photo = 'other'});
is(sql('postgres', $chunks), '2|101', 'an update of nothing but excluded columns is none');
sql('postgres', q{SET ROLE app; UPDATE "My Shop"."Order s" SET photo = 'more', total = total + 1 WHERE id < 11});
is(sql('postgres', $chunks), '3|111', 'one that changes others as well is');
is(sql('postgres', q{SET ROLE app; BEGIN; DELETE FROM "My Shop"."Order s"; ROLLBACK; RESET ROLE; } . $chunks), '3|111', 'what is rolled back is not logged');

# Dump and restore into another database.
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
my $bound = q{SELECT pg_get_viewdef('dbeng.audit_log'::regclass) ~ 'dbeng_audit\.log'};
is(sql('restored', $bound), 'f', 'the view of a restored log reads all of it');
my $log = q{SELECT md5(string_agg(l::text, E'\n' ORDER BY log_id)) FROM dbeng_audit.log l};
is(sql('restored', $log), sql('postgres', $log), 'the log is as it was');
my $tables = q{SELECT table_id, relation, exclude, redact, state FROM dbeng.audited_tables};
is(sql('restored', $tables), sql('postgres', $tables), 'every table is audited as it was, under the number it had');
is(sql('restored', 'SELECT last_value FROM dbeng_audit.log_id_seq'), sql('postgres', 'SELECT last_value FROM dbeng_audit.log_id_seq'), 'numbers go on');
my $protected = q{SELECT c.relname FROM pg_class c WHERE relnamespace = 'dbeng_audit'::regnamespace AND relkind IN ('r', 'p') AND NOT EXISTS (SELECT FROM pg_trigger t WHERE tgrelid = c.oid AND tgname = '!dbeng_audit_refuse' AND tgenabled = 'A') ORDER BY 1};
is(sql('restored', $protected), '', 'every table of the log is protected');
like(refusal('restored', 'DELETE FROM dbeng_audit.log'), qr/DELETE on audit log table/, 'and says so');
sql('restored', q{SET ROLE app; UPDATE "My Shop"."Order s" SET total = 0, secret = 'x' WHERE id = 1; INSERT INTO parted VALUES (2, '2026-01-05')});
is(sql('restored', $chunks), '5|113', 'changes are logged there');
is(sql('restored', 'SELECT count(DISTINCT table_id) FROM dbeng_audit.shapes'), '2', 'under the same numbers');
sql('restored', q{SET ROLE app; UPDATE "My Shop"."Order s" SET photo = 'restored' WHERE id = 1});
is(sql('restored', $chunks), '5|113', 'what was excluded is, though columns have other numbers there');
is(sql('restored', 'SELECT count(*) FROM dbeng.findings() WHERE check_id ~ $$^sec-audit$$'), '0', 'nothing is found wanting');
is(sql('restored', q{SELECT dbeng.enable_audit('"My Shop"."Order s"', exclude => '{photo}', redact => '{secret}')}), '', 'enabled again');
is(sql('restored', $tables), sql('postgres', $tables), 'it keeps its number');

# Months. The worker makes them; what came into the default partition gets a partition of its own.
sub job
{
	my ($job, $database) = @_;
	$database //= 'postgres';
	$node->poll_query_until($database, "SELECT count(*) > 0 FROM dbeng.workers WHERE database = '$database' AND kind = 'worker'") or die;
	my $before = sql($database, "SELECT coalesce(max(last_run), '-infinity') FROM dbeng.jobs WHERE job = '$job'");
	sql($database, "SELECT dbeng.run_now('$job')");
	$node->poll_query_until($database, "SELECT last_run > '$before' AND last_status <> 'running' FROM dbeng.jobs WHERE job = '$job'") or die "$job does not run";
	return sql($database, "SELECT last_status FROM dbeng.jobs WHERE job = '$job'");
}
my $months = q{SELECT string_agg(relname || ' ' || pg_get_expr(relpartbound, c.oid), ', ' ORDER BY relname) FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'dbeng_audit.log'::regclass};
my $as_made = sql('postgres', $months);
sql('postgres', q{DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = 'dbeng_audit.log'::regclass AND relname <> 'log_rest' LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$});
sql('postgres', q{SET ROLE app; UPDATE "My Shop"."Order s" SET total = total + 1});
is(sql('postgres', 'SELECT count(*), sum(changes) FROM dbeng_audit.log_rest'), '1|100', 'without a month, changes go into the default partition');
sql('postgres', "ALTER SYSTEM SET dbeng.enabled = on");
sql('postgres', "SELECT pg_reload_conf()");
sql('restored', 'SELECT dbeng._audit_bind(false)');
is(job('audit partitions', 'restored'), 'succeeded', 'a worker runs there');
is(sql('restored', $bound), 't', 'and has the view read what is asked for');
is(job('audit partitions'), 'succeeded', 'the worker runs');
is(sql('postgres', $months), $as_made, 'the months are there again, this one made of the default partition');
is(sql('postgres', 'SELECT count(*), sum(changes) FROM dbeng_audit.log_rest'), '0|', 'the default partition is empty');
is(sql('postgres', $chunks), '1|100', 'nothing is lost');
is(sql('postgres', q{SELECT count(*) FROM pg_constraint WHERE conrelid::regclass::text ~ '^dbeng_audit.log' AND contype = 'c'}), '0', 'no constraint is left over');
is(sql('postgres', $protected), '', 'all are protected');
sql('postgres', q{SET ROLE app; UPDATE "My Shop"."Order s" SET total = total + 1});
is(sql('postgres', $chunks), '2|200', 'and it goes on');

# Several months in the default partition, and one before; then retention.
sql('postgres', <<'END');
ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.log_rest (log_id, changed_at, written_at, transaction_id, changes, cluster, db_user, payload)
	SELECT -i, at, at, '1', 0, 0, 'ada', '' FROM generate_series(1, 5) i, LATERAL (SELECT '2020-01-10'::timestamptz + i * interval '20 days') AS t(at);
ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";
END
# While somebody reads the log the exchange waits its 25 ms, again and again, and comes to nothing; writers never wait.
my $reader = $node->background_psql('postgres', on_error_die => 1);
$reader->query_safe('BEGIN; SELECT count(*) FROM dbeng_audit.log');
sql('postgres', "SELECT dbeng.run_now('audit partitions')");
my ($longest, $begun) = (0, time);
while (time - $begun < 3)
{
	my $took = sql('postgres', q{SET ROLE app; SET statement_timeout = '3s'; SELECT clock_timestamp() AS t \gset
UPDATE "My Shop"."Order s" SET total = total + 1 WHERE id = 1; SELECT 1000 * extract(epoch FROM clock_timestamp() - :'t')});
	$longest = $took if $took > $longest;
}
cmp_ok($longest, '<', 1000, sprintf 'writers go on meanwhile (%.0f ms at most)', $longest);
is(job('audit partitions'), 'succeeded', 'the job ends all the same');
is(sql('postgres', $months), $as_made, 'and has left everything as it was');
$reader->query_safe('COMMIT');
$reader->quit;
is(job('audit partitions'), 'succeeded', 'and another time');
like(sql('postgres', $months), qr/log_2020_01_to_2020_04 FOR VALUES FROM \('2020-01-01 00:00:00\+00'\) TO \('2020-05-01 00:00:00\+00'\)/, 'months in one partition');
is(sql('postgres', 'SELECT count(*) FROM dbeng_audit.log_rest'), '0', 'the default partition is empty again');
sql('postgres', 'ALTER SYSTEM SET dbeng.audit_retention = $$400d$$');
sql('postgres', 'SELECT pg_reload_conf()');
is(job('audit retention'), 'succeeded', 'retention runs');
is(sql('postgres', $months), $as_made, 'what was older is gone, and nothing else');

# Rows that are to come, or another partition's, stay where they are; months are made all the same.
sql('postgres', <<'END');
ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.log_rest (log_id, changed_at, written_at, transaction_id, changes, cluster, db_user, payload) VALUES (-9, '2999-01-10', '2999-01-10', '1', 0, 0, 'ada', '');
ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";
END
is(job('audit partitions'), 'succeeded', 'with a row of the future');
is(sql('postgres', $months), $as_made, 'nothing is exchanged');
is(sql('postgres', 'SELECT count(*) FROM dbeng.findings() WHERE check_id = $$sec-audit-log-rest$$'), '1', 'it is told of');

# Partitions of audited tables.
sql('postgres', q{CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); ALTER TABLE parted DETACH PARTITION parted_1; ALTER TABLE parted RENAME TO "Parted"});
is(job('audit partitions'), 'succeeded', 'the worker runs');
my $triggers = q{SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgname ~ 'dbeng' AND tgrelid = };
is(sql('postgres', "$triggers 'parted_2'::regclass"), '!dbeng_audit !dbeng_audit_replica !dbeng_audit_truncate', 'a new partition has all triggers');
is(sql('postgres', "$triggers 'parted_1'::regclass"), '', 'a detached one has none');
is(sql('postgres', q{SELECT table_name FROM dbeng_audit.tables WHERE table_id = 3}), 'Parted', 'a renamed table is known by its name');

$node->stop;
done_testing();
