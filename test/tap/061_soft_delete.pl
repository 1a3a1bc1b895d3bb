# Soft delete on a server that has not preloaded dbeng: the first statement of a fresh connection counts and returns as any other.
# Then what a dump and a restore keep, that switching it off leaves the very same dump, and what the worker purges.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('soft_delete');
$node->init;
$node->append_conf('postgresql.conf', "dbeng.enabled = off\n");
$node->start;
# One connection each.
sub sql { return $node->safe_psql(@_) }

sql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE ROLE app LOGIN;
CREATE SCHEMA "My Shop";
GRANT USAGE ON SCHEMA "My Shop" TO app;
CREATE TABLE "My Shop"."Order s" (id int PRIMARY KEY, code text CONSTRAINT "Code once" UNIQUE, n int DEFAULT 0);
CREATE TABLE "My Shop".lines (id int PRIMARY KEY, order_id int REFERENCES "My Shop"."Order s" ON DELETE CASCADE);
CREATE TABLE "My Shop".notes (id int PRIMARY KEY, order_id int REFERENCES "My Shop"."Order s" ON DELETE SET NULL);
CREATE TABLE parted (id int, at int, name text, UNIQUE (name, at), PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE INDEX lines_order ON "My Shop".lines (order_id);
COMMENT ON COLUMN "My Shop"."Order s".n IS 'n';
GRANT SELECT, DELETE, INSERT ON ALL TABLES IN SCHEMA "My Shop" TO app;
GRANT ALL ON parted, parted_1 TO app;
END
my $before = $node->basedir . '/before.sql';
my $schema_dump = sub { my $file = shift; $node->command_ok([ 'pg_dump', '--schema-only', '--no-sync', '-f', $file, $node->connstr('postgres') ], 'pg_dump'); my $text = slurp_file($file); $text =~ s/^\\(un)?restrict .*$//mg; return $text };
my $as_made = $schema_dump->($before);
sql('postgres', <<'END');
INSERT INTO "My Shop"."Order s" SELECT i, 'c' || i FROM generate_series(1, 30) i;
INSERT INTO "My Shop".lines SELECT i, i FROM generate_series(1, 30) i;
INSERT INTO "My Shop".notes SELECT i, i FROM generate_series(1, 30) i;
INSERT INTO parted SELECT i, i, 'n' || i FROM generate_series(0, 9) i;
SELECT dbeng.enable_soft_delete('"My Shop"."Order s"'), dbeng.enable_soft_delete('parted');
END

# Each the first statement of its connection. psql says DELETE n only to who is not quiet.
sub first
{
	my ($database, $statement) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run([ 'psql', '-XAt', '-d', $node->connstr($database) . ' user=app', '-c', $statement ], '>', \$out, '2>', \$err);
	$out .= $err;
	chomp $out;
	return $out;
}
my $orders = '"My Shop"."Order s"';
is(first('postgres', qq{DELETE FROM $orders WHERE id IN (1, 2)}), 'DELETE 2', 'DELETE');
is(first('postgres', qq{DELETE FROM $orders WHERE id IN (2, 3) RETURNING id, n}), "3|0\nDELETE 1", 'RETURNING');
is(first('postgres', qq{WITH d AS (DELETE FROM $orders WHERE id = 4 RETURNING id) SELECT id FROM d}), '4', 'WITH');
is(first('postgres', qq{DELETE FROM $orders o USING "My Shop".lines l WHERE l.order_id = o.id AND l.id = 5 RETURNING l.id, o.code}), "5|c5\nDELETE 1", 'USING');
is(first('postgres', qq{MERGE INTO $orders o USING generate_series(6, 7) g ON g = o.id WHEN MATCHED THEN DELETE}), 'MERGE 2', 'MERGE');
is(first('postgres', qq{DELETE FROM parted WHERE id = 1 RETURNING id, name}), "1|n1\nDELETE 1", 'a partitioned table');
is(first('postgres', qq{DELETE FROM parted_1 WHERE id = 2}), 'DELETE 1', 'a partition');
is(first('postgres', q{DO $$ DECLARE n int; BEGIN DELETE FROM "My Shop"."Order s" WHERE id IN (8, 9); GET DIAGNOSTICS n = ROW_COUNT; RAISE NOTICE 'counted %', n; END $$}), "DO\nNOTICE:  counted 2", 'within a function');
is(first('postgres', qq{INSERT INTO $orders VALUES (100, 'c1') ON CONFLICT (code) DO NOTHING}), 'INSERT 0 1', 'ON CONFLICT of what is deleted');
is(first('postgres', qq{INSERT INTO $orders VALUES (101, 'c1') ON CONFLICT (code) DO NOTHING}), 'INSERT 0 0', 'of what is live');
like(first('postgres', q{INSERT INTO "My Shop".lines VALUES (200, 1)}), qr/is deleted/, 'a child under a deleted row');
like(first('postgres', qq{TRUNCATE $orders CASCADE}), qr/permission denied/, 'TRUNCATE by who may not');
my ($status, $out, $err) = $node->psql('postgres', qq{TRUNCATE $orders CASCADE});
like($err, qr/keeps its deleted rows/, 'by who may');
($status, $out, $err) = $node->psql('postgres', 'TRUNCATE parted_1');
like($err, qr/keeps its deleted rows/, 'of a partition');
is(sql('postgres', qq{SELECT count(*), count(deleted_at) FROM $orders}), '31|9', 'nothing is gone');
is(sql('postgres', q{SELECT count(*), count(deleted_at), count(DISTINCT deletion_id) FROM "My Shop".lines}), '30|9|6', 'children went along');
is(sql('postgres', q{SELECT count(*) FROM "My Shop".notes WHERE order_id IS NULL}), '9', 'or were unlinked');

# A parent that does not keep its rows, as the first statement as well.
sql('postgres', <<'END');
CREATE TABLE hard (id int PRIMARY KEY);
CREATE TABLE kept (id int PRIMARY KEY, hard_id int REFERENCES hard ON DELETE CASCADE);
INSERT INTO hard VALUES (1), (2);
INSERT INTO kept VALUES (1, 1), (2, 2);
SELECT dbeng.enable_soft_delete('kept');
GRANT ALL ON hard TO app;
END
is(first('postgres', 'DELETE FROM hard WHERE id = 1'), 'DELETE 1', 'a parent that is deleted for good');
is(sql('postgres', 'SELECT count(*) FROM kept'), '1', 'leaves no orphan');
sql('postgres', q{SELECT dbeng.disable_soft_delete('kept'); DROP TABLE kept, hard});

# Without its index a session is not warned in time, and refuses rather than to delete.
sql('postgres', qq{CREATE TABLE bare (id int PRIMARY KEY); INSERT INTO bare VALUES (1), (2); SELECT dbeng.enable_soft_delete('bare'); DROP INDEX bare_deletion_id_idx; GRANT ALL ON bare TO app});
like(first('postgres', 'DELETE FROM bare'), qr/planned before dbeng was loaded/, 'refused');
is(sql('postgres', 'SELECT count(*) FROM bare'), '2', 'nothing is gone');
sql('postgres', q{SELECT dbeng.disable_soft_delete('bare'); DROP TABLE bare});

# Dump and restore into another database.
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
is(first('restored', qq{DELETE FROM $orders WHERE id IN (10, 11) RETURNING id}), "10\n11\nDELETE 2", 'goes on there');
is(sql('restored', 'SELECT max(deletion_id) FROM dbeng.deletion'), sql('postgres', 'SELECT max(deletion_id) + 1 FROM dbeng.deletion'), 'numbers go on');
is(sql('restored', q{SELECT dbeng.restore('"My Shop"."Order s"', '{"id": 3}')}), '2', 'what was deleted before the dump is restored after it');
is(sql('restored', q{SELECT order_id FROM "My Shop".notes WHERE id = 3}), '3', 'with what was unlinked');
is(sql('restored', q{SELECT dbeng.disable_soft_delete('"My Shop".lines', false), dbeng.disable_soft_delete('"My Shop"."Order s"', false), dbeng.disable_soft_delete('parted', true)}), '||', 'and is switched off there');

# Off again: the dump is the one from before.
sql('postgres', q{SELECT dbeng.disable_soft_delete('"My Shop"."Order s"', false), dbeng.disable_soft_delete('"My Shop".lines', false), dbeng.disable_soft_delete('parted', true)});
is($schema_dump->($node->basedir . '/after.sql'), $as_made, 'the schema is what it was, to the letter');
is(sql('postgres', 'SELECT count(*) FROM parted'), '10', 'deleted rows that were to be kept are live');
is(sql('postgres', qq{SELECT count(*) FROM $orders}), '22', 'the others are gone');
is(first('postgres', qq{DELETE FROM $orders WHERE id = 12}), 'DELETE 1', 'and DELETE');
is(sql('postgres', qq{SELECT count(*) FROM $orders WHERE id = 12}), '0', 'deletes');

# The worker.
sql('postgres', q{SELECT dbeng.enable_soft_delete('"My Shop"."Order s"')});
sql('postgres', qq{DELETE FROM $orders WHERE id < 20; UPDATE $orders SET deleted_at = '2020-01-01' WHERE id IN (20, 21)});
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = on\ndbeng.soft_delete_retention = '30d'\n");
$node->restart;
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM dbeng.workers WHERE database = 'postgres' AND kind = 'worker'") or die;
sql('postgres', q{SELECT dbeng.run_now('soft delete purge')});
$node->poll_query_until('postgres', q{SELECT last_status = 'succeeded' FROM dbeng.jobs WHERE job = 'soft delete purge'}) or die 'the job does not run';
is(sql('postgres', qq{SELECT count(*) FROM $orders WHERE id IN (20, 21)}), '0', 'what is past retention is gone');
is(sql('postgres', q{SELECT count(*) FROM "My Shop".lines WHERE id IN (20, 21)}), '0', 'with what cascades');
isnt(sql('postgres', qq{SELECT count(*) FROM $orders WHERE deleted_at IS NOT NULL}), '0', 'the rest is not');
is(sql('postgres', q{SELECT message FROM dbeng.job_runs WHERE job = 'soft delete purge' ORDER BY 1 LIMIT 1}), '', 'there is nothing to say of it');

$node->stop;
done_testing();
