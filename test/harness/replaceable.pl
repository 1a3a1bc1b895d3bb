# replaceable.pl FILE...: the statements of SQL files that an upgrade may run again: CREATE OR REPLACE,
# comments and privileges. What makes tables, types or operators is left to the upgrade script's own hand.
use strict;
use warnings;

my $quoted = qr/'(?:[^']|'')*'|"[^"]*"|\$(\w*)\$.*?\$\g{-1}\$/s;
my $statement = qr/(?:--[^\n]*|$quoted|[^;'"\$-]|-(?!-)|\$)*?;/s;

for my $file (@ARGV)
{
	open(my $in, '<', $file) or die "$file: $!\n";
	my $sql = do { local $/; <$in> };
	while ($sql =~ /\G(?:\s|--[^\n]*\n)*($statement)[ \t]*\n?/gc)
	{
		my $text = $1;
		print "$text\n" if $text =~ /^(?:CREATE OR REPLACE|COMMENT ON|GRANT|REVOKE|ALTER (?:FUNCTION|PROCEDURE|VIEW))\b/i;
	}
	die "$file: not understood from: " . substr($sql, pos($sql) // 0, 60) . "\n" if substr($sql, pos($sql) // 0) !~ /^(?:\s|--[^\n]*(?:\n|\z))*\z/;
}
