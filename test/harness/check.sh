#!/bin/bash
# check.sh: build dbeng and run every test against one PostgreSQL, the one of PG_CONFIG; nothing of the system's
# own server is touched. Last line: N passed, N failed.
#   --check NAME      only the fixtures of one check (test/checks/NAME.sql), in full detail
#   --suites "A B"    only these of: symbols docs regress isolation pgtap tap
#   --sanitize        with AddressSanitizer and UndefinedBehaviorSanitizer
#   --coverage        with gcov
set -u
# The server's own user comes with its packages.
"$(dirname "$0")/packages.sh" build test || { echo "packages missing"; echo "0 passed, 1 failed"; exit 1; }
. "$(dirname "$0")/lib.sh"
suites="symbols docs regress isolation pgtap tap" check= make_args=() variant=
while [ $# -gt 0 ]; do
	case $1 in
	--check) check=$2 suites=tap ;;
	--suites) suites=$2 ;;
	--sanitize)
		variant=sanitize suites="regress isolation pgtap tap"
		make_args=("EXTRA_CXXFLAGS=-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=undefined -Wno-error"
			"EXTRA_LINK=-fsanitize=address,undefined") ;;
	--coverage)
		variant=coverage suites="regress isolation pgtap tap"
		make_args=("EXTRA_CXXFLAGS=-O0 --coverage -Wno-error" "EXTRA_LINK=--coverage") ;;
	*) die "unknown option $1" ;;
	esac
	[ -n "$variant" ] || shift
	shift
done

passed=0 failed=0
finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
	exit
}
broken() { echo "$*"; failed=$((failed + 1)); finish; }

install_server ${make_args[@]+"${make_args[@]}"} || broken "pg${major:-?}: build failed"

case $variant in
sanitize)
	# Reports go to files: a server that aborts takes its log's end along.
	server_environment "LD_PRELOAD=$(readlink -f "$(g++ -print-file-name=libasan.so)")" \
		"ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1:log_path=$work/tmp/sanitizer" \
		"UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1:abort_on_error=1:log_path=$work/tmp/sanitizer" ;;
coverage)
	# The server's processes write the counters.
	objects=$(sed 's,^\(build/obj/[^/]*\)/.*,\1,' build/obj/current)
	find "$objects" -name '*.gcda' -delete
	[ "$(id -u)" != 0 ] || chown -R "$server_user" "$objects"
	as test -w "$PWD/$objects" || die "the user $server_user cannot write to $PWD/$objects" ;;
esac

# Every suite ends by writing "PASSED FAILED" to $work/NAME.count.
count() { echo "$2 $3" >"$work/$1.count"; }

symbols() {
	if test/harness/symbols.sh "$("$PG_CONFIG" --pkglibdir)/dbeng.so"; then count symbols 1 0; else count symbols 0 1; fi
}

# The generated page of the checks is the registry's.
docs() {
	createdb docs && psql -qXd docs -c 'CREATE EXTENSION dbeng' && psql -qXAtd docs -c 'SELECT dbeng._checks_markdown()' >"$work/checks.md" &&
		diff -u docs/checks.md "$work/checks.md" | head -40
	if [ -s "$work/checks.md" ] && cmp -s docs/checks.md "$work/checks.md"; then count docs 1 0; else echo "docs/checks.md is stale: make docs"; count docs 0 1; fi
}

# pg_regress and its isolation twin: NAME, MAKE TARGET, NUMBER OF TESTS. One that stops early counts as failed.
regress() {
	local name=$1 total=$3 good
	rm -rf "build/$name"
	make -s "$2" >"$work/$name.log" 2>&1
	good=$(grep -cE '^(ok|(test)? .*[.][.][.] ok)' "$work/$name.log")
	if [ "$good" -lt "$total" ] || grep -qE '^(not ok|test .*FAILED)' "$work/$name.log"; then
		cat "$work/$name.log"
		[ ! -e "build/$name/regression.diffs" ] || cat "build/$name/regression.diffs"
	fi
	count "$name" "$good" $((total - good))
}

# tap NAME FILE...: as the server's user, in a copy of the tree it can read.
tap() {
	local name=$1 line
	shift
	(cd "$work/tree" && as env PERL5LIB="$pgxs/src/test/perl" PG_REGRESS="$pgxs/src/test/regress/pg_regress" TESTDIR="$work/tree/test/tap" \
		TESTDATADIR="$work/tap" TESTLOGDIR="$work/tap/log" DBENG_PGTAP=pgtap DBENG_CHECK="$check" DBENG_VERBOSE="$check" perl test/harness/tap.pl "$@") >"$work/$name.log" 2>&1
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$work/$name.log" | tail -1)
	grep -qE ' 0 failed$' <<<"$line" && [ -z "$check" ] || grep -vxF "${line:-none}" "$work/$name.log"
	# What PostgreSQL's own test modules have to say of a failure, they write to files.
	sed -n 's,^test/tap/\(.*\)\.pl *(Wstat.*,\1,p' "$work/$name.log" | while read -r file; do
		grep -E '^(error|died|#.*not ok|.*(ERROR|FATAL|PANIC): )|psql:' $(find "$work/tap" "$work/tree" -name "regress_log_$file") /dev/null | cut -d: -f2- | tail -15
	done
	[ -n "$line" ] || line="0 passed, 1 failed"
	read -r good _ bad _ <<<"$line"
	count "$name" "$good" "$bad"
}
pgtap() {
	createdb pgtap && psql -qXd pgtap -c 'CREATE EXTENSION pgtap' -c 'CREATE EXTENSION dbeng' && tap pgtap test/pgtap/*.sql
}
wants() { [[ " $suites " == *" $1 "* ]]; }
on_server() {
	! wants docs || docs
	! wants regress || regress regress installcheck "$(ls sql/*.sql 2>/dev/null | wc -l)"
	! wants isolation || regress isolation isolationcheck "$(ls test/isolation/specs/*.spec 2>/dev/null | wc -l)"
	! wants pgtap || pgtap
}

mkdir "$work/tree" "$work/tap"
tar -c --exclude=./build --exclude=./.git . | tar -x -C "$work/tree"
[ "$(id -u)" != 0 ] || chown -R "$server_user" "$work/tree" "$work/tap"
[ "$suites" = tap ] || start_server || broken "pg$major: the server does not start"

! wants symbols || symbols
job on_server
if [ -n "$check" ]; then
	tap tap test/tap/010_checks.pl
else
	! wants tap || job tap tap test/tap/*.pl
fi
wait

if [ "$suites" != tap ] && ! psql -XAtc 'SELECT 1' >/dev/null 2>&1; then
	echo "pg$major: the server did not survive the tests"
	tail -30 "$work/server.log"
	failed=1
fi
if compgen -G "$work/tmp/sanitizer*" >/dev/null; then
	head -60 "$work"/tmp/sanitizer*
	failed=$((failed + 1))
fi
for suite in $suites; do
	read -r good bad <"$work/$suite.count" 2>/dev/null || { good=0 bad=1; echo "$suite: broke off"; }
	[ -n "$check" ] || echo "pg$major $suite: $good passed, $bad failed"
	passed=$((passed + good)) failed=$((failed + bad))
done
finish
