# Who CALLs maintenance, from where, and what becomes of his session: in blocks, functions, procedures and pipelines, cut short in each phase,
# several at a time. It is refused with what to do, or done; never is anything left behind.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

$ENV{PGUSER} = 'postgres';
$ENV{PGOPTIONS} = '-c client_min_messages=warning';
my $node = PostgreSQL::Test::Cluster->new('partition_calls');
$node->init(extra => [ '-U', 'postgres' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ndbeng.enabled = off\nautovacuum = off\nmax_prepared_transactions = 2\n");
$node->start;
sub sql { return $node->safe_psql('postgres', join ";\n", @_) }
# What a script of psql says, in the words of a client that sees everything.
sub told
{
	my ($script) = @_;
	my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$script\nSELECT 'alive'", on_error_stop => 0);
	return ($out, $err);
}
# Nobody but who is meant to be has a lock on a set, nor is a turn at one left.
sub nothing_left
{
	my ($what) = @_;
	is(sql(q(SELECT count(*) FROM pg_locks WHERE pid <> pg_backend_pid() AND (locktype = 'advisory' OR mode ~ 'Exclusive'))), 0, "$what: no lock is left");
	return;
}

sql('CREATE EXTENSION dbeng', 'CREATE ROLE keeper LOGIN', 'CREATE ROLE helper LOGIN IN ROLE keeper', 'CREATE ROLE stranger LOGIN', 'CREATE ROLE chief LOGIN SUPERUSER', 'CREATE SCHEMA kept AUTHORIZATION keeper', 'GRANT USAGE ON SCHEMA kept TO PUBLIC');
sql(<<'END');
SET ROLE keeper;
CREATE TABLE kept.rest (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at);
SELECT dbeng.manage_partitions('kept.rest', '1 day', 1, with_default => true);
CREATE TABLE kept.days (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at);
SELECT dbeng.manage_partitions('kept.days', '1 day', 1);
CREATE TABLE kept.plain (at timestamptz NOT NULL, n int);
CREATE FUNCTION kept.in_plpgsql() RETURNS void LANGUAGE plpgsql AS $$BEGIN CALL dbeng.maintain_partitions('kept.rest'); END$$;
CREATE FUNCTION kept.in_sql() RETURNS void LANGUAGE sql AS $$CALL dbeng.maintain_partitions('kept.rest')$$;
CREATE PROCEDURE kept.executes() LANGUAGE plpgsql AS $$BEGIN EXECUTE 'CALL dbeng.maintain_partitions(''kept.rest'')'; END$$;
CREATE PROCEDURE kept.pinned() LANGUAGE plpgsql SET search_path = pg_catalog AS $$BEGIN CALL dbeng.maintain_partitions('kept.rest'); END$$;
CREATE PROCEDURE kept.definer() LANGUAGE plpgsql SECURITY DEFINER AS $$BEGIN CALL dbeng.maintain_partitions('kept.rest'); END$$;
CREATE PROCEDURE kept.catches() LANGUAGE plpgsql AS $$BEGIN
	BEGIN CALL dbeng.maintain_partitions('kept.rest'); EXCEPTION WHEN active_sql_transaction THEN RAISE WARNING 'caught'; END;
	CALL dbeng.maintain_partitions('kept.rest');
END$$;
CREATE PROCEDURE kept.commits() LANGUAGE plpgsql AS $$BEGIN
	CREATE TEMP TABLE noted (n int);
	INSERT INTO noted VALUES (1);
	COMMIT;
	CALL dbeng.maintain_partitions('kept.rest');
	INSERT INTO noted VALUES (2);
	COMMIT;
	CALL dbeng.drain_default('kept.rest');
	INSERT INTO noted VALUES (3);
	ROLLBACK;
	CALL dbeng.maintain_partitions('kept.days');
END$$;
CREATE PROCEDURE kept.loops() LANGUAGE plpgsql AS $$DECLARE s record; BEGIN
	FOR s IN SELECT parent FROM dbeng.partition_sets ORDER BY 1 LOOP CALL dbeng.maintain_partitions(s.parent); END LOOP;
END$$;
END

# Where nothing can be committed it is refused, with what to do instead.
my $refusal = qr/ERROR:  25001: CALL dbeng\.\w+\(\) cannot run inside a transaction block.*DETAIL:  \w.*HINT:  COMMIT first/s;
for my $call (q(maintain_partitions('kept.rest')), q(drain_default('kept.rest')), q(partition_table('kept.plain', 'at', '1 day')), q(unpartition_table('kept.days')))
{
	my %where = (
		'a block' => "BEGIN;\nCALL dbeng.$call;\nROLLBACK;",
		'a savepoint' => "BEGIN;\nSAVEPOINT a;\nCALL dbeng.$call;\nROLLBACK TO a;\nROLLBACK;",
		'several statements at once' => "SELECT 1\\; CALL dbeng.$call\\; SELECT 2;",
		'without autocommit' => "\\set AUTOCOMMIT off\nCALL dbeng.$call;\nROLLBACK;\n\\set AUTOCOMMIT on");
	for my $where (sort keys %where)
	{
		my ($out, $err) = told($where{$where});
		like($err, $refusal, "$call in $where");
		like($out, qr/alive$/, 'and the session goes on');
	}
}
for my $call ('SELECT kept.in_plpgsql()', 'SELECT kept.in_sql()', 'CALL kept.executes()', 'CALL kept.pinned()', 'CALL kept.definer()')
{
	my ($out, $err) = told("$call;");
	like($err, $refusal, $call);
}
is(sql(q(SELECT count(*) FROM pg_class WHERE relname = 'plain' AND relkind = 'r')), 1, 'nothing was changed');

# Where it can be, it is done.
my $want = q(UPDATE dbeng.partition_set SET premake = premake + 1;);
my $count = q(SELECT count(*) FROM pg_inherits WHERE inhparent IN ('kept.rest'::regclass, 'kept.days'::regclass););
my %done = (
	'DO' => [ q(DO $$BEGIN CALL dbeng.maintain_partitions('kept.rest'); CALL dbeng.maintain_partitions('kept.days'); END$$;), '' ],
	'a loop over a query' => [ 'CALL kept.loops();', '' ],
	'a procedure that commits' => [ "CALL kept.commits();\nSELECT string_agg(n::text, ' ') FROM noted;", '1 2' ],
	'beside one that was refused' => [ "CALL kept.catches();\nCALL dbeng.maintain_partitions('kept.days');", '', qr/caught/ ],
	'with a cursor that is held' => [ "BEGIN;\nDECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 3);\nFETCH c;\nCOMMIT;\nCALL dbeng.maintain_partitions();\nFETCH c;\nCALL dbeng.drain_default('kept.rest');\nFETCH c;", "1\n2\n3" ],
	'with temporary tables' => [ "CREATE TEMP TABLE a (n int) ON COMMIT DELETE ROWS;\nCREATE TEMP TABLE b (n int);\nINSERT INTO b VALUES (7);\nCALL dbeng.maintain_partitions();\nTABLE b;", '7' ],
	'with settings of its own' => [ "SET lock_timeout = '7s';\nSET TimeZone = 'Asia/Tokyo';\nSET DateStyle = 'SQL, DMY';\nSET search_path = kept;\nSET default_transaction_isolation = 'serializable';\nCALL dbeng.maintain_partitions();\n"
		. "SELECT concat_ws(' ', current_setting('lock_timeout'), current_setting('TimeZone'), current_setting('DateStyle'), current_setting('search_path'), current_setting('transaction_isolation'));", '7s Asia/Tokyo SQL, DMY kept serializable' ],
	'as the owner' => [ "SET SESSION AUTHORIZATION keeper;\nCALL dbeng.maintain_partitions();\nSELECT current_user;", 'keeper' ],
	'as a member of the owner' => [ "SET SESSION AUTHORIZATION helper;\nCALL dbeng.maintain_partitions();\nSELECT current_user;", 'helper' ],
	'as a superuser, by SET ROLE' => [ "SET ROLE chief;\nCALL dbeng.maintain_partitions();\nSELECT current_user;", 'chief' ]);
for my $how (sort keys %done)
{
	my $before = sql($want . $count);
	my ($script, $wanted, $warns) = @{ $done{$how} };
	my ($out, $err) = told($script);
	is($out, $wanted eq '' ? 'alive' : "$wanted\nalive", "$how: it ends well");
	defined $warns ? like($err, $warns, "$how: and says so") : is($err, '', "$how: in silence");
	is(sql($count), $before + 2, "$how: a partition more in each set");
}
is(sql(q(SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'kept'::regnamespace AND relowner <> 'keeper'::regrole)), 0, q(whoever calls, all of it is the owner's));
my ($out, $err) = told("SET SESSION AUTHORIZATION stranger;\nCALL dbeng.maintain_partitions('kept.rest');\nCALL dbeng.drain_default('kept.rest');\nCALL dbeng.unpartition_table('kept.rest');\nCALL dbeng.maintain_partitions();");
is(() = $err =~ /ERROR:  42501: must be owner of table kept.rest/g, 3, 'a stranger is refused, and has no set of his own');

# Extended protocol, prepared statements and pipelines; and four at once, each of whom waits for his turn.
append_to_file($node->basedir . '/calls.sql', "CALL dbeng.maintain_partitions();\nCALL dbeng.drain_default('kept.rest');\n");
append_to_file($node->basedir . '/pipeline.sql', "\\startpipeline\nCALL dbeng.maintain_partitions();\nSELECT 1;\n\\endpipeline\n");
for my $mode (qw(simple extended prepared))
{
	$node->command_checks_all([ 'pgbench', '-n', '-M', $mode, '-c', 4, '-t', 10, '-f', $node->basedir . '/calls.sql', $node->connstr('postgres') ], 0, [qr/processed: 40\/40/], [qr/^((?!ERROR|WARNING).)*$/s], "four at once, $mode");
}
$node->command_checks_all([ 'pgbench', '-n', '-M', 'extended', '-c', 2, '-t', 10, '-f', $node->basedir . '/pipeline.sql', $node->connstr('postgres') ], 0, [qr/processed: 20\/20/], [qr/^((?!ERROR|WARNING).)*$/s], 'in a pipeline');
nothing_left('after many');

# Much to do: partitions to make and to drop, and rows to move.
sub make_work
{
	sql('DROP TABLE IF EXISTS kept.goes, kept.full', 'SET ROLE keeper', 'CREATE TABLE kept.goes (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at)', 'CREATE TABLE kept.full (at timestamptz NOT NULL, n int) PARTITION BY RANGE (at)',
		(map { "CREATE TABLE kept.goes_$_ PARTITION OF kept.goes FOR VALUES FROM ('2020-01-0$_ 00:00+00') TO ('2020-01-0@{[ $_ + 1 ]} 00:00+00')" } 1 .. 4),
		q(SELECT dbeng.manage_partitions('kept.goes', '1 day', 0, '2 days', 'drop')), q(SELECT dbeng.manage_partitions('kept.full', '1 day', 0, with_default => true)),
		q(INSERT INTO kept.full SELECT now() + i * interval '1 minute', i FROM generate_series(-13000, 6999) i), 'RESET ROLE', q(UPDATE dbeng.partition_set SET premake = 6 WHERE parent IN ('kept.goes'::regclass, 'kept.full'::regclass)));
	return;
}
sub all_done
{
	my ($what) = @_;
	is(sql(q(SELECT count(*) FROM pg_class WHERE relname ~ '^goes_2020|^goes_\d$')), 0, "$what: what is expired is gone");
	is(sql(q(SELECT count(*), count(DISTINCT n) FROM kept.full)), '20000|20000', "$what: each row is there once");
	is(sql(q(SELECT count(*) FROM kept.full_default)), 0, "$what: where it belongs");
	is(sql(q(SELECT string_agg(last_error, ' ') FROM dbeng.partition_sets)), '', "$what: nothing is left to say");
	is(sql(q(SELECT count(*) FROM dbeng.partition_leaving)), 0, "$what: nothing is half done");
	is(sql(q(SELECT count(*) FROM pg_class WHERE relkind = 'r' AND NOT relispartition AND relname ~ '^(goes|full)')), 0, "$what: no table is left over");
	nothing_left($what);
	return;
}

# Two of everything, and one of a part.
make_work();
my @calls = map { my ($sql, $said) = ($_, ''); { said => \$said, run => IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', $sql ], '>', \my $none, '2>', \$said) } } 'CALL dbeng.maintain_partitions()', 'CALL dbeng.maintain_partitions()', q(CALL dbeng.maintain_partitions('kept.full')), q(CALL dbeng.drain_default('kept.full'));
IPC::Run::finish($_->{run}) for @calls;
is(join('', map { ${ $_->{said} } } @calls), '', 'four at the same work do not find fault with each other');
all_done('four at once');

# Cut short by a timeout, a cancel, an end of the session, wherever it is; then the next one does the rest.
for my $how ('statement_timeout', 'pg_cancel_backend', 'pg_terminate_backend')
{
	make_work();
	my $cut = 0;
	my $victim = q(application_name = 'cut' AND query ~ '^CALL' AND state = 'active');
	for my $ms (2, 5, 9, 14, 20, 27, 35, 44, 54, 65)
	{
		my $script = "SET application_name = 'cut';\nCALL dbeng.maintain_partitions(NULL, '5 s');\nSET statement_timeout = 0;\nCREATE TEMP TABLE after_it (n int);\nSELECT concat_ws(' ', current_user, current_setting('lock_timeout'), current_setting('search_path'), 'well');";
		$script = "SET statement_timeout = '${ms}ms';\n$script" if $how eq 'statement_timeout';
		my ($said, $errors) = ('', '');
		my $ending = $how eq 'statement_timeout' ? 'SELECT 1' : "DO \$\$BEGIN FOR i IN 1..3000 LOOP PERFORM pg_stat_clear_snapshot(); EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE $victim); PERFORM pg_sleep(0.0005); END LOOP;"
			. " PERFORM pg_sleep($ms / 1000.0); PERFORM pg_stat_clear_snapshot(); PERFORM $how(pid) FROM pg_stat_activity WHERE $victim; END\$\$";
		my $other = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', $ending ], '>', \my $none, '2>', \my $why);
		my $run = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') ], '<', \$script, '>', \$said, '2>', \$errors);
		IPC::Run::finish($_) for $run, $other;
		$cut++ if $errors =~ /canceling|terminating/;
		next if $errors =~ /terminating/;
		is($said, "postgres 0 \"\$user\", public well\n", "$how after $ms ms leaves the session as it was");
	}
	cmp_ok($cut, '>', 2, "$how: $cut were cut short");
	nothing_left($how);
	sql('CALL dbeng.maintain_partitions()');
	all_done($how);
}

# An event trigger that raises: at each command that maintenance may give, and at its end.
for my $tag ('CREATE TABLE', 'ALTER TABLE', 'DROP TABLE', 'CREATE INDEX')
{
	make_work();
	sql('CREATE OR REPLACE FUNCTION raises() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN IF current_user <> $a$postgres$a$ THEN RAISE EXCEPTION $a$not on a friday$a$; END IF; END$$', "CREATE EVENT TRIGGER raises ON ddl_command_end WHEN TAG IN ('$tag') EXECUTE FUNCTION raises()");
	($out, $err) = told('CALL dbeng.maintain_partitions();');
	like($out, qr/alive$/, "an event trigger upon $tag that raises: the session goes on");
	like($err, $tag eq 'CREATE INDEX' ? qr// : qr/WARNING:  01000: partitions of kept\.\w+: not on a friday/, 'it is quoted');
	nothing_left("an event trigger upon $tag");
	sql('DROP EVENT TRIGGER raises', 'CALL dbeng.maintain_partitions()');
	all_done("without the event trigger upon $tag");
}

# A session that calls it all day long does not grow, and has nothing of it in its memory.
my $memory = q(SELECT sum(used_bytes) FROM pg_backend_memory_contexts);
($out, $err) = told("CALL dbeng.maintain_partitions();\nCALL dbeng.drain_default('kept.full');\n" . "CALL dbeng.maintain_partitions();\n" x 10 . "$memory \\g\n" . "CALL dbeng.maintain_partitions();\nCALL dbeng.drain_default('kept.full');\nUPDATE dbeng.partition_set SET premake = 5;\n" x 100 . "$memory \\g");
my ($before, $after) = split /\n/, $out;
cmp_ok($after - $before, '<', 200_000, "a hundred calls more: $before bytes became $after");

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|signal 11|terminated by signal/, 'the server was in no danger');
unlike($log, qr/left non-empty|still active|leak|portal snapshots|don't own a lock|XX000/, 'nothing was left behind');
$node->stop;
done_testing();
