# The extension as an object: it makes nothing outside its schema, leaves nothing behind, survives dump and
# restore, and an upgrade ends where a fresh installation begins.
use strict;
use warnings;
use FindBin;
use File::Copy 'copy';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('extension');
$node->init;
$node->append_conf('postgresql.conf', "log_statement = none\nautovacuum = off\n");
$node->start;

# Every object of a database by identity, and how many rows the catalogs without identities have.
sub objects
{
	my ($database) = @_;
	my $sql = $node->safe_psql($database, <<'END');
SELECT string_agg(CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = 'oid') THEN
		format('SELECT %L || i.type, i.schema, i.identity FROM pg_catalog.%I o, pg_identify_object(%s, o.oid, 0) i', '', relname, c.oid)
	ELSE format('SELECT %L, NULL, count(*)::text FROM pg_catalog.%I', relname, relname) END, ' UNION ALL ')
FROM pg_class c
WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'pg\_statistic%'
END
	return map { $_ => 1 } split /\n/, $node->safe_psql($database, $sql);
}

sub created
{
	my ($before, $after) = @_;
	return grep { !$before->{$_} && !/^pg_/ } sort keys %$after;
}

for my $preloaded (0, 1)
{
	my $how = $preloaded ? 'preloaded' : 'not preloaded';
	if ($preloaded)
	{
		$node->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\n");
		$node->restart;
	}
	$node->safe_psql('postgres', "CREATE DATABASE d$preloaded");
	my %before = objects("d$preloaded");
	$node->safe_psql("d$preloaded", 'CREATE EXTENSION dbeng');
	my %with = objects("d$preloaded");
	my @strangers = grep { !/\|(?:dbeng|pg_toast)\|/ && !/\|\|.*\bdbeng/ } created(\%before, \%with);
	is(join("\n", @strangers), '', "$how: everything made is in schema dbeng");
	is($node->safe_psql("d$preloaded", 'SELECT count(*) FROM dbeng.health()'), 8, "$how: health() answers");
	$node->safe_psql("d$preloaded", 'DROP EXTENSION dbeng');
	my %after = objects("d$preloaded");
	is(join("\n", sort grep { !$before{$_} } keys %after), '', "$how: DROP EXTENSION leaves nothing");
	is(join("\n", sort grep { !$after{$_} } keys %before), '', "$how: DROP EXTENSION takes nothing else");
}

# Refusals.
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng');
my ($status, $stdout, $stderr) = $node->psql('postgres', 'CREATE SCHEMA s; ALTER EXTENSION dbeng SET SCHEMA s');
like($stderr, qr/does not support SET SCHEMA/, 'ALTER EXTENSION SET SCHEMA is refused');
($status, $stdout, $stderr) = $node->psql('postgres', 'CREATE DATABASE other');
($status, $stdout, $stderr) = $node->psql('other', 'CREATE EXTENSION dbeng SCHEMA public');
like($stderr, qr/must be installed in schema "pg_catalog"/, 'CREATE EXTENSION in another schema is refused');

# Dump and restore keep what a user configured.
my @kept = qw(check_setting ignored attestation);
my $content = join ' UNION ALL ', map { "SELECT '$_', to_jsonb(t)::text FROM dbeng.$_ t" } @kept;
$node->safe_psql('postgres', <<'END');
SELECT dbeng.configure_check(check_id, severity => 'notice') FROM (SELECT min(check_id) AS check_id FROM dbeng.checks) c;
SELECT dbeng.ignore(min(check_id), 'public.t', 'it''s known', '2099-01-01') FROM dbeng.checks;
SELECT dbeng.attest('bak-restore-test', 'me', '2099-01-01', 'seen');
END
my $kept = $node->safe_psql('postgres', "$content ORDER BY 1, 2");
is(scalar(split(/\n/, $kept)), 3, 'a configured check, an ignored object and an attestation are stored');
$node->command_ok([ 'pg_dump', '-f', $node->basedir . '/dump.sql', $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', $node->basedir . '/dump.sql', $node->connstr('restored') ], 'restore');
is($node->safe_psql('restored', "$content ORDER BY 1, 2"), $kept, 'the restored database has the same configuration');

# An older version is made up: a table, a function and a comment are missing, another function differs. Its upgrade
# script holds the table by hand; make appends the rest, as for a real one.
my $source = "$FindBin::Bin/../..";
(my $extension_dir = `pg_config --sharedir`) =~ s/\s*$/\/extension/;
my ($version) = slurp_file("$source/dbeng.control") =~ /default_version = '(.*)'/;
my $fresh = slurp_file("$extension_dir/dbeng--$version.sql");
my ($table) = $fresh =~ /^(CREATE TABLE dbeng\.attestation\b.*?;\n(?:SELECT pg_catalog\.pg_extension_config_dump\('dbeng\.attestation'.*?;\n)?)/ms;
my $old = $fresh;
ok($old =~ s/\Q$table\E//, 'table attestation taken out of the older version');
ok($old =~ s/^(?:COMMENT ON|REVOKE|GRANT)[^;]*\bdbeng\.attestation\b.*?;\n//msg || 1, 'what belongs to it as well');
ok($old =~ s/pg_extension_config_dump\('dbeng\.attestation'/pg_extension_config_dump('dbeng.ignored'/g || 1, 'its dump mark as well');
ok($old =~ s/^(COMMENT ON FUNCTION dbeng\.health\(\) IS) '(?:[^']|'')*';/$1 'older';/m, 'a comment differs');
my @made = map { "$extension_dir/$_" } 'dbeng--0.9.0.sql', "dbeng--0.9.0--$version.sql";
my $upgrade = "$source/upgrade/dbeng--0.9.0--$version.sql";
mkdir "$source/upgrade";
append_to_file($made[0], $old);
append_to_file($upgrade, $table);
system_or_bail('make', '-s', '-C', $source, "dbeng--0.9.0--$version.sql");
copy("$source/dbeng--0.9.0--$version.sql", $made[1]) or die $!;
END { unlink grep { defined } @made, $upgrade }

$node->safe_psql('postgres', 'CREATE DATABASE upgraded');
$node->safe_psql('postgres', 'CREATE DATABASE fresh');
$node->safe_psql('fresh', 'CREATE EXTENSION dbeng');
$node->safe_psql('upgraded', "CREATE EXTENSION dbeng VERSION '0.9.0'");
is($node->safe_psql('upgraded', "SELECT to_regclass('dbeng.attestation')"), '', 'the older version is older');
$node->safe_psql('upgraded', "CREATE VIEW public.mine AS SELECT * FROM dbeng.check_results; ALTER EXTENSION dbeng UPDATE; DROP VIEW public.mine");

# --binary-upgrade dumps an extension's members one by one.
sub members
{
	my ($database) = @_;
	my ($out) = run_command([ 'pg_dump', '--schema-only', '--binary-upgrade', $node->connstr($database) ]);
	$out =~ s/relfrozenxid = '\d+', relminmxid = '\d+'|\d{5,}/N/g;
	$out =~ s/^(?:-- .*|SELECT pg_catalog\.binary_upgrade.*|\\(?:un)?restrict .*|\s*)\n//mg;
	return $out;
}
my ($of_fresh, $of_upgraded) = map { members($_) } qw(fresh upgraded);
cmp_ok(length $of_fresh, '>', 1000, 'the dump has the members');
ok($of_fresh eq $of_upgraded, 'an upgraded and a fresh installation dump the same') or do
{
	append_to_file($node->basedir . "/$_->[0]", $_->[1]) for [ 'a', $of_fresh ], [ 'b', $of_upgraded ];
	diag(`diff @{[ $node->basedir ]}/a @{[ $node->basedir ]}/b | head -40`);
};
$node->stop;
done_testing();
