#!/bin/bash
# indexes.sh [--set NAME] [--prove] [--verbose]: how good index advice is, on labelled workloads.
#
# The sets shop and blind (test/bench/indexes) hold statements that an index helps and traps that none does. The workload is
# run once, and each advisor gives its advice from what pg_stat_statements (for pg_qualstats, its own hook) has seen of it.
# Every advised index is then really built, each advisor's on a fresh copy of the database, and every statement with its
# literals measured: the planner's cost and the blocks touched.
#   solved      at least 90 % of what the set made by hand saves in cost
#   strict      cost within 10 % (+ 2) and blocks within 1.5 x (+ 8) of the set made by hand
#   work left   blocks touched, weighed by calls, over those without any index
#   useless     built indexes that no statement's plan uses; on traps: that only traps use
# --prove builds what one might be tempted to build for the traps, and shows what they gain by it.
set -eu
cd "$(dirname "$0")"
. ./database.sh
sets="shop blind" prove= verbose=
while [ $# -gt 0 ]; do
	case $1 in
	--set) sets=$2; shift ;;
	--prove) prove=1 ;;
	--verbose) verbose=1 ;;
	*) echo "indexes.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
out=$(mktemp -d)
sql() { psql -qXAt -v ON_ERROR_STOP=1 -d "$@"; }
finish() {
	sql postgres -c 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' >/dev/null
	rm -rf "$out"
}
trap finish EXIT
# Nothing but the indexes may differ between two copies, nothing but the workload be in the statistics.
sql postgres -c 'ALTER SYSTEM SET autovacuum = off' -c 'ALTER SYSTEM SET jit = off' -c 'ALTER SYSTEM SET max_parallel_workers_per_gather = 0' \
	-c 'ALTER SYSTEM SET random_page_cost = 1.1' -c "ALTER SYSTEM SET maintenance_work_mem = '256MB'" -c "ALTER SYSTEM SET max_wal_size = '8GB'" \
	-c 'SELECT pg_reload_conf()' >/dev/null

# Of this database only.
forget='SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()'
copy() { # name
	sql postgres -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1 TEMPLATE $set STRATEGY file_copy"
}
extension() { # database, name
	psql -qX -d "$1" -c "CREATE EXTENSION $2" >/dev/null 2>&1
}
now_ms() { date +%s%3N; }

# The statements as an application sends them, each as often as its label says; what writes is undone.
workload() { # database
	sql "$1" <<-'SQL'
		SELECT concat_ws(E'\n', CASE WHEN statement !~* '^(select|with)' THEN 'BEGIN;' END, string_agg(replace(statement, '{n}', n::text) || ';', E'\n' ORDER BY n),
			CASE WHEN statement !~* '^(select|with)' THEN 'ROLLBACK;' END)
		FROM bench.label, generate_series(1, calls) n GROUP BY id, statement ORDER BY id
	SQL
}

# Advice is a file a piece, $out/ADVISOR/N.sql, as an advisor words it; and a line about it.
advice() { # advisor, milliseconds, skipped statements; from stdin: JSON strings, one a line
	rm -rf "${out:?}/$1" && mkdir "$out/$1"
	perl -MJSON::PP -e 'my $n = 0; while (<STDIN>) { open my $f, ">", sprintf("%s/%03d.sql", $ARGV[0], ++$n) or die; binmode $f, ":utf8"; print $f JSON::PP->new->utf8->allow_nonref->decode($_), ";\n" }' "$out/$1"
	echo "$2 ${3:-}" >"$out/$1/line"
}
hand_made() { # advisor; from stdin: statements
	sed -n 's/^\(CREATE .*[^; ]\)[; ]*$/"\1"/p' | perl -pe 's/^"(.*)"$/my $s = $1; $s =~ s{(["\\])}{\\$1}g; "\"$s\""/e' | advice "$1" 0
}

ask_dbeng() { # advisor
	local begin
	begin=$(now_ms)
	sql advice -c "SELECT to_json(fix) FROM dbeng.advise_indexes(max_indexes => 1000) ORDER BY rank" >"$out/fixes"
	advice "$1" $(($(now_ms) - begin)) "$(sql advice -c 'SELECT count(*) FROM dbeng.advisor_skipped')" <"$out/fixes"
}
knows_dbeng() { [ "$(sql advice -c "SELECT count(*) FROM pg_proc p WHERE p.pronamespace = 'dbeng'::regnamespace AND p.proname = 'advise_indexes'")" != 0 ]; }

# Builds an advisor's indexes and measures every statement.
evaluate() { # advisor
	local file built=0 refused=0
	copy measured
	sql measured -c 'INSERT INTO bench.before SELECT indexrelid FROM pg_index'
	for file in "$out/$1"/*.sql; do
		[ -e "$file" ] || break
		if psql -qX -v ON_ERROR_STOP=1 -d measured -f "$file" >"$out/error" 2>&1; then
			built=$((built + 1))
		else
			refused=$((refused + 1))
			[ -z "$verbose" ] || echo "  $1 does not build: $(cat "$file") $(grep -m1 ERROR "$out/error")"
		fi
	done
	sql measured -c 'SELECT bench.analyze()' >/dev/null
	sql measured -c "COPY (SELECT '$1', * FROM bench.measure()) TO STDOUT" >"$out/measured"
	sql measured -c "COPY (SELECT '$1', * FROM bench.added()) TO STDOUT" >"$out/built"
	sql "$set" -c '\copy bench.measured FROM '"'$out/measured'" -c '\copy bench.built FROM '"'$out/built'"
	read -r ms skipped <"$out/$1/line"
	sql "$set" -c "INSERT INTO bench.advice VALUES ('$1', $((built + refused)), $refused, $ms, nullif('${skipped:-}', '')::int)"
}

for set in $sets; do
	[ -e "indexes/${set}_schema.sql" ] || { echo "indexes.sh: no set \"$set\"" >&2; exit 2; }
	sql postgres -c 'SET client_min_messages = warning' -c "DROP DATABASE IF EXISTS $set" -c "CREATE DATABASE $set"
	for name in btree_gist pg_trgm; do extension "$set" "$name"; done
	for file in measure "${set}_schema" "${set}_data"; do sql "$set" -f "indexes/$file.sql" >/dev/null; done
	perl indexes/labels.pl "indexes/${set}_workload.sql" | sql "$set"
	sql "$set" -c 'VACUUM (FREEZE, ANALYZE)' -c 'CHECKPOINT' 2>/dev/null
	advisors="none best"
	echo -n | advice none 0
	hand_made best <"indexes/${set}_best.sql"
	if [ -n "$prove" ]; then
		{ cat "indexes/${set}_best.sql"; sql "$set" -c "SELECT regexp_split_to_table(tempting, '; *') FROM bench.label WHERE tempting IS NOT NULL"; } | hand_made tempting
		advisors="$advisors tempting"
	fi

	copy advice
	missing=
	for name in dbeng pg_stat_statements hypopg pg_qualstats; do extension advice "$name" || missing="$missing $name"; done
	workload advice >"$out/workload"
	sql advice -c "$forget" >/dev/null
	# pg_qualstats remembers within the session that has loaded it; one entry a predicate, not one a constant.
	if [[ $missing != *pg_qualstats* ]]; then
		{
			echo '\o /dev/null'
			echo "SET pg_qualstats.max = 20000; LOAD 'pg_qualstats'; SET pg_qualstats.sample_rate = 1; SET pg_qualstats.track_constants = off; SELECT pg_qualstats_reset();"
			cat "$out/workload"
			echo "SELECT clock_timestamp() AS begin \\gset"
			echo "CREATE TEMP TABLE advised AS SELECT json_array_elements_text(pg_qualstats_index_advisor() -> 'indexes') AS statement;"
			echo "\\o $out/qualstats_ms"
			echo "SELECT extract(epoch FROM clock_timestamp() - :'begin') * 1000;"
			echo "\\o $out/fixes"
			echo "SELECT to_json(statement) FROM advised;"
		} >"$out/script"
		psql -qXAt -d advice -f "$out/script" 2>"$out/error" || true
		advice qualstats "$(cut -d. -f1 "$out/qualstats_ms")" <"$out/fixes"
		advisors="$advisors qualstats"
	else
		sql advice -f "$out/workload" >/dev/null
	fi
	if [[ $missing != *hypopg* ]]; then
		sql advice -f indexes/hypopg_advisor.sql
		begin=$(now_ms)
		sql advice -c "SELECT to_json(a), skipped FROM (SELECT (hypopg_advise(array_agg(DISTINCT query))).* FROM pg_stat_statements
			WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query ~* '^(select|with|update|delete|insert)' AND query !~ 'hypopg|qualstats|pg_stat_statements') s, unnest(advice) a" -F "$(printf '\t')" >"$out/answer"
		advice hypopg $(($(now_ms) - begin)) "$(head -1 "$out/answer" | cut -f2)" < <(cut -f1 "$out/answer")
		advisors="$advisors hypopg"
	fi
	if [[ $missing != *dbeng* ]] && knows_dbeng; then
		ask_dbeng dbeng
		advisors="$advisors dbeng"
		if [ "$(sql advice -c "SELECT count(*) FROM pg_settings WHERE name = 'dbeng.sample_constants'")" = 1 ]; then
			sql advice -c 'ALTER SYSTEM SET dbeng.sample_constants = on' -c 'SELECT pg_reload_conf()' -c "$forget" >/dev/null
			sql advice -f "$out/workload" >/dev/null
			ask_dbeng dbeng_sampled
			sql advice -c 'ALTER SYSTEM RESET dbeng.sample_constants' -c 'SELECT pg_reload_conf()' >/dev/null
			advisors="$advisors dbeng_sampled"
		fi
	else
		missing="$missing dbeng.advise_indexes"
	fi

	for advisor in $advisors; do evaluate "$advisor"; done
	sql postgres -c 'DROP DATABASE IF EXISTS measured' -c 'DROP DATABASE IF EXISTS advice'

	echo "set $set: $(sql "$set" -c "SELECT string_agg(n || ' ' || kind, ', ' ORDER BY kind) FROM (SELECT kind, count(*) AS n FROM bench.label GROUP BY kind) k")"
	[ -z "$missing" ] || echo "  not available:$missing"
	psql -qX -P footer=off -d "$set" -c 'SELECT * FROM bench.summary ORDER BY advisor'
	sql "$set" -c "SELECT '  the best set saves too little: ' || id || ' ' || name || ', ' || cost_none || ' -> ' || cost FROM bench.verdict WHERE advisor = 'best' AND kind = 'improvable' AND (cost > 0.6 * cost_none OR blocks > 0.6 * blocks_none) ORDER BY id"
	sql "$set" -c "SELECT '  a trap gains by ' || advisor || ': ' || id || ' ' || name || ', ' || cost_none || ' -> ' || cost || ' ' || coalesce(indexes::text, '') FROM bench.verdict WHERE kind = 'trap' AND NOT writes AND cost < 0.7 * cost_none AND blocks < blocks_none ORDER BY advisor, id"
	if [ -n "$verbose" ]; then
		psql -qX -P footer=off -d "$set" -c "SELECT id, name, advisor, cost_none::numeric(12,1), cost::numeric(12,1), cost_best::numeric(12,1), blocks_none, blocks, blocks_best, CASE WHEN kind = 'trap' THEN '' WHEN strict THEN 'strict' WHEN solved THEN 'solved' ELSE '-' END AS verdict, indexes FROM bench.verdict WHERE advisor <> 'none' ORDER BY id, advisor" \
			-c "SELECT advisor, definition, bytes / 1024 AS kb, improvable, traps FROM bench.use ORDER BY advisor, definition"
	fi
done
