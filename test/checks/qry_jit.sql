-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET jit_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT 'SELECT sum(a * 2 + id) FROM t WHERE a > ' || i FROM generate_series(1, 5) i \gexec
-- expect: jit | ^compiling takes \d+(\.\d)? % of the time of 1 short statement \(\d+ of \d+ ms\), most of it in queryid -?\d+: SELECT sum

-- silent: compiled nothing
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec

-- silent: switched off meanwhile
-- setting: jit = off
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET jit = on;
SET jit_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT 'SELECT sum(a * 2 + id) FROM t WHERE a > ' || i FROM generate_series(1, 5) i \gexec
