-- firing
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE "Children" (id int PRIMARY KEY, parent_id int, n int);
INSERT INTO "Children" VALUES (1, NULL, 1), (2, NULL, 2);
ALTER TABLE "Children" ADD CONSTRAINT "to parent" FOREIGN KEY (parent_id) REFERENCES parents NOT VALID;
ALTER TABLE "Children" ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
ANALYZE "Children";
CREATE TABLE parted (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
ALTER TABLE parted ADD CONSTRAINT parted_check CHECK (n > 0) NOT VALID;
-- expect: "to parent" on public."Children" | foreign key is NOT VALID: the 2 rows that were there
-- expect: positive on public."Children" | CHECK constraint is NOT VALID
-- expect: parted_check on public.parted | CHECK constraint is NOT VALID

-- firing: never enforced, since PostgreSQL 18
-- server: >= 18
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int, n int);
ALTER TABLE children ADD CONSTRAINT loose FOREIGN KEY (parent_id) REFERENCES parents NOT ENFORCED;
ALTER TABLE children ADD CONSTRAINT said CHECK (n > 0) NOT ENFORCED;
ALTER TABLE children ADD CONSTRAINT there NOT NULL n NOT VALID;
-- expect: loose on public.children | foreign key is NOT ENFORCED
-- expect: said on public.children | CHECK constraint is NOT ENFORCED
-- expect: there on public.children | NOT NULL constraint is NOT VALID

-- silent
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, n int CHECK (n > 0));
ALTER TABLE children ADD CONSTRAINT late CHECK (n < 100) NOT VALID;
ALTER TABLE children VALIDATE CONSTRAINT late;
