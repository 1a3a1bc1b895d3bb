# The audit log and replication: what a subscription writes, with on_replica and without; a standby that reads the log while
# the primary writes it, and goes on with it after promotion.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', "autovacuum = off\n");
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = off\nautovacuum = off\nmax_logical_replication_workers = 8\n");
$subscriber->start;
sub there { return $publisher->safe_psql('postgres', @_) }
sub here { return $subscriber->safe_psql('postgres', @_) }

my $tables = <<'END';
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE plain (id int PRIMARY KEY, a text);
CREATE TABLE audited (id int PRIMARY KEY, a text, m mood);
CREATE TABLE without_key (a int, b text);
ALTER TABLE without_key REPLICA IDENTITY FULL;
CREATE TABLE parted (id int PRIMARY KEY, a text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (1000);
END
there($tables);
there(q{INSERT INTO plain SELECT i, 'copied' FROM generate_series(1, 3) i; INSERT INTO audited SELECT i, 'copied' FROM generate_series(1, 3) i; INSERT INTO without_key SELECT i, 'copied' FROM generate_series(1, 3) i; INSERT INTO parted VALUES (1, 'copied'), (200, 'copied')});
there('CREATE PUBLICATION all_of_it FOR ALL TABLES');
here("CREATE EXTENSION dbeng; $tables");
here(q{SELECT dbeng.enable_audit('plain'), dbeng.enable_audit('parted'), dbeng.enable_audit('audited', on_replica => true), dbeng.enable_audit('without_key', on_replica => true)});
my $source = $publisher->connstr . ' dbname=postgres';
my $options = $subscriber->pg_version >= 16 ? "streaming = parallel, binary = true" : 'streaming = on, binary = true';
here("CREATE SUBSCRIPTION sub CONNECTION '$source' PUBLICATION all_of_it WITH ($options)");
$subscriber->poll_query_until('postgres', q{SELECT count(*) > 0 AND bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel}) or die;

my $log = q{SELECT string_agg(concat_ws(' ', action, changes), ', ' ORDER BY action) FROM (SELECT action, count(*) AS changes FROM dbeng.audit_log WHERE relation = '%s'::regclass GROUP BY 1) x};
is(here(sprintf $log, 'audited'), 'INSERT 3', 'the copy at the beginning is logged with on_replica');
is(here(sprintf $log, 'without_key'), 'INSERT 3', 'also of a table without a key');
is(here(sprintf $log, 'plain'), 'UNLOGGED 1', 'and told of without');
is(here(sprintf $log, 'parted'), 'UNLOGGED 2', 'of each partition');
my $gaps = q{SELECT string_agg(name || ' ' || n, ', ' ORDER BY name) FROM (SELECT t.table_name AS name, count(DISTINCT transaction_id) AS n FROM dbeng_audit.gaps g JOIN dbeng_audit.tables t USING (table_id) WHERE kind = 'r' GROUP BY 1) x};
is(here($gaps), 'parted 2, plain 1', 'a gap for each transaction');

there(<<'END');
BEGIN;
INSERT INTO plain SELECT i, 'replicated' FROM generate_series(10, 500) i;
UPDATE plain SET a = 'changed' WHERE id < 100;
INSERT INTO audited VALUES (10, 'replicated', 'glad'), (11, 'replicated', 'sad');
UPDATE audited SET m = 'sad', a = 'changed' WHERE id = 10;
UPDATE audited SET id = 12 WHERE id = 11;
DELETE FROM audited WHERE id = 1;
UPDATE without_key SET b = 'changed' WHERE a = 1;
DELETE FROM without_key WHERE a = 2;
COMMIT;
UPDATE parted SET a = 'changed';
UPDATE parted SET id = 300 WHERE id = 1;
END
$publisher->wait_for_catchup('sub');
is(here(sprintf $log, 'audited'), 'DELETE 1, INSERT 5, UPDATE 2', 'what replication writes is logged');
is(here(q{SELECT string_agg(concat_ws(' ', action, key, old_data ->> 'm', new_data ->> 'm', new_data ->> 'a'), ', ' ORDER BY audit_id) FROM dbeng.audit_log WHERE relation = 'audited'::regclass AND transaction_id = (SELECT max(transaction_id) FROM dbeng.audit_log WHERE relation = 'audited'::regclass)}),
	'INSERT {"id": 10} glad replicated, INSERT {"id": 11} sad replicated, UPDATE {"id": 10} glad sad changed, UPDATE {"id": 12}, DELETE {"id": 1}', 'in its order, of one transaction');
is(here(q{SELECT string_agg(concat_ws(' ', action, old_data, new_data), ', ' ORDER BY audit_id) FROM dbeng.audit_log WHERE relation = 'without_key'::regclass AND action <> 'INSERT'}),
	'UPDATE {"a": 1, "b": "copied"} {"b": "changed"}, DELETE {"a": 2, "b": "copied"}', 'of rows without a key');
is(here(sprintf $log, 'plain'), 'UNLOGGED 2', 'each transaction that writes the table without on_replica is told of, once');
is(here($gaps), 'parted 4, plain 2', 'and is a gap');
is(here(q{SELECT count(DISTINCT l.transaction_id), count(*) FROM dbeng.audit_log l WHERE relation = 'parted'::regclass}), '4|4', 'of the partitioned table too');
is(here(q{SELECT string_agg(concat_ws(': ', object, substring(message, 'subscription writes it|transactions? wrote it')), ', ' ORDER BY object, message) FROM dbeng.findings() WHERE check_id = 'sec-audit-bypassed'}),
	'public.parted: transactions wrote it, public.parted: subscription writes it, public.plain: transactions wrote it, public.plain: subscription writes it', 'both are found, of both tables');
my ($status, $out, $err) = $subscriber->psql('postgres', q{SELECT * FROM dbeng.table_as_of(NULL::plain, (SELECT enabled_at FROM dbeng.audited_tables WHERE name = 'public.plain'))});
like($err, qr/cannot be told/, 'what such a table was is not pretended to be known');
is(here(q{SELECT count(*) FROM dbeng.table_as_of(NULL::audited, (SELECT max(changed_at) FROM dbeng.audit_log WHERE relation = 'audited'::regclass) - interval '1 microsecond')}), '3', 'what the other one was is');
there('TRUNCATE audited, plain');
$publisher->wait_for_catchup('sub');
is(here(q{SELECT string_agg(table_name || ' ' || action, ', ' ORDER BY table_name) FROM dbeng.audit_log WHERE action = 'TRUNCATE'}), 'audited TRUNCATE, plain TRUNCATE', 'TRUNCATE is logged in either case');
# A transaction large enough to be streamed, and one that is rolled back after a part of it was.
there(q{ALTER SYSTEM SET logical_decoding_work_mem = '64kB'});
there('SELECT pg_reload_conf()');
there(q{BEGIN; INSERT INTO audited SELECT i, 'streamed' FROM generate_series(1000, 6000) i; SAVEPOINT s; INSERT INTO audited SELECT i, 'not' FROM generate_series(10000, 16000) i; ROLLBACK TO s; INSERT INTO audited VALUES (6001, 'streamed'); COMMIT;
	BEGIN; INSERT INTO audited SELECT i, 'never' FROM generate_series(20000, 26000) i; ROLLBACK});
$publisher->wait_for_catchup('sub');
is(here(q{SELECT count(*), count(DISTINCT transaction_id), string_agg(DISTINCT new_data ->> 'a', ' ') FROM dbeng.audit_log WHERE (key ->> 'id')::int >= 1000 AND relation = 'audited'::regclass}), '5002|1|streamed', 'a transaction that is streamed');
is(here(q{SELECT bool_and(has_row) FROM (SELECT dbeng.row_as_of('audited', jsonb_build_object('id', id), now()) = to_jsonb(t) AS has_row FROM audited t LIMIT 20) x}), 't', 'and its rows are told as they are');
here('DROP SUBSCRIPTION sub');

# A standby.
my $primary = $subscriber;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
sub standby { return $standby->safe_psql('postgres', @_) }
here(q{INSERT INTO plain SELECT i, 'on the primary' FROM generate_series(1, 1000) i; UPDATE plain SET a = 'twice' WHERE id = 7});
$primary->wait_for_catchup($standby);
my $state = q{SELECT md5(string_agg(l::text, E'\n' ORDER BY audit_id)) FROM dbeng.audit_log l};
is(standby($state), here($state), 'a standby reads the same log');
my $writer = $primary->background_psql('postgres', on_error_die => 1);
$writer->query_safe(q{BEGIN; INSERT INTO plain SELECT i, 'not yet' FROM generate_series(2001, 12000) i; SELECT count(*) FROM dbeng.audit_log});
here(q{UPDATE plain SET a = 'thrice' WHERE id = 7});
$primary->wait_for_catchup($standby);
is(standby(q{SELECT string_agg(concat_ws(' ', action, new_data ->> 'a'), ', ') FROM dbeng.row_history('plain', '7')}), 'INSERT on the primary, UPDATE twice, UPDATE thrice', 'row_history(), while the primary writes');
is(standby(q{SELECT dbeng.row_as_of('plain', '7', (SELECT max(changed_at) - interval '1 microsecond' FROM dbeng.audit_log WHERE key = '{"id": 7}')) ->> 'a'}), 'twice', 'row_as_of()');
is(standby(q{SELECT count(*) FROM dbeng.table_as_of(NULL::plain, now())}), '1000', 'table_as_of()');
is(standby(q{SELECT count(*) FROM dbeng.undo((SELECT max(transaction_id) FROM dbeng.audit_log WHERE key = '{"id": 7}'))}), '1', 'undo() shows what it would do');
for my $writing (q{SELECT dbeng.undo((SELECT max(transaction_id) FROM dbeng.audit_log), false)}, q{SELECT dbeng.enable_audit('plain')}, q{SELECT dbeng.disable_audit('plain')})
{
	my ($status, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$writing");
	like($err, qr/ERROR:  25006:/, "refused: $writing");
}
$writer->query_safe('COMMIT');
$writer->quit;
$primary->wait_for_catchup($standby);
my $last = here('SELECT max(audit_id) FROM dbeng.audit_log');
$primary->stop('immediate');
$standby->promote;
standby(q{INSERT INTO plain VALUES (20000, 'promoted'); UPDATE plain SET a = 'at last' WHERE id = 7});
is(standby(q{SELECT string_agg(concat_ws(' ', action, new_data ->> 'a'), ', ') FROM dbeng.row_history('plain', '7')}), 'INSERT on the primary, UPDATE twice, UPDATE thrice, UPDATE at last', 'promoted, it goes on with the log');
is(standby("SELECT count(*) FROM dbeng.audit_log WHERE audit_id > $last"), '2', 'with numbers that were never given');
is(standby(q{SELECT count(*) - count(DISTINCT audit_id) FROM dbeng.audit_log}), '0', 'each once');

$standby->stop;
$publisher->stop;
done_testing();
