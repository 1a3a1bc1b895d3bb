#include "activity/replication.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/* One that is told to stay behind stays behind. */
	Replication replication = read_replication(catalog.in_recovery);
	for (std::size_t i = 0; i < replication.lags.size(); i++)
		verdict.judged();
	int64 behind;
	const Lag *worst = replication.worst(verdict.threshold("seconds"), &behind);
	if (worst == nullptr)
		return;
	verdict.failed(
		"replication",
		[worst, behind, all = static_cast<int64>(replication.lags.size())](Finding &finding)
		{
			finding.message("%s of %s replication connections behind, %s by %s seconds (%s not replayed)",
							grouped(behind), grouped(all), worst->name, number(worst->seconds), size(worst->bytes));
			finding.evidence("standby", worst->name);
			finding.evidence("seconds", worst->seconds);
			finding.evidence("bytes", worst->bytes);
			finding.evidence("behind", behind);
		},
		{.weight = static_cast<double>(behind),
		 .severity = worst->seconds - replication.wanted > verdict.threshold("warning_seconds") ? Severity::warning
																								: Severity::notice,
		 .escalate = true});
}

CHECK(mon_replication_lag){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Replication behind",
	.rationale =
		"Reads from a standby that is behind are old, and what it has not received is lost when the primary is. Long "
		"queries on the standby, a slow network or disk, or one large transaction hold it up. A delay set by "
		"recovery_min_apply_delay is known on the standby only.",
	.reference = "https://www.postgresql.org/docs/current/monitoring-stats.html",
	.thresholds = {{"seconds", 5}, {"warning_seconds", 30}},
	.judge = judge,
};

} // namespace dbeng
