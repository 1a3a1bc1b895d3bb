#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

static const char *
object_kind(char object_type)
{
	switch (object_type)
	{
		case DEFACLOBJ_RELATION:
			return "TABLES";
		case DEFACLOBJ_SEQUENCE:
			return "SEQUENCES";
		case DEFACLOBJ_NAMESPACE:
			return "SCHEMAS";
		default:
			/* PUBLIC has functions and types by the server's own default. */
			return nullptr;
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const DefaultAclEntry &entry : catalog.default_acls)
	{
		const char *kind = object_kind(entry.object_type);
		const RoleEntry *role = catalog.role(entry.role);
		const SchemaEntry *schema = catalog.schema(entry.schema);
		if (kind == nullptr || role == nullptr || (entry.schema != InvalidOid && schema == nullptr))
			continue;
		verdict.judged();
		AclMode granted = public_privileges(entry.acl);
		if (granted == 0)
			continue;
		const char *object = schema == nullptr
								 ? format("%s of %s", kind, quoted(role->name))
								 : format("%s of %s in %s", kind, quoted(role->name), quoted(schema->name));
		verdict.failed(
			object,
			[role, schema, kind, granted](Finding &finding)
			{
				finding.message("default privileges give PUBLIC %s on every new object", privilege_names(granted));
				finding.evidence("role", role->name);
				finding.evidence("schema", schema == nullptr ? nullptr : schema->name);
				finding.evidence("privileges", privilege_names(granted));
				finding.fix("ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %s FROM PUBLIC", quoted(role->name),
							schema == nullptr ? "" : format(" IN SCHEMA %s", quoted(schema->name)),
							privilege_names(granted), kind);
			});
	}
}

CHECK(sec_default_privileges){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Default privileges for PUBLIC",
	.rationale =
		"With ALTER DEFAULT PRIVILEGES … TO PUBLIC each new table is open to every role from its first minute, and nobody "
		"sees it in a migration. Judged for tables, sequences and schemas.",
	.reference = "https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html",
	.judge = judge,
};

} // namespace dbeng
