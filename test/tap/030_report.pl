# The HTML of dbeng.report() on known data (test/report/data.sql): well-formed, made of nothing but what a report needs,
# with the data in its charts, whatever names and statements try; and, where there is a browser, as the browser sees it.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $day = "'2026-03-02 00:00+00', '2026-03-03 00:00+00'";
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--locale=C', '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'dbeng'\ntimezone = 'Europe/Berlin'\n");
$node->start;

sub with_data
{
	my ($database, $encoding) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
	$node->safe_psql($database, 'CREATE EXTENSION dbeng');
	$node->command_ok([ 'psql', '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($database), '-f', 'test/report/data.sql' ], "known data in $encoding");
}
sub slurp { my ($file) = @_; open(my $in, '<:raw', $file) or die "$file: $!"; local $/; return scalar <$in> }

# As a user saves it.
my $folder = PostgreSQL::Test::Utils::tempdir();
sub save
{
	my ($database, $name, $call, @options) = @_;
	local $ENV{PGCLIENTENCODING} = $options[0] // 'UTF8';
	$node->command_ok([ 'psql', '-XAtqo', "$folder/$name.html", '-d', $node->connstr($database), '-c', "SELECT $call" ], "$name is written");
	return slurp("$folder/$name.html");
}

# Every tag is one that a report needs, is closed where it should be, and has only attributes that do nothing.
my %known = map { $_ => 1 } qw(html head meta title style body div header main section nav footer p h1 h2 h3 dl dt dd ul ol li
	span b i a code table thead tbody tr th td figure figcaption svg line path rect);
my %harmless = map { $_ => 1 } qw(lang charset http-equiv content name class id href style scope role viewBox preserveAspectRatio
	aria-label aria-labelledby aria-hidden data-label x y x1 x2 y1 y2 d width height);
sub faults
{
	my ($page) = @_;
	my (@open, @faults);
	$page =~ s/\A<!DOCTYPE html>\s*// or push @faults, 'no doctype';
	push @faults, 'not ASCII' if $page =~ /[^\x20-\x7e\n]/;
	while ($page =~ /\G(?:([^<]+)|<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z0-9:-]+="[^"<>]*")*)\s*(\/?)>)/gc)
	{
		my ($text, $end, $tag, $attributes, $empty) = ($1, $2, $3, $4, $5);
		if (defined $text)
		{
			push @faults, "text '$1'" if (@open == 0 || $open[-1] ne 'style') && $text =~ /(.{0,20}(?:[>"']|&(?!#[0-9]+;)).{0,20})/;
			next;
		}
		push @faults, "<$tag>" if !$known{$tag};
		if ($end) { my $last = pop @open // 'nothing'; push @faults, "</$tag> ends <$last>" if $last ne $tag; next }
		while ($attributes =~ /([^\s=]+)="([^"]*)"/g)
		{
			my ($name, $value) = ($1, $2);
			push @faults, "$tag $name" if !$harmless{$name};
			push @faults, "$tag $name=$value" if ($name eq 'href' && $value !~ /^#[a-z0-9-]+$/) || $value =~ /&(?!#[0-9]+;)/
				|| ($name eq 'style' && $value !~ /^(?:left|top|width):[0-9.]+%$/);
		}
		push @open, $tag if !$empty;
	}
	push @faults, 'cannot be read at: ' . substr($page, pos($page) // 0, 60) if (pos($page) // 0) != length $page;
	push @faults, "not closed: @open" if @open;
	return join '; ', @faults[0 .. ($#faults < 9 ? $#faults : 9)];
}
sub check_page
{
	my ($page, $name) = @_;
	is(faults($page), '', "$name: well-formed, and nothing in it but a report");
	like($page, qr/<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"\/>/, "$name: a policy as second wall");
	unlike($page =~ s/<style>.*?<\/style>//sr, qr/url\(|\@import|https?:[^\s<]*["']/, "$name: loads nothing");
	my %id;
	$id{$1}++ while $page =~ / id="([^"]*)"/g;
	is(join(' ', grep { $id{$_} > 1 } sort keys %id), '', "$name: every id once");
	my %missing = map { $_ => 1 } grep { !$id{$_} } $page =~ / (?:href="#|aria-labelledby=")([^"]*)"/g;
	is(join(' ', sort keys %missing), '', "$name: every link leads somewhere");
}

with_data('shop', 'UTF8');
my $page = save('shop', 'day', "dbeng.report($day, 'html')");
check_page($page, 'day');
cmp_ok(length $page, '<', 600_000, 'not large: ' . length $page);
SKIP: {
	skip 'no xmllint', 1 if system('xmllint --version >/dev/null 2>&1') != 0;
	is(system('xmllint', '--noout', "$folder/day.html"), 0, 'an XML parser reads it');
}

# What hostile names and texts wanted to be, they are shown to be.
for my $hostile ('<script>alert("report")</script>', ']]> </code></style><img src=x onerror=alert(1)>', '"javascript:alert(1)"', 'public."<b onmouseover=alert(1)>"',
	'public."""; DROP TABLE x; --"', '# <script>alert(1)</script> | tee', q{| "quoted" '&' ]]>}, '<i>Bg"WorkerShutdown</i>', 'the server was <restarted>', 'a<b>&"c"', 'tablespace <fast>')
{
	(my $escaped = $hostile) =~ s/([&<>"'])/'&#' . ord($1) . ';'/ge;
	like($page, qr/\Q$escaped\E/, "shown as it is: $hostile");
}
like($page, qr/\?evil\? na&#239;ve &#8212; &#26085;&#26412;&#35486; &#1090;&#1072; &#128512;/, 'other alphabets by number, characters of direction not at all');
like($page, qr/all times in Europe&#47;Berlin|all times in Europe\/Berlin/, 'the time zone is named');
like($page, qr/2026-03-02 01:00 to 2026-03-03 01:00/, 'and used');

# The charts: each point is the average of its part of the day.
sub chart { my ($p, $id) = @_; my ($figure) = $p =~ /(<figure class="chart[^>]* id="chart-\Q$id\E">.*?<\/figure>)/s; return $figure // '' }
sub points { my ($figure, $kind) = @_; my ($d) = $figure =~ /<path class="$kind" d="([^"]*)"/; return [ map { [ split /,/, $_ ] } ($d // '') =~ /[ML]([0-9.]+,[0-9.]+)/g ] }
my @charts = $page =~ /<figure class="chart[^>]* id="chart-([^"]+)"/g;
is_deeply([ sort @charts ], [ sort qw(score active_sessions statement_ms statement_calls commits connections cache_hit_ratio blocks_read wal_bytes temp_bytes
	database_bytes oldest_transaction_age lock_waits) ], 'the charts');
for my $id (@charts)
{
	like(chart($page, $id), qr/<svg role="img"[^>]* aria-label="[^"]+: lowest [^"]+, average [^"]+, highest [^"]+ at [0-9: -]+"/, "$id tells who cannot see what it shows");
	next if $id =~ /^(?:score|active_sessions)$/;
	my ($factor) = $id eq 'blocks_read' ? 8192 : 1;
	my @expected = split /\n/, $node->safe_psql('shop', <<END);
SELECT avg(value) * $factor FROM dbeng.known_metric, LATERAL (SELECT least(floor(extract(epoch FROM taken_at - '2026-03-02 00:00+00') / 600), 143)) b(bucket)
WHERE metric = '$id' AND taken_at >= '2026-03-02 00:00+00' GROUP BY bucket ORDER BY bucket
END
	my $shown = points(chart($page, $id), 'line main');
	is(scalar @$shown, scalar @expected, "$id: a point for each ten minutes but those without snapshots (" . @expected . ')');
	# The axis is not ours to know: what is drawn is a straight line of what is measured, downwards.
	my ($low, $high) = (sort { $expected[$a] <=> $expected[$b] } 0 .. $#expected)[ 0, -1 ];
	my $slope = ($shown->[$high][1] - $shown->[$low][1]) / ($expected[$high] - $expected[$low]);
	my $worst = 0;
	for my $i (0 .. $#expected)
	{
		my $off = abs($shown->[$i][1] - ($shown->[$low][1] + $slope * ($expected[$i] - $expected[$low])));
		$worst = $off if $off > $worst;
	}
	cmp_ok($slope, '<', 0, "$id: more is higher");
	cmp_ok($worst, '<', 0.3, "$id: each where its value says");
}
like(chart($page, 'commits'), qr/>300<\/span>.*>200<\/span>.*>100<\/span>|>0<\/span>.*>100<\/span>.*>200<\/span>.*>300<\/span>/s, 'an axis with marks a person would choose');
like(chart($page, 'database_bytes'), qr/>40\.5 GB<\/span>/, 'in units a person reads');
like(chart($page, 'commits'), qr/>06:00<\/span>.*>3 Mar<\/span>/s, 'and times');
like(chart($page, 'commits'), qr/<rect class="gap" x="138\.\d" y="0" width="2[78]\.\d"/, 'the gap is where it was');
my $stack = chart($page, 'active_sessions');
is_deeply([ $stack =~ /<path class="stack ([a-z]+)"/g ], [qw(cpu io lock lwlock ipc client)], 'active sessions by what they did');
is(scalar(() = $stack =~ /<path class="stack cpu" d="([^"]*)"/ ? $1 =~ /[ML]/g : ()), 48 * 4, 'in 48 steps');

# Other encodings: the same page, in ASCII.
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $database = lc "in_$encoding";
	with_data($database, $encoding);
	my $other = save($database, $database, "dbeng.report($day, 'html')", $encoding eq 'LATIN1' ? 'LATIN1' : 'SQL_ASCII');
	check_page($other, $encoding);
	like($other, $encoding eq 'LATIN1' ? qr/na&#239;ve/ : qr/na&#65533;&#65533;ve &#65533;/, "$encoding: what is known of a character is shown");
}

# Who may: as for all that looks; and in a transaction that only reads.
$node->safe_psql('shop', 'CREATE ROLE watcher IN ROLE pg_monitor; CREATE ROLE passer_by');
is($node->safe_psql('shop', "SET ROLE watcher; BEGIN READ ONLY; SELECT dbeng.report($day) LIKE 'Database report%'; COMMIT"), 't', 'pg_monitor may');
my (undef, undef, $stderr) = $node->psql('shop', "\\set VERBOSITY verbose\nSET ROLE passer_by; SELECT dbeng.report($day)");
like($stderr, qr/ERROR:  42501: permission denied for dbeng\.report\(\).*HINT:  GRANT pg_monitor TO passer_by;/s, 'nobody else');
(undef, undef, $stderr) = $node->psql('shop', "\\set VERBOSITY verbose\nSET ROLE passer_by; SELECT dbeng.report_difference($day, $day)");
like($stderr, qr/ERROR:  42501: permission denied for dbeng\.report_difference\(\)/, 'nor the difference');

my $difference = save('shop', 'difference', "dbeng.report_difference('2026-03-01 06:00+00', '2026-03-01 18:00+00', '2026-03-02 06:00+00', '2026-03-02 18:00+00', 'html')");
check_page($difference, 'difference');
cmp_ok(scalar @{ points(chart($difference, 'commits'), 'line before') }, '>', 100, 'the first interval is drawn under the second');

# As a browser sees it.
my ($browser) = grep { -x } map { my $name = $_; map { "$_/$name" } split /:/, $ENV{PATH} } qw(chromium chromium-browser google-chrome);
SKIP: {
	skip 'no Chromium', 8 if !defined $browser;
	my $hook = "$folder/hooked.html";
	# The same page with a script of ours would run it, were it not for the policy.
	(my $hooked = $page) =~ s/<\/main>/<script>document.title = 'a script ran'<\/script><img src="http:\/\/127.0.0.1:9\/x.png"\/><\/main>/;
	open(my $out, '>', $hook) or die;
	print $out $hooked;
	close $out;
	local $ENV{HOME} = $folder;
	my $look = sub {
		my ($file, $log, @more) = @_;
		my $dom = '';
		my $run = IPC::Run::start([ $browser, qw(--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
			--disable-component-update --disable-sync --disable-dev-shm-usage), "--window-size=1280,2000", "--user-data-dir=$folder/profile", "--log-net-log=$log", @more, '--dump-dom', "file://$file" ],
			'<', \undef, '>', \$dom, '2>', "$folder/browser.log", IPC::Run::timeout(120));
		$run->finish;
		my $net = slurp($log);
		return ($dom, join ' ', grep { !/google|gstatic|chrome/ } $net =~ /"url":"((?:https?|wss?|ftp):[^"]*)"/g);
	};
	my ($dom, $requests) = $look->("$folder/day.html", "$folder/net.json");
	is($requests, '', 'nothing is asked of the network');
	unlike($dom, qr/<(?:script|img|iframe|object|link|base|form)\b|\son[a-z]+="/i, 'no element came of a name or a text');
	is_deeply(points(chart($dom, 'commits'), 'line main'), points(chart($page, 'commits'), 'line main'), 'the charts have the data');
	is(scalar(() = $dom =~ /<tr\b/g), scalar(() = $page =~ /<tr\b/g), 'the tables have their rows');
	($dom, $requests) = $look->($hook, "$folder/net2.json");
	unlike($dom, qr/<title>a script ran/, 'the policy would stop a script');
	is($requests, '', 'and a request');

	# In a frame as wide as a phone, a copy that may run a script tells how much wider it is, or a table in it.
	(my $measured = $page) =~ s/<meta http-equiv[^>]*>//;
	$measured =~ s/<\/body>/<script>window.onload = function () { parent.postMessage([].reduce.call(document.querySelectorAll('html, .scroll'), function (most, box) { return Math.max(most, box.scrollWidth - box.clientWidth) }, 0), '*') }<\/script><\/body>/;
	for my $width (375, 1280)
	{
		open(my $copy, '>', "$folder/measured.html") or die;
		print $copy $measured;
		close $copy;
		open(my $frame, '>', "$folder/frame.html") or die;
		print $frame "<!DOCTYPE html><title>not measured</title><script>window.onmessage = function (e) { document.title = 'too wide by ' + e.data }</script><iframe width='$width' height='800' style='border:0' src='measured.html'></iframe>";
		close $frame;
		($dom) = $look->("$folder/frame.html", "$folder/net3.json", '--virtual-time-budget=3000');
		like($dom, qr/<title>too wide by 0<\/title>/, "nothing is wider than $width pixels");
	}
}
done_testing();
