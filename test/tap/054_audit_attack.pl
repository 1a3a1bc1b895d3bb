# Who would have the audit log say something else, say nothing, or run his code: writers, owners of audited tables, strangers
# and readers without the right, each with what SQL lets him do.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('attack');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = off
log_statement = none
END
$node->start;
sub sql { return $node->safe_psql('postgres', @_) }
# SQLSTATE and message of what a role gets for it; '' where it is let.
sub refusal
{
	my ($role, $statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET ROLE $role;\n$statement", on_error_stop => 1);
	return join '', map { "$_\n" } grep { /ERROR:/ } split /\n/, $err;
}
# Warnings are how attackers' functions say that they have run, and as whom.
sub warnings_of
{
	my ($statement) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $statement);
	return $err;
}

sql(<<'END');
CREATE EXTENSION dbeng;
CREATE ROLE victim; CREATE ROLE app; CREATE ROLE mallory; CREATE ROLE auditor; CREATE ROLE owner_of_log;
CREATE SCHEMA shop AUTHORIZATION victim;
CREATE SCHEMA mallory AUTHORIZATION mallory;
GRANT CREATE, TEMP ON DATABASE postgres TO mallory;
GRANT USAGE ON SCHEMA shop, mallory TO PUBLIC;
SET ROLE victim;
CREATE TABLE shop.orders (id int PRIMARY KEY, customer text, total numeric);
CREATE TABLE shop.secrets (id int PRIMARY KEY, note text, seen int);
GRANT SELECT, INSERT, UPDATE, DELETE ON shop.orders TO app, mallory;
GRANT INSERT ON shop.secrets TO mallory;
SELECT dbeng.enable_audit('shop.orders'), dbeng.enable_audit('shop.secrets', exclude => '{seen}');
INSERT INTO shop.orders VALUES (1, 'ada', 10);
INSERT INTO shop.secrets VALUES (1, 'the word', 0);
END

# The writer, and who would have him run something.
sql(<<'END');
SET ROLE mallory;
CREATE FUNCTION mallory.pwned(what text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'PWNED % as %', what, current_user; END $$;
CREATE FUNCTION mallory.inet_client_addr() RETURNS inet LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('inet_client_addr'); RETURN '6.6.6.6'; END $$;
CREATE FUNCTION mallory.now() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('now'); RETURN '2000-01-01'; END $$;
CREATE FUNCTION mallory.equal(xid8, xid8) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('='); RETURN true; END $$;
CREATE FUNCTION mallory.equal(oid, oid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('='); RETURN true; END $$;
CREATE FUNCTION mallory.equal(int, int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('='); RETURN true; END $$;
CREATE FUNCTION mallory.equal(tid, tid) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('='); RETURN true; END $$;
CREATE OPERATOR mallory.= (LEFTARG = xid8, RIGHTARG = xid8, FUNCTION = mallory.equal);
CREATE OPERATOR mallory.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = mallory.equal);
CREATE OPERATOR mallory.= (LEFTARG = int, RIGHTARG = int, FUNCTION = mallory.equal);
CREATE OPERATOR mallory.= (LEFTARG = tid, RIGHTARG = tid, FUNCTION = mallory.equal);
CREATE TABLE mallory.log (LIKE shop.orders);
CREATE TABLE mallory.audit_log (a int);
CREATE TYPE mallory.xid8 AS ENUM ('1');
END
my $in_his_path = <<'END';
SET search_path = mallory, pg_temp, pg_catalog, shop;
CREATE TEMP TABLE log (a int); CREATE TEMP TABLE tables (a int); CREATE TEMP TABLE shapes (a int); CREATE TEMP TABLE pg_class (a int); CREATE TEMP TABLE gaps (a int);
CREATE FUNCTION pg_temp.max(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('max'); RETURN $1; END $$;
END
for my $role ('app', 'postgres')
{
	my $said = warnings_of("SET ROLE $role; $in_his_path
		UPDATE shop.orders SET total = total + 1;
		BEGIN; INSERT INTO shop.orders VALUES (99, 'x', 1); SAVEPOINT s; DELETE FROM shop.orders WHERE id OPERATOR(pg_catalog.=) 99; COMMIT;");
	unlike($said, qr/PWNED|ERROR/, "with functions, operators, types and tables of the log's names in his path $role writes");
}
is(sql('SELECT count(*), min(dbeng.audit_log.ip_address::text) FROM dbeng.audit_log WHERE relation = $$shop.orders$$::regclass'), '7|', 'and it is logged as always');
my $said = warnings_of("$in_his_path SELECT count(*) FROM dbeng.audit_log; SELECT count(*) FROM dbeng.row_history('shop.orders', '1');
	SELECT dbeng.row_as_of('shop.orders', '1', pg_catalog.now()); SELECT count(*) FROM dbeng.table_as_of(NULL::shop.orders, pg_catalog.now());
	SELECT count(*) FROM dbeng.audited_tables; SELECT count(*) FROM dbeng.findings() WHERE check_id ~ 'audit';
	SELECT dbeng.enable_audit('shop.orders');");
unlike($said, qr/PWNED|ERROR/, 'a superuser reads with such a path, too');
$said = warnings_of("SET search_path = mallory, pg_catalog; SELECT count(*) FROM dbeng.undo((SELECT max(transaction_id) FROM dbeng.audit_log WHERE action OPERATOR(pg_catalog.=) 'INSERT' AND key OPERATOR(pg_catalog.@>) '{\"id\": 1}')), pg_catalog.set_config('a.b', '', true);
	SELECT count(*) FROM dbeng.undo((SELECT transaction_id FROM dbeng.audit_log WHERE action OPERATOR(pg_catalog.=) 'UPDATE' ORDER BY audit_id DESC LIMIT 1), false);");
unlike($said, qr/PWNED/, 'and undoes');
sql('UPDATE shop.orders SET total = 12');

# The reader of a log of tables whose owner would have him run something: domains, composite types, arrays, keys, names.
sql(<<'END');
SET ROLE mallory; SET search_path = mallory;
CREATE FUNCTION mallory.check(anyelement, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_user <> 'mallory' THEN PERFORM mallory.pwned($2); END IF; RETURN true; END $$;
CREATE DOMAIN a_box AS box CHECK (mallory.check(VALUE, 'domain over box'));
CREATE DOMAIN an_int AS int CHECK (mallory.check(VALUE, 'domain over int'));
CREATE DOMAIN a_text AS text CHECK (mallory.check(VALUE, 'domain over text'));
CREATE DOMAIN a_json AS json CHECK (mallory.check(VALUE, 'domain over json'));
CREATE TYPE a_row AS (a an_int, b a_text);
CREATE TYPE a_range AS RANGE (SUBTYPE = an_int);
CREATE FUNCTION mallory.to_json(a_row) RETURNS json LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('to_json'); RETURN '1'; END $$;
CREATE CAST (a_row AS json) WITH FUNCTION mallory.to_json(a_row) AS IMPLICIT;
CREATE FUNCTION mallory.to_text(a_row) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('to_text'); RETURN '1'; END $$;
CREATE CAST (a_row AS text) WITH FUNCTION mallory.to_text(a_row) AS IMPLICIT;
CREATE TABLE t (id int PRIMARY KEY, boxes a_box[], one a_row, many a_row[], ints an_int[], i an_int, j a_json, r a_range, box a_box,
	"'""; DROP TABLE shop.orders; --" text, "new
line" text, "a"": ""b" text);
CREATE TABLE by_row (k a_row PRIMARY KEY, v int);
CREATE TABLE by_array (k an_int[] PRIMARY KEY, v int);
CREATE TABLE by_text (k a_text PRIMARY KEY, v int);
CREATE TABLE by_range (k a_range PRIMARY KEY, v int);
CREATE TABLE "q'; DROP TABLE shop.orders; --" (id int PRIMARY KEY, "'); DROP TABLE shop.orders; --" text);
SELECT dbeng.enable_audit(c.oid) FROM pg_class c WHERE relnamespace = 'mallory'::regnamespace AND relname IN ('t', 'by_row', 'by_array', 'by_text', 'by_range', 'q''; DROP TABLE shop.orders; --');
INSERT INTO t VALUES (1, '{(1,1),(0,0)}', '(1,x)', '{"(1,x)"}', '{1,2}', 3, '{"a": 1}', '[1,3)', '(1,1),(0,0)', 'a', 'b', 'c');
UPDATE t SET boxes = '{(2,2),(0,0)}', one = '(2,y)', many = '{"(2,x)"}', ints = '{3}', i = 5, j = '{"a": "\u0000"}', r = '[1,5)', box = '(2,2),(0,0)', "'""; DROP TABLE shop.orders; --" = '''; DROP TABLE shop.orders; --', "new
line" = E'\\''"\n', "a"": ""b" = '", "x": "y';
INSERT INTO by_row VALUES ('(1,a)', 1); INSERT INTO by_array VALUES ('{1}', 1); INSERT INTO by_text VALUES ('a', 1); INSERT INTO by_range VALUES ('[1,2)', 1);
UPDATE by_row SET v = 2; UPDATE by_array SET v = 2; UPDATE by_text SET v = 2; UPDATE by_range SET v = 2;
INSERT INTO "q'; DROP TABLE shop.orders; --" VALUES (1, ''');');
UPDATE "q'; DROP TABLE shop.orders; --" SET "'); DROP TABLE shop.orders; --" = E'\\'''; 
END
my $reading = <<'END';
SELECT count(*), count(key), count(old_data), count(new_data), count(record_id) FROM dbeng.audit_log;
SELECT count(*) FROM dbeng.row_history('mallory.t', '1');
SELECT count(*) FROM dbeng.row_history('mallory.by_row', '{"k": "(1,a)"}');
SELECT count(*) FROM dbeng.row_history('mallory.by_array', '{"k": "{1}"}');
SELECT count(*) FROM dbeng.row_history('mallory.by_text', '{"k": "a"}');
SELECT count(*) FROM dbeng.row_history('mallory.by_range', '{"k": "[1,2)"}');
SELECT dbeng.row_as_of('mallory.t', '1', now());
SELECT dbeng.row_as_of('mallory.by_row', '{"k": "(1,a)"}', now());
SELECT dbeng.row_as_of('mallory.by_array', '{"k": "{1}"}', now());
SELECT dbeng.row_as_of('mallory.by_text', '{"k": "a"}', now());
SELECT dbeng.row_as_of('mallory.by_range', '{"k": "[1,2)"}', now());
SELECT count(*) FROM dbeng.table_as_of(NULL::mallory.t, now());
SELECT count(*) FROM dbeng.table_as_of(NULL::mallory.by_row, now());
SELECT count(*) FROM dbeng.audited_tables;
SELECT count(*) FROM (SELECT DISTINCT transaction_id FROM dbeng.audit_log WHERE action = 'UPDATE' AND table_name IN ('t', 'by_row', 'q''; DROP TABLE shop.orders; --')) x, LATERAL dbeng.undo(x.transaction_id);
SELECT count(*) FROM dbeng.findings() WHERE check_id ~ 'audit';
END
$said = warnings_of($reading);
unlike($said, qr/PWNED|ERROR/, "a superuser who reads runs nobody's code");
is(sql(q{SELECT dbeng.row_as_of('mallory.by_row', '{"k": "(1,a)"}', now()) ->> 'v', dbeng.row_as_of('mallory.by_array', '{"k": "{1}"}', now()) ->> 'v', (SELECT count(*) FROM dbeng.row_history('mallory.by_range', '{"k": "[1,2)"}'))}), '2|2|2', 'and finds rows by such keys');
# What undo writes is run with quotes read either way.
for my $strings ('on', 'off')
{
	is(sql(qq{SET standard_conforming_strings = $strings; SET backslash_quote = safe_encoding; BEGIN;
		SELECT count(*) FROM (SELECT DISTINCT transaction_id FROM dbeng.audit_log WHERE action = 'UPDATE' AND table_name ~ '^(t|q.; DROP.*)\$') x, LATERAL dbeng.undo(x.transaction_id, false);
		SELECT v = '}.q{'');} . qq{' FROM (SELECT "'); DROP TABLE shop.orders; --" AS v FROM mallory."q'; DROP TABLE shop.orders; --") x; ROLLBACK;}), "2\nt", "undo of hostile names and values, standard_conforming_strings = $strings");
}
my $statements = sql(q{SET standard_conforming_strings = off; SELECT string_agg(u.sql, E'\n') FROM (SELECT DISTINCT transaction_id FROM dbeng.audit_log WHERE action = 'UPDATE' AND table_name ~ '^(t|q.; DROP.*)$') x, LATERAL dbeng.undo(x.transaction_id) u});
is(sql("SET ROLE mallory; BEGIN; $statements COMMIT; SELECT \"'\"\"; DROP TABLE shop.orders; --\" FROM mallory.t"), 'a', 'and what it shows runs as it stands');
is(sql('SELECT count(*) FROM shop.orders'), '1', 'the table in the names is there');
# A table that its owner makes a view, as PostgreSQL 15 lets him.
sql(<<'END');
SET ROLE mallory; CREATE TABLE mallory.v (id int PRIMARY KEY); SELECT dbeng.enable_audit('mallory.v');
DROP TRIGGER "!dbeng_audit" ON mallory.v; DROP TRIGGER "!dbeng_audit_truncate" ON mallory.v; DROP TRIGGER "!dbeng_audit_replica" ON mallory.v;
ALTER TABLE mallory.v DROP CONSTRAINT v_pkey; ALTER TABLE mallory.v ALTER id DROP NOT NULL; VACUUM mallory.v;
CREATE FUNCTION mallory.one() RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM mallory.pwned('view'); RETURN 1; END $$;
END
my $is_view = refusal('mallory', 'CREATE RULE "_RETURN" AS ON SELECT TO mallory.v DO INSTEAD SELECT mallory.one() AS id') eq '';
$said = warnings_of(q{SELECT * FROM dbeng.table_as_of(NULL::mallory.v, now()); SELECT * FROM dbeng.row_history('mallory.v', '{"id": 1}'); SELECT * FROM dbeng.audited_tables; SELECT dbeng.enable_audit('mallory.v')});
unlike($said, qr/PWNED/, 'a table that was made a view is not read');
like($said, qr/not a table any more/, 'and it is said why') if $is_view;
sql('DROP SCHEMA mallory CASCADE; CREATE SCHEMA mallory AUTHORIZATION mallory; GRANT USAGE ON SCHEMA mallory TO PUBLIC');

# Forging: another's number, in each of the triggers; a table in the place of one that was dropped.
my $number = sql(q{SELECT table_id FROM dbeng.audited_tables WHERE name = 'shop.orders'});
my $entries = sub { sql(q{SELECT count(*) FROM dbeng.audit_log WHERE relation = 'shop.orders'::regclass OR table_name = 'forged'}) };
my $before = $entries->();
sql(<<END);
SET ROLE mallory;
CREATE TABLE mallory.forged (id int PRIMARY KEY, customer text, total numeric);
CREATE TRIGGER row_ AFTER INSERT OR UPDATE OR DELETE ON mallory.forged FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row('$number');
CREATE TRIGGER truncate_ AFTER TRUNCATE ON mallory.forged EXECUTE FUNCTION dbeng._audit_truncate('$number');
CREATE TABLE mallory.forged_statement (id int);
CREATE TRIGGER replica_ AFTER INSERT ON mallory.forged_statement EXECUTE FUNCTION dbeng._audit_truncate('$number');
END
like(refusal('mallory', 'INSERT INTO mallory.forged VALUES (1)'), qr/55000:.*the audit log does not know table "forged"/, "nobody logs under another table's number");
sql('SET ROLE mallory; TRUNCATE mallory.forged; INSERT INTO mallory.forged_statement VALUES (1)');
is($entries->(), $before, 'nor that it was truncated');
for my $arguments ('', q{'x'}, q{'0'}, q{'-1'}, q{'99999999999999999999'}, q{'1', '2'}, q{'1x'}, q{''})
{
	sql("SET ROLE mallory; DROP TABLE mallory.forged; CREATE TABLE mallory.forged (id int); CREATE TRIGGER row_ AFTER INSERT ON mallory.forged FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row($arguments)");
	like(refusal('mallory', 'INSERT INTO mallory.forged VALUES (1)'), qr/ERROR:  (39P01|55000):/, "a trigger with ($arguments) is refused");
}
for my $how ('BEFORE INSERT ON mallory.forged FOR EACH ROW', 'AFTER INSERT ON mallory.forged FOR EACH STATEMENT', 'AFTER TRUNCATE ON mallory.forged')
{
	sql("SET ROLE mallory; DROP TABLE mallory.forged; CREATE TABLE mallory.forged (id int); CREATE TRIGGER row_ $how EXECUTE FUNCTION dbeng._audit_row('$number')");
	like(refusal('mallory', 'INSERT INTO mallory.forged VALUES (1); TRUNCATE mallory.forged'), qr/ERROR:  39P01:/, "so is one $how");
}
is($entries->(), $before, 'none of them has logged anything');
sql(q{SET ROLE victim; CREATE TRIGGER twice AFTER INSERT OR UPDATE OR DELETE ON shop.orders FOR EACH ROW EXECUTE FUNCTION dbeng._audit_row('} . $number . q{')});
is(sql(q{SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sec-audit-trigger' AND object ~ 'orders'}), '1', 'that a second trigger of an owner would log twice is found');
sql(q{SET ROLE victim; SELECT dbeng.enable_audit('shop.orders')});
is(sql(q{SELECT count(*) FROM pg_trigger WHERE tgname = 'twice'}), '0', 'and enable_audit() drops it');

# Each function, called by each kind of role, with nothing and with garbage.
my $calls = <<'END';
DO $$
DECLARE
	f record; given text; filler text; code text; said text;
BEGIN
	FOREACH filler IN ARRAY '{NULL,0,-1,4294967295,x}'::text[] LOOP
		FOR f IN SELECT p.oid, p.proname, p.proargtypes FROM pg_proc p WHERE p.pronamespace = 'dbeng'::regnamespace
			AND p.proname ~ '(^|_)(audit|audited|undo|row_history|row_as_of|table_as_of|verify_audit)' AND p.proname <> '_index_undo' ORDER BY p.oid
		LOOP
			SELECT coalesce(string_agg(CASE WHEN filler = 'NULL' OR t = 'anyelement'::regtype THEN 'NULL' ELSE quote_literal(CASE t
				WHEN 'tid'::regtype THEN '(' || CASE filler WHEN 'x' THEN '7' ELSE abs(filler::bigint)::text END || ',1)' WHEN 'name[]'::regtype THEN '{x}' WHEN 'boolean'::regtype THEN 'true'
				WHEN 'bytea'::regtype THEN '\xdeadbeef' WHEN 'jsonb'::regtype THEN '{"id": 1}' WHEN 'timestamptz'::regtype THEN '2026-01-01'
				WHEN 'oid'::regtype THEN CASE WHEN filler IN ('x', '-1') THEN 'dbeng_audit.log'::regclass::oid::text ELSE filler END
				WHEN 'regclass'::regtype THEN CASE filler WHEN 'x' THEN 'shop.orders' WHEN '-1' THEN 'pg_class' ELSE filler END
				WHEN 'name'::regtype THEN filler WHEN 'text'::regtype THEN filler WHEN 'xid8'::regtype THEN CASE filler WHEN 'x' THEN '3' WHEN '-1' THEN '18446744073709551615' ELSE filler END
				WHEN 'integer'::regtype THEN CASE filler WHEN 'x' THEN '1' WHEN '4294967295' THEN '2147483647' ELSE filler END
				ELSE CASE filler WHEN 'x' THEN '1' ELSE filler END END) END || '::' || CASE t WHEN 'anyelement'::regtype THEN 'shop.orders' ELSE format_type(t, NULL) END, ', ' ORDER BY n), '')
			INTO given FROM unnest(f.proargtypes) WITH ORDINALITY a(t, n);
			code := 'ok'; said := '';
			BEGIN
				EXECUTE format('SELECT count(*) FROM dbeng.%I(%s) x', f.proname, given);
			EXCEPTION WHEN OTHERS THEN
				code := SQLSTATE; said := SQLERRM;
			END;
			IF code ~ '^XX' THEN
				RAISE WARNING '%(%) as %: % %', f.proname, given, current_user, code, said;
			ELSIF current_user <> 'postgres' AND code = 'ok' AND filler <> 'NULL' AND f.proname NOT IN ('_audit_flush') THEN
				RAISE WARNING '%(%) as % is let', f.proname, given, current_user;
			END IF;
		END LOOP;
	END LOOP;
END $$;
END
for my $role ('mallory', 'app', 'victim', 'pg_monitor', 'pg_read_all_data', 'postgres')
{
	$said = warnings_of("SET ROLE $role; BEGIN; $calls ROLLBACK");
	my $let = $role eq 'pg_monitor' ? qr/^_audited_tables|^enable_audit_schema/ : $role eq 'pg_read_all_data' ? qr/^(_audit_log|row_history|row_as_of|table_as_of|undo)\(/ : $role eq 'victim' ? qr/^(enable_audit|disable_audit|enable_audit_schema)\(/ : qr/^$/;
	my @wrong = grep { /WARNING:\s+(.*)/ && $1 !~ $let } grep { !/is let/ || $role ne 'postgres' } split /\n/, $said;
	is(join("\n", @wrong), '', "every function with garbage, as $role");
}

# Rows that somebody may write and not read are not his to compare.
like(refusal('mallory', q{BEGIN; LOCK TABLE shop.secrets IN ROW EXCLUSIVE MODE; INSERT INTO shop.secrets VALUES (2, 'the word'); SELECT dbeng._audit_differs(2, 'shop.secrets'::regclass, '(0,1)', '(0,2)')}), qr/ERROR:  39P01:/, 'nor does the condition of the triggers compare rows for anybody');
is(sql(q{SELECT pg_relation_size('shop.secrets')}), '8192', 'nor make the table longer');
sql(q{SET ROLE victim; UPDATE shop.secrets SET seen = seen + 1; UPDATE shop.secrets SET note = 'another'});
is(sql(q{SELECT count(*) FROM dbeng.audit_log WHERE relation = 'shop.secrets'::regclass AND action = 'UPDATE'}), '1', 'while it compares what an update has made');

# Reading without the right, before and after a GRANT, and through a view for some.
for my $read (q{SELECT count(*) FROM dbeng.audit_log}, q{SELECT * FROM dbeng.row_history('shop.orders', '1')}, q{SELECT dbeng.row_as_of('shop.orders', '1', now())},
	q{SELECT * FROM dbeng.table_as_of(NULL::shop.orders, now())}, q{SELECT * FROM dbeng.undo('700')}, q{SELECT * FROM dbeng_audit.log}, q{SELECT * FROM dbeng_audit.shapes}, q{SELECT last_value FROM dbeng_audit.log_id_seq}, q{SELECT nextval('dbeng_audit.log_id_seq')})
{
	like(refusal('victim', $read), qr/ERROR:  42501:/, "its owner has no right to: $read");
}
sql('GRANT SELECT ON dbeng.audit_log TO auditor');
like(sql(q{SET ROLE auditor; SELECT count(*) > 0 FROM dbeng.audit_log; SELECT count(*) > 0 FROM dbeng.row_history('shop.orders', '1')}), qr/^t\nt$/, 'whom it is granted may read it');
like(refusal('auditor', q{SELECT dbeng.row_as_of('shop.orders', '1', now())}), qr/42501: +permission denied/, 'but not the table, which he has no right on');
like(refusal('auditor', q{SELECT * FROM dbeng.table_as_of(NULL::shop.orders, now())}), qr/42501: +permission denied/, 'nor the whole of it');
my $of_victim = sql(q{SELECT transaction_id FROM dbeng.audit_log WHERE relation = 'shop.orders'::regclass AND action = 'UPDATE' ORDER BY audit_id DESC LIMIT 1});
like(refusal('auditor', "SELECT * FROM dbeng.undo('$of_victim', false)"), qr/42501: +permission denied/, 'nor change it back');
is(sql(q{SELECT total FROM shop.orders}), '12', 'it is as it was');
sql('REVOKE SELECT ON dbeng.audit_log FROM auditor');
like(refusal('auditor', q{SELECT * FROM dbeng.row_history('shop.orders', '1')}), qr/42501:/, 'and no longer may when it is revoked');
sql(<<'END');
CREATE VIEW shop.log_of_secrets WITH (security_barrier) AS SELECT * FROM dbeng.audit_log WHERE table_name = 'secrets';
GRANT SELECT ON shop.log_of_secrets TO mallory;
CREATE FUNCTION mallory.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING 'leaked %', $1; RETURN true; END $$;
END
$said = warnings_of('SET ROLE mallory; SELECT count(*) FROM shop.log_of_secrets WHERE mallory.leak(table_name)');
like($said, qr/leaked secrets/, 'a leaky function sees through a security barrier what its caller may');
unlike($said, qr/leaked orders/, 'and nothing else');
like(refusal('mallory', 'SELECT count(*) FROM dbeng.audit_log WHERE mallory.leak(table_name)'), qr/42501:/, 'and nothing at all where he may read nothing');

# Settings.
for my $set (q{SET dbeng.audit_user_setting = 'x'}, q{SET dbeng.audit_context_setting = ''}, q{SET dbeng.audit_retention = '1d'}, q{SET session_replication_role = replica}, q{ALTER TABLE shop.orders DISABLE TRIGGER ALL})
{
	like(refusal('app', $set), qr/ERROR:  (42501|55P02):/, "a writer may not: $set");
}
my @told = (
	[ "control characters", q{SET app.user_id = E'a\nb\t\x01\x1b[2J'}, 'a b' ],
	[ "a megabyte", q{SELECT set_config('app.user_id', repeat('x', 1000000), false), set_config('app.context', repeat('y', 1000000), false)}, undef ],
	[ "quotes", q{SET app.user_id = $x$'; DROP TABLE shop.orders; --$x$}, undef ],
	[ "nothing", q{BEGIN; SET LOCAL app.user_id = '5'; COMMIT}, undef ]);
my $id = 10;
for my $told (@told)
{
	$id++;
	is(refusal('app', "$told->[1]; INSERT INTO shop.orders VALUES ($id, 'x', 1)"), '', "the application's user may be $told->[0]");
}
is(sql(q{SELECT string_agg(length(changed_by) || ' ' || coalesce(length(context), 0), ', ' ORDER BY audit_id) FROM dbeng.audit_log WHERE key IN ('{"id": 11}', '{"id": 12}', '{"id": 13}')}), '9 0, 1000000 1000000, 29 0', 'and is kept');
is(sql(q{SELECT changed_by IS NULL FROM dbeng.audit_log WHERE key = '{"id": 14}'}), 't', 'or NULL');
# What a client says when it connects are bytes that the server does not look at.
{
	local $ENV{PGOPTIONS} = "-c app.user_id=\xff\xfex -c app.context=a\xc3";
	sql(q{SET ROLE app; INSERT INTO shop.orders VALUES (20, 'x', 1)});
}
is(sql(q{SELECT changed_by, context FROM dbeng.audit_log WHERE key = '{"id": 20}'}), '\xff\xfex|a\xc3', 'bytes that are no characters are written as such');
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'and a dump of the log can be restored');

# The log itself, for its owner and superusers.
for my $role ('postgres')
{
	for my $write (q{INSERT INTO dbeng_audit.log SELECT * FROM dbeng_audit.log}, q{UPDATE dbeng_audit.log SET changed_by = 'nobody'}, q{DELETE FROM dbeng_audit.log}, q{TRUNCATE dbeng_audit.log}, q{TRUNCATE dbeng_audit.tables, dbeng_audit.shapes},
		q{COPY dbeng_audit.log FROM PROGRAM 'true'}, q{COPY dbeng_audit.shapes FROM PROGRAM 'true'}, q{MERGE INTO dbeng_audit.tables t USING (SELECT 1 AS one) s ON t.table_id = s.one WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT DEFAULT VALUES},
		q{WITH gone AS (DELETE FROM dbeng_audit.log RETURNING 1) SELECT count(*) FROM gone}, q{INSERT INTO dbeng_audit.log_rest SELECT * FROM dbeng_audit.log}, q{SET session_replication_role = replica; DELETE FROM dbeng_audit.log},
		q{CREATE VIEW the_log AS SELECT * FROM dbeng_audit.log; DELETE FROM the_log}, q{CREATE TABLE heir () INHERITS (dbeng_audit.shapes); DELETE FROM dbeng_audit.shapes}, q{CREATE RULE r AS ON UPDATE TO shop.orders DO ALSO DELETE FROM dbeng_audit.log; UPDATE shop.orders SET total = 1},
		q{INSERT INTO dbeng_audit.tables SELECT * FROM dbeng_audit.tables ON CONFLICT DO NOTHING}, q{SELECT dbeng.enable_audit('dbeng_audit.log')})
	{
		like(refusal($role, "BEGIN; $write; COMMIT"), qr/ERROR:  (42501|0A000):/, "nobody may: $write");
	}
}
sql('ALTER TABLE dbeng_audit.log DISABLE TRIGGER ALL');
like(sql(q{SELECT message FROM dbeng.findings() WHERE check_id = 'sec-audit-trigger'}), qr/keeps the audit log from being written is missing or switched off/, 'a superuser who switches the protection off is told of');
sql(q{SELECT dbeng.enable_audit('shop.orders')});
is(sql(q{SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sec-audit-trigger'}), '0', 'and enable_audit() switches it on again');

$node->stop;
done_testing();
