#!/bin/bash
# bloat.sh [--large] [--verbose] [--coverage N]: how good figures about bloat are, on tables and indexes of known shape.
#
# The shapes (test/bench/bloat) are made with autovacuum off. The truth is what a rewrite gives back: every relation of a copy
# of the database goes through VACUUM FULL or REINDEX, and the sizes are compared. Then the estimators are asked, in random
# order and several times: pgstattuple and pgstatindex (exact: free and dead, for a btree beyond its fillfactor),
# pgstattuple_approx, the usual estimate from the catalogs, dbeng.bloat() and the views.
#   of            shapes of which it gives a figure, of how many
#   mean, max     error in points, of all rounds; worst: the shape
#   free + dead   mean and max error of its free and dead bytes, against pgstattuple's
#   read          pages read, of all; of an index, its table's included
#   time          in units of the exact method's
# --large: tables of more than 200 MB among them, in lines of their own. --coverage N: asks dbeng.bloat() N times of every shape and
# counts how often the truth is within its interval. --verbose prints every shape.
# What the views cost on many tables: bloat_views.sh.
set -eu
cd "$(dirname "$0")"
rounds=${BENCH_ROUNDS:-3} big=1 verbose= coverage=0
while [ $# -gt 0 ]; do
	case $1 in
	--large) big=12 ;;
	--verbose) verbose=1 ;;
	--coverage) coverage=$2; shift ;;
	*) echo "bloat.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
out=$(mktemp -d)
sql() { psql -qXAt -v ON_ERROR_STOP=1 -v big="$big" -d "$@"; }
show() { psql -qX -P footer=off -P null=- -d bloat "$@"; }
finish() {
	sql postgres -c 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' >/dev/null
	rm -rf "$out"
}
trap finish EXIT
# Nobody but the script may change a page.
sql postgres -c 'ALTER SYSTEM SET autovacuum = off' -c 'ALTER SYSTEM SET jit = off' -c 'ALTER SYSTEM SET max_parallel_workers_per_gather = 0' \
	-c "ALTER SYSTEM SET max_wal_size = '4GB'" -c "ALTER SYSTEM SET default_toast_compression = 'pglz'" -c 'SELECT pg_reload_conf()' >/dev/null

sql postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS bloat' -c 'CREATE DATABASE bloat'
for name in dbeng pgstattuple pg_trgm; do sql bloat -c "CREATE EXTENSION $name"; done
for file in measure tables indexes; do sql bloat -f "bloat/$file.sql" >/dev/null; done
sql bloat -c 'CALL bench.look()'
sql postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS rebuilt' -c 'CREATE DATABASE rebuilt TEMPLATE bloat STRATEGY file_copy'
sql rebuilt <<-'SQL' >/dev/null
	SELECT 'VACUUM FULL ' || oid::regclass FROM pg_class WHERE relnamespace = 'tables'::regnamespace AND relkind IN ('r', 'm') ORDER BY oid \gexec
	-- Hash indexes are made for as many rows as pg_class has, and the first REINDEX of a table corrects that.
	SELECT 'REINDEX INDEX ' || c.oid::regclass FROM pg_class c JOIN pg_am a ON a.oid = c.relam WHERE c.relnamespace = 'indexes'::regnamespace AND c.relkind = 'i' ORDER BY a.amname <> 'hash', c.oid \gexec
	-- By name: a TOAST table is another one now.
	UPDATE bench.subject s SET rebuilt = bench.bytes(coalesce((SELECT c.reltoastrelid FROM pg_class c WHERE s.name = c.relname || ' (TOAST)' AND c.relnamespace = 'tables'::regnamespace), s.relation));
SQL
sql rebuilt -c 'COPY (SELECT name, kind, rebuilt FROM bench.subject) TO STDOUT' >"$out/rebuilt"
sql bloat -c 'CREATE TABLE bench.rebuilt (name text, kind text, bytes bigint)' -c '\copy bench.rebuilt FROM '"'$out/rebuilt'" \
	-c 'UPDATE bench.subject s SET rebuilt = r.bytes, truth = greatest(0, 100.0 * (s.bytes - r.bytes) / s.bytes) FROM bench.rebuilt r WHERE (r.name, r.kind) = (s.name, s.kind)'
sql postgres -c 'DROP DATABASE rebuilt'

sql bloat -c "CALL bench.measure($rounds, ARRAY['exact', 'pgstattuple_approx', 'catalog estimate', 'dbeng.bloat()', 'dbeng views'])"
summary() { # title, condition
	echo "$1: $(sql bloat -c "SELECT count(DISTINCT name) || ' shapes, ' || pg_size_pretty(sum(bytes)) FROM bench.verdict v WHERE estimator = 'exact' AND $2")"
	show <<-SQL
		SELECT v.estimator, count(v.pct) || ' of ' || count(*) AS "of", round(avg(v.mean)::numeric, 2) AS mean, round(max(v.max)::numeric, 2) AS max,
			(array_agg(v.name ORDER BY v.max DESC NULLS LAST))[1] AS worst,
			round(avg(v.free_dead_error)::numeric, 2) || ' / ' || round(max(v.free_dead_error)::numeric, 2) AS "free + dead",
			round(100 * sum(v.blocks) / sum(v.pages), 1) || ' %' AS read,
			CASE WHEN v.estimator <> 'dbeng views' THEN round((sum(v.ms) FILTER (WHERE x.pct IS NOT NULL) / sum(x.ms) FILTER (WHERE x.pct IS NOT NULL))::numeric, 4) END AS time
		FROM bench.verdict v JOIN bench.verdict x ON x.subject = v.subject AND x.estimator = 'exact'
		WHERE $2 GROUP BY v.estimator ORDER BY v.estimator
	SQL
}
summary tables "v.kind = 'table'"
[ "$big" = 1 ] || summary 'tables of 200 MB and more' "v.kind = 'table' AND v.large"
summary 'btree indexes' "v.kind = 'btree'"
summary 'other indexes' "v.kind = 'other index'"
echo 'the views, by what they say of their confidence'
show -c "SELECT CASE kind WHEN 'table' THEN 'tables' ELSE 'indexes' END AS of, note AS confidence, count(*) AS shapes, round(avg(mean)::numeric, 2) AS mean, round(max(max)::numeric, 2) AS max, (array_agg(name ORDER BY max DESC NULLS LAST))[1] AS worst
	FROM bench.verdict WHERE estimator = 'dbeng views' GROUP BY 1, 2 ORDER BY 1 DESC, 2"
moved=$(sql bloat -c 'SELECT name, exact, exact_now FROM bench.moved')
[ -z "$moved" ] || echo "what was only looked at is not what it was: $moved"
if [ -n "$verbose" ]; then
	show -c "SELECT kind, name, pages, truth, exact, approx, catalog, view AS \"views\", confidence, bloat AS \"bloat()\", error_pct AS \"±\", error, read, method FROM bench.shapes ORDER BY kind DESC, subject"
fi
if [ "$coverage" -gt 0 ]; then
	sql bloat -c "CALL bench.repeat($coverage)"
	echo "the truth within the interval, of $coverage times:"
	show -c 'SELECT kind, count(*) AS shapes, round(avg(within)::numeric, 1) || $$ %$$ AS mean, min(within) || $$ %$$ AS least, round(avg(mean)::numeric, 2) AS "mean error", max(max) AS "max error", round(avg(half_width)::numeric, 2) AS "mean ±" FROM bench.coverage GROUP BY kind ORDER BY kind DESC' \
		-c 'SELECT kind, name AS "less than 93 %", within, truth, lowest, mean_pct AS mean, highest, half_width AS "mean ±", mean AS "mean error", max AS "max error" FROM bench.coverage WHERE within < 93 OR within IS NULL ORDER BY kind DESC, within'
fi
