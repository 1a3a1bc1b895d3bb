# On a hot standby everything that looks works, and everything that writes says that it can't.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,dbeng'\n");
$primary->start;
$primary->safe_psql('postgres', 'CREATE EXTENSION pg_stat_statements; CREATE EXTENSION dbeng; CREATE TABLE no_key (a int)');
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->wait_for_catchup($standby);

is($standby->safe_psql('postgres', 'SELECT count(*), count(score) > 0 FROM dbeng.health()'), '8|t', 'health()');
is($standby->safe_psql('postgres', "SELECT count(*) > 0 FROM dbeng.findings() WHERE object LIKE '%no_key%'"), 't', 'findings()');
is($standby->safe_psql('postgres', 'SELECT count(*) > 0, count(*) FILTER (WHERE status IS NULL) FROM dbeng.check_results'),
	't|0', 'check_results');
is($standby->safe_psql('postgres', 'SELECT count(*) > 0 FROM dbeng.checks'), 't', 'checks');
is($standby->safe_psql('postgres', 'SELECT count(*) > 0 FROM dbeng.help()'), 't', 'help()');

my $id = $standby->safe_psql('postgres', 'SELECT min(check_id) FROM dbeng.checks');
for my $call ("configure_check('$id', enabled => false)", "ignore('$id')", "unignore('$id')", "attest('bak-restore-test', 'me', '2099-01-01')")
{
	my ($status, $stdout, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT dbeng.$call");
	like($stderr, qr/ERROR:  25006:/, "$call is refused");
}

$standby->promote;
is($standby->safe_psql('postgres', "SELECT dbeng.ignore('$id'); SELECT count(*) FROM dbeng.ignored") =~ s/^\s+//r, '1', 'after promotion it writes');
done_testing();
