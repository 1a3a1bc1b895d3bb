#include "audit/audited_table.hpp"
#include "catalog/naming.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const RelationEntry *rest = catalog.relation(log_table("log_rest"));
	if (rest == nullptr)
		return;
	verdict.judged();
	bool filled = false;
	Identity caller = act_as_owner();
	each_row("SELECT FROM dbeng_audit.log_rest LIMIT 1", [&filled](const Row &) { filled = true; });
	caller.restore();
	if (!filled)
		return;
	verdict.failed(*rest,
				   [rest, &catalog](Finding &finding)
				   {
					   int64 bytes = catalog.bytes(*rest);
					   finding.message("a part of the audit log is in no month: it is older than dbeng.audit_retention "
									   "for ever, and every look at the log goes through it");
					   finding.evidence("bytes", bytes);
					   finding.fix("SELECT dbeng.run_now('audit partitions')");
				   });
}

CHECK(sec_audit_log_rest){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Audit log outside its months",
	.rationale =
		"The worker makes the log's partitions three months ahead. Where it has not run for so long, or the clock was set, "
		"changes go into the default partition, so that no write fails; what is there is dropped by no retention. The "
		"worker gives it a partition of its own as soon as it runs, unless these months have one already.",
	.judge = judge,
};

} // namespace dbeng
