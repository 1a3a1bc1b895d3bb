-- Whose statements they are decides what their names mean, what they see and what may be run for them.
BEGIN;
SET LOCAL client_min_messages = warning;
SELECT no_plan();
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA public;
SET LOCAL pg_stat_statements.track = 'all';
SET LOCAL compute_query_id = on;

CREATE SCHEMA "Own";
CREATE SCHEMA tenant1;
CREATE SCHEMA tenant2;
CREATE SCHEMA tools;
CREATE ROLE skipped_user;
CREATE ROLE skipped_other;
CREATE ROLE skipped_gone;
CREATE ROLE skipped_monitor IN ROLE pg_monitor;
GRANT USAGE, CREATE ON SCHEMA "Own", tenant1, tenant2, tools, public TO PUBLIC;
SET LOCAL search_path = "Own", tenant1, tools, public;

CREATE TABLE "Own"."Only Here" (id int, "Name" text);
CREATE TABLE tenant1.twice (id int);
CREATE TABLE tenant2.twice (id int);
CREATE TABLE "Own".secret (id int, owner name);
CREATE TABLE "Own".forbidden (id int);
CREATE TYPE tools.mood AS ENUM ('sad');
CREATE TABLE "Own".moods (feels tools.mood);
CREATE FUNCTION tools.plus_one(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 + 1; END';
CREATE SEQUENCE tools.ran;
GRANT ALL ON SEQUENCE tools.ran TO PUBLIC;
CREATE FUNCTION tools.theirs(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$BEGIN PERFORM nextval('tools.ran'); RETURN $1; END$$;
CREATE FUNCTION tools.theirs_sql(int) RETURNS int LANGUAGE sql VOLATILE RETURN tools.theirs($1);
CREATE FUNCTION tools.theirs_volatile(int) RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN $1; END';
CREATE FUNCTION tools.his(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
ALTER FUNCTION tools.theirs OWNER TO skipped_other;
ALTER FUNCTION tools.theirs_sql OWNER TO skipped_other;
ALTER FUNCTION tools.theirs_volatile OWNER TO skipped_other;
ALTER FUNCTION tools.his OWNER TO skipped_user;
CREATE TABLE "Own".indexed (id int);
CREATE INDEX ON "Own".indexed (id) WHERE id > tools.theirs(5);
CREATE TABLE "Own".indexed_part (id int) PARTITION BY RANGE (id);
CREATE TABLE "Own".indexed_part1 PARTITION OF "Own".indexed_part FOR VALUES FROM (0) TO (9);
CREATE INDEX ON "Own".indexed_part1 (id) WHERE id > tools.theirs(5);
CREATE TABLE "Own".measured (a int, b int);
CREATE STATISTICS "Own".sums ON (a + tools.theirs(1)), b FROM "Own".measured;
CREATE TABLE "Own".goes (id int);
GRANT ALL ON ALL TABLES IN SCHEMA "Own", tenant1, tenant2, tools TO PUBLIC;

CREATE FUNCTION pg_temp.run(sql text, role name DEFAULT 'skipped_user') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format('SET LOCAL ROLE %I', role);
	EXECUTE sql;
	RESET ROLE;
END $$;
CREATE FUNCTION pg_temp.forget() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM public.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0);
END $$;
CREATE FUNCTION pg_temp.reason(pattern text) RETURNS text LANGUAGE sql AS $$
	SELECT max(reason) FROM dbeng.advisor_skipped WHERE query ~ pattern AND query !~ 'pg_temp'
$$;

SELECT pg_temp.forget();
SELECT count(pg_temp.run(sql)) FROM unnest(ARRAY[
	$$SELECT "Name" FROM "Only Here" WHERE id = 3$$,
	$$INSERT INTO "Only Here" VALUES (1, 'a')$$,
	$$UPDATE twice SET id = 4 WHERE id = 5$$,
	$$SELECT * FROM moods WHERE feels = mood 'sad' AND feels::mood = 'sad'$$,
	$$SELECT * FROM "Only Here" WHERE id = plus_one(3)$$,
	$$SELECT 11, * FROM "Only Here" WHERE id = theirs(3)$$,
	$$SELECT 12, 12, * FROM "Only Here" WHERE id = theirs_sql(3)$$,
	$$SELECT 13, 13, 13, * FROM "Only Here" WHERE id = theirs_volatile(3)$$,
	$$SELECT 14, 14, 14, 14, * FROM "Only Here" WHERE id = his(3)$$,
	$$SELECT * FROM indexed WHERE id = 3$$,
	$$SELECT * FROM indexed_part WHERE id = 3$$,
	$$SELECT * FROM measured WHERE a = 3$$,
	$$SELECT * FROM goes WHERE id = 3$$,
	$$SELECT 15, 15 FROM forbidden$$,
	$$PREPARE skipped_twice (int) AS DELETE FROM twice WHERE id = $1$$,
	$$EXECUTE skipped_twice (3)$$,
	$$PREPARE skipped_moods (tools.mood, int) AS SELECT count(*) FROM moods WHERE feels = $1 AND $2 > 3$$,
	$$EXECUTE skipped_moods ('sad', 3)$$
]) sql;
SELECT pg_temp.run('SELECT 1, 2, 3, 4, 5 FROM secret', 'skipped_gone');
DROP TABLE "Own".goes;
REVOKE ALL ON "Own".forbidden FROM PUBLIC, skipped_user;
-- What rolling back does not undo: had planning run the function, it would show.
CREATE TEMPORARY TABLE before AS SELECT last_value FROM tools.ran;

SELECT is(pg_temp.reason('"Only Here" WHERE id = \$1$'), NULL, 'the only relation of a name is found outside the search_path');
SELECT is(pg_temp.reason('INSERT INTO "Only Here"'), NULL, 'so is the target of INSERT');
SELECT is(pg_temp.reason('UPDATE twice'), '"twice" may be that of several schemas (tenant1, tenant2) and is not in the search_path of its user', 'of several nobody knows which');
SELECT is(pg_temp.reason('FROM moods'), NULL, 'types are found outside the search_path');
SELECT is(pg_temp.reason('plus_one'), NULL, 'functions are found outside the search_path');
SELECT matches(pg_temp.reason('theirs\('), '^planning it could run the function tools.theirs\(integer\) of role "skipped_other"', 'another role''s function is not run');
SELECT matches(pg_temp.reason('theirs_sql'), 'tools.theirs_sql', 'nor what an SQL function of his is made of');
SELECT is(pg_temp.reason('theirs_volatile'), NULL, 'a volatile function is never run');
SELECT is(pg_temp.reason('his\('), NULL, 'a user''s own function may be run');
SELECT matches(pg_temp.reason('FROM indexed WHERE'), 'tools.theirs', 'nor one in the predicate of an index');
SELECT matches(pg_temp.reason('FROM indexed_part WHERE'), 'tools.theirs', 'nor one of a partition''s index');
SELECT matches(pg_temp.reason('FROM measured WHERE'), 'tools.theirs', 'nor one of extended statistics');
SELECT is((SELECT last_value FROM tools.ran), (SELECT last_value FROM before), 'it was not run');
SELECT is(pg_temp.reason('FROM goes'), 'relation "goes" does not exist: dropped, or a temporary table', 'a table that is gone');
SELECT matches(pg_temp.reason('PREPARE skipped_twice'), 'several schemas', 'executions of a prepared statement are the application''s');
SELECT is(pg_temp.reason('PREPARE skipped_moods'), NULL, 'and planned with the types that PREPARE says');
SELECT is((SELECT "user"::text FROM dbeng.advisor_skipped WHERE query ~ 'UPDATE twice' AND query !~ 'pg_temp'), 'skipped_user', 'it says whose it is');

-- The search_path of a role, of a role in this database, of the database.
ALTER ROLE skipped_user SET search_path = tenant2;
SELECT is(pg_temp.reason('UPDATE twice'), NULL, 'ALTER ROLE SET search_path tells which');
DO $$ BEGIN EXECUTE format('ALTER ROLE skipped_user IN DATABASE %I SET search_path = ''no such''', current_database()); END $$;
SELECT matches(pg_temp.reason('UPDATE twice'), 'several schemas', 'that in this database counts more');
ALTER ROLE skipped_user RESET search_path;
DO $$ BEGIN EXECUTE format('ALTER ROLE skipped_user IN DATABASE %I RESET search_path', current_database()); END $$;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = tenant1', current_database()); END $$;
SELECT is(pg_temp.reason('UPDATE twice'), NULL, 'ALTER DATABASE SET search_path tells which');
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;

-- A dropped role; a table of which the user no longer may read anything can be planned all the same.
DO $$ BEGIN DROP OWNED BY skipped_gone; DROP ROLE skipped_gone; END $$;
SELECT is(pg_temp.reason('FROM secret'), 'its user was dropped', 'the statement of a dropped role');
SELECT is(pg_temp.reason('FROM forbidden'), NULL, 'privileges are not asked in planning');

-- Whoever looks; nothing stays locked, and who looks is again himself.
GRANT SELECT ON public.pg_stat_statements TO skipped_monitor;
SET LOCAL ROLE skipped_monitor;
SELECT matches((SELECT max(reason) FROM dbeng.advisor_skipped WHERE query ~ 'UPDATE twice'), 'several schemas', 'pg_monitor sees it');
SELECT is(current_user::text, 'skipped_monitor', 'the acting role is restored');
RESET ROLE;
SELECT is(current_setting('search_path'), '"Own", tenant1, tools, public', 'so is the search_path');
SET LOCAL ROLE skipped_other;
SELECT throws_ok('SELECT * FROM dbeng.advisor_skipped', '42501', NULL, 'nobody else does');
RESET ROLE;
SET LOCAL transaction_read_only = on;
SELECT lives_ok('SELECT * FROM dbeng.advisor_skipped', 'it works in a read-only transaction');
SELECT * FROM finish();
ROLLBACK;
