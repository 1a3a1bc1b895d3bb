-- firing
CREATE TABLE t (id int PRIMARY KEY, price money DEFAULT 0, total_cost numeric(12,2));
INSERT INTO t VALUES (1, 12.5);
-- expect: public.t.price | lc_monetary

-- silent
CREATE TABLE t (id int PRIMARY KEY, price numeric(12,2), cents bigint);
