# Every check fires where it should, is silent where it should, and its fix cures what it found.
# The fixtures are test/checks/*.sql; test/checks/README.md tells how they are written. Two workers, each with
# a server of its own, share them; DBENG_CHECK=name runs a single one.
use strict;
use warnings;
use File::Path 'rmtree';
use FindBin;
use IPC::Open2;
use JSON::PP;
use POSIX ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $dir = "$FindBin::Bin/../checks";
my $only = $ENV{DBENG_CHECK} // '';
my @repeatable = ('setting', 'hba', 'hba only', 'extension', 'before check', 'expect');
my %known = map { $_ => 1 } @repeatable, qw(threshold status fix server);

# A fixture file: directives before the first section hold for every section.
sub parse
{
	my ($path) = @_;
	my (@sections, $current);
	my $common = $current = { sql => '' };
	my $number = 0;
	for my $line (split /\n/, slurp_file($path))
	{
		$number++;
		if ($line =~ /^-- (firing|silent)(?:: .*)?$/)
		{
			my %inherited = map { $_ => ref $common->{$_} ? [ @{ $common->{$_} } ] : $common->{$_} } keys %$common;
			push @sections, $current = { %inherited, kind => $1, line => $number };
		}
		elsif ($line =~ /^-- (enable|standby)$/)
		{
			$current->{$1} = 1;
		}
		elsif ($line =~ /^-- ([a-z]+(?: [a-z]+)?): *(.*?) *$/)
		{
			my ($directive, $value) = ($1, $2);
			die "$path:$number: no directive \"$directive\"\n" if !$known{$directive};
			die "$path:$number: not like \"-- server: >= 17\"\n" if $directive eq 'server' && $value !~ /^(?:[<>]=?|==) *\d+$/;
			if (grep { $_ eq $directive } @repeatable) { push @{ $current->{$directive} }, $value }
			else { $current->{$directive} = $value }
		}
		$current->{sql} .= "$line\n";
	}
	return @sections;
}

# One worker's server, with a template database that has dbeng.
sub new_node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(allows_streaming => 1);
	$node->append_conf('postgresql.conf', <<'END');
shared_preload_libraries = 'pg_stat_statements,dbeng'
dbeng.enabled = off
log_statement = none
log_min_messages = warning
restart_after_crash = on
autovacuum_naptime = 1h
max_prepared_transactions = 10
END
	$node->start;
	$node->safe_psql('postgres', 'CREATE DATABASE dbeng_fixture');
	$node->safe_psql('dbeng_fixture', 'CREATE EXTENSION dbeng');
	$node->safe_psql('postgres', 'ALTER DATABASE dbeng_fixture ALLOW_CONNECTIONS false');
	return $node;
}

# Runs SQL in a psql of its own; dies with what psql said.
sub run
{
	my ($node, $database, $sql, $what) = @_;
	my ($stdout, $stderr, $timed_out) = ('', '');
	my $status = $node->psql($database, $sql, stdout => \$stdout, stderr => \$stderr, on_error_die => 0,
		on_error_stop => 1, timeout => 120, timed_out => \$timed_out);
	die "$what: takes more than two minutes\n" if $timed_out;
	die "$what: $stderr\n" if $status;
	return $stdout;
}

sub reload
{
	my ($node) = @_;
	my $before = run($node, 'postgres', 'SELECT pg_conf_load_time(); SELECT pg_reload_conf()', 'reload');
	$before =~ s/\n.*//s;
	for (1 .. 200)
	{
		last if run($node, 'postgres', 'SELECT pg_conf_load_time()', 'reload') ne $before;
		select(undef, undef, undef, 0.02);
	}
	$node->restart if run($node, 'postgres', 'SELECT bool_or(pending_restart) FROM pg_settings', 'reload') eq 't';
}

sub settings_changed { return slurp_file($_[0]->data_dir . '/postgresql.auto.conf') =~ /^[^#\s]/m }

sub write_file
{
	my ($path, $text) = @_;
	open(my $out, '>', $path) or die "$path: $!\n";
	print $out $text;
	close $out;
}

# A session that runs a statement and then stays, as idle as the statement left it.
sub open_session
{
	my ($node, $sql) = @_;
	my $pid = open2(my $from, my $to, 'psql', '-XAtq', '-d', $node->connstr('fx'));
	print $to "$sql;\n\\echo ready\n";
	$to->flush;
	while (my $line = <$from>) { return { pid => $pid, to => $to, from => $from } if $line eq "ready\n" }
	die "the session of \"before check\" ended\n";
}

sub close_session
{
	my ($session) = @_;
	close $session->{to};
	close $session->{from};
	waitpid $session->{pid}, 0;
}

# What dbeng says now about one check: its status and its findings.
sub observe
{
	my ($node, $id) = @_;
	my $answer = run($node, 'fx', <<END, 'findings()');
SET dbeng.max_findings = 0;
SELECT json_build_object(
	'status', (SELECT status || coalesce(': ' || reason, '') FROM dbeng.check_results WHERE check_id = '$id'),
	'findings', (SELECT coalesce(json_agg(f), '[]') FROM dbeng.findings() f WHERE check_id = '$id'));
END
	return decode_json($answer);
}

# A statement's identifier holds OIDs: no two databases give the same.
sub shown_object { return ($_[0]->{object} // '-') =~ s/^queryid -?\d+$/queryid N/r }

sub describe { return join '', map { '  ' . ($_->{object} // '-') . " | $_->{message}\n" } @_ }

# Prepares what the section asks for, looks, compares, applies the fixes, looks again.
sub try_section
{
	my ($node, $id, $section, $cleanup) = @_;
	run($node, 'postgres', 'CREATE DATABASE fx TEMPLATE dbeng_fixture', 'CREATE DATABASE');
	run($node, 'fx', "CREATE EXTENSION IF NOT EXISTS \"$_\" CASCADE", 'extension') for @{ $section->{extension} };
	if ($section->{setting})
	{
		run($node, 'postgres', join('', map { /^(\S+) *= *(.*)$/ or die "setting: not \"name = value\": $_\n"; "ALTER SYSTEM SET $1 = $2;\n" }
			@{ $section->{setting} }), 'setting');
	}
	if (my $lines = $section->{'hba only'} || $section->{hba})
	{
		my $file = $node->data_dir . '/pg_hba.conf';
		my $original = slurp_file($file);
		push @$cleanup, sub { write_file($file, $original); reload($node) };
		write_file($file, join('', map { "$_\n" } @$lines) . ($section->{'hba only'} ? '' : $original));
	}
	reload($node) if grep { $section->{$_} } 'setting', 'hba', 'hba only';
	run($node, 'fx', "SELECT dbeng.configure_check('$id', enabled => true)", 'enable') if $section->{enable};
	run($node, 'fx', "SELECT dbeng.configure_check('$id', thresholds => \$\$$section->{threshold}\$\$)", 'threshold') if $section->{threshold};
	if ($section->{standby})
	{
		my $name = $node->name . '_standby' . $section->{line} . $id;
		my $standby = PostgreSQL::Test::Cluster->new($name);
		push @$cleanup, sub { $standby->stop('immediate'); rmtree([ $standby->basedir, $node->backup_dir . "/$name" ]) };
		$node->backup($name);
		$standby->init_from_backup($node, $name, has_streaming => 1);
		$standby->start;
		$node->wait_for_catchup($standby);
	}
	# Counters are flushed before the next prompt, not sometime after psql has gone.
	run($node, 'fx', "$section->{sql}\nSELECT pg_catalog.pg_stat_force_next_flush();\n", 'the section itself');
	for my $sql (@{ $section->{'before check'} })
	{
		my $session = open_session($node, $sql);
		unshift @$cleanup, sub { close_session($session) };
	}

	my $seen = observe($node, $id);
	my @found = @{ $seen->{findings} };
	my $status = $section->{status} // ($section->{kind} eq 'firing' ? 'failed' : '(?:passed|not applicable)');
	my $seen_status = $seen->{status} // 'missing';
	die "status is $seen_status\n" . describe(@found) if $seen_status !~ /^$status/;
	my @expected = map { [ split / *\| */, $_, 2 ] } @{ $section->{expect} };
	my $got = join "\n", sort map { shown_object($_) } @found;
	my $wanted = join "\n", sort map { $_->[0] } @expected;
	die "findings differ: expected\n" . join('', map { "  $_->[0] | $_->[1]\n" } @expected) . "found\n" . describe(@found) if $got ne $wanted;
	for my $expected (@expected)
	{
		my ($object, $message) = @$expected;
		next if grep { shown_object($_) eq $object && $_->{message} =~ /$message/ } @found;
		die "no message of $object matches \"$message\":\n" . describe(@found);
	}

	# The cure: each fix as it stands; its finding must be gone, and then the next one is tried.
	my %tried;
	while (my ($finding) = grep { defined $_->{fix} && !$tried{ ($_->{object} // '-') . "|$_->{message}" }++ } @found)
	{
		run($node, 'fx', $finding->{fix}, "the fix of\n" . describe($finding) . "  $finding->{fix}\n");
		reload($node) if settings_changed($node);
		@found = @{ observe($node, $id)->{findings} };
		next if ($section->{fix} // '') =~ /^partial/;
		die "still there after its fix:\n" . describe($finding) . "  $finding->{fix}\n"
		  if grep { ($_->{object} // '-') eq ($finding->{object} // '-') && $_->{message} eq $finding->{message} } @found;
	}
}

# Leaves the server as the section found it.
sub restore
{
	my ($node) = @_;
	run($node, 'postgres', <<'END', 'cleaning up');
SELECT count(*) > 0 AS prepared FROM pg_prepared_xacts WHERE database = 'fx' \gset
\if :prepared
\connect fx
SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = 'fx' \gexec
\connect postgres
\endif
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active;
SELECT format('DROP DATABASE %I WITH (FORCE)', datname) FROM pg_database WHERE datname = 'fx' OR datname LIKE 'fx\_%' \gexec
SELECT format('DROP OWNED BY %1$I', rolname) FROM pg_roles WHERE rolname LIKE 'fx\_%' \gexec
SELECT format('DROP ROLE %1$I', rolname) FROM pg_roles WHERE rolname LIKE 'fx\_%' \gexec
SELECT 'ALTER ROLE ' || CASE setrole WHEN 0 THEN 'ALL' ELSE setrole::regrole::text END || ' RESET ALL' FROM pg_db_role_setting WHERE setdatabase = 0 \gexec
END
	if (settings_changed($node))
	{
		run($node, 'postgres', 'ALTER SYSTEM RESET ALL', 'cleaning up');
		reload($node);
	}
}

# Returns what is wrong with a check, or nothing.
sub problems
{
	my ($node, $file) = @_;
	(my $id = $file) =~ tr/_/-/;
	my @problems;
	my @sections = eval { parse("$dir/$file.sql") };
	push @problems, $@ if $@;
	for my $kind (qw(firing silent))
	{
		push @problems, "no \"-- $kind\" section\n" if !grep { $_->{kind} eq $kind } @sections;
	}
	my $version = int(run($node, 'postgres', 'SHOW server_version_num', 'version') / 10000);
	for my $section (@sections)
	{
		next if $section->{server} && !eval "$version $section->{server}";
		my @cleanup;
		eval { try_section($node, $id, $section, \@cleanup) };
		push @problems, "$file.sql:$section->{line} ($section->{kind}): $@" if $@;
		for my $undo (@cleanup, sub { restore($node) })
		{
			eval { $undo->() };
			push @problems, "$file.sql:$section->{line}: $@" if $@;
		}
	}
	return @problems;
}

my @files = sort map { m{([^/]+)\.sql$} } glob "$dir/*.sql";
if ($only ne '')
{
	$only =~ tr/-/_/;
	@files = grep { $_ eq $only } @files;
	BAIL_OUT("there is no test/checks/$only.sql") if !@files;
}
my @nodes = map { new_node("checks$_") } 1 .. (@files > 1 ? 2 : 1);

# The meta-test: checks and fixtures are the same set.
my %registered = map { tr/-/_/r => 1 } split /\n/,
  run($nodes[0], 'postgres', 'CREATE EXTENSION dbeng; SELECT check_id FROM dbeng.checks', 'dbeng.checks');
run($nodes[0], 'postgres', 'DROP EXTENSION dbeng', 'dbeng.checks');
if ($only eq '')
{
	my %fixture = map { $_ => 1 } @files;
	is(join(' ', grep { !$fixture{$_} } sort keys %registered), '', 'every check has a fixture');
	is(join(' ', grep { !$registered{$_} } @files), '', 'every fixture is of a check');
}

# Each worker takes the next file from a pipe and answers with a line of JSON.
pipe(my $queue_out, my $queue_in) or die $!;
syswrite $queue_in, pack('N', $_) for 0 .. $#files;
close $queue_in;
pipe(my $answers, my $answer) or die $!;
my @workers;
for my $node (@nodes)
{
	my $pid = fork() // die "fork: $!";
	if ($pid == 0)
	{
		while ((sysread($queue_out, my $number, 4) // 0) == 4)
		{
			my $file = $files[ unpack 'N', $number ];
			my @problems = eval { problems($node, $file) };
			push @problems, $@ if $@;
			# Short enough to be written in one piece.
			syswrite $answer, encode_json({ file => $file, problems => substr(join('', @problems), 0, 3000) }) . "\n";
		}
		POSIX::_exit(0);
	}
	push @workers, $pid;
}
close $answer;
my %answered;
while (my $line = <$answers>)
{
	my $result = decode_json($line);
	$answered{ $result->{file} } = 1;
	is($result->{problems}, '', $result->{file});
}
waitpid $_, 0 for @workers;
is(join(' ', grep { !$answered{$_} } @files), '', 'every fixture was tried');
done_testing();
