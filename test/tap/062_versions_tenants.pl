# Versions and tenants beyond one session: without preloading, over a dump and a restore, and on a subscriber.
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

sql('postgres', <<'SQL');
CREATE EXTENSION dbeng;
CREATE ROLE app;
CREATE TABLE orders (gone int, id int PRIMARY KEY, note text, version int NOT NULL DEFAULT 1);
ALTER TABLE orders DROP gone;
CREATE TABLE customers (gone int, id int PRIMARY KEY, tenant_id uuid);
ALTER TABLE customers DROP gone;
CREATE TABLE parted (id int, tenant_id int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (1) TO (10);
INSERT INTO orders VALUES (1, 'one', 5);
INSERT INTO parted VALUES (1, 1), (2, 2);
SQL
my $before = join '', grep { !/^(--|\\|SELECT pg_catalog)/ } split /^/, `pg_dump -s -d '@{[ $node->connstr('postgres') ]}'`;
sql('postgres', q{SELECT dbeng.enable_versioning('orders'), dbeng.enable_tenancy('customers'), dbeng.enable_tenancy('parted')});
sql('postgres', q{GRANT SELECT ON parted, parted_1 TO app});

# Nobody has preloaded dbeng: the first statement of a session loads it.
is(sql('postgres', q{UPDATE orders SET note = 'two' RETURNING version}), '6', 'the first statement of a session counts');
is(sql('postgres', q{SET dbeng.keep_versions = on; UPDATE orders SET version = 9, updated_at = '2001-01-01' RETURNING version, updated_at < now()}), '9|t', 'dbeng.keep_versions set before dbeng is loaded');
is(sql('postgres', q{SET ROLE app; SET app.tenant_id = '2'; SELECT id FROM parted UNION ALL SELECT id FROM parted_1}), "2\n2", 'a tenant sees its rows');

# Dump and restore.
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
for my $view ('versioned_tables', 'tenant_tables') {
	my $told = "SELECT * FROM dbeng.$view ORDER BY relation::text";
	is(sql('restored', $told), sql('postgres', $told), "$view as it was");
}
is(sql('restored', q{SELECT version, updated_at < now() FROM orders}), '9|t', 'restoring is no update');
is(sql('restored', q{UPDATE orders SET note = 'three' RETURNING version}), '10', 'versions count on');
is(sql('restored', q{SET ROLE app; SET app.tenant_id = '1'; SELECT id FROM parted_1}), '1', 'tenants are kept apart');
sql('restored', q{REVOKE SELECT ON parted, parted_1 FROM app});
sql('restored', q{SELECT dbeng.disable_versioning('orders', true), dbeng.disable_tenancy('customers', true), dbeng.disable_tenancy('parted', true)});
my $after = join '', grep { !/^(--|\\|SELECT pg_catalog)/ } split /^/, `pg_dump -s -d '@{[ $node->connstr('restored') ]}'`;
is($after, $before, 'switched off there, the tables are what they were, to the letter');

# A subscriber writes what the publisher has written.
my $subscriber = node('subscriber');
$subscriber->safe_psql('postgres', q{CREATE EXTENSION dbeng; CREATE TABLE orders (id int PRIMARY KEY, note text, version int NOT NULL DEFAULT 1); SELECT dbeng.enable_versioning('orders')});
sql('postgres', 'CREATE PUBLICATION p FOR TABLE orders');
$subscriber->safe_psql('postgres', sprintf(q{CREATE SUBSCRIPTION s CONNECTION '%s' PUBLICATION p}, $node->connstr . ' dbname=postgres'));
$subscriber->wait_for_subscription_sync($node, 's') if $subscriber->can('wait_for_subscription_sync');
sql('postgres', q{SET dbeng.keep_versions = on; UPDATE orders SET note = 'four', version = 40, updated_at = '2002-02-02'});
$node->wait_for_catchup('s');
$subscriber->poll_query_until('postgres', q{SELECT version = 40 FROM orders}) or die 'nothing came';
my $row = q{SELECT note, version, updated_at::date FROM orders};
is($subscriber->safe_psql('postgres', $row), 'four|40|2002-02-02', 'the version and the time of the publisher');

done_testing();
