#!/bin/bash
# valgrind.sh: what dbeng reads and judges, under valgrind, in a single-user server. Last line: N passed, N failed.
set -u
. "$(dirname "$0")/lib.sh"
test/harness/packages.sh build test valgrind && install_server && start_server || { echo "0 passed, 1 failed"; exit 1; }

# A database with something to find: what the fixtures make, as far as it needs nothing but SQL.
createdb valgrind && psql -qXd valgrind -c 'CREATE EXTENSION dbeng' -c 'CREATE EXTENSION pg_stat_statements' || die "no database"
for fixture in test/checks/*.sql; do
	name=$(basename "$fixture" .sql)
	psql -qXd valgrind -c "CREATE SCHEMA v_$name" >/dev/null
	PGOPTIONS="-c search_path=v_$name,public -c lock_timeout=1s -c statement_timeout=5s" psql -qXd valgrind -f "$fixture" >/dev/null 2>&1
done
stop_server
: >"$work/data/postgresql.auto.conf"

cat >"$work/script" <<'END'
SET dbeng.max_findings = 0;
SELECT count(*) FROM dbeng.health();
SELECT count(*) FROM dbeng.findings();
SELECT count(*) FROM dbeng.check_results;
SELECT count(*) FROM dbeng.checks;
SELECT count(*) FROM dbeng.help();
SELECT dbeng.configure_check(check_id, enabled => true) FROM dbeng.checks;
SELECT count(*) FROM dbeng.findings();
SELECT dbeng.health() FROM pg_class LIMIT 1;
END
sed -i '/^--/d' "$work/script"
as valgrind --quiet --error-exitcode=99 --suppressions=test/harness/valgrind.supp --num-callers=25 --log-file="$work/tmp/valgrind.log" \
	"$bin/postgres" --single -D "$work/data" valgrind <"$work/script" >"$work/out" 2>&1
status=$?
answers=$(grep -c 'count = "[1-9]' "$work/out")
if [ "$status" = 0 ] && [ ! -s "$work/tmp/valgrind.log" ] && [ "$answers" -ge 6 ] && ! grep -q 'ERROR:' "$work/out"; then
	echo "1 passed, 0 failed"
	exit 0
fi
grep -E 'ERROR:|FATAL:' "$work/out" | head
head -100 "$work/tmp/valgrind.log"
echo "exit status $status, $answers answers"
echo "0 passed, 1 failed"
exit 1
