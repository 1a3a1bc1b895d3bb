-- firing: a prefix in either direction, by expression, of a unique index; a chain names the one that stays
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int, d text);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_ab ON t (a DESC, b DESC);
CREATE UNIQUE INDEX t_abc ON t (a, b, c);
CREATE INDEX t_d ON t (lower(d)) WHERE b = 1;
CREATE INDEX t_dc ON t (lower(d), c) WHERE b = 1;
-- expect: public.t_a | ^unique index t_abc on \(a, b, c\) begins with \(a\) and serves the same scans: 8192 bytes stored and written twice$
-- expect: public.t_ab | ^unique index t_abc on \(a, b, c\) begins with \(a DESC, b DESC\), read backwards and serves
-- expect: public.t_d | ^index t_dc on \(lower\(d\), c\) begins with \(lower\(d\)\), under the same condition and serves

-- firing: under a composite primary key, and a hash index beside a btree
CREATE TABLE t (a int, b int, "C" text, PRIMARY KEY (a, b));
CREATE INDEX "T a" ON t (a);
CREATE INDEX t_hash ON t USING hash ("C");
CREATE INDEX t_btree ON t ("C" DESC, a);
-- expect: public."T a" | ^primary key t_pkey on \(a, b\) begins with \(a\)
-- expect: public.t_hash | ^index t_btree on \("C" DESC, a\) finds equal values as well as this hash index

-- firing: a partitioned table once
CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)) PARTITION BY HASH (a);
CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX p_a ON p (a);
-- expect: public.p_a | primary key p_pkey on \(a, b\)

-- silent: unique prefixes, other directions, other collations, partial ones, clustered ones, BRIN
CREATE TABLE t (a int, b int, c text);
CREATE UNIQUE INDEX ON t (a);
CREATE INDEX ON t (a, b);
CREATE INDEX t_b ON t (b);
CREATE INDEX ON t (b NULLS FIRST, a);
CREATE INDEX ON t (b, a) WHERE a > 0;
CREATE INDEX ON t USING brin (b);
CREATE INDEX ON t (c);
CREATE INDEX ON t (c COLLATE "C", a);
CREATE INDEX ON t (c text_pattern_ops, a);
CREATE TABLE u (a int, b int);
CREATE INDEX u_a ON u (a);
CREATE INDEX ON u (a, b);
ALTER TABLE u CLUSTER ON u_a;

-- silent: the longer one is invalid, or no btree
CREATE TABLE t (a int[], b int[], c int, d int);
CREATE INDEX ON t USING gin (a);
CREATE INDEX ON t USING gin (a, b);
CREATE INDEX ON t (c);
CREATE INDEX t_cd ON t (c, d);
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_cd'::regclass;
