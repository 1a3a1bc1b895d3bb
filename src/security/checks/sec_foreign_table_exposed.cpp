#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.own_relations())
	{
		if (table.kind != RELKIND_FOREIGN_TABLE)
			continue;
		verdict.judged();
		AclMode granted = public_privileges(table.acl) & ACL_SELECT;
		if (granted == 0)
			continue;
		verdict.failed(
			table,
			[&table](Finding &finding)
			{
				finding.message(
					"every role may read the other server's rows through it, with the access of the user mapping");
				if (public_by_owner(table.acl, table.owner, ACL_SELECT))
					finding.fix("REVOKE SELECT ON TABLE %s FROM PUBLIC", quoted(table.schema->name, table.name));
			});
	}
}

CHECK(sec_foreign_table_exposed){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Foreign table readable by everybody",
	.rationale =
		"A foreign table has no row level security and reads the other server, or a file, with rights that its reader does "
		"not have there. Grant it to the roles that need it.",
	.reference = "https://www.postgresql.org/docs/current/ddl-foreign-data.html",
	.judge = judge,
};

} // namespace dbeng
