-- extension: pg_stat_statements

-- firing
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
SELECT format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)', i, date '2020-01-01' + i * 10, date '2020-01-11' + i * 10) FROM generate_series(0, 9) i \gexec
CREATE INDEX ON events (id);
INSERT INTO events SELECT i, date '2020-01-01' + i % 100, 'k' FROM generate_series(1, 1000) i;
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT kind FROM events WHERE at = date ''2020-01-01'' AND id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT kind FROM events WHERE id = ' || i FROM generate_series(1, 20) i \gexec
-- expect: queryid N | ^no condition on at, the partition key of public.events: all 10 partitions are searched; 20 calls

-- silent: the key is there, everything is wanted, one partition is named, few partitions
CREATE TABLE events (id int, at date, kind text) PARTITION BY RANGE (at);
SELECT format('CREATE TABLE events_%s PARTITION OF events FOR VALUES FROM (%L) TO (%L)', i, date '2020-01-01' + i * 10, date '2020-01-11' + i * 10) FROM generate_series(0, 9) i \gexec
INSERT INTO events SELECT i, date '2020-01-01' + i % 100, 'k' FROM generate_series(1, 1000) i;
CREATE TABLE few (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE few_1 PARTITION OF few FOR VALUES FROM ('2020-01-01') TO ('2030-01-01');
VACUUM ANALYZE;
SELECT pg_stat_statements_reset();
SELECT 'SELECT kind FROM events WHERE at = date ''2020-01-01'' AND id = ' || i FROM generate_series(1, 1000) i \gexec
SELECT 'SELECT count(*) FROM events' FROM generate_series(1, 20) i \gexec
SELECT 'SELECT kind FROM events_1 WHERE id = ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT at FROM few WHERE id = ' || i FROM generate_series(1, 20) i \gexec
SELECT 'SELECT e.kind FROM events e WHERE e.at > current_date AND id = ' || i FROM generate_series(1, 20) i \gexec
