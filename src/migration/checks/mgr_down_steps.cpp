#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto tables = catalog.tables();
	if (tables.begin() != tables.end())
		verdict.unknown(
			"migration tools keep their ways back outside the database: dbeng.attest('mgr-down-steps', …) states that there are tested ones");
}

CHECK(mgr_down_steps){
	.dimension = Dimension::migration_safety,
	.severity = Severity::notice,
	.attestable = true,
	.title = "Migration without a way back",
	.rationale =
		"When a release fails at night, a prepared and tested way back beats one written then. Tools keep their down "
		"scripts outside the database, where they cannot be seen.",
	.judge = judge,
};

} // namespace dbeng
