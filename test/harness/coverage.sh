#!/bin/bash
# coverage.sh: the tests with gcov; prints the line coverage of each source file and in all.
set -u
cd "$(dirname "$0")/../.." || exit 1
test/harness/packages.sh build test coverage && test/harness/check.sh --coverage
status=$?
objects=$(sed 's,^\(build/obj/[^/]*\)/.*,\1,' build/obj/current)
gcovr --root . --filter src/ --object-directory "$objects" "$objects" 2>/dev/null
exit $status
