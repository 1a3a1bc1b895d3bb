#!/bin/bash
# partitions_move.sh: what it costs to move rows from one partition to others, and what clients feel of it.
#
# 2,000,000 rows of 40 days in a default partition go where they belong: by dbeng.drain_default(), by pg_partman's
# partition_data_proc() where that is installed, and, the floor, by INSERT … SELECT into a table that has its partitions
# already. A plain table of as many rows becomes partitioned: by dbeng.partition_table(), against a copy of it. Then
# rows move while four clients insert, two read one row by its key and one reads a day: how long the longest of them waited, with
# and without. What counts are the ratios, and the waits.
set -eu
. "$(dirname "$0")/database.sh"
rows=${BENCH_ROWS:-2000000} rounds=${BENCH_ROUNDS:-3} seconds=${BENCH_SECONDS:-15}

createdb partitions_move
work=$(mktemp -d)
trap 'dropdb --force partitions_move; rm -rf "$work"' EXIT
export PGDATABASE=partitions_move PGOPTIONS='-c client_min_messages=warning'
psql -qX -v ON_ERROR_STOP=1 <<-SQL
	CREATE EXTENSION dbeng;
	CREATE TABLE reading (what text, ms float8);
	CREATE FUNCTION day(n int) RETURNS timestamptz LANGUAGE sql AS \$\$SELECT timestamptz '2026-01-01 UTC' + n * interval '1 day'\$\$;
	CREATE TABLE rows AS SELECT i::bigint AS id, day(0) + i * (interval '40 days' / $rows) AS ts, repeat('x', 60) || i AS body, i % 100 AS n FROM generate_series(1, $rows - 1) i;
	VACUUM ANALYZE rows;
SQL
partman=$(psql -XAtc "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'")
[ "$partman" = 0 ] || psql -qX -c 'CREATE SCHEMA partman' -c 'CREATE EXTENSION pg_partman SCHEMA partman'

timed() { # WHAT SQL
	local before
	psql -qX -c CHECKPOINT
	before=$(date +%s%N)
	psql -qX -v ON_ERROR_STOP=1 -c "$2"
	psql -qX -c "INSERT INTO reading VALUES ('$1', $((($(date +%s%N) - before) / 1000)) / 1000.0)"
}
# A partitioned table; with its days, or with all rows in a default partition.
table() { # NAME days|default
	psql -qX -v ON_ERROR_STOP=1 <<-SQL
		DROP TABLE IF EXISTS $1;
		CREATE TABLE $1 (id bigint, ts timestamptz NOT NULL, body text, n int, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts);
	SQL
	if [ "$2" = days ]; then
		psql -qXAtc "SELECT format('CREATE TABLE $1_%s PARTITION OF $1 FOR VALUES FROM (%L) TO (%L);', d, day(d), day(d + 1)) FROM generate_series(0, 39) d" | psql -qX
	else
		psql -qX -c "CREATE TABLE $1_default PARTITION OF $1 DEFAULT" -c "INSERT INTO $1 SELECT * FROM rows" -c "VACUUM ANALYZE $1_default"
	fi
}
for _ in $(seq "$rounds"); do
	for what in $(shuf -e floor drain copy adopt $([ "$partman" = 0 ] || echo partman)); do
		case $what in
		floor) table target days && timed floor 'INSERT INTO target SELECT * FROM rows' ;;
		drain)
			table source default
			psql -qX -c "SELECT dbeng.manage_partitions('source', '1 day', premake => 0, with_default => true)" >/dev/null
			timed drain "CALL dbeng.drain_default('source')" ;;
		partman)
			psql -qX -c "DELETE FROM partman.part_config"
			table parted days
			psql -qXAtc "SELECT format('DROP TABLE %s', inhrelid::regclass) FROM pg_inherits WHERE inhparent = 'parted'::regclass" | sed 's/$/;/' | psql -qX
			psql -qX -c "SELECT partman.create_parent('public.parted', 'ts', 'native', 'daily', p_premake := 1, p_start_partition := (now() - interval '1 day')::text)" >/dev/null
			psql -qX -c 'INSERT INTO parted SELECT * FROM rows' -c 'VACUUM ANALYZE parted_default'
			timed partman "CALL partman.partition_data_proc('public.parted', p_wait := 0)" ;;
		copy) psql -qX -c 'DROP TABLE IF EXISTS copied' && timed copy 'CREATE TABLE copied AS SELECT * FROM rows' && psql -qX -c 'DROP TABLE copied' ;;
		adopt)
			psql -qX -c 'DROP TABLE IF EXISTS adopted' -c 'CREATE TABLE adopted (LIKE rows)' -c 'INSERT INTO adopted SELECT * FROM rows' -c 'ALTER TABLE adopted ALTER ts SET NOT NULL, ADD PRIMARY KEY (id, ts)' -c 'VACUUM ANALYZE adopted'
			PGOPTIONS= timed adopt "CALL dbeng.partition_table('adopted', 'ts', '1 day', premake => 1)" 2>"$work/said"
			psql -qX -c "INSERT INTO reading VALUES ('lock', $(sed -n 's/.*locked for \([0-9.]*\) ms.*/\1/p' "$work/said"))"
			psql -qX -c 'DROP TABLE adopted' ;;
		esac
	done
done
psql -qXAt <<-'SQL'
	WITH m AS (SELECT what, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms, min(ms) AS least, max(ms) AS most FROM reading GROUP BY 1)
	SELECT format('moving out of the default partition: %s s, x INSERT SELECT into the partitions (%s s): %s%s', round((d.ms / 1000)::numeric, 1), round((f.ms / 1000)::numeric, 1), round((d.ms / f.ms)::numeric, 2),
		(SELECT format('; pg_partman %s', round((p.ms / f.ms)::numeric, 2)) FROM m p WHERE p.what = 'partman')) FROM m d, m f WHERE d.what = 'drain' AND f.what = 'floor'
	UNION ALL
	SELECT format('a table becomes partitioned: %s ms, x a copy of it (%s ms): %s; locked for %s ms (%s to %s)', round(a.ms::numeric), round(c.ms::numeric), round((a.ms / c.ms)::numeric, 3), round(l.ms::numeric, 1), round(l.least::numeric, 1), round(l.most::numeric, 1))
	FROM m a, m c, m l WHERE a.what = 'adopt' AND c.what = 'copy' AND l.what = 'lock';
SQL

# What clients feel. Each transaction's latency is in pgbench's log.
at="timestamptz '2026-01-01 UTC'"
cat >"$work/insert.sql" <<-SQL
	\\set i random(1, $rows)
	\\set k random(1, 2000000000)
	INSERT INTO source (id, ts, body, n) VALUES (:k::bigint + 10000000, $at + :i::int * (interval '40 days' / $rows), 'new', 1) ON CONFLICT DO NOTHING;
SQL
cat >"$work/key.sql" <<-SQL
	\\set i random(1, $rows - 1)
	SELECT n FROM source WHERE id = :i::bigint AND ts = $at + :i::int * (interval '40 days' / $rows);
SQL
crowd() { # NAME
	local pids=()
	(cd "$work" && exec pgbench -n -M prepared -c 4 -j 1 -R 400 -T "$seconds" -l --log-prefix="$1_insert" -f insert.sql >/dev/null 2>"$work/$1_insert.err") & pids+=($!)
	(cd "$work" && exec pgbench -n -M prepared -c 2 -j 1 -R 200 -T "$seconds" -l --log-prefix="$1_key" -f key.sql >/dev/null 2>"$work/$1_key.err") & pids+=($!)
	if [ "$1" = moving ]; then
		sleep 1
		psql -qX -c "CALL dbeng.drain_default('source')" || true
	fi
	for pid in "${pids[@]}"; do wait "$pid" || echo "a client of $1 got an error: $(cat "$work/$1"_*.err | tail -1)"; done
	# Without the lag of who could not be started in time: latency is from when it was sent.
	cat "$work/$1"_*.[0-9]* | awk -v name="$1" '{t = ($3 - $7) / 1000; if (t > most) most = t; if (t > 35) late++; n++} END {printf "  %s: %d transactions, the longest %.1f ms, %d above 35 ms\n", name, n, most, late}'
}
echo "clients, $seconds s:"
table source default
psql -qX -c 'CREATE INDEX ON source (ts)' -c "SELECT dbeng.manage_partitions('source', '1 day', premake => 0, with_default => true)" >/dev/null
crowd alone
crowd moving
psql -qXAtc "SELECT format('  %s rows are left in the default partition', count(*)) FROM source_default"
