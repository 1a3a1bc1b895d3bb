#!/bin/bash
# audit.sh [--history [CHANGES]]: what auditing costs the writer, beside a table without it and others' ways to do it.
#
# The peers are the usual trigger in plpgsql, which keeps both rows as jsonb, and table_log from its package, in C. Each has
# tables of its own, made alike: a narrow one of 5 columns, a wide one of 40, and one with a 100 kB text beside what is
# updated. They take their turns in random order within a round; each figure is the median of the rounds over that of the
# table that is not audited, of time (of the backend's processor time in brackets, which other work on the machine
# disturbs less; the commit is part of both). Bytes of log have its indexes in them, bytes of WAL are what there is more
# than without audit; pages are not written to the WAL as a whole.
# --history: how long it takes to seal and to verify a log of CHANGES (10 million), nine tenths of them made in bulk, and to
# tell the history of one key.
# For a quick look: BENCH_ROUNDS=2 BENCH_ROWS=20000 BENCH_SUBJECTS="dbeng plpgsql" test/harness/bench.sh audit
set -eu
. "$(dirname "$0")/database.sh"
cd "$(dirname "$0")"
rounds=${BENCH_ROUNDS:-5} narrow=${BENCH_ROWS:-200000} subjects=${BENCH_SUBJECTS:-dbeng plpgsql table_log}
sections=${BENCH_SECTIONS:-narrow,wide,one row,toast}
history=
while [ $# -gt 0 ]; do
	case $1 in
	--history)
		history=10000000
		case ${2:-} in [0-9]*) history=$2; shift ;; esac ;;
	*) echo "audit.sh: unknown option $1" >&2; exit 2 ;;
	esac
	shift
done
wide=$((narrow * 3 / 20)) loops=$((narrow / 10))
out=$(mktemp -d)
sql() { psql -qXAt -F ' ' -v ON_ERROR_STOP=1 -d "$@"; }
finish() {
	sql postgres -c 'ALTER SYSTEM RESET ALL' -c 'SELECT pg_reload_conf()' >/dev/null
	rm -rf "$out"
}
trap finish EXIT
# Nobody but the subject writes meanwhile.
sql postgres -c 'ALTER SYSTEM SET autovacuum = off' -c 'ALTER SYSTEM SET jit = off' -c 'ALTER SYSTEM SET full_page_writes = off' -c 'ALTER SYSTEM SET synchronous_commit = off' \
	-c "ALTER SYSTEM SET max_wal_size = '8GB'" -c "ALTER SYSTEM SET checkpoint_timeout = '1h'" -c 'ALTER SYSTEM SET max_parallel_workers_per_gather = 0' -c 'SELECT pg_reload_conf()' >/dev/null
sql postgres -c 'SET client_min_messages = warning' -c 'DROP DATABASE IF EXISTS audit' -c 'CREATE DATABASE audit'
sql audit -c 'CREATE EXTENSION dbeng'
export PGOPTIONS='-c client_min_messages=warning'

costs() {
	local subject
	sql audit -f audit/measure.sql -f audit/subjects.sql
	PGOPTIONS="$PGOPTIONS -c bench.wide_rows=$wide" sql audit -v narrow_rows="$narrow" -v toast_rows=$((narrow / 2000)) -f audit/tables.sql >/dev/null
	sql audit -c "SELECT bench.make_subject('untouched')" >/dev/null
	for subject in $subjects; do
		if [ "$subject" = table_log ] && ! sql audit -c 'CREATE EXTENSION table_log' 2>/dev/null; then
			echo 'table_log is not installed: without it'
			continue
		fi
		sql audit -c "SELECT bench.make_subject('$subject')" >/dev/null
	done
	sql audit -c CHECKPOINT -c "CALL bench.take_rounds(string_to_array('$sections', ','), $rounds, $loops)"
	echo "narrow: $narrow rows of 5 columns; wide: $wide rows of 40; $loops rows one by one; $rounds rounds"
	echo 'time (processor time), untouched = 1; µs: what a row takes there'
	report "round((u.ms * 1000 / u.changes)::numeric, 2) AS \"µs\"" "round((m.ms / u.ms)::numeric, 2) || coalesce(format(' (%s)', round((m.cpu_ms / u.cpu_ms)::numeric, 2)), '')" time
	echo 'bytes of log a change'
	report '' 'round(m.log_bytes)' log_bytes
	echo 'bytes of WAL a change, beside those without audit'
	report 'round(u.wal_bytes) AS untouched' 'round(m.wal_bytes - u.wal_bytes)' wal_bytes
	transactions
}

report() { # first column, what to tell of a subject's medians m and untouched's u, which goal
	local columns=$1 subject
	for subject in $(sql audit -c "SELECT name FROM bench.subject WHERE name <> 'untouched' ORDER BY place"); do
		columns+="${columns:+, }max(CASE WHEN m.subject = '$subject' THEN ($2)::text END) AS $subject"
	done
	psql -qX -P footer=off -P null=- -d audit <<-SQL
		WITH median AS (SELECT *, (SELECT min(r.changes) FROM bench.reading r WHERE (r.section, r.operation) = (m.section, m.operation)) AS changes FROM bench.medians() m)
		SELECT g.section, g.operation, $columns, g.$3 AS goal FROM bench.goal g JOIN median u USING (section, operation) JOIN median m USING (section, operation)
		WHERE u.subject = 'untouched' AND m.subject <> 'untouched' GROUP BY g.place, g.section, g.operation, g.$3, u.ms, u.wal_bytes, u.changes ORDER BY g.place
	SQL
}

# From a client, a transaction a row.
transactions() {
	local subject round
	for subject in $(sql audit -c 'SELECT name FROM bench.subject'); do
		printf '\\set id random(1, %s)\nUPDATE bench.narrow_%s SET n = n + 1 WHERE id = :id;\n' "$loops" "$subject" >"$out/$subject.pgbench"
		sql audit -c "TRUNCATE bench.narrow_$subject" -c "INSERT INTO bench.narrow_$subject SELECT * FROM bench.narrow_source WHERE id <= $loops"
	done
	for round in $(seq 0 "$rounds"); do
		for subject in $(sql audit -c 'SELECT name FROM bench.subject ORDER BY random()'); do
			pgbench -n -M prepared -c 1 -T $((round > 0 ? 3 : 1)) -f "$out/$subject.pgbench" audit 2>/dev/null |
				awk -v name="$subject" -v round="$round" '/^latency average/ {if (round) print name, $4}' >>"$out/latency"
		done
	done
	echo 'a transaction of one row from a client, pgbench: latency, untouched = 1'
	for subject in $subjects; do
		awk -v name="$subject" '
			function median(list, n,   i, j, t) { for (i = 2; i <= n; i++) for (j = i; j > 1 && list[j - 1] > list[j]; j--) { t = list[j]; list[j] = list[j - 1]; list[j - 1] = t } return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
			$1 == name {mine[++m] = $2} $1 == "untouched" {base[++b] = $2}
			END {if (m) printf "  %s: %.2f\n", name, median(mine, m) / median(base, b)}' "$out/latency"
	done
}

has() { [ "$(sql audit -c "SELECT count(*) FROM pg_proc WHERE pronamespace = 'dbeng'::regnamespace AND proname = '$1'")" != 0 ]; }
seconds() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.1f", b - a}'; }

# A tenth of the changes are the rows, a hundredth single rows' in a transaction each, the rest updates of all rows in ranges.
remember() {
	local rows=$((history / 10)) singles=$((history / 100)) begin end bytes entries key
	sql audit <<-SQL
		CREATE SCHEMA past;
		CREATE TABLE past.account (id bigint PRIMARY KEY, n int, owner text, amount numeric(12, 2)) WITH (fillfactor = 50);
		SELECT dbeng.enable_audit('past.account') \\g /dev/null
		CREATE PROCEDURE past.make(rows int, singles int, changes int) LANGUAGE plpgsql AS \$\$
		DECLARE
			left_over int := changes - rows - singles;
			part int := greatest(rows / 10, 1);
			first int := 0;
			single int := 0;
		BEGIN
			INSERT INTO past.account SELECT n, 0, 'owner ' || md5(n::text)::varchar(10), n * 0.01 FROM generate_series(1, rows) n;
			COMMIT;
			WHILE left_over > 0 LOOP
				UPDATE past.account SET n = n + 1, amount = amount + 0.5 WHERE id > first AND id <= first + part;
				COMMIT;
				left_over := left_over - part;
				first := (first + part) % rows;
				FOR i IN 1 .. singles / 89 LOOP
					single := single + 1;
					UPDATE past.account SET amount = amount + 1 WHERE id = 1 + (single::bigint * 7919) % rows;
					COMMIT;
				END LOOP;
			END LOOP;
		END \$\$;
		CALL past.make($rows, $singles, $history);
	SQL
	read -r bytes entries < <(sql audit -c "SELECT (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'dbeng_audit.log'::regclass), sum(changes) FROM dbeng_audit.log")
	echo "history: $entries changes, $((bytes / 1048576)) MB of log"
	if has seal_audit; then
		begin=$(date +%s.%N)
		sql audit -c 'SELECT dbeng.seal_audit()' >/dev/null
		end=$(date +%s.%N)
		echo "  sealed in $(seconds "$begin" "$end") s"
	else
		echo '  not sealed: there is no dbeng.seal_audit()'
	fi
	if has verify_audit; then
		begin=$(date +%s.%N)
		sql audit -c 'SELECT * FROM dbeng.verify_audit()' >/dev/null
		end=$(date +%s.%N)
		echo "  verified in $(seconds "$begin" "$end") s: $(awk -v bytes="$bytes" -v begin="$begin" -v end="$end" 'BEGIN {printf "%.0f", bytes / 1048576 / (end - begin)}') MB/s"
	else
		echo '  not verified: there is no dbeng.verify_audit()'
	fi
	# In a session that has read nothing yet, then again in the same one.
	for key in $((rows / 3)) $((rows / 2)) $((rows * 2 / 3)); do
		sql audit -c '\timing on' -c "SELECT count(*) FROM dbeng.row_history('past.account', '$key')" -c "SELECT count(*) FROM dbeng.row_history('past.account', '$key')" | awk '/^Time/ {print ++n == 1 ? "cold" : "warm", $2}' >>"$out/history"
	done
	awk '{sum[$1] += $2; n[$1]++} END {printf "  history of one key: %.1f ms in a new session, %.1f ms again (goal: 5)\n", sum["cold"] / n["cold"], sum["warm"] / n["warm"]}' "$out/history"
}

if [ -n "$history" ]; then remember; else costs; fi
unset PGOPTIONS
sql postgres -c 'DROP DATABASE audit'
