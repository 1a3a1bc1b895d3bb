-- firing
SELECT 'CREATE TABLE t (' || string_agg(format('c%s int', i), ', ') || ')' FROM generate_series(1, 60) i \gexec
-- expect: public.t | ^60 columns: each update

-- firing: the limit of the server, used up by dropped columns
SELECT 'CREATE TABLE t (id int PRIMARY KEY, ' || string_agg(format('c%s bool', i), ', ') || ')' FROM generate_series(1, 1450) i \gexec
SELECT 'ALTER TABLE t ' || string_agg(format('DROP c%s', i), ', ') FROM generate_series(1, 1440) i \gexec
-- expect: public.t | ^1451 of the 1600 columns .* 1440 of them by dropped

-- silent
SELECT 'CREATE TABLE t (' || string_agg(format('c%s int', i), ', ') || ')' FROM generate_series(1, 50) i \gexec
