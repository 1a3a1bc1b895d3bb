#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	auto tables = catalog.tables();
	if (tables.begin() != tables.end())
		verdict.unknown("no history of schema changes is recorded here yet");
}

CHECK(mgr_unsafe_ddl){
	.dimension = Dimension::migration_safety,
	.severity = Severity::warning,
	.title = "Unsafe schema change run",
	.rationale = "A change that rewrote or locked a table in use will be made that way again. Unknown as long as "
				 "no history of schema changes is kept.",
	.judge = judge,
};

} // namespace dbeng
