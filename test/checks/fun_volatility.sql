-- firing
CREATE TABLE rates (id int PRIMARY KEY, rate numeric);
CREATE FUNCTION rate(i int, "other type" text) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM rates WHERE id = i';
CREATE FUNCTION atomic() RETURNS bigint LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*) FROM rates; END;
CREATE FUNCTION "Nested"() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'WITH a AS (SELECT 1) SELECT (SELECT count(*) FROM a, public.rates)';
CREATE FUNCTION writes() RETURNS void LANGUAGE sql STABLE AS 'INSERT INTO rates VALUES (1)';
-- expect: public.rate(integer,text) | ^IMMUTABLE and reads rates
-- expect: public.atomic() | ^IMMUTABLE and reads rates
-- expect: public."Nested"() | ^IMMUTABLE and reads rates
-- expect: public.writes() | ^STABLE and writes to rates

-- firing: in an index, so there is no fix
CREATE TABLE rates (id int PRIMARY KEY, rate numeric);
CREATE FUNCTION rate(i int) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT rate FROM public.rates WHERE id = i';
CREATE INDEX ON rates (rate(id));
-- expect: public.rate(integer) | ^IMMUTABLE and reads

-- silent
CREATE TABLE rates (id int PRIMARY KEY, rate numeric);
CREATE FUNCTION s(i int) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT rate FROM rates WHERE id = i';
CREATE FUNCTION v() RETURNS void LANGUAGE sql AS 'INSERT INTO rates VALUES (1)';
CREATE FUNCTION i(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'WITH rates AS (SELECT 1 AS a) SELECT a + i FROM rates, generate_series(1, 1) AS g';
CREATE FUNCTION j(i int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT sum(x) FROM (VALUES (1), (2)) AS rates(x); END;
SET check_function_bodies = off;
CREATE FUNCTION broken() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT FROM WHERE rates';
