#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (setting_on("full_page_writes"))
		return;
	verdict.failed("full_page_writes",
				   [](Finding &finding)
				   {
					   finding.message(
						   "full_page_writes is off: a page half written when the machine crashes stays damaged");
					   finding.evidence("full_page_writes", setting("full_page_writes"));
					   finding.fix("ALTER SYSTEM SET full_page_writes = on");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(set_full_page_writes_off){
	.dimension = Dimension::backup,
	.severity = Severity::critical,
	.title = "full_page_writes off",
	.rationale =
		"A crash of the machine in the middle of writing a page leaves half of it old. WAL repairs that only when it holds the page as a whole. Off is safe only on file systems that write pages as a whole, such as ZFS with a record size of at least a page: then ignore this finding.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-wal.html",
	.judge = judge,
};

} // namespace dbeng
