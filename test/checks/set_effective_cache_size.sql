-- firing
-- setting: effective_cache_size = '1MB'
CREATE TABLE t AS SELECT g AS a, repeat('x', 500) AS b FROM generate_series(1, 20000) g;
VACUUM t;
-- expect: effective_cache_size | ^the planner believes in a cache of 1024 kB, far below the .* this database holds [0-9]+ MB

-- silent: the data are smaller still
-- setting: effective_cache_size = '1GB'
SELECT 1;

-- silent: too large for the memory, but nothing depends on it
-- setting: effective_cache_size = '10TB'
SELECT 1;
