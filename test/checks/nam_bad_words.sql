-- enable

-- firing
CREATE TABLE t (id int PRIMARY KEY, data text, value int, name text);
-- expect: public.t | ^data and value: names that

-- silent
CREATE TABLE t (id int PRIMARY KEY, payload text, price_value int, data_source text);
