#include "query/statement.hpp"

namespace dbeng {

static constexpr std::size_t top_statements = 5;

static void
tell(const Workload &load, double top_ms, double sessions, Finding &finding)
{
	std::size_t told = 0;
	StringInfoData names;
	initStringInfo(&names);
	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application)
			continue;
		appendStringInfo(&names, "%squeryid %lld (%s %%)", told > 0 ? ", " : "",
						 static_cast<long long>(statement.query_id), number(share_pct(load, statement)));
		if (++told == top_statements)
			break;
	}
	double share = std::min(100 * top_ms / load.application_ms, 100.0);
	finding.message("%zu statements take %s %% of the time: %s", told, number(share), names.data);
	finding.evidence("share_pct", share);
	finding.evidence("top_ms", top_ms);
	finding.evidence("total_ms", load.application_ms);
	finding.evidence("busy_sessions", sessions);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	/* Five of eight statements always take most of the time, and of an idle server's time nothing is to be gained. */
	double window_ms = load.reset == 0 ? 0 : static_cast<double>(catalog.now - load.reset) / 1000;
	double sessions = window_ms <= 0 ? 0 : load.application_ms / window_ms;
	double top_ms = 0;
	int64 statements = 0;
	for (const StatementEntry &statement : load.statements)
		if (statement.application && statements++ < static_cast<int64>(top_statements))
			top_ms += statement.total_ms;
	if (statements < static_cast<int64>(verdict.threshold("statements")) ||
		sessions < verdict.threshold("busy_sessions") || load.application_ms < 1000 * verdict.threshold("seconds"))
		return;

	verdict.judged();
	if (100 * top_ms > verdict.threshold("share_pct") * load.application_ms)
		verdict.failed(catalog.database.name,
					   [&load, top_ms, sessions](Finding &finding) { tell(load, top_ms, sessions, finding); });
}

CHECK(qry_top_share){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Load concentrated in five statements",
	.rationale =
		"Where five statements take most of the time, work on those five makes the whole server faster and work on "
		"any other is wasted. Judged on servers that are busy and run many different statements.",
	.reference = "https://www.postgresql.org/docs/current/pgstatstatements.html",
	.thresholds = {{"share_pct", 80}, {"statements", 25}, {"busy_sessions", 0.1}, {"seconds", 60}},
	.judge = judge,
};

} // namespace dbeng
