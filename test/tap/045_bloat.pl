# dbeng.bloat() on tables that others hold, on broken pages, after a crash, on a standby; and that it leaves pages as they are.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
# Broken bytes are to reach the code, not be stopped by a checksum. Since 18 these are the default.
my $without_checksums = `initdb --version` =~ / (\d+)/ && $1 >= 18 ? ['--no-data-checksums'] : [];
$node->init(allows_streaming => 1, extra => $without_checksums);
$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
autovacuum = off
END
$node->start;
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION dbeng;
CREATE EXTENSION pageinspect;
CREATE TABLE held (id int PRIMARY KEY, filling text);
INSERT INTO held SELECT n, repeat('x', 100) FROM generate_series(1, 20000) n;
VACUUM (FREEZE) held;
END
sub bloat { $node->safe_psql('postgres', "SELECT $_[1] FROM dbeng.bloat('$_[0]', NULL) WHERE kind = 'table'") }

# Rows that somebody's snapshot may need: dead, but nothing gives their room back.
my $reader = $node->background_psql('postgres', on_error_die => 1);
$reader->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM held');
$node->safe_psql('postgres', 'DELETE FROM held WHERE id % 2 = 0');
is(bloat('held', 'dead_bytes > 1000000, vacuum_bytes, bloat_pct < 2'), 't|0|t', 'rows that a snapshot needs are dead and kept');
$reader->query_safe('COMMIT');
is(bloat('held', 'dead_bytes > 1000000, vacuum_bytes = dead_bytes, bloat_pct BETWEEN 45 AND 55'), 't|t|t', 'afterwards they are not');

# Nothing is pruned, and no hint bit is set.
$node->safe_psql('postgres', <<'END');
CREATE TABLE untouched (id int, filling text);
INSERT INTO untouched SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n;
DELETE FROM untouched WHERE id % 3 = 0;
CREATE INDEX ON untouched (id);
DELETE FROM untouched WHERE id % 3 = 1;
CHECKPOINT;
END
my $pages = "SELECT md5(string_agg(get_raw_page(r, b::int), '' ORDER BY r, b)) FROM (VALUES ('untouched'), ('untouched_id_idx')) v (r), LATERAL generate_series(0, pg_relation_size(r) / 8192 - 1) b";
my $before = $node->safe_psql('postgres', $pages);
is($node->safe_psql('postgres', "SELECT count(*) FROM dbeng.bloat('untouched')"), '2', 'a table with dead rows');
is($node->safe_psql('postgres', $pages), $before, 'its pages are as before, to the last bit');

# Others come first.
my $holder = $node->background_psql('postgres', on_error_die => 1);
$holder->query_safe('BEGIN; LOCK TABLE held');
my (undef, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET lock_timeout = '50ms'; SELECT * FROM dbeng.bloat('held')");
like($stderr, qr/ERROR:  55P03/, 'a lock is waited for as lock_timeout says');
$node->safe_psql('postgres', "CREATE TABLE large AS SELECT n AS id, repeat('x', 900) AS filling FROM generate_series(1, 100000) n");
$holder->query_safe('ROLLBACK; BEGIN; SELECT FROM large LIMIT 1');
my $waiter = $node->background_psql('postgres', on_error_die => 1);
$waiter->query_until(qr/waits/, "\\echo waits\nBEGIN; LOCK TABLE large;\nROLLBACK;\n\\echo done\n");
$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_locks WHERE relation = 'large'::regclass AND NOT granted");
like($holder->query_safe("SELECT note FROM dbeng.bloat('large', NULL) WHERE kind = 'table'"), qr/^ended early: another session waits/, 'it gives way');
$holder->query_safe('COMMIT');
$holder->quit;
$waiter->quit;

# Cancelled in the middle, as often as it is asked.
(undef, my $stdout, $stderr) = $node->psql('postgres', <<'END', on_error_stop => 0);
\set VERBOSITY verbose
SET statement_timeout = 5;
SELECT count(*) FROM dbeng.bloat('large', NULL);
RESET statement_timeout;
SELECT count(*) FROM dbeng.bloat('large');
END
like($stderr, qr/ERROR:  57014/, 'statement_timeout stops it');
is($stdout, '1', 'and the session goes on');

# Who may ask.
$node->safe_psql('postgres', 'CREATE ROLE nobody; CREATE ROLE watcher IN ROLE pg_monitor');
(undef, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET ROLE nobody; SELECT * FROM dbeng.bloat('held')");
like($stderr, qr/ERROR:  42501/, 'not everybody');
is($node->safe_psql('postgres', "SET ROLE watcher; SELECT count(*) FROM dbeng.bloat('held')"), '2', 'who watches the server may, without a right on the table');
(undef, undef, $stderr) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM dbeng.bloat(4000000000)");
like($stderr, qr/ERROR:  42P01/, 'a relation that is gone');

# Broken pages: a header that is none, line pointers and lengths that lead nowhere.
$node->safe_psql('postgres', <<'END');
CREATE EXTENSION btree_gin;
CREATE TABLE broken (id int, filling text, at point, words text[]);
INSERT INTO broken SELECT n, repeat('x', 100), point(n, n), ARRAY[n::text, 'all'] FROM generate_series(1, 20000) n;
CREATE INDEX broken_btree ON broken (id);
CREATE INDEX broken_gin ON broken USING gin (words);
CREATE INDEX broken_gist ON broken USING gist (at);
CREATE INDEX broken_spgist ON broken USING spgist (at);
CREATE INDEX broken_hash ON broken USING hash (id);
CREATE INDEX broken_brin ON broken USING brin (id) WITH (pages_per_range = 1);
VACUUM (FREEZE) broken;
CHECKPOINT;
END
my @relations = split /\n/, $node->safe_psql('postgres', "SELECT oid::regclass, pg_relation_filepath(oid) FROM pg_class WHERE relname ~ '^broken'");
my $figures = "SELECT relation, bloat_pct FROM dbeng.bloat('broken', NULL) WHERE kind <> 'toast'";
my $sound = $node->safe_psql('postgres', $figures);
$node->stop;
for (@relations)
{
	my ($relation, $path) = split /\|/;
	open(my $file, '+<:raw', $node->data_dir . "/$path") or die "$path: $!";
	my $size = -s $file;
	# Page 3 gets a header that is none, page 4 keeps its header, with garbage behind; what comes after special space starts stays.
	seek($file, 3 * 8192 + 12, 0);
	print $file pack('v*', 0xffff, 3, 0x1111, 0x2222);
	next if $size < 5 * 8192;
	seek($file, 4 * 8192 + 24, 0);
	srand(7);
	print $file pack('C*', map { int rand 256 } 1 .. 8000);
	close $file;
}
$node->start;
my $broken = $node->safe_psql('postgres', $figures);
my ($count) = $node->safe_psql('postgres', "SELECT count(*) FROM dbeng.bloat('broken', NULL) WHERE note ~ 'could not be read'");
cmp_ok($count, '>=', 6, 'broken pages are told');
my %sound = map { split /\|/ } split /\n/, $sound;
my %broken = map { split /\|/ } split /\n/, $broken;
for my $relation (sort keys %sound)
{
	next if $relation =~ /brin/;
	cmp_ok(abs($sound{$relation} - $broken{$relation}), '<', 10, "$relation: the other pages speak for them");
}
is($node->safe_psql('postgres', "SELECT count(*) FROM dbeng.bloat('broken')"), scalar(keys %sound), 'a sample goes around them, too');
(undef, undef, $stderr) = $node->psql('postgres', 'SELECT count(*) FROM broken');
like($stderr, qr/invalid page in block 3/, 'what is broken still is, for everybody');
$node->safe_psql('postgres', 'DROP TABLE broken');

# An unlogged table is empty after a crash.
$node->safe_psql('postgres', 'CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY); INSERT INTO unlogged SELECT generate_series(1, 10000)');
$node->backup('base');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', "SELECT string_agg(concat_ws(' ', kind, bloat_bytes), ', ' ORDER BY kind) FROM dbeng.bloat('unlogged')"), 'index 0, table 0', 'unlogged, after a crash');

# A standby.
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
my $same = "SELECT relation, bloat_pct, free_bytes, method FROM dbeng.bloat('held', NULL)";
is($standby->safe_psql('postgres', $same), $node->safe_psql('postgres', $same), 'on a standby it says what it says on the primary');
is($standby->safe_psql('postgres', 'SELECT count(*) > 0 FROM dbeng.table_bloat'), 't', 'table_bloat there');
is($standby->safe_psql('postgres', 'SELECT count(*) > 0 FROM dbeng.index_bloat'), 't', 'index_bloat there');
(undef, undef, $stderr) = $standby->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM dbeng.bloat('unlogged')");
like($stderr, qr/ERROR:  0A000: "unlogged" is unlogged, and this server is a standby/, 'not of what never gets there');
done_testing();
