-- Hostile surroundings: a search_path full of traps, functions of a hostile role wherever expressions can be, and names
-- that break careless quoting. Nothing of anybody else's may run, and what comes out must still be right.
\set ON_ERROR_STOP 1
\pset format unaligned
\pset tuples_only on
BEGIN;
SELECT no_plan();

CREATE ROLE fx_hostile;
CREATE SCHEMA trap AUTHORIZATION fx_hostile;
GRANT ALL ON SCHEMA public TO fx_hostile;
SET ROLE fx_hostile;

-- Whoever calls one of these is caught.
CREATE FUNCTION trap.spring(what text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_catalog.set_config('trap.sprung', pg_catalog.concat_ws(' ', pg_catalog.current_setting('trap.sprung', true), what, current_user), false);
END $$;
CREATE FUNCTION trap.text_equals(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('='); RETURN true; END $$;
CREATE FUNCTION trap.name_equals(name, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('='); RETURN true; END $$;
CREATE FUNCTION trap.concat(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('||'); RETURN ''; END $$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.text_equals);
CREATE OPERATOR trap.= (LEFTARG = name, RIGHTARG = name, FUNCTION = trap.name_equals);
CREATE OPERATOR trap.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.concat);
CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('now'); RETURN pg_catalog.now(); END $$;
CREATE FUNCTION trap.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('format'); RETURN ''; END $$;
CREATE FUNCTION trap.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('lower'); RETURN ''; END $$;
CREATE FUNCTION trap.quote_ident(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('quote_ident'); RETURN ''; END $$;
CREATE FUNCTION trap.to_jsonb(anyelement) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('to_jsonb'); RETURN NULL; END $$;
CREATE TYPE trap.jsonb AS ENUM ('trap');
CREATE VIEW trap.pg_class AS SELECT trap.spring('pg_class')::text AS oid;
CREATE VIEW trap.pg_settings AS SELECT trap.spring('pg_settings')::text AS name;
CREATE VIEW trap.pg_stat_archiver AS SELECT trap.spring('pg_stat_archiver')::text AS name;

-- Lies about volatility are how such functions get into expressions.
CREATE FUNCTION trap.value() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('value'); RETURN 1; END $$;
CREATE FUNCTION trap.holds(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('holds'); RETURN true; END $$;
CREATE TABLE trap.victim (
	id int DEFAULT trap.value(),
	parent int,
	twice int GENERATED ALWAYS AS (trap.value()) STORED,
	amount float,
	CONSTRAINT holds CHECK (trap.holds(parent))
);
CREATE INDEX victim_value ON trap.victim ((trap.value()), id);
CREATE INDEX victim_part ON trap.victim (parent) WHERE trap.holds(parent);
CREATE INDEX victim_part_again ON trap.victim (parent) WHERE trap.holds(parent);
CREATE STATISTICS trap.victim_stats ON (trap.holds(parent)), id FROM trap.victim;
ALTER TABLE trap.victim ENABLE ROW LEVEL SECURITY;
CREATE POLICY open ON trap.victim USING (trap.holds(parent)) WITH CHECK (trap.value() = 1);
CREATE DOMAIN trap.checked AS int DEFAULT trap.value() CHECK (trap.holds(VALUE));
CREATE TABLE trap.parted (a trap.checked, b int) PARTITION BY RANGE ((trap.holds(b)));
CREATE VIEW trap.viewed AS SELECT trap.value() AS v, * FROM trap.victim WHERE trap.holds(parent);
CREATE RULE noted AS ON INSERT TO trap.viewed DO INSTEAD SELECT trap.value();
CREATE FUNCTION trap.fire() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spring('trigger'); RETURN NULL; END $$;
CREATE TRIGGER fire AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON trap.victim FOR EACH STATEMENT EXECUTE FUNCTION trap.fire();
RESET ROLE;

-- The answers from a clean session, to compare with.
CREATE TEMP TABLE clean AS SELECT check_id, object, message, fix FROM dbeng.findings() WHERE check_id NOT LIKE 'mon-%';
SET trap.sprung = '';
SET search_path = trap, pg_catalog, public;

CREATE TEMP TABLE trapped AS SELECT check_id, object, message, fix FROM dbeng.findings() WHERE pg_catalog.textnlike(check_id, 'mon-%');
SELECT pg_catalog.count(*) AS ran FROM dbeng.health() \gset
SELECT pg_catalog.count(*) AS ran FROM dbeng.check_results \gset
SELECT pg_catalog.count(*) AS ran FROM dbeng.checks \gset
SELECT pg_catalog.count(*) AS ran FROM dbeng.help('review this schema') \gset
SELECT dbeng.configure_check('sch-no-primary-key', severity => 'warning') AS configured \gset
SELECT dbeng.ignore('sch-no-primary-key', 'trap.victim', 'test') AS ignored \gset
SELECT dbeng.unignore('sch-no-primary-key', 'trap.victim') AS unignored \gset
SELECT dbeng._checks_markdown() AS page \gset
RESET search_path;

SELECT is(current_setting('trap.sprung', true), '', 'nothing of the hostile role''s was called');
SELECT is((SELECT count(*) FROM (TABLE clean EXCEPT TABLE trapped) AS lost), 0::bigint, 'no finding is lost to the search_path');
SELECT is((SELECT count(*) FROM (TABLE trapped EXCEPT TABLE clean) AS made_up), 0::bigint, 'no finding is made up by the search_path');
SELECT isnt_empty($$SELECT 1 FROM clean WHERE object = 'trap.victim_part_again' OR object = 'trap.victim_part'$$,
	'indexes over somebody''s functions are still compared');

-- Names.
SET client_min_messages = warning;
CREATE SCHEMA "Öl & ""Gas"".";
CREATE TABLE "Öl & ""Gas""."."sel'ect; DROP TABLE x --" ("id.1" int, "größe ""x""" float, " " int);
CREATE INDEX "ix "" one" ON "Öl & ""Gas""."."sel'ect; DROP TABLE x --" ("id.1", " ");
CREATE INDEX "ix ' two" ON "Öl & ""Gas""."."sel'ect; DROP TABLE x --" ("id.1", " ");
CREATE TABLE "Öl & ""Gas""."."%s %d %n \" (id int PRIMARY KEY, ref int REFERENCES "Öl & ""Gas""."."%s %d %n \");
CREATE TABLE "Öl & ""Gas"".".aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaä (id int PRIMARY KEY, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb int REFERENCES "Öl & ""Gas""."."%s %d %n \");

CREATE TEMP TABLE named AS SELECT * FROM dbeng.findings('indexing') WHERE object LIKE '%Öl &%';
SELECT is((SELECT count(*) FROM named WHERE check_id = 'idx-duplicate'), 1::bigint, 'the duplicate among odd names is found');
SELECT is((SELECT count(*) FROM named WHERE check_id = 'sch-fk-no-index'), 2::bigint, 'the foreign keys among odd names are found');
SELECT lives_ok($$SELECT object::regclass FROM named WHERE check_id = 'idx-duplicate'$$, 'object is the relation''s quoted name');

-- Fixes are SQL whatever the names; CONCURRENTLY is taken out as a test runs in a transaction.
CREATE FUNCTION pg_temp.apply_all() RETURNS void LANGUAGE plpgsql AS $$
DECLARE f text;
BEGIN
	FOR f IN SELECT fix FROM named WHERE fix IS NOT NULL LOOP
		EXECUTE replace(f, ' CONCURRENTLY', '');
	END LOOP;
END $$;
SELECT lives_ok('SELECT pg_temp.apply_all()', 'every fix runs as it stands');
SELECT is_empty($$SELECT check_id, object FROM dbeng.findings('indexing') WHERE object LIKE '%Öl &%' AND check_id IN ('idx-duplicate', 'sch-fk-no-index')$$,
	'and the findings are gone');
SELECT is((SELECT count(*) FROM pg_class WHERE relname = 'sel''ect; DROP TABLE x --'), 1::bigint, 'no name was taken for SQL');

SELECT finish();
ROLLBACK;
