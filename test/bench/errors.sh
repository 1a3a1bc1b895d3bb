#!/bin/bash
# errors.sh: what a backend's private memory grows by over a million errors.
#
# Errors jump over C++ frames: whatever a frame owned outside the server's memory contexts would be lost for the life of
# the backend. Bad arguments end a call at its start, cancels end it in the middle of the pass and of the checks.
set -eu
errors=${BENCH_ERRORS:-1000000}
out=$(mktemp -d)
createdb errors
psql -qX -d errors -c 'CREATE EXTENSION dbeng' -c 'CREATE TABLE t (a int, b int); CREATE INDEX ON t (a); CREATE INDEX ON t (a)'
psql -qX -d errors <<-'SQL'
	CREATE PROCEDURE fail(times int) LANGUAGE plpgsql AS $$
	BEGIN
		FOR i IN 1 .. times LOOP
			BEGIN
				CASE i % 5
					WHEN 0 THEN PERFORM dbeng.configure_check('no-such-check');
					WHEN 1 THEN PERFORM dbeng.configure_check('sch-no-primary-key', severity => 'fatal');
					WHEN 2 THEN PERFORM dbeng.configure_check('idx-unused', thresholds => '{"days": "many"}');
					WHEN 3 THEN PERFORM * FROM dbeng.findings('no such dimension');
					ELSE PERFORM dbeng.attest('no-such-check', 'me', now() + interval '1 day');
				END CASE;
				RAISE 'the call did not fail';
			EXCEPTION WHEN invalid_parameter_value THEN NULL;
			END;
		END LOOP;
	END $$;
SQL
mkfifo "$out/in"
psql -qXAt -d errors <"$out/in" >"$out/out" 2>/dev/null &
exec 9>"$out/in"
answer() { # SQL: sends it, waits for its one line
	local lines
	lines=$(wc -l <"$out/out")
	echo "$1" >&9
	until [ "$(wc -l <"$out/out")" -gt "$lines" ]; do sleep 0.02; done
	tail -1 "$out/out"
}
pid=$(answer 'SELECT pg_backend_pid();')
private() { awk '/RssAnon/ {print $2}' "/proc/$pid/status"; }
cancels() { # how many: a timeout somewhere inside health()
	local i
	for i in $(seq "$1"); do echo "SET statement_timeout = '$((1 + i % 4))ms'; SELECT count(*) FROM dbeng.health(), generate_series(1, 5); RESET statement_timeout;"; done >&9
	answer "SELECT 'cancelled';" >/dev/null
}

# The first tenth warms caches up; growth is what the rest adds.
answer "CALL fail($((errors / 10))); SELECT 'done';" >/dev/null
cancels 100
before=$(private)
answer "CALL fail($((errors - errors / 10))); SELECT 'done';" >/dev/null
cancels 1000
echo "$errors errors and 1,100 cancelled calls: private memory grew by $(($(private) - before)) kB over the last nine tenths"
exec 9>&-
wait
rm -rf "$out"
