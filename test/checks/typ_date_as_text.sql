-- firing
CREATE TABLE t (id int PRIMARY KEY, birth_date varchar(10), created_at text, changed_at timestamptz);
INSERT INTO t SELECT i, (date '2000-01-01' + i)::text, to_char(now() - i * interval '1 day', 'DD.MM.YYYY HH24:MI') FROM generate_series(1, 100) i;
ANALYZE t;
-- expect: public.t.birth_date | sampled values are dates
-- expect: public.t.created_at | sampled values are dates

-- silent
CREATE TABLE t (id int PRIMARY KEY, birth_date date, start_date text, format_date text, best_time text, version text);
INSERT INTO t SELECT i, now(), 'about ' || i, 'YYYY-MM-DD', i || ':00', '2020-01-01' FROM generate_series(1, 100) i;
ANALYZE t;
CREATE TABLE u (id int PRIMARY KEY, created_at text);
