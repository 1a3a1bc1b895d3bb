-- firing
CREATE TABLE t (a int, "B" int, c int);
CREATE INDEX "T twice" ON t (a, "B" DESC, a) WHERE c > 0;
CREATE UNIQUE INDEX t_include ON t ("B") INCLUDE (c, "B");
-- expect: public."T twice" | ^a is in it more than once: \(a, "B" DESC, a\)
-- expect: public.t_include | ^"B" is in it more than once: \("B"\) INCLUDE \(c, "B"\)

-- silent
CREATE TABLE t (a text, b int);
CREATE INDEX ON t (a, a text_pattern_ops);
CREATE INDEX ON t (a, a COLLATE "C");
CREATE INDEX ON t (b, (b + 1), (b + 2));
CREATE INDEX ON t (a) INCLUDE (b);
