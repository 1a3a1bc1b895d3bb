# The audit log when databases are dumped, copied and renamed, roles and the extension come and go, and others look on.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('moves');
$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = off\n");
$node->start;
sub sql { return $node->safe_psql(@_) }
sub refusal { my ($database, $statement) = @_; my ($status, $out, $err) = $node->psql($database, "\\set VERBOSITY verbose\n$statement", on_error_stop => 1); return $err }

sql('postgres', <<'END');
CREATE ROLE keeper SUPERUSER; CREATE ROLE heir SUPERUSER; CREATE ROLE app; CREATE ROLE shopkeeper;
CREATE DATABASE source;
GRANT CREATE ON DATABASE source TO shopkeeper;
END
sql('source', <<'END');
SET ROLE keeper; CREATE EXTENSION dbeng; RESET ROLE;
CREATE SCHEMA app AUTHORIZATION shopkeeper; SET ROLE shopkeeper;
CREATE TYPE app.mood AS ENUM ('glad', 'sad');
CREATE TABLE app.first (id int PRIMARY KEY); CREATE TABLE app.gone (id int PRIMARY KEY);
CREATE TABLE app.t (id int PRIMARY KEY, dropped int, a text, m app.mood, r regclass);
ALTER TABLE app.t DROP dropped;
SELECT dbeng.enable_audit('app.first'), dbeng.enable_audit('app.gone'), dbeng.enable_audit('app.t', exclude => '{r}');
INSERT INTO app.t SELECT i, 'v' || i, 'glad' FROM generate_series(1, 20000) i;
UPDATE app.t SET m = 'sad' WHERE id % 2 = 0;
DROP TABLE app.gone;
GRANT USAGE ON SCHEMA app TO app; GRANT ALL ON ALL TABLES IN SCHEMA app TO app;
END
my $log = q{SELECT count(*), md5(string_agg((to_jsonb(l) - 'relation')::text, E'\n' ORDER BY audit_id)) FROM dbeng.audit_log l};
my $tables = q{SELECT table_id, name, exclude, state FROM dbeng.audited_tables ORDER BY 1};
# It is written and read there as it was here.
sub works
{
	my ($database, $what) = @_;
	is(sql($database, $log), sql('source', $log), "$what: the log reads the same");
	is(sql($database, $tables), sql('source', $tables), "$what: the same tables are audited");
	sql($database, q{SET ROLE app; UPDATE app.t SET a = 'here' WHERE id = 7; DELETE FROM app.t WHERE id = 8});
	is(sql($database, q{SELECT string_agg(action, ' ') FROM dbeng.row_history('app.t', '7')}), 'INSERT UPDATE', "$what: a row's history goes on");
	is(sql($database, q{SELECT dbeng.row_as_of('app.t', '8', (SELECT max(changed_at) - interval '1 microsecond' FROM dbeng.audit_log))}), '{"a": "v8", "m": "sad", "id": 8}', "$what: and what was can be told");
	is(sql($database, q{SELECT count(*) FROM dbeng.undo((SELECT transaction_id FROM dbeng.row_history('app.t', '7') ORDER BY audit_id DESC LIMIT 1), false)}), '1', "$what: undone");
	is(sql($database, q{SELECT count(*) - count(DISTINCT audit_id) FROM dbeng.audit_log}), '0', "$what: no number is given twice");
	is(sql($database, q{SELECT count(*) FROM dbeng.findings() WHERE check_id ~ '^sec-audit' AND object !~ 'gone'}), '0', "$what: nothing is found wanting");
}

my $dir = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', $dir, $node->connstr('source') ], 'pg_dump in parallel');
sql('postgres', 'CREATE DATABASE parallel');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '3', '-d', $node->connstr('parallel'), $dir ], 'pg_restore in parallel');
sql('postgres', 'CREATE DATABASE copied TEMPLATE source');
works('copied', 'CREATE DATABASE … TEMPLATE');
works('parallel', 'pg_restore -j');
sql('postgres', 'ALTER DATABASE copied RENAME TO renamed');
sql('renamed', q{SET ROLE app; UPDATE app.t SET a = 'renamed' WHERE id = 7});
is(sql('renamed', q{SELECT string_agg(action, ' ') FROM dbeng.row_history('app.t', '7')}), 'INSERT UPDATE UPDATE UPDATE', 'a database that is renamed');

# Only the application's schema: its triggers come along, the log does not.
my $part = $node->basedir . '/part';
$node->command_ok([ 'pg_dump', '-Fc', '-n', 'app', '-f', $part, $node->connstr('source') ], 'pg_dump -n');
sql('postgres', 'CREATE DATABASE part');
sql('part', 'CREATE EXTENSION dbeng; CREATE TABLE other (id int PRIMARY KEY)');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('part'), $part ], 'pg_restore of it');
like(refusal('part', q{INSERT INTO app.t VALUES (0)}), qr/ERROR:  55000: +the audit log is not there.*HINT: .*enable_audit/s, 'nothing is written there unlogged');
sql('part', q{SELECT dbeng.enable_audit('other'), dbeng.enable_audit('app.first')});
like(refusal('part', q{INSERT INTO app.t VALUES (0)}), qr/ERROR:  55000: +the audit log does not know table "t".*enable_audit\('app.t'::regclass\)/s, "nor under another's number");
sql('part', q{SELECT dbeng.enable_audit('app.t')});
sql('part', q{INSERT INTO app.t VALUES (0)});
is(sql('part', q{SELECT string_agg(concat_ws(' ', relation, action, key), ', ') FROM dbeng.audit_log}), 'app.t INSERT {"id": 0}', 'enabled there, it is audited');

# Roles that are not there; data alone.
my $data = $node->basedir . '/data';
$node->command_ok([ 'pg_dump', '-Fc', '--data-only', '-f', $data, $node->connstr('source') ], 'pg_dump --data-only');
my ($out, $err);
$node->command_fails([ 'pg_restore', '--exit-on-error', '--data-only', '-d', $node->connstr('part'), $data ], 'data alone does not get into a log that is there');
is(sql('part', 'SELECT count(*) FROM dbeng.audit_log'), '1', 'which is as it was');

# The owner of the extension goes.
sql('source', 'REASSIGN OWNED BY keeper TO heir; DROP OWNED BY keeper');
is(sql('source', q{SELECT DISTINCT relowner::regrole FROM pg_class WHERE relnamespace = 'dbeng_audit'::regnamespace}), 'heir', 'REASSIGN OWNED');
works('source', 'another owner');
like(refusal('source', 'DROP OWNED BY heir'), qr/ERROR:  2BP01:/, 'DROP OWNED by the owner of the log is refused');

# The extension goes and comes again.
like(refusal('source', 'DROP EXTENSION dbeng'), qr/ERROR:  2BP01:/, 'DROP EXTENSION is refused');
like(refusal('source', 'ALTER EXTENSION dbeng SET SCHEMA public'), qr/ERROR: /, 'so is another schema');
my $entries = sql('source', 'SELECT count(*) FROM dbeng.audit_log');
sql('source', 'DROP EXTENSION dbeng CASCADE');
sql('source', q{SET ROLE app; UPDATE app.t SET a = 'unseen' WHERE id = 9});
sql('source', 'CREATE EXTENSION dbeng');
is(sql('source', 'SELECT count(*) FROM dbeng.audit_log'), $entries, 'the log has outlived it');
is(sql('source', q{SELECT count(*) FROM dbeng.findings() WHERE check_id = 'sec-audit-trigger' AND object = 'app.t'}), '1', 'that the table is audited no more is found');
sql('source', q{SELECT dbeng.enable_audit('app.t', exclude => '{r}'), dbeng.enable_audit('app.first')});
is(sql('source', $tables), "1|app.first|{}|on\n2|app.gone|{}|dropped\n3|app.t|{r}|on", 'and enabled again it has its number');
sql('source', q{SET ROLE app; UPDATE app.t SET a = 'seen' WHERE id = 9});
is(sql('source', q{SELECT string_agg(coalesce(new_data ->> 'a', '-'), ' ') FROM dbeng.row_history('app.t', '9')}), 'v9 seen', 'it goes on');
like(refusal('source', q{DELETE FROM dbeng_audit.log}), qr/ERROR:  42501:/, 'and is protected again');

# The schema of the log is renamed, and called by its name again.
sql('source', 'ALTER SCHEMA dbeng_audit RENAME TO elsewhere');
like(refusal('source', q{UPDATE app.t SET a = 'lost' WHERE id = 9}), qr/ERROR:  55000: +the audit log is not there/, 'where its schema is not, nothing is written unlogged');
sql('source', 'ALTER SCHEMA elsewhere RENAME TO dbeng_audit');
sql('source', q{UPDATE app.t SET a = 'found' WHERE id = 9});
is(sql('source', q{SELECT string_agg(coalesce(new_data ->> 'a', '-'), ' ') FROM dbeng.row_history('app.t', '9')}), 'v9 seen found', 'and it goes on when it is there again');

# Event triggers see what is done, and may refuse it.
sql('source', <<'END');
CREATE TABLE seen (tag text, object text, who text);
CREATE FUNCTION look_on() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen SELECT command_tag, object_identity, current_user FROM pg_event_trigger_ddl_commands(); END $$;
CREATE EVENT TRIGGER look_on ON ddl_command_end EXECUTE FUNCTION look_on();
CREATE TABLE app.later (id int PRIMARY KEY);
SELECT dbeng.enable_audit('app.later');
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no triggers here'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION refuse();
CREATE TABLE app.never (id int PRIMARY KEY);
END
is(sql('source', q{SELECT string_agg(object, ', ' ORDER BY object) FROM seen WHERE tag = 'CREATE TRIGGER'}), '"!dbeng_audit" on app.later, "!dbeng_audit_replica" on app.later, "!dbeng_audit_truncate" on app.later', 'event triggers see the triggers that are made');
like(refusal('source', q{SELECT dbeng.enable_audit('app.never')}), qr/no triggers here/, 'one that refuses them');
is(sql('source', q{SELECT count(*) FROM dbeng.audited_tables WHERE name = 'app.never'}), '0', 'leaves nothing done by halves');

$node->stop;
done_testing();
