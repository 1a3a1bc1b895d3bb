# More that happens to maintenance of partitions: what clients, owners and administrators do to a set by hand, what dies while a CALL is at it, what standbys feel.
# After each the set heals by itself, or last_error says what a person must do.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

$ENV{PGUSER} = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('accidents');
$node->init(extra => [ '-U', 'postgres' ], allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = on
dbeng.partition_interval = 1s
dbeng.max_workers = 6
dbeng.snapshot_interval = 0
dbeng.wait_sample_interval = 0
max_prepared_transactions = 5
max_locks_per_transaction = 256
autovacuum = off
restart_after_crash = on
END
$node->start;
sub sql { return $node->safe_psql('postgres', join ";\n", @_) }
sub soon { my ($query, $wanted, $what) = @_; my $ok = $node->poll_query_until('postgres', $query, $wanted); ok($ok, $what) or diag sql('SELECT parent::regclass, last_error, failures, next_due, now() FROM dbeng.partition_state'); return $ok }
sql('CREATE EXTENSION dbeng', 'CREATE ROLE keeper NOLOGIN', 'CREATE SCHEMA kept AUTHORIZATION keeper', 'CREATE SCHEMA aside AUTHORIZATION keeper');

# A set of days; nobody looks at it before look_again().
my $number = 0;
sub make_set
{
	my (%o) = (old => 0, args => '', key => 'at timestamptz NOT NULL', step => '1 day', @_);
	my $set = 'kept.set_' . ++$number;
	sql('BEGIN', 'SET LOCAL client_min_messages = error', 'SET ROLE keeper', "CREATE TABLE $set ($o{key}, n int) PARTITION BY RANGE (" . ($o{key} =~ /^(\w+)/)[0] . ')',
		(map { "CREATE TABLE ${set}_old_$_ PARTITION OF $set FOR VALUES FROM ('2020-01-0$_ 00:00+00') TO ('2020-01-0@{[ $_ + 1 ]} 00:00+00'); INSERT INTO $set VALUES ('2020-01-0$_ 12:00+00')" } 1 .. $o{old}),
		"SELECT dbeng.manage_partitions('$set', '$o{step}', 1$o{args})", 'RESET ROLE', "UPDATE dbeng.partition_set SET enabled = false WHERE parent = '$set'::regclass", 'COMMIT');
	return $set;
}
sub look_again { sql("UPDATE dbeng.partition_set SET enabled = true WHERE parent = '$_[0]'::regclass") }
sub want_more { sql("UPDATE dbeng.partition_set SET enabled = true, premake = premake + 1 WHERE parent = '$_[0]'::regclass") }
sub partitions { return "SELECT count(*) FROM pg_inherits WHERE inhparent = '$_[0]'::regclass" }
sub old_ones { return "SELECT count(*) FROM pg_class WHERE relname ~ '^set_${number}_old_'" }
sub error_of { return "SELECT coalesce(last_error, '') FROM dbeng.partition_state WHERE parent = '$_[0]'::regclass" }
sub says { my ($set, $pattern, $what) = @_; soon('SELECT (' . error_of($set) . ") ~ '$pattern'", 't', $what) or diag sql(error_of($set)) }
sub clean { soon('SELECT (' . error_of($_[0]) . ')', '', $_[1] // 'and nothing is left to say') }
sub holder { my ($statement) = @_; my $session = $node->background_psql('postgres', on_error_stop => 0); $session->query_safe("BEGIN; $statement"); return $session }
# A client that calls maintenance; whoever it is that dies, it ends.
sub call { my ($sql) = @_; my $said = ''; return { said => \$said, run => IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-c', $sql ], '>', \my $none, '2>', \$said) } }
sub calling { my $who = q(query ~ '^CALL' AND state = 'active'); $node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $who") or die 'nobody calls'; return sql("SELECT pid FROM pg_stat_activity WHERE $who") }
sub up_again { usleep 300_000; return $node->poll_query_until('postgres', 'SELECT true') }
sub left_over { return "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND NOT relispartition AND relname ~ '^set_${number}_'" }

my $set;

# 1., 2. kill -9 of a client's backend that runs CALL, within DETACH … CONCURRENTLY and while it waits for a lock.
$set = make_set(old => 2, args => q(, '2 days', 'drop'));
my $reader = holder("SELECT count(*) FROM $set");
my $client = call("CALL dbeng.maintain_partitions('$set')");
soon("SELECT count(*) FROM pg_inherits WHERE inhdetachpending AND inhparent = '$set'::regclass", 1, 'a CALL is in the middle of DETACH CONCURRENTLY');
kill 'KILL', calling();
IPC::Run::finish($client->{run});
eval { $reader->quit };
up_again();
look_again($set);
soon(old_ones(), 0, 'killed there, the worker brings it to its end');
clean($set);
$set = make_set(args => ', with_default => true');
$reader = holder("SELECT count(*) FROM $set");
sql("UPDATE dbeng.partition_set SET premake = 2 WHERE parent = '$set'::regclass");
$client = call("CALL dbeng.maintain_partitions('$set')");
kill 'KILL', calling();
IPC::Run::finish($client->{run});
eval { $reader->quit };
up_again();
is(sql(left_over()), 0, 'killed while it waits for a lock, it leaves no table');
look_again($set);
soon(partitions($set), 4, 'and the worker makes the partition');

# 3., 4. The server goes down at once while partitions are made, and while rows move: several times, at any moment.
$set = make_set(args => ', with_default => true');
sql("INSERT INTO $set SELECT now() + i * interval '1 minute', i FROM generate_series(-23000, 7000) i");
for my $ms (30, 90, 150, 250)
{
	want_more($set);
	usleep 1000 * $ms;
	$client = call("CALL dbeng.drain_default('$set', 100)") if $ms % 60 == 30;
	usleep 1000 * $ms;
	$node->stop('immediate');
	IPC::Run::finish($client->{run}) if $ms % 60 == 30;
	$node->start;
	is(sql("SELECT count(*), count(DISTINCT n) FROM $set"), '30001|30001', "immediate shutdown after $ms ms: each row is there once");
}
soon("SELECT count(*) FROM ONLY ${set}_default", 0, 'then they move on to the end');
is(sql("SELECT count(*), count(DISTINCT n) FROM $set"), '30001|30001', 'all of them');
is(sql(left_over()), 0, 'no table is left over');
clean($set);

# 5., 6. A partition that somebody has detached, or dropped, by hand: ahead it is made again, under another name where its own is taken.
$set = make_set();
my $last = sql("SELECT partition FROM dbeng.partitions WHERE parent = '$set'::regclass ORDER BY lower DESC LIMIT 1");
sql("ALTER TABLE $set DETACH PARTITION $last");
look_again($set);
soon(partitions($set), 3, 'one that was detached is made anew');
is(sql("SELECT count(*) FROM pg_class WHERE oid = '$last'::regclass AND NOT relispartition"), 1, 'and that table is left alone');
$last = sql("SELECT partition FROM dbeng.partitions WHERE parent = '$set'::regclass ORDER BY lower DESC LIMIT 1");
sql("DROP TABLE $last");
look_again($set);
soon(partitions($set), 3, 'so is one that was dropped');
clean($set);

# 7., 8. What somebody attaches that no set of ours would have: a foreign table, a partitioned table.
sql('CREATE FOREIGN DATA WRAPPER nowhere', 'CREATE SERVER far FOREIGN DATA WRAPPER nowhere');
$set = make_set();
sql("CREATE FOREIGN TABLE kept.far PARTITION OF $set FOR VALUES FROM ('2030-01-01 00:00+00') TO ('2030-01-02 00:00+00') SERVER far");
want_more($set);
soon(partitions($set), 5, 'a foreign table among the partitions is no model for new ones');
is(sql("SELECT count(*) FROM dbeng.partitions WHERE partition = 'kept.far'::regclass"), 1, 'it is shown');
clean($set);
$set = make_set();
sql("CREATE TABLE kept.divided PARTITION OF $set FOR VALUES FROM ('2030-01-01 00:00+00') TO ('2030-01-02 00:00+00') PARTITION BY LIST (n)");
want_more($set);
soon(partitions($set), 5, 'nor is a partitioned one');
clean($set);
sql('DROP FOREIGN TABLE kept.far');

# 9. A foreign table that is past retention: detached like any other, and dropped.
$set = make_set(old => 1, args => q(, '2 days', 'drop'));
sql("CREATE FOREIGN TABLE kept.set_${number}_old_far PARTITION OF $set FOR VALUES FROM ('2019-01-01 00:00+00') TO ('2019-01-02 00:00+00') SERVER far");
look_again($set);
soon(old_ones(), 0, 'an expired foreign table goes, too');
clean($set);

# 10. An index on the parent that is not valid yet: partitions get theirs.
$set = make_set();
sql("CREATE INDEX half ON ONLY $set (n)");
want_more($set);
soon(partitions($set), 4, 'an invalid index of the parent is no obstacle');
is(sql("SELECT count(*) FROM pg_index x JOIN pg_inherits i ON i.inhrelid = x.indrelid WHERE i.inhparent = '$set'::regclass AND x.indkey[0] = 2 AND x.indisvalid"), 1, 'the new partition has it');
is(sql(q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'kept.half'::regclass)), 'f', 'and the others may follow');
clean($set);

# 11. An index of the default partition that is not valid, as CREATE INDEX CONCURRENTLY leaves one that fails: it proves nothing, and is not relied on.
$set = make_set(args => ', with_default => true');
sql("INSERT INTO $set SELECT timestamptz '2030-01-01' + i * interval '1 ms', 1 FROM generate_series(1, 40000) i");
$node->psql('postgres', "CREATE UNIQUE INDEX CONCURRENTLY broken ON ${set}_default ((n / n), at); CREATE INDEX broken_too ON ${set}_default (at)");
sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'kept.broken_too'::regclass");
want_more($set);
soon(partitions($set), 4, 'an invalid index of the default partition proves nothing, and another is made for the while');
is(sql("SELECT count(*) FROM pg_class WHERE relname ~ 'dbeng_attach'"), 0, 'and dropped');

# 12. NULL and infinity in the default partition stay, and are in nobody's way.
$set = make_set(key => 'at timestamptz', args => ', with_default => true');
sql("INSERT INTO $set VALUES (NULL, 1), ('infinity', 2), ('-infinity', 3), (now() + interval '2 days', 4)");
want_more($set);
soon(partitions($set), 4, 'keys that are NULL or infinite do not keep partitions from being made');
soon("SELECT string_agg(n::text, ' ' ORDER BY n) FROM ${set}_default", '1 2 3', 'they stay where they are');
clean($set);

# 13., 14. The owner is renamed; the owner may not use the tablespace any more.
$set = make_set();
sql('ALTER ROLE keeper RENAME TO guardian');
want_more($set);
soon(partitions($set), 4, 'an owner by another name');
is(sql("SELECT string_agg(DISTINCT relowner::regrole::text, ' ') FROM pg_class WHERE relname ~ '^set_${number}_'"), 'guardian', 'owns the new partition');
sql('ALTER ROLE guardian RENAME TO keeper');
my $space = $node->basedir . '/space';
mkdir $space;
chown((getpwuid((stat $node->data_dir)[4]))[2, 3], $space) if $> == 0;
sql("CREATE TABLESPACE space LOCATION '$space'", "ALTER TABLE ONLY $set SET TABLESPACE space");
want_more($set);
says($set, 'permission denied for tablespace space', 'a tablespace that the owner may not use: it says so');
my ($status, $out, $err) = $node->psql('postgres', 'DROP TABLESPACE space');
like($err, qr/cannot be dropped|not empty/, 'a tablespace of a set cannot be dropped');
sql("ALTER TABLE ONLY $set SET TABLESPACE pg_default", 'DROP TABLESPACE space');
look_again($set);
soon(partitions($set), 5, 'elsewhere it goes on');
clean($set);

# 15. Roles and databases that bring settings of their own to the worker and to who calls.
sql(map { "ALTER ROLE postgres SET $_" } q(lock_timeout = '1ms'), q(statement_timeout = '60s'), 'search_path = aside', q("TimeZone" = 'Asia/Kathmandu'), 'default_tablespace = pg_default', q(default_transaction_isolation = 'repeatable read'), 'default_transaction_deferrable = on',
	'row_security = off', 'default_toast_compression = pglz', 'check_function_bodies = off', 'quote_all_identifiers = on', 'enable_indexscan = off', 'enable_indexonlyscan = off', q(idle_in_transaction_session_timeout = '1ms'));
want_more($set);
soon(partitions($set), 6, 'whatever a role is told to be like, the worker makes partitions');
sql("UPDATE dbeng.partition_set SET premake = premake + 1 WHERE parent = '$set'::regclass", "CALL dbeng.maintain_partitions('$set')");
is(sql(partitions($set)), 7, 'and so does a CALL');
is(sql("SET TimeZone = 'UTC'; SELECT count(*) FROM dbeng.partitions WHERE parent = '$set'::regclass AND lower !~ ' 00:00:00[+]00'"), 0, 'on the same days');
sql('ALTER ROLE postgres RESET ALL');

# 16. A prepared transaction is in the way: it is told by its name.
$set = make_set(args => ', with_default => true');
sql("BEGIN; SELECT count(*) FROM $set; PREPARE TRANSACTION 'it holds'");
want_more($set);
(undef, undef, $err) = $node->psql('postgres', "CALL dbeng.maintain_partitions('$set', '0')");
says($set, 'prepared transaction .it holds. holds a lock', 'which prepared transaction is in the way');
sql(q(ROLLBACK PREPARED 'it holds'));
soon(partitions($set), 4, 'without it, it goes on');
clean($set);

# 17. A session that is idle in a transaction: it is told which.
$set = make_set(args => ', with_default => true');
$reader = holder("SELECT count(*) FROM $set");
my $pid = $reader->query_safe('SELECT pg_backend_pid()');
sql("UPDATE dbeng.partition_set SET premake = 2 WHERE parent = '$set'::regclass");
(undef, undef, $err) = $node->psql('postgres', "CALL dbeng.maintain_partitions('$set', '100 ms')");
is(sql("SELECT (" . error_of($set) . ") ~ 'it waits for others: .*process $pid holds a lock, its transaction has been open for'"), 't', 'which session is in the way');
$reader->quit;
look_again($set);
soon(partitions($set), 4, 'when it has gone, it goes on');
clean($set);

# 18. Ids: somebody has locked the newest partition, where the greatest would be looked up.
$set = make_set(key => 'id bigint PRIMARY KEY', step => '10');
sql("INSERT INTO $set VALUES (15)");
$reader = holder("LOCK TABLE ${set}_10 IN ACCESS EXCLUSIVE MODE");
look_again($set);
$client = call("CALL dbeng.maintain_partitions('$set', '20 s')");
usleep 300_000;
$reader->quit;
IPC::Run::finish($client->{run});
is(${ $client->{said} }, '', 'a newest partition that somebody has locked is waited for, and is no error');
is(sql(partitions($set)), 3, 'then the next one is made');
clean($set);

# 19., 20. Settings that change, and a set that goes, while it is at work.
$set = make_set(args => ', with_default => true');
$reader = holder("SELECT count(*) FROM $set");
sql("UPDATE dbeng.partition_set SET premake = 2 WHERE parent = '$set'::regclass");
$client = call("CALL dbeng.maintain_partitions('$set', '20 s')");
calling();
usleep 200_000;
sql("UPDATE dbeng.partition_set SET premake = 5, enabled = true WHERE parent = '$set'::regclass");
$reader->quit;
IPC::Run::finish($client->{run});
soon(partitions($set), 7, 'settings that change during a run hold at once');
clean($set);
$set = make_set(args => ', with_default => true');
$reader = holder("SELECT count(*) FROM $set");
sql("UPDATE dbeng.partition_set SET premake = 2 WHERE parent = '$set'::regclass");
$client = call("CALL dbeng.maintain_partitions('$set', '20 s')");
calling();
usleep 200_000;
sql("SELECT dbeng.unmanage_partitions('$set')");
# A try that has begun before may yet get its locks.
usleep 200_000;
$reader->quit;
IPC::Run::finish($client->{run});
like(${ $client->{said} }, qr/dbeng.manage_partitions\(\) was not called for it/, 'a set that is unmanaged during a run is left alone');
is(sql(partitions($set)), 3, 'as it is');
is(sql("SELECT count(*) FROM dbeng.partition_state WHERE parent = '$set'::regclass"), 0, 'and nothing is noted of it');

# 21. The worker is at it while somebody calls: they take turns, and no fault is found.
$set = make_set(old => 6, args => q(, '2 days', 'drop'));
$reader = holder("SELECT count(*) FROM $set");
look_again($set);
soon("SELECT count(*) FROM pg_inherits WHERE inhdetachpending AND inhparent = '$set'::regclass", 1, 'the worker is at it');
$client = call("CALL dbeng.maintain_partitions('$set', '20 s')");
usleep 200_000;
$reader->quit;
IPC::Run::finish($client->{run});
is(${ $client->{said} }, '', 'a CALL beside the worker finds no fault');
soon(old_ones(), 0, 'and all that is due is done');
is(sql(error_of($set)), '', 'nothing is left to say');

# 22. A query on a standby that is in the way of what a DROP means there: maintenance does not notice, and the standby follows when it ends.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('accidents_standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = -1\nhot_standby_feedback = on");
$standby->start;
$set = make_set(old => 2, args => q(, '2 days', 'drop'));
$node->wait_for_catchup($standby);
my $far = $standby->background_psql('postgres', on_error_stop => 0);
is($far->query_safe("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM $set"), 2, 'a report on a standby');
look_again($set);
soon(old_ones(), 0, 'does not hold up maintenance');
is($far->query_safe("SELECT count(*) FROM $set"), 2, 'and is not disturbed');
$far->query_safe('COMMIT');
$far->quit;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', old_ones()), 0, 'then the standby follows');
clean($set);
$standby->stop;

# 23. No room is left while rows move: what was moved is moved, what was not stays, and the next call goes on. One backend may not write beyond 17 MB of any file,
# which is less than what new partitions grow to, as their pages are to be left nearly empty.
$set = make_set(args => ', with_default => true', key => 'at timestamptz NOT NULL, body text');
sql("ALTER TABLE $set ALTER body SET STORAGE PLAIN", "ALTER TABLE ${set}_default ALTER body SET STORAGE PLAIN");
sql("INSERT INTO $set (at, body, n) SELECT '2021-01-01 00:00+00'::timestamptz + i * interval '1 second', repeat('x', 2000), i FROM generate_series(1, 3000) i");
sql(split /\n/, sql("SELECT format('ALTER TABLE %s SET (fillfactor = 10)', inhrelid::regclass) FROM pg_inherits WHERE inhparent = '$set'::regclass AND inhrelid <> '${set}_default'::regclass"));
my $cramped = $node->background_psql('postgres', on_error_stop => 0);
my $backend = $cramped->query_safe('SELECT pg_backend_pid()');
SKIP:
{
	skip 'no prlimit', 3 if system('prlimit', '--pid', $backend, '--fsize=17000000:') != 0;
	$cramped->query("CALL dbeng.drain_default('$set')");
	like($cramped->{stderr}, qr/ERROR: .* has rows left in its default partition.*could not (extend|write)/s, 'no room while rows move');
	is(sql("SELECT count(*), count(DISTINCT n) FROM $set"), '3000|3000', 'each row is there once');
	cmp_ok(sql("SELECT count(*) FROM ONLY ${set}_default"), '>', 0, 'not all have been moved');
}
$cramped->quit;
sql("CALL dbeng.drain_default('$set')");
is(sql("SELECT count(*), count(DISTINCT n) FROM $set") . '|' . sql("SELECT count(*) FROM ONLY ${set}_default"), '3000|3000|0', 'with room again, the next call goes on');

my $log = slurp_file($node->logfile);
unlike($log, qr/PANIC|TRAP|signal 11|server process .* was terminated by signal (?!9)/, 'the server was in no danger');
unlike($log, qr/left non-empty|still active|leak|portal snapshots|don't own a lock/, 'nothing was left behind');
$node->stop;
done_testing();
