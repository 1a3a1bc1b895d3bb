-- firing: exact, reversed, under a unique index, under the primary key, two constraints
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int UNIQUE, d int);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_a_again ON t (a);
CREATE INDEX t_db ON t (d DESC, b);
CREATE INDEX t_db_reversed ON t (d, b DESC);
CREATE INDEX t_id ON t (id) WITH (fillfactor = 50);
ALTER TABLE t ADD CONSTRAINT c_again UNIQUE (c);
-- expect: public.t_a_again | ^same columns as index t_a on \(a\): 8192 bytes stored and written twice$
-- expect: public.t_db | ^index t_db_reversed on \(d, b DESC\), read backwards, is this index on \(d DESC, b\)
-- expect: public.t_id | ^same columns as primary key t_pkey on \(id\)
-- expect: public.c_again | ^the constraint enforces what unique constraint t_c_key on \(c\) enforces already

-- firing: three of a kind leave one, names are quoted, a schema beside the search_path
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop"."Orders" (id int PRIMARY KEY, "Customer" text);
CREATE INDEX "Orders one" ON "My Shop"."Orders" (lower("Customer")) WHERE "Customer" <> '';
CREATE INDEX "Orders two" ON "My Shop"."Orders" (lower("Customer")) WHERE "Customer" <> '';
CREATE INDEX "Orders three" ON "My Shop"."Orders" (lower("Customer")) WHERE ("Customer" <> '');
-- expect: "My Shop"."Orders two" | ^same columns as index "Orders one" on \(lower\("Customer"\)\), under the same condition
-- expect: "My Shop"."Orders three" | ^same columns as index "Orders one"

-- firing: a partitioned table once; what a partition has on its own
CREATE TABLE p (a int, b int) PARTITION BY LIST (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE INDEX p_a ON p (a);
CREATE INDEX p_a_again ON p (a);
CREATE INDEX p1_b ON p1 (b);
CREATE INDEX p1_b_again ON p1 (b);
-- expect: public.p_a_again | index p_a on \(a\)
-- expect: public.p1_b_again | index p1_b on \(b\)

-- firing: the loose one goes, not the constraint; not the clustered one; not what is referred to
CREATE TABLE t (a int, b int, c int NOT NULL);
CREATE UNIQUE INDEX t_a_loose ON t (a);
ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a);
CREATE INDEX t_b ON t (b);
CREATE INDEX t_b_clustered ON t (b);
ALTER TABLE t CLUSTER ON t_b_clustered;
CREATE UNIQUE INDEX t_c_referred ON t (c);
CREATE TABLE u (c int PRIMARY KEY REFERENCES t (c));
ALTER TABLE t ADD CONSTRAINT t_c_key UNIQUE (c);
-- expect: public.t_a_loose | unique constraint t_a_key
-- expect: public.t_b | index t_b_clustered
-- expect: public.t_c_key | ^the constraint enforces what unique index t_c_referred on \(c\)

-- firing: other methods
CREATE TABLE t (a int[], b int, c int4range);
CREATE INDEX t_a ON t USING gin (a);
CREATE INDEX t_a_again ON t USING gin (a) WITH (fastupdate = off);
CREATE INDEX t_b ON t USING hash (b);
CREATE INDEX t_b_again ON t USING hash (b);
CREATE INDEX t_c ON t USING gist (c);
CREATE INDEX t_c_again ON t USING gist (c);
CREATE INDEX t_brin ON t USING brin (b);
CREATE INDEX t_brin_again ON t USING brin (b);
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE INDEX m_a ON m (a);
CREATE UNIQUE INDEX m_a_unique ON m (a);
-- expect: public.t_a_again | index t_a on \(a\)
-- expect: public.t_b_again | index t_b on \(b\)
-- expect: public.t_c_again | index t_c on \(c\)
-- expect: public.t_brin_again | index t_brin on \(b\)
-- expect: public.m_a | unique index m_a_unique on \(a\)

-- silent: what differs in more than its name
CREATE TABLE t (a text, b int, c int, d int4range);
CREATE INDEX ON t (a);
CREATE INDEX ON t (a text_pattern_ops);
CREATE INDEX ON t (a COLLATE "C");
CREATE INDEX ON t (b);
CREATE INDEX ON t (b NULLS FIRST);
CREATE INDEX ON t (b, c);
CREATE INDEX ON t (b, c DESC);
CREATE INDEX ON t (c, b);
CREATE INDEX ON t (c) WHERE b = 1;
CREATE INDEX ON t (c) WHERE b = 2;
CREATE UNIQUE INDEX ON t (c);
CREATE UNIQUE INDEX ON t (c) NULLS NOT DISTINCT;
CREATE INDEX ON t (lower(a));
CREATE INDEX ON t (upper(a));
CREATE INDEX ON t USING brin (b) WITH (pages_per_range = 16);
CREATE INDEX ON t USING brin (b) WITH (pages_per_range = 128);
ALTER TABLE t ADD EXCLUDE USING gist (d WITH &&);
CREATE INDEX ON t USING gist (d);

-- silent: what enforces, identifies or is referred to
CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE DEFERRABLE);
CREATE UNIQUE INDEX t_identity ON t (a);
ALTER TABLE t REPLICA IDENTITY USING INDEX t_identity;
CREATE UNIQUE INDEX ON t (b);
CREATE TABLE u (a int NOT NULL);
CREATE UNIQUE INDEX u_referred ON u (a);
CREATE TABLE v (a int PRIMARY KEY REFERENCES u (a));
ALTER TABLE u ADD PRIMARY KEY (a);

-- silent: an operator class with other parameters is another index
-- extension: pg_trgm
CREATE TABLE t (a text);
CREATE INDEX ON t USING gist (a gist_trgm_ops (siglen = 32));
CREATE INDEX ON t USING gist (a gist_trgm_ops (siglen = 256));

-- silent: invalid indexes are another matter
CREATE TABLE t (a int);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_a_invalid ON t (a);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_a_invalid'::regclass;
