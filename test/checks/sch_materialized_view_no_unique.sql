-- firing
CREATE MATERIALIZED VIEW v AS SELECT i % 10 AS a, i AS b, 'x' || i AS c FROM generate_series(1, 100) i;
CREATE UNIQUE INDEX v_part ON v (b) WHERE b > 5;
CREATE UNIQUE INDEX v_expression ON v ((b + 1));
ANALYZE v;
CREATE MATERIALIZED VIEW w AS SELECT 1 AS a;
-- expect: public.v | ^no unique index, so REFRESH
-- expect: public.w | ^no unique index

-- silent
CREATE MATERIALIZED VIEW v AS SELECT 1 AS a, 2 AS b;
CREATE UNIQUE INDEX ON v (a, b);
CREATE VIEW w AS SELECT 1 AS a;
CREATE MATERIALIZED VIEW never AS SELECT 1 AS a WITH NO DATA;
