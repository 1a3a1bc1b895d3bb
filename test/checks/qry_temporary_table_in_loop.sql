-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'CREATE TEMPORARY TABLE x (id int) ON COMMIT DROP' FROM generate_series(1, 600) i \gexec
SELECT 'CREATE TEMP TABLE x ON COMMIT DROP AS SELECT 1' FROM generate_series(1, 500) i \gexec
-- expect: fx | ^1,100 temporary tables were made, most by queryid -?\d+; each leaves dead rows in five system catalogs: CREATE TEMPORARY TABLE x

-- silent: now and then
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'CREATE TEMPORARY TABLE x (id int) ON COMMIT DROP' FROM generate_series(1, 100) i \gexec
