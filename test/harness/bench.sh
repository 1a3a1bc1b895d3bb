#!/bin/bash
# bench.sh [NAME [OPTION...]]: run every benchmark, test/bench/*.sh, one after the other against a private server, or one of them.
set -u
. "$(dirname "$0")/lib.sh"
test/harness/packages.sh build test bench && install_server && start_server 'pg_stat_statements.max = 10000' || die "no server to measure"
if [ $# -gt 0 ]; then
	name=$1
	shift
	[ -e "test/bench/$name.sh" ] || die "there is no benchmark $name in test/bench"
	bash "test/bench/$name.sh" "$@"
	exit
fi
status=0
for bench in test/bench/*.sh; do
	[ "$bench" != test/bench/database.sh ] || continue
	[ -e "$bench" ] || die "there is no benchmark in test/bench"
	echo "== $(basename "$bench" .sh)"
	bash "$bench" || status=1
done
exit $status
