#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"
#include "security/protected_reads.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const auto &[view, table] : protected_reads(catalog, RELKIND_MATVIEW))
	{
		verdict.judged();
		if (!granted_to_others(catalog, view->acl, view->owner, ACL_SELECT))
			continue;
		verdict.failed(*view,
					   [view = view, table = table](Finding &finding)
					   {
						   bool everyone = (public_privileges(view->acl) & ACL_SELECT) != 0;
						   finding.message("holds rows of %s, which has row level security, and %s may read all of it",
										   quoted(table->schema->name, table->name),
										   everyone ? "every role" : "others than its owner");
						   finding.evidence("table", quoted(table->schema->name, table->name));
						   finding.evidence("public", everyone);
					   });
	}
}

CHECK(sec_matview_exposed){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Materialized view of protected rows",
	.rationale =
		"A materialized view is filled as its owner and has no policies: who may read it reads all of it. Revoke it and give "
		"a view with the policies' condition instead; right where it holds sums only.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
