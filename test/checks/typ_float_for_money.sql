-- firing
CREATE TABLE t (id int PRIMARY KEY, price real, "totalAmount" double precision DEFAULT 0, cost numeric);
INSERT INTO t VALUES (1, 1234.56, 0.1);
-- expect: public.t.price | money and is real
-- expect: public.t."totalAmount" | money and is double precision

-- silent
CREATE TABLE t (id int PRIMARY KEY, price numeric, discount_rate float8, price_index float8, cost_factor real, lat float8,
	lon float8, weight real, balance_score float8);
