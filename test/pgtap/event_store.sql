-- Event stores: what is appended, what is refused, who reads what, and what becomes of a store that is dropped.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

\ir common/calls.sql

CREATE ROLE store_owner;
CREATE ROLE store_writer;
CREATE ROLE store_reader;
CREATE ROLE store_nobody;
CREATE SCHEMA "My Shop" AUTHORIZATION store_owner;
GRANT USAGE ON SCHEMA "My Shop" TO store_writer, store_reader, store_nobody;
SET LOCAL ROLE store_owner;

-- Made in the caller's schema, by an owner who is no superuser.
SET LOCAL search_path = "My Shop", public;
SELECT is(dbeng.create_event_store('events')::text, 'events', 'in the first schema of search_path');
SELECT is(dbeng.create_event_store('"Old Events"')::text, '"Old Events"', 'by a quoted name');
SELECT is(dbeng.create_event_store('"My Shop"."it''s"')::text, '"it''s"', 'with a schema');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store('events')$$), '42P07', 'a name that is taken');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store('a.b.c')$$), '22023', 'three names');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store(NULL)$$), '22023', 'no name');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store('a b')$$), '22023', 'no name but words');
SELECT is(pg_temp.code(format('SELECT dbeng.create_event_store(%L)', repeat('x', 64))), '42622', 'a name that would be cut');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store('events', NULL)$$), '3F000', 'no schema');
SELECT is(pg_temp.code($$SELECT dbeng.create_event_store('pg_catalog.events')$$), '42501', 'a schema that is not his');
SELECT set_eq('SELECT relation::text, state FROM dbeng.event_stores', $$VALUES ('events', 'on'), ('"Old Events"', 'on'), ('"it''s"', 'on')$$, 'event_stores');
GRANT INSERT ON events TO store_writer;
GRANT SELECT ON events TO store_reader;

-- Appending takes the right to insert and no other.
RESET ROLE;
SET LOCAL ROLE store_writer;
SET LOCAL search_path = public;
SELECT is(dbeng.append_event('"My Shop".events', 'order', '00000000-0000-0000-0000-000000000001', 0, 'placed', '{"total": 1}'), 1, 'a new aggregate');
SELECT is(dbeng.append_event('"My Shop".events', 'order', '00000000-0000-0000-0000-000000000001', 1, 'paid', '{}', '{"by": "card"}'), 2, 'the version expected');
SELECT is(dbeng.append_event('"My Shop".events', 'order', '00000000-0000-0000-0000-000000000001', NULL, 'sent', '{}'), 3, 'any version');
SELECT is(dbeng.append_event('"My Shop".events', 'order', '00000000-0000-0000-0000-000000000002', NULL, 'placed', '{}'), 1, 'any version of a new one');
SELECT is(dbeng.append_event('"My Shop".events', 'basket', '00000000-0000-0000-0000-000000000001', 0, 'filled', '{}'), 1, 'the same id of another type');
SET LOCAL search_path = "My Shop", public;
SELECT is(f::text, E'(40001,"aggregate order 00000000-0000-0000-0000-000000000001 of ""My Shop"".events has version 3, not 1","Somebody else has appended events since it was read.","Read its events again, decide anew, and append to the version it has then.")', 'an older version')
FROM pg_temp.failure($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', 1, 'lost', '{}')$$) f;
SELECT is(f.code || ' ' || detail, '40001 There are no such events.', 'a version that is not there yet')
FROM pg_temp.failure($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', 7, 'lost', '{}')$$) f;
SELECT is(pg_temp.code($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', 0, 'lost', '{}')$$), '40001', 'it is not new');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', -1, 'lost', '{}')$$), '22023', 'below zero');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('events', NULL, '00000000-0000-0000-0000-000000000001', NULL, 'lost', '{}')$$), '23502', 'no type');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000009', 0, 'lost', NULL)$$), '23502', 'no data');
SELECT is(pg_temp.code($$SELECT dbeng.append_event(NULL, 'order', '00000000-0000-0000-0000-000000000009', 0, 'lost', '{}')$$), '22004', 'no store');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('pg_class', 'order', '00000000-0000-0000-0000-000000000009', 0, 'lost', '{}')$$), '55000', 'another table');
SELECT is(pg_temp.code('SELECT * FROM events'), '42501', 'the writer reads nothing');
SELECT is(pg_temp.code('SELECT * FROM dbeng.read_events(''events'')'), '42501', 'by no way');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('"Old Events"', 'order', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}')$$), '42501', 'and writes nothing else');
RESET ROLE;
SET LOCAL ROLE store_nobody;
SELECT is(pg_temp.code($$SELECT dbeng._event_version('events', 'order', '00000000-0000-0000-0000-000000000001')$$), '42501', 'nobody is told versions');
SELECT is(pg_temp.code($$SELECT dbeng._event_position('events')$$), '42501', 'nor positions');
RESET ROLE;

-- Numbers have no gaps, whatever way events come in.
SET LOCAL ROLE store_owner;
INSERT INTO events (aggregate_type, aggregate_id, event_type, data)
SELECT 'bulk', '00000000-0000-0000-0000-000000000001', 'made', to_jsonb(g) FROM generate_series(1, 50) g;
SELECT is(array_agg(version ORDER BY version), array_agg(g::int ORDER BY g), 'one statement, many events of one aggregate')
FROM events RIGHT JOIN generate_series(1, 50) g ON version = g AND aggregate_type = 'bulk';
SELECT is(array_agg(data ORDER BY version), array_agg(data ORDER BY "position"), 'in the order they came') FROM events WHERE aggregate_type = 'bulk';
SELECT is(pg_temp.code($$INSERT INTO events (aggregate_type, aggregate_id, version, event_type, data) VALUES ('bulk', '00000000-0000-0000-0000-000000000001', 52, 'x', '{}')$$), '40001', 'a gap by INSERT');
SELECT is(pg_temp.code($$INSERT INTO events (aggregate_type, aggregate_id, version, event_type, data) VALUES ('bulk', '00000000-0000-0000-0000-000000000001', 50, 'x', '{}')$$), '40001', 'a number twice by INSERT');
SELECT is(pg_temp.code($$INSERT INTO events (aggregate_type, aggregate_id, version, event_type, data) VALUES ('new', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}')$$), '40001', 'version 0 by INSERT');
SELECT is(f.code || ' ' || message, '428C9 position 0 of "My Shop".events was not given by the store', 'a position by hand')
FROM pg_temp.failure($$INSERT INTO events ("position", aggregate_type, aggregate_id, event_type, data) OVERRIDING SYSTEM VALUE VALUES (0, 'new', '00000000-0000-0000-0000-000000000001', 'x', '{}')$$) f;
SELECT lives_ok($$MERGE INTO events e USING (VALUES ('merged', '00000000-0000-0000-0000-000000000001'::uuid)) v(t, i) ON e.aggregate_type = v.t AND e.aggregate_id = v.i
	WHEN NOT MATCHED THEN INSERT (aggregate_type, aggregate_id, event_type, data) VALUES (t, i, 'x', '{}')$$, 'by MERGE');
SAVEPOINT undone;
SELECT dbeng.append_event('events', 'undone', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}');
ROLLBACK TO undone;
SELECT is(dbeng.append_event('events', 'undone', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}'), 1, 'what is rolled back has no number');

-- Nothing changes, for nobody.
RESET ROLE;
SELECT is(f.code || ' ' || message || ' ' || detail, '55000 events of "My Shop".events do not change ' || upper(split_part(s, ' ', 1)) || ' was refused: it is an event store.', s)
FROM unnest(ARRAY['UPDATE events SET data = ''{}''', 'DELETE FROM events WHERE false', 'TRUNCATE events']) s, pg_temp.failure(s) f;
SELECT is(pg_temp.code($$INSERT INTO events (aggregate_type, aggregate_id, event_type, data) VALUES ('x', '00000000-0000-0000-0000-000000000001', 'x', '{}')
	ON CONFLICT ("position") DO UPDATE SET data = '{}'$$), '55000', 'ON CONFLICT DO UPDATE');
SELECT is(pg_temp.code('MERGE INTO events e USING (VALUES (1)) v(p) ON e."position" = v.p WHEN MATCHED THEN DELETE'), '55000', 'MERGE');
SET LOCAL session_replication_role = replica;
SELECT is(pg_temp.code('DELETE FROM events'), '55000', 'replication');
RESET session_replication_role;

-- Reading.
SET LOCAL ROLE store_reader;
SELECT results_eq($$SELECT aggregate_type, version, event_type FROM dbeng.read_events('events', 0, 3)$$, $$VALUES ('order', 1, 'placed'), ('order', 2, 'paid'), ('order', 3, 'sent')$$, 'the first three');
SELECT results_eq($$SELECT version, event_type, metadata FROM dbeng.read_aggregate('events', 'order', '00000000-0000-0000-0000-000000000001', 1)$$,
	$$VALUES (2, 'paid', '{"by": "card"}'::jsonb), (3, 'sent', '{}')$$, 'one aggregate');
SELECT results_eq($$SELECT "position" FROM dbeng.read_events('events')$$, $$SELECT "position" FROM events ORDER BY 1$$, 'all of them, those of this transaction included');
SELECT is_empty($$SELECT * FROM dbeng.read_events('events', (SELECT max("position") FROM events))$$, 'none after the last');
SELECT is(pg_temp.code('SELECT * FROM dbeng.read_events(''events'', NULL)'), '22023', 'after nothing');
SELECT is(pg_temp.code('SELECT * FROM dbeng.read_events(''events'', 0, 0)'), '22023', 'none at all');
SELECT is(pg_temp.code('SELECT * FROM dbeng.read_events(''pg_class'')'), '55000', 'of another table');
SELECT is(pg_temp.code($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', NULL, 'x', '{}')$$), '42501', 'the reader writes nothing');
SELECT is(pg_temp.code('SELECT dbeng.drop_event_store(''events'')'), '42501', 'and drops nothing');
RESET ROLE;

-- Its parts.
SET LOCAL ROLE store_owner;
ALTER TABLE "it's" ALTER COLUMN "position" SET CACHE 10;
SELECT is(f.code || ' ' || message || ' ' || hint, '55000 the positions of "My Shop"."it''s" are not given one after the other ALTER TABLE "My Shop"."it''s" ALTER COLUMN position SET CACHE 1 SET INCREMENT 1 SET NO CYCLE;', 'positions in stock')
FROM pg_temp.failure($$SELECT dbeng.append_event('"it''s"', 'x', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}')$$) f;
ALTER TABLE "My Shop"."it's" ALTER COLUMN position SET CACHE 1 SET INCREMENT 1 SET NO CYCLE;
SELECT is(dbeng.append_event('"it''s"', 'x', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}'), 1, 'mended by the hint');
ALTER TABLE "it's" DISABLE TRIGGER "~dbeng_number";
ALTER TABLE "Old Events" RENAME COLUMN version TO number;
SELECT is(f.code || ' ' || message || ' ' || detail, '55000 "My Shop"."Old Events" is no event store It has no column version of type integer.', 'a column renamed')
FROM pg_temp.failure($$INSERT INTO "Old Events" (aggregate_type, aggregate_id, event_type, data) VALUES ('x', '00000000-0000-0000-0000-000000000001', 'x', '{}')$$) f;
ALTER TABLE "Old Events" RENAME COLUMN number TO version;
ALTER TABLE "Old Events" DROP CONSTRAINT "Old Events_aggregate_type_aggregate_id_version_key";
SELECT is(f.code || ' ' || detail, '55000 It has no unique index on (aggregate_type, aggregate_id, version).', 'the index dropped')
FROM pg_temp.failure($$SELECT dbeng.append_event('"Old Events"', 'x', '00000000-0000-0000-0000-000000000001', 0, 'x', '{}')$$) f;
DROP TRIGGER dbeng_append_only ON "Old Events";
SELECT set_eq('SELECT relation::text, state FROM dbeng.event_stores', $$VALUES ('events', 'on'), ('"Old Events"', 'trigger missing'), ('"it''s"', 'off')$$, 'event_stores tells');

-- Dropping.
SELECT is(f.code || ' ' || message || ' ' || detail || ' ' || hint, '55000 "My Shop"."it''s" has events There are 1 of them. SELECT dbeng.drop_event_store(''"My Shop"."it''''s"'', with_events => true);', 'a store with events')
FROM pg_temp.failure($$SELECT dbeng.drop_event_store('"it''s"')$$) f;
SELECT is(dbeng.drop_event_store('"it''s"', with_events => true), 1::bigint, 'when told so');
SELECT is(dbeng.drop_event_store('"Old Events"'), 0::bigint, 'an empty one');
CREATE TABLE plain (id int);
SELECT is(pg_temp.code('SELECT dbeng.drop_event_store(''plain'')'), '55000', 'another table is not dropped');
SELECT set_eq('SELECT relation::text FROM dbeng.event_stores', $$VALUES ('events')$$, 'both are gone');


-- Read by who has policies, in a store whose owner has switched one trigger off for replication.
RESET ROLE;
ALTER TABLE events ENABLE TRIGGER dbeng_append_only;
SELECT is(state, 'off for replication', 'a store that replication may change') FROM dbeng.event_stores WHERE relation = 'events'::regclass;
ALTER TABLE events ENABLE ALWAYS TRIGGER dbeng_append_only;
SELECT is(state, 'on', 'and one that it may not') FROM dbeng.event_stores WHERE relation = 'events'::regclass;
ALTER TABLE events ENABLE ROW LEVEL SECURITY;
CREATE POLICY orders_only ON events FOR SELECT USING (aggregate_type = 'order');
SET LOCAL ROLE store_reader;
SELECT set_eq($$SELECT DISTINCT aggregate_type FROM dbeng.read_events('events')$$, '{order}'::text[], 'policies hold');
SELECT is_empty($$SELECT * FROM dbeng.read_aggregate('events', 'bulk', '00000000-0000-0000-0000-000000000001')$$, 'for one aggregate, too');
RESET ROLE;

-- A sequence behind what is there: the events of another server.
SELECT setval(pg_get_serial_sequence('events', 'position'), 1, false);
SELECT is(f.code || ' ' || message || ' ' || hint, '55000 "My Shop".events took no event Look at the triggers of "My Shop".events; or SELECT setval(pg_get_serial_sequence(''"My Shop".events'', ''position''), max(position)) FROM "My Shop".events;', 'positions given a second time')
FROM (SELECT * FROM pg_temp.failure($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000009', 0, 'x', '{}')$$)) f;
SELECT is((SELECT code FROM pg_temp.failure($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000009', NULL, 'x', '{}')$$)), '55000', 'whatever version is expected');
SELECT setval(pg_get_serial_sequence('"My Shop".events', 'position'), max(position)) FROM "My Shop".events;
SELECT is(dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000009', 0, 'x', '{}'), 1, 'mended by the hint');

SELECT * FROM finish();
ROLLBACK;
