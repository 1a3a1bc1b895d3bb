-- firing
-- threshold: {"bytes_per_hour": 100000, "warning_bytes_per_hour": 200000}
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC OFFSET 1) s;
-- expect: fx | temporary files with [0-9]+ kB in .*, [0-9]+ kB an hour; work_mem is 4096 kB

-- silent: little
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT g FROM generate_series(1, 100000) g ORDER BY g DESC OFFSET 1) s;
