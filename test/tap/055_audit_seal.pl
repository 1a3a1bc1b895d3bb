# Seals over the audit log while others write it, over crashes, dumps and restores, on a standby and after its promotion: never
# a false alarm; and what was changed in the files themselves is found.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('seal');
# Its files are written to, and the log has to notice that by itself.
$node->init(allows_streaming => 1, no_data_checksums => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = off
log_statement = none
max_prepared_transactions = 10
END
$node->start;
sub sql { return $node->safe_psql(@_) }

sub verified
{
	my ($on, $database, $unsealed, $what) = @_;
	is($on->safe_psql($database, 'SELECT broken, unsealed, problem FROM dbeng.verify_audit()'), "0|$unsealed|", $what);
}

sql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE TABLE t (id int PRIMARY KEY, v text);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE kinds (id int PRIMARY KEY, m mood, n numeric);
SELECT dbeng.enable_audit('t'), dbeng.enable_audit('kinds');
INSERT INTO t SELECT i, 'value ' || i FROM generate_series(1, 1000) i;
INSERT INTO kinds VALUES (1, 'sad', 1.5);
END
is(sql('postgres', 'SELECT dbeng.seal_audit() > 0'), 't', 'sealed');
verified($node, 'postgres', 0, 'all is sealed');

# A transaction that is open, one that is prepared, and those after them, which are over.
my $open = $node->background_psql('postgres', on_error_die => 1);
$open->query_safe('BEGIN; UPDATE t SET v = v || repeat(md5(id::text), 10); SELECT dbeng._audit_flush()');
my $open_2 = $node->background_psql('postgres', on_error_die => 1);
$open_2->query_safe('BEGIN; INSERT INTO t SELECT i, repeat(md5(i::text), 10) FROM generate_series(2001, 3000) i; SELECT dbeng._audit_flush()');
sql('postgres', "BEGIN; INSERT INTO t VALUES (4001, 'prepared'); PREPARE TRANSACTION 'kept'");
sql('postgres', "BEGIN; INSERT INTO t VALUES (4002, 'prepared'); PREPARE TRANSACTION 'undone'");
sql('postgres', "INSERT INTO t VALUES (5001, 'over')");
is(sql('postgres', 'SELECT dbeng.seal_audit()'), '0', 'nothing is sealed before what is open');
verified($node, 'postgres', 1, 'what is over waits for it');
$open->query_safe('COMMIT');
is(sql('postgres', 'SELECT dbeng.seal_audit() > 0'), 't', 'one of them is over');
verified($node, 'postgres', 1, 'it is sealed, not what is later than others');
$open_2->query_safe('ROLLBACK');
is(sql('postgres', 'SELECT dbeng.seal_audit()'), '0', 'there are prepared ones still');
sql('postgres', q{COMMIT PREPARED 'kept'});
sql('postgres', q{ROLLBACK PREPARED 'undone'});
is(sql('postgres', 'SELECT dbeng.seal_audit()'), '2', 'all is over, and sealed');
verified($node, 'postgres', 0, 'all is verified');
$_->quit for $open, $open_2;
is(sql('postgres', q{BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; INSERT INTO t VALUES (5002, 'mine'); SELECT dbeng.seal_audit(); COMMIT}), "1\n0",
	'a transaction does not seal itself');

# Sealing and verifying while others write, commit late and roll back, and the worker seals as well.
sql('postgres', 'ALTER SYSTEM SET dbeng.enabled = on');
sql('postgres', 'SELECT pg_reload_conf()');
my @writers;
for my $writer (1 .. 3)
{
	my $script = $node->basedir . "/writer_$writer.sql";
	PostgreSQL::Test::Utils::append_to_file($script, <<'END');
\set id random(1, 1000)
\set kind random(1, 10)
BEGIN;
UPDATE t SET v = 'now ' || :kind || repeat('x', :kind * 100) WHERE id = :id;
SAVEPOINT s;
UPDATE t SET v = v || '!' WHERE id BETWEEN :id AND :id + 20 * :kind;
SELECT dbeng._audit_flush();
ROLLBACK TO s;
\if :kind < 3
\sleep 50 ms
\endif
UPDATE t SET v = v || '?' WHERE id = :id;
\if :kind = 5
ROLLBACK;
\else
COMMIT;
\endif
END
	my ($in, $out, $err) = ('', '', '');
	push @writers, { handle => IPC::Run::start([ 'pgbench', '-n', '-c', '2', '-T', '6', '-f', $script, $node->connstr('postgres') ], \$in, \$out, \$err), err => \$err };
}
my ($alarms, $seen, $seals) = ('', 0, 0);
my $until = time + 6;
while (time < $until)
{
	sql('postgres', "SELECT dbeng.run_now('audit seals')");
	sql('postgres', 'SELECT dbeng.seal_audit()');
	my ($entries, $broken, $problem) = split /\|/, sql('postgres', 'SELECT entries, broken, problem FROM dbeng.verify_audit()'), -1;
	$alarms .= "$broken $problem\n" if $broken > 0 || $problem ne '';
	$seen = $entries;
}
$_->{handle}->finish for @writers;
is(join('', map { ${ $_->{err} } =~ /ERROR.*/ ? "$&\n" : '' } @writers), '', 'writers never fail');
is($alarms, '', 'no alarm while they write');
cmp_ok($seen, '>', 1000, 'there was something to verify');
sql('postgres', 'ALTER SYSTEM SET dbeng.enabled = off');
sql('postgres', 'SELECT pg_reload_conf()');
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM dbeng.workers WHERE kind = 'worker'}) or die;
sql('postgres', 'SELECT dbeng.seal_audit()');
verified($node, 'postgres', 0, 'all is sealed in the end');
is(sql('postgres', 'SELECT entries FROM dbeng.verify_audit()'), sql('postgres', 'SELECT count(*) FROM dbeng.audit_log'), 'every change of the log');

# Two at once: one waits for the other.
my $first = $node->background_psql('postgres', on_error_die => 1);
sql('postgres', q{UPDATE t SET v = 'two' WHERE id < 10});
$first->query_safe('BEGIN; SELECT dbeng.seal_audit()');
my $second = $node->background_psql('postgres', on_error_die => 1);
$second->query_until(qr/begun/, "\\echo begun\nSELECT dbeng.seal_audit();\n\\echo done\n");
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted}) or die;
sql('postgres', q{UPDATE t SET v = 'three' WHERE id < 10});
verified($node, 'postgres', 18, 'who verifies and who writes waits for nobody');
$first->query_safe('COMMIT');
$second->query_until(qr/done/, '');
$_->quit for $first, $second;
verified($node, 'postgres', 0, 'the second has sealed what came meanwhile');

# A crash in the middle of sealing.
sql('postgres', q{UPDATE t SET v = 'crash'});
my ($in, $out, $err) = ('', '', '');
my $crash = IPC::Run::start([ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', 'BEGIN', '-c', 'SELECT dbeng.seal_audit()', '-c', 'SELECT pg_sleep(600)' ], \$in, \$out, \$err);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) or die;
sql('postgres', 'CHECKPOINT');
$node->stop('immediate');
$crash->finish;
$node->start;
verified($node, 'postgres', sql('postgres', 'SELECT count(*) FROM t WHERE v = $$crash$$'), 'a seal that was not committed is none');
sql('postgres', 'SELECT dbeng.seal_audit()');
verified($node, 'postgres', 0, 'and is made anew');

# A standby verifies; promoted it seals on, and so does the server it comes from.
sql('postgres', q{UPDATE t SET v = 'standby' WHERE id = 1});
my $head = sql('postgres', 'SELECT head FROM dbeng.verify_audit()');
$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('seal_standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
verified($standby, 'postgres', 1, 'on a standby');
is($standby->safe_psql('postgres', "SELECT problem FROM dbeng.verify_audit(expected_head => '$head')"), '', 'with a head that the primary told');
(my $status, $out, $err) = $standby->psql('postgres', 'SELECT dbeng.seal_audit()');
like($err, qr/cannot execute dbeng.seal_audit\(\) during recovery/, 'it seals nothing');
$standby->promote;
for my $server ($standby, $node)
{
	$server->safe_psql('postgres', q{UPDATE t SET v = 'both' WHERE id < 4});
	is($server->safe_psql('postgres', 'SELECT dbeng.seal_audit()'), '2', $server->name . ' seals on');
	verified($server, 'postgres', 0, $server->name . ' is verified');
}
$standby->stop;

# Dumps: into the same cluster, into another, from there back. What is not sealed yet is sealed there.
sql('postgres', q{UPDATE t SET v = 'unsealed' WHERE id = 3});
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
sql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore into the same cluster');
verified($node, 'restored', 1, 'as it was');
sql('restored', q{UPDATE t SET v = 'there' WHERE id < 3});
is(sql('restored', 'SELECT dbeng.seal_audit()'), '2', 'sealed there');
verified($node, 'restored', 0, 'verified there');
is(sql('restored', "SELECT problem FROM dbeng.verify_audit(expected_head => '$head')"), '', 'heads of before are known there');
is(sql('postgres', 'SELECT dbeng.seal_audit()'), '1', 'the first one goes on');
verified($node, 'postgres', 0, 'and is verified');

my $other = PostgreSQL::Test::Cluster->new('seal_other');
$other->init(extra => [ '--encoding', 'LATIN1', '--locale', 'C' ]);
$other->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = off\nmax_prepared_transactions = 10\n");
$other->start;
sql('postgres', q{SET app.user_id = 'Zoë'; UPDATE t SET v = 'ümlaut' WHERE id < 3; });
sql('postgres', 'SELECT dbeng.seal_audit()');
sql('postgres', q{UPDATE t SET v = 'unsealed again' WHERE id = 3});
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$other->safe_psql('postgres', q{CREATE DATABASE far; CREATE DATABASE latin});
sub other { my $database = shift; return $other->safe_psql($database, @_) }
$other->command_ok([ 'pg_restore', '--exit-on-error', '-d', $other->connstr('far'), $dump ], 'pg_restore into another cluster and encoding');
verified($other, 'far', 1, 'as it was');
is(other('far', 'SELECT dbeng.seal_audit()'), '1', 'what came with it is sealed first');
verified($other, 'far', 0, 'and verified');
other('far', q{UPDATE t SET v = 'far' WHERE id < 4});
other('far', q{ALTER TABLE kinds ADD more int; INSERT INTO kinds VALUES (7, 'happy', 2, 3)});
verified($other, 'far', 4, 'smaller transaction ids are no alarm');
is(other('far', 'SELECT dbeng.seal_audit()'), '2', 'they are sealed');
verified($other, 'far', 0, 'and verified');
is(other('far', 'SELECT count(DISTINCT cluster) FROM dbeng_audit.seals'), '2', 'under this cluster\'s number');
is(other('far', "SELECT problem FROM dbeng.verify_audit(expected_head => '$head')"), '', 'heads of before are known there');
# And home again, without the way back having been sealed.
other('far', q{UPDATE t SET v = 'home' WHERE id = 4});
$other->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $other->connstr('far') ], 'pg_dump there');
sql('postgres', 'CREATE DATABASE home');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('home'), $dump ], 'pg_restore here');
verified($node, 'home', 1, 'as it was');
sql('home', q{UPDATE t SET v = 'home again' WHERE id < 7});
verified($node, 'home', 7, 'with new changes');
is(sql('home', 'SELECT dbeng.seal_audit()'), '2', 'both are sealed');
verified($node, 'home', 0, 'and verified');
$other->stop;

# Retention drops a month; somebody else does, too.
my $months = <<'END';
ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL;
INSERT INTO dbeng_audit.log_rest (log_id, changed_at, written_at, transaction_id, changes, cluster, db_user, payload)
	SELECT 1000000 + i, at, at, pg_current_xact_id(), 5, (SELECT cluster FROM dbeng_audit.log LIMIT 1), 'ada', '\x0000' FROM generate_series(1, 4) i, LATERAL (SELECT '2020-01-10'::timestamptz + i * interval '20 days') AS t(at);
ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse";
END
sql('postgres', $months);
sql('postgres', 'SELECT dbeng.seal_audit()');
verified($node, 'postgres', 0, 'with months of long ago');
sub job
{
	my ($job) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM dbeng.workers WHERE database = 'postgres' AND kind = 'worker'") or die;
	my $before = sql('postgres', "SELECT coalesce(max(last_run), '-infinity') FROM dbeng.jobs WHERE job = '$job'");
	sql('postgres', "SELECT dbeng.run_now('$job')");
	$node->poll_query_until('postgres', "SELECT last_run > '$before' AND last_status <> 'running' FROM dbeng.jobs WHERE job = '$job'") or die "$job does not run";
	return sql('postgres', "SELECT last_status, last_error FROM dbeng.jobs WHERE job = '$job'");
}
sql('postgres', q{ALTER SYSTEM SET dbeng.enabled = on});
sql('postgres', q{ALTER SYSTEM SET dbeng.databases = 'postgres'});
sql('postgres', 'SELECT pg_reload_conf()');
is(job('audit partitions'), 'succeeded|', 'they get a partition');
verified($node, 'postgres', 0, 'moved, they are what they were');
$head = sql('postgres', 'SELECT head FROM dbeng.verify_audit()');
my $name = sql('postgres', q{SELECT tableoid::regclass FROM dbeng_audit.log WHERE changed_at < '2021-01-01' LIMIT 1});
my $missing = sql('postgres', "BEGIN; DROP TABLE $name; SELECT broken, first_broken, problem FROM dbeng.verify_audit(); ROLLBACK");
is($missing =~ s/ seal \d+$//r, '20|1000001|entry 1000001 is missing of what is under', 'dropped by hand, its entries are missing');
sql('postgres', 'ALTER SYSTEM SET dbeng.audit_retention = $$400d$$');
sql('postgres', 'SELECT pg_reload_conf()');
is(job('audit retention'), 'succeeded|', 'retention drops it');
is(sql('postgres', q{SELECT count(*) FROM dbeng_audit.log WHERE changed_at < '2021-01-01'}), '0', 'it is gone');
is(sql('postgres', q{SELECT string_agg(to_char(month AT TIME ZONE 'UTC', 'YYYY-MM') || ' ' || chunks || ' ' || changes, ', ' ORDER BY month) FROM dbeng_audit.seals WHERE kind = 'd'}),
	'2020-01 1 5, 2020-02 1 5, 2020-03 2 10', 'with a seal that says so for each month');
is(sql('postgres', q{SELECT sum(octet_length(checks)) FROM dbeng_audit.seals WHERE month < '2021-01-01'}), '0', 'what told its chunks apart is gone, too');
verified($node, 'postgres', 0, 'that is no alarm');
is(sql('postgres', "SELECT problem FROM dbeng.verify_audit(expected_head => '$head')"), '', 'the chain is whole');
sql('postgres', $months =~ s/pg_current_xact_id\(\)/'5'/r);
is(sql('postgres', 'SELECT broken, first_broken FROM dbeng.verify_audit()'), '20|1000001', 'what is put in its place is found');
sql('postgres', q{ALTER TABLE dbeng_audit.log_rest DISABLE TRIGGER ALL; TRUNCATE dbeng_audit.log_rest; ALTER TABLE dbeng_audit.log_rest ENABLE ALWAYS TRIGGER "!dbeng_audit_refuse"});
verified($node, 'postgres', 0, 'gone again');

# The worker seals by itself: much at once, little when it is old.
sql('postgres', q{DO $$ BEGIN FOR i IN 1..150 LOOP UPDATE t SET v = 'worker' || i WHERE id = i; COMMIT; END LOOP; END $$});
is(job('audit seals'), 'succeeded|', 'the job runs');
verified($node, 'postgres', 0, 'and has sealed much');
sql('postgres', q{UPDATE t SET v = 'little' WHERE id = 1});
is(job('audit seals'), 'succeeded|', 'it runs again');
verified($node, 'postgres', 1, 'and has left little');

# In the files: a name, and the packed changes themselves.
sql('postgres', q{ALTER SYSTEM SET dbeng.enabled = off});
sql('postgres', q{SELECT pg_reload_conf()});
sql('postgres', q{SET app.user_id = 'MARK-OF-ADA'; UPDATE t SET v = repeat(md5(id::text), 3)});
sql('postgres', 'SELECT dbeng.seal_audit()');
verified($node, 'postgres', 0, 'all is sealed');
my $file = $node->data_dir . '/' . sql('postgres', q{SELECT pg_relation_filepath(tableoid) FROM dbeng_audit.log WHERE changed_by = 'MARK-OF-ADA' LIMIT 1});
my $changed = sql('postgres', q{SELECT count(*), min(log_id), max(log_id), sum(changes) FROM dbeng_audit.log WHERE changed_by = 'MARK-OF-ADA'});
my (undef, $lowest, undef, $all) = split /\|/, $changed;
sub with_file
{
	my ($change) = @_;
	$node->stop;
	open my $handle, '+<:raw', $file or die;
	local $/;
	my $content = <$handle>;
	$change->() for $content;
	seek $handle, 0, 0;
	print $handle $content;
	close $handle;
	$node->start;
}
with_file(sub { s/MARK-OF-ADA/MARK-OF-EVE/g });
is(sql('postgres', 'SELECT broken, first_broken FROM dbeng.verify_audit()'), "$all|$lowest", 'a name that was changed in the file');
with_file(sub { s/MARK-OF-EVE/MARK-OF-ADA/g });
verified($node, 'postgres', 0, 'changed back');
my $saved;
with_file(sub { $saved = $_; s/(MARK-OF-ADA.{400}).{400}/$1 . "\xff" x 400/ges });
my ($broken, $problem) = split /\|/, sql('postgres', 'SELECT broken, problem FROM dbeng.verify_audit()');
cmp_ok($broken, '>', 0, "entries that cannot be read: $problem");
with_file(sub { s/(MARK-OF-ADA.{400}).{400}/$1 . "\0" x 400/ges });
($broken, $problem) = split /\|/, sql('postgres', 'SELECT broken, problem FROM dbeng.verify_audit()');
cmp_ok($broken, '>', 0, "entries of zeros: $problem");
sql('postgres', q{UPDATE t SET v = 'after' WHERE id = 2});
is(sql('postgres', 'SELECT dbeng.seal_audit()'), '1', 'sealing goes on all the same');

# Sealing what nobody can read.
sql('postgres', q{SET app.user_id = 'MARK-OF-BOB'; UPDATE t SET v = repeat(md5(v), 3)});
$file = $node->data_dir . '/' . sql('postgres', q{SELECT pg_relation_filepath(tableoid) FROM dbeng_audit.log WHERE changed_by = 'MARK-OF-BOB' LIMIT 1});
with_file(sub { s/(MARK-OF-BOB.{400}).{400}/$1 . "\xff" x 400/ges });
cmp_ok(sql('postgres', 'SELECT dbeng.seal_audit()'), '>', 0, 'what cannot be read holds up nothing');
$node->stop;
done_testing();
