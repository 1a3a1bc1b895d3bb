# rules.pl: what DESIGN says about the sources and a compiler does not check: floors, forbidden words, one door to the
# server, a comment on every SQL object. Prints one line a breach; exit status 1 if there is any.
use strict;
use warnings;
use File::Find;

# A floor includes only what lies below it; folders of the same floor do not know each other.
my %floor = (core => 0, catalog => 1, unit => 2, planner => 2, snapshot => 3, health => 5, worker => 5, '.' => 6);
my $area = 4;
my $door = 'core/pg.hpp';
my %forbidden = (
	'throw' => qr/\bthrow\b/, 'try' => qr/\btry\b/, 'virtual' => qr/\bvirtual\b/, 'dynamic_cast' => qr/\bdynamic_cast\b/,
	'typeid' => qr/\btypeid\b/, 'new' => qr/\bnew\s+(?!\()\w|\boperator\s+new\b/,
	'delete' => qr/(?<!=)(?<!= )\bdelete\b|\boperator\s+delete\b/, 'using namespace' => qr/^using\s+namespace\b/m);
my $unfinished = join '|', map { join '', @$_ } [ 'TO', 'DO' ], [ 'FIX', 'ME' ], [ 'XX', 'X' ];
my $breaches = 0;
sub breach { print "@_\n"; $breaches++ }
sub slurp { open(my $in, '<', $_[0]) or die "$_[0]: $!\n"; local $/; return scalar <$in> }

my (@code, @sql);
find({ no_chdir => 1, wanted => sub {
	push @code, $_ if /\.[ch]pp$/;
	push @sql, $_ if /\.sql$/;
} }, 'src');

for my $file (sort @code)
{
	my $text = slurp($file);
	(my $name = $file) =~ s{^src/}{};
	my ($folder) = $name =~ m{^([^/]+)/};
	$folder //= '.';
	my $height = $floor{$folder} // $area;
	while ($text =~ /^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]/mg)
	{
		my ($kind, $included) = ($1, $2);
		next if $name eq $door;
		# The C library's headers are harmless anywhere; C++ ones must come before postgres.h.
		next if $kind eq '<' && $included =~ /\.h$/;
		if ($kind eq '<' || !-e "src/$included")
		{
			breach("$file: includes $included: only src/$door includes C++ and server headers");
			next;
		}
		my ($other) = $included =~ m{^([^/]+)/};
		$other //= '.';
		breach("$file: includes $included: $folder may include only lower floors") if $other ne $folder && ($floor{$other} // $area) >= $height;
	}
	breach("$file: server versions are told apart in src/$door only") if $name ne $door && $text =~ /PG_VERSION_NUM/;
	# To the linker, types of one name in two files are one type. What no header declares is the file's own; what is within a
	# class, the class declares.
	if ($name =~ /\.cpp$/)
	{
		(my $shared = $text) =~ s/^namespace\s*\{.*?^\} \/\/ namespace$//gms;
		breach("$file: type $1 belongs into an unnamed namespace") while $shared =~ /^(?:struct|class|union|enum(?: class)?) (\w+)\b(?!::)[^;()]*\{?$/mg;
	}
	# Words in comments and texts are free.
	my $bare = $text;
	$bare =~ s{R"(\w*)\(.*?\)\g1"|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)+'|//[^\n]*|/\*.*?\*/}{ }gs;
	for my $word (sort keys %forbidden)
	{
		breach("$file: forbidden: $word") if $bare =~ $forbidden{$word};
	}
}

my $all = join "\n", map { slurp($_) } sort @sql;
my %missing;
while ($all =~ /^CREATE (?:OR REPLACE )?(?:(?:UNLOGGED )?TABLE|(?:MATERIALIZED )?VIEW|FUNCTION|PROCEDURE|AGGREGATE|TYPE)\s+(?:IF NOT EXISTS )?dbeng\.([a-z]\w*)/mg)
{
	$missing{$1} = 1 if $all !~ /^COMMENT ON (?:TABLE|(?:MATERIALIZED )?VIEW|FUNCTION|PROCEDURE|AGGREGATE|TYPE)\s+dbeng\.\Q$1\E\b/m;
}
breach("dbeng.$_ has no COMMENT ON") for sort keys %missing;
breach("$_: SQL outside dbeng or by an unqualified name") for grep { slurp($_) =~ /^CREATE (?:OR REPLACE )?(?:TABLE|VIEW|FUNCTION|PROCEDURE|TYPE)\s+(?!dbeng\.)/m } sort @sql;

find({ no_chdir => 1, wanted => sub {
	return if !-f || -B;
	breach("$_: unfinished: $1") if slurp($_) =~ /\b($unfinished)\b/;
} }, grep { -e } qw(src sql test docs upgrade Makefile CMakeLists.txt README.md));
exit($breaches ? 1 : 0);
