# tap.pl FILE...: run TAP tests, Perl programs and pgTAP scripts alike. The last line counts assertions; a test
# file that breaks off or prints something else than its plan counts as a failure of its own.
use strict;
use warnings;
use TAP::Harness;

my $harness = TAP::Harness->new({
	verbosity => $ENV{DBENG_VERBOSE} ? 1 : 0,
	failures => 1,
	comments => 1,
	lib => [ split(/:/, $ENV{PERL5LIB} // '') ],
	sources => {
		Perl => {},
		pgTAP => { suffix => '.sql', psql => 'psql', dbname => $ENV{DBENG_PGTAP} // 'postgres' },
	},
});
my $result = $harness->runtests(@ARGV);
my $failed = $result->failed;
for my $parser ($result->parsers)
{
	$failed++ if !$parser->failed && ($parser->parse_errors || $parser->exit);
}
printf "%d passed, %d failed\n", scalar $result->passed, $failed;
exit($failed ? 1 : 0);
