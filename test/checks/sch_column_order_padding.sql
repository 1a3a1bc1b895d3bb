-- threshold: {"megabytes": 1, "percent": 10}

-- firing
CREATE TABLE t (a bool, b bigint, c bool, d bigint, e bool, f timestamptz);
INSERT INTO t SELECT true, i, true, i, false, now() FROM generate_series(1, 30000) i;
ANALYZE t;
-- expect: public.t | ^about 16 bytes of each row are gaps

-- silent
CREATE TABLE t (b bigint, d bigint, f timestamptz, g int, a bool, c bool, e bool, h text, i numeric);
INSERT INTO t SELECT i, i, now(), 1, true, true, false, 'x' || i, 1.5 FROM generate_series(1, 30000) i;
CREATE TABLE small (a bool, b bigint, c bool, d bigint);
INSERT INTO small SELECT true, 1, true, 1 FROM generate_series(1, 100);
CREATE TABLE nulls (a bool, b bigint, c bool, d bigint, e bool, f timestamptz, g text);
INSERT INTO nulls SELECT NULL, NULL, NULL, NULL, NULL, NULL, repeat('x', 80) FROM generate_series(1, 30000) i;
ANALYZE;
