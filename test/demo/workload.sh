#!/bin/sh
# The demo's workload: a fixed number of transactions through pgbench, as the application's role.
# Connection through PGHOST, PGPORT and PGDATABASE; BINDIR says where pgbench is (default: the PATH).
set -eu
here=$(cd "$(dirname "$0")" && pwd)/workload
pgbench=${BINDIR:+$BINDIR/}pgbench
export PGUSER="${PGUSER:-shop_app}"

run() { "$pgbench" --no-vacuum --random-seed=20 "$@" "${PGDATABASE:-shop}"; }

# short transactions: 4 connections, 3,000 each
run --client=4 --jobs=2 --transactions=3000 \
    -f "$here/lookup.sql@27" -f "$here/n_plus_one.sql@14" -f "$here/select_star.sql@12" \
    -f "$here/place_order.sql@12" -f "$here/event.sql@10" -f "$here/cart.sql@9" \
    -f "$here/rollback.sql@14" -f "$here/account.sql@8" -f "$here/reviews.sql@4" -f "$here/email.sql@1"
# the slow ones: 2 connections
run --client=2 --jobs=2 --transactions=8 -f "$here/heavy.sql"
run --client=2 --jobs=2 --transactions=3 -f "$here/report.sql"
