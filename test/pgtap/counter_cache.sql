-- Counts of children: right after every way in which children come, go and move, whoever writes.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();
SET client_min_messages = warning;

\ir common/calls.sql

CREATE ROLE counter_owner;
CREATE ROLE counter_children;
CREATE ROLE counter_writer;
CREATE SCHEMA blog AUTHORIZATION counter_owner;
GRANT USAGE ON SCHEMA blog TO counter_children, counter_writer;
SET LOCAL ROLE counter_owner;
CREATE TABLE blog.posts (id bigint PRIMARY KEY, title text);
CREATE TABLE blog.comments (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, post_id int REFERENCES blog.posts ON UPDATE CASCADE ON DELETE CASCADE, body text, deleted_at timestamptz);
INSERT INTO blog.posts SELECT g, 'post ' || g FROM generate_series(1, 9) g;
INSERT INTO blog.comments (post_id) VALUES (1), (1), (2), (NULL);
GRANT INSERT, UPDATE, DELETE, TRUNCATE, SELECT ON blog.comments TO counter_writer;
CREATE FUNCTION blog.shape() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(E'\n', (SELECT string_agg(concat_ws(' ', attrelid::regclass, attname, atttypid::regtype, attnotnull), ', ' ORDER BY attrelid, attnum) FROM pg_attribute
		WHERE attrelid IN ('blog.posts'::regclass, 'blog.comments'::regclass) AND attnum > 0 AND NOT attisdropped),
		(SELECT string_agg(pg_get_triggerdef(oid), ', ' ORDER BY 1) FROM pg_trigger WHERE tgrelid IN ('blog.posts'::regclass, 'blog.comments'::regclass) AND NOT tgisinternal)) $$;
CREATE TEMP TABLE shape AS SELECT blog.shape();
-- The counts that are wrong.
CREATE FUNCTION blog.wrong(OUT told text) LANGUAGE plpgsql AS $$BEGIN
	SELECT coalesce(string_agg(format('%s: %s, not %s', id, comments_count, n), ', ' ORDER BY id), 'none') INTO told
	FROM blog.posts, LATERAL (SELECT count(*) AS n FROM blog.comments WHERE post_id = posts.id) c WHERE comments_count <> n; END $$;

SELECT is(dbeng.enable_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count'), 2::bigint, 'enabled by an owner who is no superuser: two have children');
SELECT results_eq('SELECT id, comments_count FROM blog.posts WHERE id < 4 ORDER BY 1', 'VALUES (1::bigint, 2::bigint), (2, 1), (3, 0)', 'the children there are');
SELECT is(array_agg(c::text), '{"(blog.comments,comments_post_id_fkey,blog.posts,comments_count,,on,)"}', 'counter_caches') FROM dbeng.counter_caches c;
SELECT is(dbeng.enable_counter_cache('blog.comments', 'comments_post_id_fkey', 'blog.posts', 'comments_count'), 0::bigint, 'called again, by the constraint''s name');
RESET ROLE;

-- The writer may write comments and nothing of posts.
SET LOCAL ROLE counter_writer;
SELECT is(pg_temp.code('SELECT * FROM blog.posts'), '42501', 'the writer has no right to the parents');
INSERT INTO blog.comments (post_id) VALUES (3);
INSERT INTO blog.comments (post_id) VALUES (NULL);
INSERT INTO blog.comments (post_id) SELECT g % 5 + 1 FROM generate_series(1, 1000) g;
RESET ROLE;
SELECT is(blog.wrong(), 'none', 'INSERT of one, of many');
SELECT is(comments_count, 201::bigint, 'truly') FROM blog.posts WHERE id = 3;
SET LOCAL ROLE counter_writer;
UPDATE blog.comments SET post_id = 4 WHERE id = 1;
UPDATE blog.comments SET post_id = NULL WHERE id = 2;
UPDATE blog.comments SET post_id = 5 WHERE id = 4;
UPDATE blog.comments SET post_id = post_id % 5 + 1 WHERE id % 3 = 0;
UPDATE blog.comments SET body = 'unmoved';
UPDATE blog.comments SET body = 'unmoved' WHERE id = 1;
UPDATE blog.comments SET body = 'none' WHERE false;
DELETE FROM blog.comments WHERE id = 1;
DELETE FROM blog.comments WHERE id BETWEEN 100 AND 300;
DELETE FROM blog.comments WHERE false;
RESET ROLE;
SELECT is(blog.wrong(), 'none', 'UPDATE and DELETE of one, of many, of none');
SET LOCAL ROLE counter_writer;
INSERT INTO blog.comments (id, post_id) OVERRIDING SYSTEM VALUE VALUES (5, 6), (5000, 6) ON CONFLICT (id) DO UPDATE SET post_id = EXCLUDED.post_id;
MERGE INTO blog.comments c USING (VALUES (6), (7), (9000), (9)) v(id) ON c.id = v.id
	WHEN MATCHED AND v.id = 6 THEN DELETE WHEN MATCHED THEN UPDATE SET post_id = 7 WHEN NOT MATCHED THEN INSERT (post_id) VALUES (8);
WITH d AS (DELETE FROM blog.comments WHERE id BETWEEN 300 AND 320 RETURNING post_id), i AS (INSERT INTO blog.comments (post_id) SELECT 9 FROM d) UPDATE blog.comments SET post_id = 1 WHERE id BETWEEN 321 AND 330;
COPY blog.comments (post_id) FROM STDIN;
1
1
9
\N
\.
SAVEPOINT undone;
DELETE FROM blog.comments;
ROLLBACK TO undone;
RESET ROLE;
SELECT is(blog.wrong(), 'none', 'ON CONFLICT, MERGE, WITH, COPY, ROLLBACK');

-- Parents.
DELETE FROM blog.posts WHERE id IN (1, 2);
INSERT INTO blog.posts VALUES (1, 'again'), (2, 'and again');
SELECT is(blog.wrong(), 'none', 'a parent deleted with its children, and made again');
UPDATE blog.posts SET id = 30 WHERE id = 3;
SELECT is(comments_count > 0, true, 'a parent that has another key') FROM blog.posts WHERE id = 30;
UPDATE blog.posts SET id = id + 100 WHERE id BETWEEN 5 AND 9;
SELECT is(blog.wrong(), 'none', 'keep their children');
INSERT INTO blog.posts (id, comments_count) VALUES (40, 999);
UPDATE blog.posts SET comments_count = 12345;
UPDATE blog.posts SET comments_count = comments_count + 1, title = 'saved' WHERE id = 30;
SELECT is(blog.wrong(), 'none', 'what others write into the count is put right');
SELECT is(title, 'saved', 'and the rest of it stays') FROM blog.posts WHERE id = 30;
SET LOCAL dbeng.keep_counters = on;
UPDATE blog.posts SET comments_count = 777 WHERE id IN (30, 40);
RESET dbeng.keep_counters;
SELECT isnt(blog.wrong(), 'none', 'unless they say so');
INSERT INTO blog.comments (post_id) VALUES (40);
SET LOCAL ROLE counter_owner;
SELECT is(dbeng.repair_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count'), 2::bigint, 'repair says how many were wrong');
SELECT is(blog.wrong(), 'none', 'and are no more');
SELECT is(dbeng.repair_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count'), 0::bigint, 'nothing is left to repair');
RESET ROLE;
SET LOCAL session_replication_role = replica;
INSERT INTO blog.comments (post_id) VALUES (40), (40);
RESET session_replication_role;
SELECT is(dbeng.repair_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count'), 1::bigint, 'what replication writes is not counted');
SAVEPOINT truncated;
SET LOCAL ROLE counter_writer;
TRUNCATE blog.comments;
RESET ROLE;
SELECT is(sum(comments_count), 0::numeric, 'TRUNCATE') FROM blog.posts;
ROLLBACK TO truncated;
SELECT is(blog.wrong(), 'none', 'rolled back');

-- Versions of the parents stay: a count is nothing that somebody has changed.
SELECT dbeng.enable_versioning('blog.posts');
INSERT INTO blog.comments (post_id) VALUES (30);
UPDATE blog.posts SET title = 'edited', version = 1 WHERE id = 30;
SELECT is(version, 2::bigint, 'a parent''s version is its own') FROM blog.posts WHERE id = 30;
SET LOCAL dbeng.keep_counters = on;
UPDATE blog.posts SET comments_count = 7, version = 2 WHERE id = 30;
RESET dbeng.keep_counters;
SELECT is(dbeng.repair_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count'), 1::bigint, 'a count is repaired');
SELECT is(version, 3::bigint, 'by which the version stays as well') FROM blog.posts WHERE id = 30;
SELECT is(blog.wrong(), 'none', 'counted all the same');
SELECT dbeng.disable_versioning('blog.posts', true);

-- Policies that hide the parents from their owner do not hide them from their counts.
ALTER TABLE blog.posts ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SET LOCAL ROLE counter_writer;
INSERT INTO blog.comments (post_id) VALUES (30), (40);
INSERT INTO blog.comments (post_id) VALUES (30);
RESET ROLE;
SELECT is(blog.wrong(), 'none', 'under policies');
SET LOCAL ROLE counter_owner;
SELECT is(pg_temp.code($$SELECT dbeng.repair_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count')$$), '42501', 'but nobody repairs what he does not see');
RESET ROLE;
ALTER TABLE blog.posts DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;

-- Names.
SET LOCAL ROLE counter_owner;
ALTER TABLE blog.posts RENAME TO "Po'sts";
ALTER TABLE blog."Po'sts" RENAME COLUMN id TO "I d";
ALTER TABLE blog.comments RENAME COLUMN post_id TO "post id";
INSERT INTO blog.comments ("post id") VALUES (30), (40);
INSERT INTO blog.comments ("post id") VALUES (30);
ALTER TABLE blog.comments RENAME COLUMN "post id" TO post_id;
ALTER TABLE blog."Po'sts" RENAME COLUMN "I d" TO id;
ALTER TABLE blog."Po'sts" RENAME TO posts;
SELECT is(blog.wrong(), 'none', 'renamed');
ALTER TABLE blog.posts RENAME COLUMN comments_count TO n;
SELECT is(f.code || ' ' || detail, '55000 blog.posts does not keep its column n for it.', 'a trigger that names another column')
FROM pg_temp.failure($$CREATE TRIGGER x AFTER INSERT ON blog.comments REFERENCING NEW TABLE AS dbeng_new FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children('comments_post_id_fkey', 'n', ''); INSERT INTO blog.comments (post_id) VALUES (30)$$) f;
SELECT is(pg_temp.code('INSERT INTO blog.comments (post_id) VALUES (30)'), '42703', 'a count that is renamed stops the writing');
ALTER TABLE blog.posts RENAME COLUMN n TO comments_count;
SELECT is(pg_temp.code('ALTER TABLE blog.comments RENAME CONSTRAINT comments_post_id_fkey TO fk'), '00000', 'a foreign key renamed');
SELECT is(f.code || ' ' || message || ' ' || detail, '55000 trigger "~dbeng_count_i_' || left(md5('comments_post_id_fkey/comments_count'), 8) || '" of blog.comments cannot count There is no foreign key comments_post_id_fkey any more.', 'stops it as well')
FROM pg_temp.failure('INSERT INTO blog.comments (post_id) VALUES (30)') f;
ALTER TABLE blog.comments RENAME CONSTRAINT fk TO comments_post_id_fkey;

-- Off again.
SELECT is(pg_temp.code($$SELECT dbeng.disable_counter_cache('blog.comments', 'post_id', 'blog.posts', 'other')$$), '55000', 'a count that is none');
SELECT lives_ok($$SELECT dbeng.disable_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count', drop_column => true)$$, 'disabled');
SELECT is(blog.shape(), shape, 'as it was') FROM shape;

-- Live rows only.
SELECT dbeng.enable_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count', live_column => 'deleted_at');
UPDATE blog.comments SET deleted_at = now() WHERE id % 2 = 0;
UPDATE blog.comments SET deleted_at = now() WHERE id = 5;
UPDATE blog.comments SET deleted_at = NULL WHERE id = 8;
DELETE FROM blog.comments WHERE id % 5 = 0;
INSERT INTO blog.comments (post_id, deleted_at) VALUES (30, now());
INSERT INTO blog.comments (post_id, deleted_at) VALUES (30, now()), (30, NULL);
UPDATE blog.comments SET post_id = 40 WHERE deleted_at IS NOT NULL;
SELECT is(array_agg(id), NULL, 'live rows') FROM blog.posts, LATERAL (SELECT count(*) AS n FROM blog.comments WHERE post_id = posts.id AND deleted_at IS NULL) c WHERE comments_count <> n;
SELECT is(pg_temp.code($$SELECT dbeng.enable_counter_cache('blog.comments', 'post_id', 'blog.posts', 'comments_count')$$), '55000', 'all rows instead is another count');

-- What cannot be counted, all reasons at once.
CREATE TABLE blog.texts (id int PRIMARY KEY, n text, m int, k int DEFAULT 0, g int GENERATED ALWAYS AS (1) STORED);
CREATE TABLE blog.notes (text_id int REFERENCES blog.texts);
CREATE TABLE blog.heirs () INHERITS (blog.notes);
SELECT is(detail, E'blog.heirs inherits from it: its rows would count, though no foreign key holds them.\nIt has no column gone_at that could be NULL in the rows that count.\nColumn n of blog.texts is of type text, not smallint, integer or bigint.', 'reasons')
FROM pg_temp.failure($$SELECT dbeng.enable_counter_cache('blog.notes', 'text_id', 'blog.texts', 'n', 'gone_at')$$);
DROP TABLE blog.heirs;
SELECT is(f.detail, expected, counter) FROM (VALUES
	('m', 'Column m of blog.texts may be NULL: UPDATE blog.texts SET m = 0 WHERE m IS NULL; ALTER TABLE blog.texts ALTER COLUMN m SET DEFAULT 0, ALTER COLUMN m SET NOT NULL;'),
	('g', 'Column g of blog.texts is generated: the server writes it itself.'), ('ctid', 'ctid is a system column.'),
	('id', E'Column id of blog.texts has not the default 0: UPDATE blog.texts SET id = 0 WHERE id IS NULL; ALTER TABLE blog.texts ALTER COLUMN id SET DEFAULT 0, ALTER COLUMN id SET NOT NULL;\nColumn id of blog.texts is part of a key.')) v(counter, expected),
	pg_temp.failure(format('SELECT dbeng.enable_counter_cache(''blog.notes'', ''text_id'', ''blog.texts'', %L)', counter)) f;
SELECT is(f.detail, 'It has no foreign key x to blog.texts: those that refer to it are notes_text_id_fkey.', 'no such key') FROM pg_temp.failure($$SELECT dbeng.enable_counter_cache('blog.notes', 'x', 'blog.texts', 'c')$$) f;
SELECT is(pg_temp.code($$SELECT dbeng.enable_counter_cache('blog.notes', 'text_id', 'blog.texts', NULL)$$), '22004', 'no counter');
SELECT is(pg_temp.code($$SELECT dbeng.enable_counter_cache('pg_class', 'text_id', 'blog.texts', 'c')$$), '42501', 'somebody else''s child');
RESET ROLE;
SET LOCAL ROLE counter_children;
SELECT is(pg_temp.code(c), '42501', c) FROM unnest(ARRAY['SELECT dbeng.enable_counter_cache(''blog.notes'', ''text_id'', ''blog.texts'', ''c'')',
	'SELECT dbeng.disable_counter_cache(''blog.comments'', ''post_id'', ''blog.posts'', ''comments_count'')', 'SELECT dbeng.repair_counter_cache(''blog.comments'', ''post_id'', ''blog.posts'', ''comments_count'')']) c;
RESET ROLE;

-- Who may refer to a table may not write into it by a trigger of his own making.
CREATE SCHEMA evil AUTHORIZATION counter_children;
GRANT REFERENCES ON blog.texts TO counter_children;
INSERT INTO blog.texts (id) VALUES (1);
SET LOCAL ROLE counter_children;
CREATE TABLE evil.notes (text_id int CONSTRAINT fk REFERENCES blog.texts);
CREATE TRIGGER x AFTER INSERT ON evil.notes REFERENCING NEW TABLE AS dbeng_new FOR EACH STATEMENT EXECUTE FUNCTION dbeng._count_children('fk', 'k', '');
SELECT is(pg_temp.code('INSERT INTO evil.notes VALUES (1)'), '55000', 'a count that the parent''s owner has not agreed to');
RESET ROLE;

-- Keys of several columns, children of themselves, keys that are checked late.
SET LOCAL ROLE counter_owner;
CREATE TABLE blog.pairs (a text, b int, n int NOT NULL DEFAULT 0, PRIMARY KEY (b, a));
CREATE TABLE blog.halves (x text, y bigint, FOREIGN KEY (x, y) REFERENCES blog.pairs (a, b));
INSERT INTO blog.pairs VALUES ('one', 1), ('one', 2), ('two', 1);
SELECT dbeng.enable_counter_cache('blog.halves', 'halves_x_y_fkey', 'blog.pairs', 'n');
INSERT INTO blog.halves VALUES ('one', 2), ('one', 2), ('two', 1), ('one', NULL), (NULL, 7);
INSERT INTO blog.halves VALUES ('two', 1);
SELECT results_eq('SELECT a, b, n FROM blog.pairs ORDER BY 1, 2', $$VALUES ('one', 1, 0), ('one', 2, 2), ('two', 1, 2)$$, 'a key of two columns');
UPDATE blog.pairs SET n = 9;
SELECT results_eq('SELECT a, b, n FROM blog.pairs ORDER BY 1, 2', $$VALUES ('one', 1, 0), ('one', 2, 2), ('two', 1, 2)$$, 'and put right by it');

CREATE TABLE blog.tree (id int PRIMARY KEY, up int REFERENCES blog.tree DEFERRABLE INITIALLY DEFERRED, children smallint NOT NULL DEFAULT 0);
SELECT dbeng.enable_counter_cache('blog.tree', 'up', 'blog.tree', 'children');
INSERT INTO blog.tree VALUES (2, 1), (3, 1), (4, 2);
INSERT INTO blog.tree VALUES (1, NULL), (5, 5);
UPDATE blog.tree SET up = 4 WHERE id = 3;
DELETE FROM blog.tree WHERE id = 4;
INSERT INTO blog.tree VALUES (4, 2);
SELECT results_eq('SELECT id, children::int FROM blog.tree ORDER BY 1', 'VALUES (1, 1), (2, 1), (3, 0), (4, 1), (5, 1)', 'children of itself, there before their parents');

-- A key that an update writes though it does not name it: generated, or by a trigger. One row at a time, and several.
CREATE TABLE blog.halls (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);
INSERT INTO blog.halls SELECT g FROM generate_series(0, 9) g;
CREATE TABLE blog.seats (number int PRIMARY KEY, note text, hall int GENERATED ALWAYS AS (number / 10) STORED CONSTRAINT hall REFERENCES blog.halls);
SELECT dbeng.enable_counter_cache('blog.seats', 'hall', 'blog.halls', 'n');
INSERT INTO blog.seats SELECT g FROM generate_series(10, 29) g;
UPDATE blog.seats SET number = 30 WHERE number = 10;
UPDATE blog.seats SET number = 5 WHERE number = 30;
UPDATE blog.seats SET number = number + 30 WHERE number BETWEEN 20 AND 24;
UPDATE blog.seats SET note = 'kept' WHERE number = 5;
SELECT results_eq('SELECT id, n FROM blog.halls WHERE n <> 0 ORDER BY 1', 'VALUES (0, 1), (1, 9), (2, 5), (5, 5)', 'a generated key');
CREATE TABLE blog.guests (id int PRIMARY KEY, wish int, hall int REFERENCES blog.halls);
ALTER TABLE blog.halls ADD guests int NOT NULL DEFAULT 0;
CREATE FUNCTION blog.fulfil() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.hall := NEW.wish; RETURN NEW; END$$;
SELECT dbeng.enable_counter_cache('blog.guests', 'hall', 'blog.halls', 'guests');
INSERT INTO blog.guests VALUES (1, 1, 1), (2, 2, 2), (3, NULL, NULL);
UPDATE blog.guests SET wish = 9 WHERE id = 1;
SELECT results_eq('SELECT id, guests FROM blog.halls WHERE guests <> 0 ORDER BY 1', 'VALUES (1, 1), (2, 1)', 'a wish alone moves nobody');
CREATE TRIGGER fulfil BEFORE UPDATE ON blog.guests FOR EACH ROW EXECUTE FUNCTION blog.fulfil();
UPDATE blog.guests SET wish = 8 WHERE id = 1;
UPDATE blog.guests SET wish = 7 WHERE id > 1;
SELECT results_eq('SELECT id, guests FROM blog.halls WHERE guests <> 0 ORDER BY 1', 'VALUES (7, 2), (8, 1)', 'a trigger that writes the key');
UPDATE blog.halls SET guests = guests, n = n, id = id;
UPDATE blog.halls SET guests = 0 WHERE id = 7;
SELECT results_eq('SELECT id, guests FROM blog.halls WHERE guests <> 0 ORDER BY 1', 'VALUES (7, 2), (8, 1)', 'parents written as a whole');

-- Partitions, written by the table or directly.
CREATE TABLE blog.shelves (id int PRIMARY KEY);
CREATE TABLE blog.books (extra int, shelf int REFERENCES blog.shelves, year int) PARTITION BY RANGE (year);
CREATE TABLE blog.books_old PARTITION OF blog.books FOR VALUES FROM (0) TO (2000);
CREATE TABLE blog.books_new (year int, shelf int);
ALTER TABLE blog.books DROP COLUMN extra;
ALTER TABLE blog.books ATTACH PARTITION blog.books_new FOR VALUES FROM (2000) TO (3000);
INSERT INTO blog.shelves VALUES (1), (2);
SELECT dbeng.enable_counter_cache('blog.books', 'shelf', 'blog.shelves', 'books');
INSERT INTO blog.books VALUES (1, 1990), (1, 2010), (2, 2020);
INSERT INTO blog.books_new (shelf, year) VALUES (2, 2001);
INSERT INTO blog.books_new (shelf, year) VALUES (2, 2001), (1, 2002);
UPDATE blog.books SET year = 1995 WHERE year = 2010;
UPDATE blog.books_old SET shelf = 2 WHERE year = 1995;
DELETE FROM blog.books_new WHERE year = 2020;
SELECT results_eq('SELECT id, books FROM blog.shelves ORDER BY 1', 'VALUES (1, 2::bigint), (2, 3)', 'partitions');
CREATE TABLE blog.books_far PARTITION OF blog.books FOR VALUES FROM (3000) TO (4000);
SELECT is(state || ' ' || open_partitions::text, 'partitions open {blog.books_far}', 'a partition that was made later') FROM dbeng.counter_caches WHERE counter = 'books';
INSERT INTO blog.books VALUES (1, 3500);
SAVEPOINT truncated;
TRUNCATE blog.books_new;
SELECT results_eq('SELECT id, books FROM blog.shelves ORDER BY 1', 'VALUES (1, 2::bigint), (2, 1)', 'TRUNCATE of one');
TRUNCATE blog.books;
SELECT results_eq('SELECT id, books FROM blog.shelves ORDER BY 1', 'VALUES (1, 0::bigint), (2, 0)', 'TRUNCATE of all');
ROLLBACK TO truncated;
SELECT is(dbeng.enable_counter_cache('blog.books', 'shelf', 'blog.shelves', 'books'), 0::bigint, 'mended');
INSERT INTO blog.books_far VALUES (1, 3600);
SELECT is(books, 4::bigint, 'is counted, too') FROM blog.shelves WHERE id = 1;
SELECT dbeng.disable_counter_cache('blog.books', 'shelf', 'blog.shelves', 'books');
SELECT is_empty($$SELECT * FROM pg_trigger WHERE tgrelid::regclass::text ~ 'books|shelves' AND NOT tgisinternal$$, 'nothing is left');
SELECT is(dbeng.enable_counter_cache('blog.books', 'shelf', 'blog.shelves', 'books'), 0::bigint, 'the column that stayed is taken up');
SELECT dbeng.disable_counter_cache('blog.books', 'shelf', 'blog.shelves', 'books', true);
SELECT has_column('blog', 'shelves', 'books', 'and is not dropped, since it was there');


-- What is given shows in RETURNING and nowhere else; children count whatever is given.
CREATE TABLE blog.rooms (id int PRIMARY KEY, beds int NOT NULL DEFAULT 0);
CREATE TABLE blog.beds (id int PRIMARY KEY, room int REFERENCES blog.rooms);
INSERT INTO blog.rooms VALUES (1);
SELECT dbeng.enable_counter_cache('blog.beds', 'room', 'blog.rooms', 'beds');
INSERT INTO blog.beds VALUES (1, 1), (2, 1);
SELECT results_eq('WITH u AS (UPDATE blog.rooms SET beds = 9 RETURNING beds) SELECT beds FROM u', 'VALUES (9)', 'RETURNING shows what was given');
SELECT is(beds, 2, 'and the row what is right') FROM blog.rooms;
SET LOCAL dbeng.keep_counters = on;
UPDATE blog.rooms SET beds = 9;
INSERT INTO blog.beds VALUES (3, 1);
RESET dbeng.keep_counters;
SELECT is(beds, 10, 'written as given, and children counted on') FROM blog.rooms;
SELECT dbeng.repair_counter_cache('blog.beds', 'room', 'blog.rooms', 'beds');
UPDATE blog.rooms SET beds = beds + 5;
SELECT is(beds, 3, 'put right') FROM blog.rooms;

SELECT * FROM finish();
ROLLBACK;
