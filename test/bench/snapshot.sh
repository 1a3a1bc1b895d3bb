#!/bin/bash
# snapshot.sh: what a snapshot of the statistics costs on a large database, beside the floor and PoWA.
#
# The floor is the least any look at all relations can do: four counters of each, read in SQL. PoWA, from its package, takes
# what its archivist takes in the server: statements and databases, no relation. All are run in one session, in random
# order. Half of the rounds are idle, before the other half every twentieth table was read and written. Then: what is
# stored and how much WAL that makes, one relation's history of a day at a snapshot a minute, a report of that day, and the
# worker's memory and time.
# Sizes are settable, for a quick look: BENCH_TABLES=1000 make bench
set -eu
. "$(dirname "$0")/database.sh"
tables=${BENCH_TABLES:-10000} statements=${BENCH_STATEMENTS:-5000} rounds=${BENCH_ROUNDS:-9}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

make_database snapshots "$tables"
psql -qXAt -d snapshots -c 'SELECT pg_stat_statements_reset()' >/dev/null
run_statements snapshots "$statements"
powa=
psql -qX -d snapshots -c 'CREATE EXTENSION powa CASCADE' >/dev/null 2>&1 && powa='SELECT powa_take_snapshot()'
# Its library need not be preloaded for that, but its settings must be there.
powa_settings="SET powa.coalesce = 100; SET powa.retention = '1d'; SET powa.ignored_users = '';"

# Every twentieth table: one row read by its key, written, one read whole. Counters are there when the prompt is.
activity="DO \$\$BEGIN FOR n IN 1 .. $tables BY 20 LOOP EXECUTE format('UPDATE t%s SET status = status + 1 WHERE id = 1', n); EXECUTE format('SELECT count(*) FROM t%s', n); END LOOP; END\$\$; SELECT pg_stat_force_next_flush();"
timed() { # name, statement
	cat <<-SQL
		SELECT clock_timestamp() AS begin, pg_current_wal_insert_lsn() AS wal \\gset
		$2;
		INSERT INTO reading SELECT '$1', extract(epoch FROM clock_timestamp() - :'begin') * 1000, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), :'wal');
	SQL
}
{
	echo "SET jit = off; CREATE TEMP TABLE reading (name text, ms float8, wal numeric); SELECT dbeng.snapshot(); SELECT dbeng.snapshot(); ${powa:+$powa_settings $powa;}"
	for round in $(seq "$rounds"); do
		for state in idle active; do
			for subject in $(printf '%s\n' floor snapshot ${powa:+powa} | shuf); do
				[ "$state" = idle ] || [ "$subject" = floor ] || echo "$activity"
				case $subject in
				floor) timed "floor_$state" "$floor_query" ;;
				snapshot) [ "$state" = active ] || echo 'SELECT dbeng.snapshot();'; timed "snapshot_$state" 'SELECT dbeng.snapshot()' ;;
				powa) timed "powa_$state" "$powa" ;;
				esac
			done
		done
	done
	echo "SELECT 'result', name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms), percentile_cont(0.5) WITHIN GROUP (ORDER BY wal) FROM reading GROUP BY name ORDER BY name;"
} | psql -qXAt -F ' ' -v ON_ERROR_STOP=1 -d snapshots | sed -n 's/^result //p' >"$out/readings"
wal() { awk -v name="$1" '$1 == name {print $3}' "$out/readings"; }
echo "$tables tables, $((3 * tables)) indexes, $statements statements"
for state in idle active; do
	for subject in snapshot ${powa:+powa}; do
		echo "  $subject, $state: $(ratio "$(value "${subject}_$state" "$out/readings")" "$(value "floor_$state" "$out/readings")") x floor, WAL $(wal "${subject}_$state") bytes"
	done
done
# A row with its head and its entry in the primary key; an active one is the larger half of them.
psql -qXAt -d snapshots <<'SQL'
WITH row AS (SELECT pg_column_size(s) + 4 + 28 AS bytes, ntile(2) OVER (ORDER BY stored_bytes) AS half FROM dbeng.snapshot s WHERE snapshot_id > 2)
SELECT format('  stored a snapshot, row and index entry: idle %s bytes, active %s bytes', min(percentile_cont) FILTER (WHERE half = 1), min(percentile_cont) FILTER (WHERE half = 2))
FROM (SELECT half, percentile_cont(0.5) WITHIN GROUP (ORDER BY bytes) FROM row GROUP BY half) r;
SQL
[ -z "$powa" ] || psql -qX -d snapshots -c 'DROP EXTENSION powa CASCADE' 2>/dev/null

# A day: 1,440 snapshots with work on 50 tables each, then put where a day would have put them.
{
	echo "DROP EXTENSION dbeng; CREATE EXTENSION dbeng; SELECT dbeng.snapshot();"
	for minute in $(seq 1440); do
		echo "DO \$\$BEGIN FOR n IN 1 .. 500 BY 10 LOOP EXECUTE format('UPDATE t%s SET status = status + 1 WHERE id = 1', n); END LOOP; END\$\$; SELECT pg_stat_force_next_flush();"
		echo 'SELECT dbeng.snapshot();'
	done
} | psql -qXAt -v ON_ERROR_STOP=1 -d snapshots >/dev/null
psql -qXAt -v ON_ERROR_STOP=1 -d snapshots >/dev/null <<'SQL'
SELECT date_trunc('day', now(), 'UTC') AS today, now() AS now \gset
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM ('2000-01-01') TO (:'today');
UPDATE dbeng.snapshot SET taken_at = :'now'::timestamptz - (1441 - snapshot_id) * interval '1 minute';
UPDATE dbeng.series SET valid_from = valid_from - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = state_time - interval '2 days', daily_until = daily_until - interval '2 days';
SELECT dbeng.snapshot();
VACUUM ANALYZE dbeng.snapshot; VACUUM ANALYZE dbeng.snapshot_minute;
SQL
{
	echo "SET jit = off; CREATE TEMP TABLE reading (name text, ms float8, wal numeric); SELECT count(*) FROM dbeng.relation_history('t1');"
	for n in $(seq 1 10 81); do
		timed relation "SELECT count(*) FROM dbeng.relation_history('t$n')"
		timed report "SELECT length(dbeng.report(format => 'html'))"
	done
	echo "SELECT 'result', name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM reading GROUP BY name;"
} | psql -qXAt -F ' ' -v ON_ERROR_STOP=1 -d snapshots | sed -n 's/^result //p' >"$out/times"
echo "one relation, a day at a snapshot a minute: $(value relation "$out/times") ms"
psql -qXAt -d snapshots <<'SQL'
WITH series AS (SELECT series_id FROM dbeng.series WHERE object = 't1'::regclass AND family = 1),
	read AS (SELECT sum(length(data)) AS bytes FROM dbeng.snapshot_minute WHERE (family IN (1, 2) AND block = (SELECT series_id / 8 FROM series)) OR (family = 0))
SELECT format('  read for it: %s bytes of chunks', bytes) FROM read;
SQL
echo "HTML report of that day: $(value report "$out/times") ms, $(psql -qXAt -d snapshots -c "SELECT length(dbeng.report(format => 'html'))") bytes"

# The worker: 30 snapshots a second apart; of one a minute, a sixtieth, and what it does in between.
worker() { psql -qXAt -d snapshots -c "SELECT pid FROM dbeng.workers WHERE database = 'snapshots' AND pid IS NOT NULL AND kind = 'worker'"; }
used() { awk '{print $14 + $15}' "/proc/$1/stat"; }
set_interval() { psql -qXAt -d snapshots -c "ALTER SYSTEM SET dbeng.snapshot_interval = '$1'" -c 'ALTER SYSTEM SET dbeng.enabled = on' -c 'SELECT pg_reload_conf()' >/dev/null; }
set_interval 1s
until pid=$(worker) && [ -n "$pid" ]; do sleep 0.5; done
sleep 5
first=$(psql -qXAt -d snapshots -c 'SELECT max(snapshot_id) FROM dbeng.snapshot') begin=$(used "$pid")
sleep 30
taken=$(($(psql -qXAt -d snapshots -c 'SELECT max(snapshot_id) FROM dbeng.snapshot') - first)) busy=$(($(used "$pid") - begin))
memory=$(awk '/RssAnon/ {print $2}' "/proc/$pid/status")
set_interval 1h
sleep 3
begin=$(used "$pid")
sleep 30
idle=$(($(used "$pid") - begin))
ticks=$(getconf CLK_TCK)
awk -v taken="$taken" -v busy="$busy" -v idle="$idle" -v ticks="$ticks" -v memory="$memory" 'BEGIN {
	rest = 100 * idle / ticks / 30
	each = (busy - idle) / ticks / taken
	printf "worker: %d MB private memory; %.3f %% of a core between snapshots, %.3f %% with one a minute\n", memory / 1024, rest, rest + 100 * each / 60 }'
psql -qXAt -d snapshots -c 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' >/dev/null
