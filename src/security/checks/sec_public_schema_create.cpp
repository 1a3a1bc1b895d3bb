#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const SchemaEntry &schema : catalog.own_schemas())
	{
		verdict.judged();
		if (!public_may_create(schema))
			continue;
		verdict.failed(
			schema,
			[&schema](Finding &finding)
			{
				finding.message(
					"every role may create objects in it, also functions and operators that others then call "
					"unknowingly");
				if (public_by_owner(schema.acl, schema.owner, ACL_CREATE))
					finding.fix("REVOKE CREATE ON SCHEMA %s FROM PUBLIC", quoted(schema.name));
			});
	}
}

CHECK(sec_public_schema_create){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Schema in which everybody may create objects",
	.rationale =
		"An object put into a schema that others search can take a call away from the right one (CVE-2018-1058). Version 15 "
		"ended it for new databases; upgraded and restored ones keep the old grant on schema public.",
	.reference = "https://www.postgresql.org/docs/current/ddl-schemas.html",
	.judge = judge,
};

} // namespace dbeng
