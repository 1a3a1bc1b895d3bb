#!/bin/bash
# sampler.sh: what dbeng.sample_constants costs a busy server.
#
# pgbench, reading only and its TPC-B, with the simple protocol, where the constants are in the text, and with prepared
# statements, where they are parameters. Runs with it off and on alternate, and which comes first does, too: what counts is
# the median of the pairs' ratios, of transactions a second and of the server's processor time a transaction, which other
# load on the machine disturbs less. Then one row read by its key again and again within one session, with it off and on in
# turn, in processor time: no protocol and no other process is in it, so that next to nothing but the statement is measured.
# It samples once a second, as often as it can; by default it is once in ten minutes.
# Sizes are settable, for a quick look: BENCH_TRANSACTIONS=5000 BENCH_ROUNDS=3 make bench
set -eu
. "$(dirname "$0")/database.sh"
transactions=${BENCH_TRANSACTIONS:-10000} rounds=${BENCH_ROUNDS:-15} out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

createdb sampler
pgbench -iqs 10 sampler >/dev/null 2>&1
psql -qX -d sampler -c 'CREATE EXTENSION dbeng' -c "ALTER SYSTEM SET dbeng.sample_constants_interval = '1s'" -c 'ALTER SYSTEM SET autovacuum = off'
switch() { # on or off: sessions read it as they begin
	psql -qX -d sampler -c "ALTER SYSTEM SET dbeng.sample_constants = $1" -c 'SELECT pg_reload_conf()' >/dev/null
	sleep 0.2
}
postmaster=$(psql -qXAt -d sampler -c "SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)")
# Of the sessions that have ended, in ticks.
used() { awk '{sub(/.*\) /, ""); print $14 + $15}' "/proc/$postmaster/stat"; }
run() { # protocol, pgbench options, state: appends transactions a second and ticks
	local before
	before=$(used)
	pgbench -n -M "$1" -t "$transactions" -c 1 $2 sampler 2>/dev/null | awk '/^tps/ {print $3}' >"$out/tps.now"
	sleep 0.2
	cat "$out/tps.now" >>"$out/tps.$3"
	echo $(($(used) - before)) >>"$out/cpu.$3"
}
# The median, the lowest and the highest of the pairs' ratios.
ratios() {
	paste -d ' ' "$out/$1.on" "$out/$1.off" | awk '{print $1 / $2}' | sort -n |
		awk '{a[NR] = $1} END {printf "%.4f (%.3f to %.3f)", (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2, a[1], a[NR]}'
}

for kind in -S ''; do
	for protocol in simple prepared; do
		rm -f "$out"/*
		for round in $(seq "$rounds"); do
			order='off on'
			[ $((round % 2)) = 0 ] || order='on off'
			for state in $order; do
				switch "$state"
				run "$protocol" "$kind" "$state"
			done
		done
		echo "pgbench ${kind:-TPC-B}, $protocol: on ÷ off: processor time $(ratios cpu), transactions a second $(ratios tps)"
	done
done
psql -qXAt -d sampler <<-SQL
	DO \$\$
	DECLARE
		blocks CONSTANT int := $((rounds * 8));
		state text; way text; started bigint; passed bigint[] := '{0,0}'; i int; ratios float8[];
	BEGIN
		FOREACH way IN ARRAY ARRAY['text', 'parameter'] LOOP
			ratios := '{}';
			FOR block IN 1 .. blocks LOOP
				FOR turn IN 0 .. 1 LOOP
					i := (block + turn) % 2 + 1;
					PERFORM set_config('dbeng.sample_constants', (ARRAY['off', 'on'])[i], false);
					started := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1);
					IF way = 'text' THEN
						FOR n IN 1 .. 1500 LOOP EXECUTE 'SELECT abalance FROM pgbench_accounts WHERE aid = ' || n; END LOOP;
					ELSE
						FOR n IN 1 .. 1500 LOOP EXECUTE 'SELECT abalance FROM pgbench_accounts WHERE aid = \$1' USING n; END LOOP;
					END IF;
					passed[i] := split_part(pg_read_file('/proc/self/schedstat'), ' ', 1)::bigint - started;
				END LOOP;
				ratios := ratios || passed[2]::float8 / passed[1];
			END LOOP;
			RAISE INFO 'one row by its key, constant as %: on ÷ off: processor time % (% to % in the middle half)', way,
				(SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY r)::numeric, 4) FROM unnest(ratios) r),
				(SELECT round(percentile_cont(0.25) WITHIN GROUP (ORDER BY r)::numeric, 3) FROM unnest(ratios) r),
				(SELECT round(percentile_cont(0.75) WITHIN GROUP (ORDER BY r)::numeric, 3) FROM unnest(ratios) r);
		END LOOP;
	END \$\$;
SQL
echo "examples kept: $(psql -qXAt -d sampler -c 'SELECT count(*) FROM dbeng.sampled_constants')"
psql -qX -d sampler -c 'ALTER SYSTEM RESET dbeng.sample_constants' -c 'ALTER SYSTEM RESET dbeng.sample_constants_interval' -c 'ALTER SYSTEM RESET autovacuum' -c 'SELECT pg_reload_conf()' >/dev/null
