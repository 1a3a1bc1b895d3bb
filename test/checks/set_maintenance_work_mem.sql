-- firing: too large
-- setting: maintenance_work_mem = '1TB'
-- expect: maintenance_work_mem | ^3 autovacuum workers may take 3072 GB together

-- firing: too large for autovacuum
-- setting: autovacuum_work_mem = '1TB'
-- expect: autovacuum_work_mem | ^3 autovacuum workers may take 3072 GB together

-- firing: too small for an index
-- setting: maintenance_work_mem = '1MB'
-- threshold: {"index_bytes": 100000}
CREATE TABLE t AS SELECT generate_series(1, 20000) AS a;
CREATE INDEX t_a ON t (a);
-- expect: maintenance_work_mem | ^1024 kB, while the largest index has [0-9]+ kB

-- silent
-- setting: maintenance_work_mem = '64MB'
CREATE TABLE t AS SELECT generate_series(1, 20000) AS a;
CREATE INDEX t_a ON t (a);
