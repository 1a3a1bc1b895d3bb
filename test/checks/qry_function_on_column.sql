-- extension: pg_stat_statements

-- firing: built in, the user's own, on a date
CREATE SCHEMA "S";
CREATE TABLE "S"."People" (id int PRIMARY KEY, "Mail" varchar(100), at timestamptz, code int, filler text);
INSERT INTO "S"."People" SELECT i, 'A' || i, now() - i * interval '1 hour', i, repeat('x', 300) FROM generate_series(1, 30000) i;
CREATE INDEX ON "S"."People" ("Mail");
CREATE FUNCTION "S"."Half"(n int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT n / 2';
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM "S"."People" WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id FROM "S"."People" WHERE lower("Mail") = lower(''a%s'')', i) FROM generate_series(1, 10) i \gexec
SELECT format('UPDATE "S"."People" p SET filler = ''y'' WHERE "S"."Half"(p.code) = -%s', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT count(*) FROM "S"."People" WHERE date(at) = current_date - %s', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT count(*) FROM "S"."People" WHERE at::date BETWEEN current_date - %s AND current_date', i) FROM generate_series(1, 10) i \gexec
SELECT format($q$SELECT id FROM "S"."People" WHERE extract(year FROM at) = 1990 AND at <> now() - interval '%s days'$q$, i) FROM generate_series(1, 10) i \gexec
-- expect: queryid N | ^compares lower\("Mail"\), and no index of "S"."People" has it;
-- expect: queryid N | ^compares Half\(code\), and no index of "S"."People" has it;
-- expect: queryid N | ^compares date\(at\), and no index of "S"."People" has it: a range of at itself can use an index on it;
-- expect: queryid N | ^compares at::date, and no index
-- expect: queryid N | ^compares extract\(.+, at\), and no index

-- silent: an index on the expression; another condition finds the rows; a function on the other side; a small table
CREATE TABLE people (id int PRIMARY KEY, mail text, other text, code int, filler text);
INSERT INTO people SELECT i, 'A' || i, 'B' || i, i, repeat('x', 300) FROM generate_series(1, 30000) i;
CREATE INDEX ON people (lower(mail));
CREATE INDEX ON people (code);
CREATE TABLE small (id int PRIMARY KEY, mail text);
INSERT INTO small SELECT i, 'A' || i FROM generate_series(1, 3000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT id FROM people WHERE id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT format('SELECT id FROM people WHERE lower(mail) = ''a%s''', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM people WHERE lower(other) = ''b%s'' AND code > 0', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM people WHERE other = upper(''b%s'')', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM people WHERE lower(other) = lower(mail) AND id <> %s', i) FROM generate_series(1, 10) i \gexec
SELECT format('SELECT id FROM small WHERE lower(mail) = ''a%s''', i) FROM generate_series(1, 10) i \gexec
