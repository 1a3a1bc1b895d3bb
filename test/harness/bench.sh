#!/bin/bash
# bench.sh: run every benchmark, test/bench/*.sh, one after the other against a private server.
set -u
. "$(dirname "$0")/lib.sh"
test/harness/packages.sh build test bench && install_server && start_server 'pg_stat_statements.max = 10000' || die "no server to measure"
status=0
for bench in test/bench/*.sh; do
	[ "$bench" != test/bench/database.sh ] || continue
	[ -e "$bench" ] || die "there is no benchmark in test/bench"
	echo "== $(basename "$bench" .sh)"
	bash "$bench" || status=1
done
exit $status
