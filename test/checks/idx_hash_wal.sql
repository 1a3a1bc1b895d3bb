-- firing
CREATE TABLE t (id int PRIMARY KEY, "U" uuid, n bigint, d date);
CREATE INDEX "T u" ON t USING hash ("U") WITH (fillfactor = 60);
CREATE INDEX t_n ON t USING hash (n) WHERE n > 0;
-- expect: public."T u" | ^a hash index on the 16 bytes of "U" is no smaller than a btree
-- expect: public.t_n | ^a hash index on the 8 bytes of n

-- silent: long values, and one that is redundant anyhow
CREATE TABLE t (id int PRIMARY KEY, url text);
CREATE INDEX ON t USING hash (url);
CREATE INDEX ON t USING hash (id);
CREATE INDEX ON t USING hash (lower(url));
