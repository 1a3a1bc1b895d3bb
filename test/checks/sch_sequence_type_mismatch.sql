-- firing
CREATE TABLE narrow_sequence (id serial PRIMARY KEY);
ALTER TABLE narrow_sequence ALTER id TYPE bigint;
CREATE TABLE "Wide" ("Id" int PRIMARY KEY);
CREATE SEQUENCE "Wide Seq" OWNED BY "Wide"."Id";
-- expect: public.narrow_sequence_id_seq | integer sequence ends at 2,147,483,647 although its column public.narrow_sequence.id is bigint
-- expect: public."Wide Seq" | bigint sequence goes beyond what its integer column public."Wide"."Id"

-- silent
CREATE TABLE a (id serial PRIMARY KEY);
CREATE TABLE b (id bigserial PRIMARY KEY);
CREATE TABLE c (id smallserial PRIMARY KEY);
CREATE TABLE d (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
ALTER TABLE d ALTER id TYPE bigint;
CREATE DOMAIN key AS bigint;
CREATE TABLE e (id key PRIMARY KEY);
CREATE SEQUENCE e_seq OWNED BY e.id;
CREATE SEQUENCE alone AS int;
CREATE TABLE f (code text PRIMARY KEY);
CREATE SEQUENCE f_seq OWNED BY f.code;

-- silent: a database from before PostgreSQL 10
DO $$
BEGIN
	FOR i IN 1..12 LOOP
		EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY)', i);
		EXECUTE format('CREATE SEQUENCE s%s OWNED BY t%s.id', i, i);
	END LOOP;
END$$;
