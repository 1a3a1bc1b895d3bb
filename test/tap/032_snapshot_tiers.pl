# Snapshots grow old: they are put away, summed up, dropped, dumped, restored and copied, and say the same all the while.
# Time is made to pass by setting back what is stored.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'time';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
autovacuum = off
log_statement = none
END
$node->start;
sub ask { my ($sql, $database) = @_; return $node->safe_psql($database // 'tiers', $sql) }

# Sixty snapshots with work between them; row i of t comes with snapshot i, for i rows in all of it each.
$node->safe_psql('postgres', 'CREATE DATABASE tiers');
ask('CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng; CREATE SCHEMA "S 1"; CREATE TABLE "S 1"."T" (a int, b text); CREATE INDEX "T_a" ON "S 1"."T" (a); CREATE TABLE gone AS SELECT 1 AS a');
my $snapshots = 60;
ask(join '', map { <<END } 1 .. $snapshots);
INSERT INTO "S 1"."T" SELECT i, repeat('x', 300) FROM generate_series(1, $_) i;
DELETE FROM "S 1"."T" WHERE a = $_ - 3;
SELECT count(*) AS work FROM "S 1"."T";
SELECT pg_stat_force_next_flush();
SELECT dbeng.snapshot();
@{[ $_ == 30 ? 'DROP TABLE gone;' : '' ]}
END

# Snapshot 1 was four days ago, the others followed each 1 h 33 min; the last ones are of today or yesterday.
ask(<<'END');
CREATE FUNCTION shifted(bigint) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT (date_trunc('day', now() AT TIME ZONE 'UTC') - interval '4 days' + interval '7 min 3 s' + ($1 - 1) * interval '93 min') AT TIME ZONE 'UTC' $$;
DO $$
DECLARE
	day date;
BEGIN
	SET LOCAL TimeZone = 'UTC';
	FOR i IN 1 .. 4 LOOP
		day := (now() AT TIME ZONE 'UTC')::date - i;
		EXECUTE format('CREATE TABLE dbeng.snapshot_%s (LIKE dbeng.snapshot INCLUDING ALL)', to_char(day, 'YYYYMMDD'));
		EXECUTE format('ALTER TABLE dbeng.snapshot_%s ADD PRIMARY KEY (snapshot_id, taken_at)', to_char(day, 'YYYYMMDD'));
		EXECUTE format('ALTER TABLE dbeng.snapshot ATTACH PARTITION dbeng.snapshot_%s FOR VALUES FROM (%L) TO (%L)', to_char(day, 'YYYYMMDD'), day, day + 1);
	END LOOP;
END $$;
CREATE TABLE moved AS SELECT snapshot_id, taken_at AS was, shifted(snapshot_id) AS taken_at FROM dbeng.snapshots;
UPDATE dbeng.snapshot s SET taken_at = m.taken_at FROM moved m WHERE m.snapshot_id = s.snapshot_id;
UPDATE dbeng.series s SET valid_from = m.taken_at FROM moved m WHERE m.was = s.valid_from;
UPDATE dbeng.series s SET valid_to = m.taken_at FROM moved m WHERE m.was = s.valid_to;
UPDATE dbeng.setting_value s SET valid_from = m.taken_at FROM moved m WHERE m.was = s.valid_from;
UPDATE dbeng.snapshot_progress SET state_time = shifted(1), daily_until = (date_trunc('day', now() AT TIME ZONE 'UTC') - interval '4 days') AT TIME ZONE 'UTC';
END
is(ask('SELECT count(*) FROM dbeng.snapshots WHERE taken_at > now() + interval $$1 s$$'), 0, 'all of it is in the past');

# What all of them say, at bounds that are whole hours: sums there are the same in every tier.
my $bounds = "SELECT day + h * interval '1 hour' AS at FROM (SELECT (date_trunc('day', now() AT TIME ZONE 'UTC') - interval '4 days') AT TIME ZONE 'UTC') d (day), generate_series(0, 96, 12) h";
my $today = "(date_trunc('day', now() AT TIME ZONE 'UTC')) AT TIME ZONE 'UTC'";
my @figures = (
	tables => "SELECT f.at, t.at, a.* FROM ($bounds) f JOIN ($bounds) t ON t.at > f.at, LATERAL dbeng.table_activity(f.at, t.at) a ORDER BY 1, 2, a.name",
	indexes => "SELECT f.at, t.at, a.* FROM ($bounds) f JOIN ($bounds) t ON t.at = f.at + interval '24 hours', LATERAL dbeng.index_activity(f.at, t.at) a ORDER BY 1, 2, a.name",
	statements => "SELECT f.at, t.at, a.* FROM ($bounds) f JOIN ($bounds) t ON t.at = f.at + interval '12 hours', LATERAL dbeng.query_activity(f.at, t.at) a ORDER BY 1, 2, queryid, toplevel",
	databases => "SELECT f.at, t.at, a.* FROM ($bounds) f JOIN ($bounds) t ON t.at = f.at + interval '36 hours', LATERAL dbeng.database_activity(f.at, t.at) a ORDER BY 1, 2, database",
	server => "SELECT f.at, t.at, a.* FROM ($bounds) f JOIN ($bounds) t ON t.at = f.at + interval '12 hours', LATERAL dbeng.server_activity(f.at, t.at) a ORDER BY 1, 2, counter",
	gauges => "SELECT b.at, (SELECT value FROM dbeng.metric_history(m, '-infinity', b.at) ORDER BY taken_at DESC LIMIT 1) FROM ($bounds) b, unnest(ARRAY['database_bytes', 'connections', 'disk_free']) m WHERE b.at > (SELECT min(at) FROM ($bounds) x) ORDER BY 1, m",
	history => "SELECT sum(inserts), sum(deletes), sum(scans), max(live_rows), max(bytes) FROM dbeng.relation_history('\"S 1\".\"T\"', '-infinity', $today)");
sub figures
{
	my ($database) = @_;
	my %said;
	for (my $i = 0; $i < @figures; $i += 2)
	{
		$said{ $figures[$i] } = ask("SET TimeZone = 'UTC'; $figures[$i + 1]", $database);
	}
	return \%said;
}
sub same
{
	my ($name, $was, $now) = @_;
	for (my $i = 0; $i < @figures; $i += 2)
	{
		my $what = $figures[$i];
		ok($was->{$what} eq $now->{$what}, "$name: $what") or do
		{
			my @was = split /\n/, $was->{$what};
			my @now = split /\n/, $now->{$what};
			my @different = grep { ($was[$_] // '') ne ($now[$_] // '') } 0 .. ($#was > $#now ? $#was : $#now);
			diag(scalar(@different) . ' lines differ, the first: ', $was[ $different[0] ] // 'none', "\n now: ", $now[ $different[0] ] // 'none');
		};
	}
}
my $fresh = figures();
like($fresh->{tables}, qr/"S 1"\."T"/, 'the figures are about something');
my $inserted = 0;
$inserted += $_ for 2 .. $snapshots;
is(ask(q{SELECT inserts FROM dbeng.table_activity('-infinity', 'infinity') WHERE relation = '"S 1"."T"'::regclass}), $inserted, 'every row is counted');
my $rows_then = ask("SELECT live_rows FROM dbeng.relation_history('\"S 1\".\"T\"', '-infinity', 'infinity') ORDER BY taken_at");

sub tier { return ask(join ' UNION ALL ', map { "SELECT (SELECT count(*) FROM dbeng.$_)" } @_) }
# The next snapshot by hand puts away, since the last time was long ago; in the strangest of sessions.
sub roll
{
	my ($database) = @_;
	ask('UPDATE dbeng.snapshot_progress SET state_time = state_time - interval $$3 hours$$', $database);
	local $ENV{PGOPTIONS} = '-c TimeZone=Asia/Kathmandu -c DateStyle=SQL,DMY -c search_path=none -c default_table_access_method=heap -c IntervalStyle=sql_standard';
	my $answer = ask('SELECT dbeng.snapshot()', $database);
	delete local $ENV{PGOPTIONS};
	ask('UPDATE dbeng.snapshot_progress SET state_time = s.taken_at FROM dbeng.snapshot s WHERE snapshot_id = state_at', $database);
	return $answer;
}
sub set_retention
{
	my ($tier, $value) = @_;
	$node->safe_psql('postgres', "ALTER SYSTEM SET dbeng.$tier = '$value'");
	$node->reload;
	$node->poll_query_until('postgres', "SELECT current_setting('dbeng.$tier') = '$value'") or die;
}
roll();
is(ask("SELECT count(*) FROM dbeng.snapshot WHERE changes IS NOT NULL AND taken_at < $today"), 0, 'the days before are put away');
cmp_ok(tier('snapshot_minute'), '>', 100, 'into chunks of an hour');
cmp_ok(tier('snapshot_5min'), '>', 20, 'and summed up in slots of five minutes');
cmp_ok(tier('snapshot_hour'), '>', 20, 'and of an hour');
same('put away', $fresh, figures());
is(ask("SELECT live_rows FROM dbeng.relation_history('\"S 1\".\"T\"', '-infinity', 'infinity') ORDER BY taken_at LIMIT $snapshots"), $rows_then, 'live rows at each snapshot as they were then');
my $utc = ask(<<'END');
SET TimeZone = 'UTC';
SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, LATERAL (SELECT pg_get_expr(relpartbound, c.oid)) e (bound)
WHERE inhparent IN ('dbeng.snapshot'::regclass, 'dbeng.snapshot_minute'::regclass, 'dbeng.snapshot_5min'::regclass)
	AND bound !~ ($$FROM \('$$ || to_date(right(relname, 8), 'YYYYMMDD') || $$ 00:00:00\+00'\)$$)
END
is($utc, 0, 'partitions are days of UTC, whatever the session');
is(ask(q{SELECT count(*) FROM dbeng.snapshots s LEFT JOIN dbeng.relation_history('"S 1"."T"', '-infinity', 'infinity') h USING (taken_at) WHERE h.taken_at IS NULL}), 0, 'every snapshot is a point');
is(ask(q{SELECT dropped, inserts FROM dbeng.table_activity('-infinity', 'infinity') WHERE name = 'public.gone'}), 't|0', 'a table that was dropped is told of');

# Dumped and restored at this stage, with something in every tier.
my $dump = $node->basedir . '/dump';
my $expected = ask(q{SELECT inserts, deletes, seq_scans, live_rows, bytes FROM dbeng.table_activity('-infinity', 'infinity') WHERE name = '"S 1"."T"'});
$node->command_ok([ 'pg_dump', '-f', "$dump.sql", $node->connstr('tiers') ], 'pg_dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dump.custom", $node->connstr('tiers') ], 'pg_dump -Fc');
$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(restored custom);
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE tiers');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', "$dump.sql", $node->connstr('restored') ], 'restored without an error');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('custom'), "$dump.custom" ], 'pg_restore without an error');
# OIDs of the old database are others' in the new one: the table's is its index's now, and that of a table dropped long ago is the table's.
ask(q{UPDATE dbeng.series s SET object = (s.object::int8 + d)::oid, table_object = (s.table_object::int8 + d)::oid FROM (SELECT '"S 1"."T_a"'::regclass::oid::int8 - object::int8 FROM dbeng.series WHERE name = 'T' AND kind = 'r') x (d) WHERE family = 1;
	UPDATE dbeng.series SET object = '"S 1"."T"'::regclass, table_object = '"S 1"."T"'::regclass WHERE name = 'gone'}, 'restored');
for my $database (qw(restored custom copied))
{
	my $activity = q{SELECT inserts, deletes, seq_scans, live_rows, bytes FROM dbeng.table_activity('-infinity', 'infinity') WHERE name = '"S 1"."T"'};
	is(ask($activity, $database), $expected, "$database: history is readable under the old names");
	my $before = ask("SELECT max(taken_at), max(epoch) FROM dbeng.snapshots", $database);
	my ($last, $epoch) = split /\|/, $before;
	my $series = ask("SELECT series_id FROM dbeng.series WHERE name = 'T' AND kind = 'r' AND valid_to IS NULL", $database);
	ask('SELECT count(*) FROM "S 1"."T"; SELECT count(*) FROM "S 1"."T"; SELECT pg_stat_force_next_flush()', $database);
	ask('SELECT dbeng.snapshot()', $database);
	is(ask("SELECT epoch - $epoch, note FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1", $database), '1|restored or copied from another database', "$database: the next snapshot begins an epoch");
	is(ask("SELECT series_id FROM dbeng.series WHERE family = 1 AND object = '\"S 1\".\"T\"'::regclass AND valid_to IS NULL", $database), $series, "$database: the table is the same by its name");
	is(ask("SELECT inserts, deletes, seq_scans, dropped FROM dbeng.table_activity('$last', 'infinity') WHERE relation = '\"S 1\".\"T\"'::regclass", $database), '0|0|0|f', "$database: what was done by restoring it is no activity");
	is(ask("SELECT sum(calls) FROM dbeng.query_activity('$last', 'infinity')", $database), '', "$database: nor are statements");
	is(ask("SELECT sum(commits) FROM dbeng.database_activity('$last', 'infinity')", $database), '0', "$database: nor are transactions");
	is(ask("SELECT bytes = pg_relation_size('\"S 1\".\"T\"') + pg_indexes_size('\"S 1\".\"T\"') + pg_relation_size(reltoastrelid) + pg_indexes_size(reltoastrelid) FROM dbeng.table_activity('$last', 'infinity'), pg_class WHERE relation = '\"S 1\".\"T\"'::regclass AND pg_class.oid = relation", $database), 't', "$database: it is as large as it is");
	is(ask("SELECT sum(bytes) FROM dbeng.table_activity('-infinity', '$last') WHERE name IN ('\"S 1\".\"T\"')", $database), (split /\|/, $expected)[4], "$database: and was as large as it was");
	ask('INSERT INTO "S 1"."T" VALUES (1), (2), (3); SELECT pg_stat_force_next_flush()', $database);
	ask('SELECT dbeng.snapshot()', $database);
	is(ask("SELECT inserts, name FROM dbeng.table_activity('$last', 'infinity') WHERE relation = '\"S 1\".\"T\"'::regclass", $database), '3|"S 1"."T"', "$database: and goes on");
	is(ask('SELECT note FROM dbeng.snapshots ORDER BY snapshot_id DESC LIMIT 1', $database), '', "$database: one new epoch is enough");
	is(ask("SELECT dropped, bytes, idx_scans FROM dbeng.table_activity('-infinity', 'infinity') WHERE name = 'public.gone'", $database), 't|0|0', "$database: what was dropped before stays so, whoever has its OID");
	is(ask("SELECT string_agg(database, ',' ORDER BY database) FROM dbeng.database_activity('$last', 'infinity') WHERE database IN ('postgres', 'template1', '$database')", $database), join(',', sort 'postgres', 'template1', $database), "$database: databases go on by their names");
	cmp_ok(ask("SELECT count(*) FILTER (WHERE value > 0) FROM dbeng.metric_history('commits', '-infinity', '$last')", $database), '>', 10, "$database: its own history is that of the database it was");
	is(ask("SELECT count(*) FROM dbeng.series WHERE valid_to IS NULL AND family = 1 AND object NOT IN (SELECT oid FROM pg_class)", $database), 0, "$database: nothing is known that is not there");
	roll($database);
	same("$database, put away", $fresh, { %{ figures($database) }, map { $_ => $fresh->{$_} } $database eq 'copied' ? 'databases' : qw(databases indexes tables) });
	is(ask("SELECT inserts FROM dbeng.table_activity('$last', 'infinity') WHERE name = '\"S 1\".\"T\"'", $database), 3, "$database: put away, the same");
}
# Nonsense in dbeng's tables: the functions say so, or answer; the session and the server go on. Each round is rolled back.
my $seed = $ENV{DBENG_SEED} // int(rand(1000));
ask(<<'END', 'copied');
CREATE TABLE fuzzed (state text, message text, broken text);
CREATE FUNCTION broken(data bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
	to_do int := floor(random() * 6);
	junk bytea := (SELECT decode(string_agg(lpad(to_hex(floor(random() * 256)::int), 2, '0'), ''), 'hex') FROM generate_series(1, 1 + floor(random() * 40)::int));
	at int;
BEGIN
	IF to_do = 0 THEN RETURN junk; END IF;
	IF to_do = 1 THEN RETURN substr(data, 1, floor(random() * length(data))::int); END IF;
	IF to_do = 2 THEN RETURN data || junk; END IF;
	IF to_do = 3 THEN RETURN ''; END IF;
	FOR i IN 1 .. CASE to_do WHEN 4 THEN 1 ELSE 10 END LOOP
		EXIT WHEN length(data) = 0;
		at := floor(random() * least(length(data), CASE WHEN random() < 0.5 THEN 12 ELSE 100000 END));
		data := set_byte(data, at, CASE WHEN random() < 0.3 THEN 255 ELSE floor(random() * 256)::int END);
	END LOOP;
	RETURN data;
END $$;
CREATE FUNCTION fuzz(rounds int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	target text;
	call text;
BEGIN
	FOR i IN 1 .. rounds LOOP
		target := (ARRAY['snapshot', 'snapshot', 'snapshot_minute', 'snapshot_minute', 'snapshot_5min', 'snapshot_hour', 'snapshot_state', 'snapshot_state'])[1 + floor(random() * 8)];
		BEGIN
			EXECUTE CASE WHEN target = 'snapshot' THEN 'UPDATE dbeng.snapshot SET changes = broken(changes) WHERE changes IS NOT NULL'
				ELSE format('UPDATE dbeng.%I SET data = broken(data) WHERE random() < 0.2', target) END;
			FOREACH call IN ARRAY ARRAY['table_activity(''-infinity'', ''infinity'')', 'index_activity(''-infinity'', now() - interval ''30 hours'')', 'query_activity(''-infinity'', ''infinity'')', 'server_activity(''-infinity'', ''infinity'')',
				'relation_history(''"S 1"."T"'', ''-infinity'', ''infinity'')', 'metric_history(''database_bytes'', ''-infinity'', ''infinity'')', 'metric_history(''commits'', ''-infinity'', ''infinity'')', 'disk_forecast()', 'snapshot()', 'snapshot()'] LOOP
				BEGIN
					IF call = 'snapshot()' THEN
						UPDATE dbeng.snapshot_progress SET state_time = state_time - interval '3 hours', daily_until = daily_until - interval '1 day';
						DELETE FROM dbeng.snapshot_5min WHERE period >= (SELECT daily_until FROM dbeng.snapshot_progress);
						DELETE FROM dbeng.snapshot_hour WHERE period >= (SELECT daily_until FROM dbeng.snapshot_progress);
					END IF;
					EXECUTE 'SELECT count(*) FROM dbeng.' || call;
					RAISE EXCEPTION USING ERRCODE = 'ZZ000';
				EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
					NULL;
				END;
			END LOOP;
			RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = 'all of them answered';
		EXCEPTION WHEN OTHERS THEN
			INSERT INTO fuzzed VALUES (SQLSTATE, SQLERRM, target || ' ' || coalesce(call, ''));
		END;
	END LOOP;
END $$;
END
note "seed $seed";
ask("SELECT setseed($seed / 1000.0); SELECT fuzz(40)", 'copied');
my $said = ask("SELECT string_agg(DISTINCT state, ',' ORDER BY state) FROM fuzzed WHERE state <> 'ZZ001'", 'copied');
is($said, 'XX001', 'damaged bytes are said to be damaged') or diag("seed $seed: ", ask("SELECT DISTINCT state, message, broken FROM fuzzed WHERE state NOT IN ('XX001', 'ZZ001')", 'copied'));
cmp_ok(ask("SELECT count(*) FROM fuzzed WHERE state = 'XX001'", 'copied'), '>', 10, 'often enough');
is(ask("SELECT DISTINCT message FROM fuzzed WHERE state = 'XX001'", 'copied'), 'a stored snapshot of dbeng is damaged', 'in these words');
ask('SELECT dbeng.snapshot()', 'copied');

# A statement that is gone ends, one that comes back goes on, and what ended before anything that is kept is forgotten.
sub day_again
{
	ask("UPDATE dbeng.snapshot_progress SET daily_until = daily_until - interval '1 day'; DELETE FROM dbeng.snapshot_5min WHERE period >= (SELECT daily_until FROM dbeng.snapshot_progress);
		DELETE FROM dbeng.snapshot_hour WHERE period >= (SELECT daily_until FROM dbeng.snapshot_progress)", 'copied');
	roll('copied');
}
my $one = "SELECT count(*), count(valid_to) FROM dbeng.series WHERE family = 3 AND key = (SELECT queryid FROM dbeng.statement_text WHERE query = 'SELECT \$1 AS come_and_gone')";
ask('SELECT 1 AS come_and_gone; SELECT dbeng.snapshot()', 'copied');
is(ask($one, 'copied'), '1|0', 'a statement');
ask('SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)', 'copied');
ask('SELECT dbeng.snapshot()', 'copied');
day_again();
is(ask($one, 'copied'), '1|1', 'that is gone, has ended');
is(ask("SELECT calls FROM dbeng.query_activity() WHERE query LIKE '%AS come_and_gone'", 'copied'), 1, 'and has its history');
ask('SELECT 2 AS come_and_gone; SELECT dbeng.snapshot()', 'copied');
is(ask($one, 'copied'), '1|0', 'that is back, goes on');
is(ask("SELECT calls FROM dbeng.query_activity() WHERE query LIKE '%AS come_and_gone'", 'copied'), 2, 'with its history');
day_again();
is(ask($one, 'copied'), '1|0', 'and does not end while it is there');
ask("UPDATE dbeng.series SET valid_to = now() - interval '600 days' WHERE family = 3 AND key = (SELECT queryid FROM dbeng.statement_text WHERE query = 'SELECT \$1 AS come_and_gone')", 'copied');
day_again();
is(ask($one, 'copied') . ask("SELECT count(*) FROM dbeng.statement_text WHERE query = 'SELECT \$1 AS come_and_gone'", 'copied'), '0|00', 'what ended long ago is forgotten');
cmp_ok(ask('SELECT count(*) FROM dbeng.statement_text', 'copied'), '>', 5, 'what is there is not');
$node->safe_psql('postgres', "DROP DATABASE $_") for qw(restored custom copied);
my ($binary, $complaint) = run_command([ 'pg_dump', '--schema-only', '--binary-upgrade', $node->connstr('tiers') ]);
is($complaint, '', 'pg_dump --binary-upgrade');

# Detail is dropped, then the sums of five minutes.
my $locked = $node->background_psql('tiers');
my $oldest = ask("SELECT relname FROM pg_class WHERE relname ~ '^snapshot_minute_\\d' ORDER BY 1 LIMIT 1");
$locked->query_safe("BEGIN; LOCK TABLE dbeng.$oldest IN ACCESS SHARE MODE");
set_retention('snapshot_retention', '1d');
my $begin = time;
roll();
cmp_ok(time - $begin, '<', 5, 'a locked partition holds up nothing');
sub old_partitions { return ask("SET TimeZone = 'UTC'; SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname ~ '^$_[0]_\\d{8}\$' AND to_date(right(relname, 8), 'YYYYMMDD') < (now() - interval '1 day')::date") }
like(old_partitions('snapshot_minute'), qr/^$oldest snapshot_minute_/, 'it is left, and so are those after it: the past has no hole');
same('detail dropped, in part', $fresh, figures());
$locked->query_safe('ROLLBACK');
$locked->quit;
roll();
is(old_partitions('snapshot_minute'), '', 'next time it goes too');
same('detail dropped', $fresh, figures());
set_retention('snapshot_5min_retention', '1d');
roll();
is(old_partitions('snapshot_5min'), '', 'sums of five minutes are dropped');
same('sums of five minutes dropped', $fresh, figures());
my ($status, $stdout, $stderr) = $node->psql('tiers', "SELECT * FROM dbeng.table_activity('2001-01-01', '2001-01-02')");
like($stderr, qr/no snapshot was taken after/, 'a range before all of it');

# Nobody took a snapshot for so long that all of them are gone: numbers and sums go on.
my $highest = ask('SELECT max(snapshot_id) FROM dbeng.snapshots');
my $all = ask(q{SELECT inserts FROM dbeng.table_activity('-infinity', $$infinity$$) WHERE name = '"S 1"."T"'});
ask(q{DO $$ DECLARE p text; BEGIN FOR p IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent IN ('dbeng.snapshot'::regclass) LOOP EXECUTE 'DROP TABLE ' || p; END LOOP; END $$;
	UPDATE dbeng.snapshot_progress SET chunks_at = } . $highest . ', state_at = ' . $highest);
ask('SELECT dbeng.snapshot()');
is(ask('SELECT max(snapshot_id) FROM dbeng.snapshots'), $highest + 1, 'numbers go on where no snapshot is left');
ask('INSERT INTO "S 1"."T" VALUES (1); SELECT pg_stat_force_next_flush()');
ask('SELECT dbeng.snapshot()');
cmp_ok(ask(q{SELECT inserts FROM dbeng.table_activity('-infinity', $$infinity$$) WHERE name = '"S 1"."T"'}), '>', 0, 'and sums');

# Nothing stays.
ask('DROP EXTENSION dbeng');
is(ask("SELECT count(*) FROM pg_class WHERE relname ~ '^snapshot'"), 0, 'DROP EXTENSION drops partitions too');
is(ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'dbeng'"), 0, 'and the schema');
ask('CREATE EXTENSION dbeng; SELECT dbeng.snapshot(); DROP EXTENSION dbeng; CREATE EXTENSION dbeng; SELECT dbeng.snapshot()');
is(ask('SELECT snapshot_id, epoch, note FROM dbeng.snapshots'), '1|1|first snapshot', 'made anew, it begins anew, in the same session too');
$node->stop;
done_testing();
