-- firing: none, the wrong ones, quoted names, a schema beside the search_path
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop"."Customer" (id int PRIMARY KEY, n int UNIQUE);
CREATE TABLE "My Shop"."Order" (id int PRIMARY KEY, "Customer id" int CONSTRAINT "Order fk" REFERENCES "My Shop"."Customer", n int);
CREATE TABLE a (x int CONSTRAINT a_fk REFERENCES "My Shop"."Customer", y int);
CREATE INDEX ON a (y, x);
CREATE INDEX ON a (x) WHERE y = 1;
CREATE INDEX ON a (y) INCLUDE (x);
CREATE INDEX ON a USING brin (x);
CREATE TABLE b (x int CONSTRAINT b_fk REFERENCES "My Shop"."Customer", CONSTRAINT b_fk2 FOREIGN KEY (x) REFERENCES "My Shop"."Customer" (n));
INSERT INTO "My Shop"."Customer" SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO b SELECT i % 10 + 1 FROM generate_series(1, 3000) i;
ANALYZE b;
-- expect: "Order fk" on "My Shop"."Order" | ^no index covers \("Customer id"\): each delete in "My Shop"."Customer" scans all of "Order"$
-- expect: a_fk on public.a | ^no index covers \(x\)
-- expect: b_fk on public.b | ^no index covers \(x\): each delete in "My Shop"."Customer" scans 3,000 rows$

-- firing: a partitioned table, once, at its root; indexes that are there are taken
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE p (a int CONSTRAINT p_fk REFERENCES r, b int) PARTITION BY LIST (b);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2, 3) PARTITION BY LIST (b);
CREATE TABLE p22 PARTITION OF p2 FOR VALUES IN (2);
CREATE TABLE "P23" (b int, gone int, a int);
ALTER TABLE "P23" DROP COLUMN gone;
ALTER TABLE p2 ATTACH PARTITION "P23" FOR VALUES IN (3);
CREATE INDEX mine ON p1 (a);
-- expect: p_fk on public.p | ^no index covers \(a\)

-- firing: composite, invalid, a self reference, names that meet when cut or joined
CREATE TABLE r (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE t (a int, b int, c int, CONSTRAINT t_fk FOREIGN KEY (a, b) REFERENCES r);
CREATE INDEX ON t (a, c, b);
CREATE TABLE i (id int PRIMARY KEY, parent int CONSTRAINT i_fk REFERENCES i);
CREATE INDEX i_parent ON i (parent);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i_parent'::regclass;
CREATE TABLE "user" (group_id int CONSTRAINT u_fk REFERENCES i);
CREATE TABLE user_group (id int CONSTRAINT ug_fk REFERENCES i);
CREATE TABLE a_table_with_a_rather_long_name_for_a_table_of_this_kind_one (a_long_column_name int CONSTRAINT one_fk REFERENCES i);
CREATE TABLE a_table_with_a_rather_long_name_for_a_table_of_this_kind_two (a_long_column_name int CONSTRAINT two_fk REFERENCES i);
-- expect: t_fk on public.t | ^no index covers \(a, b\)
-- expect: i_fk on public.i | ^no index covers \(parent\) \(i_parent would, but is invalid\)
-- expect: u_fk on public."user" | ^no index covers \(group_id\)
-- expect: ug_fk on public.user_group | ^no index covers \(id\)
-- expect: one_fk on public.a_table_with_a_rather_long_name_for_a_table_of_this_kind_one | ^no index covers
-- expect: two_fk on public.a_table_with_a_rather_long_name_for_a_table_of_this_kind_two | ^no index covers

-- silent: what covers
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE r2 (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE a (x int REFERENCES r, y int REFERENCES r, z int REFERENCES r, w text, PRIMARY KEY (x, w), UNIQUE (y, w));
CREATE INDEX ON a (z) WHERE z IS NOT NULL;
CREATE TABLE b (x int REFERENCES r);
CREATE INDEX ON b USING hash (x);
CREATE TABLE c (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES r2);
CREATE INDEX ON c (y DESC, x, z) WHERE x IS NOT NULL AND y IS NOT NULL;
CREATE TABLE p (x int REFERENCES r, y int) PARTITION BY LIST (y);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE INDEX ON p (x);
CREATE TABLE q (x int REFERENCES r, y int) PARTITION BY LIST (y);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1);
CREATE INDEX ON q1 (x);

-- silent: a reference to a partitioned table is one foreign key
CREATE TABLE p (a int PRIMARY KEY) PARTITION BY HASH (a);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE t (a int PRIMARY KEY REFERENCES p);
