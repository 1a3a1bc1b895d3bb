#!/bin/bash
# sampler.sh: what dbeng.sample_constants costs a busy server.
#
# pgbench, reading only and its TPC-B, with the simple protocol, where the constants are in the text, and with prepared
# statements, where they are parameters. Rounds with it off and on alternate, and which comes first does, too: what counts
# is the median of the rounds' ratios. It samples as often as it can, once a second, where by default it is once in ten minutes.
# Sizes are settable, for a quick look: BENCH_SECONDS=2 BENCH_ROUNDS=3 make bench
set -eu
. "$(dirname "$0")/database.sh"
seconds=${BENCH_SECONDS:-5} rounds=${BENCH_ROUNDS:-9} clients=${BENCH_CLIENTS:-2} out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

createdb sampler
pgbench -iqs 10 sampler >/dev/null 2>&1
psql -qX -d sampler -c 'CREATE EXTENSION dbeng' -c "ALTER SYSTEM SET dbeng.sample_constants_interval = '1s'"
switch() { # on or off: sessions read it as they begin
	psql -qX -d sampler -c "ALTER SYSTEM SET dbeng.sample_constants = $1" -c 'SELECT pg_reload_conf()' >/dev/null
	sleep 0.2
}
tps() { # protocol, pgbench options
	pgbench -n -M "$1" -T "$seconds" -c "$clients" -j "$clients" $2 sampler 2>/dev/null | awk '/^tps/ {print $3}'
}
median() { sort -n "$1" | awk '{a[NR] = $1} END {print (a[int((NR + 1) / 2)] + a[int(NR / 2) + 1]) / 2}'; }

for kind in -S ''; do
	for protocol in simple prepared; do
		rm -f "$out"/*
		for round in $(seq "$rounds"); do
			order='off on'
			[ $((round % 2)) = 0 ] || order='on off'
			for state in $order; do
				switch "$state"
				tps "$protocol" "$kind" >"$out/now.$state"
				cat "$out/now.$state" >>"$out/$state"
			done
			ratio "$(cat "$out/now.on")" "$(cat "$out/now.off")" 4 >>"$out/ratio"
			echo >>"$out/ratio"
		done
		echo "pgbench ${kind:-TPC-B}, $protocol: on ÷ off $(median "$out/ratio") (lowest $(sort -n "$out/ratio" | head -1), highest $(sort -n "$out/ratio" | tail -1)); medians' ratio $(ratio "$(median "$out/on")" "$(median "$out/off")" 4)"
	done
done
echo "examples kept: $(psql -qXAt -d sampler -c 'SELECT count(*) FROM dbeng.sampled_constants')"
psql -qX -d sampler -c 'ALTER SYSTEM RESET dbeng.sample_constants' -c 'ALTER SYSTEM RESET dbeng.sample_constants_interval' -c 'SELECT pg_reload_conf()' >/dev/null
