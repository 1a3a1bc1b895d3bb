-- firing
CREATE TABLE shops (id int PRIMARY KEY, opens timetz, closes time);
-- expect: public.shops.opens | without a day

-- silent
CREATE TABLE shops (id int PRIMARY KEY, opens time, changed timestamptz);
