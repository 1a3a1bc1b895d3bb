# Sets of partitions beyond one server's life: over a dump and a restore, and on a hot standby.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "dbeng.enabled = off\n");
$primary->start;
sub sql { return $primary->safe_psql(@_) }

sql('postgres', <<'SQL');
CREATE EXTENSION dbeng;
CREATE SCHEMA shop;
CREATE SCHEMA "The Archive";
CREATE TABLE shop.days (at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE shop."Numbers" (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE shop.snowflakes (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE shop.gone (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
SELECT dbeng.manage_partitions('shop.days', '1 day', 3, '90 days', 'move', 'Pacific/Auckland', ahead => '9 days', archive_schema => 'The Archive', anchor => '2000-01-02 06:00'),
	dbeng.manage_partitions('shop."Numbers"', '1000', 2, '5 partitions', 'drop', with_default => true),
	dbeng.manage_partitions('shop.snowflakes', '1 month', encoding => 'snowflake', snowflake_epoch => '2020-01-01 00:00:00+00', snowflake_shift => 20),
	dbeng.manage_partitions('shop.gone', '1000');
INSERT INTO shop."Numbers" SELECT generate_series(1, 2500);
DROP TABLE shop.gone;
SQL

my $sets = q{SELECT parent, control, step, premake, retention, partitions, newest_upper, on_expiry, time_zone, encoding, with_default, default_partition, ahead_wanted, archive_schema, enabled,
	next_due <= now() AS due FROM dbeng.partition_sets ORDER BY parent::text};
my $plan = q{SELECT action, partition, lower, upper, sql FROM dbeng.partition_plan() ORDER BY relation::text};
my ($before, $planned) = (sql('postgres', $sets), sql('postgres', $plan));
is(scalar(split /\n/, $before), 3, 'three sets');
isnt($planned, '', 'and something to do');

# The whole database, and by the ways of pg_restore: data after tables, or without triggers.
my $dump = $primary->basedir . '/dump';
$primary->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $primary->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$primary->command_ok([ 'pg_restore', '-e', '-d', $primary->connstr('restored'), $dump ], 'pg_restore');
is(sql('restored', $sets), $before, 'the same settings, and due at once');
is(sql('restored', $plan), $planned, 'the same plan');
is(sql('restored', 'SELECT count(*) FROM dbeng.partition_set'), '3', 'nothing is dumped of a table that is gone');
sql('restored', 'CALL dbeng.maintain_partitions()');
is(sql('restored', q{SELECT count(*) FROM dbeng.partition_sets WHERE last_run IS NOT NULL AND last_error IS NULL}), '3', 'and is looked after');
is(sql('restored', q{SELECT count(*) FROM shop."Numbers"}), '2500', 'all rows are there');

# A hot standby.
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $sets), $before, 'partition_sets on a standby');
is($standby->safe_psql('postgres', $plan), $planned, 'partition_plan() on a standby');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM dbeng.partitions'), sql('postgres', 'SELECT count(*) FROM dbeng.partitions'), 'partitions on a standby');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM dbeng.partition_calendar('1 day', '2026-01-01', '2026-01-31')}), '31', 'partition_calendar() on a standby');
for my $call (q{SELECT dbeng.manage_partitions('shop.days', '1 day')}, q{SELECT dbeng.unmanage_partitions('shop.days')})
{
	my ($status, $stdout, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\n$call");
	like($stderr, qr/ERROR:  25006:/, "$call is refused");
}
$_->stop for $standby, $primary;
done_testing();
