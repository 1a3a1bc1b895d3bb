#!/bin/bash
# chroot.sh SUITE MAJOR COMMAND...: run COMMAND with a copy of this tree in a Debian chroot that has
# PostgreSQL MAJOR. Exit status 77: the chroot could not be had.
#   DBENG_CACHE=/var/cache/dbeng   where chroots are kept between runs
set -eu
cd "$(dirname "$0")/../.."
suite=$1 major=$2
shift 2
cache=${DBENG_CACHE:-/var/cache/dbeng}
root=$cache/$suite
work=/run/dbeng.$$

unavailable() { echo "pg$major: not available: $*" >&2; exit 77; }
[ "$(id -u)" = 0 ] || unavailable "a chroot needs root"
test/harness/packages.sh chroot || unavailable "no debootstrap"

# One user of a chroot at a time: mounts and packages are shared.
mkdir -p "$cache"
exec 9>"$cache/$suite.lock"
flock 9
# Whatever is there, that of a run that was killed too; lazily, for a process that is still ending must not keep a mount.
cleanup() {
	local dir
	rm -rf "$root"/run/dbeng.*
	for dir in "$root/dev/shm" "$root/proc"; do
		while mountpoint -q "$dir" && umount -l "$dir"; do :; done
	done
}
trap cleanup EXIT
trap 'exit 130' INT TERM
cleanup

# The mirror that serves this machine's own distribution; other repositories may be configured beside it.
mirror() {
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(LABEL) $(COMPONENT) $(CODENAME) $(REPO_URI)' |
		awk -v codename="$(. /etc/os-release && echo "$VERSION_CODENAME")" \
			'$1 == "Packages" && $2 == "Debian" && $3 == "Debian" && $4 == "main" && $5 == codename { print $6; exit }'
}
proxy=$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";$/\1/p')
[ -z "$proxy" ] || export http_proxy=$proxy

inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive ${http_proxy:+http_proxy=$http_proxy} "$@"; }
# Another machine's clock may be past the date a testing suite's index is valid until.
apt() { inside apt-get -qq -o Acquire::Check-Valid-Until=false -o Dpkg::Use-Pty=0 "$@" </dev/null >>"$cache/$suite.log" 2>&1; }

if [ ! -e "$root/.dbeng" ]; then
	uri=$(mirror)
	[ -n "$uri" ] || { apt-get -qq update >/dev/null 2>&1 || true; uri=$(mirror); }
	[ -n "$uri" ] || unavailable "no Debian mirror among this machine's package sources"
	rm -rf "$root"
	echo "pg$major: making a $suite chroot in $root"
	debootstrap --variant=minbase "$suite" "$root" "$uri" </dev/null >"$cache/$suite.log" 2>&1 ||
		unavailable "debootstrap $suite failed: $(grep -m1 '^E:' "$cache/$suite.log" || tail -1 "$cache/$suite.log")"
	# Packages must neither start a server nor make a cluster.
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod +x "$root/usr/sbin/policy-rc.d"
	mkdir -p "$root/etc/postgresql-common"
	echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"
	touch "$root/.dbeng"
fi
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true

# Git's view of the tree: what it tracks or would track.
mkdir -p "$root$work"
git -c safe.directory='*' ls-files -z --cached --others --exclude-standard |
	while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done |
	xargs -0 cp --parents -Pt "$root$work"

packages=$(DBENG_PG=$major test/harness/packages.sh --list build test)
if [ "$(cat "$root/.dbeng")" != "$packages" ]; then
	apt update && apt install -y --no-install-recommends $packages ||
		unavailable "packages of $suite: $(grep '^E:' "$cache/$suite.log" | tail -1)"
	echo "$packages" >"$root/.dbeng"
fi
inside env -C "$work" DBENG_PG="$major" PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config" CI="${CI:-}" "$@" 9>&-
