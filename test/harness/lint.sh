#!/bin/bash
# lint.sh: rules of the house, symbols, format, static analysis. Last line: N passed, N failed.
#   DBENG_CACHE=/var/cache/dbeng   where the analysis remembers what it has passed (default: build/ unless root)
set -u
. "$(dirname "$0")/lib.sh"
passed=0 failed=0
step() { # NAME COMMAND...
	local begin=$SECONDS name=$1
	shift
	if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)) name="$name FAILED"; fi
	echo "lint: $name ($((SECONDS - begin)) s)"
}

format() { find src -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run -Werror 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c |
	awk '{print $2 ": " $1 " places are not as clang-format has them: make format"; bad = 1} END {exit bad}'; }

# Most of the time of an analysis goes into the headers. Checks and rules, which show nothing to other files, are therefore
# analysed 40 at a time, written one after the other into one file, each in a namespace of its own. It is analysed again
# when one of them, a header of ours they include, the rules or the tools have changed.
batches() { # DIRECTORY: writes NAME.files, the sources of a batch, and NAME.cpp
	local folder files
	find src -name '*.cpp' ! -path 'src/*/checks/*' ! -path 'src/*/rules/*' | sort | split -l 1 -a 3 -d --additional-suffix=.files - "$1/single"
	for folder in src/*/checks src/*/rules; do
		[ ! -d "$folder" ] || find "$folder" -name '*.cpp' | sort | split -l 40 -d --additional-suffix=.files - "$1/$(tr / _ <<<"$folder")"
	done
	for files in "$1"/*.files; do
		{
			xargs sed -n 's/^#include ".*"$/&/p' <"$files" | sort -u
			xargs awk -v several="$(grep -c . "$files")" 'FNR == 1 {
				if (NR > 1 && several > 1) print "}"
				print "//" FILENAME
				if (several > 1) print "namespace unit" ++n " { namespace dbeng { using namespace ::dbeng; }"; else print ""
			} { print } END { if (several > 1) print "}" }' <"$files"
		} >"${files%.files}.cpp"
	done
}
# What clang-tidy says of a batch, at the places of its sources.
placed() {
	perl -e 'my ($batch, @start) = shift; open(my $in, "<", $batch) or die;
		while (<$in>) { push @start, [ $., $1 ] if m{^//(src/\S+)$} }
		while (<STDIN>) {
			s{^\Q$batch\E:(\d+)}{my ($s) = grep { $_->[0] < $1 } reverse @start; $s ? "$s->[1]:" . ($1 - $s->[0] - 1) : "$batch:$1"}e;
			print }' "$1"
}
tidy() {
	local cache=$PWD/build/tidy tools objects batch files key todo=()
	[ "$(id -u)" != 0 ] || cache=${DBENG_CACHE:-/var/cache/dbeng}/tidy
	mkdir -p "$cache" "$work/tidy" || return 1
	find "$cache" -type f -mtime +30 -delete
	export pch=$work/tidy/pch
	export flags="-Isrc -isystem $("$PG_CONFIG" --includedir-server) -DBOOST_CONTAINER_USER_DEFINED_THROW_CALLBACKS -DBOOST_ENABLE_ASSERT_HANDLER -DDBENG_VERSION=\"0\" -D_GNU_SOURCE -std=c++20 -fno-exceptions -fno-rtti"
	# A tenth of the default: where it gives up it has long been repeating itself, and it takes minutes.
	flags+=" -Xclang -analyzer-config -Xclang max-nodes=20000"
	tools="$(clang-tidy --version | grep -i version) $("$PG_CONFIG" --version) $flags $(cat .clang-tidy)"
	objects=$(sed 's,^\(build/obj/[^/]*\)/.*,\1,' build/obj/current)
	batches "$work/tidy"
	for files in "$work"/tidy/*.files; do
		batch=${files%.files}.cpp
		key=$({ echo "$tools"; cat "$batch" $(sed "s,\(.*\)\.cpp,$objects/\1.d," "$files" | xargs grep -ohE 'src/[^ :]+\.hpp' | sort -u); } | sha256sum | cut -d' ' -f1)
		[ -e "$cache/$key" ] || todo+=("$batch=$cache/$key")
	done
	[ ${#todo[@]} -gt 0 ] || return 0
	echo '#include "core/pch.hpp"' >"$pch.hpp"
	clang++ $flags -w -x c++-header "$pch.hpp" -o "$pch" || return 1
	export -f placed
	printf '%s\n' "${todo[@]}" | xargs -P"$(nproc)" -I{} bash -c '
		batch=${1%%=*} key=${1#*=}
		if output=$(clang-tidy --quiet --config-file=.clang-tidy "$batch" -- $flags -include-pch "$pch" 2>/dev/null); then touch "$key"; else placed "$batch" <<<"$output"; exit 1; fi' - {}
}

test/harness/packages.sh build lint && make -s -j"$(nproc)" || { echo "0 passed, 1 failed"; exit 1; }
step rules perl test/harness/rules.pl
step symbols test/harness/symbols.sh ./dbeng.so
step format format
step tidy tidy
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
