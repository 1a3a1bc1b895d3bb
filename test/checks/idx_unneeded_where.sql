-- firing
CREATE TABLE t (id int PRIMARY KEY, "B" int NOT NULL, c int);
CREATE INDEX "T b" ON t ("B" DESC) WHERE "B" IS NOT NULL;
CREATE UNIQUE INDEX t_c ON t (c) WHERE id IS NOT NULL AND "B" IS NOT NULL;
-- expect: public."T b" | ^its condition WHERE \("B" IS NOT NULL\) holds for every row
-- expect: public.t_c | ^its condition WHERE

-- silent
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX ON t (a) WHERE a IS NOT NULL;
CREATE INDEX ON t (id) WHERE id IS NOT NULL AND a IS NOT NULL;
CREATE INDEX ON t (b) WHERE id > 0;
CREATE INDEX ON t (b);
