-- Soft delete beside counts and in tables that table_ddl() makes: right after each statement, whatever it is.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
BEGIN;
SELECT no_plan();
CREATE ROLE fx_owner;
CREATE SCHEMA shop AUTHORIZATION fx_owner;
SET ROLE fx_owner;
SET search_path = shop, public;

-- Counts of live rows.
CREATE TABLE authors (id int PRIMARY KEY, name text);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES authors ON DELETE CASCADE ON UPDATE CASCADE, slug text UNIQUE);
CREATE TABLE comments (id int PRIMARY KEY, post_id int REFERENCES posts ON DELETE CASCADE, answer_to int REFERENCES comments ON DELETE SET NULL, author_id int REFERENCES authors ON DELETE SET NULL);
CREATE INDEX posts_author ON posts (author_id);
CREATE INDEX comments_post ON comments (post_id);
CREATE INDEX comments_answer ON comments (answer_to);
CREATE INDEX comments_author ON comments (author_id);
SELECT dbeng.enable_soft_delete('authors');
SELECT dbeng.enable_counter_cache('posts', 'author_id', 'authors', 'posts_count', live_column => 'deleted_at');
SELECT dbeng.enable_counter_cache('comments', 'post_id', 'posts', 'comments_count', live_column => 'deleted_at');
SELECT dbeng.enable_counter_cache('comments', 'author_id', 'authors', 'comments_count', live_column => 'deleted_at');
SELECT dbeng.enable_counter_cache('comments', 'answer_to', 'comments', 'answers_count', live_column => 'deleted_at');
CREATE FUNCTION wrong() RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(string_agg(format('%s of %s is %s, not %s', counter, id, have, want), '; '), 'none') FROM (
		SELECT 'posts_count', id, posts_count, (SELECT count(*) FROM posts p WHERE p.author_id = a.id AND p.deleted_at IS NULL) FROM authors a
		UNION ALL SELECT 'comments_count of author', id, comments_count, (SELECT count(*) FROM comments c WHERE c.author_id = a.id AND c.deleted_at IS NULL) FROM authors a
		UNION ALL SELECT 'comments_count', id, comments_count, (SELECT count(*) FROM comments c WHERE c.post_id = p.id AND c.deleted_at IS NULL) FROM posts p
		UNION ALL SELECT 'answers_count', id, answers_count, (SELECT count(*) FROM comments c WHERE c.answer_to = p.id AND c.deleted_at IS NULL) FROM comments p) t(counter, id, have, want)
	WHERE have <> want
$$;
INSERT INTO authors (id) SELECT generate_series(1, 6);
INSERT INTO posts (id, author_id, slug) SELECT i, i % 6 + 1, 's' || i FROM generate_series(1, 30) i;
INSERT INTO comments (id, post_id, author_id, answer_to) SELECT i, i % 30 + 1, i % 5 + 1, CASE WHEN i > 20 THEN i - 20 END FROM generate_series(1, 120) i;
SELECT is(wrong(), 'none', 'written');
SELECT results_eq('DELETE FROM comments WHERE id = 1 RETURNING id', 'VALUES (1)', 'one is deleted');
SELECT is(wrong(), 'none', 'and does not count, nor refers to it what did');
DELETE FROM posts WHERE id IN (2, 3);
SELECT is(wrong(), 'none', 'parents, and children by cascade');
SELECT is(comments_count, 0::bigint, 'a deleted parent has no live children') FROM posts WHERE id = 2;
DELETE FROM authors WHERE id = 4;
SELECT is(wrong(), 'none', 'over two steps, and unlinked by SET NULL');
SELECT is(dbeng.restore('authors', '{"id": 4}') > 5, true, 'restored');
SELECT is(wrong(), 'none', 'all count again');
SELECT max(deletion_id) AS cascaded FROM posts \gset
SELECT throws_ok(format('UPDATE comments SET deleted_at = now(), deletion_id = %s WHERE id = 6', :cascaded), '55000', NULL, 'nobody puts a row under a number by hand, not that of the cascade before');
SELECT is(dbeng.restore('posts', '{"id": 2}') > 0, true, 'one of several');
SELECT is(wrong(), 'none', 'with its children');
UPDATE posts SET author_id = 5 WHERE id = 3;
SELECT is(wrong(), 'none', 'a deleted row that moves counts nowhere');
UPDATE authors SET id = 60 WHERE id = 6;
SELECT is(wrong(), 'none', 'a key that changes');
SELECT is(dbeng.purge('posts', '-1 s', dry_run => false), 1::bigint, 'purged');
SELECT is(wrong(), 'none', 'counts stay');
SET LOCAL dbeng.hard_delete = on;
DELETE FROM posts WHERE id IN (4, 5);
DELETE FROM comments WHERE id IN (30, 31);
DELETE FROM authors WHERE id = 60;
RESET dbeng.hard_delete;
SELECT is(wrong(), 'none', 'deleted for good');
SELECT is((SELECT count(*) FROM posts WHERE author_id = 60), 0::bigint, 'with all that they had');
SELECT throws_ok($$SELECT dbeng.disable_soft_delete('posts', true)$$, '2BP01', NULL, 'who counts by deleted_at keeps it');

-- Whatever comes.
CREATE FUNCTION pg_temp.anything(seed float8, steps int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	statement text;
	place text;
	found text;
BEGIN
	PERFORM setseed(seed);
	FOR i IN 1..steps LOOP
		place := (ARRAY['authors', 'posts', 'comments'])[1 + floor(random() * 3)];
		statement := CASE floor(random() * 9)
			WHEN 0 THEN format('DELETE FROM %s WHERE id %% 17 = %s', place, floor(random() * 17))
			WHEN 1 THEN format('DELETE FROM %s WHERE id = (SELECT min(id) FROM %s WHERE id > %s)', place, place, floor(random() * 60))
			WHEN 2 THEN 'SELECT dbeng.restore(deletion_id) FROM dbeng.deletions WHERE restored_at IS NULL ORDER BY random() LIMIT 1'
			WHEN 3 THEN format('SELECT dbeng.restore(%L, jsonb_build_object(''id'', id)) FROM (SELECT id FROM %s WHERE deleted_at IS NOT NULL ORDER BY random() LIMIT 1) x', place, place)
			WHEN 4 THEN format('UPDATE comments SET post_id = (SELECT id FROM posts ORDER BY random() LIMIT 1), author_id = (SELECT id FROM authors ORDER BY random() LIMIT 1) WHERE id %% 13 = %s', floor(random() * 13))
			WHEN 5 THEN format('INSERT INTO comments (id, post_id, author_id) SELECT %s, (SELECT id FROM posts ORDER BY random() LIMIT 1), (SELECT id FROM authors ORDER BY random() LIMIT 1)', 1000 + i)
			WHEN 6 THEN format('INSERT INTO posts (id, author_id) SELECT %s, (SELECT id FROM authors ORDER BY random() LIMIT 1)', 1000 + i)
			WHEN 7 THEN format('MERGE INTO comments c USING generate_series(1, 90, %s) s(id) ON c.id = s.id AND c.deleted_at IS NULL WHEN MATCHED AND s.id %% 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET answer_to = NULL', 3 + floor(random() * 9))
			ELSE format('WITH d AS (DELETE FROM comments WHERE id %% 11 = %s RETURNING id) UPDATE posts SET slug = slug WHERE id IN (SELECT id FROM d)', floor(random() * 11)) END;
		BEGIN
			EXECUTE statement;
		EXCEPTION WHEN integrity_constraint_violation OR object_not_in_prerequisite_state THEN
			NULL;
		END;
		found := wrong();
		IF found <> 'none' THEN
			RETURN format('%s after step %s: %s', found, i, statement);
		END IF;
	END LOOP;
	RETURN 'none';
END $$;
SELECT is(pg_temp.anything(0.1, 150), 'none', 'whatever comes');
SELECT is(pg_temp.anything(0.7, 150), 'none', 'and whatever else');
SELECT ok((SELECT count(*) FROM dbeng.deletions) > 20, 'of which there was enough');
SELECT lives_ok($$SELECT dbeng.disable_counter_cache('comments', 'post_id', 'posts', 'comments_count', true), dbeng.disable_counter_cache('posts', 'author_id', 'authors', 'posts_count', true)$$, 'counted no longer');
SELECT lives_ok($$SELECT dbeng.disable_soft_delete('posts', false)$$, 'then soft delete can go, too');

-- Tables as table_ddl() makes them.
RESET ROLE;
SELECT dbeng.configure_check('sch-comments-missing', enabled => true, thresholds => '{"columns": 1}');
SELECT dbeng.configure_check('sch-mandatory-columns', enabled => true);
CREATE FUNCTION pg_temp.make(name text, columns text, tenant boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE dbeng.table_ddl(name, columns, soft_delete => true, tenant => tenant);
	RETURN (SELECT string_agg(format('%s %s: %s', f.check_id, f.object, f.message), E'\n') FROM dbeng.findings() f WHERE f.object ~ '^(made|kept)\M');
END $$;
CREATE SCHEMA made AUTHORIZATION fx_owner;
CREATE SCHEMA kept AUTHORIZATION fx_owner;
GRANT USAGE ON SCHEMA made, kept TO fx_owner;
GRANT pg_monitor TO fx_owner;
SET ROLE fx_owner;
SET search_path = made, public;
SELECT is(pg_temp.make('made.users', 'name text, email text unique', false), NULL, 'nothing is found against a table that keeps its rows');
SELECT is(pg_temp.make('made.orders', $$number text unique, user_id -> users cascade, status in (draft, placed) default draft index, tags text[] default '{}' index, unique (user_id, status)$$, false), NULL, 'nor one that goes along');
INSERT INTO users (name, email) VALUES ('Ann', 'a@x'), ('Bob', 'b@x');
INSERT INTO orders (number, user_id) SELECT 'n' || id, id FROM users;
SELECT results_eq($$DELETE FROM users WHERE email = 'a@x' RETURNING name, version$$, $$VALUES ('Ann', 2::bigint)$$, 'deleted');
SELECT is((SELECT count(*) FROM orders_live), 1::bigint, 'with its order');
INSERT INTO users (name, email) VALUES ('Anna', 'a@x');
INSERT INTO orders (number, user_id) SELECT 'n1', id FROM users_live WHERE name = 'Anna';
SELECT is((SELECT count(*) FROM users_live), 2::bigint, 'its key is free again');
SELECT throws_ok($$INSERT INTO users (name, email) VALUES ('Anne', 'a@x')$$, '23505', NULL, 'once');
SELECT throws_ok($$SELECT dbeng.restore('users', '{"id": 1}')$$, '23505', NULL, 'and taken for the one before');
DELETE FROM users WHERE name = 'Anna';
SELECT is(dbeng.restore('users', '{"id": 1}'), 2::bigint, 'until it is free');
SET search_path = kept, public;
SELECT is(pg_temp.make('kept.users', 'name text, email text unique', true), NULL, 'nothing is found, with tenants');
SELECT is(pg_temp.make('kept.orders', 'number text unique, user_id -> users cascade', true), NULL, 'nor of one that refers to it');
SET app.tenant_id = '1';
INSERT INTO users (name, email) VALUES ('Ann', 'a@x');
INSERT INTO orders (number, user_id) SELECT 'n', id FROM users;
SET app.tenant_id = '2';
INSERT INTO users (name, email) VALUES ('Ann', 'a@x');
SELECT results_eq('DELETE FROM users RETURNING tenant_id', 'VALUES (2::bigint)', 'those of the tenant');
SET app.tenant_id = '1';
SELECT is((SELECT count(*) FROM users_live), 1::bigint, 'of the other none');
DELETE FROM users;
SELECT is((SELECT count(*) FROM orders_live), 0::bigint, 'deleted with its order');
INSERT INTO users (name, email) VALUES ('Anna', 'a@x');
SELECT is((SELECT count(*) FROM users_live), 1::bigint, 'its key is free again');
DELETE FROM users WHERE name = 'Anna';
SELECT is(dbeng.restore(min(deletion_id)), 2::bigint, 'restored, with its order') FROM users WHERE name = 'Ann';
SELECT finish();
ROLLBACK;
