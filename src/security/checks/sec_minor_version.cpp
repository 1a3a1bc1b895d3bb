#include "unit/check.hpp"

namespace dbeng {

/* When each major version gets its last release, as the project announced it. */
static constexpr struct EndOfLife
{
	int major;
	const char *date;
	int64 day; /* the same, counted from 2000-01-01 as the server does */
} ends[] = {
	{13, "2025-11-13", 9448},  {14, "2026-11-12", 9812},  {15, "2027-11-11", 10176},
	{16, "2028-11-09", 10540}, {17, "2029-11-08", 10904}, {18, "2030-11-14", 11275},
};

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const EndOfLife &end : ends)
	{
		if (end.major != pg::major)
			continue;
		verdict.judged();
		TimestampTz last = end.day * USECS_PER_DAY;
		if (catalog.now + static_cast<int64>(verdict.threshold("days_ahead")) * USECS_PER_DAY < last)
			continue;
		verdict.failed("server_version",
					   [&end, over = catalog.now >= last](Finding &finding)
					   {
						   if (over)
							   finding.message(
								   "PostgreSQL %d has had no security fixes since %s: upgrade to a later major version",
								   end.major, end.date);
						   else
							   finding.message("PostgreSQL %d gets its last security fixes on %s: plan the upgrade",
											   end.major, end.date);
						   finding.evidence("major", end.major);
						   finding.evidence("end_of_life", end.date);
					   },
					   {.severity = catalog.now >= last ? Severity::warning : Severity::notice, .escalate = true});
	}
}

CHECK(sec_minor_version){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Server version without security fixes",
	.rationale =
		"A major version gets fixes for five years; holes found later stay open in it. A notice is given days_ahead days "
		"before the end.",
	.reference = "https://www.postgresql.org/support/versioning/",
	.thresholds = {{"days_ahead", 90}},
	.judge = judge,
};

} // namespace dbeng
