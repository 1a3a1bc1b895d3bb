-- enable

-- firing
-- threshold: {"tables": "^tbl_", "columns": "^[a-z_]+$", "indexes": "_idx$", "primary_keys": "^pk_", "foreign_keys": "^fk_", "unique_keys": "^uq_"}
CREATE TABLE tbl_a (id int CONSTRAINT pk_a PRIMARY KEY, b int CONSTRAINT uq_a UNIQUE);
CREATE TABLE other (id int PRIMARY KEY, "B1" int UNIQUE, a_id int REFERENCES tbl_a);
CREATE INDEX other_a ON other (a_id);
CREATE INDEX other_b_idx ON other ("B1");
-- expect: public.other | does not match \^tbl_
-- expect: public.other."B1" | does not match
-- expect: public.other_a | does not match _idx
-- expect: other_pkey on public.other | \^pk_
-- expect: "other_B1_key" on public.other | \^uq_
-- expect: other_a_id_fkey on public.other | \^fk_

-- silent: nothing configured
CREATE TABLE "Any" (id int PRIMARY KEY);

-- silent: a pattern that is none
-- threshold: {"tables": "(("}
-- status: unknown: .*parentheses
CREATE TABLE t (id int PRIMARY KEY);
