-- threshold: {"blocks": 100, "percent": 99.9}

-- firing: a table larger than the cache, read twice
-- setting: shared_buffers = '1MB'
CREATE TABLE t AS SELECT g AS a, repeat('x', 500) AS b FROM generate_series(1, 20000) g;
SELECT count(*) FROM t;
SELECT count(*) FROM t;
-- expect: fx | % of block reads were served from shared_buffers \(1024 kB\)

-- silent: too little was read
-- threshold: {"blocks": 1000000}
CREATE TABLE t AS SELECT g AS a, repeat('x', 500) AS b FROM generate_series(1, 20000) g;
SELECT count(*) FROM t;

-- silent
-- threshold: {"blocks": 1, "percent": 1}
SELECT 1;
