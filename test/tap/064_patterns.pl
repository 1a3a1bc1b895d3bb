# Versions, tenants, paths, counts, full-text search and events on the same tables, beyond one server: over dumps and restores of every kind,
# on a standby and after its promotion, and on a subscriber. What docs/ says of each is true there, in both directions.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub node
{
	my $node = PostgreSQL::Test::Cluster->new(shift);
	$node->init(allows_streaming => 'logical');
	$node->append_conf('postgresql.conf', "max_prepared_transactions = 5\nwal_receiver_status_interval = 1\nautovacuum = off\n");
	$node->start;
	return $node;
}
my $node = node('shop');
my $newer = $node->safe_psql('postgres', 'SHOW server_version_num') >= 160000;
$node->safe_psql('postgres', q{CREATE ROLE owner LOGIN; CREATE ROLE app LOGIN; CREATE DATABASE shop});

# All on the same two tables, made by an owner who is no superuser; children before their parents in the files.
$node->safe_psql('shop', <<'SQL');
CREATE EXTENSION dbeng;
CREATE SCHEMA "my shop" AUTHORIZATION owner;
GRANT USAGE ON SCHEMA "my shop" TO app;
SET ROLE owner;
SET search_path = "my shop";
CREATE TABLE posts (gone int, id int PRIMARY KEY, tenant_id bigint NOT NULL, parent_id int REFERENCES posts, title text, tags text[], UNIQUE (tenant_id, id));
ALTER TABLE posts DROP gone;
CREATE TABLE comments (id int PRIMARY KEY, tenant_id bigint NOT NULL, post_id int, body text, CONSTRAINT post FOREIGN KEY (tenant_id, post_id) REFERENCES posts (tenant_id, id));
INSERT INTO posts SELECT g, 1 + g % 2, CASE WHEN g > 2 THEN g - 2 END, 'post of a ' || CASE g WHEN 4 THEN 'zebra' ELSE 'horse' END, '{riding}' FROM generate_series(1, 6) g;
INSERT INTO comments SELECT g, 1 + g % 2, g, 'body' FROM generate_series(1, 6) g;
SELECT dbeng.enable_full_text('posts', '{title,tags}');
SELECT dbeng.enable_path('posts', 'parent_id');
SELECT dbeng.enable_counter_cache('comments', 'post', 'posts', 'comments_count');
SELECT dbeng.enable_versioning('posts');
SELECT dbeng.enable_versioning('comments');
SELECT dbeng.enable_tenancy('posts', allow_cross_tenant_keys => true);
SELECT dbeng.enable_tenancy('comments');
SELECT dbeng.create_event_store('events');
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA "my shop" TO app;
SET app.tenant_id = '2';
UPDATE posts SET title = title WHERE id = 1;
UPDATE posts SET title = title WHERE id = 1;
INSERT INTO comments (id, post_id, body) VALUES (11, 1, 'second'), (12, 1, 'third');
SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', g, 'made', '{}') FROM generate_series(0, 2) g;
SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000002', 0, 'made', '{}');
SQL

# What each view says.
my $views = join ' UNION ALL ', map { qq{SELECT '$_ ' || to_jsonb(v)::text FROM dbeng.$_ v} } qw(counter_caches event_stores full_text_tables path_tables tenant_tables versioned_tables);
my $told = "SELECT * FROM ($views) t(said) ORDER BY 1";
my $states = join ' UNION ALL ', map { qq{SELECT '$_', state FROM dbeng.$_} } qw(counter_caches event_stores full_text_tables path_tables tenant_tables versioned_tables);
my $not_on = "SELECT * FROM ($states) t(view, state) WHERE state <> 'on'";

# What they do, in a transaction that is rolled back.
my $does = <<'SQL';
SET client_min_messages = warning;
BEGIN;
CREATE FUNCTION pg_temp.code(statement text) RETURNS text LANGUAGE plpgsql AS $$BEGIN EXECUTE statement; RETURN 'done'; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END$$;
SET LOCAL search_path = "my shop", public;
SET LOCAL ROLE owner;
SELECT 'without a tenant ' || count(*) FROM posts;
SELECT 'by halves ' || pg_temp.code($$SELECT dbeng.repair_counter_cache('comments', 'post', 'posts', 'comments_count')$$);
SET LOCAL ROLE app;
SET LOCAL app.tenant_id = '2';
SELECT 'of a tenant ' || string_agg(concat_ws(':', id, version, comments_count, path), ' ' ORDER BY id) FROM posts;
SELECT 'another''s ' || pg_temp.code('INSERT INTO comments (id, tenant_id) VALUES (90, 1)');
SELECT 'stale ' || pg_temp.code('UPDATE posts SET title = title, version = 1 WHERE id = 1');
UPDATE posts SET title = 'a lion', version = 3 WHERE id = 1;
UPDATE posts SET parent_id = NULL WHERE id = 5;
UPDATE posts SET parent_id = 5 WHERE id = 1;
INSERT INTO comments (id, post_id) VALUES (91, 3);
UPDATE comments SET post_id = 5 WHERE id = 11;
SELECT 'found ' || string_agg(key ->> 'id', ' ' ORDER BY key) FROM dbeng.search('posts', 'lion');
SELECT 'still ' || string_agg(concat_ws(':', id, version, comments_count, path), ' ' ORDER BY id) FROM posts;
SELECT 'appended ' || dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', 3, 'sent', '{}');
SELECT 'stale event ' || pg_temp.code($$SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000001', 3, 'sent', '{}')$$);
SELECT 'read ' || string_agg(version::text, ' ' ORDER BY position) || CASE WHEN max(position) > 4 THEN '' ELSE ' a position twice' END FROM dbeng.read_events('events');
RESET ROLE;
SELECT 'changed ' || pg_temp.code('UPDATE events SET data = NULL');
SET LOCAL session_replication_role = replica;
SELECT 'by replication ' || pg_temp.code('DELETE FROM events');
SET LOCAL session_replication_role = origin;
SELECT 'zebras ' || string_agg(key ->> 'id', ' ') FROM dbeng.search('posts', 'zebra riding');
SELECT 'wrong paths ' || count(*) FROM dbeng.path_errors('posts');
SELECT 'wrong counts ' || dbeng.repair_counter_cache('comments', 'post', 'posts', 'comments_count');
ROLLBACK;
SQL
my $done = $node->safe_psql('shop', $does);
is($done, <<'END' =~ s/\n\z//r, 'where it was made');
without a tenant 0
by halves 42501
of a tenant 1:3:3:{1} 3:1:1:{1,3} 5:1:1:{1,3,5}
another's 42501
stale 40001
found 1
still 1:5:2:{5,1} 3:2:2:{5,1,3} 5:2:2:{5}
appended 4
stale event 40001
read 1 2 3 1 4
changed 55000
by replication 55000
zebras 4
wrong paths 0
wrong counts 0
END
is($node->safe_psql('shop', $not_on), '', 'all is on');
my $said = $node->safe_psql('shop', $told);

# What is locked, and what is told, by each call in a transaction of its own.
$node->safe_psql('shop', <<'SQL');
CREATE TABLE plain (id int PRIMARY KEY, parent_id int REFERENCES plain, tenant_id bigint NOT NULL, code text UNIQUE, body text, version bigint NOT NULL DEFAULT 1, updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE others (id int PRIMARY KEY, plain_id int REFERENCES plain, version int);
CREATE TABLE heirs () INHERITS (others);
CREATE FUNCTION usual() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.version := OLD.version + 1; RETURN NEW; END$$;
CREATE TRIGGER usual BEFORE UPDATE ON others FOR EACH ROW EXECUTE FUNCTION usual();
SQL
sub locks_of
{
	my ($call, $table) = @_;
	return $node->safe_psql('shop', qq{SET client_min_messages = warning; BEGIN; DO \$\$BEGIN PERFORM $call; END\$\$;
		SELECT CASE WHEN bool_or(mode = 'AccessExclusiveLock') THEN 'ACCESS EXCLUSIVE' WHEN bool_or(mode = 'ShareRowExclusiveLock') THEN 'SHARE ROW EXCLUSIVE' ELSE 'less' END FROM pg_locks WHERE relation = '$table'::regclass AND pid = pg_backend_pid(); ROLLBACK});
}
is(locks_of("dbeng.enable_versioning('plain')", 'plain'), 'SHARE ROW EXCLUSIVE', 'enable_versioning() where the columns are there');
is(locks_of("dbeng.enable_versioning('plain', 'another')", 'plain'), 'ACCESS EXCLUSIVE', 'and where one is added');
is(locks_of(q{dbeng.disable_versioning('"my shop".posts')}, '"my shop".posts'), 'ACCESS EXCLUSIVE', 'disable_versioning()');
is(locks_of("dbeng.enable_tenancy('plain', allow_cross_tenant_keys => true)", 'plain'), 'ACCESS EXCLUSIVE', 'enable_tenancy()');
is(locks_of(q{dbeng.disable_tenancy('"my shop".comments')}, '"my shop".comments'), 'ACCESS EXCLUSIVE', 'disable_tenancy()');
is(locks_of("dbeng.enable_path('plain', 'parent_id')", 'plain'), 'ACCESS EXCLUSIVE', 'enable_path()');
is(locks_of(q{dbeng.repair_path('"my shop".posts')}, '"my shop".posts'), 'SHARE ROW EXCLUSIVE', 'repair_path()');
is(locks_of(q{dbeng.disable_path('"my shop".posts')}, '"my shop".posts'), 'ACCESS EXCLUSIVE', 'disable_path()');
is(locks_of("dbeng.enable_full_text('plain', '{body}')", 'plain'), 'ACCESS EXCLUSIVE', 'enable_full_text()');
is(locks_of(q{dbeng.enable_counter_cache('"my shop".comments', 'post', '"my shop".posts', 'comments_count')}, '"my shop".' . $_), 'SHARE ROW EXCLUSIVE', "enable_counter_cache() of $_ where the column is there") for qw(comments posts);
is(locks_of(q{dbeng.enable_counter_cache('"my shop".comments', 'post', '"my shop".posts', 'another')}, '"my shop".posts'), 'ACCESS EXCLUSIVE', 'and of parents where it is added');
is(locks_of(q{dbeng.repair_counter_cache('"my shop".comments', 'post', '"my shop".posts', 'comments_count')}, '"my shop".' . $_), 'less', "repair_counter_cache() lets others write $_") for qw(comments posts);
is(locks_of(q{dbeng.disable_counter_cache('"my shop".comments', 'post', '"my shop".posts', 'comments_count')}, '"my shop".' . $_), 'ACCESS EXCLUSIVE', "disable_counter_cache() of $_") for qw(comments posts);
my ($noted, $nothing, $notices) = $node->psql('shop', q{BEGIN; SELECT dbeng.enable_tenancy('plain', allow_cross_tenant_keys => true); ROLLBACK});
like($notices, qr/NOTICE:  unique index public\.plain_code_key is of all tenants together/, 'a unique key of all tenants is told of');
unlike($notices, qr/plain_pkey/, 'the primary key is not');
($noted, $nothing, $notices) = $node->psql('shop', q{BEGIN; SELECT dbeng.enable_versioning('others'); ROLLBACK});
like($notices, qr/NOTICE:  trigger usual of public\.others/, 'so are triggers that count as well');
like($notices, qr/NOTICE:  tables that inherit from public\.others have versioning on their own/, 'and children by inheritance');
$node->safe_psql('shop', 'DROP TABLE plain, others, heirs; DROP FUNCTION usual');

sub restored
{
	my ($database, $name) = @_;
	is($node->safe_psql($database, $told), $said, "$name: the views say the same");
	is($node->safe_psql($database, $not_on), '', "$name: all is on");
	is($node->safe_psql($database, $does), $done, "$name: all of it is right, and goes on");
}

# Plain, by a superuser.
my $file = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-f', "$file.sql", $node->connstr('shop') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE plain');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-f', "$file.sql", $node->connstr('plain') ], 'psql');
restored('plain', 'plain');

# Several at once.
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$file.custom", $node->connstr('shop') ], 'pg_dump -Fc');
$node->safe_psql('postgres', 'CREATE DATABASE parallel');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr('parallel'), "$file.custom" ], 'pg_restore -j2');
restored('parallel', 'parallel');

# By the owner: what a superuser has dumped he can restore; what he dumps himself would lack what policies hide, and is refused.
$node->safe_psql('postgres', 'CREATE DATABASE owners OWNER owner');
$node->safe_psql('owners', q{CREATE EXTENSION dbeng; CREATE SCHEMA "my shop" AUTHORIZATION owner; GRANT USAGE ON SCHEMA "my shop" TO app});
$node->command_ok([ 'pg_restore', '--exit-on-error', '-n', 'my shop', '-d', $node->connstr('owners') . ' user=owner', "$file.custom" ], 'pg_restore by the owner');
restored('owners', 'by the owner');
$node->command_fails_like([ 'pg_dump', '-n', 'my shop', '-f', "$file.owner", $node->connstr('shop') . ' user=owner' ], qr/row-level security/, 'pg_dump by the owner');
$node->command_ok([ 'pg_dump', '-Fc', '-t', '"my shop".events', '-f', "$file.owner", $node->connstr('shop') . ' user=owner' ], 'of a table without tenants');

# The rows alone, into tables that are there. First with triggers off: all comes as it was.
sub emptied
{
	my $database = shift;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', '-d', $node->connstr($database), "$file.custom" ], "pg_restore -s into $database");
}
emptied('given');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '-n', 'my shop', '-d', $node->connstr('given'), "$file.custom" ], 'rows with --disable-triggers');
is($node->safe_psql('given', $not_on), 'event_stores|off for replication', 'which leaves the triggers on, but not for replication');
$node->safe_psql('given', 'ALTER TABLE "my shop".events ENABLE ALWAYS TRIGGER dbeng_append_only');
restored('given', '--disable-triggers');

# Then with triggers on, parents before their children: these are counted, and events numbered, as they come.
emptied('counted');
local $ENV{PGOPTIONS} = '-c dbeng.keep_paths=on';
for my $table ('posts', 'comments', 'events')
{
	$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '-n', 'my shop', '-t', $table, '-d', $node->connstr('counted'), "$file.custom" ], "the rows of $table");
}
delete $ENV{PGOPTIONS};
$node->safe_psql('counted', q{SELECT setval(pg_get_serial_sequence('"my shop".events', 'position'), max(position)) FROM "my shop".events});
restored('counted', 'with triggers');
# What a rolled-back transaction has left is filled later on: the file has events in another order than that of their versions.
$node->safe_psql('counted', <<'SQL');
SET search_path = "my shop";
BEGIN;
INSERT INTO events (aggregate_type, aggregate_id, event_type, data) SELECT 'x', '00000000-0000-0000-0000-000000000003', 'x', '{}' FROM generate_series(1, 200);
ROLLBACK;
SELECT dbeng.append_event('events', 'x', '00000000-0000-0000-0000-000000000003', NULL, 'x', to_jsonb(repeat('x', 400))) FROM generate_series(1, 20);
VACUUM events;
SELECT dbeng.append_event('events', 'x', '00000000-0000-0000-0000-000000000003', NULL, 'x', '{}') FROM generate_series(1, 20);
SQL
is($node->safe_psql('counted', q{SELECT count(*) > 0 FROM (SELECT version < lag(version) OVER (ORDER BY ctid) AS back FROM "my shop".events WHERE aggregate_type = 'x') e WHERE back}), 't', 'out of order');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$file.order", $node->connstr('counted') ], 'pg_dump of them');
$node->safe_psql('postgres', 'CREATE DATABASE ordered');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('ordered'), "$file.order" ], 'a whole restore takes them');
is($node->safe_psql('ordered', $not_on), '', 'as they are');
$node->safe_psql('ordered', q{SELECT dbeng.drop_event_store('"my shop".events', true); SELECT dbeng.create_event_store('"my shop".events')});
$node->command_fails_like([ 'pg_restore', '--exit-on-error', '--data-only', '-n', 'my shop', '-t', 'events', '-d', $node->connstr('ordered'), "$file.order" ], qr/There are no such events/, 'rows alone need --disable-triggers');

# A subscriber: it has the same tables and writes what comes as it comes.
my $subscriber = node('subscriber');
$subscriber->safe_psql('postgres', q{CREATE ROLE owner; CREATE ROLE app; CREATE ROLE carrier LOGIN SUPERUSER; CREATE DATABASE shop});
$subscriber->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', '-d', $subscriber->connstr('shop'), "$file.custom" ], 'the same tables on a subscriber');
# A count that only it keeps.
$subscriber->safe_psql('shop', q{SELECT dbeng.enable_counter_cache('"my shop".comments', 'post', '"my shop".posts', 'here_count')});
$node->safe_psql('shop', q{CREATE PUBLICATION all_of_it FOR TABLE "my shop".posts, "my shop".comments, "my shop".events});
my $subscribe = sprintf(q{SET ROLE carrier; CREATE SUBSCRIPTION s CONNECTION '%s' PUBLICATION all_of_it}, $node->connstr . ' dbname=shop');
sub here { return $subscriber->safe_psql('shop', 'SET search_path = "my shop"; ' . shift) }
sub there { return $node->safe_psql('shop', 'SET search_path = "my shop"; ' . shift) }

# Rows come as whom it belongs to, whom policies hold back unless he is above them: then nothing comes at all.
$subscriber->safe_psql('shop', $subscribe . ($newer ? '' : '; RESET ROLE; ALTER ROLE carrier NOSUPERUSER; GRANT ALL ON ALL TABLES IN SCHEMA "my shop" TO carrier; GRANT USAGE ON SCHEMA "my shop" TO carrier'));
my $offset = $newer ? 0 : -s $subscriber->logfile;
$subscriber->safe_psql('shop', 'ALTER SUBSCRIPTION s DISABLE');
$subscriber->safe_psql('shop', 'ALTER SUBSCRIPTION s ENABLE');
my $refused = 0;
for (1 .. 1800)
{
	last if $refused = slurp_file($subscriber->logfile) =~ /row-level security/;
	select undef, undef, undef, 0.1;
}
ok($refused, 'rows are refused where policies hold the subscription back');
is(here('SELECT count(*) FROM posts'), '0', 'and none has come');
$subscriber->safe_psql('shop', $newer ? 'ALTER SUBSCRIPTION s SET (run_as_owner = true)' : 'ALTER ROLE carrier BYPASSRLS');
$subscriber->poll_query_until('shop', q{SELECT count(*) = 3 FROM pg_subscription_rel WHERE srsubstate = 'r'}) or die 'nothing came';
my $rows = 'SELECT (SELECT string_agg(to_jsonb(p)::text, E\'\n\' ORDER BY id) FROM (SELECT id, tenant_id, parent_id, title, path, version, updated_at, comments_count, search_vector FROM posts) p), (SELECT string_agg(c::text, E\'\n\' ORDER BY id) FROM comments c), (SELECT string_agg(e::text, E\'\n\' ORDER BY position) FROM events e)';
is(here($rows), there($rows), 'then all is as it is there');
# Now versions, times and paths that nobody here would have written, and one change after the other.
there(q{SET dbeng.keep_versions = on; UPDATE posts SET version = 40, updated_at = '2002-02-02', title = 'a lion' WHERE id = 1});
there(q{SET dbeng.keep_paths = on; UPDATE posts SET path = '{77,2}' WHERE id = 2});
there(q{INSERT INTO comments (id, tenant_id, post_id) VALUES (20, 2, 3), (21, 2, 3); DELETE FROM comments WHERE id = 12; UPDATE comments SET post_id = 5 WHERE id = 11});
there(q{SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000002', 1, 'sent', '{}')});
$node->wait_for_catchup('s');
is(here($rows), there($rows), 'what is written there comes as it is');
is(here('SELECT version, updated_at::date FROM posts WHERE id = 1'), '40|2002-02-02', 'versions and times as they were given');
is(here(q{SELECT key, path, expected FROM dbeng.path_errors('posts')}), '2|{77,2}|{2}', 'paths as they were given, right or not');
is(here(q{SELECT string_agg(key ->> 'id', ' ') FROM dbeng.search('posts', 'lion')}), '1', 'the words are made here');
is(here(q{SELECT sum(here_count), sum(comments_count) FROM posts}), '0|9', 'what came is not counted; the count that came is right');
is(here(q{SELECT dbeng.repair_counter_cache('comments', 'post', 'posts', 'here_count')}), '6', 'until it is repaired');
is(here(q{SELECT count(*) FROM posts WHERE here_count = comments_count}), '6', 'then it is right');
is(here(q{SELECT count(*) FROM dbeng.read_events('events')}), '0', 'no event was written here');
is(here(q{SELECT string_agg(version::text, ' ') FROM dbeng.read_aggregate('events', 'order', '00000000-0000-0000-0000-000000000002')}), '1 2', 'an aggregate is read');
is(here(q{SET ROLE app; SET app.tenant_id = '2'; SELECT string_agg(id::text, ' ' ORDER BY id) FROM posts}), '1 3 5', 'tenants are kept apart');
my ($status, $out, $err) = $subscriber->psql('shop', q{SET search_path = "my shop"; UPDATE posts SET title = 'x', version = 39 WHERE id = 1});
like($err, qr/has version 40, not 39/, 'who writes here is held to versions');
there(q{SELECT dbeng.repair_path('posts')});
$node->wait_for_catchup('s');
is(here(q{SELECT count(*) FROM dbeng.path_errors('posts')}), '0', 'a repair comes as well');

# It takes over.
$subscriber->safe_psql('shop', 'DROP SUBSCRIPTION s');
($status, $out, $err) = $subscriber->psql('shop', q{SET search_path = "my shop"; SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000002', 2, 'back', '{}')});
like($err, qr/took no event.*setval/s, 'positions that came are not given again');
here(q{SELECT setval(pg_get_serial_sequence('events', 'position'), max(position)) FROM events});
is(here(q{SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000002', 2, 'back', '{}')}), '3', 'the sequence set, events are appended');
is(here(q{SELECT string_agg(version::text, ' ' ORDER BY position) FROM dbeng.read_events('events')}), '1 2 3 1 2 3', 'and all are read');
here(q{INSERT INTO comments (id, tenant_id, post_id) VALUES (30, 2, 3); UPDATE posts SET parent_id = NULL WHERE id = 3});
is(here(q{SELECT here_count = comments_count, path FROM posts WHERE id = 3}), 't|{3}', 'counts and paths are kept');
$subscriber->stop;

# A standby reads, and says plainly what it cannot.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
sub standby { return $standby->safe_psql('shop', 'SET search_path = "my shop"; ' . shift) }
is($standby->safe_psql('shop', $told), $node->safe_psql('shop', $told), 'the views on a standby');
is(standby(q{SELECT string_agg(key ->> 'id', ' ') FROM dbeng.search('posts', 'lion', headlines => true)}), '1', 'search()');
is(standby(q{SELECT jsonb_array_length(rows), next_cursor FROM dbeng.keyset_page('posts', 'title desc', page_rows => 2)}), there(q{SELECT jsonb_array_length(rows), next_cursor FROM dbeng.keyset_page('posts', 'title desc', page_rows => 2)}), 'keyset_page()');
is(standby(q{SELECT count(*) FROM dbeng.path_errors('posts')}), '0', 'path_errors()');
is(standby(q{SELECT string_agg(version::text, ' ') FROM dbeng.read_aggregate('events', 'order', '00000000-0000-0000-0000-000000000001')}), '1 2 3', 'read_aggregate()');
is(standby(q{SET ROLE app; SET app.tenant_id = '2'; SELECT string_agg(id::text, ' ' ORDER BY id) FROM posts}), '1 3 5', 'tenants');
is(standby(q{SELECT dbeng.table_ddl('things', 'name text') LIKE '%CREATE TABLE%'}), 't', 'table_ddl()');
for my $call ([ q{dbeng.read_events('events')}, '0A000', 'events cannot be read in order on a standby' ], [ q{dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000002', NULL, 'x', '{}')}, '25006', '' ],
	[ q{dbeng.repair_path('posts')}, '25006', '' ], [ q{dbeng.repair_counter_cache('comments', 'post', 'posts', 'comments_count')}, '25006', '' ], [ q{dbeng.enable_versioning('posts')}, '25006', '' ],
	[ q{dbeng.disable_tenancy('posts')}, '25006', '' ], [ q{dbeng.create_event_store('more')}, '25006', '' ], [ q{dbeng.enable_full_text('comments', '{body}')}, '25006', '' ], [ q{dbeng.enable_path('posts', 'parent_id')}, '25006', '' ])
{
	($status, $out, $err) = $standby->psql('shop', qq{\\set VERBOSITY verbose\nSET search_path = "my shop"; SELECT $call->[0]});
	like($err, qr/ERROR:  $call->[1]: .*$call->[2]/, "refused: $call->[0]");
}

# One appends and is prepared when the primary is lost: on the promoted server he still holds the readers back.
there(q{BEGIN; SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000004', 0, 'prepared', '{}'); PREPARE TRANSACTION 'late'});
there(q{SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000005', 0, 'after it', '{}')});
my $read = q{SELECT string_agg(event_type, ', ' ORDER BY position) FROM dbeng.read_events('events', 4)};
is(there($read), 'sent', 'who is prepared holds readers back');
my $last = there(q{SELECT max(position) FROM events});
$node->wait_for_catchup($standby);
$node->stop('immediate');
$standby->promote;
is(standby($read), 'sent', 'on the promoted server, too');
standby(q{COMMIT PREPARED 'late'});
is(standby($read), 'sent, prepared, after it', 'until he has committed');
is(standby(q{SELECT dbeng.append_event('events', 'order', '00000000-0000-0000-0000-000000000004', 1, 'promoted', '{}')}), '2', 'versions go on');
is(standby(qq{SELECT position > $last FROM dbeng.read_events('events', 4) WHERE event_type = 'promoted'}), 't', 'with positions that were never given');
standby(q{SET ROLE app; SET app.tenant_id = '2'; INSERT INTO comments (id, post_id) VALUES (40, 3); UPDATE posts SET parent_id = NULL, version = 41 WHERE id = 3 AND version = 41; UPDATE posts SET parent_id = 1, title = 'promoted' WHERE id = 3});
is(standby(q{SELECT dbeng.repair_counter_cache('comments', 'post', 'posts', 'comments_count')}), '0', 'counts are right');
is(standby(q{SELECT count(*) FROM dbeng.path_errors('posts')}), '0', 'paths are right');
is(standby(q{SELECT string_agg(key ->> 'id', ' ') FROM dbeng.search('posts', 'promoted')}), '3', 'words are found');
($status, $out, $err) = $standby->psql('shop', q{SET search_path = "my shop"; UPDATE posts SET version = 1 WHERE id = 3});
like($err, qr/row of "my shop".posts has version \d+, not 1/, 'versions are held to');

$standby->stop;
done_testing();
