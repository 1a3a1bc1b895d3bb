-- What a new partition gets from its parent, and what from its newest sibling: a matrix of everything a table can be.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET allow_in_place_tablespaces = on;
DROP TABLESPACE IF EXISTS inherit_a;
DROP TABLESPACE IF EXISTS inherit_b;
CREATE TABLESPACE inherit_a LOCATION '';
CREATE TABLESPACE inherit_b LOCATION '';
BEGIN;
SELECT no_plan();
CREATE ROLE inherit_owner;
CREATE ROLE inherit_reader;
CREATE ROLE inherit_other;
GRANT CREATE ON TABLESPACE inherit_a, inherit_b TO inherit_owner;
CREATE SCHEMA "in.herit" AUTHORIZATION inherit_owner;
GRANT USAGE ON SCHEMA "in.herit" TO inherit_reader, inherit_other;
SET LOCAL search_path = "in.herit", public;

-- Everything a table is, without what makes two of one kind differ: names of its own and bounds.
CREATE FUNCTION public.traits(relation regclass) RETURNS TABLE (trait text, what text, value text) LANGUAGE sql SET search_path = pg_catalog AS $$
	WITH c AS (SELECT c.*, c.oid::regclass::text AS name FROM pg_class c WHERE c.oid = relation)
	SELECT 'owner', '', relowner::regrole::text FROM c
	UNION ALL SELECT 'acl', '', relacl::text FROM c
	UNION ALL SELECT 'persistence', '', relpersistence::text FROM c
	UNION ALL SELECT 'access method', '', (SELECT amname FROM pg_am a WHERE a.oid = c.relam) FROM c
	UNION ALL SELECT 'tablespace', '', reltablespace::text FROM c
	UNION ALL SELECT 'options', '', reloptions::text FROM c
	UNION ALL SELECT 'toast options', '', (SELECT t.reloptions::text FROM pg_class t WHERE t.oid = c.reltoastrelid) FROM c
	UNION ALL SELECT 'row security', '', concat(relrowsecurity, relforcerowsecurity) FROM c
	UNION ALL SELECT 'replica identity', '', relreplident::text FROM c
	UNION ALL SELECT 'comment', '', obj_description(oid, 'pg_class') FROM c
	UNION ALL SELECT 'column', a.attname, concat_ws(' ', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull, 'collation', a.attcollation,
			'identity', a.attidentity, 'generated', a.attgenerated, 'storage', a.attstorage, 'compression', a.attcompression, 'target',
			nullif(a.attstattarget, -1), 'acl', a.attacl, 'options', (SELECT array_agg(o) FROM unnest(a.attoptions) o WHERE o ~ '^n_distinct'),
			'default', (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE (d.adrelid, d.adnum) = (a.attrelid, a.attnum)),
			'comment', col_description(a.attrelid, a.attnum))
		FROM pg_attribute a WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
	UNION ALL SELECT 'index', substring(pg_get_indexdef(i.indexrelid) FROM ' USING .*'), concat_ws(' ', i.indisunique, i.indisprimary, i.indisexclusion,
			i.indimmediate, i.indisclustered, i.indisreplident, i.indisvalid, x.relispartition, x.reltablespace, x.reloptions, obj_description(x.oid, 'pg_class'))
		FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid = relation
	UNION ALL SELECT 'constraint', concat_ws(' ', CASE WHEN k.contype IN ('c', 'f') AND k.conparentid = 0 THEN k.conname END, pg_get_constraintdef(k.oid)), concat_ws(' ', k.contype, k.condeferrable,
			k.condeferred, k.convalidated, k.contype = 'c' AND k.connoinherit, k.conislocal, k.coninhcount, k.conparentid <> 0, obj_description(k.oid, 'pg_constraint'))
		FROM pg_constraint k WHERE k.conrelid = relation AND k.contype <> 'n' AND pg_get_constraintdef(k.oid) !~ 'of this range'
	UNION ALL SELECT 'referenced', k.conrelid::regclass::text, count(*)::text FROM pg_constraint k WHERE k.confrelid = relation GROUP BY 2
	UNION ALL SELECT 'trigger', regexp_replace(t.tgname, '_\d+$', ''), concat_ws(' ', t.tgtype, t.tgenabled, t.tgfoid, t.tgparentid <> 0) FROM pg_trigger t WHERE t.tgrelid = relation
	UNION ALL SELECT 'policy', p.polname, concat_ws(' ', p.polpermissive, p.polcmd, p.polroles, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
		FROM pg_policy p WHERE p.polrelid = relation
	UNION ALL SELECT 'statistics', regexp_replace(pg_get_statisticsobjdef(s.oid), '^CREATE STATISTICS \S+| FROM .*', '', 'g'), concat_ws(' ', nullif(s.stxstattarget, -1), obj_description(s.oid, 'pg_statistic_ext'))
		FROM pg_statistic_ext s WHERE s.stxrelid = relation
	UNION ALL SELECT 'publication', p.pubname, concat_ws(' ', pg_get_expr(r.prqual, r.prrelid), r.prattrs) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE r.prrelid = relation
$$;
CREATE FUNCTION public.nameless(value text, relation regclass) RETURNS text LANGUAGE sql AS $$
	SELECT replace(replace(value, relation::text, 'T'), quote_ident(relname), 'T') FROM pg_class WHERE oid = relation
$$;
CREATE FUNCTION public.differences(a regclass, b regclass) RETURNS text LANGUAGE sql AS $$
	WITH x AS (SELECT trait, public.nameless(what, a) AS what, public.nameless(value, a) AS value FROM public.traits(a)),
		y AS (SELECT trait, public.nameless(what, b) AS what, public.nameless(value, b) AS value FROM public.traits(b))
	SELECT string_agg(concat_ws(': ', side, d::text), E'\n' ORDER BY d::text) FROM (
		SELECT '-' AS side, d FROM (TABLE x EXCEPT ALL TABLE y) d UNION ALL SELECT '+', d FROM (TABLE y EXCEPT ALL TABLE x) d) z
$$;
CREATE FUNCTION public.newest(parent regclass) RETURNS regclass LANGUAGE sql AS $$
	SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = parent ORDER BY inhrelid DESC LIMIT 1
$$;

CREATE TABLE public.customers (id int PRIMARY KEY);
ALTER TABLE public.customers OWNER TO inherit_owner;
CREATE TABLE public.places (id int PRIMARY KEY);
ALTER TABLE public.places OWNER TO inherit_owner;
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
SET LOCAL ROLE inherit_owner;

-- All that a parent can say of its partitions.
CREATE TABLE "Ev.ent's" (
	dropped int,
	id bigint GENERATED ALWAYS AS IDENTITY (START 100),
	at timestamptz NOT NULL DEFAULT now(),
	customer_id int NOT NULL REFERENCES public.customers ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
	"Ka'nd" varchar(20) COLLATE "C" DEFAULT 'x',
	amount numeric(10, 2) CHECK (amount >= 0),
	twice numeric GENERATED ALWAYS AS (amount * 2) STORED,
	body text,
	place int,
	PRIMARY KEY (id, at),
	UNIQUE (customer_id, at) DEFERRABLE,
	CONSTRAINT "both's" CHECK (place IS NULL OR body IS NOT NULL)
) PARTITION BY RANGE (at) TABLESPACE inherit_a;
ALTER TABLE "Ev.ent's" DROP dropped;
ALTER TABLE "Ev.ent's" ADD CONSTRAINT later CHECK (place <> 13) NOT VALID;
CREATE INDEX kinds ON "Ev.ent's" (lower("Ka'nd") DESC, at) WITH (fillfactor = 71) WHERE place IS NOT NULL;
CREATE UNIQUE INDEX identity ON "Ev.ent's" (at, id) INCLUDE (body) TABLESPACE inherit_b;
CREATE INDEX amounts ON "Ev.ent's" USING brin (at);
CREATE TABLE "in.herit".notes (event_id bigint, event_at timestamptz, FOREIGN KEY (event_id, event_at) REFERENCES "Ev.ent's");
CREATE STATISTICS "st'at" (ndistinct, mcv) ON customer_id, place, (amount + 1) FROM "Ev.ent's";
CREATE STATISTICS plain (dependencies) ON customer_id, "Ka'nd" FROM "Ev.ent's";
ALTER STATISTICS "st'at" SET STATISTICS 321;
ALTER TABLE "Ev.ent's" ALTER body SET STATISTICS 777, ALTER place SET (n_distinct = -0.5, n_distinct_inherited = 200), ALTER body SET STORAGE EXTERNAL, ALTER "Ka'nd" SET COMPRESSION pglz;
ALTER TABLE "Ev.ent's" ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY mine ON "Ev.ent's" TO inherit_reader, inherit_other USING (customer_id IN (SELECT c.id FROM public.customers c WHERE c.id = "Ev.ent's".customer_id)) WITH CHECK (amount > 0);
CREATE POLICY never ON "Ev.ent's" AS RESTRICTIVE FOR DELETE USING (false);
CREATE TRIGGER "touch it" BEFORE UPDATE ON "Ev.ent's" FOR EACH ROW WHEN (NEW.place > 1) EXECUTE FUNCTION public.touch();
GRANT SELECT, INSERT ON "Ev.ent's" TO inherit_reader WITH GRANT OPTION;
GRANT UPDATE (body) ON "Ev.ent's" TO inherit_other;
GRANT DELETE ON "Ev.ent's" TO PUBLIC;
COMMENT ON TABLE "Ev.ent's" IS 'what has happened, it''s said';
COMMENT ON COLUMN "Ev.ent's".body IS 'its text';
COMMENT ON CONSTRAINT "both's" ON "Ev.ent's" IS 'a place has a text';
COMMENT ON INDEX kinds IS 'by kind';
ALTER TABLE "Ev.ent's" REPLICA IDENTITY FULL;
SET LOCAL ROLE inherit_reader;
GRANT SELECT ON "Ev.ent's" TO inherit_other;
RESET ROLE;
-- Who creates and what is the default there must not matter.
ALTER DEFAULT PRIVILEGES FOR ROLE inherit_owner GRANT ALL ON TABLES TO inherit_other;
SET LOCAL default_tablespace = inherit_b;
SELECT ok(dbeng.manage_partitions('"Ev.ent''s"', '1 day', 1) = 3, 'made by a superuser for the owner');

SELECT is(traits.value, x.expected, 'from the parent alone: ' || x.trait || ' ' || x.what) FROM (VALUES
	('owner', '', 'inherit_owner'),
	('acl', '', (SELECT relacl::text FROM pg_class WHERE oid = '"Ev.ent''s"'::regclass)),
	('tablespace', '', (SELECT oid::text FROM pg_tablespace WHERE spcname = 'inherit_a')),
	('row security', '', 'tt'),
	('replica identity', '', 'f'),
	('persistence', '', 'p'),
	('access method', '', 'heap'),
	('comment', '', 'what has happened, it''s said')) x (trait, what, expected)
	JOIN LATERAL public.traits(public.newest('"Ev.ent''s"')) traits ON (traits.trait, traits.what) = (x.trait, x.what);
-- Columns, constraints, policies and triggers are told alike of both, but for what only a partition is.
SELECT is((SELECT string_agg(concat_ws(' ', trait, what, value), E'\n' ORDER BY trait, what) FROM public.traits(r) WHERE trait IN ('policy', 'column')),
	(SELECT string_agg(replace(replace(concat_ws(' ', trait, what, value), '"Ev.ent''s".', quote_ident((SELECT relname FROM pg_class WHERE oid = r)) || '.'),
		'identity a', CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 'identity a' ELSE 'identity ' END), E'\n' ORDER BY trait, what)
		FROM public.traits('"Ev.ent''s"') WHERE trait IN ('policy', 'column')), 'columns and policies are the parent''s') FROM public.newest('"Ev.ent''s"') r;
SELECT set_eq(format('SELECT what FROM public.traits(%L) WHERE trait = ''index''', public.newest('"Ev.ent''s"')), 'SELECT what FROM public.traits(''"Ev.ent''''s"'') WHERE trait = ''index''', 'the same indexes');
SELECT is((SELECT count(*) FROM public.traits(public.newest('"Ev.ent''s"')) WHERE trait = 'statistics'), 2::bigint, 'both extended statistics');
SELECT is((SELECT string_agg(value, ',' ORDER BY value) FROM public.traits(public.newest('"Ev.ent''s"')) WHERE trait = 'statistics'), ',321', 'and their targets');
SELECT is((SELECT count(*) FROM public.traits(public.newest('"Ev.ent''s"')) WHERE trait = 'referenced'), 1::bigint, 'a foreign key to it');
SELECT is((SELECT count(*) FROM public.traits(public.newest('"Ev.ent''s"')) WHERE trait = 'trigger' AND what ~ 'touch'), 1::bigint, 'the trigger');

-- Partitions that have things for themselves: the newest is what the next is like.
SELECT public.newest('"Ev.ent''s"')::text AS sibling \gset
SET LOCAL ROLE inherit_owner;
ALTER TABLE :sibling SET (fillfactor = 77, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off, parallel_workers = 3, toast_tuple_target = 4000);
CREATE INDEX mine_alone ON :sibling (place, body text_pattern_ops) WITH (fillfactor = 55) TABLESPACE inherit_b;
CREATE UNIQUE INDEX mine_unique ON :sibling ((amount + 3));
ALTER TABLE :sibling ADD CONSTRAINT "mine's" CHECK (place < 1000) NO INHERIT;
ALTER TABLE :sibling ADD CONSTRAINT of_all CHECK (amount < 1e6);
ALTER TABLE :sibling ADD CONSTRAINT of_range CHECK (at > '2000-01-01' AND 'of this range' <> '');
ALTER TABLE :sibling ADD CONSTRAINT mine_excluded EXCLUDE USING btree (place WITH =) WHERE (place > 500);
ALTER TABLE :sibling ADD CONSTRAINT mine_too UNIQUE (body, place);
ALTER TABLE :sibling ADD FOREIGN KEY (place) REFERENCES public.places;
CREATE STATISTICS mine_statistics (mcv) ON place, body FROM :sibling;
ALTER STATISTICS mine_statistics SET STATISTICS 99;
ALTER TABLE :sibling ALTER amount SET STATISTICS 55, ALTER "Ka'nd" SET STORAGE MAIN, ALTER customer_id SET (n_distinct = 7);
REVOKE ALL ON :sibling FROM PUBLIC, inherit_other;
GRANT TRUNCATE ON :sibling TO inherit_other;
GRANT SELECT (id, at) ON :sibling TO inherit_other;
CLUSTER :sibling USING mine_alone;
RESET ROLE;
CREATE PUBLICATION by_name FOR TABLE :sibling (id, at, amount) WHERE (amount > 10 AND "Ka'nd" = 'a''b');
CREATE PUBLICATION of_parent FOR TABLE "Ev.ent's";

SELECT ok(dbeng.manage_partitions('"Ev.ent''s"', '1 day', 2) = 1, 'one more');
SELECT isnt(public.newest('"Ev.ent''s"')::text, :'sibling', 'there it is');
SELECT is(public.differences(:'sibling', public.newest('"Ev.ent''s"')), NULL, 'in all it is like its sibling');

-- Row security goes with the name that is used: nobody sees more by the partition than by its parent.
INSERT INTO public.customers VALUES (1), (2);
GRANT SELECT ON public.customers TO inherit_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA "in.herit" TO inherit_reader;
SELECT public.newest('"Ev.ent''s"')::text AS newest \gset
INSERT INTO "Ev.ent's" (at, customer_id, amount) SELECT now() + interval '2 days', 1, 1;
SET LOCAL ROLE inherit_reader;
SELECT is((SELECT count(*) FROM :newest), 1::bigint, 'who has the right to sees what the policy lets him');
RESET ROLE;
SET LOCAL ROLE inherit_owner;
SELECT is((SELECT count(*) FROM :newest), 0::bigint, 'and nobody else, by whatever name');
RESET ROLE;

-- Replica identity by an index, of parent and sibling; no foreign key, no statistics; unlogged; a name that is long.
SET LOCAL ROLE inherit_owner;
CREATE TABLE a_table_with_a_name_that_is_as_long_as_a_name_can_be_in_here (at date NOT NULL, n int NOT NULL, UNIQUE (n, at)) PARTITION BY RANGE (at);
CREATE TABLE first_one PARTITION OF a_table_with_a_name_that_is_as_long_as_a_name_can_be_in_here FOR VALUES FROM ('2001-01-01') TO ('2001-02-01');
ALTER TABLE first_one REPLICA IDENTITY USING INDEX first_one_n_at_key;
ALTER TABLE first_one SET UNLOGGED;
RESET ROLE;
SELECT ok(dbeng.manage_partitions('a_table_with_a_name_that_is_as_long_as_a_name_can_be_in_here', '1 month', 1) = 2, 'unlogged, with an identity by index');
SELECT is(public.differences('first_one', public.newest('a_table_with_a_name_that_is_as_long_as_a_name_can_be_in_here')), NULL, 'like its sibling');
SELECT * FROM finish();
ROLLBACK;
DROP TABLESPACE inherit_a;
DROP TABLESPACE inherit_b;
