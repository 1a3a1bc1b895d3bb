#include "catalog/naming.hpp"
#include "partition/time_ranges.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
enum class Trouble : uint8
{
	none,
	no_partition,
	over,
	soon,
	gap
};
} // namespace

namespace {
struct Coverage
{
	Trouble trouble;
	Severity severity;
	TimeRange last;	 /* the newest partition; of a gap, the one before it */
	Timestamp from;	 /* where nothing is covered … */
	Timestamp until; /* … up to here; DT_NOEND for all that follows */
	int64 left;		 /* microseconds from now to from; negative when over */
	int gaps;
};
} // namespace

static Coverage
find_gap(std::span<const TimeRange> ranges, Timestamp now)
{
	Coverage coverage = {};

	/* The latest gap counts: old ones may be partitions that were dropped on purpose. */
	for (std::size_t i = 1; i < ranges.size(); i++)
	{
		if (ranges[i - 1].upper >= ranges[i].lower)
			continue;
		coverage.gaps++;
		coverage.trouble = Trouble::gap;
		coverage.last = ranges[i - 1];
		coverage.from = ranges[i - 1].upper;
		coverage.until = ranges[i].lower;
	}
	coverage.left = coverage.from - now;
	coverage.severity = coverage.until > now ? Severity::warning : Severity::notice;
	return coverage;
}

static Coverage
look(const TimeRanges &set, Timestamp now, double days)
{
	Coverage coverage = {};
	std::span<const TimeRange> ranges = set.ranges();
	bool caught = set.default_partition() != nullptr;

	if (ranges.empty())
	{
		coverage.trouble = caught ? Trouble::none : Trouble::no_partition;
		coverage.severity = Severity::warning;
		return coverage;
	}
	coverage.last = ranges.back();
	coverage.from = ranges.back().upper;
	coverage.until = DT_NOEND;
	if (TIMESTAMP_NOT_FINITE(coverage.from))
		return caught ? Coverage{} : find_gap(ranges, now);

	int64 period = 31 * USECS_PER_DAY;
	if (!TIMESTAMP_NOT_FINITE(coverage.last.lower))
		period = std::min(period, coverage.from - coverage.last.lower);
	int64 short_time = std::min(period, static_cast<int64>(days * USECS_PER_DAY));
	coverage.left = coverage.from - now;
	if (coverage.left <= 0)
	{
		/* Long over: nobody inserts there any more, or it would have been noticed. */
		bool recent = -coverage.left <= std::max(2 * period, 90 * USECS_PER_DAY);
		coverage.trouble = Trouble::over;
		coverage.severity = recent && !caught ? Severity::critical : Severity::warning;
		return coverage;
	}
	if (coverage.left < period)
	{
		coverage.trouble = Trouble::soon;
		coverage.severity = coverage.left < short_time && !caught ? Severity::warning : Severity::notice;
		return coverage;
	}
	return caught ? Coverage{} : find_gap(ranges, now);
}

/* Sets of dbeng.manage_partitions() mend themselves, but for what lies behind the present. */
static bool
propose_maintenance(const Catalog &catalog, const RelationEntry &table, const TimeRanges &set, const Coverage &coverage,
					Finding &finding)
{
	bool behind = coverage.trouble == Trouble::gap && coverage.until <= set.now(catalog);
	if (!behind)
		finding.fix("CALL dbeng.maintain_partitions(%s)", literal(full_name(table)));
	return !behind || set.encoded();
}

/* The missing partitions, as long as the newest one. Not where rows may already lie in the default partition. */
static void
propose(const Catalog &catalog, const RelationEntry &table, const TimeRanges &set, const Coverage &coverage,
		Finding &finding)
{
	constexpr int most_statements = 12;
	TimeStep step;

	if (set.default_partition() != nullptr || coverage.last.partition == nullptr ||
		coverage.last.partition->kind != RELKIND_RELATION || !set.step(coverage.last, &step))
		return;
	int64 length = step.months > 0 ? step.months * 31 * USECS_PER_DAY : step.microseconds;
	Timestamp goal = coverage.trouble == Trouble::gap ? coverage.until : set.now(catalog) + length;
	Local<SmallVector<Timestamp, 16>> bounds;
	bounds->push_back(coverage.from);
	while (bounds->back() < goal && bounds->size() <= most_statements)
		bounds->push_back(set.advance(bounds->back(), step));
	if (bounds->back() < goal)
		return;
	if (coverage.trouble == Trouble::gap)
		bounds->back() = goal;
	for (std::size_t i = 1; i < bounds->size(); i++)
	{
		Timestamp from = (*bounds)[i - 1];
		char label[32] = "p";
		int end = 1;
		for (const char *at = set.text(from); *at != '\0' && *at != '+' && end < 31; at++)
			if (*at != '-' && *at != ':')
				label[end++] = *at == ' ' ? '_' : *at;
		finding.fix("CREATE TABLE %s PARTITION OF %s FOR VALUES FROM (%s) TO (%s)",
					quoted(table.schema->name, new_name(catalog, table, nullptr, label)), full_name(table),
					set.sql_literal(from), set.sql_literal((*bounds)[i]));
	}
}

static void
describe(const Catalog &catalog, const RelationEntry &table, const ManagedSet *managed, const Coverage &coverage,
		 Finding &finding)
{
	TimeRanges set;

	set.read(catalog, table, managed);
	const char *from = set.text(coverage.from);
	bool caught = set.default_partition() != nullptr;
	switch (coverage.trouble)
	{
		case Trouble::none:
			break;
		case Trouble::no_partition:
			finding.message("has no partition: every INSERT fails");
			break;
		case Trouble::over:
			if (caught)
				finding.message("the last partition ended at %s, %s ago: rows since then are in the default partition",
								from, duration(-coverage.left));
			else
				finding.message("the last partition ended at %s, %s ago: INSERTs of anything newer fail", from,
								duration(-coverage.left));
			break;
		case Trouble::soon:
			finding.message("the last partition ends at %s, in %s: INSERTs of anything newer %s", from,
							duration(coverage.left), caught ? "go to the default partition" : "fail");
			break;
		case Trouble::gap:
			finding.message("no partition from %s to %s%s: INSERTs of anything between fail", from,
							set.text(coverage.until),
							coverage.gaps > 1 ? format(" (%d gaps in all)", coverage.gaps) : "");
			finding.evidence("gaps", coverage.gaps);
			break;
	}
	if (coverage.trouble != Trouble::no_partition)
		finding.evidence("uncovered_from", from);
	finding.evidence("default_partition", caught);
	if (managed == nullptr || !propose_maintenance(catalog, table, set, coverage, finding))
		propose(catalog, table, set, coverage, finding);
}

namespace {
/* How far the numbers of a set are from the end of its last partition. */
struct NumberCoverage
{
	int64 greatest;
	int64 end; /* no partition takes this one and greater ones */
	int64 step;
	double per_second; /* 0: not known */

	int64 left() const { return end - 1 - greatest; }
	double days_left() const { return static_cast<double>(left()) / per_second / SECS_PER_DAY; }
};
} // namespace

/* False: whatever comes has a partition, or nobody knows how far it has come. */
static bool
look_at_numbers(const RelationEntry &table, const ManagedSet &managed, NumberCoverage *coverage)
{
	PartitionSet set;
	KeyObstacle obstacle;
	set.settings = managed.settings;
	if (look_in(table, set) != nullptr || set.calendar.timed() || set.partitions->empty() ||
		OidIsValid(set.default_partition) || set.partitions->back().upper.kind != KeyBound::Kind::value)
		return false;
	*coverage = {0, 0, set.settings.rule.number, managed.ids_per_second};
	return greatest_number(set, &coverage->greatest, &obstacle) &&
		   set.calendar.position(set.partitions->back().upper.value, &coverage->end);
}

static void
describe_numbers(const RelationEntry &table, const NumberCoverage &coverage, Finding &finding)
{
	const char *when = coverage.left() > 0 && coverage.per_second > 0
						   ? format(", in about %s at the present pace",
									duration(static_cast<int64>(std::min(coverage.days_left() * USECS_PER_DAY, 9e18))))
						   : "";
	finding.message("the last partition ends before " INT64_FORMAT ", and the greatest number is " INT64_FORMAT
					": INSERTs of greater ones fail %s%s",
					coverage.end, coverage.greatest, coverage.left() > 0 ? "from there on" : "now", when);
	finding.evidence("uncovered_from", coverage.end);
	finding.evidence("greatest", coverage.greatest);
	finding.fix("CALL dbeng.maintain_partitions(%s)", literal(full_name(table)));
}

static void
judge_numbers(const RelationEntry &table, const ManagedSet &managed, double days, Verdict &verdict)
{
	NumberCoverage coverage;
	verdict.judged();
	if (!look_at_numbers(table, managed, &coverage))
		return;
	bool soon = coverage.per_second > 0 && coverage.days_left() < days;
	if (coverage.left() >= coverage.step && !soon)
		return;
	Severity severity = coverage.left() <= 0						   ? Severity::critical
						: soon || coverage.left() < coverage.step / 10 ? Severity::warning
																	   : Severity::notice;
	verdict.failed(table, [&table, coverage](Finding &finding) { describe_numbers(table, coverage, finding); },
				   {.rank = -static_cast<double>(coverage.left()), .severity = severity, .escalate = true});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double days = verdict.threshold("days");
	TimeRanges set;
	Local<Vector<ManagedSet>> sets;
	read_managed(*sets);

	for (const RelationEntry &table : catalog.tables_and_partitions())
	{
		if (table.partition_key == nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		const ManagedSet *managed = find_managed(*sets, table.oid);
		if (managed != nullptr && managed->settings.rule.encoding == Encoding::number)
			judge_numbers(table, *managed, days, verdict);
		if (!set.read(catalog, table, managed))
			continue;
		/* A part of a larger set covers only its own stretch of the same key. */
		if (table.partition && table.parent->partition_key != nullptr &&
			table.parent->partition_key->strategy == PARTITION_STRATEGY_RANGE)
			continue;
		verdict.judged();
		Coverage coverage = look(set, set.now(catalog), days);
		if (coverage.trouble == Trouble::none)
			continue;
		verdict.failed(table,
					   [&catalog, &table, managed, coverage](Finding &finding)
					   { describe(catalog, table, managed, coverage, finding); },
					   {.rank = static_cast<double>(-coverage.left), .severity = coverage.severity, .escalate = true});
	}
}

CHECK(sch_partition_no_default){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Partitioned table without a partition for what comes next",
	.rationale =
		"An INSERT that no partition takes fails, mostly at midnight of the first of a month. Judged for tables "
		"divided by ranges of a date or timestamp, and for sets of dbeng.manage_partitions(), whatever their keys hold: the newest upper "
		"bound against now or the greatest number, and gaps between partitions where no default partition would catch "
		"the rows.",
	.reference = "https://www.postgresql.org/docs/current/ddl-partitioning.html",
	.thresholds = {{"days", 7}},
	.judge = judge,
};

} // namespace dbeng
