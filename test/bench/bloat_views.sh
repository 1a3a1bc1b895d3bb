#!/bin/bash
# bloat_views.sh: what table_bloat and index_bloat cost on a large database, beside the floor and a hand-written estimate.
#
# The floor is that of health.sh: four counters of every relation, read in SQL. The peer is the usual estimate from the
# catalogs alone: width and NULLs of pg_stats, a header, pages of pg_class, without alignment, maps or dead rows. All are run in one
# session, interleaved and in random order, each in a transaction of its own; what counts are the ratios. Then the same where a share of
# the tables is large enough for its maps to be looked at, and was written to. BENCH_TABLES=1000 for a quick look.
set -eu
. "$(dirname "$0")/database.sh"
tables=${BENCH_TABLES:-10000} rounds=${BENCH_ROUNDS:-9} large=${BENCH_LARGE_TABLES:-200}

subjects='
		($q$floor$q$, $q$'"$floor_query"'$q$),
		($q$table_bloat$q$, $q$SELECT count(*) FROM dbeng.table_bloat$q$),
		($q$index_bloat$q$, $q$SELECT count(*) FROM dbeng.index_bloat$q$),
		($q$hand-written, tables$q$, $q$WITH width AS (
				SELECT schemaname, tablename, 24 + sum((1 - null_frac) * avg_width) + (count(*) FILTER (WHERE null_frac > 0) > 0)::int * (1 + count(*) / 8) AS bytes
				FROM pg_stats GROUP BY 1, 2)
			SELECT count(*), sum(greatest(c.relpages - ceil(c.reltuples * (w.bytes + 4) / (current_setting($k$block_size$k$)::numeric - 24)), 0))
			FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN width w ON w.schemaname = n.nspname AND w.tablename = c.relname
			WHERE c.relkind = $k$r$k$ AND n.nspname NOT IN ($k$pg_catalog$k$, $k$information_schema$k$)$q$),
		($q$hand-written, indexes$q$, $q$WITH width AS (
				SELECT i.indexrelid, 8 + sum((1 - s.null_frac) * s.avg_width) AS bytes
				FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
				JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
				JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname GROUP BY 1)
			SELECT count(*), sum(greatest(c.relpages - ceil(c.reltuples * (w.bytes + 4) / (0.9 * current_setting($k$block_size$k$)::numeric)), 0))
			FROM pg_class c JOIN width w ON w.indexrelid = c.oid$q$)'
report() { # title, readings
	local floor name
	floor=$(value floor "$2")
	echo "$1 (floor $(awk -v ms="$floor" 'BEGIN {printf "%.0f", ms}') ms)"
	for name in table_bloat index_bloat hand-written,_tables hand-written,_indexes; do
		echo "  ${name//_/ }: $(ratio "$(value "$name" "$2")" "$floor") x floor"
	done
}

out=$(mktemp -d)
make_database bloated "$tables"
measure_subjects bloated "$subjects" "$medians" >"$out/small"
report "$tables tables, $((3 * tables)) indexes, a row each" "$out/small"
echo "  private memory: table_bloat $(memory bloated table_bloat) MB, index_bloat $(memory bloated index_bloat) MB"

psql -qX -v ON_ERROR_STOP=1 -d bloated <<-SQL >/dev/null
	SET synchronous_commit = off;
	SELECT format('INSERT INTO t%s (name, note) SELECT i, repeat(''x'', 100) FROM generate_series(1, 5000) i', n) FROM generate_series(1, $large) n \gexec
	SELECT format('DELETE FROM t%s WHERE id %% 2 = 0', n) FROM generate_series(1, $large) n \gexec
	VACUUM (ANALYZE);
	SELECT format('UPDATE t%s SET status = 1 WHERE id %% 9 = 1', n) FROM generate_series(1, $large) n \gexec
SQL
measure_subjects bloated "$subjects" "$medians" >"$out/large"
report "the same, of which $large have 5,000 rows, half of them deleted, and were written to" "$out/large"
rm -rf "$out"
