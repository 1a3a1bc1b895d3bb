-- threshold: {"bytes": 100000}

-- firing
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC OFFSET 1) s;
-- expect: log_temp_files | temporary files with [0-9]+ kB were written

-- silent: logged
-- setting: log_temp_files = 0
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC OFFSET 1) s;

-- silent: nothing to log
