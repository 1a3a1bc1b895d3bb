#!/bin/bash
# partitions.sh: what it costs to look after sets of partitions, and what clients feel of it.
#
# Sets of 40 daily partitions, all alike, one copy for dbeng and one for pg_partman where that is installed. Idle: nothing is due; the
# first CALL of a session (cold), and the tenth (warm). Due: one partition is due in each set, beside a default partition and without; the floor is
# CREATE TABLE … PARTITION OF and a commit. Ten thousand idle sets: what the worker asks at each look. Stall: a
# report has all partitions of a set open for 4 s while partitions are due, or past retention; four clients insert, two read: how
# long the longest of them waited, and how long after the report maintenance had done all.
# For a quick look: BENCH_SETS=10 BENCH_ROUNDS=1 test/harness/bench.sh partitions
set -eu
. "$(dirname "$0")/database.sh"
sets=${BENCH_SETS:-100} rounds=${BENCH_ROUNDS:-5} report=${BENCH_REPORT:-4} sections=${BENCH_SECTIONS:-idle due stall}
work=$(mktemp -d)
export PGOPTIONS='-c client_min_messages=warning'
sql() { psql -qXAt -v ON_ERROR_STOP=1 "$@"; }
finish() {
	dropdb --if-exists --force partitions
	rm -rf "$work"
}
trap finish EXIT
dropdb --if-exists --force partitions
createdb partitions
export PGDATABASE=partitions
sql -c 'CREATE EXTENSION dbeng' -c 'CREATE TABLE reading (what text, who text, ms float8)'
partman=$(sql -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_partman'")
[ "$partman" = 0 ] || sql -c 'CREATE SCHEMA partman' -c 'CREATE EXTENSION pg_partman SCHEMA partman'
subjects="dbeng$([ "$partman" = 0 ] || echo ' pg_partman')"

# Sets from day -35 to day 4; pg_partman's begin in its own way, and are as many.
sql <<-SQL
	CREATE SCHEMA dbeng_sets;
	CREATE SCHEMA partman_sets;
	CREATE SCHEMA floor_sets;
	CREATE FUNCTION day(n int) RETURNS timestamptz LANGUAGE sql AS \$\$SELECT date_trunc('day', now(), 'UTC') + n * interval '1 day'\$\$;
	CREATE PROCEDURE make_set(who text, n int, with_default boolean) LANGUAGE plpgsql AS \$\$
	DECLARE t text := format('%s_sets.t%s', replace(who, 'pg_', ''), n);
	BEGIN
		EXECUTE format('CREATE TABLE %s (id bigint, ts timestamptz NOT NULL, body text, PRIMARY KEY (id, ts)) PARTITION BY RANGE (ts)', t);
		EXECUTE format('CREATE INDEX ON %s (ts)', t);
		IF who = 'pg_partman' THEN
			PERFORM partman.create_parent(t, 'ts', 'native', 'daily', p_premake => 4, p_start_partition => day(-35)::text);
			IF NOT with_default THEN
				EXECUTE format('DROP TABLE %s_default', t);
			END IF;
		ELSE
			FOR d IN -35 .. 4 LOOP
				EXECUTE format('CREATE TABLE %1\$s_p%2\$s PARTITION OF %1\$s FOR VALUES FROM (%3\$L) TO (%4\$L)', t, d + 35, day(d), day(d + 1));
			END LOOP;
			IF with_default THEN
				EXECUTE format('CREATE TABLE %1\$s_default PARTITION OF %1\$s DEFAULT', t);
			END IF;
			IF who = 'dbeng' THEN
				PERFORM dbeng.manage_partitions(t::regclass, '1 day', 4);
			END IF;
		END IF;
		COMMIT;
	END \$\$;
SQL
make_sets() { # with a default partition?
	for who in $subjects floor; do
		sql -c "SELECT format('CALL make_set(%L, %s, $1);', '$who', n) FROM generate_series(1, $sets) n" | sql
	done
	sql -c 'VACUUM ANALYZE'
}
drop_sets() {
	[ "$partman" = 0 ] || sql -c 'DELETE FROM partman.part_config'
	for who in $subjects floor; do
		sql -c "SELECT format('DROP TABLE %s;', c.oid::regclass) FROM pg_class c WHERE c.relkind = 'p' AND c.relnamespace = '${who#pg_}_sets'::regnamespace" | sql
	done
}
call_of() { [ "$1" = dbeng ] && echo 'CALL dbeng.maintain_partitions()' || echo 'CALL partman.run_maintenance_proc(p_analyze => false)'; }
keep() { sql -c "INSERT INTO reading VALUES ('$1', '$2', $3)"; }
timings() { sed -n 's/^Time: \([0-9.]*\) ms.*/\1/p'; }

idle() {
	make_sets true
	for _ in $(seq "$rounds"); do
		for who in $(shuf -e $subjects); do
			{ echo '\timing on'; for _ in 1 2 3 4 5 6 7 8 9 10; do echo "$(call_of "$who");"; done; } | sql | timings >"$work/times"
			keep 'idle, cold' "$who" "$(head -1 "$work/times") / $sets"
			keep 'idle, warm' "$who" "$(tail -1 "$work/times") / $sets"
		done
	done
	sql <<-SQL
		INSERT INTO dbeng.partition_set (parent, encoding, step) SELECT 100000 + n, 'timestamptz', '1 day' FROM generate_series(1, 10000) n;
		UPDATE dbeng.partition_state SET next_due = now() + interval '1 hour';
		VACUUM ANALYZE dbeng.partition_state, dbeng.partition_set;
	SQL
	for _ in $(seq "$rounds"); do
		keep '10,000 idle sets, one look of the worker' dbeng "$({ echo '\timing on'
			echo "SELECT m.parent FROM (SELECT t.parent FROM dbeng.partition_state t WHERE t.next_due <= now() AND EXISTS (SELECT FROM dbeng.partition_set s WHERE s.parent = t.parent AND s.enabled)) m
				WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = m.parent) ORDER BY 1;"; } | tr '\n' ' ' | sed 's/on /on\n/' | sql | timings)"
	done
	sql -c "DELETE FROM dbeng.partition_set WHERE parent >= 100001 AND parent <= 110000 AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = parent)" \
		-c 'DELETE FROM dbeng.partition_state t WHERE NOT EXISTS (SELECT FROM dbeng.partition_set s WHERE s.parent = t.parent)'
	drop_sets
}

due() {
	local kind
	for kind in false true; do
		local what="one due in each set, $([ $kind = true ] && echo 'beside a default' || echo 'no default')"
		make_sets $kind
		for round in $(seq "$rounds"); do
			sql -c "UPDATE dbeng.partition_set SET premake = premake + 1"
			[ "$partman" = 0 ] || sql -c 'UPDATE partman.part_config SET premake = premake + 1'
			for who in $(shuf -e $subjects floor); do
				if [ "$who" = floor ]; then
					{ echo '\timing on'
						for n in $(seq "$sets"); do
							echo "CREATE TABLE floor_sets.t${n}_x$round PARTITION OF floor_sets.t$n FOR VALUES FROM ('$(date -u -d "$((4 + round)) days" +%F) 00:00+00') TO ('$(date -u -d "$((5 + round)) days" +%F) 00:00+00');"
						done; } | sql | timings | awk '{s += $1} END {print s}' >"$work/times"
				else
					{ echo '\timing on'; echo "$(call_of "$who");"; } | sql | timings >"$work/times"
				fi
				keep "$what" "$who" "$(cat "$work/times") / $sets"
			done
		done
		drop_sets
	done
}

# What pgbench's logs tell of each transaction: the third column, microseconds from when it should have begun, less the seventh, by how much it began late.
worst() { cat "$work"/log."$1".* | awk '{t = $3 - $7; if (t > m) m = t} END {printf "%.1f", m / 1000}'; }

stall() { # what, with a default?, what makes it due for dbeng, for pg_partman
	local who set started ended
	for who in none $subjects; do
		[ "$who" != none ] || [ "$1" = 'partition due' ] || continue
		set=$([ "$who" = pg_partman ] && echo partman_sets.t1 || echo dbeng_sets.t1)
		sql -c "CALL make_set('$([ "$who" = pg_partman ] && echo pg_partman || echo dbeng)', 1, $2)" -c "INSERT INTO $set SELECT i, now() - i * interval '1 hour', 'x' FROM generate_series(0, 800) i" -c "VACUUM ANALYZE"
		case $who in
		dbeng) sql -c "$3" ;;
		pg_partman) sql -c "$4" ;;
		esac
		echo "\\set i random(1, 1000000000)
			INSERT INTO $set VALUES (:i, now(), 'x');" >"$work/insert"
		echo "SELECT count(*) FROM $set WHERE ts > now() - interval '1 hour';" >"$work/read"
		sql -c "BEGIN; SELECT count(*) FROM $set; SELECT pg_sleep($report); COMMIT" >/dev/null & local reader=$!
		sleep 0.5
		rm -f "$work"/log.*
		(cd "$work" && pgbench -n -c 4 -j 1 -T $((report + 2)) -R 400 -f insert -l --log-prefix=log.insert >/dev/null 2>&1) & local writers=$!
		(cd "$work" && pgbench -n -c 2 -j 1 -T $((report + 2)) -R 100 -f read -l --log-prefix=log.read >/dev/null 2>&1) & local readers=$!
		sleep 0.5
		if [ "$who" != none ]; then
			sql -c "$(call_of "$who")" & local call=$!
		fi
		wait $reader
		ended=$(date +%s%N)
		if [ "$who" != none ]; then
			wait $call
			keep "$1: done after the report" "$who" "$((($(date +%s%N) - ended) / 1000)) / 1000.0"
		fi
		wait $writers $readers
		keep "$1: longest insert" "$who" "$(worst insert)"
		keep "$1: longest read" "$who" "$(worst read)"
		drop_sets
	done
}

for section in $sections; do
	case $section in
	idle) idle ;;
	due) due ;;
	stall)
		stall 'partition due' true 'UPDATE dbeng.partition_set SET premake = 7' 'UPDATE partman.part_config SET premake = 7'
		stall 'retention' false "UPDATE dbeng.partition_set SET retention = '33 days', retention_age = '33 days', on_expiry = 'drop'" \
			"UPDATE partman.part_config SET retention = '33 days', retention_keep_table = false"
		stall 'retention, beside a default' true "UPDATE dbeng.partition_set SET retention = '33 days', retention_age = '33 days', on_expiry = 'drop'" \
			"UPDATE partman.part_config SET retention = '33 days', retention_keep_table = false"
		;;
	esac
done
echo "$sets sets of 40 partitions; $rounds rounds; ms, for each set where there are many"
psql -qX -P footer=off -P null=- <<-SQL
	SELECT what, round(max(ms) FILTER (WHERE who IN ('floor', 'none'))::numeric, 2) AS "floor, or none", round(max(ms) FILTER (WHERE who = 'dbeng')::numeric, 3) AS dbeng,
		round(max(ms) FILTER (WHERE who = 'pg_partman')::numeric, 2) AS pg_partman,
		round((max(ms) FILTER (WHERE who = 'dbeng') / max(ms) FILTER (WHERE who = 'floor'))::numeric, 2) AS "÷ floor",
		round((max(ms) FILTER (WHERE who = 'pg_partman') / max(ms) FILTER (WHERE who = 'dbeng'))::numeric, 1) AS "pg_partman ÷ dbeng"
	FROM (SELECT what, who, percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS ms FROM reading GROUP BY 1, 2) m GROUP BY what ORDER BY what;
SQL
