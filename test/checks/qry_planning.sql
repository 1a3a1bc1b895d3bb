-- extension: pg_stat_statements

-- firing: many joins over nothing
-- threshold: {"mean_ms": 0.05}
-- setting: pg_stat_statements.track_planning = on
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET join_collapse_limit = 11;
SELECT 'SELECT t1.a FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a JOIN t t6 ON t6.id = t5.a JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a JOIN t t9 ON t9.id = t8.a JOIN t t10 ON t10.id = t9.a JOIN t t11 ON t11.id = t10.a WHERE t1.id = ' || i FROM generate_series(1, 10) i \gexec
-- expect: queryid N | ^planning takes [\d.]+ ms a call, execution 0(\.\d+)? ms: a prepared statement plans once; 10 calls

-- silent: planning is quick
-- setting: pg_stat_statements.track_planning = on
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec

-- silent: planning is not measured
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SET join_collapse_limit = 11;
SELECT 'SELECT t1.a FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a JOIN t t6 ON t6.id = t5.a JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a JOIN t t9 ON t9.id = t8.a JOIN t t10 ON t10.id = t9.a JOIN t t11 ON t11.id = t10.a WHERE t1.id = ' || i FROM generate_series(1, 10) i \gexec
