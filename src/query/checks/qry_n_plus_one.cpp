#include "catalog/naming.hpp"
#include "query/symptoms.hpp"

namespace dbeng {

static void
tell(const Workload &load, const StatementEntry &statement, const StatementEntry &list, const RelationEntry &table,
	 Finding &finding)
{
	double times = static_cast<double>(statement.calls) / static_cast<double>(list.calls);
	finding.evidence("list_queryid", list.query_id);
	finding.evidence("list_calls", list.calls);
	tell_load(finding,
			  format("looks up one row of %s at a time, %s times for each call of the list queryid %lld: a join or "
					 "= ANY($1) gets them at once",
					 full_name(table), number(times), static_cast<long long>(list.query_id)),
			  load, statement);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	LookUpLimits limits = {.calls = verdict.threshold("calls"),
						   .calls_pct = verdict.threshold("calls_pct"),
						   .rows = verdict.threshold("rows"),
						   .mean_ms = verdict.threshold("mean_ms")};

	for (const StatementEntry &statement : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		if (statement.calls == 0)
			continue;
		const RelationEntry *table = looked_up(catalog, statement);
		if (table == nullptr)
			continue;
		verdict.judged(static_cast<double>(statement.calls));
		const StatementEntry *list = list_looked_up_singly(catalog, load, statement, *table, limits);
		if (list == nullptr)
			continue;
		verdict.failed(statement_name(catalog, statement),
					   [&load, &statement, list, table](Finding &finding)
					   { tell(load, statement, *list, *table, finding); },
					   {.weight = static_cast<double>(statement.calls)});
	}
}

CHECK(qry_n_plus_one){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Rows of a list looked up one by one",
	.rationale =
		"An application that reads a list and then asks for each of its rows pays a round trip to the server for "
		"every row; one join or one look-up by a list of keys does the same work at once. Judged only where the "
		"numbers leave little doubt: as many look-ups as a statement on a linked table returned rows.",
	.thresholds = {{"calls", 1000}, {"calls_pct", 5}, {"rows", 5}, {"mean_ms", 1}},
	.judge = judge,
};

} // namespace dbeng
