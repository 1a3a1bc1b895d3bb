# What happens to maintenance of partitions: processes are killed in each phase, locks are held for long, tables are dropped, renamed and moved
# under it, rights and disks are missing. After each the set heals by itself, or says what a person must do; no client waits long,
# and no other set is concerned.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

$ENV{PGUSER} = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('partitions');
$node->init(extra => [ '-U', 'postgres' ], allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = on
dbeng.partition_interval = 1s
dbeng.max_workers = 6
dbeng.snapshot_interval = 0
dbeng.wait_sample_interval = 0
max_prepared_transactions = 5
log_statement = none
log_lock_waits = off
autovacuum = off
restart_after_crash = on
END
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng; CREATE ROLE keeper NOLOGIN; CREATE SCHEMA kept AUTHORIZATION keeper; CREATE SCHEMA archive AUTHORIZATION keeper');

sub sql { return $node->safe_psql('postgres', join ";\n", @_) }
sub soon { my ($query, $wanted, $what) = @_; my $ok = $node->poll_query_until('postgres', $query, $wanted); ok($ok, $what) or diag $node->safe_psql('postgres', 'SELECT parent::regclass, last_error, failures, next_due, now() FROM dbeng.partition_state'); return $ok }

# A set of days with a partition for today, some that are past retention, and what else is asked for.
my $number = 0;
sub make_set
{
	my (%o) = (old => 0, args => '', columns => '', schema => 'kept', @_);
	my $set = "$o{schema}.set_" . ++$number;
	my @old = map { "CREATE TABLE ${set}_old_$_ PARTITION OF $set FOR VALUES FROM ('2020-01-0$_ 00:00+00') TO ('2020-01-0@{[ $_ + 1 ]} 00:00+00'); INSERT INTO $set VALUES ('2020-01-0$_ 12:00+00')" } 1 .. $o{old};
	# What is expired already waits until it is looked at again: the worker is quick.
	sql('BEGIN', 'SET ROLE keeper', "CREATE TABLE $set (at timestamptz NOT NULL, n int$o{columns}) PARTITION BY RANGE (at)", @old,
		"SELECT dbeng.manage_partitions('$set', '1 day', 1$o{args})", 'RESET ROLE', $o{old} ? "UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass" : (), 'COMMIT');
	return $set;
}
# One more partition is wanted; the worker sees it at its next look.
sub want_more { sql("UPDATE dbeng.partition_set SET premake = premake + 1 WHERE parent = '$_[0]'::regclass") }
sub look_again { sql("UPDATE dbeng.partition_set SET enabled = true WHERE parent = '$_[0]'::regclass") }
sub partitions { return "SELECT count(*) FROM pg_inherits WHERE inhparent = '$_[0]'::regclass" }
sub old_ones { return "SELECT count(*) FROM pg_class WHERE relispartition AND oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = '$_[0]'::regclass) AND relname ~ 'old'" }
sub error_of { return "SELECT coalesce(last_error, '') FROM dbeng.partition_state WHERE parent = '$_[0]'::regclass" }
sub says { my ($set, $pattern, $what) = @_; soon("SELECT (" . error_of($set) . ") ~ '$pattern'", 't', $what) or diag sql(error_of($set)) }
sub clean { soon('SELECT (' . error_of($_[0]) . ')', '', $_[1] // 'and nothing is left to say') }
sub job { return $node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'dbeng job' AND $_[0]") && sql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'dbeng job' LIMIT 1") }
sub forget { sql("DROP TABLE IF EXISTS $_[0] CASCADE") }

# A session that holds what it has.
sub holder
{
	my ($statement) = @_;
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query_safe("BEGIN; $statement");
	return $session;
}
# How long clients wait for one statement, at the longest, for some seconds.
sub longest_wait
{
	my ($seconds, @statements) = @_;
	my ($longest, $end) = (0, time + $seconds);
	my $file = $node->basedir . '/client.sql';
	append_to_file($file, '');
	my $script = "\\timing on\n" . join('', map { "$_;\nSELECT pg_sleep(0.005) \\g /dev/null\n" } (@statements) x 40);
	while (time < $end)
	{
		my ($status, $out, $err) = $node->psql('postgres', $script);
		die $err if $err =~ /ERROR/;
		my @times = $out =~ /Time: ([\d.]+) ms/g;
		# Every other one is the sleep.
		for my $i (0 .. $#times) { $longest = $times[$i] if $i % 2 == 0 && $times[$i] > $longest }
	}
	return $longest;
}

# The worker does it, as the owner, who cannot log in.
my $plain = make_set();
want_more($plain);
soon(partitions($plain), 4, 'the worker makes partitions');
is(sql("SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE relname ~ '^set_1'"), 'keeper', q(of the set's owner, who cannot log in));

# 1. A reader of the default partition for seconds, while a partition is due.
my $set = make_set(args => ', with_default => true');
my $reader = holder("SELECT count(*) FROM $set");
want_more($set);
my $waited = longest_wait(2, "INSERT INTO $set VALUES (now())", "SELECT count(*) FROM $set");
is(sql(partitions($set)), 3, 'a reader of the default partition holds up maintenance');
cmp_ok($waited, '<', 300, sprintf 'but hardly a client: %.0f ms at the longest', $waited);
$reader->quit;
my $from = time;
soon(partitions($set), 4, 'when it has gone, the partition is made');
cmp_ok(time - $from, '<', 3, sprintf 'soon after (%.1f s)', time - $from);
clean($set);

# 2. A reader of everything while partitions expire.
$set = make_set(old => 2, args => q(, '2 days', 'drop'));
sql("UPDATE dbeng.partition_set SET retention = retention");
is(sql(old_ones($set)), 2, 'expired ones are left to maintenance');
$reader = holder("SELECT count(*) FROM $set");
look_again($set);
$waited = longest_wait(2, "INSERT INTO $set VALUES (now())", "SELECT count(*) FROM $set");
cmp_ok($waited, '<', 300, sprintf 'while partitions wait to be detached: %.0f ms at the longest', $waited);
$reader->quit;
soon("SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'", 0, 'then they are dropped');
is(sql('SELECT count(*) FROM dbeng.partition_leaving'), 0, 'nothing is half done');
clean($set);

# 3., 4. The power goes in the middle of DETACH … CONCURRENTLY.
for my $how ('kill -9 of the job', 'immediate shutdown')
{
	$set = make_set(old => 2, args => q(, '2 days', 'drop'));
	$reader = holder("SELECT count(*) FROM $set");
	look_again($set);
	soon("SELECT count(*) FROM pg_inherits WHERE inhdetachpending AND inhparent = '$set'::regclass", 1, "$how: one is half detached");
	if ($how =~ /kill/)
	{
		my $pid = job('true');
		kill 'KILL', $pid;
		usleep 300_000;
	}
	else
	{
		$node->stop('immediate');
		$node->start;
	}
	eval { $reader->quit };
	$node->poll_query_until('postgres', 'SELECT true');
	soon("SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'", 0, "$how in DETACH CONCURRENTLY: finalized and dropped");
	clean($set);
	is(sql('SELECT count(*) FROM dbeng.partition_leaving'), 0, 'nothing is half done');
}

# 5. Somebody's own DETACH … CONCURRENTLY was cut short.
$set = make_set(old => 2);
$reader = holder("SELECT count(*) FROM $set");
my ($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; ALTER TABLE $set DETACH PARTITION ${set}_old_1 CONCURRENTLY");
like($err, qr/timeout/, 'a DETACH CONCURRENTLY that was cancelled');
$reader->quit;
soon("SELECT count(*) FROM pg_inherits WHERE inhdetachpending", 0, 'is brought to its end') if look_again($set) || 1;
is(sql("SELECT relkind FROM pg_class WHERE oid = '${set}_old_1'::regclass AND NOT relispartition"), 'r', 'and the table is kept');

# 6.–8. Whoever waits for a lock is killed, terminated, cancelled.
for my $how ('KILL', 'terminate', 'cancel')
{
	$set = make_set(args => ', with_default => true');
	$reader = holder("SELECT count(*) FROM $set");
	want_more($set);
	my $pid = job("query ~ 'partitions'");
	usleep 300_000;
	$how eq 'KILL' ? kill($how, $pid) : $node->psql('postgres', "SELECT pg_${how}_backend($pid)");
	usleep 200_000;
	eval { $reader->quit };
	$node->poll_query_until('postgres', 'SELECT true');
	soon(partitions($set), 4, "$how while it waits: done at the next look");
	is(sql("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ '^set_$number' AND NOT relispartition"), 0, 'no table is left over');
}

# 9. A crash between DETACH and DROP; and the settings, or somebody, think better of it meanwhile.
$set = make_set(old => 3, args => q(, '2 days', 'drop'));
sql("UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass", "ALTER TABLE $set DETACH PARTITION ${set}_old_1", "ALTER TABLE $set DETACH PARTITION ${set}_old_2",
	"INSERT INTO dbeng.partition_leaving SELECT oid, '$set'::regclass, CASE relname WHEN 'set_${number}_old_1' THEN 'drop' ELSE 'move' END FROM pg_class WHERE relname IN ('set_${number}_old_1', 'set_${number}_old_2')",
	"UPDATE dbeng.partition_set SET enabled = true WHERE parent = '$set'::regclass");
soon("SELECT to_regclass('${set}_old_1') IS NULL", 't', 'what was detached to be dropped is dropped after a crash');
soon('SELECT count(*) FROM dbeng.partition_leaving', 0, 'nothing is half done');
isnt(sql("SELECT to_regclass('${set}_old_2')"), '', 'what was to be moved is not dropped because the settings say drop by now');
soon(old_ones($set), 0, 'the others follow');

# 11. Deadlock with a client: it never is the one that gets the error.
$set = make_set(args => ', with_default => true');
my $client = holder("LOCK TABLE ${set}_default IN ACCESS SHARE MODE");
want_more($set);
usleep 1_500_000;
$client->query_safe("LOCK TABLE $set IN ACCESS EXCLUSIVE MODE");
is($client->query_safe('SELECT 1'), 1, 'a client that wants what maintenance has, gets it');
$client->quit;
soon(partitions($set), 4, 'then maintenance goes on');
clean($set);

# 12.–14. The parent is dropped, renamed, moved while maintenance waits for it.
for my $change ('DROP TABLE %s', 'ALTER TABLE %s RENAME TO renamed_parent', 'ALTER TABLE %s SET SCHEMA archive')
{
	$set = make_set(args => ', with_default => true');
	my $oid = sql("SELECT '$set'::regclass::oid");
	$reader = holder("LOCK TABLE ${set}_default IN ACCESS SHARE MODE");
	want_more($set);
	usleep 1_200_000;
	my $statement = sprintf $change, $set;
	$reader->query_safe("$statement; COMMIT");
	$reader->quit;
	if ($change =~ /DROP/)
	{
		soon("SELECT count(*) FROM dbeng.partition_state WHERE parent = $oid", 0, "$statement: it is forgotten");
	}
	else
	{
		soon("SELECT count(*) FROM pg_inherits WHERE inhparent = $oid", 4, "$statement: the set is followed");
		is(sql("SELECT count(*) FROM dbeng.partitions WHERE parent = $oid"), 4, 'views too');
		sql("DROP TABLE $_") for sql("SELECT $oid\::regclass");
	}
}

# 16. The owner may not create in the schema any more; others are not concerned.
my $other = make_set();
$set = make_set();
sql('ALTER SCHEMA kept OWNER TO postgres', 'GRANT USAGE ON SCHEMA kept TO keeper');
want_more($set);
says($set, 'permission denied for schema kept', 'an owner without CREATE on the schema: it says so');
sql('GRANT CREATE ON SCHEMA kept TO keeper');
look_again($set);
soon(partitions($set), 4, 'granted, it heals');
clean($set);

# 18. A new owner, the old one dropped.
sql('CREATE ROLE heir NOLOGIN', 'GRANT ALL ON SCHEMA kept TO heir', "ALTER TABLE $other OWNER TO heir");
want_more($other);
soon(partitions($other), 4, 'a new owner');
is(sql("SELECT relowner::regrole FROM pg_class WHERE oid = (SELECT max(inhrelid) FROM pg_inherits WHERE inhparent = '$other'::regclass)"), 'heir', 'owns what is made then');

# 19. Rows in the default partition where a partition is due.
$set = make_set(args => ', with_default => true');
sql("INSERT INTO $set SELECT now() + interval '2 days', g FROM generate_series(1, 5000) g");
want_more($set);
soon(partitions($set), 4, 'rows of the default partition do not keep it from being made');
is(sql("SELECT count(*) FROM ONLY ${set}_default"), 0, 'they are where they belong');
is(sql("SELECT count(*) FROM $set"), 5000, 'all of them');
clean($set);

# 20. The disk.
my $space = $node->basedir . '/space';
mkdir $space;
chown((getpwuid((stat $node->data_dir)[4]))[2, 3], $space) if $> == 0;
sql("CREATE TABLESPACE space LOCATION '$space'", 'GRANT CREATE ON TABLESPACE space TO keeper');
$set = make_set();
$other = make_set();
sql("ALTER TABLE ONLY $set SET TABLESPACE space");
my ($inside) = glob "$space/PG_*";
my $database = sql(q(SELECT oid FROM pg_database WHERE datname = 'postgres'));
mkdir "$inside/$database";
chmod 0500, "$inside/$database", $inside;
want_more($_) for $set, $other;
says($set, 'could not create', 'no file can be made: it says so');
soon(partitions($other), 4, 'another set goes on');
chmod 0700, $inside, "$inside/$database";
look_again($set);
soon(partitions($set), 4, 'there is room again: it heals');
clean($set);

forget($_) for $set, $other;
sql('ALTER DATABASE postgres RESET default_tablespace', 'DROP TABLESPACE space');

# 22. An event trigger that raises.
$set = make_set();
sql('CREATE FUNCTION raises() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION $a$not on a friday$a$; END$$', 'CREATE EVENT TRIGGER raises ON ddl_command_end WHEN TAG IN ($a$CREATE TABLE$a$) EXECUTE FUNCTION raises()');
want_more($set);
says($set, 'not on a friday', 'an event trigger that raises is quoted');
sql('DROP EVENT TRIGGER raises');
look_again($set);
soon(partitions($set), 4, 'without it, it heals');

# 23.–25. What sessions of the database are told to be like.
sql('ALTER DATABASE postgres SET default_transaction_read_only = on; ALTER DATABASE postgres SET "TimeZone" = "America/New_York"', q(ALTER DATABASE postgres SET "DateStyle" = 'SQL, DMY'),
	q(ALTER DATABASE postgres SET statement_timeout = '1ms'; ALTER DATABASE postgres SET search_path = pg_temp; ALTER DATABASE postgres SET default_transaction_isolation = serializable),
	q(ALTER DATABASE postgres SET quote_all_identifiers = on; ALTER ROLE keeper SET statement_timeout = '1ms'));
$ENV{PGOPTIONS} = '-c default_transaction_read_only=off -c statement_timeout=0 -c TimeZone=UTC -c DateStyle=ISO -c default_transaction_isolation=read\ committed -c quote_all_identifiers=off -c search_path=public -c default_tablespace=';
want_more($set);
soon(partitions($set), 5, 'read only, serializable, a millisecond for each statement: the worker does not mind');
is(sql("SELECT count(*) FROM dbeng.partitions WHERE parent = '$set'::regclass AND lower !~ ' 00:00:00[+]00'"), 0, q(the set's zone is what counts));
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=on -c statement_timeout=0';
	($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nCALL dbeng.maintain_partitions()");
	like($err, qr/25006.*HINT:  SET default_transaction_read_only = off/s, 'by hand it is refused, with what to do');
}
delete $ENV{PGOPTIONS};
$node->psql('postgres', "SET default_transaction_read_only = off; ALTER DATABASE postgres RESET ALL; ALTER ROLE keeper RESET ALL", extra_params => []) ;
{
	local $ENV{PGOPTIONS} = '-c default_transaction_read_only=off -c statement_timeout=0';
	sql('ALTER DATABASE postgres RESET ALL', 'ALTER ROLE keeper RESET ALL');
}

# 28. Rows that others refer to.
$set = make_set(old => 2, args => q(, '2 days', 'drop'), columns => ', UNIQUE (at)');
sql('SET ROLE keeper', "CREATE TABLE kept.refers (at timestamptz REFERENCES $set (at))", "INSERT INTO kept.refers SELECT at FROM ${set}_old_1");
look_again($set);
says($set, 'set_\d+_old_1 is past retention, but its rows are still referenced: 1 row of kept.refers by constraint refers_at_fkey', 'which rows are in the way');
soon(old_ones($set), 1, 'the other has gone');
sql('DELETE FROM kept.refers');
look_again($set);
soon(old_ones($set), 0, 'without them it goes');
clean($set);

# 29., 30. Where they are moved to.
$set = make_set(old => 1, args => q(, '2 days', 'move', archive_schema => 'archive'));
sql("CREATE TABLE archive.set_${number}_old_1 ()");
look_again($set);
soon("SELECT to_regclass('archive.set_${number}_old_1_2') IS NOT NULL", 't', 'a name that is taken there does not matter');
is(sql("SELECT count(*) FROM archive.set_${number}_old_1_2"), 1, 'its rows are there');
sql('CREATE SCHEMA short_lived AUTHORIZATION keeper');
$set = make_set(old => 1, args => q(, '2 days', 'move', archive_schema => 'short_lived'));
sql("UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass", 'DROP SCHEMA short_lived CASCADE');
sql("UPDATE dbeng.partition_set SET enabled = true WHERE parent = '$set'::regclass");
says($set, 'the schema where it is to go is gone', 'a schema that is gone');

# 31. Somebody wants it back.
$set = make_set(old => 1, args => q(, '2 days', 'drop'));
$reader = holder("SELECT count(*) FROM $set");
look_again($set);
usleep 1_500_000;
sql("SELECT dbeng.unmanage_partitions('$set')");
# At once: whatever try is under way by then does not drop it any more.
$reader->quit;
usleep 1_500_000;
isnt(sql("SELECT to_regclass('${set}_old_1')"), '', 'a set that is no longer managed keeps what was about to go');
$set = make_set(old => 1, args => q(, '2 days', 'drop'));
my $owner = holder("SELECT dbeng.unmanage_partitions('$set')");
$node->psql('postgres', "CALL dbeng.maintain_partitions('$set', '1 s')");
$owner->query_safe('COMMIT');
$owner->quit;
usleep 1_000_000;
isnt(sql("SELECT to_regclass('${set}_old_1')"), '', 'nor is it dropped while that is under way');

# 33. A view upon a partition that expires.
$set = make_set(old => 2, args => q(, '2 days', 'drop'));
sql("CREATE VIEW kept.upon AS SELECT * FROM ${set}_old_1");
look_again($set);
says($set, 'view kept.upon depends on table kept.set_\d+_old_1|cannot drop table', 'what depends on it is told');
soon(old_ones($set), 0, 'it is detached all the same, as is the other');
sql('DROP VIEW kept.upon');
look_again($set);
soon("SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'", 0, 'without the view it is dropped');
clean($set);

# 35. By hand: in other code, cut short at any moment, from within a transaction.
$set = make_set(old => 8, args => q(, '2 days', 'drop'));
sql("UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass");
for my $ms (30, 60, 100, 160, 250)
{
	$reader = holder("SELECT count(*) FROM $set");
	($status, $out, $err) = $node->psql('postgres', "SET statement_timeout = '${ms}ms';\nCALL dbeng.maintain_partitions('$set');\nRESET statement_timeout;\nSELECT pg_sleep(0.1);\nCREATE TEMP TABLE after_it AS SELECT 'well' AS it;\nTABLE after_it", on_error_stop => 0);
	is($out, "\nwell", "a CALL that is cut short after $ms ms leaves its session as it was");
	like($err, qr/statement timeout/, 'its end is told');
	$reader->quit;
}
is(sql("DO \$\$BEGIN CALL dbeng.maintain_partitions('$set'); END\$\$", "SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'"), 0, 'called by other code it does the rest');
($status, $out, $err) = $node->psql('postgres', "BEGIN; CALL dbeng.maintain_partitions('$set')");
like($err, qr/cannot run inside a transaction block/, 'in a transaction it is refused');
($status, $out, $err) = $node->psql('postgres', "SET ROLE heir; CALL dbeng.maintain_partitions('$set')");
like($err, qr/must be owner/, 'so is who does not own the table');
forget($set);

# 36. What somebody attaches where the next partition would be.
$set = make_set();
sql("CREATE TABLE kept.odd PARTITION OF $set FOR VALUES FROM (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '2 days 5 hours') TO (date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + interval '2 days 7 hours')");
want_more($set);
soon(partitions($set), 6, 'around a partition of another length two shorter ones are made');
clean($set);

# 38. A prepared transaction holds the default partition.
$set = make_set(args => ', with_default => true');
sql("BEGIN; SELECT count(*) FROM $set; PREPARE TRANSACTION 'holds'");
want_more($set);
usleep 1_000_000;
$waited = longest_wait(1, "INSERT INTO $set VALUES (now())");
cmp_ok($waited, '<', 300, sprintf 'a prepared transaction is in the way of maintenance only (%.0f ms)', $waited);
sql("ROLLBACK PREPARED 'holds'");
soon(partitions($set), 4, 'when it ends, it goes on');

# 37. Autovacuum has the default partition for as long as it takes.
$set = make_set(args => ', with_default => true');
sql("INSERT INTO $set SELECT '1999-12-31', g FROM generate_series(1, 50000) g", "UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass", "DELETE FROM ${set}_default",
	"ALTER TABLE ${set}_default SET (autovacuum_enabled = on, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, vacuum_truncate = off)",
	"ALTER SYSTEM SET autovacuum = on", "ALTER SYSTEM SET autovacuum_naptime = '1s'", 'SELECT pg_reload_conf()');
soon("SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.backend_type = 'autovacuum worker' AND l.relation = '${set}_default'::regclass AND l.mode = 'ShareUpdateExclusiveLock'", 1, 'autovacuum is at work');
sql("UPDATE dbeng.partition_set SET enabled = true WHERE parent = '$set'::regclass");
want_more($set);
$from = time;
soon(partitions($set), 4, 'it has to give way');
cmp_ok(time - $from, '<', 15, sprintf 'in time (%.1f s)', time - $from);
sql('ALTER SYSTEM RESET ALL', 'SELECT pg_reload_conf()');

# 27. A standby is promoted while there is something to do.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('promoted_partitions');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$set = make_set(old => 2, args => q(, '2 days', 'drop'));
$reader = holder("SELECT count(*) FROM $set");
look_again($set);
soon("SELECT count(*) FROM pg_inherits WHERE inhdetachpending AND inhparent = '$set'::regclass", 1, 'one is half detached');
$node->wait_for_catchup($standby);
($status, $out, $err) = $standby->psql('postgres', 'CALL dbeng.maintain_partitions()');
like($err, qr/in a read-only transaction.*standby/s, 'a standby refuses');
$node->stop('immediate');
eval { $reader->quit };
$standby->promote;
ok($standby->poll_query_until('postgres', "SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'", 0), 'promoted, it brings to its end what the primary had begun');
ok($standby->poll_query_until('postgres', error_of($set), ''), 'and nothing is left to say');
$standby->stop;
$node->start;
soon("SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old'", 0, 'so does the primary');

# 26. No slot for a process.
$node->append_conf('postgresql.conf', "max_worker_processes = 2\nmax_logical_replication_workers = 0\nmax_parallel_workers = 0");
$node->restart;
$set = make_set();
want_more($set);
usleep 2_500_000;
is(sql(partitions($set)), 3, 'no slot for the job');
is(sql("CALL dbeng.maintain_partitions('$set')", partitions($set)), 4, 'by hand it goes');
$node->append_conf('postgresql.conf', 'max_worker_processes = 8');
want_more($set);
$node->restart;
soon(partitions($set), 5, 'with a slot it is made up for');

# 34. DROP EXTENSION in the middle of it.
$set = make_set(args => ', with_default => true');
$reader = holder("SELECT count(*) FROM $set");
want_more($set);
usleep 1_200_000;
$from = time;
sql('DROP EXTENSION dbeng');
cmp_ok(time - $from, '<', 5, 'DROP EXTENSION does not wait for it');
$reader->quit;
usleep 1_000_000;
sql('CREATE EXTENSION dbeng');
is(sql(partitions($set)), 3, 'and the partitions are as they were');

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|signal 11|server process .* was terminated by signal (?!9)/, 'the server was in no danger');
unlike($log, qr/transaction left non-empty|snapshot .* still active|buffer refcount leak|portal snapshots/, 'nothing was left behind');
done_testing();
