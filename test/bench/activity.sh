#!/bin/bash
# activity.sh: what metrics() and table_sizes cost on 10,000 tables, beside the floor and what people write by hand, and
# what blocking costs when hundreds of sessions wait for one.
#
# The floor is the same as in health.sh: four counters of every relation, read in SQL. The peers are the usual query for
# the twenty largest tables, which asks pg_total_relation_size() of each, and pg_database_size(), which asks each file.
# All are run in one session, interleaved and in random order, each in a transaction of its own; what counts are the
# ratios. Written to are 0 %, then 5 % of the tables since the last ANALYZE; then nothing was analysed at all.
set -eu
. "$(dirname "$0")/database.sh"
tables=${BENCH_TABLES:-10000} rounds=${BENCH_ROUNDS:-9} waiters=${BENCH_WAITERS:-80}

createdb activity
psql -qX -v ON_ERROR_STOP=1 -d activity -v tables="$tables" <<-'SQL' >/dev/null
	CREATE EXTENSION dbeng;
	SET synchronous_commit = off;
	CREATE PROCEDURE make(tables int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR n IN 1 .. tables LOOP
			EXECUTE format('CREATE TABLE t%1$s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent_id bigint, name text NOT NULL,
				status int NOT NULL DEFAULT 0, created_at timestamptz NOT NULL DEFAULT now()) WITH (autovacuum_enabled = false)', n);
			EXECUTE format('CREATE INDEX ON t%s (parent_id)', n);
			EXECUTE format('CREATE INDEX ON t%s (status, created_at)', n);
			EXECUTE format('INSERT INTO t%s (name) SELECT repeat(''x'', i %% 100) FROM generate_series(1, 1 + %s %% 200) i', n, n);
			IF n % 500 = 0 THEN COMMIT; END IF;
		END LOOP;
	END $$;
	CALL make(:tables);
SQL

subjects='
		($q$floor$q$, $q$'"$floor_query"'$q$),
		($q$metrics()$q$, $q$SELECT count(*) FROM dbeng.metrics()$q$),
		($q$table_sizes$q$, $q$SELECT count(*) FROM (SELECT * FROM dbeng.table_sizes LIMIT 20) t$q$),
		($q$pg_total_relation_size() of all$q$, $q$SELECT count(*) FROM (SELECT oid, pg_total_relation_size(oid) FROM pg_class WHERE relkind IN ($k$r$k$, $k$m$k$) ORDER BY 2 DESC LIMIT 20) t$q$),
		($q$pg_database_size()$q$, $q$SELECT pg_database_size(current_database())$q$)'
measure() { # title
	echo "$1"
	measure_subjects activity "$subjects" "WITH median AS (SELECT name, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY name)
		SELECT format('  %s: %s x floor', m.name, round((m.ms / f.ms)::numeric, 2)) FROM median m, median f WHERE f.name = 'floor' AND m.name <> 'floor' ORDER BY m.ms"
}
exact() {
	psql -qXAt -d activity -c "SELECT format('  table_sizes against pg_total_relation_size(): %s of %s tables the same, the sum off by %s %%', count(*) FILTER (WHERE total_bytes = real), count(*),
		round(100 * abs(sum(total_bytes) / sum(real) - 1), 3)) FROM (SELECT total_bytes, pg_total_relation_size(relation) AS real FROM dbeng.table_sizes) t"
}

measure "$tables tables, none ever analysed"
exact
psql -qX -d activity -c ANALYZE
measure "$tables tables, analysed"
exact
psql -qX -d activity -c "DO \$\$BEGIN FOR n IN 1 .. $tables BY 20 LOOP EXECUTE format('INSERT INTO t%s (name) SELECT repeat(''x'', 50) FROM generate_series(1, 100) i', n); END LOOP; END\$\$"
measure "$tables tables, analysed, 5 % written to since"
exact

# One holds a table, the others queue up for it.
hold() { psql -qX -d activity -c 'BEGIN' -c 'LOCK TABLE t1' -c 'SELECT pg_sleep(600)' >/dev/null 2>&1; }
hold &
until [ "$(psql -qXAt -d activity -c "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")" = 1 ]; do sleep 0.1; done
for _ in $(seq "$waiters"); do psql -qX -d activity -c 'BEGIN; LOCK TABLE t1; COMMIT' >/dev/null 2>&1 & done
until [ "$(psql -qXAt -d activity -c "SELECT count(*) FROM pg_locks WHERE NOT granted")" = "$waiters" ]; do sleep 0.2; done
psql -qXAt -d activity <<-SQL
	SET client_min_messages = error;
	CREATE TEMP TABLE reading (name text, ms float8);
	DO \$\$
	DECLARE started timestamptz;
	BEGIN
		FOR round IN 1 .. $rounds LOOP
			started := clock_timestamp();
			PERFORM count(*) FROM dbeng.blocking;
			INSERT INTO reading VALUES ('blocking', extract(epoch FROM clock_timestamp() - started) * 1000);
			COMMIT;
			started := clock_timestamp();
			PERFORM count(*) FROM pg_stat_activity a, unnest(pg_blocking_pids(a.pid)) b;
			INSERT INTO reading VALUES ('by hand', extract(epoch FROM clock_timestamp() - started) * 1000);
			COMMIT;
		END LOOP;
	END \$\$;
	SELECT format('blocking with %s sessions waiting: %s ms, %s x pg_blocking_pids() of every session', (SELECT count(*) FROM dbeng.blocking WHERE depth > 0), round(b::numeric, 1), round((b / h)::numeric, 2))
	FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE name = 'blocking') AS b, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FILTER (WHERE name <> 'blocking') AS h FROM reading) r;
	SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' \\g /dev/null
SQL
wait
dropdb activity
