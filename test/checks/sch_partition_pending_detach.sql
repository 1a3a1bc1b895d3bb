-- firing
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE "Old" PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SET allow_system_table_mods = on;
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = '"Old"'::regclass;
-- expect: public."Old" | half detached from public.events

-- silent
CREATE TABLE events (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

-- firing: a set of dbeng.manage_partitions()
SET client_min_messages = warning;
CREATE TABLE events (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE old PARTITION OF events FOR VALUES FROM (-1000) TO (0);
SELECT dbeng.manage_partitions('events', '1000');
SET allow_system_table_mods = on;
UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'old'::regclass;
-- expect: public.old | half detached from public.events
