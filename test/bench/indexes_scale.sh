#!/bin/bash
# indexes_scale.sh: what advice costs on a large database: 10,000 tables and 5,000 distinct statements on every fourth of them.
#
# dbeng's advice, its time and the private memory it takes; beside it an advisor on hypopg as they are usually written, on a
# sample of the statements and extrapolated, and pg_qualstats' own, which has seen the same statements executed.
# Sizes are settable, for a quick look: BENCH_TABLES=1000 BENCH_STATEMENTS=500 make bench
set -eu
cd "$(dirname "$0")"
. ./database.sh
tables=${BENCH_TABLES:-10000} statements=${BENCH_STATEMENTS:-5000} rounds=${BENCH_ROUNDS:-3} sampled=${BENCH_SAMPLE:-50}
out=$(mktemp -d)
sql() { psql -qXAt -v ON_ERROR_STOP=1 -d scale "$@"; }
finish() {
	sql -c 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' >/dev/null
	rm -rf "$out"
}
now_ms() { date +%s%3N; }

make_database scale "$tables"
trap finish EXIT
sql -c 'ALTER SYSTEM SET autovacuum = off' -c 'ALTER SYSTEM SET jit = off' -c 'SELECT pg_reload_conf()' >/dev/null
# Rows enough for an index to matter in the tables that are read.
sql -v tables="$tables" <<-'SQL' >/dev/null
	SET synchronous_commit = off;
	CREATE PROCEDURE fill(tables int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR n IN 1 .. tables BY 4 LOOP
			EXECUTE format('INSERT INTO t%s (name, status, amount, created_at, note) SELECT md5(i::text), i %% 7, i * 1.5, now() - i * interval ''1 hour'', ''note '' || i %% 90 FROM generate_series(1, 800) i', n);
			EXECUTE format('ANALYZE t%s', n);
			IF n % 500 = 1 THEN COMMIT; END IF;
		END LOOP;
	END $$;
	CALL fill(:tables);
	DROP PROCEDURE fill;
SQL
sql -c "SELECT format(CASE (n * 4 / $tables) % 8
		WHEN 0 THEN 'SELECT id, status FROM t%1\$s WHERE name = ''%2\$s'';'
		WHEN 1 THEN 'SELECT name, amount FROM t%1\$s WHERE note = ''note %2\$s'' ORDER BY created_at DESC LIMIT 10;'
		WHEN 2 THEN 'SELECT name, note FROM t%1\$s WHERE amount BETWEEN %2\$s AND %2\$s + 10;'
		WHEN 3 THEN 'UPDATE t%1\$s SET updated_at = now() WHERE name = ''%2\$s'';'
		WHEN 4 THEN 'SELECT a.name, b.name FROM t%1\$s a JOIN t%1\$s b ON b.id = a.parent_id WHERE a.name = ''%2\$s'' AND b.note = ''x'';'
		WHEN 5 THEN 'SELECT status, count(*) FROM t%1\$s WHERE updated_at > now() - interval ''1 day'' GROUP BY status;'
		WHEN 6 THEN 'SELECT id FROM t%1\$s WHERE lower(name) = ''%2\$s'' AND status = 3;'
		ELSE 'SELECT max(amount) FROM t%1\$s WHERE note = ''%2\$s'';' END, 1 + n * 4 % $tables, n)
	FROM generate_series(0, $statements - 1) n" >"$out/workload"

missing=
for name in hypopg pg_qualstats; do psql -qX -d scale -c "CREATE EXTENSION $name" >/dev/null 2>&1 || missing="$missing $name"; done
sql -c 'SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()' >/dev/null
if [[ $missing != *pg_qualstats* ]]; then
	{
		echo '\o /dev/null'
		echo "SET pg_qualstats.max = 20000; LOAD 'pg_qualstats'; SET pg_qualstats.sample_rate = 1; SET pg_qualstats.track_constants = off;"
		cat "$out/workload"
		# Tables this small filter fewer rows than it looks at by default.
		echo "SET statement_timeout = '15min'; SELECT clock_timestamp() AS begin \\gset"
		echo "CREATE TEMP TABLE advised AS SELECT json_array_elements_text(pg_qualstats_index_advisor(min_filter => 100) -> 'indexes') AS statement;"
		echo "\\o $out/qualstats"
		echo "SELECT round(extract(epoch FROM clock_timestamp() - :'begin') * 1000), (SELECT count(*) FROM advised), (SELECT count(*) FROM pg_qualstats());"
	} >"$out/script"
	psql -qXAt -F ' ' -d scale -f "$out/script" 2>"$out/error" || true
else
	sql -f "$out/workload" >/dev/null
fi
known=$(sql -c "SELECT count(*) FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'scale') AND query ~ '^(SELECT|UPDATE).* t[0-9]'")
echo "$tables tables, $((3 * tables)) indexes, $known statements of $statements in pg_stat_statements"

if [ "$(sql -c "SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'dbeng'::regnamespace AND p.proname = 'advise_indexes'")" != 0 ]; then
	for _ in $(seq "$rounds"); do
		begin=$(now_ms)
		advised=$(sql -c 'SELECT count(*) FROM dbeng.advise_indexes(max_indexes => 100000)')
		echo "dbeng $(($(now_ms) - begin))"
	done >"$out/dbeng"
	advised=$(sql -c 'SELECT count(*) FROM dbeng.advise_indexes(max_indexes => 100000)')
	echo "  dbeng: $(sort -k 2 -n "$out/dbeng" | awk '{v[NR] = $2} END {print v[int((NR + 1) / 2)]}') ms, private memory $(memory scale 'advise_indexes(max_indexes => 100000)') MB, $advised indexes, $(sql -c 'SELECT count(*) FROM dbeng.advisor_skipped') statements skipped"
else
	echo "  not available: dbeng.advise_indexes"
fi
if [[ $missing != *hypopg* ]]; then
	sql -f indexes/hypopg_advisor.sql
	begin=$(now_ms)
	advised=$(sql -c "SELECT cardinality((hypopg_advise(array_agg(query), min_cost => 1)).advice) FROM (SELECT query FROM pg_stat_statements
		WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'scale') AND query ~ '^(SELECT|UPDATE).* t[0-9]' ORDER BY md5(query) LIMIT $sampled) s")
	took=$(($(now_ms) - begin))
	echo "  hypopg advisor: $took ms for $sampled statements, so $((took * known / sampled)) ms for $known (extrapolated), $advised indexes for the sample"
fi
if grep -q 'statement timeout' "$out/error" 2>/dev/null; then
	echo "  pg_qualstats: more than 15 minutes"
elif [ -s "$out/qualstats" ]; then
	read -r took advised seen <"$out/qualstats"
	echo "  pg_qualstats: $took ms, $advised indexes, from $seen predicates that it has kept"
fi
[ -z "$missing" ] || echo "  not available:$missing"
