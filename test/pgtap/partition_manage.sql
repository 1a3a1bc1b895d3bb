-- dbeng.manage_partitions(): what it makes of each kind of key, what it refuses, and that a refusal changes nothing.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;
SET LOCAL TimeZone = 'UTC';

-- SQLSTATE, message, DETAIL and HINT of a statement that fails.
CREATE FUNCTION pg_temp.failure(statement text, OUT code text, OUT message text, OUT detail text, OUT hint text) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	code := '00000';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
END $$;
CREATE FUNCTION pg_temp.detail(arguments text) RETURNS text LANGUAGE sql AS $$SELECT detail FROM pg_temp.failure('SELECT dbeng.manage_partitions(' || arguments || ')')$$;
CREATE FUNCTION pg_temp.hint(arguments text) RETURNS text LANGUAGE sql AS $$SELECT hint FROM pg_temp.failure('SELECT dbeng.manage_partitions(' || arguments || ')')$$;
CREATE FUNCTION pg_temp.bounds(parent regclass) RETURNS SETOF text LANGUAGE sql AS $$
	SELECT c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
	WHERE i.inhparent = parent ORDER BY (SELECT coalesce(p.lower, 'zz') FROM dbeng.partitions p WHERE p.partition = c.oid), c.oid
$$;

CREATE SCHEMA shop;

-- Each kind of key: the present one, as many ahead as premake says, and for what comes late to a set that begins the one before.
CREATE TABLE shop.days (at timestamptz NOT NULL) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.days', '1 day'), 6, 'six made');
SELECT results_eq($$SELECT partition::text, lower::timestamptz, upper::timestamptz FROM dbeng.partitions WHERE parent = 'shop.days'::regclass ORDER BY lower$$,
	$$SELECT 'shop.days_' || to_char(d, 'YYYY_MM_DD'), d, d + interval '1 day' FROM generate_series(date_trunc('day', now()) - interval '1 day', date_trunc('day', now()) + interval '4 days', '1 day') d$$,
	'yesterday, today and four days');
SELECT is(dbeng.manage_partitions('shop.days', '1 day'), 0, 'called again it makes none');
SELECT is(dbeng.manage_partitions('shop.days', '1 day', premake => 6), 2, 'but what other settings want');
SELECT lives_ok('INSERT INTO shop.days SELECT now() + i * interval ''1 day'' FROM generate_series(-1, 6) i', 'rows find their place');
SELECT throws_ok('INSERT INTO shop.days VALUES (now() + interval ''7 days'')', '23514', NULL, 'and no further');
SELECT throws_ok('INSERT INTO shop.days VALUES (now() - interval ''2 days'')', '23514', NULL, 'on either side');

CREATE TABLE shop.plain_days (day date PRIMARY KEY) PARTITION BY RANGE (day);
SELECT is(dbeng.manage_partitions('shop.plain_days', '1 month', time_zone => 'Asia/Tokyo', premake => 1), 3, 'dates');
SELECT is((SELECT min(lower) FROM dbeng.partitions WHERE parent = 'shop.plain_days'::regclass), to_char(now() AT TIME ZONE 'Asia/Tokyo' - interval '1 month', 'YYYY-MM-01'), 'by the month that it is in the zone');
CREATE TABLE shop.walls (at timestamp(3)) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.walls', '1 hour', time_zone => 'America/New_York', premake => 0), 2, 'timestamps');
SELECT is((SELECT max(lower) FROM dbeng.partitions WHERE parent = 'shop.walls'::regclass), to_char(now() AT TIME ZONE 'America/New_York', 'YYYY-MM-DD HH24:00:00'), 'of the hour that it is there');

CREATE TABLE shop.keys_of_epochs (encoding text, type text);
INSERT INTO shop.keys_of_epochs VALUES ('seconds', 'integer'), ('seconds', 'bigint'), ('milliseconds', 'bigint'), ('microseconds', 'bigint'), ('nanoseconds', 'bigint'), ('snowflake', 'bigint');
SELECT lives_ok(format('CREATE TABLE shop.%I (id %s PRIMARY KEY) PARTITION BY RANGE (id)', encoding || '_' || type, type), encoding || ' in ' || type) FROM shop.keys_of_epochs;
SELECT is(dbeng.manage_partitions(format('shop.%I', encoding || '_' || type)::regclass, '1 week', encoding => encoding, premake => 1), 3, encoding || ' in ' || type) FROM shop.keys_of_epochs;
SELECT results_eq($$SELECT DISTINCT lower::timestamptz FROM dbeng.partitions p JOIN dbeng.partition_sets s USING (parent) WHERE s.encoding IN (SELECT encoding FROM shop.keys_of_epochs) ORDER BY 1$$,
	$$VALUES (date_trunc('week', now()) - interval '1 week'), (date_trunc('week', now())), (date_trunc('week', now()) + interval '1 week')$$, 'all of the same weeks');
INSERT INTO shop.milliseconds_bigint SELECT (extract(epoch FROM now()) * 1000)::bigint;
INSERT INTO shop.snowflake_bigint SELECT ((extract(epoch FROM now()) * 1000)::bigint - 1288834974657) << 22;
SELECT results_eq($$SELECT lower::timestamptz FROM dbeng.partitions WHERE partition IN (SELECT tableoid FROM shop.milliseconds_bigint UNION ALL SELECT tableoid FROM shop.snowflake_bigint)$$,
	$$VALUES (date_trunc('week', now())), (date_trunc('week', now()))$$, 'rows of now are in the present one');

CREATE TABLE shop.uuids (id uuid PRIMARY KEY) PARTITION BY RANGE (id);
SELECT is(dbeng.manage_partitions('shop.uuids', '1 month', time_zone => 'Europe/Berlin', premake => 0), 2, 'UUIDv7');
INSERT INTO shop.uuids SELECT (substr(h, 1, 8) || '-' || substr(h, 9) || '-7abc-8def-0123456789ab')::uuid FROM lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') h;
SELECT is((SELECT tableoid::regclass::text FROM shop.uuids), 'shop.uuids_' || to_char(now() AT TIME ZONE 'Europe/Berlin', 'YYYY_MM'), 'a UUIDv7 of now is in the present one');
CREATE TABLE shop.ulids (id text COLLATE "C" PRIMARY KEY) PARTITION BY RANGE (id);
SELECT is(dbeng.manage_partitions('shop.ulids', '1 month', premake => 0), 2, 'ULID');
INSERT INTO shop.ulids SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((extract(epoch FROM now()) * 1000)::bigint >> (5 * i) & 31)::int + 1, 1), '' ORDER BY i DESC) || 'ZZZZZZZZZZZZZZZZ' FROM generate_series(0, 9) i;
SELECT is((SELECT tableoid::regclass::text FROM shop.ulids), 'shop.ulids_' || to_char(now(), 'YYYY_MM'), 'a ULID of now is in the present one');
CREATE TABLE shop.small (id smallint) PARTITION BY RANGE (id);
SELECT is(dbeng.manage_partitions('shop.small', '10000', premake => 9), 4, 'numbers of a small type come to an end');
SELECT results_eq($$SELECT * FROM pg_temp.bounds('shop.small')$$, $$VALUES ('small_0 FOR VALUES FROM (''0'') TO (''10000'')'), ('small_10000 FOR VALUES FROM (''10000'') TO (''20000'')'),
	('small_20000 FOR VALUES FROM (''20000'') TO (''30000'')'), ('small_30000 FOR VALUES FROM (''30000'') TO (MAXVALUE)')$$, 'the last one is of all that is left');
CREATE DOMAIN shop.moment AS timestamptz CHECK (value > '2000-01-01');
CREATE TABLE shop.domains (at shop.moment NOT NULL) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.domains', '1 day', premake => 1), 3, 'a domain');
SELECT lives_ok('INSERT INTO shop.domains VALUES (now())', 'takes rows');
CREATE TABLE shop.from_one (id bigint) PARTITION BY RANGE (id);
SELECT is(dbeng.manage_partitions('shop.from_one', '100', premake => 0, anchor => '1', with_default => true), 2, 'an anchor and a default partition');
SELECT results_eq($$SELECT * FROM pg_temp.bounds('shop.from_one')$$, $$VALUES ('from_one_1 FOR VALUES FROM (''1'') TO (''101'')'), ('from_one_default DEFAULT')$$, 'as it was told');
CREATE TABLE shop.ahead (at timestamptz) PARTITION BY RANGE (at);
SELECT cmp_ok(dbeng.manage_partitions('shop.ahead', '1 day', premake => 0, ahead => '10 days'), '=', 12, 'so far ahead');
CREATE TABLE shop.no_late (at timestamptz) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.no_late', '1 day', premake => 0, retention => '1 second'), 1, 'none is made that would be past retention');
CREATE TABLE shop.one_late (at timestamptz) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.one_late', '1 day', premake => 0, retention => '1 partition'), 2, 'but one that is to be kept');
SELECT is_empty($$SELECT * FROM dbeng.partition_plan('shop.one_late')$$, 'and is');
CREATE TABLE shop.rest_late (at timestamptz) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.rest_late', '1 day', premake => 0, with_default => true), 2, 'a default partition takes what comes late');

CREATE TABLE shop.regions (region text, at timestamptz) PARTITION BY LIST (region);
CREATE TABLE shop.regions_eu PARTITION OF shop.regions FOR VALUES IN ('eu') PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions('shop.regions_eu', '1 day', premake => 1), 3, 'a set that is a partition itself');
INSERT INTO shop.regions VALUES ('eu', now());
SELECT is((SELECT tableoid::regclass::text FROM shop.regions), 'shop.regions_eu_' || to_char(now(), 'YYYY_MM_DD'), 'takes what its parent is given');

-- Names.
CREATE TABLE shop."Od.d ""näme"" with quotes and dots, much too long to be kept A" (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE shop."Od.d ""näme"" with quotes and dots, much too long to be kept B" (at timestamptz) PARTITION BY RANGE (at);
SELECT is(dbeng.manage_partitions(c.oid, '1 month', premake => 3), 5, 'a long name') FROM pg_class c WHERE relname LIKE 'Od.d%' AND relkind = 'p';
SELECT is((SELECT count(DISTINCT partition) FROM dbeng.partitions WHERE parent::text LIKE '%Od.d%'), 10::bigint, 'that begins as another does');
CREATE TABLE shop.taken (at timestamptz) PARTITION BY RANGE (at);
SELECT lives_ok(format('CREATE VIEW shop.taken_%s AS SELECT 1', to_char(now(), 'YYYY')), 'a name that is taken');
SELECT is(dbeng.manage_partitions('shop.taken', '1 year', premake => 0), 2, 'is no obstacle');
SELECT is((SELECT partition::text FROM dbeng.partitions WHERE parent = 'shop.taken'::regclass AND upper::timestamptz > now()), 'shop.taken_' || to_char(now(), 'YYYY') || '_2', 'another is found');

-- Beside what is there already.
CREATE TABLE shop.bridged (at timestamptz) PARTITION BY RANGE (at);
SELECT lives_ok(format('CREATE TABLE shop.bridged_old PARTITION OF shop.bridged FOR VALUES FROM (%L) TO (%L)', date_trunc('month', now()) - interval '20 days 7 hours', date_trunc('month', now()) + interval '45 days 1 hour'), 'a partition of its own kind');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.bridged', '1 month')$$, 'is no obstacle');
SELECT is_empty($$SELECT * FROM (SELECT lower, lag(upper) OVER (ORDER BY lower::timestamptz) AS before FROM dbeng.partitions WHERE parent = 'shop.bridged'::regclass) p WHERE lower <> before$$, 'a shorter one bridges what is between');
SELECT is((SELECT max(upper::timestamptz) FROM dbeng.partitions WHERE parent = 'shop.bridged'::regclass), date_trunc('month', now()) + interval '5 months', 'and then it goes by the calendar');

CREATE TABLE shop.berlin (at timestamptz) PARTITION BY RANGE (at);
SELECT lives_ok(format('CREATE TABLE shop.berlin_%s PARTITION OF shop.berlin FOR VALUES FROM (%L) TO (%L)', i, (date '2025-01-01' + i * interval '1 month')::timestamp AT TIME ZONE 'Europe/Berlin',
	(date '2025-02-01' + i * interval '1 month')::timestamp AT TIME ZONE 'Europe/Berlin'), 'by another clock') FROM generate_series(0, 11) i;
SELECT matches(pg_temp.detail($$'shop.berlin', '1 month'$$), '^Its partitions begin and end by the clock of .*, not of UTC: one at 2024-12-31 23:00:00\+00\.$', 'partitions of another zone');
SELECT matches(pg_temp.hint($$'shop.berlin', '1 month'$$), '^time_zone => ''', 'and which');
SET LOCAL TimeZone = 'Europe/Berlin';
SELECT matches(pg_temp.hint($$'shop.berlin', '1 month'$$), '^time_zone => ''Europe/Berlin''', 'the session''s, if it is that');
SELECT is((SELECT count(*) FROM dbeng.partition_sets WHERE parent = 'shop.berlin'::regclass), 0::bigint, 'nothing is remembered of what was refused');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.berlin', '1 month', time_zone => 'Europe/Berlin')$$, 'with the right zone');
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.berlin', '1 month', anchor => '2000-01-01')$$, 'or with an anchor, which says that another is meant');
SET LOCAL TimeZone = 'UTC';

-- Settings are kept, changed and forgotten.
CREATE SCHEMA archive;
SELECT lives_ok($$SELECT dbeng.manage_partitions('shop.days', '1 week', 2, '90 days', 'move', 'europe/berlin', false, NULL, '30 days', 'archive')$$, 'other settings');
SELECT is((SELECT concat_ws(',', control, step, premake, retention, on_expiry, time_zone, with_default, encoding, ahead_wanted, archive_schema, enabled) FROM dbeng.partition_sets WHERE parent = 'shop.days'::regclass),
	'at,7 days,2,90 days,move,Europe/Berlin,f,timestamptz,30 days,archive,t', 'are those that count');
ALTER TABLE shop.days RENAME TO renamed;
ALTER TABLE shop.renamed SET SCHEMA archive;
SELECT is((SELECT step FROM dbeng.partition_sets WHERE parent = 'archive.renamed'::regclass), '7 days', 'a set goes by its table, not by its name');
CREATE TEMP TABLE before AS SELECT count(*) AS partitions FROM pg_inherits WHERE inhparent = 'archive.renamed'::regclass;
SELECT lives_ok($$SELECT dbeng.unmanage_partitions('archive.renamed')$$, 'looked after no longer');
SELECT is((SELECT count(*) FROM dbeng.partition_sets WHERE parent = 'archive.renamed'::regclass), 0::bigint, 'it is no set any more');
SELECT is((SELECT count(*) FROM pg_inherits WHERE inhparent = 'archive.renamed'::regclass), (SELECT partitions FROM before), 'and has all its partitions');
SELECT is(code || ' ' || detail, '55000 dbeng.manage_partitions() was not called for it, or dbeng.unmanage_partitions() was already.', 'not twice') FROM pg_temp.failure($$SELECT dbeng.unmanage_partitions('archive.renamed')$$);
CREATE TABLE shop.gone (id bigint) PARTITION BY RANGE (id);
SELECT is(dbeng.manage_partitions('shop.gone', '10'), 5, 'a table that is dropped');
DROP TABLE shop.gone;
SELECT is((SELECT count(*) FROM dbeng.partition_sets WHERE parent::text LIKE '%gone%' OR partitions IS NULL), 0::bigint, 'is no set any more');

-- What cannot be looked after, each with its reason.
CREATE TABLE shop.plain (id bigint);
CREATE TABLE shop.by_list (id bigint) PARTITION BY LIST (id);
CREATE TABLE shop.by_hash (id bigint) PARTITION BY HASH (id);
CREATE TABLE shop.two (id bigint, at date) PARTITION BY RANGE (id, at);
CREATE TABLE shop.by_expression (at timestamptz) PARTITION BY RANGE ((at AT TIME ZONE 'UTC'));
CREATE TABLE shop.by_numeric (n numeric) PARTITION BY RANGE (n);
CREATE TABLE shop.by_pattern (id text COLLATE "C") PARTITION BY RANGE (id text_pattern_ops);
CREATE TABLE shop.ids (id bigint) PARTITION BY RANGE (id);
CREATE TABLE shop.dates (at date) PARTITION BY RANGE (at);
CREATE TABLE shop.short (id varchar(20) COLLATE "C") PARTITION BY RANGE (id);
CREATE TABLE shop.divided (id bigint) PARTITION BY RANGE (id);
CREATE TABLE shop.divided_1 PARTITION OF shop.divided FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
CREATE TEMP TABLE temporary (id bigint) PARTITION BY RANGE (id);
CREATE VIEW shop.a_view AS SELECT 1 AS id;
CREATE FOREIGN DATA WRAPPER elsewhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER elsewhere;
CREATE TABLE shop.partly_foreign (id bigint) PARTITION BY RANGE (id);
CREATE FOREIGN TABLE shop.partly_foreign_1 PARTITION OF shop.partly_foreign FOR VALUES FROM (0) TO (10) SERVER elsewhere;
SELECT matches(pg_temp.detail(arguments), reason, arguments) FROM (VALUES
	($$'shop.plain', '10'$$, '^It is not partitioned\.$'),
	($$'shop.a_view', '10'$$, '^It is not partitioned\.$'),
	($$'shop.by_list', '10'$$, '^It is partitioned by LIST, not by RANGE\.$'),
	($$'shop.by_hash', '10'$$, '^It is partitioned by HASH, not by RANGE\.$'),
	($$'shop.two', '10'$$, '^Its partition key has 2 columns, not one\.$'),
	($$'shop.by_expression', '1 day'$$, '^Its partition key is an expression, not a column\.$'),
	($$'shop.by_numeric', '10'$$, '^Its key is of type numeric, which tells neither a time nor a number\.$'),
	($$'shop.by_pattern', '1 day'$$, 'operator class'),
	($$'shop.ids', '1 day'$$, '^step is ''1 day'', and the key is a number: how many to a partition\?$'),
	($$'shop.ids', '-5'$$, 'leads nowhere'),
	($$'shop.ids', '0'$$, 'leads nowhere'),
	($$'shop.ids', NULL$$, '^step must not be NULL\.$'),
	($$'shop.small', '40000'$$, 'more than the key''s type can count'),
	($$'shop.ids', '10', encoding => 'date'$$, 'encoding date is of keys of type date'),
	($$'shop.small', '1 day', encoding => 'seconds'$$, 'encoding seconds is of keys of type integer or bigint'),
	($$'shop.ids', '1 day', encoding => 'uuidv7'$$, 'encoding uuidv7 is of keys of type uuid'),
	($$'shop.ids', '1 day', encoding => 'x'$$, '^encoding is ''x'', which is none\.$'),
	($$'shop.ids', '1 day', encoding => 'snowflake', snowflake_shift => 50$$, 'not from 0 to 40'),
	($$'shop.ids', '10', snowflake_epoch => '2020-01-01'$$, 'the encoding is another'),
	($$'shop.dates', '1 hour'$$, 'a date knows no time of day'),
	($$'shop.dates', '1 month 3 days'$$, 'no mixture'),
	($$'shop.dates', '-1 day'$$, 'backwards'),
	($$'shop.dates', '0 days'$$, 'no length'),
	($$'shop.dates', '7'$$, '^step is ''7'' of what\?'),
	($$'shop.dates', '150 years'$$, 'longer than a century'),
	($$'shop.dates', '1 day', premake => -1$$, '^premake is -1; it can be from 0 to 1000\.$'),
	($$'shop.dates', '1 day', premake => 1001$$, '^premake is 1001'),
	($$'shop.dates', '1 day', premake => NULL$$, '^premake must not be NULL'),
	($$'shop.dates', '1 day', ahead => '30 years'$$, '1000 can be ahead'),
	($$'shop.dates', '1 day', ahead => '-3 days'$$, '^ahead is to be a time to come\.$'),
	($$'shop.dates', '1 day', retention => '-3 days'$$, 'less than nothing'),
	($$'shop.dates', '1 day', retention => '0 days'$$, 'less than nothing'),
	($$'shop.dates', '1 day', retention => '90'$$, '^retention is ''90'' of what\?$'),
	($$'shop.dates', '1 day', retention => '0 partitions'$$, 'one partition before the present one is the least'),
	($$'shop.dates', '1 day', retention => 'for ever'$$, '^retention is no interval: invalid input syntax for type interval: "for ever"\.$'),
	($$'shop.ids', '10', retention => '90 days'$$, 'a number, which tells no age'),
	($$'shop.ids', '10', retention => '-10'$$, 'less than nothing'),
	($$'shop.dates', '1 day', on_expiry => 'burn'$$, '^on_expiry is ''burn''\.$'),
	($$'shop.dates', '1 day', on_expiry => NULL$$, '^on_expiry must not be NULL\.$'),
	($$'shop.dates', '1 day', on_expiry => 'move'$$, 'archive_schema does not say where to'),
	($$'shop.dates', '1 day', archive_schema => 'archive'$$, 'on_expiry is not ''move'''),
	($$'shop.dates', '1 day', on_expiry => 'move', archive_schema => 'nowhere'$$, '^There is no schema nowhere\.$'),
	($$'shop.dates', '1 day', on_expiry => 'move', archive_schema => 'shop'$$, 'where the partitions are already'),
	($$'shop.dates', '1 day', time_zone => 'Europe/Berln'$$, 'no name of pg_timezone_names'),
	($$'shop.dates', '1 day', time_zone => 'UTC+3'$$, 'no name of pg_timezone_names'),
	($$'shop.dates', '1 day', time_zone => NULL$$, '^time_zone must not be NULL\.$'),
	($$'shop.dates', '1 day', anchor => 'tomorrow or so'$$, '^anchor is ''tomorrow or so'': invalid input syntax'),
	($$'shop.ids', '10', anchor => 'one'$$, '^anchor is ''one'''),
	($$'shop.short', '1 day'$$, 'a ULID has 26 characters, and the key takes 20'),
	($$'shop.divided', '10'$$, '^Partitions that are partitioned themselves: shop\.divided_1\.'),
	($$'shop.partly_foreign', '10'$$, '^Partitions that are foreign tables: shop\.partly_foreign_1\.'),
	($$'temporary', '10'$$, '^It is a temporary table'),
	($$'dbeng.job', '10'$$, E'^It is dbeng''s own\\.\nIt is not partitioned\\.$'),
	($$'pg_class', '10'$$, '^It is a system catalog\.')) v(arguments, reason);
SELECT is_empty($$SELECT * FROM pg_inherits WHERE inhparent = ANY ('{shop.ids,shop.dates,shop.short}'::regclass[])$$, 'nothing was made of what was refused');
SELECT is_empty($$SELECT * FROM dbeng.partition_set WHERE parent = ANY ('{shop.ids,shop.dates,shop.short}'::regclass[])$$, 'nor remembered');
SELECT is(array_length(string_to_array(pg_temp.detail($$'shop.dates', '1 hour', premake => -1, retention => '5', on_expiry => 'x', time_zone => 'y', archive_schema => 'z'$$), E'\n'), 1), 5, 'all reasons at once');
SELECT is(code, '22023', 'wrong arguments') FROM pg_temp.failure($$SELECT dbeng.manage_partitions('shop.dates', '1 hour')$$);
SELECT is(code || hint, $$55000CALL dbeng.partition_table('shop.plain', 'a_column', 'a step') makes it so.$$, 'the wrong table') FROM pg_temp.failure($$SELECT dbeng.manage_partitions('shop.plain', '10')$$);
SELECT is(code, '22004', 'no table') FROM pg_temp.failure($$SELECT dbeng.manage_partitions(NULL, '10')$$);
SELECT is(code, '42P01', 'a table that is gone') FROM pg_temp.failure($$SELECT dbeng.manage_partitions(1::regclass, '10')$$);
-- A language in which Y sorts beside I, and one in which CH comes after H.
SELECT lives_ok(format('CREATE TABLE shop.%I (id text COLLATE %s) PARTITION BY RANGE (id)', 'by_' || collation_name, 'pg_catalog.' || quote_ident(collation_name)), 'collation ' || collation_name)
FROM unnest(ARRAY['lt-x-icu', 'cs-x-icu', 'en-x-icu']) collation_name WHERE EXISTS (SELECT FROM pg_collation WHERE collname = collation_name);
SELECT matches(pg_temp.detail(format('%L, %L', oid::regclass, '1 day')), 'does not order the symbols of ULIDs as they count', relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname IN ('by_lt-x-icu', 'by_cs-x-icu');
SELECT is(dbeng.manage_partitions(oid, '1 day', premake => 0), 2, relname) FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relname = 'by_en-x-icu';

-- Roles.
CREATE ROLE set_owner;
CREATE ROLE set_stranger;
CREATE ROLE set_member IN ROLE set_owner;
GRANT USAGE ON SCHEMA shop TO set_owner, set_stranger;
CREATE TABLE shop.owned (id bigint PRIMARY KEY, note text) PARTITION BY RANGE (id);
ALTER TABLE shop.owned OWNER TO set_owner;
SELECT matches(pg_temp.detail($$'shop.owned', '10'$$), '^Its owner, set_owner, may not create tables in schema shop\.$', 'an owner who may not create');
SELECT is(pg_temp.hint($$'shop.owned', '10'$$), 'GRANT CREATE ON SCHEMA shop TO set_owner;', 'and what to do');
GRANT CREATE ON SCHEMA shop TO set_owner;
SELECT is(pg_temp.hint($$'shop.owned', '10', on_expiry => 'move', archive_schema => 'archive'$$), 'GRANT CREATE ON SCHEMA archive TO set_owner;', 'nor in the archive');
SET LOCAL ROLE set_stranger;
SELECT is(code || ' ' || message, '42501 must be owner of table shop.owned', 'strangers may not') FROM pg_temp.failure($$SELECT dbeng.manage_partitions('shop.owned', '10')$$);
SET LOCAL ROLE set_member;
SELECT is(dbeng.manage_partitions('shop.owned', '10'), 5, 'members of the owner may');
RESET ROLE;
SELECT is((SELECT array_agg(DISTINCT relowner::regrole::text) FROM pg_class WHERE oid IN (SELECT partition FROM dbeng.partitions WHERE parent = 'shop.owned'::regclass)), '{set_owner}', 'what is made is the owner''s');
SET LOCAL ROLE set_stranger;
SELECT is(code, '42501', 'strangers may not end it') FROM pg_temp.failure($$SELECT dbeng.unmanage_partitions('shop.owned')$$);
SELECT is(code, '42501', 'nor write the settings') FROM pg_temp.failure($$UPDATE dbeng.partition_set SET premake = 9$$);
RESET ROLE;
SELECT is(current_user::text, session_user::text, 'whoever it was');
SELECT is(code, '25006', 'not where nothing is written') FROM pg_temp.failure($$SET LOCAL transaction_read_only = on; SELECT dbeng.manage_partitions('shop.owned', '10')$$);

SELECT * FROM finish();
ROLLBACK;
