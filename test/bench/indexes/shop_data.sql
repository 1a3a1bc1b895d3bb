-- Some 3.3 million rows, the same at every run.
SET synchronous_commit = off;
SET TimeZone = 'UTC';
SET max_parallel_workers_per_gather = 0;
-- The rows refer to one another rightly by the way they are made; checking that would take longer than making them.
SET session_replication_role = replica;
SELECT setseed(0.4711);
INSERT INTO customers SELECT n, 'User' || n || CASE WHEN n % 3 = 0 THEN '@Example.com' ELSE '@mail.test' END,
	initcap(translate(substr(md5(n::text), 1, 6), '0123456789', 'aeioulnrst')) || ' ' || initcap(translate(substr(md5((n * 31 % 20011)::text), 1, 7), '0123456789', 'aeioulnrst')),
	'+46' || 700000000 + n * 37 % 9999991, 'City ' || (random() * random() * 2000)::int, (ARRAY['SE', 'NO', 'DK', 'FI', 'DE'])[1 + (random() * 4)::int],
	random() < 0.6, CASE WHEN n % 4000 = 7 THEN '{"beta": true, "theme": "dark"}' WHEN n % 2 = 0 THEN '{"theme": "dark"}' ELSE '{"theme": "light", "locale": "sv"}' END::jsonb,
	timestamptz '2020-01-01' + random() * interval '2190 days', CASE WHEN random() < 0.002 THEN timestamptz '2025-01-01' + random() * interval '300 days' END
FROM generate_series(1, 100001) n;
INSERT INTO warehouses SELECT n, 'Warehouse ' || n, 'SE' FROM generate_series(1, 20) n;
INSERT INTO categories SELECT n, 'Category ' || n FROM generate_series(1, 40) n;
INSERT INTO products SELECT n, 'SKU-' || lpad(n::text, 7, '0'), 'Product ' || md5(n::text), 1 + n % 40, (random() * 500)::numeric(10, 2), (random() * 0.4)::numeric(4, 3), n % 12 = 0,
	ARRAY['tag' || (random() * 40)::int, 'tag' || (random() * 40)::int, 'rare' || (random() * 3000)::int],
	jsonb_build_object('ean', lpad((n * 7919 % 1000003)::text, 13, '4'), 'colour', (ARRAY['red', 'green', 'blue', 'teal', 'black', 'white'])[1 + (random() * 5)::int],
		'size', (ARRAY['XS', 'S', 'M', 'L', 'XL'])[1 + (random() * 4)::int], 'lot', (random() * 800)::int),
	repeat('Sturdy and well made. ', 8)
FROM generate_series(1, 30000) n;
INSERT INTO orders SELECT n, 1 + (random() * random() * 99999)::int, 1 + (random() * 19)::int,
	CASE WHEN random() < 0.97 THEN 'done' WHEN random() < 0.1 THEN 'pending' WHEN random() < 0.1 THEN 'packed' ELSE 'cancelled' END,
	(ARRAY['web', 'app', 'phone', 'store'])[1 + (random() * 3)::int], CASE WHEN random() < 0.3 THEN 'COUPON' || (random() * 200)::int END,
	(random() * random() * random() * 10000)::numeric(10, 2), timestamptz '2023-01-01' + random() * interval '1095 days', NULL
FROM generate_series(1, 400000) n;
UPDATE orders SET shipped_at = placed_at + random() * interval '9 days' WHERE status = 'done' AND random() < 0.98;
INSERT INTO order_lines SELECT n, 1 + (random() * 399999)::int, 1 + (random() * 29999)::int, 1 + (random() * 5)::int, (random() * 500)::numeric(10, 2), random() < 0.03,
	CASE WHEN random() < 0.1 THEN 'please wrap as a present' END
FROM generate_series(1, 1000000) n;
INSERT INTO payments SELECT n, 1 + (n::bigint * 104729 % 400000), 'ch_' || md5(n::text), CASE WHEN random() < 0.95 THEN 'settled' ELSE 'failed' END, (random() * 1000)::numeric(10, 2),
	random() > 0.003, timestamp '2024-01-01' + random() * interval '730 days', repeat('paid by card ', 5)
FROM generate_series(1, 250000) n;
INSERT INTO reviews SELECT n, 1 + (random() * random() * 29999)::int, 1 + (random() * 99999)::int, 1 + (random() * 4)::int, random() > 0.004,
	timestamptz '2023-01-01' + random() * interval '1095 days', repeat('As good as they say, and it came in time. ', 4)
FROM generate_series(1, 150000) n;
INSERT INTO jobs SELECT n, (ARRAY['mail', 'export', 'index', 'thumbnail', 'webhook'])[1 + (random() * 4)::int], CASE WHEN random() < 0.94 THEN 'finished' WHEN random() < 0.9 THEN 'ready' ELSE 'failed' END,
	(random() * 9)::int, timestamptz '2025-01-01' + random() * interval '365 days', CASE WHEN random() < 0.01 THEN 'worker-' || (random() * 60)::int END,
	(random() * 3)::int, repeat('{"to": "somebody"} ', 6)
FROM generate_series(1, 150000) n;
INSERT INTO rooms SELECT n, 'Room ' || n FROM generate_series(1, 60) n;
INSERT INTO bookings SELECT n, 1 + (random() * 59)::int, tstzrange(b, b + interval '30 minutes' + random() * interval '3 hours'), 'Guest ' || n
FROM (SELECT n, timestamptz '2020-01-01' + random() * interval '2190 days' AS b FROM generate_series(1, 100000) n) s;
INSERT INTO messages SELECT n, 1 + (random() * 4000)::int, 1 + (random() * 5000)::int, 1 + (random() * 5000)::int, s, CASE WHEN random() < 0.97 THEN s + random() * interval '2 days' END,
	repeat('Dear all, as we said before. ', 3)
FROM (SELECT n, timestamptz '2025-01-01' + random() * interval '365 days' AS s FROM generate_series(1, 250000) n) s;
INSERT INTO documents SELECT n, 'Report ' || md5(n::text), '/projects/' || n % 1500 || '/' || md5((n * 3)::text) || '.txt',
	'https://archive.example.com/' || repeat(md5((n * 5)::text) || '/', 8) || n,
	concat_ws(' ', 'figures', 'word' || (random() * random() * 6000)::int, 'word' || (random() * random() * 6000)::int, 'word' || (random() * random() * 6000)::int, 'quarter', repeat('summary of the season ', 6))
FROM generate_series(1, 40000) n;
INSERT INTO sessions SELECT n, 1 + (random() * 99998)::int, md5((n * 11)::text), timestamptz '2026-01-01' + random() * interval '30 days', timestamptz '2025-12-01' + random() * interval '31 days',
	'Mozilla/5.0 (X11; Linux x86_64)'
FROM generate_series(1, 120000) n;
INSERT INTO audit_log (logged_at, actor_id, action, detail) SELECT timestamptz '2025-01-01' + n * interval '63 seconds', 1 + (random() * 3000)::int,
	(ARRAY['read', 'write', 'login', 'logout'])[1 + (random() * 3)::int], repeat('changed a field of a record ', 2)
FROM generate_series(1, 500000) n;
INSERT INTO events SELECT n, timestamptz '2025-07-01' + random() * interval '183 days 23 hours', 1 + (random() * 99999)::int,
	CASE WHEN random() < 0.0005 THEN 'refund' ELSE (ARRAY['view', 'click', 'basket', 'search'])[1 + (random() * 3)::int] END, '{"source": "web", "page": 17}'
FROM generate_series(1, 400000) n;
