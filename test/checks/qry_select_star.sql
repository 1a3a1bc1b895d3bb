-- extension: pg_stat_statements

-- firing: many columns; a large value; a qualified star in a join; names in quotes
CREATE TABLE many (id int PRIMARY KEY, c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int, c13 int, c14 int);
INSERT INTO many SELECT i, i, i FROM generate_series(1, 100) i;
CREATE SCHEMA "Far away";
CREATE TABLE "Far away"."Doc" (id int PRIMARY KEY, "Body" text);
ALTER TABLE "Far away"."Doc" ALTER "Body" SET STORAGE EXTERNAL;
INSERT INTO "Far away"."Doc" SELECT i, repeat('x', 5000) FROM generate_series(1, 100) i;
CREATE TABLE narrow (id int PRIMARY KEY);
INSERT INTO narrow VALUES (1);
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM narrow WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT * FROM many WHERE c1 < ' || i FROM generate_series(3, 40) i \gexec
SELECT 'SELECT * FROM "Far away"."Doc" WHERE id = ' || i FROM generate_series(1, 40) i \gexec
SELECT 'SELECT n.id, m.* FROM narrow n JOIN many AS m ON m.c1 > n.id WHERE m.id < ' || i FROM generate_series(4, 40) i \gexec
-- expect: queryid N | ^fetches all 15 columns of public.many; 38 calls
-- expect: queryid N | ^fetches all 2 columns of "Far away"."Doc", with \d+ bytes a row stored out of line
-- expect: queryid N | ^fetches all 15 columns of public.many; 37 calls

-- silent: narrow; one row; columns named; count(*) and EXISTS; an ambiguous name; the other table's star
CREATE TABLE many (id int PRIMARY KEY, c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int, c13 int, c14 int);
INSERT INTO many SELECT i, i, i FROM generate_series(1, 100) i;
CREATE TABLE narrow (id int PRIMARY KEY);
INSERT INTO narrow SELECT generate_series(1, 100);
CREATE SCHEMA a; CREATE SCHEMA b;
CREATE TABLE a.twice (LIKE many); INSERT INTO a.twice SELECT * FROM many;
CREATE TABLE b.twice (LIKE many); INSERT INTO b.twice SELECT * FROM many;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM narrow WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT * FROM narrow WHERE id < ' || i FROM generate_series(1, 40) i \gexec
SELECT 'SELECT * FROM many WHERE id = ' || i FROM generate_series(1, 40) i \gexec
SELECT 'SELECT id, c1, c2 FROM many WHERE c1 < ' || i FROM generate_series(1, 40) i \gexec
SELECT 'SELECT count(*) FROM many WHERE c1 < ' || i FROM generate_series(1, 40) i \gexec
SELECT 'SELECT id FROM narrow n WHERE EXISTS (SELECT * FROM many m WHERE m.id = n.id AND c1 < ' || i || ')' FROM generate_series(1, 40) i \gexec
SELECT 'SELECT n.* FROM narrow n JOIN many m ON m.id = n.id WHERE m.c1 < ' || i FROM generate_series(1, 40) i \gexec
SELECT 'WITH many AS (SELECT id FROM narrow) SELECT * FROM many WHERE id < ' || i FROM generate_series(1, 40) i \gexec
SET search_path = a;
SELECT 'SELECT * FROM twice WHERE c1 < ' || i FROM generate_series(1, 40) i \gexec
