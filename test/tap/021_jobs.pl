# Jobs: what they may run, as whom, and what is kept of it. A user's job can do what its role can, and nothing else.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

# The superuser is postgres, whoever runs the server.
$ENV{PGUSER} = 'postgres';
my $node = PostgreSQL::Test::Cluster->new('jobs');
$node->init(extra => [ '-U', 'postgres' ]);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'dbeng'
dbeng.enabled = on
dbeng.max_workers = 8
max_worker_processes = 20
log_statement = none
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE ROLE plain NOLOGIN;
CREATE ROLE member NOLOGIN IN ROLE plain;
CREATE ROLE stranger LOGIN;
CREATE SCHEMA app AUTHORIZATION plain;
ALTER ROLE plain SET work_mem = '5MB';
GRANT EXECUTE ON FUNCTION dbeng.schedule TO plain, stranger;
CREATE TABLE app.t (id int PRIMARY KEY, seen text);
ALTER TABLE app.t OWNER TO plain;
CREATE TABLE public.secret (a int);
END
$node->poll_query_until('postgres', q(SELECT state FROM dbeng.workers WHERE kind = 'worker' AND database = 'postgres'), 'idle');

my $number = 0;

# Runs each command as a job of a role, side by side; returns status, rows and message of each run.
sub jobs
{
	my ($role, @commands) = @_;
	my @names = map { 'job ' . ++$number } @commands;
	$node->safe_psql('postgres', "SET ROLE $role; SET search_path = app, public;"
		. join('', map { "SELECT dbeng.schedule('$names[$_]', '1 month', \$command\$$commands[$_]\$command\$), dbeng.run_now('$names[$_]');" } 0 .. $#commands));
	my $list = join ', ', map { "'$_'" } @names;
	$node->poll_query_until('postgres', "SELECT count(*) = @{[ scalar @names ]} FROM dbeng.job_run WHERE job IN ($list) AND finished_at IS NOT NULL") or return map { 'never ended' } @names;
	return split /\n/, $node->safe_psql('postgres', "SELECT replace(concat_ws(' | ', status, rows, message), E'\\n', ' ') FROM dbeng.job_runs WHERE job IN ($list) ORDER BY substr(job, 5)::int");
}
sub job { return (jobs(@_))[0] }

sub runs { my ($command, $what, $result, $role) = @_; is(job($role // 'plain', $command), $result // 'succeeded', $what) }
sub fails { my ($command, $what, $message, $role) = @_; like(job($role // 'plain', $command), qr/^failed \| $message/s, $what) }

# What no function may run.
runs("INSERT INTO t SELECT i, i FROM generate_series(1, 10) i", 'plain SQL, by its own search_path; rows of the last statement', 'succeeded | 10');
runs('VACUUM (ANALYZE) t', 'VACUUM');
runs('CREATE INDEX CONCURRENTLY t_seen ON t (seen)', 'CREATE INDEX CONCURRENTLY');
is($node->safe_psql('postgres', q(SELECT indisvalid FROM pg_index WHERE indexrelid = 'app.t_seen'::regclass)), 't', 'the index is valid');
runs('REINDEX INDEX CONCURRENTLY t_seen; DROP INDEX CONCURRENTLY t_seen', 'REINDEX and DROP INDEX CONCURRENTLY, one after the other');
runs('CREATE MATERIALIZED VIEW m AS SELECT * FROM t; CREATE UNIQUE INDEX ON m (id); REFRESH MATERIALIZED VIEW CONCURRENTLY m', 'REFRESH MATERIALIZED VIEW CONCURRENTLY');
runs('CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY', 'DETACH PARTITION … CONCURRENTLY');
runs(<<'END', 'CALL of a procedure that commits');
CREATE PROCEDURE batches() LANGUAGE plpgsql AS $$BEGIN FOR i IN 100 .. 102 LOOP INSERT INTO t VALUES (i); COMMIT; END LOOP; INSERT INTO t VALUES (103); ROLLBACK; END$$;
CALL batches()
END
is($node->safe_psql('postgres', 'SELECT count(*) FROM app.t WHERE id >= 100'), 3, 'it committed three and rolled back one');
runs("DO \$\$BEGIN UPDATE t SET seen = 'do'; COMMIT; END\$\$", 'DO with COMMIT');
runs('BEGIN; DELETE FROM t WHERE id = 1; ROLLBACK; BEGIN; DELETE FROM t WHERE id = 2; COMMIT; SELECT count(*) FROM t', 'BEGIN … COMMIT', 'succeeded | 1');
is($node->safe_psql('postgres', 'SELECT array_agg(id) FROM app.t WHERE id < 3'), '{1}', 'did what they say');
fails('BEGIN; DELETE FROM t', 'a transaction left open is rolled back', 'the commands leave a transaction open');
fails('SELECT 1; SELECT 1/0; DELETE FROM t', 'an error ends it', 'division by zero \(SQLSTATE 22012\)');
fails('BEGIN; DELETE FROM t; SELECT 1/0; COMMIT', 'within a transaction too', 'division by zero');
fails('BEGIN; VACUUM t; COMMIT', 'VACUUM in a transaction block', 'VACUUM cannot run inside a transaction block');
cmp_ok($node->safe_psql('postgres', 'SELECT count(*) FROM app.t'), '>', 10, 'the rows are there');
fails("SET statement_timeout = '100ms'; SELECT pg_sleep(30)", 'statement_timeout', 'canceling statement due to statement timeout \(SQLSTATE 57014\)');
fails('SELECT * FROM nowhere', 'a table that is not there', 'relation "nowhere" does not exist');

# As whom.
my $me = q(current_user || ' ' || session_user || ' ' || current_setting('is_superuser') || ' ' || current_setting('work_mem'));
runs("INSERT INTO t VALUES (1000, $me)", 'who it is', 'succeeded | 1');
is($node->safe_psql('postgres', 'SELECT seen FROM app.t WHERE id = 1000'), 'plain plain off 5MB', 'its role, though that cannot log in, with its settings');
my @escapes = ('RESET ROLE', 'SET ROLE NONE', 'RESET SESSION AUTHORIZATION', 'SET SESSION AUTHORIZATION DEFAULT', 'DISCARD ALL', 'RESET ALL',
	'BEGIN; RESET SESSION AUTHORIZATION; COMMIT', q(SELECT set_config('role', 'none', false)), q(BEGIN; SET LOCAL ROLE plain; ROLLBACK));
my @ends = jobs('plain', map { "$_; INSERT INTO public.secret VALUES (1)" } @escapes);
like($ends[$_], qr/^failed \| permission denied for (?:table|schema)/, "$escapes[$_] leads nowhere") for 0 .. $#escapes;
@escapes = ('SET ROLE postgres', 'SET SESSION AUTHORIZATION postgres', q(SELECT set_config('session_authorization', 'postgres', false)),
	q(SELECT set_config('role', 'postgres', true)), "DO \$\$BEGIN EXECUTE 'SET SESSION AUTHORIZATION postgres'; END\$\$");
@ends = jobs('plain', @escapes);
like($ends[$_], qr/^failed \| permission denied to set (?:role|session authorization)/, "$escapes[$_] is refused") for 0 .. $#escapes;
fails('ALTER ROLE plain SUPERUSER', 'ALTER ROLE', '(?:must be superuser|permission denied)');
fails("COPY public.secret TO PROGRAM 'true'", 'COPY TO PROGRAM', '(?:must be superuser|permission denied)');
fails("UPDATE dbeng.job SET role = 'postgres'", 'the table of jobs', 'permission denied for table job');
fails('CREATE FUNCTION later() RETURNS void LANGUAGE plpgsql AS $$BEGIN RESET SESSION AUTHORIZATION; INSERT INTO public.secret VALUES (1); END$$; SELECT later()',
	'a function called later', 'permission denied');
runs('SET ROLE plain; RESET ROLE; SELECT 1', 'a member can SET ROLE and RESET it', 'succeeded | 1', 'member');
runs('CREATE TEMP TABLE job_run (); SET default_transaction_read_only = on; SET lock_timeout = 1; SET search_path = pg_temp; SELECT 1',
	'what it sets does not keep its end from being recorded', 'succeeded | 1');
runs('SET ROLE stranger; INSERT INTO public.secret VALUES (1)', 'a superuser is one', 'failed | permission denied for table secret (SQLSTATE 42501)', 'postgres');
runs('INSERT INTO public.secret VALUES (1)', 'and can what it can', 'succeeded | 1', 'postgres');
is($node->safe_psql('postgres', 'SELECT count(*) FROM public.secret'), 1, 'nobody else was there');
$node->safe_psql('postgres', 'REVOKE CONNECT ON DATABASE postgres FROM PUBLIC');
fails('SELECT 1', 'a role that may not connect', 'role "plain" has no CONNECT privilege on this database');
$node->safe_psql('postgres', 'GRANT CONNECT ON DATABASE postgres TO PUBLIC');
$node->safe_psql('postgres', <<'END');
CREATE ROLE gone;
GRANT EXECUTE ON FUNCTION dbeng.schedule TO gone;
SET ROLE gone; SELECT dbeng.schedule('of nobody', '1 second', 'SELECT 1'); RESET ROLE;
REVOKE EXECUTE ON FUNCTION dbeng.schedule FROM gone; DROP ROLE gone;
END
ok($node->poll_query_until('postgres', "SELECT message ~ 'does not exist any more' FROM dbeng.job_runs WHERE job = 'of nobody' LIMIT 1"), 'a role that is gone');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('of nobody')");

# Who sees and stops what.
my $as = sub { my ($role, $sql) = @_; my ($status, $stdout, $stderr) = $node->psql('postgres', "SET ROLE $role; $sql"); return $stdout . ($stderr =~ s/.*?ERROR:  (.*?)\n.*/$1/sr) };
is($as->('stranger', 'SELECT count(*) FROM dbeng.jobs'), 0, 'others see no job');
cmp_ok($as->('member', 'SELECT count(*) FROM dbeng.jobs'), '>', 10, 'a member of the role does');
is($as->('stranger', "SELECT dbeng.unschedule('job 1')"), 'permission denied for dbeng.unschedule() of job "job 1"', 'others may not unschedule it');
is($as->('stranger', "SELECT dbeng.run_now('job 1')"), 'permission denied for dbeng.run_now() of job "job 1"', 'nor run it');
is($as->('stranger', "SELECT dbeng.run_now('retention')"), 'permission denied for dbeng.run_now() of job "retention"', 'nor a built-in one');
is($as->('member', "SELECT dbeng.unschedule('job 1')"), '', 'a member may');
like($as->('pg_monitor', "SELECT dbeng.schedule('x', '1 day', 'SELECT 1')"), qr/permission denied for function schedule/, 'scheduling is granted');

# One run of a job at a time; a request while it runs is another run after it.
$node->safe_psql('postgres', "SELECT dbeng.schedule('slow', '1 second', 'SELECT pg_sleep(2.5)')");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM dbeng.job_runs WHERE job = 'slow' AND status = 'running'");
my $pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'dbeng job'");
is($node->safe_psql('postgres', "SELECT query FROM pg_stat_activity WHERE pid = $pid"), 'SELECT pg_sleep(2.5)', 'pg_stat_activity shows what a job does');
is($node->safe_psql('postgres', "SELECT kind, state, current_job FROM dbeng.workers WHERE pid = $pid"), 'job|running|slow', 'dbeng.workers which it is');
is($node->safe_psql('postgres', "SELECT last_status FROM dbeng.jobs WHERE job = 'slow'"), 'running', 'dbeng.jobs that it runs');
$node->safe_psql('postgres', "SELECT dbeng.run_now('retention')");
ok($node->poll_query_until('postgres', "SELECT last_status FROM dbeng.jobs WHERE job = 'retention'", 'succeeded'), 'others run beside it');
$node->poll_query_until('postgres', "SELECT count(*) = 2 FROM dbeng.job_runs WHERE job = 'slow' AND status = 'succeeded'");
is( $node->safe_psql('postgres', "SELECT count(*) FROM dbeng.job_runs a JOIN dbeng.job_runs b ON a.job = b.job AND a.started_at < b.started_at AND coalesce(a.finished_at, 'infinity') > b.started_at"),
	0, 'no run overlaps another of its job');

# Stopped by hand.
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'dbeng job' AND query ~ 'pg_sleep'");
$node->safe_psql('postgres', q(SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE backend_type = 'dbeng job'));
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM dbeng.job_runs WHERE job = 'slow' AND status = 'cancelled'"), 'pg_cancel_backend');
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'dbeng job' AND query ~ 'pg_sleep'");
$node->safe_psql('postgres', q(SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'dbeng job'));
ok($node->poll_query_until('postgres', "SELECT count(*) = 1 FROM dbeng.job_runs WHERE job = 'slow' AND status = 'crashed'"), 'pg_terminate_backend');
like($node->safe_psql('postgres', "SELECT last_error FROM dbeng.jobs WHERE job = 'slow'"), qr/its process ended before it did/, 'and why');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('slow')");

# Failures: later each time, and nobody else's matter.
$node->safe_psql('postgres', "SELECT dbeng.schedule('bad', '1 second', 'SELECT 1/0'), dbeng.schedule('good', '1 second', 'SELECT 1')");
ok($node->poll_query_until('postgres', "SELECT failures >= 3 FROM dbeng.jobs WHERE job = 'bad'"), 'a job that fails is tried again');
is( $node->safe_psql('postgres', "SELECT bool_and(round(extract(epoch FROM gap)) >= 2 ^ (n - 1)) FROM (SELECT lead(started_at) OVER (ORDER BY started_at) - finished_at AS gap, row_number() OVER (ORDER BY started_at) AS n FROM dbeng.job_runs WHERE job = 'bad') g WHERE gap IS NOT NULL"),
	't', 'each time after twice the time');
is($node->safe_psql('postgres', "SELECT last_status, last_error FROM dbeng.jobs WHERE job = 'bad'"), 'failed|division by zero (SQLSTATE 22012)', 'dbeng.jobs says why');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM dbeng.job_runs WHERE job = 'good' AND status = 'succeeded'"), '>=', 3, 'another runs each second');
is($node->safe_psql('postgres', "SELECT bool_and(extract(epoch FROM started_at)::numeric % 1 < 0.5) FROM dbeng.job_runs WHERE job = 'good'"), 't', 'at full seconds');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('bad'), dbeng.unschedule('good')");

# Processes are limited; a job waits for one.
$node->append_conf('postgresql.conf', 'dbeng.max_workers = 2');
$node->reload;
$node->safe_psql('postgres', "SELECT dbeng.schedule('holder', '1 month', 'SELECT pg_sleep(3)'), dbeng.run_now('holder')");
$node->poll_query_until('postgres', "SELECT last_status FROM dbeng.jobs WHERE job = 'holder'", 'running');
$node->safe_psql('postgres', "SELECT dbeng.schedule('waiter', '1 month', 'SELECT 1'), dbeng.run_now('waiter')");
ok($node->poll_query_until('postgres', "SELECT current_job FROM dbeng.workers WHERE state = 'waiting for a slot'", 'waiter'), 'a job without a process waits');
ok($node->poll_query_until('postgres', "SELECT last_status FROM dbeng.jobs WHERE job = 'waiter'", 'succeeded'), 'and runs when there is one');

# Old runs go.
$node->safe_psql('postgres', q(INSERT INTO dbeng.job_run (job, started_at, status) SELECT 'old', now() - i * interval '1 day', 'succeeded' FROM generate_series(28, 32) i; SELECT dbeng.run_now('retention')));
ok($node->poll_query_until('postgres', "SELECT count(*) = 2 FROM dbeng.job_runs WHERE job = 'old'"), 'retention keeps 30 days');

# A dump has the jobs, and they run where it is restored.
$node->safe_psql('postgres', "SELECT dbeng.schedule('kept', '1 second', 'SELECT 1')");
$node->command_ok([ 'pg_dump', '-f', $node->basedir . '/dump.sql', $node->connstr('postgres') ], 'pg_dump');
$node->safe_psql('postgres', "SELECT dbeng.unschedule('kept'); CREATE DATABASE restored");
$node->append_conf('postgresql.conf', 'dbeng.max_workers = 8');
$node->reload;
$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-f', $node->basedir . '/dump.sql', $node->connstr('restored') ], 'restore');
is($node->safe_psql('restored', "SELECT role, every, command FROM dbeng.jobs WHERE job = 'kept'"), 'postgres|00:00:01|SELECT 1', 'the job is restored');
ok($node->poll_query_until('restored', "SELECT count(*) > 0 FROM dbeng.job_runs WHERE job = 'kept' AND status = 'succeeded' AND started_at > now() - interval '3 s'"), 'and runs');
cmp_ok($node->safe_psql('restored', "SELECT dbeng.schedule('next', '1 day', 'SELECT 1')"), '>', 40, 'numbers go on');
$node->stop;
done_testing();
