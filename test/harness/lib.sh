# lib.sh: sourced by the scripts of this folder. Puts them at the top of the tree, gives them a scratch
# directory $work and, with start_server, a private server; all of it is gone when the script ends, however it ends.
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
umask 022
export LC_ALL=C.UTF-8 LANG=C.UTF-8 PG_CONFIG=${PG_CONFIG:-pg_config}
unset PGHOST PGPORT PGUSER PGDATABASE PGSERVICE PGOPTIONS PGPASSWORD PGPASSFILE
say() { echo "dbeng: $*" >&2; }
die() { say "$*"; exit 1; }

# A server never runs as root: root lends it an ordinary user.
server_user=$(id -un)
if [ "$(id -u)" = 0 ]; then
	server_user=nobody
	id postgres >/dev/null 2>&1 && server_user=postgres
fi
as() {
	if [ "$(id -u)" = 0 ]; then runuser -u "$server_user" -- "$@"; else "$@"; fi
}

work=$(mktemp -d "${TMPDIR:-/tmp}/dbeng.XXXXXX") || exit 1
jobs=()
cleanup() {
	local pid file servers=()
	for pid in ${jobs[@]+"${jobs[@]}"}; do kill -TERM -- "-$pid" 2>/dev/null; done
	while read -r file; do
		pid=$(head -1 "$file") && [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null && servers+=("$pid")
	done < <(find "$work" -name postmaster.pid 2>/dev/null)
	for pid in ${servers[@]+"${servers[@]}"}; do
		for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
	done
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$work"
mkdir "$work/tmp" "$work/s"
[ "$(id -u)" != 0 ] || chown "$server_user" "$work" "$work/tmp" "$work/s"
export TMPDIR=$work/tmp

# job COMMAND...: in the background, as a process group that cleanup can end.
job() {
	set -m
	"$@" </dev/null &
	jobs+=($!)
	set +m
}

# install_server [MAKE ARGUMENT...]: builds dbeng into a private copy of the server, sets PG_CONFIG, bin and major.
# The copy lives in build/, or in the scratch directory where the server's user cannot reach build/ (a checkout in
# root's home); one of another kind (sanitizers) in build/$variant.
install_server() {
	local dir=$PWD/build${variant:+/$variant}
	mkdir -p "$dir"
	as test -x "$dir" 2>/dev/null || dir=$work
	major=$("$PG_CONFIG" --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
	PG_CONFIG=$(test/harness/private_install.sh "$dir" "$@") || return 1
	[ "$(id -u)" != 0 ] || chown -R "$server_user" "$(dirname "$("$PG_CONFIG" --sharedir)")"
	export PG_CONFIG
	bin=$("$PG_CONFIG" --bindir)
	pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
	export PATH=$bin:$PATH
}

# server_environment NAME=VALUE...: what the server, and nothing else, runs with (a preloaded sanitizer).
server_environment() {
	[ -e "$bin/postgres.real" ] || mv "$bin/postgres" "$bin/postgres.real"
	# By its own name: a restart runs the program that the first start left on record.
	printf '#!/bin/bash\nexport %s\nexec -a "$0" %s "$@"\n' "$*" "$bin/postgres.real" >"$bin/postgres"
	chmod 755 "$bin/postgres"
}

# start_server [SETTING...]: a private server with everything preloaded, without workers beside it; psql and friends find it by the environment.
start_server() {
	as "$bin/initdb" -D "$work/data" -U postgres -A trust -N >"$work/initdb.log" 2>&1 || { cat "$work/initdb.log"; return 1; }
	as tee -a "$work/data/postgresql.conf" >/dev/null <<-END
		listen_addresses = ''
		unix_socket_directories = '$work/s'
		fsync = off
		shared_preload_libraries = 'pg_stat_statements,dbeng'
		dbeng.enabled = off
		$(printf '%s\n' "$@")
	END
	# From a directory that the server's user can enter: the checkout may be in root's home.
	(cd / && as "$bin/pg_ctl" -D "$work/data" -l "$work/server.log" -w start >/dev/null) || { cat "$work/server.log"; return 1; }
	export PGHOST=$work/s PGPORT=5432 PGUSER=postgres
}
stop_server() { (cd / && as "$bin/pg_ctl" -D "$work/data" -m fast -w stop >/dev/null); }
