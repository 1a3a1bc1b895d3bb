-- extension: pg_stat_statements
-- threshold: {"seconds": 0.5}

-- firing
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT %s id FROM t', repeat('a, ', i)) FROM generate_series(1, 30) i \gexec
SELECT id, pg_sleep(0.7) FROM t;
-- expect: fx | ^5 statements take (?:9\d(\.\d)?|100) % of the time: queryid -?\d+ \(\d

-- silent: spread evenly
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT %s id, pg_sleep(0.03) FROM t', repeat('a, ', i)) FROM generate_series(1, 30) i \gexec

-- silent: a handful of statements
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT id, pg_sleep(0.7) FROM t;

-- silent: too little time spent
-- threshold: {"seconds": 60}
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1);
SELECT pg_stat_statements_reset();
SELECT 'SELECT a FROM t WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT %s id FROM t', repeat('a, ', i)) FROM generate_series(1, 30) i \gexec
SELECT id, pg_sleep(0.7) FROM t;
