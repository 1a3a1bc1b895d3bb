#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	Local<Vector<const char *>> waiting;
	each_row("SELECT name FROM pg_settings WHERE pending_restart ORDER BY name",
			 [&waiting](const Row &row) { waiting->push_back(pstrdup(row.text(1))); });
	verdict.judged(std::max<double>(1, static_cast<double>(waiting->size())));
	for (const char *name : *waiting)
		verdict.failed(name,
					   [name](Finding &finding)
					   {
						   finding.message("%s was changed in the configuration, but takes effect only after a restart",
										   name);
						   finding.evidence("setting", name);
					   });
}

CHECK(set_pending_restart){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Setting that waits for a restart",
	.rationale = "What the configuration says and what the server does differ until it is restarted; the next restart, "
				 "perhaps after a crash, brings the change unannounced.",
	.reference = "https://www.postgresql.org/docs/current/view-pg-settings.html",
	.judge = judge,
};

} // namespace dbeng
