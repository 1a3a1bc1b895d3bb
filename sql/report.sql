-- The report on known data (test/report/data.sql), in a transaction that is rolled back.
\pset format unaligned
\pset tuples_only on
SET client_encoding = 'UTF8';
SET TimeZone = 'UTC';
\getenv abs_srcdir PG_ABS_SRCDIR
\set data :abs_srcdir '/test/report/data.sql'
BEGIN;
\set ECHO none
\i :data
\set ECHO all

-- What differs from server to server and day to day is left out.
CREATE FUNCTION pg_temp.lasting(report text) RETURNS text LANGUAGE sql AS $$
	SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(report, 'PostgreSQL [^,]*, dbeng [0-9.]+', 'PostgreSQL, dbeng'),
		'[0-9]{4}-[0-9-]{5} [0-9:]{5}, all times', '(now), all times'), 'full on [0-9-]{10}( at this rate, in 5[23] days)', 'full on (day) at this rate, in 52 days'), '[0-9]{4}-[0-9-]{5}( \|)?  ?(53|52) days', '(the day) \1 52 days') $$;

SELECT pg_temp.lasting(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00'));
SELECT pg_temp.lasting(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00', 'markdown'));

-- Of two intervals, the second half as long: the head and two tables.
SELECT substring(pg_temp.lasting(report), '^.*?\nHealth\n'), substring(report, 'By growth\n.*?\n\n'), substring(report, 'Counters\n.*?\n\n')
FROM dbeng.report_difference('2026-03-01 06:00+00', '2026-03-01 18:00+00', '2026-03-02 12:00+00', '2026-03-02 18:00+00') report;

-- Nothing to compare with; all there is; one snapshot; wherever the session lives.
SELECT substring(dbeng.report('2026-03-01 00:00+00', '2026-03-01 06:00+00'), 'changes.*?\n') AS nothing_before;
SELECT substring(dbeng.report('-infinity', 'infinity'), 'interval.*?\n') AS everything;
SELECT substring(dbeng.report('2026-03-01 12:00:00+00', '2026-03-01 12:00:30+00'), 'snapshots .*?\n') AS one_snapshot;
SET TimeZone = 'Asia/Kolkata';
SELECT substring(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00'), 'interval.*?\n') AS elsewhere;
SET DateStyle = 'German, DMY';
SELECT substring(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00'), 'interval.*?\n') AS otherwise_written;
RESET DateStyle;
SET TimeZone = 'UTC';

-- No line is too long for mail, and nothing in it moves a terminal's cursor; a row of Markdown has the cells of its table.
SELECT max(length(line)) <= 100 AS fits, bool_or(line ~ '[\x01-\x1f\x7f-\x9f\u202e\u200b]') AS moves
FROM regexp_split_to_table(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00'), '\n') line;
SELECT bool_or(line ~ '[<>]') AS markup, count(DISTINCT cells) FILTER (WHERE cells > 1) > 3 AS tables,
	bool_or(cells > 1 AND before > 1 AND cells <> before) AS torn
FROM (SELECT line, cells, lag(cells) OVER (ORDER BY place) AS before
	FROM regexp_split_to_table(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00', 'markdown'), '\n') WITH ORDINALITY l(line, place),
		LATERAL (SELECT CASE WHEN line LIKE '|%' THEN length(line) - length(replace(line, '|', '')) ELSE 0 END) c(cells)) rows;

-- A section whose source is missing or fails says so, and the others stay.
SAVEPOINT whole;
DROP FUNCTION dbeng.server_activity(timestamptz, timestamptz);
CREATE OR REPLACE FUNCTION dbeng.setting_changes(from_at timestamptz DEFAULT now() - interval '1 day', to_at timestamptz DEFAULT now())
RETURNS TABLE (changed_at timestamptz, setting text, old_value text, new_value text, source text) STABLE LANGUAGE sql AS $$
	SELECT now(), 1 / (extract(epoch FROM to_at) - extract(epoch FROM to_at))::int || '', '', '', '' $$;
SELECT regexp_matches(dbeng.report('2026-03-02 00:00+00', '2026-03-03 00:00+00'), '(?n)^Not available.*$', 'g') AS missing;
ROLLBACK TO whole;

-- Errors.
CREATE FUNCTION pg_temp.refused(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN NEXT SQLSTATE || ': ' || SQLERRM;
	RETURN NEXT '  ' || detail;
	RETURN NEXT '  ' || hint;
END $$;
SELECT pg_temp.refused($$SELECT dbeng.report(NULL)$$);
SELECT pg_temp.refused($$SELECT dbeng.report(to_at => NULL)$$);
SELECT pg_temp.refused($$SELECT dbeng.report('2026-03-02 00:00+00', '2026-03-01 00:00+00')$$);
SELECT pg_temp.refused($$SELECT dbeng.report('2026-03-02 00:00+00', '2026-03-02 00:00+00')$$);
SELECT pg_temp.refused($$SELECT dbeng.report('2025-03-02 00:00+00', '2025-03-03 00:00+00')$$);
SELECT pg_temp.refused($$SELECT dbeng.report(format => 'pdf')$$);
SELECT pg_temp.refused($$SELECT dbeng.report(format => NULL)$$);
SELECT pg_temp.refused($$SELECT dbeng.report_difference('2026-03-01 00:00+00', '2026-03-02 00:00+00', '2026-03-03 00:00+00', '2026-03-02 00:00+00')$$);
SELECT pg_temp.refused($$SELECT dbeng.report_difference(NULL, '2026-03-02 00:00+00', '2026-03-03 00:00+00', '2026-03-02 00:00+00')$$);
DELETE FROM dbeng.known_snapshot;
SELECT regexp_replace(line, 'database "[^"]*"', 'database (this)') FROM pg_temp.refused($$SELECT dbeng.report()$$) line;
ROLLBACK;
