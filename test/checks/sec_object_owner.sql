-- firing
CREATE ROLE fx_other;
SELECT format('CREATE TABLE t%s (id int)', n) FROM generate_series(1, 10) n \gexec
CREATE TABLE odd (id int);
ALTER TABLE odd OWNER TO fx_other;
-- expect: public | 1 of its 11 relations .* public.odd is fx_other's

-- silent: a small schema, and one that two roles share
CREATE ROLE fx_other;
CREATE TABLE a (id int);
CREATE TABLE b (id int);
ALTER TABLE b OWNER TO fx_other;
CREATE SCHEMA shared;
SELECT format('CREATE TABLE shared.t%s (id int)', n) FROM generate_series(1, 12) n \gexec
SELECT format('ALTER TABLE shared.t%s OWNER TO fx_other', n) FROM generate_series(1, 6) n \gexec

-- silent: one owner, however many partitions belong to others
CREATE ROLE fx_other;
SELECT format('CREATE TABLE t%s (id int)', n) FROM generate_series(1, 10) n \gexec
CREATE TABLE p (id int) PARTITION BY LIST (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
ALTER TABLE p1 OWNER TO fx_other;
