#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.judged();
	if (setting_on("data_checksums"))
		return;
	verdict.failed("data_checksums",
				   [](Finding &finding)
				   {
					   finding.message(
						   "data checksums are off: a page the disk damaged is read as if it were good; pg_checksums "
						   "--enable switches them on while the server is stopped");
					   finding.evidence("data_checksums", setting("data_checksums"));
				   });
}

CHECK(mon_data_checksums){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Data checksums off",
	.rationale =
		"With checksums a damaged page is noticed when it is read, before it spreads into backups and standbys. "
		"They cost one to two percent. initdb of version 18 and later makes them; earlier ones need the option -k.",
	.reference = "https://www.postgresql.org/docs/current/checksums.html",
	.judge = judge,
};

} // namespace dbeng
