-- extension: pg_stat_statements

-- firing
CREATE SCHEMA "S";
CREATE TABLE "S"."People" (id int PRIMARY KEY, "Name" text, code varchar(80));
INSERT INTO "S"."People" SELECT i, repeat(md5(i::text), 2), repeat(md5(i::text), 2) FROM generate_series(1, 40000) i;
CREATE INDEX ON "S"."People" ("Name");
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM "S"."People" WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id FROM "S"."People" WHERE "Name" LIKE ''%%x%s%%'' ORDER BY id LIMIT 20', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM "S"."People" p WHERE id > 0 AND (p.code ILIKE ''x%s%%'' OR p.id = 4)', i) FROM generate_series(1, 10) i \gexec
-- expect: queryid N | ^searches "Name" by a pattern that no index of "S"."People" serves: reads \d[\d,]+ blocks a call, the table has \d
-- expect: queryid N | ^searches code by a pattern

-- firing: pg_trgm is there already, elsewhere
CREATE SCHEMA ext;
CREATE EXTENSION pg_trgm SCHEMA ext;
CREATE TABLE people (id int PRIMARY KEY, name text);
INSERT INTO people SELECT i, repeat(md5(i::text), 4) FROM generate_series(1, 40000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM people WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id FROM people WHERE name LIKE ''%%x%s%%''', i) FROM generate_series(1, 10) i \gexec
-- expect: queryid N | ^searches name by a pattern

-- silent: a prefix with its index, the narrowed down, NOT LIKE, a small table, a trigram index
CREATE EXTENSION pg_trgm;
CREATE TABLE people (id int PRIMARY KEY, name text, found text);
INSERT INTO people SELECT i, repeat(md5(i::text), 2), md5(i::text) FROM generate_series(1, 40000) i;
CREATE INDEX ON people (name text_pattern_ops);
CREATE INDEX ON people USING gin (found gin_trgm_ops);
CREATE TABLE small (id int PRIMARY KEY, name text);
INSERT INTO small SELECT i, md5(i::text) FROM generate_series(1, 400) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM people WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id FROM people WHERE name LIKE ''abc%s%%''', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM people WHERE name LIKE ''%%x%s%%'' AND id < 100', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT count(id) FROM people WHERE name NOT LIKE ''%%x%s%%''', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM small WHERE name LIKE ''%%x%s%%''', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM people WHERE found LIKE ''%%a%s%%''', i) FROM generate_series(1, 10) i \gexec
