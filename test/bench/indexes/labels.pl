# labels.pl FILE: a labelled workload as SQL that fills bench.label.
use strict;
use warnings;

my ($label, @labels);
while (<>)
{
	if (/^-- (\d+) (.+?) \| (\d+) \| (improvable|trap)$/)
	{
		push @labels, $label = { id => $1, name => $2, calls => $3, kind => $4, statement => '', measured => undef, tempting => undef, writes => 'false' };
	}
	elsif (/^-- (measured|tempting): (.*)$/) { $label->{$1} = $2 }
	elsif (/^-- writes$/) { $label->{writes} = 'true' }
	elsif (/^--/) { die "line $.: what is this? $_" }
	elsif ($label) { $label->{statement} .= $_ }
}
sub literal { my ($text) = @_; return 'NULL' unless defined $text; $text =~ s/^\s+|[\s;]+$//g; $text =~ s/'/''/g; return "'$text'" }
for (@labels)
{
	printf "INSERT INTO bench.label VALUES (%d, %s, %d, %s, %s, %s, %s, %s);\n", $_->{id}, literal($_->{name}), $_->{calls}, literal($_->{kind}),
		literal($_->{statement}), literal($_->{measured}), literal($_->{tempting}), $_->{writes};
}
