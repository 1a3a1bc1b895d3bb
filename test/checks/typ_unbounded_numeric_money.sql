-- enable

-- firing
CREATE TABLE t (id int PRIMARY KEY, price numeric, total_cost numeric, fee numeric(12,2));
-- expect: public.t | ^price and total_cost are numeric

-- silent
CREATE TABLE t (id int PRIMARY KEY, price numeric(12,2), measure numeric);
