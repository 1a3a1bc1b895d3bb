-- Full-text search: what is found and in what order, what is refused, and what becomes of a table that has it and has it no more.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

\ir common/calls.sql
CREATE FUNCTION pg_temp.shape(relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attgenerated), ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(pg_get_indexdef(indexrelid), ', ' ORDER BY 1) FROM pg_index WHERE indrelid = relation)) $$;

CREATE ROLE search_owner;
CREATE ROLE search_reader;
CREATE SCHEMA "The Press" AUTHORIZATION search_owner;
GRANT USAGE ON SCHEMA "The Press" TO search_reader;
SET LOCAL ROLE search_owner;
SET LOCAL search_path = "The Press", public;
CREATE DOMAIN headline AS varchar(100);
CREATE TABLE "Art'icles" (id int, lang text, "Ti'tle" headline, body text, tags text[], meta jsonb, notes json, length text GENERATED ALWAYS AS (body) STORED, pages int, PRIMARY KEY (lang, id));
INSERT INTO "Art'icles" (id, lang, "Ti'tle", body, tags, meta) VALUES
	(1, 'en', 'Running databases', 'Of servers and their rows', '{postgres,care}', '{"author": "Ada Lovelace", "year": 1843}'),
	(2, 'en', 'Gardens', 'A database has nothing to do with roses', NULL, NULL), (3, 'en', 'Nothing', NULL, NULL, NULL), (4, 'en', 'Rose', 'roses, roses', '{roses}', NULL);
GRANT SELECT ON "Art'icles" TO search_reader;
CREATE TEMP TABLE shape AS SELECT pg_temp.shape('"Art''icles"');

SELECT lives_ok($$SELECT dbeng.enable_full_text('"Art''icles"', '{"Ti''tle",body,tags,meta,notes}')$$, 'enabled by an owner who is no superuser');
SELECT is(array_agg(t::text), ARRAY['("""Art\''icles""",search_vector,ABCDD,english,"{Ti''tle,body,tags,meta,notes}",on)'], 'full_text_tables') FROM (SELECT regexp_replace(f::text, 'Art''', 'Art\\''') FROM dbeng.full_text_tables f) f(t);
RESET ROLE;
SET LOCAL ROLE search_reader;
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'database')$$, $$VALUES ('1'), ('2')$$, 'the title weighs more than the body');
SELECT results_eq($$SELECT data->>'id' FROM dbeng.search('"Art''icles"', 'rose -database')$$, $$VALUES ('4')$$, 'without');
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', '"servers and their"')$$, $$VALUES ('1')$$, 'a phrase');
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'lovelace or gardens') ORDER BY 1$$, $$VALUES ('1'), ('2')$$, 'or; JSON');
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'postgres')$$, $$VALUES ('1')$$, 'an array');
SELECT is_empty($$SELECT * FROM dbeng.search('"Art''icles"', 'author')$$, 'keys of JSON are no words');
SELECT is_empty($$SELECT * FROM dbeng.search('"Art''icles"', NULL)$$, 'nothing is asked, nothing found');
SELECT is_empty($$SELECT * FROM dbeng.search('"Art''icles"', '''); DROP TABLE x; --')$$, 'whatever is asked');
SELECT results_eq($$SELECT key, headline, data ? 'search_vector', data->>'pages' FROM dbeng.search('"Art''icles"', 'postgres', headlines => true)$$,
	$$VALUES ('{"id": 1, "lang": "en"}'::jsonb, 'Running databases … Of servers and their rows … <b>postgres</b> care … {"year": 1843, "author": "Ada Lovelace"}', false, NULL)$$, 'key, headline, data');
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'roses or database', 1, 1)$$,
	$$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'roses or database') OFFSET 1 LIMIT 1$$, 'a page of it');
SELECT is(pg_temp.code($$SELECT * FROM dbeng.search('"Art''icles"', 'x', 0)$$), '22023', 'no rows');
SELECT is(pg_temp.code($$SELECT * FROM dbeng.search('pg_class', 'x')$$), '55000', 'a table without');
SELECT is(pg_temp.code($$SELECT dbeng.disable_full_text('"Art''icles"')$$), '42501', 'the reader changes nothing');
RESET ROLE;
REVOKE SELECT ON "The Press"."Art'icles" FROM search_reader;
SET LOCAL ROLE search_reader;
SELECT is(pg_temp.code($$SELECT * FROM dbeng.search('"Art''icles"', 'x')$$), '42501', 'who may not read finds nothing');
RESET ROLE;

-- It is kept by itself, and used.
SET LOCAL ROLE search_owner;
UPDATE "Art'icles" SET body = 'now of zebras' WHERE id = 3;
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('"Art''icles"', 'zebra')$$, $$VALUES ('3')$$, 'after an update');
ALTER TABLE "Art'icles" RENAME COLUMN "Ti'tle" TO title;
SELECT results_eq($$SELECT left(headline, 26) FROM dbeng.search('"Art''icles"', 'running', headlines => true)$$, $$VALUES ('<b>Running</b> databases …')$$, 'after a column is renamed');
SELECT is(columns, '{title,body,tags,meta,notes}', 'and told by its name') FROM dbeng.full_text_tables;
ALTER TABLE "Art'icles" RENAME COLUMN title TO "Ti'tle";
INSERT INTO "Art'icles" (id, lang, body) SELECT g, 'xx', 'filler ' || g FROM generate_series(10, 3000) g;
ANALYZE "Art'icles";
CREATE FUNCTION plan(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS off) ' || statement; END $$;
SET LOCAL enable_seqscan = off;
SELECT matches(string_agg(p, E'\n'), 'Bitmap Index Scan on "Art''icles_search_vector_idx"', 'by the index')
FROM plan($$SELECT * FROM "Art'icles" WHERE search_vector @@ websearch_to_tsquery('english', 'zebra')$$) p;
RESET enable_seqscan;
SELECT is(f.detail, 'It has full-text search already, in column search_vector: SELECT dbeng.disable_full_text(''"The Press"."Art''''icles"'');', 'twice')
FROM pg_temp.failure($$SELECT dbeng.enable_full_text('"Art''icles"', '{body}')$$) f;
DROP INDEX "Art'icles_search_vector_idx";
SELECT is(state, 'index missing', 'without its index') FROM dbeng.full_text_tables;
SELECT lives_ok($$SELECT dbeng.disable_full_text('"Art''icles"')$$, 'disabled');
SELECT is(pg_temp.shape('"Art''icles"'), shape, 'as it was') FROM shape;
SELECT is(pg_temp.code($$SELECT dbeng.disable_full_text('"Art''icles"')$$), '55000', 'and not twice');

-- What cannot be searched, all reasons at once.
SELECT is(f.code || E'\n' || detail, E'55000\nIt has a column body already: name another by column_name.\nIt has no column nothing.\nColumn length is generated: no generated column can be made of it.\nColumn pages is of type integer, not a text, an array of texts or JSON.\nColumn nothing is named twice.', 'reasons')
FROM pg_temp.failure($$SELECT dbeng.enable_full_text('"Art''icles"', '{nothing,length,pages,nothing}', column_name => 'body')$$) f;
SELECT is(pg_temp.code(format('SELECT dbeng.enable_full_text(''"Art''''icles"'', ''{body}'', %L)', w)), '22023', coalesce('weights ' || w, 'no weights')) FROM unnest(ARRAY['', 'E', 'a', 'AB', NULL]) w;
SELECT is(pg_temp.code($$SELECT dbeng.enable_full_text('"Art''icles"', '{}')$$), '22023', 'no columns');
SELECT is(pg_temp.code($$SELECT dbeng.enable_full_text('"Art''icles"', '{NULL}')$$), '22023', 'a column without a name');
SELECT is(pg_temp.code($$SELECT dbeng.enable_full_text('"Art''icles"', '{body}', 'A', 'klingon')$$), '42704', 'no such configuration');
SELECT matches(f.detail, '^It has .*kB, and all of it is rewritten while nobody can read it: max_bytes => \d+ allows it.$', 'a table that is too large')
FROM pg_temp.failure($$SELECT dbeng.enable_full_text('"Art''icles"', '{body}', max_bytes => 1000)$$) f;
SELECT is(pg_temp.shape('"Art''icles"'), shape, 'nothing was changed') FROM shape;
CREATE VIEW v AS SELECT 1;
SELECT is(pg_temp.code('SELECT dbeng.enable_full_text(''v'', ''{a}'')'), '42809', 'a view');
SELECT is(pg_temp.code('SELECT dbeng.enable_full_text(NULL, ''{a}'')'), '22004', 'no table');

-- Partitions and heirs.
CREATE TABLE letters (id int, body text, day date) PARTITION BY RANGE (day);
CREATE TABLE letters_1 PARTITION OF letters FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO letters VALUES (1, 'dear reader', '2020-05-05');
SELECT dbeng.enable_full_text('letters', '{body}', 'B', 'simple', 'words');
CREATE TABLE letters_2 PARTITION OF letters FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO letters VALUES (2, 'dear writer', '2021-05-05');
SELECT results_eq($$SELECT data->>'id' FROM dbeng.search('letters', 'dear') ORDER BY 1$$, $$VALUES ('1'), ('2')$$, 'partitions, later ones too');
SELECT is(count(*), 2::bigint, 'each has an index') FROM pg_indexes WHERE tablename ~ '^letters_' AND indexdef ~ 'gin';
SELECT is(f.detail, 'It is a partition of "The Press".letters, which has it.', 'a partition alone') FROM pg_temp.failure('SELECT * FROM dbeng.search(''letters_1'', ''dear'')') f;
SELECT is(pg_temp.code('SELECT dbeng.enable_full_text(''letters_1'', ''{body}'')'), '55000', 'has none of its own');
SELECT dbeng.disable_full_text('letters');
CREATE TABLE old_letters (id int, body text);
CREATE TABLE older_letters () INHERITS (old_letters);
INSERT INTO older_letters VALUES (1, 'dear ancestor');
SELECT dbeng.enable_full_text('old_letters', '{body}');
SELECT results_eq($$SELECT key, data->>'id' FROM dbeng.search('old_letters', 'ancestors')$$, $$VALUES (NULL::jsonb, '1')$$, 'an heir; without a key');
SELECT is(count(*), 1::bigint, 'it has an index') FROM pg_indexes WHERE tablename = 'older_letters' AND indexdef ~ 'gin';
SELECT dbeng.disable_full_text('old_letters');
SELECT is_empty($$SELECT * FROM pg_indexes WHERE schemaname = 'The Press' AND indexdef ~ 'gin'$$, 'nothing is left');


-- Policies hold, texts are shown as they are, and what is too long is the server's to refuse.
CREATE TABLE pages (id int PRIMARY KEY, whose name, body text);
INSERT INTO pages VALUES (1, 'search_reader', '5 < 6 & a "tulip"'), (2, 'somebody', 'tulip');
SELECT dbeng.enable_full_text('pages', '{body}');
ALTER TABLE pages ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON pages USING (whose = current_user);
GRANT SELECT ON pages TO search_reader;
RESET ROLE;
SET LOCAL ROLE search_reader;
SELECT results_eq($$SELECT key->>'id', headline FROM dbeng.search('pages', 'tulip', headlines => true)$$, $$VALUES ('1', '5 < 6 & a "<b>tulip</b>"')$$, 'his own rows, not escaped');
RESET ROLE;
SET LOCAL ROLE search_owner;
SELECT is(pg_temp.code($$INSERT INTO pages SELECT 3, 'x', string_agg(md5(g::text), ' ') FROM generate_series(1, 60000) g$$), '54000', 'too many words for a row');
COPY pages (id, whose, body) FROM STDIN;
4	search_owner	crocus
\.
SELECT results_eq($$SELECT key->>'id' FROM dbeng.search('pages', 'crocus')$$, $$VALUES ('4')$$, 'COPY');
CREATE TYPE paged AS (id int, body text);
CREATE TABLE typed OF paged;
SELECT is(f.detail, 'It is a typed table: it can have no column of its own.', 'a typed table') FROM pg_temp.failure($$SELECT dbeng.enable_full_text('typed', '{body}')$$) f;
COMMENT ON COLUMN pages.search_vector IS 'mine';
SELECT is_empty('SELECT * FROM dbeng.full_text_tables', 'another comment, and it is forgotten');
SELECT is(pg_temp.code($$SELECT * FROM dbeng.search('pages', 'tulip')$$), '55000', 'and not searched any more');

SELECT * FROM finish();
ROLLBACK;
