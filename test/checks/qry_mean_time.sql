-- firing
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
CREATE TABLE "T 2" (id int);
INSERT INTO "T 2" VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT a, pg_sleep(0.11) FROM t WHERE id = ' || i FROM generate_series(1, 4) i \gexec
SELECT 'UPDATE "T 2" SET id = id + 1 FROM pg_sleep(0.11)' FROM generate_series(1, 4) i \gexec
-- expect: queryid N | ^takes up to 1\d\d ms; 4 calls of 1\d\d ms, \d+(\.\d)? % of the load: SELECT a, pg_sleep
-- expect: queryid N | : UPDATE "T 2" SET

-- firing: the text is cut and on one line
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT E'SELECT id, a, ''ééééééééééééééééééééééééééé'',\n\n\tpg_sleep(0.2)    FROM t AS "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöü"' FROM generate_series(1, 3) i \gexec
-- expect: queryid N | : SELECT id, a, \$1, pg_sleep\(\$2\) FROM t AS "[^ ]+$

-- silent: quick ones only
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec

-- silent: a slow one on a server that does next to nothing
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT a, pg_sleep(0.2) FROM t;

-- silent: typed once by hand
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT a, pg_sleep(0.2) FROM t;

-- silent: pg_stat_statements keeps throwing statements out
-- extension: pg_stat_statements
-- setting: pg_stat_statements.max = 100
-- status: unknown: pg_stat_statements had to drop statements \d+ times since its reset
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT format('SELECT %s FROM t', repeat('a, ', i) || 'id') FROM generate_series(1, 500) i \gexec

-- silent: utility statements, monitoring, and what is nobody's table
-- extension: pg_stat_statements
CREATE TABLE t (id int PRIMARY KEY, a int);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT $q$SELECT relname, pg_sleep(0.1) FROM pg_catalog.pg_class WHERE relname = 't'$q$, 'SELECT pg_sleep(0.1)',
	$q$SELECT relname, pg_sleep(0.1) FROM pg_stat_user_tables WHERE relname = 't'$q$,
	'CREATE TABLE slow AS SELECT 1 AS a FROM pg_sleep(0.1)', 'DROP TABLE slow',
	$q$DO 'BEGIN PERFORM pg_sleep(0.1); END'$q$, 'SELECT count(*) FROM dbeng.checks, pg_sleep(0.1)'
	FROM generate_series(1, 4) \gexec

-- silent: no pg_stat_statements here
-- status: unknown: pg_stat_statements is loaded but not installed
CREATE TABLE t (id int PRIMARY KEY, a int);
