# Examples of statements' constants: what is kept of whom, for how long, and who sees it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes 'sleep';

my $node = PostgreSQL::Test::Cluster->new('sampler');
$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "dbeng.enabled = off\ncompute_query_id = auto\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION dbeng');

# Without preloading there is no memory for it.
my ($status, $stdout, $stderr) = $node->psql('postgres', "LOAD 'dbeng'; \\set VERBOSITY verbose\nSET dbeng.sample_constants = on");
like($stderr, qr/ERROR:  55000:.*needs dbeng to be preloaded.*HINT:  Add dbeng to shared_preload_libraries/s, 'not preloaded: the setting is refused');
($status, $stdout, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM dbeng.sampled_constants");
like($stderr, qr/ERROR:  55000:.*needs dbeng to be preloaded.*HINT:  Add dbeng to shared_preload_libraries/s, 'not preloaded: the view says so');

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_stat_statements,dbeng'\npg_stat_statements.track = all\ndbeng.sample_constants_size = 256\n");
$node->restart;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION pg_stat_statements;
CREATE TYPE mood AS ENUM ('sad', 'very happy');
CREATE DOMAIN amount AS numeric CHECK (value > 0);
CREATE TYPE pair AS (a int, b int);
CREATE TABLE t (id int, name text, m mood, n amount, p pair);
INSERT INTO t SELECT n, 'name ' || n FROM generate_series(1, 100) n;
END

sub run { return $node->safe_psql('postgres', join("\n", @_)) }
# A session in which it is on; its statements are sent one by one.
sub sampling { return run('SET dbeng.sample_constants = on;', @_) }
sub example
{
	my ($pattern) = @_;
	$pattern =~ s/'/''/g;
	return run("SELECT concat_ws('|', example, nullif(parameters, '{}')) FROM dbeng.sampled_constants WHERE example LIKE '$pattern' ORDER BY seen_at, 1");
}

run("SELECT count(*) FROM t WHERE name = 'off';");
is(example('%'), '', 'off: nothing');

# Constants in the text.
sampling("SELECT count(*) FROM t WHERE name = 'one' AND id IN (1, 2) LIMIT 3;");
is(example("%'one'%"), "SELECT count(*) FROM t WHERE name = 'one' AND id IN (1, 2) LIMIT 3", 'constants in the text');
is(run("SELECT count(*) FROM pg_stat_statements s JOIN dbeng.sampled_constants c USING (queryid) WHERE s.userid = c.role AND s.query LIKE '%name = \$1 AND id IN%'"), 1,
	"it has pg_stat_statements' number and user");
sampling("SELECT name FROM t WHERE id = 1; SELECT 1; UPDATE t SET name = 'two;' WHERE id = -2 ; /* so */ DELETE FROM t WHERE name = '3';");
is(example("%name FROM t WHERE id = 1%"), 'SELECT name FROM t WHERE id = 1', 'the first of several');
is(example("%two%"), "UPDATE t SET name = 'two;' WHERE id = -2", 'one in the middle');
$node->psql('postgres', "SET dbeng.sample_constants = on\\; SELECT id FROM t WHERE name = 'first'\\; SELECT id, n FROM t WHERE name = 'second' \\; SELECT m FROM t WHERE name = 'third'");
is(example("%'first'%") . ',' . example("%'second'%") . ',' . example("%'third'%"),
	"SELECT id FROM t WHERE name = 'first',SELECT id, n FROM t WHERE name = 'second',SELECT m FROM t WHERE name = 'third'", 'several sent as one');
sampling("SELECT count(*) FROM t WHERE name = 'Größe 日本語';");
is(example('%日本語%'), "SELECT count(*) FROM t WHERE name = 'Größe 日本語'", 'letters of several bytes');
sampling('CREATE TABLE "Odd ""Table" ("Größe" int);', 'SELECT * FROM "Odd ""Table" WHERE "Größe" = 5;');
is(example('%Odd%'), 'SELECT * FROM "Odd ""Table" WHERE "Größe" = 5', 'odd names');

# Values of parameters, and both.
sampling("SET datestyle = 'SQL, DMY';",
	"PREPARE a (text, mood, date, int[], amount, float8, mood[]) AS SELECT id FROM t WHERE name = \$1 AND m = \$2 AND id = ANY (\$4) AND \$3 > '2020-02-03' AND n = \$5 AND n < \$6 AND m = ANY (\$7);",
	"EXECUTE a ('it''s', 'very happy', '31/12/2024', '{1,NULL,3}', 0.50, 0.1, '{sad,very happy}');");
like(example("%name = \$1 AND m = %"), qr/SELECT id FROM t WHERE name = \$1 AND .* \$3 > '2020-02-03' .*\|\{it's,"very happy",2024-12-31,"\{1,NULL,3\}",0.50,0.1,"\{sad,\\"very happy\\"\}"\}$/,
	'values of parameters, in one style whatever the session has, beside a constant');
my $long = 'x' x 5000;
sampling("PREPARE b (text, pair, text, int) AS SELECT id, 2 FROM t WHERE name IN (\$1, \$3) AND p = \$2 AND id = \$4;", "EXECUTE b (NULL, '(1,2)', '$long', 4);");
like(example('%p = $2%'), qr/\|\{NULL,NULL,NULL,4\}$/, 'NULL, a composite type, a long value');

# The extended protocol. pgbench's sessions have it on by their role.
my $script = $node->basedir . '/extended.sql';
sub pgbench
{
	my ($protocol, $sql, @options) = @_;
	unlink $script;
	append_to_file($script, $sql);
	run('ALTER ROLE CURRENT_USER SET dbeng.sample_constants = on');
	$node->command_ok([ 'pgbench', '-n', '-M', $protocol, '-f', $script, @options, 'postgres' ], "pgbench -M $protocol");
	run('ALTER ROLE CURRENT_USER RESET dbeng.sample_constants');
}
pgbench('extended', "SELECT id, name, 7 FROM t WHERE id = :x;\n", '-t', 20, '-D', 'x=42');
is(example('%name, 7 FROM t%'), 'SELECT id, name, 7 FROM t WHERE id = $1|{42}', 'the extended protocol');
pgbench('prepared', "SELECT name, id, 8 FROM t WHERE id = :x;\n", '-t', 20, '-D', 'x=43');
is(example('%id, 8 FROM t%'), 'SELECT name, id, 8 FROM t WHERE id = $1|{43}', 'prepared statements');

# What functions run is counted as their own statements.
sampling("DO \$\$ DECLARE v int := 3; BEGIN PERFORM id, 1 FROM t WHERE name = 'inner'; PERFORM m, 2 FROM t WHERE id = v; EXECUTE 'SELECT id, 3 FROM t WHERE id = \$1' USING 77; END \$\$;");
is(example("%'inner'%"), "SELECT id, 1 FROM t WHERE name = 'inner'", 'a statement of PL/pgSQL');
is(example('%id, 3%'), 'SELECT id, 3 FROM t WHERE id = $1|{77}', 'EXECUTE … USING');
is(example('%m, 2%'), '', 'not one with variables');

# Statements within others. From 18 on the server numbers them all; the text is that of the whole.
my $numbers_all = $node->pg_version->major >= 18;
sampling("EXPLAIN SELECT id, name, m FROM t WHERE name = 'planned';", "EXPLAIN ANALYZE SELECT id, name, n FROM t WHERE name = 'analysed';",
	"BEGIN;", "DECLARE c CURSOR FOR SELECT m, id FROM t WHERE name = 'cursor';", 'FETCH c;', 'COMMIT;');
like(example("%'analysed'%"), qr/SELECT id, name, n FROM t WHERE name = 'analysed'/, 'EXPLAIN ANALYZE');
like(example("%'cursor'%"), $numbers_all ? qr/^DECLARE c CURSOR FOR SELECT m, id FROM t WHERE name = 'cursor';?$/ : qr/^$/, 'DECLARE');
is(example("%'planned'%"), '', 'what is only planned is not kept');
$node->psql('postgres', "SET dbeng.sample_constants = on\\; CREATE ROLE hidden PASSWORD 'secret'\\; EXPLAIN ANALYZE SELECT n, id FROM t WHERE id = 6\\; CREATE TABLE u AS SELECT n, m FROM t WHERE id = 7");
is(example('%secret%'), '', 'no password');
is(example('%ROLE%'), '', 'and nothing else that was sent along');

# What there is no advice on.
sampling('SELECT avg(id) FROM t;', "SELECT 'nothing';", "SELECT count(*) FROM pg_class WHERE relname = 'catalog';", "INSERT INTO t VALUES (0, 'filled');",
	"CREATE TEMP TABLE own AS SELECT 1 AS a;", "SELECT a FROM own WHERE a = 99;", "SELECT count(*) FROM dbeng.ignored WHERE check_id = 'x';",
	"COPY (SELECT id, n FROM t WHERE name = 'copied') TO STDOUT;");
is(example("%$_%"), '', "not kept: $_") for 'nothing', 'catalog', 'filled', 'own', 'dbeng', 'SELECT avg', 'copied';
sampling("SELECT n, n FROM t WHERE name = '" . 'long' x 3000 . "';");
is(example('%long%'), '', 'a text that is too long');
sampling("SELECT n, n, n FROM t WHERE name = '" . 'fits' x 1900 . "';");
is(length(example('%fits%')), 7600 + length("SELECT n, n, n FROM t WHERE name = ''"), 'one that fits is whole');

# An example is replaced once it is older than the interval.
sampling("SELECT n, id FROM t WHERE name = 'first';", "SELECT n, id FROM t WHERE name = 'second';");
is(example('SELECT n, id FROM t WHERE name%'), "SELECT n, id FROM t WHERE name = 'first'", 'within the interval');
$node->append_conf('postgresql.conf', "dbeng.sample_constants_interval = '1s'\n");
$node->reload;
sleep 1.2;
sampling("SELECT n, id FROM t WHERE name = 'third';");
is(example('SELECT n, id FROM t WHERE name%'), "SELECT n, id FROM t WHERE name = 'third'", 'after it');

# Who sees what.
$node->safe_psql('postgres', <<'END');
CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE carl LOGIN IN ROLE pg_read_all_stats;
GRANT SELECT ON t TO ann, bob;
ALTER ROLE ann SET dbeng.sample_constants = on; ALTER ROLE bob SET dbeng.sample_constants = on;
END
$node->safe_psql('postgres', "SELECT id FROM t WHERE name = 'of $_'", extra_params => [ '-U', $_ ]) for 'ann', 'bob';
is($node->safe_psql('postgres', "SELECT role, example FROM dbeng.sampled_constants WHERE example LIKE '%''of %' ORDER BY 1", extra_params => [ '-U', $$_[0] ]), $$_[1], "$$_[0] sees")
  for [ 'ann', "ann|SELECT id FROM t WHERE name = 'of ann'" ], [ 'bob', "bob|SELECT id FROM t WHERE name = 'of bob'" ],
  [ 'carl', "ann|SELECT id FROM t WHERE name = 'of ann'\nbob|SELECT id FROM t WHERE name = 'of bob'" ];
is($node->safe_psql('postgres', "SELECT DISTINCT role FROM dbeng.sampled_constants", extra_params => [ '-U', 'ann' ]), 'ann', 'nothing but her own');
($status, $stdout, $stderr) = $node->psql('postgres', 'SET dbeng.sample_constants = off', extra_params => [ '-U', 'ann' ]);
like($stderr, qr/permission denied to set parameter/, 'it is not hers to switch off');
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION dbeng');
is($node->safe_psql('other', 'SELECT count(*) FROM dbeng.sampled_constants'), 0, "another database's are not shown");

# The memory is what it is, and the oldest go.
my $size = $node->safe_psql('postgres', "SELECT allocated_size FROM pg_shmem_allocations WHERE name = 'dbeng examples'");
cmp_ok($size, '<=', 260 * 1024, 'as large as the setting says');
# The columns make each a statement of its own.
sub distinct { my ($n) = @_; return join ', ', map { $n >> $_ & 1 ? 'id' : 'n' } 0 .. 10 }
sampling(map { sprintf "SELECT %s FROM t WHERE name = 'many %d' AND name <> '%s';", distinct($_), $_, 'y' x ($_ % 1000) } 1 .. 2000);
my $kept = run("SELECT count(*) FROM dbeng.sampled_constants WHERE example LIKE '%''many %'");
cmp_ok($kept, '>', 50, 'many are kept');
cmp_ok($kept, '<', 1000, 'and not more than there is room for');
is(example("%name = 'one'%"), '', 'the oldest made way');
like(run("SELECT string_agg(example, '') FROM dbeng.sampled_constants WHERE example LIKE '%many %'"),
	qr/^(?:SELECT (?:(?:id|n)(?:, )?){11} FROM t WHERE name = 'many \d+' AND name <> 'y*')+$/, 'none is mixed up with another');

# Many at a time, with and without it being read.
my $mixed = join '', map { sprintf "SELECT %s FROM t WHERE id = :x AND name <> '%s';\n", distinct($_), 'z' x ($_ * 40) } 1 .. 30;
pgbench('simple', "\\set x random(1, 100)\n" . $mixed . "SELECT count(*) FROM dbeng.sampled_constants;\n", '-c', 8, '-j', 2, '-T', 4);
is(run("SELECT count(*) FROM dbeng.sampled_constants WHERE example LIKE '%z%' AND example !~ '^SELECT [idn, ]+ FROM t WHERE id = \\d+ AND name <> ''z*''\$'"), 0, 'many at a time');
is(run("SELECT count(*) FROM dbeng.sampled_constants WHERE example LIKE '%z%'"), 30, 'all of them are there');

# Values that are not written.
sampling("PREPARE r (tstzrange[], regclass) AS SELECT id, 9 FROM t WHERE id > 0 AND \$2 IS NOT NULL;", "EXECUTE r ('{}', 't');");
like(example('%id, 9%'), qr/\|\{NULL,NULL\}$/, 'types whose values are not written');

# A standby has examples of its own.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', "SET dbeng.sample_constants = on; SELECT id FROM t WHERE name = 'standing by'; SELECT example FROM dbeng.sampled_constants"),
	"SELECT id FROM t WHERE name = 'standing by'", 'a standby');
$standby->stop;

is($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM dbeng.sampled_constants'), 't', 'a restart …');
$node->restart;
is($node->safe_psql('postgres', 'SELECT count(*) FROM dbeng.sampled_constants'), 0, '… forgets them');
unlike(slurp_file($node->logfile), qr/leak|PANIC|TRAP|was terminated/, 'nothing in the log');
done_testing();
