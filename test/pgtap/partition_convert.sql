-- A live table becomes partitioned and plain again; everything that cannot be carried over is told beforehand, all of it at once.
\set QUIET 1
SET client_min_messages = warning;
SELECT no_plan();
CREATE ROLE pc_owner;
CREATE ROLE pc_reader;
CREATE ROLE pc_other;
CREATE SCHEMA pc AUTHORIZATION pc_owner;
CREATE SCHEMA pc_test;
GRANT USAGE, CREATE ON SCHEMA pc_test TO pc_owner;
GRANT USAGE ON SCHEMA pc, pc_test TO pc_other;
SET search_path = pc, public;

-- What a table looks like to whoever uses it, without the numbers of its objects: the same before and after is the same.
CREATE FUNCTION pc_test.face(relation regclass) RETURNS SETOF text LANGUAGE sql SET search_path = pg_catalog AS $$
	SELECT format('column %s %s %s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid))
		FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT format('target %s %s %s', a.attname, to_jsonb(a) ->> 'attstattarget', (SELECT string_agg(o, ',') FROM unnest(a.attoptions) o WHERE o LIKE 'n%')) FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT format('privileges %s %s', coalesce(a.attname, ''), x) FROM (SELECT NULL::name AS attname, unnest(relacl)::text AS x FROM pg_class WHERE oid = relation UNION ALL SELECT attname, unnest(attacl)::text FROM pg_attribute WHERE attrelid = relation) a
	UNION ALL SELECT format('constraint %s %s %s', conname, contype, pg_get_constraintdef(oid)) FROM pg_constraint WHERE conrelid = relation
	UNION ALL SELECT format('referred to by %s of %s %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid), convalidated) FROM pg_constraint WHERE confrelid = relation AND conparentid = 0 AND contype = 'f'
	UNION ALL SELECT format('index %s %s %s', c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), ' ON (ONLY )?', ' ON '), i.indisreplident) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE indrelid = relation
	UNION ALL SELECT format('trigger %s %s', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal
	UNION ALL SELECT format('policy %s %s %s %s %s', polname, polpermissive, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)) FROM pg_policy WHERE polrelid = relation
	UNION ALL SELECT format('statistics %s %s', stxname, pg_get_statisticsobjdef(oid)) FROM pg_statistic_ext WHERE stxrelid = relation
	UNION ALL SELECT format('publication %s %s %s', p.pubname, pg_get_expr(r.prqual, r.prrelid), r.prattrs) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = relation
	UNION ALL SELECT format('sequence %s %s %s', s.relname, d.deptype, q.seqincrement) FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_sequence q ON q.seqrelid = s.oid WHERE d.refobjid = relation AND d.classid = 'pg_class'::regclass
	UNION ALL SELECT format('owner %s, row security %s %s, replica identity %s, comment %s', relowner::regrole, relrowsecurity, relforcerowsecurity, relreplident, obj_description(oid, 'pg_class')) FROM pg_class WHERE oid = relation
	UNION ALL SELECT format('comment %s', col_description(relation, attnum)) FROM pg_attribute WHERE attrelid = relation AND attnum > 0
$$;
SET ROLE pc_owner;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 100) i;
CREATE TABLE "Ev.en'ts" (id bigint GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 3), user_id int NOT NULL REFERENCES users ON DELETE CASCADE, created_at timestamptz NOT NULL, gone int,
	"Bo dy" text DEFAULT 'x' NOT NULL CONSTRAINT "short enough" CHECK (length("Bo dy") < 500), s serial, g int GENERATED ALWAYS AS (user_id * 2) STORED, PRIMARY KEY (id, created_at), UNIQUE (created_at, s) DEFERRABLE);
ALTER TABLE "Ev.en'ts" DROP gone;
CREATE INDEX "ev user" ON "Ev.en'ts" (user_id) WHERE user_id > 3;
CREATE INDEX ON "Ev.en'ts" USING gin (to_tsvector('simple', "Bo dy"));
CREATE INDEX ON "Ev.en'ts" (lower("Bo dy")) WITH (fillfactor = 70);
CREATE INDEX ON "Ev.en'ts" (created_at);
COMMENT ON TABLE "Ev.en'ts" IS 'what happened';
COMMENT ON COLUMN "Ev.en'ts"."Bo dy" IS 'told';
ALTER TABLE "Ev.en'ts" ALTER user_id SET STATISTICS 500, ALTER user_id SET (n_distinct = 77);
ALTER TABLE "Ev.en'ts" REPLICA IDENTITY USING INDEX "Ev.en'ts_pkey";
CREATE STATISTICS ev_st (ndistinct) ON user_id, s FROM "Ev.en'ts";
CREATE TABLE refs (eid bigint, ets timestamptz, CONSTRAINT refs_ev FOREIGN KEY (eid, ets) REFERENCES "Ev.en'ts" (id, created_at) ON DELETE CASCADE);
GRANT SELECT ON "Ev.en'ts" TO pc_reader WITH GRANT OPTION;
GRANT UPDATE (user_id) ON "Ev.en'ts" TO pc_reader;
GRANT USAGE ON SEQUENCE "Ev.en'ts_id_seq" TO pc_reader;
ALTER TABLE "Ev.en'ts" ENABLE ROW LEVEL SECURITY;
CREATE POLICY p1 ON "Ev.en'ts" FOR SELECT TO pc_reader USING (user_id < 50 OR EXISTS (SELECT FROM users u WHERE u.id = user_id));
CREATE POLICY p2 ON "Ev.en'ts" AS RESTRICTIVE WITH CHECK (user_id > 0);
CREATE TABLE fired (who text);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO pc.fired VALUES (TG_NAME); RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END; END $$;
CREATE TRIGGER t_b BEFORE UPDATE ON "Ev.en'ts" FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id) EXECUTE FUNCTION tf();
CREATE TRIGGER t_a AFTER INSERT OR DELETE ON "Ev.en'ts" FOR EACH ROW EXECUTE FUNCTION tf();
CREATE TRIGGER t_s AFTER INSERT ON "Ev.en'ts" REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION tf();
CREATE CONSTRAINT TRIGGER t_c AFTER UPDATE ON "Ev.en'ts" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tf();
ALTER TABLE "Ev.en'ts" DISABLE TRIGGER t_a;
ALTER TABLE "Ev.en'ts" ENABLE ALWAYS TRIGGER t_b;
CREATE VIEW v1 WITH (security_barrier) AS SELECT id, user_id, "Bo dy" FROM "Ev.en'ts" WHERE user_id > 1 WITH LOCAL CHECK OPTION;
CREATE VIEW v2 AS SELECT * FROM v1;
CREATE FUNCTION f1(u int) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM "Ev.en'ts" WHERE user_id = u; END;
CREATE TABLE other (x int);
ALTER TABLE other ENABLE ROW LEVEL SECURITY;
CREATE POLICY po ON other USING (EXISTS (SELECT FROM "Ev.en'ts" e WHERE e.user_id = x));
INSERT INTO "Ev.en'ts" (user_id, created_at, "Bo dy") SELECT i % 100 + 1, timestamptz '2026-01-01 UTC' + i * interval '864 s', 'b' || i FROM generate_series(1, 1000) i;
INSERT INTO refs SELECT id, created_at FROM "Ev.en'ts" WHERE s % 5 = 0;
DELETE FROM fired;
RESET ROLE;
CREATE PUBLICATION pc_all FOR TABLE pc."Ev.en'ts" WHERE (id > 0) WITH (publish_via_partition_root = true);
ALTER PUBLICATION pc_all OWNER TO pc_owner;
CREATE TABLE pc_test.before AS SELECT face FROM pc_test.face('"Ev.en''ts"');
CREATE TABLE pc_test.rows AS SELECT * FROM "Ev.en'ts";
CREATE TABLE pc_test.others AS SELECT pg_get_viewdef('v1'::regclass) AS v1, (SELECT reloptions FROM pg_class WHERE oid = 'v1'::regclass) AS o, pg_get_functiondef('f1'::regproc) AS f1, (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'po') AS po;

SET ROLE pc_owner;
CALL dbeng.partition_table('"Ev.en''ts"', 'created_at', '1 day', time_zone => 'Europe/Vienna');
RESET ROLE;
SELECT is((SELECT relkind FROM pg_class WHERE oid = '"Ev.en''ts"'::regclass), 'p', 'the table is partitioned');
SELECT set_eq('SELECT * FROM pc_test.face(''"Ev.en''''ts"'')', 'SELECT * FROM pc_test.before', 'and looks as it did: columns, keys, indexes, triggers, policies, privileges, statistics, publications, sequences, comments');
SELECT set_eq('SELECT * FROM "Ev.en''ts"', 'SELECT * FROM pc_test.rows', 'with the same rows');
SELECT is((SELECT count(*) FROM v2), (SELECT count(*) FROM pc_test.rows WHERE user_id > 1), 'a view reads the new table');
SELECT results_eq($$SELECT pg_get_viewdef('v1'::regclass), (SELECT reloptions FROM pg_class WHERE oid = 'v1'::regclass), pg_get_functiondef('f1'::regproc), (SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'po')$$, 'SELECT * FROM pc_test.others', 'views, functions and policies of others are as they were');
SELECT is((SELECT count(*) FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid WHERE c.relname = 'Ev.en''ts_default' AND d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass)), 0::bigint, 'and none of them reads the old one');
SET ROLE pc_owner;
INSERT INTO "Ev.en'ts" (user_id, created_at) VALUES (7, now());
SELECT is((SELECT (max(id), max(s))::text FROM "Ev.en'ts"), '(3005,1001)', 'the sequences go on');
SELECT is((SELECT string_agg(who, ',' ORDER BY who) FROM fired), 't_s', 'triggers that are on fire, and those that are off do not');
UPDATE "Ev.en'ts" SET user_id = 8 WHERE s = 1001;
SELECT is((SELECT string_agg(who, ',' ORDER BY who) FROM fired), 't_b,t_c,t_s', 'for partitions, too');
DELETE FROM "Ev.en'ts" WHERE s = 5;
SELECT is((SELECT count(*) FROM refs), 199::bigint, 'foreign keys cascade');
RESET ROLE;
SELECT throws_ok('INSERT INTO refs VALUES (-1, now())', '23503', NULL, 'and are kept');
SELECT is((SELECT draining FROM dbeng.partition_set WHERE parent = '"Ev.en''ts"'::regclass), true, 'its rows are to be moved');
CALL dbeng.drain_default('"Ev.en''ts"', 100);
SELECT is((SELECT partdefid FROM pg_partitioned_table WHERE partrelid = '"Ev.en''ts"'::regclass), 0::oid, 'and were: the default partition that nobody asked for is gone');
SELECT is((SELECT draining FROM dbeng.partition_set WHERE parent = '"Ev.en''ts"'::regclass), false, 'so there is no more to be done');
SELECT is((SELECT count(*) FROM "Ev.en'ts"), 1000::bigint, 'the rows are there');
SELECT cmp_ok((SELECT count(*) FROM pg_inherits WHERE inhparent = '"Ev.en''ts"'::regclass), '>', 11::bigint, 'in partitions');
SELECT set_eq('SELECT * FROM pc_test.face(''"Ev.en''''ts"'')', 'SELECT * FROM pc_test.before', 'and it looks as it did still');

-- And back.
SET ROLE pc_owner;
GRANT DELETE ON "Ev.en'ts" TO pc_reader;
REVOKE DELETE ON "Ev.en'ts" FROM pc_reader;
CALL dbeng.unpartition_table('"Ev.en''ts"', 100);
RESET ROLE;
SELECT is((SELECT relkind FROM pg_class WHERE oid = '"Ev.en''ts"'::regclass), 'r', 'the table is a plain one again');
SELECT set_eq('SELECT * FROM pc_test.face(''"Ev.en''''ts"'')', 'SELECT * FROM pc_test.before', 'and looks as it did before');
SELECT is((SELECT count(*) FROM "Ev.en'ts"), 1000::bigint, 'the rows are there');
SELECT is((SELECT count(*) FROM v2), (SELECT count(*) FROM "Ev.en'ts" WHERE user_id > 1), 'views read it');
SELECT is((SELECT count(*) FROM dbeng.partition_set WHERE parent NOT IN (SELECT oid FROM pg_class)), 0::bigint, 'nothing is kept of the set');
SELECT is((SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'pc' AND c.relkind IN ('r', 'p', 'v')), 7::bigint, 'and no table is left over');
SELECT set_eq('SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = ''pc''::regnamespace', ARRAY[]::name[], 'nor a constraint not validated');

-- Abandoned halfway.
SET ROLE pc_owner;
CALL dbeng.partition_table('"Ev.en''ts"', 'created_at', '1 day');
CALL dbeng.unpartition_table('"Ev.en''ts"');
RESET ROLE;
SELECT set_eq('SELECT * FROM pc_test.face(''"Ev.en''''ts"'')', 'SELECT * FROM pc_test.before', 'there and back at once');

-- Names as long as may be, which are alike to nearly the last letter, are still told apart when they are cut.
SET ROLE pc_owner;
SELECT repeat('x', 63) AS t, repeat('y', 62) || '1' AS i1, repeat('y', 62) || '2' AS i2, repeat('ü', 31) || '1' AS s1, repeat('ü', 31) || '2' AS s2 \gset
CREATE TABLE :"t" (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx1), other int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx2), at timestamptz, PRIMARY KEY (id, at));
CREATE INDEX :"i1" ON :"t" (at, id);
CREATE INDEX :"i2" ON :"t" (other);
CREATE STATISTICS :"s1" ON id, at FROM :"t";
CREATE STATISTICS :"s2" ON other, at FROM :"t";
INSERT INTO :"t" (at) SELECT timestamptz '2026-01-01 UTC' + i * interval '1 hour' FROM generate_series(1, 100) i;
RESET ROLE;
CREATE TEMP TABLE long_before AS SELECT face FROM pc_test.face(:'t') face;
SET ROLE pc_owner;
CALL dbeng.partition_table(:'t', 'at', '1 day');
RESET ROLE;
SELECT set_eq(format('SELECT * FROM pc_test.face(%L)', :'t'), 'SELECT * FROM long_before', 'the longest names are kept');
SET ROLE pc_owner;
-- What a call that was cut short would leave.
SELECT format('CREATE INDEX dbeng_key_%s ON %s (at)', p.partdefid, p.partdefid::regclass) FROM pg_partitioned_table p WHERE p.partrelid = :'t'::regclass \gexec
CALL dbeng.unpartition_table(:'t');
RESET ROLE;
SELECT set_eq(format('SELECT * FROM pc_test.face(%L)', :'t'), 'SELECT * FROM long_before', 'and given back, with no index more than there was');

-- Numbers and epochs; a NULLable key without any unique key.
SET ROLE pc_owner;
CREATE TABLE log (n bigint, note text);
CREATE INDEX ON log (n);
INSERT INTO log SELECT i, 'n' FROM generate_series(1, 1000) i;
INSERT INTO log VALUES (NULL, 'none');
CALL dbeng.partition_table('log', 'n', '100');
CALL dbeng.drain_default('log');
SELECT is((SELECT count(*) FROM log), 1001::bigint, 'by numbers');
SELECT is((SELECT count(*) FROM log_default), 1::bigint, 'a row without key stays in the default partition');
CALL dbeng.unpartition_table('log');
SELECT is((SELECT count(*) FROM log), 1001::bigint, 'and back');
SELECT throws_ok('INSERT INTO log_default VALUES (1)', '42P01', NULL, 'its parts are gone');
RESET ROLE;

-- Everything that is in the way, at once, and nothing done.
SET ROLE pc_owner;
CREATE TABLE bad (id int PRIMARY KEY, code text UNIQUE, at timestamptz, up int REFERENCES bad, EXCLUDE USING gist (int4range(id, id + 1) WITH &&));
CREATE TABLE light_refs (id int CONSTRAINT light_fkey REFERENCES bad);
CREATE UNIQUE INDEX bad_lower ON bad (lower(code));
ALTER TABLE bad ADD CONSTRAINT positive CHECK (id > 0) NOT VALID;
ALTER TABLE bad ADD CONSTRAINT local CHECK (id < 1000) NO INHERIT;
CREATE RULE bad_rule AS ON DELETE TO bad DO ALSO NOTHING;
CREATE MATERIALIZED VIEW bad_sum AS SELECT count(*) FROM bad;
CREATE FUNCTION takes(b bad) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TRIGGER each AFTER INSERT ON bad REFERENCING NEW TABLE AS n FOR EACH ROW EXECUTE FUNCTION tf();
RESET ROLE;
CREATE VIEW pc_test.bad_view AS SELECT id FROM pc.bad;
ALTER VIEW pc_test.bad_view OWNER TO pc_other;
CREATE PUBLICATION pc_parts FOR TABLE bad;
CREATE TABLE pc_test.refusal (detail text);
\set ON_ERROR_STOP 0
CREATE FUNCTION pc_test.try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
	EXECUTE call;
	RETURN 'done';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS said = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || SQLERRM || E'\n' || said;
END
$$;
GRANT EXECUTE ON FUNCTION pc_test.try(text) TO PUBLIC;
SET ROLE pc_owner;
SELECT pc_test.try('CALL dbeng.partition_table(''bad'', ''at'', ''1 day'')') AS said \gset
SELECT alike(:'said'::text, '55000 %cannot become partitioned%', 'refused');
SELECT alike(:'said'::text, '%' || expected || '%', expected) FROM unnest(ARRAY['Primary key bad_pkey is not unique by at, too. ALTER TABLE', 'SET NOT NULL; CREATE UNIQUE INDEX CONCURRENTLY bad_pkey_part', 'Unique constraint bad_code_key', 'Unique index bad_lower',
	'Exclusion constraint bad_int4range_excl', 'Constraint positive is not validated', 'Constraint local is not inherited', 'Foreign key bad_up_fkey refers to the table itself', 'DROP RULE bad_rule ON', 'aterialized view', 'Foreign key light_fkey of pc.light_refs refers to it without at', 'row type is used by function', 'Trigger each has transition tables',
	'View pc_test.bad_view is not yours', 'Publication pc_parts would tell of its partitions: ALTER PUBLICATION']) expected;
SELECT is((SELECT relkind FROM pg_class WHERE oid = 'bad'::regclass), 'r', 'and nothing was done');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''users'', ''nothing'', ''1 day'')'), '%has no column nothing%', 'no such column');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''users'', ''ctid'', ''1 day'')'), '%system column%', 'a system column');
CREATE TABLE plain (at timestamptz, b boolean, g int GENERATED ALWAYS AS (1) STORED);
SELECT alike(pc_test.try('CALL dbeng.partition_table(''plain'', ''g'', ''10'')'), '%generated%', 'a generated column');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''plain'', ''b'', ''10'')'), '%boolean%', 'a type that cannot be divided');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''plain'', ''at'', ''1 month 3 days'')'), '22023%', 'a step that makes no sense');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''plain'', ''at'', ''1 day'', time_zone => ''Nowhere/Land'')'), '22023%', 'a time zone that there is not');
SELECT alike(pc_test.try('CALL dbeng.partition_table(NULL, ''at'', ''1 day'')'), '22004%', 'NULL');
CREATE UNLOGGED TABLE light (at timestamptz);
SELECT alike(pc_test.try('CALL dbeng.partition_table(''light'', ''at'', ''1 day'')'), '%SET LOGGED%', 'an unlogged table');
CREATE TABLE heir () INHERITS (plain);
SELECT alike(pc_test.try('CALL dbeng.partition_table(''plain'', ''at'', ''1 day'')'), '%is inherited by%', 'a table with heirs');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''heir'', ''at'', ''1 day'')'), '%inherits from%', 'an heir');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''v1'', ''user_id'', ''10'')'), '42809%', 'a view');
RESET ROLE;
SET ROLE pc_other;
SELECT alike(pc_test.try('CALL dbeng.partition_table(''pc.plain'', ''at'', ''1 day'')'), '42501%', 'somebody else''s table');
RESET ROLE;
CREATE TABLE audited (id int, at timestamptz, PRIMARY KEY (id, at));
SELECT dbeng.enable_audit('audited');
SELECT alike(pc_test.try('CALL dbeng.partition_table(''audited'', ''at'', ''1 day'')'), '%switch off what made it%', 'a table whose changes are logged');
SELECT dbeng.disable_audit('audited');
CREATE TABLE versioned (id int, at timestamptz, PRIMARY KEY (id, at));
SELECT dbeng.enable_versioning('versioned');
CALL dbeng.partition_table('versioned', 'at', '1 day');
INSERT INTO versioned VALUES (1, now());
UPDATE versioned SET at = at;
SELECT is((SELECT version FROM versioned), 2::bigint, 'versions go on');

-- What cannot be given back is told before any row is gathered.
CREATE SCHEMA pc_else AUTHORIZATION pc_owner;
SET ROLE pc_owner;
CREATE TABLE hand (id int, at timestamptz, note text) PARTITION BY RANGE (at);
CREATE TABLE pc_else.hand_rest (note text, at timestamptz, id int);
ALTER TABLE hand ATTACH PARTITION pc_else.hand_rest DEFAULT;
INSERT INTO hand VALUES (1, '2026-01-01 12:00 UTC', 'x'), (2, NULL, 'y');
SELECT dbeng.manage_partitions('hand', '1 day', premake => 0, with_default => true);
CALL dbeng.drain_default('hand');
CREATE MATERIALIZED VIEW hand_sum AS SELECT count(*) FROM hand;
SELECT pc_test.try('CALL dbeng.unpartition_table(''hand'')') AS said \gset
SELECT alike(:'said'::text, '55000 pc.hand cannot become a plain table%' || expected || '%', expected) FROM unnest(ARRAY['in another schema: ALTER TABLE pc_else.hand_rest SET SCHEMA pc;', 'its columns in another order: CALL dbeng.drain_default(''pc.hand''); ALTER TABLE pc.hand DETACH PARTITION pc_else.hand_rest;',
	'aterialized view pc.hand_sum goes by the table itself']) expected;
SELECT is((SELECT count(*) FROM pc_else.hand_rest), 1::bigint, 'and nothing was done');
DROP MATERIALIZED VIEW hand_sum;
DELETE FROM hand WHERE at IS NULL;
ALTER TABLE hand DETACH PARTITION pc_else.hand_rest;
CALL dbeng.unpartition_table('hand');
SELECT is((SELECT array_agg(h::text) FROM hand h), ARRAY['(1,"2026-01-01 12:00:00+00",x)'], 'its columns are in the order that whoever names none of them knows') FROM set_config('TimeZone', 'UTC', true);
RESET ROLE;
SELECT dbeng.enable_audit('versioned');
SELECT alike(pc_test.try('CALL dbeng.unpartition_table(''versioned'')'), '%switch off what made it%', 'a set whose changes are logged');
SELECT dbeng.disable_audit('versioned');
DROP SCHEMA pc_else CASCADE;

-- What ANALYZE knows holds from the first moment on, in both directions, and is found out anew when all rows have their places.
CREATE FUNCTION pc_test.known() RETURNS text LANGUAGE sql AS $$
	SELECT string_agg(format('%s %s %s %s %s', s.attname, s.inherited, s.n_distinct, s.most_common_vals::text, left(s.histogram_bounds::text, 40)), E'\n' ORDER BY s.attname) FROM pg_stats s WHERE s.schemaname = 'pc' AND s.tablename = 'skewed'
$$;
CREATE TABLE skewed (id int, gone int, at date NOT NULL, kind text);
ALTER TABLE skewed DROP COLUMN gone;
INSERT INTO skewed SELECT i, date '2026-01-01' + i % 60, CASE WHEN i % 10 = 0 THEN 'rare' ELSE 'common' END FROM generate_series(1, 600) i;
ANALYZE skewed;
SELECT pc_test.known() AS known \gset
CALL dbeng.partition_table('skewed', 'at', '1 month', premake => 0);
SELECT is(pc_test.known(), replace(:'known', ' f ', ' t '), 'what ANALYZE knew of the table is known of all partitions');
CALL dbeng.drain_default('skewed');
SELECT is((SELECT reltuples FROM pg_class WHERE oid = 'skewed'::regclass), 600::real, 'the set is analysed as a whole when it has been split');
SELECT is((SELECT count(*) FROM pg_inherits WHERE inhparent = 'skewed'::regclass AND inhrelid::regclass::text LIKE '%default'), 0::bigint, 'its default partition is gone');
ANALYZE skewed;
SELECT pc_test.known() AS known \gset
CALL dbeng.unpartition_table('skewed');
SELECT is(pc_test.known(), replace(:'known', ' t ', ' f '), 'and on the way back');
CREATE TABLE pc.unlike (id text, at date);
SELECT lives_ok('SELECT dbeng._copy_statistics(''skewed'', ''pc.unlike'')');
SELECT is((SELECT string_agg(attname, ',') FROM pg_stats WHERE schemaname = 'pc' AND tablename = 'unlike'), 'at', 'columns of another type are left alone');
SET ROLE pc_other;
SELECT alike(pc_test.try('SELECT dbeng._copy_statistics(''pc.skewed'', ''pc.unlike'')'), '42501 must be owner of table pc.skewed%', 'statistics are the owner''s to copy');
RESET ROLE;

SET search_path = public;
DROP PUBLICATION pc_all, pc_parts;
DROP SCHEMA pc, pc_test CASCADE;
DROP ROLE pc_owner, pc_reader, pc_other;
SELECT * FROM finish();
