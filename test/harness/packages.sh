#!/bin/bash
# packages.sh GROUP...: install what is missing of the Debian packages a job needs.
#   groups: build test lint valgrind bench coverage chroot browser      DBENG_PG=17 picks the server's major version
#   packages.sh --list GROUP... only prints the names.
set -eu
list=
[ "${1:-}" = --list ] && { list=1; shift; }

die() { echo "dbeng: $*" >&2; exit 1; }
apt() {
	local run=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@")
	[ "$(id -u)" = 0 ] || run=(sudo "${run[@]}")
	"${run[@]}" </dev/null >"$log" 2>&1
}

# The server to build for: the caller's choice, the one of pg_config, or the newest packaged one we support.
major() {
	if [ -n "${DBENG_PG:-}" ]; then
		echo "$DBENG_PG"
	elif command -v "${PG_CONFIG:-pg_config}" >/dev/null 2>&1; then
		"${PG_CONFIG:-pg_config}" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/'
	else
		apt-cache pkgnames postgresql-server-dev- 2>/dev/null | sed -n 's/^postgresql-server-dev-\(1[5-8]\)$/\1/p' | sort -n | tail -1
	fi
}
names() {
	local v=$1 group; shift
	for group; do
		case $group in
		build) echo make g++ libboost-dev "postgresql-$v" "postgresql-server-dev-$v" ;;
		test)
			# hypopg: two that imagine indexes in one server.
			echo "postgresql-$v-pgtap" "postgresql-$v-hypopg" libipc-run-perl libtap-parser-sourcehandler-pgtap-perl
			# As of 18 JIT is a package of its own, which the server merely recommends.
			[ "$v" -lt 18 ] || echo "postgresql-$v-jit" ;;
		lint) echo clang-format clang-tidy ;;
		valgrind) echo valgrind ;;
		bench) echo "postgresql-$v-powa" "postgresql-$v-hypopg" "postgresql-$v-pg-qualstats" "postgresql-$v-tablelog" "postgresql-$v-partman" ;;
		coverage) echo gcovr ;;
		chroot) echo debootstrap ;;
		# Optional: one test looks at a page with it, and skips that where it is not there.
		browser) echo chromium ;;
		*) die "no package group \"$group\"" ;;
		esac
	done | xargs
}
missing() {
	local name
	for name; do
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
	done | xargs
}

if [ -n "$list" ]; then
	names "$(major)" "$@"
	exit
fi
# On another distribution the tools may well be there; what is not is named by the step that misses it.
command -v apt-get >/dev/null || exit 0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
[ -n "$(major)" ] || apt update || die "apt-get update failed: $(tail -1 "$log")"
version=$(major)
[ -n "$version" ] || die "no PostgreSQL 15 to 18 among this system's packages"
wanted=$(missing $(names "$version" "$@"))
[ -n "$wanted" ] || exit 0
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || die "missing packages, and neither root nor sudo to install them: apt-get install $wanted"
echo "installing: $wanted"
apt install -y --no-install-recommends $wanted ||
	{ apt update && apt install -y --no-install-recommends $wanted; } ||
	die "could not install $wanted: $(grep -m1 '^E:' "$log" || tail -1 "$log")"
