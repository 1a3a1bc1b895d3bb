#include "query/statement.hpp"

namespace dbeng {

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
		if (select == nullptr || select->fromClause == NIL)
			continue;
		verdict.judged(statement.total_ms);
		if (select->limitOffset == nullptr || statement.calls == 0 || !matters(load, statement))
			continue;
		/* The constant is hidden: what was skipped shows in the blocks read for each row that is left. */
		double blocks = blocks_per_call(statement);
		double blocks_per_row = blocks / std::max(rows_per_call(statement), 1.0);
		if (blocks < verdict.threshold("blocks") || blocks_per_row < verdict.threshold("blocks_per_row"))
			continue;
		statement_failed(
			catalog, verdict, load, statement,
			[blocks, &statement](Finding &finding)
			{
				finding.evidence("blocks_per_call", blocks);
				return format(
					"skips rows with OFFSET and reads %s blocks to return %s rows a call: continue after the last "
					"key instead, WHERE (sort columns) > (last seen)",
					grouped(std::llround(blocks)), number(rows_per_call(statement)));
			},
			{.rank = share_pct(load, statement)});
	}
}

CHECK(qry_offset_pagination){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Pages by OFFSET",
	.rationale =
		"OFFSET reads and discards all rows of the pages before, so every page is slower than the one before it, and "
		"rows inserted meanwhile show up twice or never. Judged where a call reads many blocks for the few rows it "
		"returns.",
	.reference = "https://www.postgresql.org/docs/current/queries-limit.html",
	.thresholds = {{"blocks", 500}, {"blocks_per_row", 10}},
	.judge = judge,
};

} // namespace dbeng
