#include "unit/check.hpp"

#include "catalog/tenants.hpp"
#include "core/text.hpp"
#include "security/access.hpp"
#include "security/policy.hpp"

namespace dbeng {

namespace {

/* Which roles' privileges reach somebody whom the policies of an owner's tables would hold back? */
class HeldBack
{
  public:
	HeldBack(const Catalog &catalog, const RoleEntry &owner) : roles_(catalog.roles)
	{
		used_ = static_cast<bool *>(palloc0(roles_.size() + 1));
		/* Who has the owner's privileges counts as the owner. */
		RoleReach as_owner(catalog, [&owner](const RoleEntry &role) { return &role == &owner; });
		for (const RoleEntry &role : roles_)
		{
			bool applies = role.login && !exempt_from_policies(role) && !as_owner.reaches(role);
			used_[index(role)] = applies;
			any_ = any_ || applies;
			owner_logs_in_ =
				owner_logs_in_ || (is_application_role(role) && !role.bypass_rls && as_owner.reaches(role));
		}
		for (bool changed = true; changed;)
		{
			CHECK_FOR_INTERRUPTS();
			changed = false;
			for (const MembershipEntry &membership : catalog.memberships)
				if (used_[index(*membership.member)] && !used_[index(*membership.role)])
					changed = used_[index(*membership.role)] = true;
		}
	}

	bool any() const { return any_; }
	bool owner_logs_in() const { return owner_logs_in_; }
	bool through(const RoleEntry *role) const { return role != nullptr && used_[index(*role)]; }

  private:
	std::size_t index(const RoleEntry &role) const { return static_cast<std::size_t>(&role - roles_.data()); }

	std::span<RoleEntry> roles_;
	bool *used_;
	bool any_ = false;
	bool owner_logs_in_ = false;
};

} // namespace

static bool
holds_somebody_back(const Catalog &catalog, const RelationEntry &table, const HeldBack &held_back)
{
	if (held_back.through(catalog.role("pg_read_all_data")) || held_back.through(catalog.role("pg_write_all_data")))
		return true;
	/* Privileges on single columns are privileges of somebody. */
	if (table.has_column_acl)
		return true;
	for (const AclItem &item : acl_items(table.acl))
		if ((ACLITEM_GET_PRIVS(item) & (write_privileges | ACL_SELECT)) != 0 &&
			(item.ai_grantee == ACL_ID_PUBLIC ? held_back.any() : held_back.through(catalog.role(item.ai_grantee))))
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<Oid, HeldBack>> by_owner;
	for (const RelationEntry &table : catalog.tables())
	{
		const RoleEntry *owner = catalog.role(table.owner);
		if (!table.row_security || table.policies.empty() || owner == nullptr || exempt_from_policies(*owner))
			continue;
		/* There it is forced whoever else may use the table: sec-tenant-bypass tells. */
		if (tenant_policy(table) != nullptr)
			continue;
		auto found = by_owner->find(table.owner);
		if (found == by_owner->end())
			found = by_owner->emplace(table.owner, HeldBack(catalog, *owner)).first;
		verdict.judged();
		if (table.force_row_security || !found->second.owner_logs_in() ||
			holds_somebody_back(catalog, table, found->second))
			continue;
		verdict.failed(
			table,
			[&table, owner](Finding &finding)
			{
				finding.message(
					"its policies hold nobody back: owner %s is exempt, and no other role that can log in has a "
					"privilege on it",
					quoted(owner->name));
				finding.evidence("owner", owner->name);
				finding.evidence("policies", table.policies.size());
				finding.fix("ALTER TABLE %s FORCE ROW LEVEL SECURITY", quoted(table.schema->name, table.name));
			});
	}
}

CHECK(sec_rls_not_forced){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Row level security that the application's role is exempt from",
	.rationale =
		"Policies do not hold for a table's owner unless they are forced. Where an application logs in as the owner and no "
		"other login role may use the table, they hold for nobody. Better than forcing: a role of its own for the application.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
