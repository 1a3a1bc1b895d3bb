#!/bin/bash
# matrix.sh [PART...]: the tests on several PostgreSQL versions: 15 on this machine, 17 and 18 in chroots of the Debian
# releases that have them; "lint" is a part too. Default: 15 17 18. Last line: the sum, N passed, N failed.
set -u
. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || set -- 15 17 18
passed=0 failed=0 skipped=0

part() { # NAME COMMAND...
	local name=$1 log=$work/$1.log begin=$SECONDS status good bad
	shift
	echo "== $name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	read -r good _ bad _ < <(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -1)
	# The unstable distribution may lack a consistent set of packages on any one day: that is no fault of ours.
	if [ "$status" = 77 ] && [ "$name" = 18 ]; then
		skipped=$((skipped + 1))
	elif [ -z "${bad:-}" ] || { [ "$status" != 0 ] && [ "$bad" = 0 ]; }; then
		failed=$((failed + 1))
		echo "$name: broke off (exit status $status)"
	fi
	passed=$((passed + ${good:-0})) failed=$((failed + ${bad:-0}))
	echo "== $name: $((SECONDS - begin)) s"
}
# This machine may have several servers.
own() {
	[ ! -x "/usr/lib/postgresql/$1/bin/pg_config" ] || export PG_CONFIG=/usr/lib/postgresql/$1/bin/pg_config
	DBENG_PG=$1 test/harness/check.sh
}

for wanted; do
	case $wanted in
	lint) part lint test/harness/lint.sh ;;
	15) part 15 own 15 ;;
	17) part 17 test/harness/chroot.sh trixie 17 test/harness/check.sh ;;
	18) part 18 test/harness/chroot.sh sid 18 test/harness/check.sh ;;
	*) die "matrix.sh knows lint, 15, 17 and 18, not $wanted" ;;
	esac
done
if [ "$skipped" = 0 ]; then echo "$passed passed, $failed failed"; else echo "$passed passed, $failed failed, $skipped skipped"; fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
