-- firing: small for the memory and for the data
-- setting: shared_buffers = '1MB'
-- threshold: {"percent": 10, "most_percent": 60}
CREATE TABLE t AS SELECT g AS a, repeat('x', 500) AS b FROM generate_series(1, 20000) g;
VACUUM t;
-- fix: partial the fix asks for a quarter of the machine's memory
-- expect: shared_buffers | ^1024 kB is [0-9.]+ % of the [0-9]+ [MG]B of memory.*this database holds [0-9]+ MB

-- firing: takes most of the memory
-- setting: shared_buffers = '64MB'
-- threshold: {"percent": 0, "most_percent": 0}
-- fix: partial the limit is zero here
-- expect: shared_buffers | little is left

-- silent: everything fits
-- setting: shared_buffers = '64MB'
SELECT 1;
