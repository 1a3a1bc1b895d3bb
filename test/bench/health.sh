#!/bin/bash
# health.sh: what health() and findings() cost on large databases, beside the floor and a hand-written solution.
#
# The floor is the least any look at a database must do: four counters of every relation, read in SQL. The peer is what
# teams write themselves: catalog queries for unused, duplicate and prefix-redundant indexes, foreign keys without index,
# tables without primary key and dead rows. All are run in one session, interleaved and in random order, each in a
# transaction of its own (within one the server keeps what it has read of the statistics); what counts are the ratios.
# Sizes are settable, for a quick look: BENCH_TABLES=1000 make bench
set -eu
. "$(dirname "$0")/database.sh"
tables=${BENCH_TABLES:-10000} statements=${BENCH_STATEMENTS:-5000} large=${BENCH_LARGE_RELATIONS:-100000} rounds=${BENCH_ROUNDS:-9}

subjects='
		($q$floor$q$, $q$'"$floor_query"'$q$),
		($q$health()$q$, $q$SELECT count(*) FROM dbeng.health()$q$),
		($q$findings()$q$, $q$SELECT count(*) FROM dbeng.findings()$q$),
		($q$hand-written queries$q$, $q$SELECT
			(SELECT count(*) FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid) WHERE s.idx_scan = 0 AND NOT i.indisunique AND pg_relation_size(s.indexrelid) > 0) +
			(SELECT count(*) FROM pg_index a JOIN pg_index b ON a.indrelid = b.indrelid AND a.indexrelid > b.indexrelid AND b.indkey::text LIKE a.indkey::text || $k$%$k$) +
			(SELECT count(*) FROM pg_constraint c WHERE c.contype = $k$f$k$ AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND (i.indkey::int2[])[0 : cardinality(c.conkey) - 1] @> c.conkey)) +
			(SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = $k$r$k$ AND n.nspname = $k$public$k$ AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)) +
			(SELECT count(*) FROM pg_stat_user_tables WHERE n_dead_tup > 10000 AND n_dead_tup > n_live_tup * 0.2)$q$)'
report() { # title, readings
	local floor name
	floor=$(value floor "$2")
	echo "$1"
	for name in 'health()' 'findings()' hand-written_queries; do
		echo "  ${name//_/ }: $(ratio "$(value "$name" "$2")" "$floor") x floor"
	done
}

out=$(mktemp -d)
make_database small "$tables"
psql -qXAt -d small -c 'SELECT pg_stat_statements_reset()' >/dev/null
run_statements small "$statements"
measure_subjects small "$subjects" "$medians" >"$out/small"
report "$tables tables, $((3 * tables)) indexes, $statements statements" "$out/small"
echo "  private memory: health() $(memory small 'health()') MB, findings() $(memory small 'findings()') MB"

make_database large $((large / 4))
measure_subjects large "$subjects" "$medians" >"$out/large"
report "$((large / 4)) tables, $((large / 4 * 3)) indexes" "$out/large"
echo "  private memory: health() $(memory large 'health()') MB, findings() $(memory large 'findings()') MB"
relations() { psql -qXAt -d "$1" -c 'SELECT count(*) FROM pg_class'; }
echo "growth: $(ratio "$(relations large)" "$(relations small)") x the relations cost $(ratio "$(value 'health()' "$out/large")" "$(value 'health()' "$out/small")") x the time"
rm -rf "$out"
