-- firing
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE "Rest" PARTITION OF events DEFAULT;
INSERT INTO events SELECT i, date '2026-01-30' + i FROM generate_series(1, 5) i;
CREATE TABLE regions (id int, region text) PARTITION BY LIST (region);
CREATE TABLE regions_eu PARTITION OF regions FOR VALUES IN ('eu');
CREATE TABLE regions_rest PARTITION OF regions DEFAULT;
INSERT INTO regions SELECT i, CASE WHEN i <= 10 THEN 'eu' ELSE 'us' END FROM generate_series(1, 100) i;
-- expect: public.events | 4 of 5 rows are in the default partition public."Rest"
-- expect: public.regions | 90 of 100 rows are in the default partition public.regions_rest

-- silent
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
INSERT INTO events VALUES (1, '2026-01-10');
CREATE TABLE regions (id int, region text) PARTITION BY LIST (region);
CREATE TABLE regions_eu PARTITION OF regions FOR VALUES IN ('eu');
CREATE TABLE regions_rest PARTITION OF regions DEFAULT;
INSERT INTO regions SELECT i, CASE WHEN i <= 90 THEN 'eu' ELSE 'us' END FROM generate_series(1, 100) i;
CREATE TABLE no_default (id int) PARTITION BY RANGE (id);

-- firing: a set of dbeng.manage_partitions()
SET client_min_messages = warning;
CREATE TABLE events (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('events', '100', with_default => true, premake => 0);
INSERT INTO events SELECT generate_series(1, 150);
-- expect: public.events | 51 of 150 rows are in the default partition public.events_default
