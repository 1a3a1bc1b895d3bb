#!/usr/bin/env bash
# demo.sh [start | stop]: the demo database, a private PostgreSQL in build/demo.
#
# Environment: BUILD      the build directory (default: build)
#              PG_CONFIG  pg_config of a private installation that has dbeng in it; where there is no
#                         dbeng in it, $BUILD/pg<major> is looked at
#
# The server listens on a Unix socket in its own directory and nowhere else. Started by root, it
# runs as the user postgres (or the first ordinary user); where that user cannot enter the build
# directory, the cluster goes to /var/tmp and build/demo.path says where.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
port=5432
db=shop
log=

say() { printf '%s\n' "$*"; }
die() { local why=; [ ! -s "$log" ] || why=" (log: $log)"; printf 'demo: %s%s\n' "$*" "$why" >&2; exit 1; }

# Nothing of the caller's environment may lead us to another server
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGUSER PGPASSWORD PGPASSFILE PGSERVICE PGOPTIONS PGDATA PGAPPNAME \
      PGSSLMODE PGREQUIREAUTH PGCLIENTENCODING PGTZ PGDATESTYLE
export LC_ALL=C PSQLRC=/dev/null PAGER=cat

if [ "${1:-start}" = stop ] && [ ! -d "${BUILD:=build}" ]; then exit 0; fi
mkdir -p "${BUILD:=build}" || die "cannot make the build directory $BUILD"
build=$(cd "$BUILD" && pwd -P)

#---------------------------------------------------------------------------------------------------
# Who runs the server
#---------------------------------------------------------------------------------------------------
server_user=$(id -un)
if [ "$(id -u)" = 0 ]; then
    if getent passwd postgres >/dev/null; then
        server_user=postgres
    else
        server_user=$(getent passwd | awk -F: '$3 >= 1000 && $3 < 60000 { print $1; exit }')
        [ -n "$server_user" ] || die "PostgreSQL does not run as root, and there is no ordinary user to run it"
    fi
fi

as_server() {        # runs a command as the server's user, from a directory which that user can enter
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec runuser -u "$server_user" -- "$@")
    else
        (cd / && exec "$@")
    fi
}

#---------------------------------------------------------------------------------------------------
# Where it lives
#---------------------------------------------------------------------------------------------------
home=$build/demo
if [ -s "$build/demo.path" ]; then
    home=$(cat "$build/demo.path")
    case $home in
        /var/tmp/dbeng-demo.*|/tmp/dbeng-demo.*) ;;
        *) die "$build/demo.path names $home, which is no directory of the demo: remove that file" ;;
    esac
fi

use_home() { data=$home/data; log=$home/demo.log; run=$home/run; [ ! -s "$home/socket" ] || run=$(cat "$home/socket"); }
use_home

server_pid() {       # the process id of our running server, or nothing
    local pid
    [ -r "$data/postmaster.pid" ] || return 1
    pid=$(head -n 1 "$data/postmaster.pid")
    [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd")" = "$data" ] || return 1
    printf '%s\n' "$pid"
}

stop_server() {
    local pid
    pid=$(server_pid) || return 0
    kill -INT "$pid"
    for _ in $(seq 1 300); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -QUIT "$pid" 2>/dev/null || true
    sleep 1
    ! kill -0 "$pid" 2>/dev/null || die "the server (process $pid) does not stop"
}

remove_home() {
    stop_server
    case $run in /tmp/dbeng-demo.*) rm -rf -- "$run" ;; esac
    rm -rf -- "$home" "$build/demo.path"
}

#---------------------------------------------------------------------------------------------------
# Work
#---------------------------------------------------------------------------------------------------
psql_as() { local user=$1; shift; "$bindir/psql" -X -q -h "$run" -p "$port" -U "$user" -d "$db" -v ON_ERROR_STOP=1 "$@"; }

phase_name=
phase_start=0
phase_log=0
now_ms() { date +%s%3N; }
phase() { phase_name=$1; phase_start=$(now_ms); phase_log=$(stat -c %s "$log"); printf 'demo: %-52s' "$1"; }
done_phase() { local ms=$(( $(now_ms) - phase_start )); printf '%3d.%d s\n' $((ms / 1000)) $((ms % 1000 / 100)); }
failed() {           # the first error of this phase, or what the server said last
    local why
    why=$(tail -c +$((phase_log + 1)) "$log" | grep -aE -m 1 '(ERROR|FATAL|PANIC|error|fatal):') \
        || why=$(grep -aE '(ERROR|FATAL|PANIC):' "$home/postgresql.log" 2>/dev/null | tail -n 1) \
        || why=$(tail -n 1 "$log")
    printf '\n'
    die "${phase_name%% (*} failed: $why"
}

start_server() {
    as_server "$bindir/pg_ctl" -D "$data" -l "$home/postgresql.log" -w -t 60 start </dev/null >>"$log" 2>&1 9>&-
}

healthy() { server_pid >/dev/null && psql_as postgres -c 'SELECT' >/dev/null 2>&1; }

# What the installed extension is made of: when that changes, a running demo takes it up
extension_sum() { { cat "$libdir"/dbeng*.so "$extdir"/dbeng* 2>/dev/null || true; } | cksum; }

create_extensions() {
    psql_as postgres -c 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements' -c 'CREATE EXTENSION dbeng' >>"$log" 2>&1
}

# Has the worker record the score, as it does each hour, and waits until there are so many
score_recorded() {
    psql_as postgres -c "SELECT dbeng.run_now('health history')" >>"$log" 2>&1 || return 1
    for _ in $(seq 1 100); do
        [ "$(psql_as postgres -At -c 'SELECT count(DISTINCT taken_at) FROM dbeng.health_history' 2>>"$log")" -lt "$1" ] || return 0
        sleep 0.1
    done
    say "the worker did not record the score" >>"$log"
}

report() {
    local started=$1
    phase_name='the report'
    phase_log=$(stat -c %s "$log")
    say
    say "SELECT * FROM dbeng.health();"
    psql_as postgres -P footer=off -P linestyle=unicode -P null=- -c "
        SELECT dimension, weight, score, rating, coverage_pct AS \"coverage %\", passed, failed, unknown,
               CASE WHEN length(finding) > 76 THEN left(finding, 75) || '…' ELSE finding END AS finding
          FROM dbeng.health()" 2>>"$log" || failed
    say "The ten worst findings (all of them: SELECT * FROM dbeng.findings();)"
    psql_as postgres -P footer=off -P linestyle=unicode -c "
        SELECT severity, check_id, object, CASE WHEN length(message) > 90 THEN left(message, 89) || '…' ELSE message END AS message
          FROM dbeng.findings() WITH ORDINALITY AS f
         ORDER BY array_position(ARRAY['critical', 'warning', 'notice'], severity), f.ordinality LIMIT 10" 2>>"$log" \
        || failed
    say "Connect:  $bindir/psql -h $run -p $port -U postgres $db"
    say "Ask:      SELECT * FROM dbeng.help();"
    say "Now:      dbeng.metrics(), dbeng.connections, dbeng.blocking, dbeng.long_running"
    say "Before:   dbeng.table_activity(), dbeng.query_activity(), SELECT dbeng.report();"
    [ ! -s "$home/report.html" ] || say "Report:   $home/report.html, in a browser"
    say "Stop:     make demo-stop"
    if [ -n "$started" ]; then
        say "demo: ready in $((($(now_ms) - started) / 1000)) s"
    fi
}

find_installation() {
    local own major
    own=$(command -v "${PG_CONFIG:-pg_config}") || die "${PG_CONFIG:-pg_config} not found: install PostgreSQL with its server-dev package"
    if [ ! -e "$("$own" --sharedir)/extension/dbeng.control" ]; then
        major=$("$own" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
        [ ! -x "$build/pg$major/usr/lib/postgresql/$major/bin/pg_config" ] || own=$build/pg$major/usr/lib/postgresql/$major/bin/pg_config
    fi
    pg_version=$("$own" --version)
    source=$("$own" --bindir)
    libdir=$("$own" --pkglibdir)
    extdir=$("$own" --sharedir)/extension
    bindir=$source
    [ -e "$extdir/dbeng.control" ] || die "dbeng is not installed in $extdir: use make demo, which does that"
    [ -e "$extdir/pg_stat_statements.control" ] || die "pg_stat_statements is not in $extdir: install PostgreSQL's contrib package"
    [ -x "$bindir/pgbench" ] || die "pgbench is not in $bindir: install PostgreSQL's contrib package"
}

# For a server user who cannot enter the build directory: its own copy of the installation
copy_installation() {
    local prefix
    case $source in
        */lib/postgresql/*/bin) prefix=${source%/lib/postgresql/*} ;;
        *) die "the user $server_user cannot run $source/postgres" ;;
    esac
    rm -rf -- "$home/pg"
    mkdir "$home/pg"
    chmod 755 "$home/pg"
    cp -rL "$prefix" "$home/pg/usr" 2>>"$log" || true
    bindir=$home/pg/usr/${source#"$prefix"/}
    as_server "$bindir/postgres" --version >/dev/null 2>&1 || die "the user $server_user cannot run $bindir/postgres"
}

# A demo that was finished before: start it if it is down, take up a new build, and show it
resume() {
    [ -s "$home/ready" ] && [ "$(cat "$home/version")" = "$pg_version $source" ] || return 1
    bindir=$(cat "$home/bindir")
    if [ "$(cat "$home/ready")" != "$(extension_sum)" ]; then
        say "demo: dbeng was built anew: restarting the server"
        rm -f "$home/ready"
        stop_server
        [ "$bindir" = "$source" ] || copy_installation
        start_server || return 1
        psql_as postgres -c 'DROP EXTENSION IF EXISTS dbeng CASCADE' >>"$log" 2>&1 || return 1
        create_extensions || return 1
        extension_sum >"$home/ready"
    elif ! server_pid >/dev/null; then
        start_server || return 1
    fi
    healthy || return 1
    say "demo: running"
    report ''
}

start() {
    local begun free_kb from
    begun=$(now_ms)
    find_installation
    if [ -e "$home" ] || [ -e "$build/demo.path" ]; then
        ! resume || return 0
        say "demo: removing an unfinished or outdated demo in $home"
        remove_home
    fi

    home=$build/demo
    bindir=$source
    mkdir -p "$home"
    if [ "$(id -u)" = 0 ]; then
        chown "$server_user" "$home"
        if ! as_server test -x "$home" 2>/dev/null || ! as_server "$bindir/postgres" --version >/dev/null 2>&1; then
            # that user cannot enter here: cluster and programs go where it can
            rm -rf -- "$home"
            home=$(mktemp -d /var/tmp/dbeng-demo.XXXXXX 2>/dev/null || mktemp -d /tmp/dbeng-demo.XXXXXX)
            printf '%s\n' "$home" >"$build/demo.path"
            chown "$server_user" "$home"
            say "demo: the user $server_user cannot enter $build: the demo lives in $home"
            use_home
            copy_installation
        fi
    fi
    chmod 700 "$home"
    rm -f "$home/socket"
    use_home
    : >"$log"
    printf '%s\n' "$bindir" >"$home/bindir"
    printf '%s\n' "$pg_version $source" >"$home/version"
    free_kb=$(df -Pk "$home" | awk 'NR == 2 { print $4 }')
    [ "${free_kb:-9999999}" -gt 2500000 ] || die "the demo needs 2.5 GB of disk below $home, $((free_kb / 1024)) MB are free"
    if [ $((${#home} + 5)) -gt 90 ]; then
        run=$(mktemp -d /tmp/dbeng-demo.XXXXXX)
        printf '%s\n' "$run" >"$home/socket"
    else
        mkdir -p "$run"
    fi
    chmod 700 "$run"
    [ "$(id -u)" != 0 ] || chown "$server_user" "$run"

    phase "cluster ($(printf %s "$pg_version" | cut -d' ' -f1,2))"
    as_server "$bindir/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync </dev/null >>"$log" 2>&1 \
        || as_server "$bindir/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C --no-sync </dev/null >>"$log" 2>&1 || failed
    cat >>"$data/postgresql.conf" <<CONF

# the demo
cluster_name = 'dbeng demo'
listen_addresses = ''
port = $port
unix_socket_directories = '$run'
unix_socket_permissions = 0700
shared_preload_libraries = 'pg_stat_statements,dbeng'
shared_buffers = 256MB
effective_cache_size = 1GB
max_wal_size = 3GB
max_prepared_transactions = 5
track_io_timing = on
dbeng.databases = '$db'
dbeng.snapshot_interval = 10s
log_min_duration_statement = 1s
log_line_prefix = '%m [%p] %q%u@%d '
lc_messages = 'C'
include_if_exists 'load.conf'
CONF
    cat >"$data/pg_hba.conf" <<HBA
# the socket lies in a directory that only its owner can enter
local   all   all                  trust
# there is no TCP here (listen_addresses is empty); these are the lines of a server that grew
host    all   all   0.0.0.0/0      scram-sha-256
host    shop  all   10.0.0.0/8     md5
HBA
    # while the rows go in, a crash costs nothing
    cat >"$data/load.conf" <<LOAD
fsync = off
full_page_writes = off
autovacuum = off
checkpoint_timeout = 1h
max_wal_size = 8GB
log_min_duration_statement = -1
LOAD
    [ "$(id -u)" != 0 ] || chown "$server_user" "$data/load.conf"
    start_server || failed
    "$bindir/createdb" -h "$run" -p "$port" -U postgres -T template0 "$db" >>"$log" 2>&1 || failed
    done_phase

    phase "schema (35 tables in 4 schemas)"
    psql_as postgres -f "$here/schema.sql" >>"$log" 2>&1 || failed
    done_phase

    phase "data (4.7 million rows, then keys and indexes)"
    psql_as postgres -f "$here/data.sql" >>"$log" 2>&1 || failed
    done_phase

    phase "extensions (pg_stat_statements, dbeng)"
    create_extensions || failed
    # a workload of seconds, looked at closely
    printf 'dbeng.snapshot_interval = 1s\ndbeng.wait_sample_interval = 100ms\n' >"$data/load.conf"
    psql_as postgres -c CHECKPOINT -c 'SELECT pg_reload_conf()' >>"$log" 2>&1 || failed
    # the figures shall tell of the work to come, not of the load
    psql_as postgres -c 'SELECT pg_stat_statements_reset()' -c "SELECT pg_stat_reset_shared('bgwriter')" \
        -c "SELECT pg_stat_reset_shared('checkpointer') WHERE current_setting('server_version_num')::int >= 170000" >>"$log" 2>&1 || failed
    done_phase

    phase "drift (what hurried deploys left behind)"
    psql_as postgres -f "$here/drift.sql" >>"$log" 2>&1 || failed
    done_phase

    phase "workload (12,000 transactions, then the slow ones)"
    from=$(psql_as postgres -At -c 'SELECT dbeng.snapshot()' -c 'SELECT clock_timestamp()' | tail -n 1) || failed
    score_recorded 1 || failed
    BINDIR=$bindir PGHOST=$run PGPORT=$port PGDATABASE=$db "$here/workload.sh" >>"$log" 2>&1 || failed
    score_recorded 2 || failed
    psql_as postgres -At -c 'SELECT dbeng.snapshot()' >>"$log" 2>&1 || failed
    psql_as postgres -At -o "$home/report.html" -c "SELECT dbeng.report('$from', now(), 'html')" 2>>"$log" || failed
    rm -f "$data/load.conf"
    psql_as postgres -At -c 'SELECT pg_reload_conf()' >>"$log" 2>&1 || failed
    done_phase

    extension_sum >"$home/ready"
    report "$begun"
}

stop() {
    if [ ! -e "$home" ] && [ ! -e "$build/demo.path" ]; then
        say "demo: none in $build"
        return
    fi
    remove_home
    log=
    say "demo: stopped and removed"
}

action=${1:-start}
case $action in
    start|stop) ;;
    *) say "usage: $0 [start | stop]" >&2; exit 2 ;;
esac
if [ -e "$home" ] && [ ! -x "$home" ]; then
    die "the demo in $home belongs to the user $(stat -c %U "$home"): run this as root or as that user"
fi
exec 9>"$build/demo.lock"
flock -n 9 || die "another make demo is at work in $build"
"$action"
