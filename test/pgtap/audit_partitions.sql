-- Audit of partitioned tables, of tables that inherit, and of rows that foreign keys change.
\set database dbeng_audit_partitions
\ir audit/begin.sql
CREATE TABLE p (id int, region text, n int, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE p_a PARTITION OF p FOR VALUES IN ('a');
CREATE TABLE p_b (n int, junk text, region text NOT NULL, id int NOT NULL) PARTITION BY RANGE (id);
ALTER TABLE p_b DROP junk;
CREATE TABLE p_b_low PARTITION OF p_b FOR VALUES FROM (0) TO (100);
CREATE TABLE p_b_high (id int NOT NULL, filler int, n int, region text NOT NULL);
ALTER TABLE p_b_high DROP filler;
ALTER TABLE p_b ATTACH PARTITION p_b_high FOR VALUES FROM (100) TO (200);
ALTER TABLE p ATTACH PARTITION p_b FOR VALUES IN ('b');
SELECT dbeng.enable_audit('p');
SELECT told.remember('p');
INSERT INTO p VALUES (1, 'a', 1), (2, 'b', 2), (102, 'b', 102);
SELECT is(told.last('p'), 'insert 1,a -> {"n": 1, "id": 1, "region": "a"}, insert 2,b -> {"n": 2, "id": 2, "region": "b"}, insert 102,b -> {"n": 102, "id": 102, "region": "b"}', 'partitions with columns in another order');
SELECT told.remember('p');
-- Rows that move.
UPDATE p SET region = 'b', n = 10 WHERE id = 1;
SELECT is(told.last('p'), 'delete 1,a {"n": 1, "id": 1, "region": "a"} ->, insert 1,b -> {"n": 10, "id": 1, "region": "b"}', 'a row that moves is deleted and inserted');
SELECT told.remember('p');
SELECT told.undone_is('p', '(1,a,1)', '(102,b,102)', '(2,b,2)');
SELECT told.remember('p');
UPDATE p_b SET id = 150 WHERE id = 2;
SELECT is(told.last('p'), 'delete 2,b {"n": 2, "id": 2, "region": "b"} ->, insert 150,b -> {"n": 2, "id": 150, "region": "b"}', 'within a partition of its own partitions, too');
SELECT told.remember('p');
-- Where the target's trigger refuses it, the row is gone.
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER no BEFORE INSERT ON p_a FOR EACH ROW EXECUTE FUNCTION no();
UPDATE p SET region = 'a' WHERE id = 150;
SELECT is(told.last('p'), 'delete 150,b {"n": 2, "id": 150, "region": "b"} ->', 'where a BEFORE INSERT trigger refuses it there, it is deleted');
DROP TRIGGER no ON p_a;
SELECT told.remember('p');
-- Written directly, also after the partition is there only since.
INSERT INTO p_b_high VALUES (103, 3, 'b');
CREATE TABLE p_c PARTITION OF p FOR VALUES IN ('c');
INSERT INTO p_c VALUES (1, 'c', 1);
UPDATE p_c SET n = 2;
SELECT is(told.last('p'), 'update 1,c {"n": 1, "id": 1, "region": "c"} -> {"n": 2}', 'a partition that came since, written directly');
SELECT told.remember('p');
MERGE INTO p USING (VALUES (1, 'c', 5), (9, 'c', 9)) v (id, region, n) ON v.id = p.id AND v.region = p.region WHEN MATCHED THEN UPDATE SET n = v.n WHEN NOT MATCHED THEN INSERT VALUES (v.id, v.region, v.n);
INSERT INTO p VALUES (9, 'c', 10) ON CONFLICT (id, region) DO UPDATE SET n = excluded.n;
SELECT told.remember('p');
-- What has rows is attached; what is detached takes its rows along without an entry.
CREATE TABLE p_d (LIKE p);
INSERT INTO p_d VALUES (1, 'd', 1);
ALTER TABLE p ATTACH PARTITION p_d FOR VALUES IN ('d');
UPDATE p SET n = 2 WHERE region = 'd';
SELECT is(told.last('p'), 'update 1,d {"n": 1, "id": 1, "region": "d"} -> {"n": 2}', 'a partition that was attached');
ALTER TABLE p DETACH PARTITION p_d;
UPDATE p_d SET n = 3;
SELECT is(told.log('p') ~ '"n": 3, "id": 1, "region": "d"', false, 'one that was detached is not audited any more');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'p_d'::regclass AND tgname ~ 'dbeng' AND tgfoid = 'dbeng._audit_row()'::regprocedure), 0::bigint, 'nor has it the trigger');
INSERT INTO p_d VALUES (4, 'd', 4);
DROP TABLE p_d;
DELETE FROM told.moments;
SELECT told.remember('p');
TRUNCATE p;
SELECT is(string_agg(DISTINCT action || ' ' || table_name, ', '), 'TRUNCATE p', 'TRUNCATE') FROM dbeng.audit_log WHERE transaction_id = told.transaction('p');
DELETE FROM told.moments;
INSERT INTO p VALUES (1, 'a', 1), (2, 'b', 2);
SELECT dbeng.enable_audit('p');
TRUNCATE p_c;
SELECT is(told.last('p'), 'truncate ->', 'TRUNCATE of a partition');

-- Inheritance: each table by itself.
CREATE TABLE mother (id int PRIMARY KEY, n int);
CREATE TABLE daughter (extra text) INHERITS (mother);
SELECT dbeng.enable_audit('mother');
INSERT INTO mother VALUES (1, 1);
INSERT INTO daughter VALUES (2, 2, 'x');
UPDATE mother SET n = n + 1;
SELECT is(told.log('mother'), 'insert {"n": 1, "id": 1}, update {"n": 2}', 'children of a table are not audited along');
SELECT told.remember('mother');
SELECT dbeng.enable_audit('daughter');
UPDATE mother SET n = n + 1;
SELECT is(told.log('daughter'), 'update {"n": 4}', 'but on their own');
SELECT told.remember('mother', 'daughter');
DELETE FROM mother;
SELECT told.remember('mother', 'daughter');

-- Foreign keys: what they do is logged on either side.
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE cascaded (id int PRIMARY KEY, one int REFERENCES one ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE deeper (id int PRIMARY KEY, c int REFERENCES cascaded ON DELETE CASCADE);
CREATE TABLE nulled (id int PRIMARY KEY, one int REFERENCES one ON DELETE SET NULL ON UPDATE SET NULL);
CREATE TABLE defaulted (id int PRIMARY KEY, one int DEFAULT 0 REFERENCES one ON DELETE SET DEFAULT);
SELECT dbeng.enable_audit(r) FROM unnest('{one,cascaded,deeper,nulled,defaulted}'::regclass[]) r;
INSERT INTO one VALUES (0), (1), (2);
INSERT INTO cascaded VALUES (1, 1), (2, 1), (3, 2);
INSERT INTO deeper VALUES (1, 1), (2, 3);
INSERT INTO nulled VALUES (1, 1), (2, 2);
INSERT INTO defaulted VALUES (1, 1);
SELECT told.remember('one', 'cascaded', 'deeper', 'nulled', 'defaulted');
DELETE FROM one WHERE id = 1;
SELECT is((SELECT string_agg(concat_ws(' ', action, table_name, record_id, new_data), ', ' ORDER BY table_name, audit_id) FROM dbeng.audit_log WHERE transaction_id = told.transaction('one')),
	'DELETE cascaded 1, DELETE cascaded 2, DELETE deeper 1, UPDATE defaulted 1 {"one": 0}, UPDATE nulled 1 {"one": null}, DELETE one 1', 'CASCADE, SET NULL, SET DEFAULT');
SELECT told.remember('one', 'cascaded', 'deeper', 'nulled', 'defaulted');
SELECT told.undone_is('one', '(0)', '(1)', '(2)');
SELECT is(told.rows('cascaded') || told.rows('deeper') || told.rows('nulled') || told.rows('defaulted'), '{"(1,1)","(2,1)","(3,2)","(1,1)","(2,3)","(1,1)","(2,2)","(1,1)"}', 'with all it led to');
SELECT told.remember('one', 'cascaded', 'deeper', 'nulled', 'defaulted');
UPDATE one SET id = 20 WHERE id = 2;
SELECT is((SELECT string_agg(concat_ws(' ', action, table_name, record_id, new_data), ', ' ORDER BY table_name, audit_id) FROM dbeng.audit_log WHERE transaction_id = told.transaction('one')),
	'UPDATE cascaded 3 {"one": 20}, UPDATE nulled 2 {"one": null}, UPDATE one 20 {"id": 20}', 'ON UPDATE CASCADE');
SELECT told.remember('one', 'cascaded', 'deeper', 'nulled', 'defaulted');
SELECT told.undone_is('one', '(0)', '(1)', '(2)');
SELECT told.remember('one', 'cascaded', 'deeper', 'nulled', 'defaulted');
-- A foreign key to itself, deleted as a whole.
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE);
SELECT dbeng.enable_audit('tree');
INSERT INTO tree SELECT n, nullif(n / 2, 0) FROM generate_series(1, 15) n;
SELECT told.remember('tree');
DELETE FROM tree WHERE id = 1;
SELECT is((SELECT count(*) FROM dbeng.audit_log WHERE transaction_id = told.transaction('tree')), 15::bigint, 'a tree');
SELECT told.remember('tree');
SELECT is((SELECT count(*) FROM dbeng.undo(told.transaction('tree'), false)), 15::bigint, 'undone');
SELECT told.remember('tree');
SELECT told.past_is_right('partitions, inheritance and foreign keys');
\ir audit/end.sql
