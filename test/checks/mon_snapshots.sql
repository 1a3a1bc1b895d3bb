-- firing: expected, and too old; another session keeps the worker from taking any
-- threshold: {"intervals": 0, "seconds": 0}
-- setting: dbeng.enabled = on
-- before check: BEGIN; SELECT dbeng.snapshot(); SELECT pg_sleep(1.5)
CREATE TABLE t (id int);
-- expect: snapshots | ^(no snapshot was ever taken|the last snapshot is .* old), expected every 1 minute; this database's worker: (starting|idle|running|there is none)

-- firing: dbeng is not preloaded
-- setting: shared_preload_libraries = 'pg_stat_statements'
-- setting: dbeng.enabled = on
CREATE TABLE t (id int);
-- expect: snapshots | ^no snapshot was ever taken: dbeng is not in shared_preload_libraries

-- firing: not preloaded, and nobody takes them by hand any more
-- setting: shared_preload_libraries = 'pg_stat_statements'
-- setting: dbeng.enabled = on
SELECT dbeng.snapshot();
CREATE TABLE dbeng.past PARTITION OF dbeng.snapshot FOR VALUES FROM (MINVALUE) TO (date_trunc('day', now(), 'UTC'));
UPDATE dbeng.snapshot SET taken_at = now() - interval '3 days';
-- expect: snapshots | ^the last snapshot is 3 days old: dbeng is not in shared_preload_libraries

-- silent: they are taken
-- setting: dbeng.enabled = on
SELECT dbeng.snapshot();

-- silent: somebody takes them by hand
-- setting: shared_preload_libraries = 'pg_stat_statements'
-- setting: dbeng.enabled = on
SELECT dbeng.snapshot();

-- silent: dbeng has just come into the database
-- setting: dbeng.enabled = on
-- setting: dbeng.snapshot_interval = '1h'
CREATE TABLE t (id int);

-- silent: switched off
-- status: not applicable
CREATE TABLE t (id int);

-- silent: no interval
-- setting: dbeng.enabled = on
-- setting: dbeng.snapshot_interval = 0
-- status: not applicable
CREATE TABLE t (id int);

-- silent: another database is looked after
-- setting: dbeng.enabled = on
-- setting: dbeng.databases = 'fx_other'
-- status: not applicable
CREATE TABLE t (id int);
