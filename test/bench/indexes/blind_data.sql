-- Some 1.8 million rows, the same at every run.
SET synchronous_commit = off;
SET TimeZone = 'UTC';
SET max_parallel_workers_per_gather = 0;
-- The rows refer to one another rightly by the way they are made.
SET session_replication_role = replica;
SELECT setseed(0.1871);
INSERT INTO core.org SELECT md5('org' || n)::uuid, 'Company ' || n, (ARRAY['north', 'south', 'east', 'west'])[1 + n % 4] FROM generate_series(1, 400) n;
INSERT INTO core.sla SELECT n, n * 8, 'Tier ' || n FROM generate_series(1, 6) n;
INSERT INTO core.person SELECT md5('person' || n)::uuid, md5('org' || 1 + (random() * random() * 399)::int)::uuid, 'Login.' || n, initcap(translate(substr(md5(n::text), 1, 7), '0123456789', 'aeioulnrst')) || ' Smith',
	lpad(to_hex(n * 7), 10, '0'), date '1950-01-01' + (random() * 18000)::int, timestamptz '2026-02-01' + random() * interval '20 days', random() < 0.003,
	CASE WHEN n % 900 = 3 THEN '{"language": "eo", "digest": true}' ELSE '{"language": "en"}' END::jsonb
FROM generate_series(1, 60000) n;
INSERT INTO core.asset SELECT n, 'AB' || n * 13 % 999983, md5('org' || 1 + (random() * 399)::int)::uuid, CASE WHEN random() < 0.8 THEN md5('person' || 1 + (random() * 59998)::int)::uuid END,
	(ARRAY['laptop', 'laptop', 'laptop', 'phone', 'phone', 'screen', 'screen', 'printer'])[1 + (random() * 7)::int]::core.asset_kind, inet '10.0.0.0' + (n * 29 % 1000003)::bigint, date '2015-01-01' + (random() * 4000)::int,
	(random() * random() * 4000)::numeric(10, 2), random() < 0.9, repeat('as delivered ', 6)
FROM generate_series(1, 100000) n;
UPDATE core.asset SET kind = 'vehicle', price = price * 10 WHERE id % 1009 = 5;
INSERT INTO "Support"."Ticket" SELECT n, 'HD-' || lpad((n * 17 % 1000003)::text, 7, '0'), md5('org' || 1 + (random() * random() * 399)::int)::uuid, md5('person' || 1 + (random() * 59998)::int)::uuid,
	CASE WHEN random() < 0.985 THEN md5('person' || 1 + (random() * random() * 300)::int)::uuid END,
	(CASE WHEN random() < 0.96 THEN 'closed' WHEN random() < 0.5 THEN 'solved' WHEN random() < 0.5 THEN 'open' WHEN random() < 0.6 THEN 'waiting' ELSE 'new' END)::"Support"."TicketState",
	1 + (random() * random() * 5)::int, date '2022-01-01' + (random() * 1500)::int, timestamptz '2022-01-03' + random() * interval '1500 days', NULL,
	'Trouble with ' || substr(md5((n * 3)::text), 1, 12), ARRAY['l' || (random() * 30)::int, 'x' || (random() * 2500)::int], jsonb_build_object('site', (random() * 900)::int, 'vip', random() < 0.01)
FROM generate_series(1, 250000) n;
UPDATE "Support"."Ticket" SET "ClosedAt" = "DueAt" + (random() - 0.5) * interval '9 days' WHERE "State" IN ('closed', 'solved');
INSERT INTO "Support"."Comment" SELECT 1 + n % 250000, 1 + n / 250000, md5('person' || 1 + (random() * random() * 59998)::int)::uuid, timestamp '2022-01-03' + random() * interval '1500 days', random() < 0.2,
	repeat('Have you tried it again since? ', 3)
FROM generate_series(0, 499999) n;
INSERT INTO "Support"."Attachment" SELECT md5('file' || n)::uuid, 1 + (random() * 249999)::int, 1 + n % 2, decode(md5((n % 70000)::text) || md5('x' || n % 70000), 'hex'), (random() * random() * 1e7)::int, 'picture ' || n || CASE WHEN n % 700 = 0 THEN '.heic' ELSE '.png' END
FROM generate_series(1, 100000) n;
INSERT INTO "Support"."Worklog" SELECT 1 + n, date '2022-01-01' + (random() * 1500)::int, md5('person' || 1 + (random() * 900)::int)::uuid, 5 + (random() * 200)::int, (50 + random() * 100)::numeric(8, 2), random() < 0.99
FROM generate_series(1, 200000) n;
INSERT INTO "Support"."Shift" SELECT n, md5('person' || 1 + (random() * 300)::int)::uuid, daterange(d, d + 1 + (random() * 6)::int), 'Place ' || n % 9
FROM (SELECT n, date '2022-01-01' + (random() * 1500)::int AS d FROM generate_series(1, 60000) n) s;
INSERT INTO core.login SELECT n, md5('person' || 1 + (random() * 59999)::int)::uuid, inet '192.168.0.0' + (random() * 65000)::bigint, timestamptz '2025-01-01' + n * interval '1 minute 40 seconds', random() < 0.998, 'Mozilla/5.0 (X11; Linux x86_64)'
FROM generate_series(1, 250000) n;
INSERT INTO core.article SELECT 'how-to-' || substr(md5((n / 2)::text), 1, 14), CASE n % 2 WHEN 0 THEN 'en' ELSE 'de' END, 'How to mend ' || md5(n::text),
	concat_ws(' ', 'part' || (random() * random() * 5000)::int, 'part' || (random() * random() * 5000)::int, repeat('switch it off and on and wait for the lamp ', 8)), (random() * random() * 900)::int, timestamptz '2024-01-01' + random() * interval '700 days'
FROM generate_series(2, 20001) n;
INSERT INTO core.reading SELECT (ARRAY['north', 'south', 'east'])[1 + n % 3], 1 + (random() * 1500)::int, timestamptz '2025-06-01' + n * interval '45 seconds', random() * 100, repeat('a1b2', 12)
FROM generate_series(1, 300000) n;
