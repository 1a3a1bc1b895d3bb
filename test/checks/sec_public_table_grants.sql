-- firing
CREATE SCHEMA "S";
CREATE TABLE "S"."T" (id int);
GRANT INSERT, SELECT, DELETE ON "S"."T" TO PUBLIC;
CREATE SEQUENCE s;
GRANT USAGE ON s TO PUBLIC;
CREATE VIEW v AS SELECT 1 AS a;
GRANT ALL ON v TO PUBLIC;
-- expect: "S"."T" | INSERT, DELETE granted to PUBLIC
-- expect: public.s | USAGE granted to PUBLIC
-- expect: public.v | through it

-- firing: partitions are told with their table, those without a granted table on their own
CREATE TABLE p (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
GRANT UPDATE ON p, p1 TO PUBLIC;
CREATE TABLE q (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE q1 PARTITION OF q FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
GRANT UPDATE ON q1 TO PUBLIC;
-- expect: public.p | UPDATE
-- expect: public.q1 | UPDATE

-- silent: reading, and grants to named roles
CREATE ROLE fx_app LOGIN;
CREATE TABLE t (id serial);
GRANT SELECT ON t TO PUBLIC;
GRANT ALL ON t TO fx_app;
GRANT SELECT ON SEQUENCE t_id_seq TO PUBLIC;
