-- firing
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, m int, CONSTRAINT "so true" CHECK (1 = 1 OR n > 0),
	CONSTRAINT again CHECK (n IS NOT NULL));
CREATE TABLE parted (id int, CONSTRAINT parted_true CHECK (true)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
-- expect: "so true" on public.t | is true of every row
-- expect: again on public.t | says what NOT NULL already does
-- expect: parted_true on public.parted | CHECK \(true\) is true of every row

-- silent
CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL CHECK (n > 0), m int CHECK (m IS NOT NULL), o int CHECK (o IS NOT NULL OR n > 5),
	p int CHECK (p = p));
