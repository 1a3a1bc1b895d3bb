-- firing: the server runs on UTC, so there is a fix
-- setting: timezone = 'UTC'
CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamp, shipped_at timestamp(3), paid_at timestamptz);
CREATE SCHEMA "Other";
CREATE TABLE "Other"."My Table" (id int PRIMARY KEY, "When" timestamp DEFAULT now());
CREATE INDEX ON "Other"."My Table" ("When");
-- expect: public.orders | ^placed_at and shipped_at are timestamp without time zone
-- expect: "Other"."My Table" | ^"When" is timestamp without

-- firing: a view stands in the way, and no fix is given
-- setting: timezone = 'UTC'
CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamp);
CREATE VIEW v AS SELECT placed_at FROM orders;
-- expect: public.orders | placed_at is timestamp

-- firing: nobody knows the time zone of the values
-- setting: timezone = 'Europe/Vienna'
CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamp);
-- expect: public.orders | placed_at is timestamp

-- firing: once for a partitioned table, and a partition key cannot be changed
-- setting: timezone = 'UTC'
CREATE TABLE e (at timestamp NOT NULL, v int) PARTITION BY RANGE (at);
CREATE TABLE e1 PARTITION OF e FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE e2 PARTITION OF e FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
-- expect: public.e | at is timestamp

-- firing: what a child inherits is its parent's
CREATE TABLE p (id int PRIMARY KEY, at timestamp);
CREATE TABLE c (more int) INHERITS (p);
-- expect: public.p | at is timestamp

-- silent
CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamptz, opens_local timestamp, day date, clock time);
CREATE TABLE schema_migrations (version text PRIMARY KEY, inserted_at timestamp);
CREATE VIEW v AS SELECT placed_at::timestamp AS at FROM orders;

-- firing: made that way throughout
SELECT format('CREATE TABLE t%s (id int PRIMARY KEY, created_at timestamp, updated_at timestamp)', i) FROM generate_series(1, 12) i \gexec
CREATE TABLE better (id int PRIMARY KEY, created_at timestamptz);
-- expect: public | ^timestamp without time zone in 12 of 13 tables

-- firing: an index over the day of it could not be built again
-- setting: timezone = 'UTC'
CREATE TABLE orders (id int PRIMARY KEY, placed_at timestamp);
CREATE INDEX ON orders (date_trunc('day', placed_at));
-- expect: public.orders | placed_at is timestamp
