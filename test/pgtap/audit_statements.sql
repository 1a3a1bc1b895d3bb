-- Audit and the ways of writing: every statement that changes rows, whatever else it sets off, is in the log as it happened.
\set database dbeng_audit_statements
\ir audit/begin.sql
CREATE TABLE t (id int PRIMARY KEY, n int, note text);
SELECT dbeng.enable_audit('t');

-- COPY, ON CONFLICT, MERGE, WITH.
COPY t FROM stdin;
1	10	one
2	20	\N
3	30	three
\.
SELECT is(told.last('t'), 'insert 1 -> {"n": 10, "id": 1, "note": "one"}, insert 2 -> {"n": 20, "id": 2, "note": null}, insert 3 -> {"n": 30, "id": 3, "note": "three"}', 'COPY');
SELECT told.remember('t');
BEGIN;
TRUNCATE t;
COPY t FROM stdin WITH (FREEZE);
7	7	frozen
\.
SELECT is(told.last('t'), 'truncate ->, insert 7 -> {"n": 7, "id": 7, "note": "frozen"}', 'TRUNCATE and COPY FREEZE');
ROLLBACK;
INSERT INTO t VALUES (3, 31, 'x'), (4, 40, 'new') ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE t.n < excluded.n;
SELECT is(told.last('t'), 'update 3 {"n": 30, "id": 3} -> {"n": 31}, insert 4 -> {"n": 40, "id": 4, "note": "new"}', 'ON CONFLICT DO UPDATE');
SELECT told.remember('t');
SELECT told.count('t') AS before \gset
INSERT INTO t VALUES (3, 0, 'x') ON CONFLICT (id) DO UPDATE SET n = excluded.n WHERE t.n < excluded.n;
INSERT INTO t VALUES (3, 0, 'x') ON CONFLICT DO NOTHING;
INSERT INTO t VALUES (3, 0, 'x') ON CONFLICT (id) DO UPDATE SET n = t.n;
UPDATE t SET n = n, note = note, id = id;
SELECT is(told.count('t'), :before::bigint, 'what changes nothing is not logged');
MERGE INTO t USING (VALUES (1, 'merged'), (2, NULL), (5, 'in'), (3, 'nothing')) v (id, note) ON v.id = t.id
	WHEN MATCHED AND v.note IS NULL THEN DELETE
	WHEN MATCHED AND v.note = 'nothing' THEN DO NOTHING
	WHEN MATCHED THEN UPDATE SET note = v.note
	WHEN NOT MATCHED THEN INSERT VALUES (v.id, 50, v.note);
SELECT is((SELECT string_agg(part, ', ' ORDER BY part) FROM regexp_split_to_table(told.last('t'), ', (?=[a-z])') part),
	'delete 2 {"n": 20, "id": 2, "note": null} ->, insert 5 -> {"n": 50, "id": 5, "note": "in"}, update 1 {"id": 1, "note": "one"} -> {"note": "merged"}', 'MERGE');
SELECT told.remember('t');
WITH gone AS (DELETE FROM t WHERE id = 4 RETURNING *), more AS (UPDATE t SET n = 0 WHERE id = 5 RETURNING *), kept AS (INSERT INTO t SELECT 40, n, note FROM gone RETURNING *) SELECT count(*) FROM kept, more \gset
SELECT is((SELECT string_agg(part, ', ' ORDER BY part) FROM regexp_split_to_table(told.last('t'), ', (?=[a-z])') part),
	'delete 4 {"n": 40, "id": 4, "note": "new"} ->, insert 40 -> {"n": 40, "id": 40, "note": "new"}, update 5 {"n": 50, "id": 5} -> {"n": 0}', 'data-modifying WITH');
SELECT told.remember('t');
UPDATE t SET id = t.id + 1, n = v.n FROM (VALUES (40, 41)) v (id, n) WHERE v.id = t.id;
SELECT is(told.last('t'), 'update 41 {"n": 40, "id": 40} -> {"n": 41, "id": 41}', 'a key that changes');
SELECT told.undone_is('t', '(1,10,merged)', '(3,31,three)', '(40,40,new)', '(5,0,in)');
SELECT told.remember('t');

-- Views, INSTEAD OF triggers, rules.
CREATE VIEW v AS SELECT id, note FROM t WHERE id < 100;
INSERT INTO v VALUES (60, 'through a view');
UPDATE v SET note = note || '!' WHERE id = 60;
DELETE FROM v WHERE id = 60;
CREATE VIEW w AS SELECT id, upper(note) AS note FROM t;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET note = lower(new.note) WHERE id = old.id; RETURN new; END $$;
CREATE TRIGGER instead INSTEAD OF UPDATE ON w FOR EACH ROW EXECUTE FUNCTION instead();
UPDATE w SET note = 'BY TRIGGER' WHERE id = 1;
SELECT is(told.last('t'), 'update 1 {"id": 1, "note": "merged"} -> {"note": "by trigger"}', 'INSTEAD OF trigger');
CREATE RULE also AS ON UPDATE TO t WHERE new.n = 1000 DO ALSO DELETE FROM t WHERE id = 3;
UPDATE t SET n = 1000 WHERE id = 1;
DROP RULE also ON t;
SELECT is((SELECT string_agg(part, ', ' ORDER BY part) FROM regexp_split_to_table(told.last('t'), ', (?=[a-z])') part), 'delete 3 {"n": 31, "id": 3, "note": "three"} ->, update 1 {"n": 10, "id": 1} -> {"n": 1000}', 'a rule that does more');
SELECT is(string_agg(action, ' ' ORDER BY audit_id), 'INSERT UPDATE DELETE', 'an updatable view') FROM dbeng.row_history('t', '60');
SELECT told.remember('t');

-- Triggers that change the row before, refuse it, or write again after.
CREATE FUNCTION before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF coalesce(new.n, old.n) = 13 THEN RETURN NULL; END IF;
	IF tg_op <> 'DELETE' THEN new.note := coalesce(new.note, 'none') || ' (' || lower(tg_op) || ')'; RETURN new; END IF;
	RETURN old;
END $$;
CREATE TRIGGER before BEFORE INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION before();
INSERT INTO t VALUES (12, 12), (13, 13);
SELECT is(told.last('t'), 'insert 12 -> {"n": 12, "id": 12, "note": "none (insert)"}', 'what a BEFORE trigger made of it');
UPDATE t SET n = n + 1 WHERE id = 12;
DELETE FROM t WHERE id = 12;
SELECT is(told.last('t'), 'delete 12 {"n": 12, "id": 12, "note": "none (insert)"} ->', 'what one refuses is not logged');
DROP TRIGGER before ON t;
CREATE TABLE stamped (id int PRIMARY KEY, n int, updated_at timestamptz);
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.updated_at := clock_timestamp(); RETURN new; END $$;
CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON stamped FOR EACH ROW EXECUTE FUNCTION stamp();
SELECT dbeng.enable_audit('stamped');
INSERT INTO stamped VALUES (1, 1);
SELECT told.remember('stamped');
UPDATE stamped SET n = 2;
SELECT told.remember('stamped');
BEGIN;
UPDATE stamped SET n = 3;
UPDATE stamped SET id = 2;
UPDATE stamped SET n = 4;
COMMIT;
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', told.transaction('stamped')), 'rows that a BEFORE trigger stamps, changed several times, are undone');
SELECT results_eq('SELECT id, n FROM stamped', 'VALUES (1, 2)', 'but for the stamp');
SELECT transaction_id AS x FROM dbeng.audit_log WHERE relation = 'stamped'::regclass AND action = 'INSERT' \gset
SELECT told.refused(format('SELECT dbeng.undo(%L)', :'x'), '55000', 'changed again');
UPDATE stamped SET n = 1;
SELECT lives_ok(format('SELECT dbeng.undo(%L, false)', :'x'), 'whose time does not keep a transaction before from being undone');
SELECT is(told.rows('stamped'), '{}', 'undone');
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET n = n + 100 WHERE id = new.id AND n < 100; RETURN NULL; END $$;
CREATE TRIGGER again AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION again();
INSERT INTO t VALUES (14, 14);
SELECT is(told.last('t'), 'insert 14 -> {"n": 14, "id": 14, "note": null}, update 14 {"n": 14, "id": 14} -> {"n": 114}', 'a trigger that writes again comes after');
UPDATE t SET n = 15 WHERE id = 14;
SELECT is(told.last('t'), 'update 14 {"n": 114, "id": 14} -> {"n": 15}, update 14 {"n": 15, "id": 14} -> {"n": 115}', 'of an update, too');
SELECT told.remember('t');
DROP TRIGGER again ON t;
CREATE TABLE late (id int PRIMARY KEY);
SELECT dbeng.enable_audit('late');
CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO late VALUES (new.id); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late();
BEGIN;
INSERT INTO t VALUES (16, 16);
UPDATE t SET n = 17 WHERE id = 16;
SELECT is(told.log('late'), '', 'a deferred trigger waits');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(told.log('late'), 'insert {"id": 16}', 'until it is told not to');
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO t VALUES (17, 17);
COMMIT;
SELECT is(told.log('late'), 'insert {"id": 16}, insert {"id": 17}', 'or the transaction commits');
SELECT is(count(DISTINCT transaction_id), 1::bigint, 'whose changes they are') FROM dbeng.audit_log WHERE record_id IN ('16', '17');
SELECT told.remember('t', 'late');

-- TRUNCATE, also along with others.
CREATE TABLE referred (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE referring (id int PRIMARY KEY, r int REFERENCES referred);
SELECT dbeng.enable_audit('referred'), dbeng.enable_audit('referring');
INSERT INTO referred DEFAULT VALUES;
INSERT INTO referring VALUES (1, 1);
TRUNCATE referred RESTART IDENTITY CASCADE;
SELECT is((SELECT string_agg(DISTINCT action || ' ' || table_name, ', ') FROM dbeng.audit_log WHERE transaction_id = told.transaction('referred')), 'TRUNCATE referred, TRUNCATE referring', 'TRUNCATE CASCADE');
INSERT INTO referred DEFAULT VALUES;
SELECT is(told.log('referred'), 'insert {"id": 1}, truncate, insert {"id": 1}', 'RESTART IDENTITY');
SELECT told.remember('referred', 'referring');
TRUNCATE referred, referring;
DELETE FROM told.moments WHERE relation IN ('referred'::regclass, 'referring'::regclass);
SELECT told.remember('referred', 'referring');

-- Large statements with little memory.
SET work_mem = '64kB';
CREATE TABLE large (id int PRIMARY KEY, n int);
SELECT dbeng.enable_audit('large');
INSERT INTO large SELECT n, n FROM generate_series(1, 200000) n;
SELECT clock_timestamp() AS at \gset
UPDATE large SET n = -n WHERE id % 2 = 0;
DELETE FROM large WHERE id % 4 = 0;
RESET work_mem;
SELECT results_eq($$SELECT action, count(*), count(DISTINCT record_id) FROM dbeng.audit_log WHERE relation = 'large'::regclass GROUP BY action ORDER BY action$$,
	$$VALUES ('DELETE', 50000::bigint, 50000::bigint), ('INSERT', 200000, 200000), ('UPDATE', 100000, 100000)$$, '200,000 rows at work_mem 64kB');
SELECT is((SELECT concat_ws(' ', count(*), sum(n), count(DISTINCT id)) FROM dbeng.table_as_of(NULL::large, :'at')), '200000 20000100000 200000', 'and all of them as they were');
SELECT told.past_is_right('statements');
\ir audit/end.sql
