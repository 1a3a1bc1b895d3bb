#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

/* What the role, itself or through roles it is a member of, may write among the tables with policies: the first of them. */
static const RelationEntry *
writable_table(const Catalog &catalog, const RoleEntry &role, std::span<const RelationEntry *const> protected_tables)
{
	auto *held = static_cast<bool *>(palloc0(catalog.roles.size() + 1));
	auto index = [&catalog](const RoleEntry &of) { return &of - catalog.roles.data(); };
	held[index(role)] = true;
	for (bool changed = true; changed;)
	{
		changed = false;
		for (const MembershipEntry &membership : catalog.memberships)
			if (held[index(*membership.member)] && !held[index(*membership.role)])
				changed = held[index(*membership.role)] = true;
	}
	for (const RelationEntry *table : protected_tables)
		for (const AclItem &item : acl_items(table->acl))
		{
			if ((ACLITEM_GET_PRIVS(item) & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) == 0)
				continue;
			const RoleEntry *grantee = catalog.role(item.ai_grantee);
			if (item.ai_grantee == ACL_ID_PUBLIC || (grantee != nullptr && held[index(*grantee)]))
				return table;
		}
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<const RelationEntry *>> protected_tables;
	for (const RelationEntry &table : catalog.tables())
		if (table.row_security)
			protected_tables->push_back(&table);
	if (protected_tables->empty())
		return;
	for (const RoleEntry &role : catalog.roles)
	{
		if (!is_application_role(role))
			continue;
		verdict.judged();
		if (!role.bypass_rls)
			continue;
		CHECK_FOR_INTERRUPTS();
		/* One that only reads is a backup's or a report's. */
		const RelationEntry *table =
			writable_table(catalog, role, {protected_tables->data(), protected_tables->size()});
		if (table == nullptr)
			continue;
		verdict.failed(role,
					   [&role, table](Finding &finding)
					   {
						   const char *name = quoted(table->schema->name, table->name);
						   finding.message("has BYPASSRLS and may write %s: no policy holds for it", name);
						   finding.evidence("table", name);
						   finding.fix("ALTER ROLE %s NOBYPASSRLS", quoted(role.name));
					   });
	}
}

CHECK(sec_rls_bypass_roles){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Login role that bypasses row level security",
	.rationale =
		"For a role with BYPASSRLS policies do not exist. Backups and reports need that to read everything; a role that may "
		"also write tables with policies is judged as an application's. Not judged in databases without row level security.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
