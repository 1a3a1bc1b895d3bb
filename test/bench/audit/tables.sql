-- The rows that are written: values as applications have them, neither constant nor random bytes.
SET search_path = bench, public;
SELECT setseed(0.5);
CREATE TABLE narrow_source AS
	SELECT n::bigint AS id, (random() * 1000)::int AS n, 'customer ' || md5(n::text)::varchar(12) AS name, (random() * 10000)::numeric(12, 2) AS amount,
		timestamptz '2026-01-01' + n * interval '7 seconds' AS updated_at
	  FROM generate_series(1, :narrow_rows) n;
DO $$
DECLARE
	columns text := 'n::bigint AS id';
BEGIN
	FOR i IN 1 .. 39 LOOP
		columns := columns || format(', %s AS c%s', CASE i % 8
			WHEN 0 THEN '(random() * 100000)::int'
			WHEN 1 THEN $q$'text ' || md5((n + random())::text)::varchar(24)$q$
			WHEN 2 THEN '(random() * 1000)::numeric(12, 2)'
			WHEN 3 THEN $q$timestamptz '2026-01-01' + n * interval '11 seconds'$q$
			WHEN 4 THEN 'random() < 0.3'
			WHEN 5 THEN 'CASE WHEN random() < 0.7 THEN (random() * 1000)::bigint END'
			WHEN 6 THEN $q$(ARRAY['new', 'paid', 'shipped', 'returned'])[1 + (random() * 3)::int]$q$
			ELSE $q$date '2026-01-01' + (n % 365)::int$q$ END, i);
	END LOOP;
	EXECUTE format('CREATE TABLE bench.wide_source AS SELECT %s FROM generate_series(1, %s) n', columns, current_setting('bench.wide_rows'));
END $$;
CREATE TABLE toast_source (id bigint, n int, document text);
ALTER TABLE toast_source ALTER document SET STORAGE EXTERNAL;
INSERT INTO toast_source SELECT n, 0, (SELECT string_agg(md5((n * 10000 + i)::text), '') FROM generate_series(1, 3200) i) FROM generate_series(1, :toast_rows) n;
VACUUM ANALYZE;
