-- firing
CREATE DOMAIN tags AS text[];
CREATE TABLE t (id int PRIMARY KEY, "Tags" text[], doc jsonb, d tags);
CREATE INDEX "T tags" ON t ("Tags");
CREATE INDEX t_doc ON t (doc);
CREATE INDEX t_d ON t (id, d);
SELECT pg_stat_force_next_flush();
-- expect: public."T tags" | ^a btree compares arrays as a whole: it cannot find what is inside \(@>, &&\), and no scan has used it; GIN can
-- expect: public.t_doc | ^a btree compares documents as a whole
-- expect: public.t_d | ^a btree compares arrays as a whole

-- silent: GIN, an element, unique, one that is scanned
CREATE TABLE t (id int PRIMARY KEY, a int[], b int[], doc jsonb);
CREATE INDEX ON t USING gin (a);
CREATE INDEX ON t USING gin (doc);
CREATE INDEX ON t ((doc ->> 'name'));
CREATE UNIQUE INDEX ON t (b);
CREATE INDEX ON t (a);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
SELECT * FROM t WHERE a = '{1}';
SELECT pg_stat_force_next_flush();
