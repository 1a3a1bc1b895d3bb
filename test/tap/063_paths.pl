# Paths and made tables beyond one session: without preloading, over a dump and a restore, and on a subscriber.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

sub node {
	my $node = PostgreSQL::Test::Cluster->new(shift);
	$node->init(allows_streaming => 'logical');
	$node->start;
	return $node;
}
my $node = node('shop');
sub sql { return $node->safe_psql(@_) }

sub dumped {
	my $database = shift;
	return join '', grep { !/^(--|\\|SELECT pg_catalog)/ } split /^/, `pg_dump -s -d '@{[ $node->connstr($database) ]}'`;
}

sql('postgres', <<'SQL');
CREATE EXTENSION dbeng;
CREATE TABLE nodes (gone int, id int PRIMARY KEY, parent_id int REFERENCES nodes, name text);
ALTER TABLE nodes DROP gone;
INSERT INTO nodes VALUES (1, NULL), (2, 1), (3, 2);
SQL
my $before = dumped('postgres');
sql('postgres', q{SELECT dbeng.enable_path('nodes', 'parent_id')});

# Nobody has preloaded dbeng: the first statement of a session loads it.
is(sql('postgres', q{INSERT INTO nodes VALUES (4, 3) RETURNING path}), '{1,2,3,4}', 'the first statement of a session');
is(sql('postgres', q{SET dbeng.keep_paths = on; UPDATE nodes SET path = '{7}' WHERE id = 4 RETURNING path}), '{7}', 'dbeng.keep_paths set before dbeng is loaded');
is(sql('postgres', q{SELECT dbeng.repair_path('nodes')}), '1', 'repaired');

# Dump and restore, rows included: children before their parents.
sql('postgres', q{UPDATE nodes SET name = 'moved to the end' WHERE id = 1});
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
is(sql('restored', 'SELECT * FROM dbeng.path_tables'), sql('postgres', 'SELECT * FROM dbeng.path_tables'), 'path_tables as it was');
is(sql('restored', q{SELECT count(*) FROM dbeng.path_errors('nodes')}), '0', 'paths as they were');
is(sql('restored', q{UPDATE nodes SET parent_id = NULL WHERE id = 2; SELECT path FROM nodes WHERE id = 4}), '{2,3,4}', 'paths are kept');
sql('restored', q{SELECT dbeng.disable_path('nodes', true)});
is(dumped('restored'), $before, 'switched off there, the table is what it was, to the letter');

# Renamed between two statements of one session, whose plans are kept.
is(sql('postgres', <<'SQL'), "{1,2,3,5}\n{1,2,3,5,6}\n{1,2,3,5,6,7}", 'a table that is renamed and moved');
INSERT INTO nodes VALUES (5, 3) RETURNING path;
ALTER TABLE nodes RENAME TO knots;
INSERT INTO knots VALUES (6, 5) RETURNING path;
CREATE SCHEMA other;
ALTER TABLE knots SET SCHEMA other;
INSERT INTO other.knots VALUES (7, 6) RETURNING path;
ALTER TABLE other.knots SET SCHEMA public;
ALTER TABLE knots RENAME TO nodes;
SQL

# A subscriber writes what the publisher has written.
my $subscriber = node('subscriber');
$subscriber->safe_psql('postgres', q{CREATE EXTENSION dbeng; CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, name text); SELECT dbeng.enable_path('nodes', 'parent_id')});
sql('postgres', 'CREATE PUBLICATION p FOR TABLE nodes');
$subscriber->safe_psql('postgres', sprintf(q{CREATE SUBSCRIPTION s CONNECTION '%s' PUBLICATION p}, $node->connstr . ' dbname=postgres'));
$subscriber->poll_query_until('postgres', q{SELECT count(*) = 7 FROM nodes}) or die 'nothing came';
sql('postgres', q{UPDATE nodes SET parent_id = NULL WHERE id = 3});
$node->wait_for_catchup('s');
$subscriber->poll_query_until('postgres', q{SELECT path = '{3,5,6,7}' FROM nodes WHERE id = 7}) or die 'no move came';
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM dbeng.path_errors('nodes')}), '0', 'all paths of the publisher');

done_testing();
