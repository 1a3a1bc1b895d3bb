# Rows move from one partition to another while everybody goes on: no client gets an error, no row is missing or twice for anybody,
# whatever is killed and however old his snapshot is; standbys hold the same pages, subscribers the same rows.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep time);

my $node = PostgreSQL::Test::Cluster->new('moving');
$node->init(allows_streaming => 1);
# What a standby makes of each record is compared with what the primary had.
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = off
wal_consistency_checking = 'heap, heap2'
restart_after_crash = on
max_wal_size = 2GB
max_prepared_transactions = 5
max_locks_per_transaction = 256
autovacuum_naptime = 1s
autovacuum_vacuum_threshold = 50
autovacuum_vacuum_scale_factor = 0.01
END
$node->start;
sub sql { return $node->safe_psql('postgres', @_) }
sql('CREATE EXTENSION dbeng');
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('moving_standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
sql("SELECT pg_create_physical_replication_slot('standby')");
$standby->append_conf('postgresql.conf', "primary_slot_name = 'standby'");
$standby->start;

my $rows = 6000;
my $check = <<'SQL';
CREATE OR REPLACE FUNCTION check_sum(how text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	s bigint := 0;
	p bigint;
	t timestamptz := '2026-01-01 UTC';
BEGIN
	IF how = 'whole' THEN
		SELECT sum(n) INTO s FROM acct;
	ELSIF how = 'days' THEN
		FOR d IN 0 .. 12 LOOP
			SELECT coalesce(sum(n), 0) INTO p FROM acct WHERE ts >= t + d * interval '1 day' AND ts < t + (d + 1) * interval '1 day';
			s := s + p;
		END LOOP;
	ELSE
		SELECT sum(a.n) INTO s FROM known k JOIN acct a ON a.id = k.id AND a.ts = k.ts;
	END IF;
	IF s IS DISTINCT FROM 600000 THEN
		RAISE EXCEPTION 'the sum is % by %', s, how;
	END IF;
END
$$;
SQL
sub prepare
{
	sql(<<"END");
SET client_min_messages = warning;
DROP TABLE IF EXISTS acct_ref, known, acct CASCADE;
CREATE TABLE acct (id int NOT NULL, ts timestamptz NOT NULL, n int NOT NULL, body text, g int GENERATED ALWAYS AS (n * 2) STORED, gone int, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
ALTER TABLE acct DROP gone;
CREATE TABLE acct_rest (body text, n int NOT NULL, ts timestamptz NOT NULL, id int NOT NULL, g int GENERATED ALWAYS AS (n * 2) STORED);
ALTER TABLE acct ATTACH PARTITION acct_rest DEFAULT;
CREATE INDEX ON acct (ts);
CREATE INDEX ON acct USING gin (to_tsvector('simple', body));
INSERT INTO acct (id, ts, n, body) SELECT i, timestamptz '2026-01-01 UTC' + i * interval '144 s', 100,
	CASE WHEN i % 50 = 0 THEN (SELECT string_agg(md5(i::text || j), ' ') FROM generate_series(1, 300) j) ELSE 'body ' || i END FROM generate_series(1, $rows) i;
CREATE TABLE known AS SELECT id, ts FROM acct;
CREATE TABLE acct_ref (id int, ts timestamptz, FOREIGN KEY (id, ts) REFERENCES acct ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO acct_ref SELECT id, ts FROM acct WHERE id % 10 = 0;
ANALYZE acct, known;
$check
END
	# Autovacuum may be at it.
	for (1 .. 50) { last if $node->psql('postgres', "SELECT dbeng.manage_partitions('acct', '1 day', premake => 0, with_default => true)") == 0; usleep(100_000) }
	return;
}

my $at = "timestamptz '2026-01-01 UTC' +";
my %scripts = (
	# The same sum at every moment.
	transfer => "\\set a random(1, $rows)\n\\set b random(1, $rows)\nBEGIN;\nUPDATE acct SET n = n - 1 WHERE id = least(:a::int, :b::int) AND ts = $at least(:a::int, :b::int) * interval '144 s';\n"
	  . "UPDATE acct SET n = n + 1 WHERE id = greatest(:a::int, :b::int) AND ts = $at greatest(:a::int, :b::int) * interval '144 s';\nCOMMIT;\n",
	come_and_go => "\\set a random(100000, 200000)\n\\set b random(1, $rows)\n\\set k random(1, 200)\nINSERT INTO acct (id, ts, n, body) VALUES (:a::int, $at :b::int * interval '144 s', 0, 'x') ON CONFLICT (id, ts) DO UPDATE SET n = acct.n;\n"
	  . "DELETE FROM acct WHERE id = :a::int - :k::int AND n = 0 AND id > 99999;\n",
	whole => "\\set s random(1, 40)\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\n\\sleep :s ms\nSELECT check_sum('whole');\nCOMMIT;\n",
	days  => "\\set s random(1, 40)\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\n\\sleep :s ms\nSELECT check_sum('days');\nSELECT check_sum('whole');\nCOMMIT;\n",
	joined => "\\set s random(1, 30)\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT 1;\n\\sleep :s ms\nSELECT check_sum('joined');\nCOMMIT;\n",
	refer => "\\set b random(1, $rows)\nBEGIN;\nSELECT id FROM acct WHERE id = :b::int AND ts = $at :b::int * interval '144 s' FOR KEY SHARE;\nINSERT INTO acct_ref VALUES (:b::int, $at :b::int * interval '144 s');\nCOMMIT;\n");
for my $name (keys %scripts) { append_to_file($node->basedir . "/$name.sql", $scripts{$name}) }

# All of them at once, for so many seconds.
sub crowd
{
	my ($seconds, @names) = @_;
	my @runs;
	for my $name (@names)
	{
		my ($out, $err) = ('', '');
		my $run = { name => $name, out => \$out, err => \$err };
		$run->{handle} = IPC::Run::start([ 'pgbench', '-n', '-M', $name =~ /whole|days|joined/ ? 'simple' : 'prepared', '-c', 1, '-T', $seconds, '-f', $node->basedir . "/$name.sql", $node->connstr('postgres') ], '>', \$out, '2>', \$err);
		push @runs, $run;
	}
	return @runs;
}
sub crowd_is_content
{
	my ($what, @runs) = @_;
	for my $run (@runs)
	{
		my $ok = IPC::Run::finish($run->{handle});
		ok($ok && ${ $run->{err} } !~ /ERROR|abort/, "$what: $run->{name} got no error") or diag(${ $run->{err} });
		unlike(${ $run->{out} }, qr/actually processed: 0\b/, "$what: $run->{name} got on");
	}
	return;
}
sub all_is_well
{
	my ($what) = @_;
	is(sql("SELECT sum(n) FROM acct"), 600000, "$what: the sum is what it was");
	is(sql("SELECT count(*) - count(DISTINCT (id, ts)) FROM acct"), 0, "$what: no row is there twice");
	is(sql("SELECT count(*) FROM acct_ref r WHERE NOT EXISTS (SELECT FROM acct a WHERE a.id = r.id AND a.ts = r.ts)"), 0, "$what: whatever is referred to is there");
	is(sql("SELECT check_sum('days')"), '', "$what: day by day, too");
	return;
}

prepare();
my @runs = crowd(8, qw(transfer transfer come_and_go whole days joined refer));
usleep(500_000);
my ($out, $err);
is($node->psql('postgres', "CALL dbeng.drain_default('acct', 100)", stdout => \$out, stderr => \$err), 0, 'rows move while a crowd works') or diag($err);
like($err, qr/moved \d+,\d+ rows of public\.acct/, 'all of them');
crowd_is_content('moving', @runs);
all_is_well('moving');
is(sql("SELECT count(*) FROM acct_rest WHERE id <= $rows"), 0, 'none is left');

# The way back, in the same crowd; what the default partition has in another order of columns cannot become the table.
isnt($node->psql('postgres', "CALL dbeng.unpartition_table('acct')", stderr => \$err), 0, 'a default partition of another shape') or diag($err);
like($err, qr/columns in another order/, 'is not what the table is to be');
sql('ALTER TABLE acct DETACH PARTITION acct_rest; DROP TABLE acct_rest');
@runs = crowd(10, qw(transfer come_and_go whole days refer));
usleep(300_000);
is($node->psql('postgres', "CALL dbeng.unpartition_table('acct', 200)", stdout => \$out, stderr => \$err), 0, 'and back into a plain table') or diag($err);
crowd_is_content('gathering', @runs);
all_is_well('gathering');
is(sql("SELECT relkind FROM pg_class WHERE oid = 'acct'::regclass"), 'r', 'it is a plain table');

# And forth again, all of it by one call.
@runs = crowd(8, qw(transfer come_and_go whole days refer));
usleep(300_000);
is($node->psql('postgres', "CALL dbeng.partition_table('acct', 'ts', '1 day', premake => 0)", stdout => \$out, stderr => \$err), 0, 'a live table becomes partitioned') or diag($err);
my ($held) = $err =~ /locked for ([\d.]+) ms/;
diag("locked for $held ms");
cmp_ok($held, '<', 500, 'under a short lock');
is($node->psql('postgres', "CALL dbeng.drain_default('acct', 200)", stderr => \$err), 0, 'and is split') or diag($err);
crowd_is_content('converting', @runs);
all_is_well('converting');

# Killed wherever it is.
for my $round (1 .. 8)
{
	prepare() if $round % 4 == 1;
	my $call = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "CALL dbeng.drain_default('acct', 50)" ], '>', \my $ignored, '2>', \my $why);
	my $pid;
	for (1 .. 200) { last if $pid = sql("SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL dbeng.drain%'"); usleep(5000) }
	usleep(20_000 * $round);
	if ($pid)
	{
		if ($round % 4 == 0) { kill 9, $pid; IPC::Run::finish($call); $node->poll_query_until('postgres', 'SELECT true') }
		else { sql("SELECT pg_terminate_backend($pid)"); IPC::Run::finish($call) }
	}
	else { IPC::Run::finish($call) }
	all_is_well("ended in round $round") if $round % 2 == 0;
}
is($node->psql('postgres', "CALL dbeng.drain_default('acct')", stderr => \$err), 0, 'goes on where it was cut short') or diag($err);
all_is_well('resumed');
is(sql("SELECT count(*) FROM acct_rest"), 0, 'to the end');
is(sql("SELECT count(*) FROM pg_class WHERE relname LIKE 'acct_2026%' AND relkind = 'r' AND NOT relispartition"), 0, 'no table was left beside');

# A prepared transaction that holds a row.
prepare();
sql("BEGIN; UPDATE acct SET n = n WHERE id = 5; PREPARE TRANSACTION 'holds'");
my $call = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "CALL dbeng.drain_default('acct')" ], '>', \my $ignored, '2>', \my $why);
usleep(700_000);
is(sql("SELECT count(*) FROM acct WHERE id = 6"), 1, 'while it waits for a prepared transaction, others read');
sql("UPDATE acct SET body = 'written' WHERE id = 6");
is(sql("SELECT count(*) > 0 FROM acct_rest"), 't', 'and nothing has moved');
sql("ROLLBACK PREPARED 'holds'");
IPC::Run::finish($call);
is(sql("SELECT count(*) FROM acct_rest"), 0, 'then it goes on');
is(sql("SELECT body FROM acct WHERE id = 6"), 'written', 'with what was written meanwhile');
all_is_well('after a prepared transaction');

# An old snapshot, on the primary and with a plan made for every day; a cursor that is open holds everything up.
prepare();
my $old = $node->background_psql('postgres');
$old->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
my $prepared = $node->background_psql('postgres');
$prepared->query_safe("PREPARE one AS SELECT n FROM acct WHERE id = 1000 AND ts = $at 1000 * interval '144 s'; SET plan_cache_mode = force_generic_plan; EXECUTE one");
sql("CALL dbeng.drain_default('acct')");
is($old->query_safe("SELECT n FROM acct WHERE id = 1000 AND ts = $at 1000 * interval '144 s'"), 100, 'a snapshot from before finds a row by its key');
is($old->query_safe("SELECT count(*) FROM acct WHERE ts < $at interval '1 day'"), 599, 'and those of a day');
is($old->query_safe("SELECT count(*) FROM acct"), $rows, 'and all of them, once');
like($old->query_safe("EXPLAIN SELECT FROM acct WHERE ts = $at interval '1 day'"), qr/acct_rest/, 'because it looks everywhere');
$old->query_safe("COMMIT");
unlike($old->query_safe("EXPLAIN SELECT FROM acct WHERE ts = $at interval '1 day'"), qr/acct_rest/, 'and no longer than it is that old');
is($prepared->query_safe("EXECUTE one"), 100, 'a prepared statement finds it');
unlike($prepared->query_safe("EXPLAIN EXECUTE one"), qr/acct_rest/, 'where it is now');
$old->quit;
$prepared->quit;

# The standby has replayed it all, and has the same.
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
for my $table ('acct', sql("SELECT string_agg(inhrelid::regclass::text, ' ') FROM pg_inherits WHERE inhparent = 'acct'::regclass"))
{
	for my $each (split / /, $table)
	{
		my $look = "SELECT count(*), sum(hashtext(t::text)) FROM $each t";
		is($standby->safe_psql('postgres', $look), sql($look), "a standby has the same rows in $each");
	}
}
unlike(slurp_file($standby->logfile), qr/inconsistent page|PANIC|FATAL:  terminating/, 'on the same pages');
$node->stop('immediate');
$node->start;
all_is_well('after a crash');

# Subscribers to the whole set are told nothing, because nothing has changed.
$standby->stop;
sql("SELECT pg_drop_replication_slot('standby')");
$node->append_conf('postgresql.conf', "wal_level = logical\nwal_consistency_checking = ''");
$node->restart;
prepare();
my $subscriber = PostgreSQL::Test::Cluster->new('moving_subscriber');
$subscriber->init;
$subscriber->start;
$subscriber->safe_psql('postgres', 'CREATE TABLE acct (id int, ts timestamptz, n int, body text, PRIMARY KEY (id, ts))');
sql("CREATE PUBLICATION whole FOR TABLE acct (id, ts, n, body) WITH (publish_via_partition_root = true)");
my $source = $node->connstr . ' dbname=postgres';
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION whole CONNECTION '$source' PUBLICATION whole");
$subscriber->wait_for_subscription_sync($node, 'whole');
my $changes = 'SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = \'acct\'';
$subscriber->poll_query_until('postgres', $changes, $rows);
my $told = $rows;
sql("BEGIN; UPDATE acct SET n = n WHERE id % 7 = 0; ROLLBACK; SELECT count(*) FROM (SELECT FROM acct WHERE id % 3 = 0 FOR UPDATE) s; CHECKPOINT");
sql("CALL dbeng.drain_default('acct')");
sql("UPDATE acct SET body = 'after' WHERE id = 3");
$node->wait_for_catchup('whole');
is($subscriber->safe_psql('postgres', "SELECT count(*), sum(n), count(*) FILTER (WHERE body = 'after') FROM acct"), "$rows|600000|1", 'a subscriber has the same rows');
# Whatever it was told came before this, and is counted some time after.
ok($subscriber->poll_query_until('postgres', $changes, $told + 1), 'and was told of no other change');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION whole');
$subscriber->stop;

# Where one publication speaks of the whole and another of a partition, what the one must not be told the other would lack.
prepare();
sql("ALTER PUBLICATION whole ADD TABLE acct (id, ts, n, body); CREATE PUBLICATION part FOR TABLE acct_rest (id, ts, n, body)");
isnt($node->psql('postgres', "CALL dbeng.drain_default('acct')", stderr => \$err), 0, 'publications of both kinds');
like($err, qr/publications speak of "acct" as a whole and of its partitions/, 'are refused');
is(sql("SELECT count(*) FROM acct_rest"), $rows, 'and nothing has moved');
sql("DROP PUBLICATION part");
sql("CALL dbeng.drain_default('acct')");
is(sql("SELECT count(*) FROM acct_rest"), 0, 'until there is one kind');
sql("DROP PUBLICATION whole");

# Not loaded with the server: other sessions do not know of moves, so none is made while they might.
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
prepare();
$old = $node->background_psql('postgres');
$old->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class");
$call = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "CALL dbeng.drain_default('acct')" ], '>', \$ignored, '2>', \$why);
usleep(1_000_000);
is(sql("SELECT count(*) FROM acct_rest"), $rows, 'without the library everywhere rows wait for older snapshots');
is($old->query_safe("SELECT count(*) FROM acct WHERE ts < $at interval '1 day'"), 599, 'which see what there was');
$old->query_safe("COMMIT");
$old->quit;
IPC::Run::finish($call);
is(sql("SELECT count(*) FROM acct_rest"), 0, 'and then move');
all_is_well('without the library everywhere');

# A batch that takes long under its locks, because a row came between its copy and them: who gets a snapshot meanwhile and keeps it.
sub slow_batch
{
	my ($meanwhile) = @_;
	prepare();
	sql(<<"END");
CREATE OR REPLACE FUNCTION slowly(body text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS \$\$ BEGIN IF body = 'slow' THEN PERFORM pg_sleep(1); END IF; RETURN body; END \$\$;
CREATE INDEX acct_slow ON acct (slowly(left(body, 20)));
END
	my $late = $node->background_psql('postgres');
	$late->query_safe("BEGIN; INSERT INTO acct (id, ts, n, body) VALUES (0, $at interval '1 hour', 0, 'slow')");
	my $move = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', "CALL dbeng.drain_default('acct', 300)" ], '>', \$ignored, '2>', \$why);
	usleep(500_000);
	$late->query_safe('COMMIT');
	$late->quit;
	my $held = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'CALL dbeng.drain%'";
	for (1 .. 300) { last if sql($held) > 0; usleep(2000) }
	my $seen = $meanwhile->();
	IPC::Run::finish($move);
	return $seen;
}
my $first = "SELECT count(*) FROM acct WHERE ts >= $at interval '0' AND ts < $at interval '2 hours' AND id > 0";
my $reader = $node->background_psql('postgres');
is(slow_batch(sub {
	$reader->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1");
	usleep(2_500_000);
	my $seen = $reader->query_safe($first);
	$reader->query_safe('COMMIT');
	return $seen }), 49, 'a snapshot that is taken while a batch has the set is one from before, and the batch waits for its end');
is(sql("SELECT count(*) FROM acct_rest"), 0, 'before it moves its rows');
is(slow_batch(sub { return sql($first) }), 49, 'whoever waits for the set under READ COMMITTED sees what there is then');
all_is_well('after slow batches');
$reader->quit;

done_testing();
