#include "core/settings.hpp"
#include "query/symptoms.hpp"

namespace dbeng {

namespace {
struct Cost
{
	int64 statements = 0; /* short ones that JIT makes slower */
	double total_ms = 0;
	double jit_ms = 0;
	double others_ms = 0; /* of statements that JIT compiles and that take long enough for it */
	const StatementEntry *worst = nullptr;
};
} // namespace

static void
tell(const Workload &load, const Cost &cost, Finding &finding)
{
	finding.message(
		"compiling takes %s %% of the time of %s short statement%s (%s of %s ms), most of it in queryid %lld%s: "
		"%s",
		number(100 * cost.jit_ms / cost.total_ms), grouped(cost.statements), cost.statements == 1 ? "" : "s",
		grouped(std::llround(cost.jit_ms)), grouped(std::llround(cost.total_ms)),
		static_cast<long long>(cost.worst->query_id),
		cost.others_ms > cost.total_ms ? " (long ones gain from it: raise jit_above_cost)" : "", excerpt(*cost.worst));
	finding.evidence("statements", cost.statements);
	finding.evidence("jit_ms", cost.jit_ms);
	finding.evidence("total_ms", cost.total_ms);
	finding.evidence("queryid", cost.worst->query_id);
	finding.evidence("calls", cost.worst->calls);
	finding.evidence("mean_ms", cost.worst->mean_ms);
	finding.evidence("share_pct", std::min(100 * cost.total_ms / load.application_ms, 100.0));
	if (cost.others_ms > cost.total_ms)
		return;
	finding.fix("ALTER SYSTEM SET jit = off");
	finding.fix("SELECT pg_reload_conf()");
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!setting_on("jit") || !(setting_number("jit_above_cost") >= 0))
		return;
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	Cost cost;

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application)
			continue;
		verdict.judged(statement.total_ms);
		if (statement.jit_ms <= 0 || !matters(load, statement))
			continue;
		if (!compiles_long(load, statement, verdict.threshold("jit_pct"), verdict.threshold("mean_ms")))
		{
			cost.others_ms += statement.total_ms;
			continue;
		}
		cost.statements++;
		cost.total_ms += statement.total_ms;
		cost.jit_ms += statement.jit_ms;
		if (cost.worst == nullptr || statement.jit_ms > cost.worst->jit_ms)
			cost.worst = &statement;
	}
	if (cost.worst != nullptr)
		verdict.failed("jit", [&load, cost](Finding &finding) { tell(load, cost, finding); },
					   {.weight = cost.total_ms});
}

CHECK(qry_jit){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "JIT compilation that costs more than it brings",
	.rationale =
		"Compiling a query takes tens to hundreds of milliseconds, which only a query of many seconds earns back. "
		"Wrong estimates make short ones look expensive enough. Judged by the time pg_stat_statements records for "
		"compiling in statements shorter than a second.",
	.reference = "https://www.postgresql.org/docs/current/jit-decision.html",
	.thresholds = {{"jit_pct", 20}, {"mean_ms", 1000}},
	.judge = judge,
};

} // namespace dbeng
