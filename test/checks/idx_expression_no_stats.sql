-- firing
CREATE SCHEMA "S";
CREATE TABLE "S"."T" (id int PRIMARY KEY, email text);
INSERT INTO "S"."T" SELECT i, 'user' || i FROM generate_series(1, 2000) i;
ANALYZE "S"."T";
CREATE INDEX t_email ON "S"."T" (lower(email), id);
-- expect: "S".t_email | ^nothing is known of the values of \(lower\(email\), id\) over 2,000 rows

-- silent: analysed since, few rows, partial, no expression
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t SELECT i, 'user' || i FROM generate_series(1, 2000) i;
CREATE INDEX ON t (lower(email));
ANALYZE t;
CREATE INDEX ON t (upper(email)) WHERE id < 0;
CREATE INDEX ON t (email);
CREATE TABLE u (email text);
INSERT INTO u VALUES ('a');
CREATE INDEX ON u (lower(email));
