#include "query/symptoms.hpp"
#include "query/unserved_condition.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	BlockLimits limits = {.blocks = verdict.threshold("blocks"),
						  .share_pct = verdict.threshold("share_pct"),
						  .calls = verdict.threshold("calls")};

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application || statement.calls == 0 || !asks_for_rows(statement))
			continue;
		verdict.judged(statement.total_ms);
		double blocks = blocks_per_row(statement);
		if (!reads_much(catalog, load, statement, limits))
			continue;
		/* These have findings of their own, which say more. */
		if (hidden_column(catalog, statement).column != nullptr || pattern_search(catalog, statement).column != nullptr)
			continue;
		statement_failed(catalog, verdict, load, statement,
						 [blocks, &statement](Finding &finding)
						 {
							 const char *rows = IsA(statement.parsed->stmt, SelectStmt) ? "returns" : "changes";
							 finding.evidence("blocks_per_row", blocks);
							 return format("reads %s blocks (%s) for each row it %s: an index may be missing",
										   grouped(std::llround(blocks)), size(std::llround(blocks * BLCKSZ)), rows);
						 },
						 {.rank = share_pct(load, statement)});
	}
}

CHECK(qry_blocks_per_row){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Statement that reads far more than it returns",
	.rationale =
		"With a fitting index a row costs a handful of blocks. A statement that reads a thousand blocks for each row "
		"it returns or changes mostly scans a table and throws the rows away. Aggregates, which do so by their "
		"nature, are not judged.",
	.reference = "https://www.postgresql.org/docs/current/indexes-examine.html",
	.thresholds = {{"blocks", 1000}, {"share_pct", 1}, {"calls", 10}},
	.judge = judge,
};

} // namespace dbeng
