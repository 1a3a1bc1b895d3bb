-- 01 text key in quotes | 12 | improvable
SELECT "Id", "Subject", "State" FROM "Support"."Ticket" WHERE "Code" = 'HD-0000170';
-- 02 citext | 12 | improvable
SELECT id, "fullName" FROM core.person WHERE login = 'login.4711';
-- 03 char(n) | 6 | improvable
SELECT id, "fullName" FROM core.person WHERE badge = '000000270f';
-- 04 domain | 8 | improvable
SELECT id, kind, network FROM core.asset WHERE serial = 'AB130';
-- 05 uuid and enum, by due time | 12 | improvable
SELECT "Id", "Code", "DueAt" FROM "Support"."Ticket" WHERE "AssigneeId" = md5('person17')::uuid AND "State" = 'open' ORDER BY "DueAt" LIMIT 20;
-- 06 rare enum, range | 6 | improvable
SELECT id, price, bought FROM core.asset WHERE kind = 'vehicle' AND price > 20000;
-- 07 is null | 8 | improvable
SELECT "Id", "Code" FROM "Support"."Ticket" WHERE "AssigneeId" IS NULL AND "State" = 'new';
-- 08 open ones by due time | 10 | improvable
SELECT "Id", "Code", "DueAt" FROM "Support"."Ticket" WHERE "ClosedAt" IS NULL ORDER BY "DueAt" LIMIT 30;
-- 09 part of a key of two columns | 6 | improvable
SELECT id, "fileName", bytes FROM "Support"."Attachment" WHERE ticket = 4711 AND seq = 2;
-- 10 bytea | 6 | improvable
SELECT id, ticket FROM "Support"."Attachment" WHERE sha256 = decode(md5('17') || md5('x17'), 'hex');
-- 11 author, newest first | 6 | improvable
SELECT "TicketId", "Seq", "WrittenAt" FROM "Support"."Comment" WHERE "AuthorId" = md5('person2500')::uuid ORDER BY "WrittenAt" DESC LIMIT 15;
-- 12 keyset of two | 5 | improvable
SELECT "TicketId", "Seq", "WrittenAt" FROM "Support"."Comment" WHERE ("WrittenAt", "TicketId") > ('2025-03-03 08:00', 1000) ORDER BY "WrittenAt", "TicketId" LIMIT 40;
-- 13 networks | 5 | improvable
SELECT id, serial FROM core.asset WHERE network << inet '10.0.17.0/24';
-- 14 one address | 6 | improvable
SELECT id, at, success FROM core.login WHERE address = '192.168.7.7' AND at > '2025-06-01 00:00+00';
-- 15 failed logins | 6 | improvable
SELECT person, at FROM core.login WHERE NOT success ORDER BY at DESC LIMIT 25;
-- 16 date range and sum | 4 | improvable
SELECT sum(minutes), count(*) FROM "Support"."Worklog" WHERE day BETWEEN '2025-03-03' AND '2025-03-05';
-- 17 unbilled | 6 | improvable
SELECT ticket, day, minutes * rate / 60 AS amount FROM "Support"."Worklog" WHERE billed = false AND person = md5('person40')::uuid;
-- 18 date range overlap | 6 | improvable
SELECT id, agent, place FROM "Support"."Shift" WHERE days && daterange('2024-04-01', '2024-04-03') AND agent = md5('person9')::uuid;
-- 19 day in a range | 6 | improvable
SELECT id, agent FROM "Support"."Shift" WHERE days @> date '2024-05-05';
-- 20 labels | 5 | improvable
SELECT "Id", "Code" FROM "Support"."Ticket" WHERE "Labels" @> ARRAY['x77', 'l7'];
-- 21 jsonb contains | 5 | improvable
SELECT "Id", "Code" FROM "Support"."Ticket" WHERE "Custom" @> '{"site": 42, "vip": true}';
-- 22 jsonb number | 5 | improvable
SELECT "Id", "Code" FROM "Support"."Ticket" WHERE ("Custom" ->> 'site')::int = 77;
-- 23 jsonb text | 5 | improvable
SELECT id, login FROM core.person WHERE settings ->> 'language' = 'eo';
-- 24 upper() | 5 | improvable
SELECT id, login FROM core.person WHERE upper("fullName") = 'LSTAONR SMITH';
-- 25 prefix of varchar | 5 | improvable
SELECT "Id", "Code" FROM "Support"."Ticket" WHERE "Subject" LIKE 'Trouble with 9a8b%';
-- 26 infix | 5 | improvable
SELECT slug, language FROM core.article WHERE title LIKE '%mend 1f0e3d%';
-- 27 text search on an expression | 5 | improvable
SELECT slug, language, title FROM core.article WHERE to_tsvector('english', body) @@ plainto_tsquery('english', 'part4711');
-- 28 top votes | 5 | improvable
SELECT slug, title, votes FROM core.article WHERE language = 'de' ORDER BY votes DESC, changed DESC LIMIT 10;
-- 29 month and day of a date | 3 | improvable
SELECT id, "fullName" FROM core.person WHERE extract(month FROM birthday) = 2 AND extract(day FROM birthday) = 29;
-- 30 persons of a company by name | 5 | improvable
SELECT p.id, p."fullName" FROM core.org o JOIN core.person p ON p.org_id = o.id WHERE o.name = 'Company 397' ORDER BY p."fullName";
-- 31 assets of a person, exists | 4 | improvable
SELECT p.id, p."fullName" FROM core.person p WHERE p.login = 'login.99' AND EXISTS (SELECT FROM core.asset a WHERE a.holder = p.id AND NOT a.retired);
-- 32 last login of some | 3 | improvable
SELECT p.id, (SELECT max(l.at) FROM core.login l WHERE l.person = p.id) FROM core.person p WHERE p.badge IN ('000000270f', '0000000dac', '0000002a32');
-- 33 partitions | 8 | improvable
SELECT taken, value FROM core.reading WHERE device = 700 ORDER BY taken DESC LIMIT 10;
-- 34 one partition and time | 5 | improvable
SELECT device, taken, value FROM core.reading WHERE region = 'north' AND device = 7 AND taken >= '2025-10-01 00:00+00';
-- 35 through a view | 5 | improvable
SELECT "Id", "Code", "DueAt" FROM "Support"."OpenTicket" WHERE login = 'login.1234';
-- 36 delete of old ones | 3 | improvable
DELETE FROM core.login WHERE at < '2025-01-01 02:00+00';
-- 37 update by requester | 4 | improvable
UPDATE "Support"."Ticket" SET "Tier" = 2 WHERE "RequesterId" = md5('person4242')::uuid AND "State" <> 'closed';
-- 38 company and day | 4 | improvable
SELECT "Id", "Code", "OpenedOn" FROM "Support"."Ticket" WHERE "OrgId" = md5('org12')::uuid AND "OpenedOn" >= '2026-01-20';
-- 39 dearest of a company | 4 | improvable
SELECT id, serial, price FROM core.asset WHERE org_id = md5('org77')::uuid ORDER BY price DESC NULLS LAST LIMIT 5;
-- 40 claim the next | 10 | improvable
UPDATE "Support"."Ticket" SET "AssigneeId" = md5('person1')::uuid WHERE "Id" = (SELECT "Id" FROM "Support"."Ticket" WHERE "State" = 'new' AND "AssigneeId" IS NULL ORDER BY "Tier", "DueAt" LIMIT 1 FOR UPDATE SKIP LOCKED);

-- 61 whole aggregate | 2 | trap
SELECT "State", count(*), min("DueAt"), max("ClosedAt"), avg(length("Subject")), max("Code") FROM "Support"."Ticket" GROUP BY "State";
-- tempting: CREATE INDEX ON "Support"."Ticket" ("State"); CREATE INDEX ON "Support"."Ticket" ("State", "DueAt")
-- 62 a table of one page | 300 | trap
SELECT tier, hours FROM core.sla WHERE label = 'Tier 3';
-- tempting: CREATE INDEX ON core.sla (label)
-- 63 most of them | 2 | trap
SELECT id, serial, remarks FROM core.asset WHERE retired;
-- tempting: CREATE INDEX ON core.asset (retired); CREATE INDEX ON core.asset (id) WHERE retired
-- 64 key of two columns | 60 | trap
SELECT "Text" FROM "Support"."Comment" WHERE "TicketId" = 4711 AND "Seq" = 1;
-- tempting: CREATE INDEX ON "Support"."Comment" ("Seq", "TicketId"); CREATE INDEX ON "Support"."Comment" ("TicketId")
-- 65 leading half of the key | 30 | trap
SELECT title, body FROM core.article WHERE slug = 'how-to-c4ca4238a0b923';
-- tempting: CREATE INDEX ON core.article (slug)
-- 66 ping | 15000 | trap
UPDATE core.person SET "lastPing" = now() WHERE id = md5('person{n}')::uuid;
-- 67 who is there | 1 | trap
SELECT id, login FROM core.person WHERE "lastPing" > '2026-02-20 23:30+00';
-- tempting: CREATE INDEX ON core.person ("lastPing")
-- writes
-- 68 a stable expression | 2 | trap
SELECT id, person, agent FROM core.login WHERE to_char(at, 'YYYY-MM') = '2025-03';
-- tempting: CREATE INDEX ON core.login (at)
-- 69 everything joined | 1 | trap
SELECT p."fullName", t."Subject" FROM "Support"."Ticket" t JOIN core.person p ON p.id = t."RequesterId" JOIN core.org o ON o.id = t."OrgId" WHERE o.region <> 'north';
-- tempting: CREATE INDEX ON core.org (region); CREATE INDEX ON "Support"."Ticket" ("RequesterId", "OrgId")
-- 70 volatile filter | 2 | trap
SELECT id, person, agent FROM core.login WHERE random() < 0.00001;
-- tempting: CREATE INDEX ON core.login (person)
-- 71 unequal | 2 | trap
SELECT id, "fullName", settings FROM core.person WHERE locked IS NOT TRUE AND login <> 'root';
-- tempting: CREATE INDEX ON core.person (locked, login)
-- 72 insert | 200 | trap
INSERT INTO "Support"."Shift" VALUES (1000000 + {n}, md5('person1')::uuid, '[2026-03-01,2026-03-02)', 'Place 1');
