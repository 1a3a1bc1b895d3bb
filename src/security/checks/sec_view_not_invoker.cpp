#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"
#include "security/protected_reads.hpp"

namespace dbeng {

static bool
security_invoker(const RelationEntry &view)
{
	const char *value = array_setting(view.options, "security_invoker");
	bool on = false;
	return value != nullptr && parse_bool(value, &on) && on;
}

/* May everybody who may read the view read the relation as well? */
static bool
readers_may_read(const RelationEntry &view, const RelationEntry &relation)
{
	for (const AclItem &reader : acl_items(view.acl))
	{
		if ((ACLITEM_GET_PRIVS(reader) & ACL_SELECT) == 0 || reader.ai_grantee == relation.owner)
			continue;
		bool may = false;
		for (const AclItem &item : acl_items(relation.acl))
			may = may || ((item.ai_grantee == reader.ai_grantee || item.ai_grantee == ACL_ID_PUBLIC) &&
						  (ACLITEM_GET_PRIVS(item) & ACL_SELECT) != 0);
		if (!may)
			return false;
	}
	return true;
}

/* As the invoker, readers need privileges on all the view reads. */
static bool
readers_need_no_grants(const Catalog &catalog, const RelationEntry &view)
{
	for (const ViewDependency &dependency : catalog.view_dependencies)
		if (dependency.view == &view && dependency.reads != nullptr && !readers_may_read(view, *dependency.reads))
			return false;
	return true;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const auto &[view, table] : protected_reads(catalog, RELKIND_VIEW))
	{
		verdict.judged();
		if (security_invoker(*view) ||
			!granted_to_others(catalog, view->acl, view->owner, write_privileges | ACL_SELECT))
			continue;
		verdict.failed(
			*view,
			[&catalog, view = view, table = table](Finding &finding)
			{
				const RoleEntry *owner = catalog.role(view->owner);
				bool no_grants = readers_need_no_grants(catalog, *view);
				finding.message(
					"reads %s as %s, for whom its policies do not hold: who may read the view sees all rows%s",
					quoted(table->schema->name, table->name), owner == nullptr ? "its owner" : quoted(owner->name),
					no_grants ? "" : " (with security_invoker its readers need grants on what it reads)");
				finding.evidence("table", quoted(table->schema->name, table->name));
				finding.evidence("readers_need_grants", !no_grants);
				if (no_grants)
					finding.fix("ALTER VIEW %s SET (security_invoker = true)", quoted(view->schema->name, view->name));
			});
	}
}

CHECK(sec_view_not_invoker){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "View that passes row level security by",
	.rationale =
		"A view reads its tables as its owner. Where policies do not hold for the owner (a superuser, BYPASSRLS, the tables' "
		"owner unless forced), the view shows everybody every row, unless it has security_invoker. Views granted to nobody "
		"pass.",
	.reference = "https://www.postgresql.org/docs/current/sql-createview.html",
	.judge = judge,
};

} // namespace dbeng
