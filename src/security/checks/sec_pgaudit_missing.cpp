#include "unit/check.hpp"

#include "core/settings.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	verdict.judged();
	const char *libraries = setting("shared_preload_libraries");
	bool loaded = libraries != nullptr && strstr(libraries, "pgaudit") != nullptr;
	/* It can only be created where it is loaded. */
	if (!loaded && catalog.extension("pgaudit") == nullptr)
		verdict.failed("pgaudit",
					   [](Finding &finding) { finding.message("pgaudit is not in shared_preload_libraries"); });
}

CHECK(sec_pgaudit_missing){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.disabled = true,
	.title = "No pgaudit",
	.rationale =
		"Some policies ask for a log of every statement by object, which pgaudit writes. Judged only where it is switched on.",
	.judge = judge,
};

} // namespace dbeng
