-- extension: pg_stat_statements

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT t1.a, pg_sleep(0.03) FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a JOIN t t6 ON t6.id = t5.a LEFT JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a JOIN t t9 ON t9.id = t8.a WHERE t1.id = ' || i FROM generate_series(1, 5) i \gexec
-- expect: queryid N | ^joins 9 tables; beyond join_collapse_limit \(8\) they are joined in the order they are written; 5 calls

-- silent: as many as it orders, quick, in sub-selects of their own
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 10) i;
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT t1.a, pg_sleep(0.03) FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a JOIN t t6 ON t6.id = t5.a LEFT JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a WHERE t1.id = ' || i FROM generate_series(1, 5) i \gexec
SELECT 'SELECT t1.a FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a JOIN t t6 ON t6.id = t5.a LEFT JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a JOIN t t9 ON t9.id = t8.a WHERE t1.id = ' || i FROM generate_series(1, 5) i \gexec
SELECT 'SELECT t1.a, pg_sleep(0.03) FROM t t1 JOIN t t2 ON t2.id = t1.a JOIN t t3 ON t3.id = t2.a JOIN t t4 ON t4.id = t3.a JOIN t t5 ON t5.id = t4.a WHERE EXISTS (SELECT FROM t t6 JOIN t t7 ON t7.id = t6.a JOIN t t8 ON t8.id = t7.a JOIN t t9 ON t9.id = t8.a JOIN t t10 ON t10.id = t9.id) AND t1.id = ' || i FROM generate_series(1, 5) i \gexec
