#include "query/statement.hpp"

namespace dbeng {

static bool
is_unbounded(const SelectStmt &select)
{
	return select.whereClause == nullptr && select.limitCount == nullptr && select.groupClause == NIL &&
		   select.havingClause == nullptr && select.distinctClause == NIL && select.fromClause != NIL;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;

	for (const StatementEntry &statement : load.statements)
	{
		const SelectStmt *select = plain_select(statement);
		if (select == nullptr)
			continue;
		verdict.judged(statement.total_ms);
		double rows = rows_per_call(statement);
		if (!is_unbounded(*select) || rows < verdict.threshold("rows") ||
			static_cast<double>(statement.calls) < verdict.threshold("calls") || !matters(load, statement))
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [rows](Finding &finding)
						 {
							 finding.evidence("rows_per_call", rows);
							 return format("has neither WHERE nor LIMIT and returns %s rows a call",
										   grouped(std::llround(rows)));
						 },
						 {.rank = static_cast<double>(statement.rows)});
	}
}

CHECK(qry_no_where_select_large){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Whole table fetched",
	.rationale =
		"A result without bounds grows with the table: what is a second today takes the application's memory in a "
		"year. Nobody reads ten thousand rows on a page. Judged by the rows that really came back, where it happens "
		"repeatedly.",
	.reference = "https://www.postgresql.org/docs/current/queries-limit.html",
	.thresholds = {{"rows", 10000}, {"calls", 10}},
	.judge = judge,
};

} // namespace dbeng
