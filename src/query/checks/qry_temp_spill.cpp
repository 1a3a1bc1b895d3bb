#include "core/settings.hpp"
#include "query/symptoms.hpp"

namespace dbeng {

/* More than this in one session endangers the server's memory sooner than it helps. */
static constexpr int64 most_work_mem = INT64CONST(1024) * 1024 * 1024;

static const char *
tell(Finding &finding, int64 bytes, int64 work_mem)
{
	finding.evidence("temp_bytes_per_call", bytes);
	finding.evidence("work_mem", work_mem);
	/* In memory a sort or a hash table takes about twice what it takes in a file. */
	int64 enough = INT64CONST(1024) * 1024;
	while (enough < 2 * bytes + work_mem)
		enough *= 2;
	if (enough > most_work_mem)
		return format("writes %s of temporary files a call (work_mem is %s)", size(bytes), size(work_mem));
	return format("writes %s of temporary files a call (work_mem is %s): SET work_mem = '%lldMB' for this statement "
				  "would keep them in memory",
				  size(bytes), size(work_mem), static_cast<long long>(enough / 1024 / 1024));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	int64 work_mem = setting_bytes("work_mem");
	double megabytes = verdict.threshold("megabytes");

	for (const StatementEntry &statement : load.statements)
	{
		if (!statement.application || statement.calls == 0)
			continue;
		verdict.judged(statement.total_ms);
		if (!spills(load, statement, megabytes))
			continue;
		double bytes = spilled_per_call(statement);
		statement_failed(catalog, verdict, load, statement,
						 [bytes, work_mem](Finding &finding)
						 { return tell(finding, static_cast<int64>(bytes), work_mem); },
						 {.rank = bytes * static_cast<double>(statement.calls)});
	}
}

CHECK(qry_temp_spill){
	.dimension = Dimension::query_quality,
	.severity = Severity::warning,
	.title = "Statement that spills to temporary files",
	.rationale =
		"A sort or a hash table larger than work_mem goes to disk and comes back: slower, and other sessions lose "
		"page cache and disk bandwidth. An index that gives the order, fewer columns or more work_mem for this one "
		"statement avoids it. Judged where an average call writes more than work_mem.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM",
	.thresholds = {{"megabytes", 1}},
	.judge = judge,
};

} // namespace dbeng
