-- firing: failed, failed again and again, not looked after
SET client_min_messages = warning;
CREATE TABLE failed (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('failed', '1000');
CREATE TABLE "Failed Often" (at timestamptz) PARTITION BY RANGE (at);
SELECT dbeng.manage_partitions('"Failed Often"', '1 day');
CREATE TABLE forgotten (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('forgotten', '1000');
UPDATE dbeng.partition_state SET last_error = 'permission denied for schema public', failures = 1 WHERE parent = 'failed'::regclass;
UPDATE dbeng.partition_state SET last_error = 'canceling statement due to lock timeout', failures = 12 WHERE parent = '"Failed Often"'::regclass;
UPDATE dbeng.partition_state SET next_due = now() - interval '5 hours 1 minute' WHERE parent = 'forgotten'::regclass;
CREATE TABLE unknown (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('unknown', '1000');
DELETE FROM dbeng.partition_state WHERE parent = 'unknown'::regclass;
-- expect: public.unknown | its partitions have never been looked after, and no worker knows of it
-- expect: public.failed | maintenance of its partitions failed: permission denied for schema public
-- expect: public."Failed Often" | maintenance of its partitions failed, 12 times in a row: canceling
-- expect: public.forgotten | its partitions should have been looked after 5 hours ago: no worker comes to it

-- silent
SET client_min_messages = warning;
CREATE TABLE well (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('well', '1000');
UPDATE dbeng.partition_state SET next_due = now() - interval '1 hour' WHERE parent = 'well'::regclass;
CREATE TABLE left_alone (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('left_alone', '1000');
UPDATE dbeng.partition_state SET last_error = 'out of order' WHERE parent = 'left_alone'::regclass;
SELECT dbeng.unmanage_partitions('left_alone');
