-- The fixtures' server has workers switched off.

-- firing: the server has no slot
-- setting: dbeng.enabled = on
-- setting: max_worker_processes = 1
-- setting: max_logical_replication_workers = 0
DO $$BEGIN
	FOR i IN 1 .. 100 LOOP
		EXIT WHEN EXISTS (SELECT FROM dbeng.workers WHERE database = 'fx' AND state = 'waiting for a slot');
		PERFORM pg_sleep(0.1);
	END LOOP;
END$$;
-- expect: dbeng worker | waits for a process: all 1 of max_worker_processes are taken

-- firing: another database has what dbeng.max_workers allows
-- setting: dbeng.enabled = on
-- setting: dbeng.max_workers = 2
-- setting: dbeng.databases = 'fx_other'
CREATE DATABASE fx_other TEMPLATE dbeng_fixture;
DO $$BEGIN
	FOR i IN 1 .. 100 LOOP
		EXIT WHEN EXISTS (SELECT FROM dbeng.workers WHERE database = 'fx_other' AND state = 'idle');
		PERFORM pg_sleep(0.1);
	END LOOP;
END$$;
ALTER SYSTEM SET dbeng.databases = 'fx, fx_other';
SELECT pg_reload_conf();
DO $$BEGIN
	FOR i IN 1 .. 100 LOOP
		EXIT WHEN EXISTS (SELECT FROM dbeng.workers WHERE database = 'fx' AND state = 'waiting for a slot');
		PERFORM pg_sleep(0.1);
	END LOOP;
END$$;
-- expect: dbeng worker | waits for a process: dbeng.max_workers is 2
-- fix: partial the launcher looks at it again a few seconds later

-- silent
-- setting: dbeng.enabled = on
DO $$BEGIN
	FOR i IN 1 .. 100 LOOP
		EXIT WHEN EXISTS (SELECT FROM dbeng.workers WHERE database = 'fx' AND state = 'idle');
		PERFORM pg_sleep(0.1);
	END LOOP;
END$$;

-- silent: switched off
