-- schedule(), unschedule(), run_now() and what they refuse. Whether workers run is not looked at here: test/tap has that.
SET client_min_messages = warning;
SET timezone = 'UTC';
\set VERBOSITY default

-- A job is kept as it was scheduled: the role, the search_path.
CREATE ROLE jobs_owner;
CREATE ROLE jobs_member IN ROLE jobs_owner;
CREATE ROLE jobs_stranger;
GRANT EXECUTE ON FUNCTION dbeng.schedule TO jobs_owner;
SET ROLE jobs_owner;
SET search_path = app, public;
SELECT dbeng.schedule('nightly vacuum', '1 day', 'VACUUM; ANALYZE', at => '03:30') > 0 AS scheduled;
SELECT dbeng.schedule('refresh', '5 minutes', 'REFRESH MATERIALIZED VIEW CONCURRENTLY m') > 0 AS scheduled;
RESET search_path;
SELECT job, kind, every, at, role, command, search_path, enabled, failures, last_run, last_status, last_error,
	next_run > now() AS in_future, CASE job WHEN 'refresh' THEN extract(epoch FROM next_run)::bigint % 300 END AS aligned
  FROM dbeng.jobs ORDER BY job;
SELECT a.job_id < b.job_id AS numbered FROM dbeng.jobs a, dbeng.jobs b WHERE a.job = 'nightly vacuum' AND b.job = 'refresh';

-- Others don't see it, nor touch it.
SET ROLE jobs_stranger;
SELECT count(*) FROM dbeng.jobs;
SELECT count(*) FROM dbeng.job_runs;
SELECT dbeng.schedule('x', '1 day', 'SELECT 1');
SELECT dbeng.unschedule('refresh');
SELECT dbeng.run_now('refresh');
SELECT dbeng.run_now('retention');
SELECT * FROM dbeng.workers;
SELECT dbeng.start_workers();
SELECT count(*) FROM dbeng.job;
INSERT INTO dbeng.job (job, role, every, command, search_path) VALUES ('x', 'jobs_owner', '1 s', 'SELECT 1', '');

-- A member of the role may; run_now() is seen as a request.
SET ROLE jobs_member;
SELECT dbeng.run_now('refresh');
RESET ROLE;
SELECT job, requested_at IS NOT NULL AS requested FROM dbeng.job_state WHERE job IN ('refresh', 'nightly vacuum') ORDER BY job;
SET ROLE jobs_member;
SELECT dbeng.unschedule('refresh');
RESET ROLE;
SELECT job, kind FROM dbeng.jobs WHERE kind = 'user' OR job = 'retention' ORDER BY job;

-- One statement can schedule and run; a transaction takes it back.
BEGIN;
SELECT dbeng.schedule('in a transaction', '1 hour', 'SELECT 1') > 0 AS scheduled, dbeng.run_now('in a transaction');
ROLLBACK;
SELECT count(*) FROM dbeng.jobs WHERE job = 'in a transaction';

-- Refused.
SELECT dbeng.schedule(NULL, '1 day', 'SELECT 1');
SELECT dbeng.schedule(' ', '1 day', 'SELECT 1');
SELECT dbeng.schedule(repeat('x', 64), '1 day', 'SELECT 1');
SELECT dbeng.schedule('retention', '1 day', 'SELECT 1');
SELECT dbeng.schedule('nightly vacuum', '1 day', 'SELECT 1');
SELECT dbeng.schedule('twice', '1 day', 'SELECT 1'), dbeng.schedule('twice', '1 day', 'SELECT 1');
SELECT dbeng.schedule('x', NULL, 'SELECT 1');
SELECT dbeng.schedule('x', '0', 'SELECT 1');
SELECT dbeng.schedule('x', '999 ms', 'SELECT 1');
SELECT dbeng.schedule('x', '-1 day', 'SELECT 1');
SELECT dbeng.schedule('x', '1 day -1 hour', 'SELECT 1');
SELECT dbeng.schedule('x', '200 years', 'SELECT 1');
SELECT dbeng.schedule('x', '1 month 1 day', 'SELECT 1');
SELECT dbeng.schedule('x', '5 minutes', 'SELECT 1', '03:00');
SELECT dbeng.schedule('x', '1 day', NULL);
SELECT dbeng.schedule('x', '1 day', ' ; -- nothing');
SELECT dbeng.schedule('x', '1 day', 'SELECT 1;
SELEC 2');
SELECT dbeng.schedule('x', '1 day', 'COPY t FROM STDIN');
SELECT dbeng.schedule('x', '1 day', 'COPY t TO STDOUT');
SELECT dbeng.unschedule(NULL);
SELECT dbeng.unschedule('no such job');
SELECT dbeng.unschedule('retention');
SELECT dbeng.run_now(NULL);
SELECT dbeng.run_now('no such job');
BEGIN READ ONLY;
SELECT dbeng.schedule('x', '1 day', 'SELECT 1');
ROLLBACK;
BEGIN READ ONLY;
SELECT dbeng.unschedule('nightly vacuum');
ROLLBACK;
BEGIN READ ONLY;
SELECT dbeng.run_now('nightly vacuum');
ROLLBACK;
SELECT count(*) FROM dbeng.jobs WHERE kind = 'user';

-- When a job is due: every, at, scheduled at, and the time after which.
CREATE FUNCTION due(every interval, at time, since timestamptz, after timestamptz, times int DEFAULT 3) RETURNS SETOF timestamptz LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1 .. times LOOP
		after := dbeng._next_run(every, at, since, after);
		RETURN NEXT after;
	END LOOP;
END$$;
SELECT due('60 s', NULL, '2026-01-01 12:34:56', '2026-01-01 12:34:56.789');
SELECT due('1 hour', NULL, '2026-01-01 12:34:56', '2026-01-01 13:00', 2);
SELECT due('7 minutes', NULL, '2026-01-01', '1970-01-01 00:00:01', 2);
SELECT due('1 day 12:00', NULL, '2026-01-01', '2026-01-01', 2);
SELECT due('1 day', '03:30', '2026-01-01 12:00', '2026-01-01 12:00', 2);
SELECT due('1 day', '03:30', '2026-01-01 02:00', '2026-01-01 02:00', 1);
SELECT due('7 days', NULL, '2026-01-01 12:00', '2026-03-01', 2);
SELECT due('1 month', '04:00', '2026-01-15', '2026-01-15', 2);
SELECT due('3 months', NULL, '2026-02-15', '2026-12-31 23:00', 2);
SELECT due('1 year', NULL, '2026-02-15', '2026-02-15', 2);
-- One run on a day of 23 hours and on one of 25, in the time zone of the server.
SET timezone = 'Europe/Berlin';
SELECT due('1 day', '02:30', '2026-03-01', '2026-03-28 00:00', 3);
SELECT due('1 day', '02:30', '2026-03-01', '2026-10-24 00:00', 3);
SET timezone = 'UTC';
-- What nobody can have scheduled is never due.
SELECT dbeng._next_run('0', NULL, now(), now()) IS NULL, dbeng._next_run('-1 day', NULL, now(), now()) IS NULL,
	dbeng._next_run('1000 years', NULL, now(), now()) IS NULL, dbeng._next_run('1 day', NULL, 'infinity', now()) IS NULL;
DROP FUNCTION due;

SELECT dbeng.unschedule('nightly vacuum');
REVOKE EXECUTE ON FUNCTION dbeng.schedule FROM jobs_owner;
DROP ROLE jobs_member, jobs_owner, jobs_stranger;
SELECT count(*) FROM dbeng.job_state s WHERE NOT EXISTS (SELECT FROM dbeng.jobs j WHERE j.job = s.job);
