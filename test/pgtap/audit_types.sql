-- Audit and types: what is written comes back, from the log as to_jsonb() shows it, from the past and by undoing, byte for byte.
\set database dbeng_audit_types
\ir audit/begin.sql
SELECT bool_or(name = 'citext') AND bool_or(name = 'hstore') AND bool_or(name = 'ltree') AS packaged FROM pg_available_extensions \gset
SELECT current_setting('server_version_num')::int >= 180000 AS virtual \gset
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE pair AS (a int, m mood, t text);
CREATE TYPE nested AS (p pair, ps pair[], at timestamptz);
CREATE DOMAIN positive AS int CHECK (value > 0);
CREATE DOMAIN pairs AS pair CHECK ((value).a IS NOT NULL);
CREATE DOMAIN moods AS mood[];
CREATE DOMAIN positives AS positive[];
CREATE TYPE own AS RANGE (subtype = float8, multirange_type_name = own_multi);

-- A table a type, with the values it is to have: each is inserted, updated to the next, undone, told as it was, deleted, undone.
CREATE TABLE told.kinds (n int GENERATED ALWAYS AS IDENTITY, type text, samples text[]);
INSERT INTO told.kinds (type, samples) VALUES
	('boolean', '{t,f,NULL}'), ('"char"', '{a,"",NULL,"\\377"}'), ('name', '{x,"a \"b\"",NULL}'), ('smallint', '{-32768,32767,NULL}'), ('bigint', '{-9223372036854775808,0}'),
	('real', '{0.1,NaN,-Infinity,-0,1e-40}'), ('float8', '{0.1,0.30000000000000004,NaN,-0,0,1e308}'), ('numeric', '{0,1,1.0,1.00,NaN,Infinity,1e130,-0.000001}'), ('numeric(10,2)', '{1,1.005,NULL}'),
	('text', '{"","a","a ",NULL,"ünïcødé 🐘","back\\slash","quote''\"","new\nline"}'), ('varchar(5)', '{"","abcde","a  "}'), ('char(5)', '{"","abcde","a  "}'), ('bytea', '{"\\x","\\x00ff5c27",NULL}'),
	('bit(5)', '{10101,00000}'), ('bit varying', '{"",1,0000000000000001}'), ('interval', '{"1 mon","30 days","720:00:00","-1 year 2 days -03:04:05.6",NULL}'),
	('timestamp', '{"2026-01-02 03:04:05.678901",infinity,-infinity,"4713-01-01 BC"}'), ('timestamptz', '{"2026-01-02 03:04:05.678901+05:30",infinity,NULL}'), ('date', '{"2026-02-28",infinity,"0044-03-15 BC"}'),
	('time', '{"24:00","03:04:05.6"}'), ('timetz', '{"03:04:05.6+02","03:04:05.6-07:52:58"}'), ('time(0)', '{"03:04:05.6"}'), ('money', '{12.34,-1234567.89,NULL}'), ('inet', '{10.0.0.1,10.0.0.1/8,"::1",NULL}'), ('cidr', '{10.0.0.0/8}'),
	('macaddr', '{08:00:2b:01:02:03}'), ('macaddr8', '{08:00:2b:01:02:03:04:05}'), ('uuid', '{6e0bb6a4-0c4b-4a1e-8f0e-000000000001}'), ('oid', '{0,4294967295}'), ('xid8', '{0,18446744073709551615}'), ('xid', '{1,4294967295}'), ('tid', '{"(1,2)"}'), ('pg_lsn', '{1/2}'),
	('pg_snapshot', '{"10:20:10,14,15"}'), ('regclass', '{pg_class,told.kinds,NULL}'), ('regtype', '{int4,mood,"pair[]"}'), ('regproc', '{now}'), ('regrole', '{pg_monitor}'), ('regconfig', '{english}'),
	('jsonb', '{"{}","null","{\"a\": [1, 2.50, null]}","[]",NULL}'), ('json', '{"{ \"a\" :1,\"a\":2}","null"," [1 ]",NULL}'), ('jsonpath', '{"$.a[*]"}'), ('xml', '{"<a>&amp;</a>","",NULL}'), ('tsvector', '{"some words","''a'':1A,2 ''b''"}'), ('tsquery', '{"a & !b"}'),
	('point', '{"(1,2)","(NaN,-0)",NULL}'), ('box', '{"(1,2),(0,0)"}'), ('line', '{"{1,2,3}"}'), ('lseg', '{"[(1,2),(3,4)]"}'), ('path', '{"((1,2),(3,4))","[(1,2)]"}'), ('polygon', '{"((0,0),(0,1),(1,0))"}'), ('circle', '{"<(1,2),3>"}'),
	('int4range', '{empty,"[1,5)","(,)","[1,]",NULL}'), ('tstzrange', '{"[\"2026-01-01 00:00+00\",)"}'), ('numrange', '{"[1.0,2.00]"}'), ('int4multirange', '{"{}","{[1,2),[5,7)}"}'), ('own', '{"[0.1,0.3)",empty}'), ('own_multi', '{"{[0.1,0.2),[1,2)}"}'),
	('int[]', '{"{}","{1,NULL,3}","{{1,2},{3,4}}","[2:3]={5,6}",NULL}'), ('text[]', '{"{a,\"b c\",NULL,\"NULL\",\"\"}"}'), ('int2vector', '{"1 2"}'), ('oidvector', '{"1 2"}'), ('numeric(5,1)[]', '{"{1.25,NULL}"}'), ('bytea[]', '{"{\"\\\\x00\"}"}'), ('jsonb[]', '{"{\"{\\\"a\\\": 1}\",NULL}"}'), ('json[]', '{"{\"{\\\"a\\\": 1}\",NULL}"}'),
	('point[]', '{"{\"(1,2)\"}"}'), ('box[]', '{"{(1,2),(0,0);(3,3),(2,2)}"}'), ('mood', '{sad,ok,happy,NULL}'), ('mood[]', '{"{sad,happy,NULL}","{}"}'), ('pair', '{"(1,sad,\"a \"\"b\"\", (c)\")","(,,)",NULL}'), ('pair[]', '{"{\"(1,sad,x)\",NULL}"}'),
	('nested', '{"(\"(1,sad,x)\",\"{\"\"(2,,y)\"\"}\",\"2026-01-01 00:00:00+00\")"}'), ('positive', '{1,2,NULL}'), ('positive[]', '{"{1,2}"}'), ('positives', '{"{1,2}",NULL}'), ('pairs', '{"(1,ok,)"}'), ('moods', '{"{sad}",NULL}'), ('told.kinds', '{"(1,int,\"{a,b}\")"}'),
	('aclitem', '{"=r/postgres"}');
\if :packaged
CREATE SCHEMA ext;
CREATE EXTENSION citext SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE EXTENSION ltree SCHEMA ext;
INSERT INTO told.kinds (type, samples) VALUES ('ext.citext', '{"Abc","aBC","",NULL}'), ('ext.hstore', '{"\"a\"=>\"1\", \"b\"=>NULL",""}'), ('ext.ltree', '{"a.b.c",""}'), ('ext.citext[]', '{"{A,a}"}'), ('ext.lquery', '{"a.*"}');
\endif
DELETE FROM told.kinds WHERE type = 'aclitem' AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'postgres');

CREATE FUNCTION told.try_text(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text; detail text;
BEGIN
	EXECUTE sql INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
	RETURN concat_ws(': ', SQLERRM, detail);
END $$;
-- One type: ''; or what is wrong.
CREATE PROCEDURE told.try(type text, samples text[], keyed boolean, INOUT wrong text) LANGUAGE plpgsql AS $$
DECLARE
	at timestamptz[] := '{}';
	was text[] := '{}';
	shown text;
	x xid8;
BEGIN
	wrong := '';
	EXECUTE format('CREATE TABLE kind (%s v %s)', CASE WHEN keyed THEN 'id int PRIMARY KEY,' ELSE 'id int,' END, type);
	PERFORM dbeng.enable_audit('kind');
	COMMIT;
	FOR i IN 1 .. cardinality(samples) LOOP
		IF i = 1 THEN
			EXECUTE format('INSERT INTO kind VALUES (1, %L)', samples[i]);
		ELSE
			EXECUTE format('UPDATE kind SET v = %L', samples[i]);
		END IF;
		COMMIT;
		-- The next transaction of a procedure begins where this one ends.
		at := at || clock_timestamp();
		COMMIT;
		was := was || (SELECT k::text FROM kind k);
		-- As to_jsonb() has it, but for extensions' own conversions.
		SELECT string_agg(format('%s instead of %s', coalesce(new_data -> 'v', 'null'), to_jsonb(k) -> 'v'), '; ') INTO shown FROM dbeng.audit_log l, kind k
		WHERE transaction_id = (SELECT max(transaction_id) FROM dbeng.audit_log) AND type !~ '^ext' AND l.new_data ? 'v'
			AND (new_data -> 'v') IS DISTINCT FROM (SELECT to_jsonb(k) -> 'v' FROM kind k) AND new_data ->> 'v' IS DISTINCT FROM 'public.' || (SELECT to_jsonb(k) ->> 'v' FROM kind k);
		wrong := wrong || coalesce(shown || ' ', '');
	END LOOP;
	COMMIT;
	FOR i IN 1 .. cardinality(samples) LOOP
		shown := told.try_text(format('SELECT string_agg(t::text, '' '') FROM dbeng.table_as_of(NULL::kind, %L) t', at[i]));
		IF shown IS DISTINCT FROM was[i] THEN
			wrong := wrong || format('at %s %s instead of %s; ', i, shown, was[i]);
		END IF;
	END LOOP;
	COMMIT;
	DELETE FROM kind;
	x := pg_current_xact_id();
	COMMIT;
	wrong := wrong || coalesce(told.try_text(format('SELECT NULL FROM dbeng.undo(%L, false)', x)) || ' ', '');
	COMMIT;
	SELECT string_agg(k::text, ' ') INTO shown FROM kind k;
	IF shown IS DISTINCT FROM was[cardinality(was)] THEN
		wrong := wrong || format('undone to %s instead of %s; ', shown, was[cardinality(was)]);
	END IF;
	IF cardinality(samples) > 1 THEN
		EXECUTE format('UPDATE kind SET v = %L, id = 2', samples[1]);
		x := pg_current_xact_id();
		COMMIT;
		wrong := wrong || coalesce(told.try_text(format('SELECT NULL FROM dbeng.undo(%L, false)', x)) || ' ', '');
		COMMIT;
		SELECT string_agg(k::text, ' ') INTO shown FROM kind k;
		IF shown IS DISTINCT FROM was[cardinality(was)] THEN
			wrong := wrong || format('update undone to %s instead of %s; ', shown, was[cardinality(was)]);
		END IF;
	END IF;
	DROP TABLE kind;
	COMMIT;
END $$;
CREATE TABLE told.results (type text, keyed boolean, wrong text);
CREATE PROCEDURE told.try_all() LANGUAGE plpgsql AS $$
DECLARE
	kind record;
	wrong text;
BEGIN
	FOR kind IN SELECT * FROM told.kinds, (VALUES (true), (false)) k (keyed) ORDER BY n, keyed LOOP
		CALL told.try(kind.type, kind.samples, kind.keyed, wrong);
		INSERT INTO told.results VALUES (kind.type, kind.keyed, wrong);
		COMMIT;
	END LOOP;
END $$;
CALL told.try_all();
SELECT is((SELECT string_agg(format('%s (%s): %s', type, CASE WHEN keyed THEN 'keyed' ELSE 'no key' END, wrong), E'\n') FROM told.results WHERE wrong <> ''), NULL, 'values of ' || count(DISTINCT type) || ' types come back') FROM told.results;

-- The same where the sessions that read have other settings than those that wrote.
CREATE TABLE settings (i interval, f float8, b bytea, d date, z timestamptz, r regclass, a int[], x xml, m mood, p pair);
SELECT dbeng.enable_audit('settings');
INSERT INTO settings VALUES ('-1 year 2 days -00:00:01', 0.1::float8 + 0.2, '\x5c00', '2026-02-03', '2026-02-03 04:05:06+00', 'settings', '{1,NULL}', '<a/><b/>', 'sad', '(1,sad,x)');
CREATE TABLE was AS TABLE settings;
SELECT clock_timestamp() AS at \gset
DELETE FROM settings;
CREATE SCHEMA elsewhere;
CREATE DOMAIN elsewhere.pair AS int;
SET search_path = elsewhere, public;
SET intervalstyle = sql_standard;
SET extra_float_digits = -15;
SET bytea_output = escape;
SET datestyle = 'SQL, DMY';
SET timezone = 'Asia/Kolkata';
SET array_nulls = off;
SET xmloption = document;
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SET lc_monetary = 'C';
SELECT sql AS statement FROM dbeng.undo(told.transaction('public.settings')) \gset
SET array_nulls = on;
SET xmloption = content;
BEGIN;
:statement
SELECT is(n::text, w::text, 'its statement stands by itself') FROM public.settings n, public.was w;
ROLLBACK;
SET array_nulls = off;
SET xmloption = document;
SELECT is(n::text, w::text, 'another session''s settings change nothing of the past') FROM dbeng.table_as_of(NULL::public.settings, :'at') n, public.was w;
SELECT dbeng.undo(told.transaction('public.settings'), false) IS NULL AS undone \gset
SELECT is(n::text, w::text, 'nor of undoing it') FROM public.settings n, public.was w;
RESET ALL;
SET client_min_messages = warning;

-- Keys of types whose values may be written in several ways, and what is asked for them.
CREATE TABLE told.keys (type text, key text, asked jsonb);
INSERT INTO told.keys VALUES ('numeric', '1.50', '1.5'), ('numeric', '1.50', '"1.500"'), ('char(5)', 'ab', '"ab"'), ('varchar(5)', 'ab ', '"ab "'), ('timestamptz', '2026-01-02 03:04:05+00', '"2026-01-02T08:34:05+05:30"'), ('date', '2026-01-02', '"January 2, 2026"'),
	('uuid', '6e0bb6a4-0c4b-4a1e-8f0e-000000000001', '"6E0BB6A40C4B4A1E8F0E000000000001"'), ('bytea', '\x00ff', '"\\x00FF"'), ('inet', '10.0.0.1', '"10.0.0.1/32"'), ('boolean', 't', 'true'), ('mood', 'sad', '"sad"'), ('regclass', 'was', '"public.was"'), ('regclass', 'was', '"was"'), ('positive', '7', '7'),
	('int[]', '{1,2}', '"{ 1, 2 }"'), ('pair', '(1,sad,x)', '"(1,sad,x)"'), ('int4range', '[1,4]', '"[1,5)"'), ('float8', '0.1', '0.1'), ('bigint', '9007199254740993', '9007199254740993'), ('interval', '36:00:00', '"36 hours"'), ('jsonb', '{"a": 1}', '{"k": {"a": 1}}'), ('text', '{"k": 1}', '"{\"k\": 1}"'), ('text', '', '""'), ('bit(3)', '101', '"101"');
CREATE PROCEDURE told.try_keys() LANGUAGE plpgsql AS $$
DECLARE
	k record; began timestamptz; at timestamptz; found bigint; row jsonb;
BEGIN
	FOR k IN SELECT * FROM told.keys LOOP
		began := clock_timestamp();
		COMMIT;
		EXECUTE format('CREATE TABLE kind (k %s PRIMARY KEY, n int)', k.type);
		PERFORM dbeng.enable_audit('kind');
		EXECUTE format('INSERT INTO kind VALUES (%L, 1)', k.key);
		COMMIT;
		at := clock_timestamp();
		COMMIT;
		UPDATE kind SET n = 2;
		COMMIT;
		found := (SELECT count(*) FROM dbeng.row_history('kind', k.asked) WHERE changed_at >= began);
		row := dbeng.row_as_of('kind', k.asked, at);
		INSERT INTO told.results VALUES (k.type, true, CASE WHEN found <> 2 OR row ->> 'n' IS DISTINCT FROM '1' THEN format('%s as %s: %s changes, row %s', k.key, k.asked, found, row) ELSE '' END);
		DROP TABLE kind;
		COMMIT;
	END LOOP;
END $$;
DELETE FROM told.results;
CALL told.try_keys();
SELECT is((SELECT string_agg(format('%s: %s', type, wrong), E'\n') FROM told.results WHERE wrong <> ''), NULL, count(*) || ' keys are found') FROM told.results;
\ir audit/end.sql
