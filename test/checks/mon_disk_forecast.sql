-- Each section has one real snapshot, set back, and 16 made by hand after it: bytes as src/snapshot/codec.hpp describes
-- them, the clock's (family 0) and the first disk's (family 12), whose free bytes fall by what the section says.

-- firing: half of it used up in two days, two are left
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(2 * round(1.0 / 32 * free_bytes) - 1))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;
DO $$ BEGIN ASSERT (SELECT severity FROM dbeng.findings() WHERE check_id = 'mon-disk-forecast') = 'warning'; END $$;
-- expect: data directory | ^full in (2 days|4\d hours) at .* more a day, as in the last (2 days|4\d hours|1 day): .* of .* are free$

-- firing: a fifth of it left after two days
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(2 * round(1.0 / 20 * free_bytes) - 1))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;
DO $$ BEGIN ASSERT (SELECT severity FROM dbeng.findings() WHERE check_id = 'mon-disk-forecast') = 'critical'; END $$;
-- expect: data directory | ^full in 12 hours at .* more a day, as in the last (2 days|4\d hours|1 day): .* of .* are free$

-- firing: a tenth of it used up in two days
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(2 * round(1.0 / 160 * free_bytes) - 1))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;
DO $$ BEGIN ASSERT (SELECT severity FROM dbeng.findings() WHERE check_id = 'mon-disk-forecast') = 'notice'; END $$;
-- expect: data directory | ^full in 18 days at .* more a day, as in the last (2 days|4\d hours|1 day): .* of .* are free$

-- silent: more than a month is left
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(2 * round(1.0 / 1000 * free_bytes) - 1))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;

-- silent: it becomes emptier
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(2 * round(1.0 / 1000 * free_bytes)))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;

-- silent: it stays as it is
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(0))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;

-- silent: loaded once
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '2 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '2 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '2 days' + n * interval '3 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(CASE WHEN n = 9 THEN 2 * round(0.5 * free_bytes) - 1 ELSE 0 END))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;

-- silent: watched for too short a time
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '16 hours';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '16 hours';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '16 hours' + n * interval '1 hour', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(3600000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(0))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;
-- status: unknown: the disks have been watched for 1\d hours, it takes 24 hours to see a trend

-- silent: no snapshots any more
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '5 days';
UPDATE dbeng.snapshot_progress SET state_time = now() - interval '5 days';
CREATE FUNCTION pg_temp.number(n numeric) RETURNS bytea LANGUAGE sql AS
$$SELECT set_byte('\x00', 0, mod(n, 128)::int + CASE WHEN n >= 128 THEN 128 ELSE 0 END) || CASE WHEN n >= 128 THEN pg_temp.number(div(n, 128)) ELSE '' END$$;
CREATE FUNCTION pg_temp.part(family int, data bytea) RETURNS bytea LANGUAGE sql AS
$$SELECT pg_temp.number(family) || pg_temp.number(length(data)) || data$$;
INSERT INTO dbeng.snapshot (snapshot_id, taken_at, duration_us, relations, statements, stored_bytes, epoch, changes)
SELECT 1 + n, now() - interval '5 days' + n * interval '4 hours', 1, 1, 1, 1, 1,
	pg_temp.part(0, '\x010c' || pg_temp.number(10800000000) || '\x01') || pg_temp.part(12, '\x0108' || pg_temp.number(0))
  FROM generate_series(1, 16) n, (SELECT free_bytes FROM dbeng.disk_forecast() WHERE object = 'disk of data directory') d;
-- status: unknown: the last snapshot is 2 days old

-- silent: no snapshots
-- status: unknown: there are no snapshots of the last week
CREATE TABLE t (id int);
