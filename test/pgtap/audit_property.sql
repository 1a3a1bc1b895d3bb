-- Audit of many random changes: the log tells each state that there was, row by row and table by table, and undoing the
-- transactions, the last one first, goes back through all of them.
\set database dbeng_audit_property
\ir audit/begin.sql
CREATE TABLE keyed (id int PRIMARY KEY, n int, t text, doubled int GENERATED ALWAYS AS (n * 2) STORED);
CREATE TABLE pairs (a text, b int, k int REFERENCES keyed ON UPDATE CASCADE ON DELETE CASCADE, d jsonb, PRIMARY KEY (b, a));
CREATE TABLE bag (n int, t text, f float8);
CREATE TABLE parted (id int, part int, m numeric, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);
CREATE TABLE parted_1 (m numeric, part int NOT NULL, gone int, id int NOT NULL);
ALTER TABLE parted_1 DROP gone;
ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
SELECT dbeng.enable_audit(r) FROM unnest('{keyed,pairs,bag,parted}'::regclass[]) r;
CREATE TABLE told.states (step int, at timestamptz, transaction_id xid8, relation regclass, rows text[], by_key jsonb);

-- One statement of some kind, which may change nothing, or more than its own table.
CREATE FUNCTION told.change() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	i int := (random() * 15)::int;
	j int := (random() * 15)::int;
	v int := (random() * 5)::int;
	w text := CASE WHEN random() < 0.2 THEN NULL ELSE repeat(chr(97 + v), (random() * 3)::int) END;
BEGIN
	CASE (random() * 17)::int
	WHEN 0 THEN INSERT INTO keyed VALUES (i, v, w) ON CONFLICT (id) DO UPDATE SET n = excluded.n, t = excluded.t;
	WHEN 1 THEN INSERT INTO keyed SELECT g, v, w FROM generate_series(least(i, j), greatest(i, j)) g ON CONFLICT DO NOTHING;
	WHEN 2 THEN UPDATE keyed SET n = n + v WHERE id <= i;
	WHEN 3 THEN UPDATE keyed SET id = j WHERE id = i AND NOT EXISTS (SELECT FROM keyed WHERE id = j);
	WHEN 4 THEN DELETE FROM keyed WHERE id = i;
	WHEN 5 THEN MERGE INTO keyed USING (SELECT g AS id FROM generate_series(i, i + 2) g) s ON s.id = keyed.id WHEN MATCHED AND n > 3 THEN DELETE WHEN MATCHED THEN UPDATE SET t = w WHEN NOT MATCHED THEN INSERT VALUES (s.id, v, w);
	WHEN 6, 7 THEN INSERT INTO pairs SELECT chr(97 + v), j, id, jsonb_build_object('w', w) FROM keyed WHERE id >= i LIMIT 1 ON CONFLICT (a, b) DO UPDATE SET d = excluded.d, k = excluded.k;
	WHEN 8 THEN UPDATE pairs SET b = b + 100 WHERE b = j AND NOT EXISTS (SELECT FROM pairs WHERE b = j + 100);
	WHEN 9 THEN DELETE FROM pairs WHERE b % 5 = v;
	WHEN 10, 11 THEN INSERT INTO bag SELECT v, w, j / 7.0 FROM generate_series(1, 1 + v);
	WHEN 12 THEN UPDATE bag SET n = j, t = t || 'x' WHERE ctid IN (SELECT ctid FROM bag WHERE n = v LIMIT 2);
	WHEN 13 THEN DELETE FROM bag WHERE ctid IN (SELECT ctid FROM bag WHERE n >= v LIMIT 3);
	WHEN 14 THEN INSERT INTO parted VALUES (i, v % 4, v / 10.0) ON CONFLICT (id, part) DO UPDATE SET m = parted.m + 1;
	WHEN 15 THEN UPDATE parted SET part = v % 4 WHERE id = i AND NOT EXISTS (SELECT FROM parted o WHERE o.id = i AND o.part = v % 4);
	WHEN 16 THEN UPDATE parted_1 SET m = m * 2, id = id + 200 WHERE id < 200 AND NOT EXISTS (SELECT FROM parted_1 o WHERE o.id > 200);
	ELSE DELETE FROM parted WHERE id % 4 = v;
	END CASE;
END $$;
CREATE PROCEDURE told.walk(steps int) LANGUAGE plpgsql AS $$
DECLARE
	x xid8;
BEGIN
	FOR step IN 0 .. steps LOOP
		IF step > 0 THEN
			FOR statement IN 1 .. 1 + (random() * 6)::int LOOP
				BEGIN
					PERFORM told.change();
					IF random() < 0.3 THEN
						PERFORM told.change();
						PERFORM count(*) FROM dbeng.audit_log;
						PERFORM told.change();
					END IF;
					IF random() < 0.2 THEN
						RAISE 'no';
					END IF;
				EXCEPTION WHEN raise_exception OR foreign_key_violation OR unique_violation THEN NULL;
				END;
			END LOOP;
		END IF;
		x := pg_current_xact_id_if_assigned();
		COMMIT;
		INSERT INTO told.states SELECT step, clock_timestamp(), x, c.oid, told.rows(c.oid::regclass::text), CASE c.relname WHEN 'keyed' THEN (SELECT jsonb_object_agg(id, to_jsonb(k)) FROM keyed k) END FROM pg_class c WHERE c.oid = ANY ('{keyed,pairs,bag,parted}'::regclass[]);
		COMMIT;
	END LOOP;
END $$;
SELECT setseed(0.1);
CALL told.walk(60);
SELECT cmp_ok(count(*), '>', 300::bigint, 'a walk of many changes') FROM dbeng.audit_log;

-- Each state, of tables and of rows.
CREATE FUNCTION told.differing() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	state record; found text[]; told jsonb;
BEGIN
	FOR state IN SELECT * FROM told.states ORDER BY step LOOP
		found := told.rows(format('dbeng.table_as_of(NULL::%s, %L)', state.relation, state.at));
		IF found IS DISTINCT FROM state.rows THEN
			RETURN NEXT format('step %s, %s: %s instead of %s', state.step, state.relation, found, state.rows);
		END IF;
		CONTINUE WHEN state.relation <> 'keyed'::regclass;
		FOR id IN 0 .. 15 LOOP
			told := dbeng.row_as_of('keyed', to_jsonb(id), state.at);
			IF told IS DISTINCT FROM state.by_key -> id::text THEN
				RETURN NEXT format('step %s, row %s: %s instead of %s', state.step, id, told, state.by_key -> id::text);
			END IF;
		END LOOP;
	END LOOP;
END $$;
SELECT is((SELECT string_agg(d, E'\n') FROM (SELECT d FROM told.differing() d LIMIT 5) x), NULL, 'every state is told');
-- A history is what happened to the key: replayed, it ends where the row is.
CREATE FUNCTION told.replayed(key int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
	change record; state jsonb;
BEGIN
	FOR change IN SELECT * FROM dbeng.row_history('keyed', to_jsonb(key)) LOOP
		state := CASE change.action WHEN 'DELETE' THEN NULL WHEN 'INSERT' THEN change.new_data
			ELSE CASE WHEN change.key = jsonb_build_object('id', key) THEN CASE WHEN change.old_data ->> 'id' = key::text THEN state || change.new_data ELSE change.new_data END END END;
	END LOOP;
	RETURN state;
END $$;
SELECT is((SELECT string_agg(format('%s: %s instead of %s', g, told.replayed(g), to_jsonb(k)), E'\n') FROM generate_series(0, 20) g LEFT JOIN keyed k ON k.id = g WHERE NOT coalesce(to_jsonb(k), 'null') @> coalesce(told.replayed(g), 'null')), NULL, 'every history ends where its row is');

-- Back through all of them.
CREATE TABLE told.trials (step int, wrong text);
CREATE PROCEDURE told.go_back() LANGUAGE plpgsql AS $$
DECLARE
	state record; wrong text;
BEGIN
	FOR state IN SELECT DISTINCT step, transaction_id FROM told.states WHERE step > 0 ORDER BY step DESC LOOP
		CONTINUE WHEN NOT EXISTS (SELECT FROM dbeng.audit_log WHERE transaction_id = state.transaction_id);
		PERFORM dbeng.undo(state.transaction_id, false);
		COMMIT;
		SELECT string_agg(format('%s: %s instead of %s', s.relation, told.rows(s.relation::text), s.rows), E'\n') INTO wrong
		FROM told.states s WHERE s.step = state.step - 1 AND told.rows(s.relation::text) <> s.rows;
		INSERT INTO told.trials VALUES (state.step, wrong);
		COMMIT;
	END LOOP;
END $$;
CALL told.go_back();
SELECT is((SELECT string_agg(format('step %s: %s', step, wrong), E'\n') FROM told.trials WHERE wrong IS NOT NULL), NULL, count(*) || ' transactions undone') FROM told.trials;
SELECT is((SELECT string_agg(d, E'\n') FROM (SELECT d FROM told.differing() d LIMIT 5) x), NULL, 'and every state is told still');
SELECT is((SELECT count(*) FROM keyed) + (SELECT count(*) FROM pairs) + (SELECT count(*) FROM bag) + (SELECT count(*) FROM parted), 0::bigint, 'back to the beginning');

-- What was not changed back is in the way, and it is named.
INSERT INTO keyed VALUES (1, 1, 'a'), (2, 2, 'b');
SELECT told.transaction('keyed') AS first \gset
UPDATE keyed SET n = 10 WHERE id = 1;
SELECT told.transaction('keyed') AS second \gset
SELECT told.refused(format('SELECT dbeng.undo(%L)', :'first'), '55000', format('by transaction %s at .*UPDATE of public.keyed {"id": 1}', :'second'));
UPDATE keyed SET n = 1 WHERE id = 1;
SELECT is(count(*), 2::bigint, 'changed back, it is not') FROM dbeng.undo(:'first');
UPDATE keyed SET id = 3 WHERE id = 2;
SELECT told.refused(format('SELECT dbeng.undo(%L)', :'first'), '55000', '"id": 2');
UPDATE keyed SET n = 7 WHERE id = 3;
UPDATE keyed SET id = 2 WHERE id = 3;
SELECT told.refused(format('SELECT dbeng.undo(%L)', :'first'), '55000', '"id": 2');
UPDATE keyed SET n = 2 WHERE id = 2;
DELETE FROM keyed WHERE id = 1;
INSERT INTO keyed VALUES (1, 1, 'a');
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', :'first'), 'nor is a row that was deleted and inserted as it was');
SELECT is(told.rows('keyed'), '{}', 'undone');

-- A row that foreign keys go out from, deleted and inserted again under the same key, or whose key another one takes: undoing
-- must not have the foreign key take what it has just put back.
INSERT INTO keyed VALUES (1, 1, 'a'), (2, 2, 'b');
INSERT INTO pairs VALUES ('x', 1, 1, NULL), ('y', 2, 2, NULL);
CREATE TABLE nulled (id int PRIMARY KEY, k int REFERENCES keyed ON DELETE SET NULL ON UPDATE SET NULL);
SELECT dbeng.enable_audit('nulled');
INSERT INTO nulled VALUES (1, 1), (2, 2);
CREATE TABLE was AS SELECT told.rows('keyed') || told.rows('pairs') || told.rows('nulled') AS rows;
BEGIN;
DELETE FROM keyed WHERE id = 1;
INSERT INTO keyed VALUES (1, 10, 'c');
COMMIT;
SELECT is((SELECT count(*) FROM pairs), 1::bigint, 'replaced, and what referred to it is gone');
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction('keyed')), 'undone');
SELECT is(told.rows('keyed') || told.rows('pairs') || told.rows('nulled'), rows, 'everything is back') FROM was;
BEGIN;
UPDATE keyed SET id = 3 WHERE id = 1;
UPDATE keyed SET id = 1 WHERE id = 2;
INSERT INTO keyed VALUES (2, 7, 'new');
COMMIT;
SELECT is(told.rows('pairs'), '{"(x,1,3,)","(y,2,1,)"}', 'keys that go round');
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction('keyed')), 'undone');
SELECT is(told.rows('keyed') || told.rows('pairs') || told.rows('nulled'), rows, 'everything is back') FROM was;
\ir audit/end.sql
