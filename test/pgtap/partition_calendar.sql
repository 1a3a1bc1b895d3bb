-- Where partitions begin and end: in every time zone as the server's own arithmetic has it, without a gap, whoever asks, and
-- whatever the key holds.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
SET LOCAL jit = off;

-- NULL, or what is wrong with the cells of one zone and step: compared with what timestamptz + interval gives in a session of that zone.
CREATE FUNCTION pg_temp.trouble(zone text, step interval, from_key date, to_key date, anchor date DEFAULT '2000-01-01') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	got timestamptz[];
	broken bigint;
	expected timestamptz[];
	days numeric := extract(epoch FROM step) / 86400;
BEGIN
	PERFORM set_config('TimeZone', zone, true);
	WITH cells AS (SELECT lower::timestamptz AS l, upper::timestamptz AS u, ordinality AS i
			FROM dbeng.partition_calendar(step::text, from_key::text, to_key::text, zone) WITH ORDINALITY)
	SELECT array_agg(l ORDER BY i) || max(u), count(*) FILTER (WHERE l >= u OR l <> before)
	INTO got, broken FROM (SELECT *, lag(u) OVER (ORDER BY i) AS before FROM cells) c;
	IF broken > 0 OR got IS NULL THEN
		RETURN format('%s, %s: %s cells do not follow one another', zone, step, coalesce(broken::text, 'no'));
	END IF;
	IF NOT (got[1] <= from_key::timestamptz AND got[cardinality(got)] > to_key::timestamptz AND got[cardinality(got) - 1] <= to_key::timestamptz) THEN
		RETURN format('%s, %s: from %s to %s is not from %s to %s', zone, step, got[1], got[cardinality(got)], from_key, to_key);
	END IF;
	SELECT array_agg(DISTINCT b ORDER BY b) INTO expected
	FROM (SELECT anchor::timestamptz + n * step AS b
			FROM generate_series(floor((from_key - anchor - 2) / days)::int - 1, ceil((to_key - anchor + 2) / days)::int + 1) n) s
	WHERE b BETWEEN got[1] AND got[cardinality(got)];
	IF got <> expected THEN
		RETURN format('%s, %s: the server has %s of %s edges; first difference %s', zone, step, cardinality(expected), cardinality(got),
			(SELECT min(b) FROM (SELECT unnest(got) EXCEPT SELECT unnest(expected) UNION (SELECT unnest(expected) EXCEPT SELECT unnest(got))) d(b)));
	END IF;
	RETURN NULL;
END $$;

CREATE TEMP TABLE zones AS SELECT name FROM pg_timezone_names WHERE name !~ '^(posix|right)/' AND name <> 'localtime';
SELECT cmp_ok(count(*), '>', 300::bigint, 'the zones of this server') FROM zones;

-- Every zone; the whole time where cells are long, weeks in which clocks were put where they are short.
SELECT is_empty(format($$SELECT t FROM zones, pg_temp.trouble(name, %L, %L, %L, %L) t WHERE t IS NOT NULL$$, step, from_key, to_key, anchor),
	format('all zones, %s, %s to %s', step, from_key, to_key))
FROM (VALUES ('1 year', '1970-01-01', '2100-12-31', '2000-01-01'),
	('3 months', '1970-01-01', '2100-12-31', '2000-01-01'),
	('1 month', '1970-01-01', '2049-12-31', '2000-01-01'),
	('1 week', '1970-01-01', '1975-12-31', '2000-01-03'),
	('1 week', '2024-01-01', '2028-12-31', '2000-01-03'),
	('10 days', '1970-01-01', '1980-12-31', '2000-01-01'),
	('10 days', '2026-01-01', '2038-12-31', '2000-01-01'),
	('1 day', '1993-08-10', '1993-10-10', '2000-01-01'),
	('1 day', '2011-12-15', '2012-01-15', '2000-01-01'),
	('1 day', '2026-02-20', '2026-04-15', '2000-01-01'),
	('1 day', '2026-09-20', '2026-11-10', '2000-01-01'),
	('1 day', '2100-03-01', '2100-04-15', '2000-01-01'),
	('7 hours', '2026-10-20', '2026-11-03', '2000-01-01'),
	('1 hour', '2026-03-28', '2026-03-30', '2000-01-01'),
	('1 hour', '2026-10-24', '2026-10-26', '2000-01-01')) v(step, from_key, to_key, anchor);
-- Each day of 131 years where days were left out, came twice, or begin late.
SELECT is(pg_temp.trouble(zone, '1 day', '1970-01-01', '2100-12-31'), NULL, 'each day in ' || zone)
FROM unnest(ARRAY['Pacific/Apia', 'Pacific/Kwajalein', 'America/Havana', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Antarctica/Troll']) zone;
SET LOCAL TimeZone = 'UTC';

SELECT results_eq($$SELECT lower, upper, label FROM dbeng.partition_calendar('1 day', '2011-12-29', '2011-12-31', 'Pacific/Apia')$$,
	$$VALUES ('2011-12-29 00:00:00-10', '2011-12-31 00:00:00+14', '2011_12_29'), ('2011-12-31 00:00:00+14', '2012-01-01 00:00:00+14', '2011_12_31')$$,
	'a day that never was has no partition');
SELECT results_eq($$SELECT lower, upper FROM dbeng.partition_calendar('1 day', '2026-10-25', '2026-10-25', 'Europe/Berlin')$$,
	$$VALUES ('2026-10-25 00:00:00+02', '2026-10-26 00:00:00+01')$$, 'a day of 25 hours');
SELECT results_eq($$SELECT lower, upper FROM dbeng.partition_calendar('1 month', '2026-01-20', '2026-03-01', 'UTC', anchor => '2025-12-31')$$,
	$$VALUES ('2025-12-31 00:00:00+00', '2026-01-31 00:00:00+00'), ('2026-01-31 00:00:00+00', '2026-02-28 00:00:00+00'), ('2026-02-28 00:00:00+00', '2026-03-31 00:00:00+00')$$,
	'months from an anchor at the end of one are as long as they can be');
SELECT results_eq($$SELECT lower FROM dbeng.partition_calendar('1 week', '2026-11-24', '2026-11-24')$$, $$VALUES ('2026-11-23 00:00:00+00')$$, 'weeks begin on Mondays');
SELECT is((SELECT label FROM dbeng.partition_calendar(step, '2026-11-24 07:30', '2026-11-24 07:30')), label, 'called ' || label)
FROM (VALUES ('1 year', '2026'), ('1 month', '2026_11'), ('1 day', '2026_11_24'), ('1 hour', '2026_11_24_0700'), ('30 minutes', '2026_11_24_0730')) v(step, label);

-- Whoever asks.
CREATE FUNCTION pg_temp.seen_from(client text, style text, intervals text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('TimeZone', client, true), set_config('DateStyle', style, true), set_config('IntervalStyle', intervals, true);
	RETURN (SELECT md5(string_agg(c::text, '|' ORDER BY zone, step, encoding, ordinality))
		FROM unnest(ARRAY['UTC', 'Europe/Berlin', 'Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe']) zone,
			unnest(ARRAY['7 hours', '1 day', '10 days', '1 week', '1 month', '1 year']) step,
			unnest(ARRAY['date', 'timestamp', 'timestamptz', 'seconds', 'nanoseconds', 'snowflake', 'uuidv7', 'ulid']) encoding,
			dbeng.partition_calendar(step, '2011-12-20', '2012-01-10', zone, encoding) WITH ORDINALITY c
		WHERE encoding <> 'date' OR step <> '7 hours');
END $$;
SELECT is((SELECT count(DISTINCT pg_temp.seen_from(client, style, intervals)) FROM (VALUES ('UTC', 'ISO, MDY', 'postgres'), ('America/New_York', 'SQL, MDY', 'iso_8601'),
	('Asia/Kathmandu', 'German, DMY', 'postgres_verbose'), ('Pacific/Apia', 'Postgres, YMD', 'sql_standard'), ('Europe/Berlin', 'ISO, DMY', 'postgres')) v(client, style, intervals)),
	1::bigint, 'the same for clients of five zones and styles');
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';

-- What keys hold: the same times, in the order of the keys.
CREATE FUNCTION pg_temp.time_of(encoding text, key text) RETURNS timestamptz LANGUAGE sql AS $$
	SELECT to_timestamp(CASE encoding
		WHEN 'seconds' THEN key::numeric
		WHEN 'milliseconds' THEN key::numeric / 1000
		WHEN 'microseconds' THEN key::numeric / 1000000
		WHEN 'nanoseconds' THEN key::numeric / 1000000000
		WHEN 'snowflake' THEN ((key::bigint >> 22) + 1288834974657) / 1000.0
		WHEN 'uuidv7' THEN ('x' || substr(replace(key, '-', ''), 1, 12))::bit(48)::bigint / 1000.0
		WHEN 'ulid' THEN (SELECT sum((strpos('0123456789ABCDEFGHJKMNPQRSTVWXYZ', substr(key, i, 1)) - 1) * 32::numeric ^ (10 - i)) FROM generate_series(1, 10) i) / 1000
	END::numeric)
$$;
SELECT is_empty(format($$SELECT * FROM dbeng.partition_calendar('1 month', '2011-01-01', '2060-12-31', 'America/Sao_Paulo', %L)
	WHERE pg_temp.time_of(%1$L, lower_key) IS DISTINCT FROM lower::timestamptz OR pg_temp.time_of(%1$L, upper_key) IS DISTINCT FROM upper::timestamptz$$, encoding),
	encoding || ' tells the time it should')
FROM unnest(ARRAY['seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'snowflake', 'uuidv7', 'ulid']) encoding;
SELECT is((SELECT count(*) FROM (SELECT upper_key::bigint > lower_key::bigint AND (lag(upper_key) OVER ()) IS NOT DISTINCT FROM lower_key AS good
	FROM dbeng.partition_calendar('1 day', '2024-01-01', '2026-12-31', 'Europe/Berlin', 'snowflake', snowflake_epoch => '2015-01-01 00:00:00+00', snowflake_shift => 20) OFFSET 1) s WHERE NOT good),
	0::bigint, 'snowflakes of another epoch follow one another');
SELECT is((SELECT ((lower_key::bigint >> 20) + 1420070400000)::text FROM dbeng.partition_calendar('1 day', '2026-05-05', '2026-05-05', 'UTC', 'snowflake', '2015-01-01 00:00:00+00', 20)),
	(extract(epoch FROM timestamptz '2026-05-05 00:00:00+00') * 1000)::bigint::text, 'and tell their time');
SELECT results_eq($$SELECT lower_key, upper_key FROM dbeng.partition_calendar('1 month', '2026-01-01', '2026-02-01', 'Asia/Tokyo', 'date')$$,
	$$VALUES ('2026-01-01', '2026-02-01'), ('2026-02-01', '2026-03-01')$$, 'dates know no zone');
SELECT results_eq($$SELECT lower_key, upper_key FROM dbeng.partition_calendar('1 month', '2026-01-01', '2026-01-01', 'Asia/Tokyo', 'timestamp')$$,
	$$VALUES ('2026-01-01 00:00:00', '2026-02-01 00:00:00')$$, 'nor do timestamps');
SELECT results_eq($$SELECT lower_key, upper_key, label FROM dbeng.partition_calendar('1000', '-1001', '999', encoding => 'number')$$,
	$$VALUES ('-2000', '-1000', 'minus_2000'), ('-1000', '0', 'minus_1000'), ('0', '1000', '0')$$, 'numbers, negative ones too');
SELECT results_eq($$SELECT lower_key, upper_key FROM dbeng.partition_calendar('1000', '1', '1000', encoding => 'number', anchor => '1')$$, $$VALUES ('1', '1001')$$, 'numbers from 1');

-- The ends of what there is.
SELECT results_eq($$SELECT lower_key, upper_key FROM dbeng.partition_calendar('1000000000000', '9223372036854775807', '9223372036854775807', encoding => 'number')$$,
	$$VALUES ('9223372000000000000', NULL)$$, 'the last numbers');
SELECT results_eq($$SELECT lower_key, upper_key FROM dbeng.partition_calendar('1000000000000', '-9223372036854775808', '-9223372036854775808', encoding => 'number')$$,
	$$VALUES (NULL, '-9223372000000000000')$$, 'the first numbers');
SELECT results_eq($$SELECT lower, upper_key FROM dbeng.partition_calendar('1 year', '2262-01-01', '2300-01-01', 'UTC', 'nanoseconds')$$,
	$$VALUES ('2262-01-01 00:00:00+00', NULL::text)$$, 'the last nanoseconds');
SELECT results_eq($$SELECT lower_key, upper FROM dbeng.partition_calendar('1 month', '2010-11-20', '2010-11-20', 'UTC', 'snowflake')$$,
	$$VALUES (NULL::text, '2010-12-01 00:00:00+00')$$, 'the first snowflakes');
SELECT is_empty($$SELECT * FROM dbeng.partition_calendar('1 month', '2010-09-20', '2010-10-20', 'UTC', 'snowflake')$$, 'before them there is nothing');
SELECT results_eq($$SELECT lower, upper FROM dbeng.partition_calendar('1 century', '294276-01-01', '294276-12-31')$$ , $$VALUES ('294200-01-01 00:00:00+00', NULL::text)$$, 'the last times');
SELECT results_eq($$SELECT lower, upper FROM dbeng.partition_calendar('1 year', '0044-03-15 BC', '0044-03-15 BC')$$ ,
	$$VALUES ('0044-01-01 00:00:00+00 BC', '0043-01-01 00:00:00+00 BC')$$, 'times long ago');

-- What makes no calendar.
CREATE FUNCTION pg_temp.why(step text, zone text DEFAULT 'UTC', encoding text DEFAULT 'timestamptz', anchor text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	PERFORM dbeng.partition_calendar(step, '1', '1', zone, encoding, anchor => anchor);
	RETURN 'none';
EXCEPTION WHEN invalid_parameter_value THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN detail || ' / ' || hint;
END $$;
SELECT matches(pg_temp.why(step), detail, step || ' is no step') FROM (VALUES
	('1 month 1 day', 'no mixture'), ('-1 day', 'backwards'), ('0', 'of what'), ('0 days', 'no length'), ('200 years', 'century'), ('10 seconds', 'shorter than a minute'),
	('often', 'invalid input syntax for type interval: "often"'), ('1 day 2 hours', 'no mixture')) v(step, detail);
SELECT matches(pg_temp.why('1 hour', encoding => 'date'), 'a date knows no time of day', 'hours of dates');
SELECT matches(pg_temp.why('1 day', encoding => 'number'), 'how many to a partition', 'days of numbers');
SELECT matches(pg_temp.why('1 day', encoding => 'julian'), 'which is none', 'an encoding that is none');
SELECT matches(pg_temp.why('1 day', 'Europe/Berln'), 'no name of pg_timezone_names.*Europe/Berlin', 'a zone with a slip');
SELECT matches(pg_temp.why('1 day', 'berlin'), 'no name of pg_timezone_names.*Europe/Berlin', 'a city');
SELECT matches(pg_temp.why('1 day', zone), 'no name of pg_timezone_names', zone || ' is no zone') FROM unnest(ARRAY['UTC+3', '<+03>-3', 'FOO/BAR-3', 'localtime', 'EST5']) zone;
SELECT matches(pg_temp.why('1 day', zone, 'timestamptz', 'nonsense'), 'anchor', 'known as ' || zone) FROM unnest(ARRAY['europe/berlin', 'Etc/GMT+3', 'UTC']) zone;
-- Some servers have it among their old names only.
SELECT matches(pg_temp.why('1 day', name, 'timestamptz', 'nonsense'), 'anchor', 'known as ' || name) FROM pg_timezone_names WHERE name = 'EST5EDT';

SELECT * FROM finish();
ROLLBACK;
