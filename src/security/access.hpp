/*
 * access.hpp: who may do what, as access control lists and memberships say.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

inline constexpr AclMode write_privileges = ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE;

/* The entries of an access control list; none for NULL, which stands for the default of the object's kind. */
std::span<const AclItem> acl_items(const varlena *acl);

/* What the list grants PUBLIC. */
AclMode public_privileges(const varlena *acl);

/* Was all that PUBLIC has of these granted by the owner? Then a REVOKE by the owner or a superuser ends it. */
bool public_by_owner(const varlena *acl, Oid owner, AclMode privileges);

/* "INSERT, UPDATE": the privileges of a table, sequence or schema. */
const char *privilege_names(AclMode privileges);

/* A role people or programs log in with that is no superuser. */
inline bool
is_application_role(const RoleEntry &role)
{
	return role.login && !role.superuser && !role.predefined;
}

/* Does anybody but the owner and superusers hold one of these privileges by the list? PUBLIC counts. */
bool granted_to_others(const Catalog &catalog, const varlena *acl, Oid owner, AclMode privileges);

/* Does the table, or the function with its default, let PUBLIC in? */
bool public_may_execute(const FunctionEntry &function);

/*
 * Which roles get to one of the chosen roles through memberships, and over
 * which. A membership counts when it lets the member use the role's
 * privileges, become it, or grant it to itself.
 */
class RoleReach
{
  public:
	template <class Chosen>
	RoleReach(const Catalog &catalog, Chosen chosen) : roles_(catalog.roles)
	{
		next_ = static_cast<const RoleEntry **>(palloc0((roles_.size() + 1) * sizeof(*next_)));
		for (const RoleEntry &role : roles_)
			if (chosen(role))
				next_[index(role)] = &role;
		spread(catalog);
	}

	/* Is it one of the chosen, or on the way to one? */
	bool reaches(const RoleEntry &role) const { return next_[index(role)] != nullptr; }
	/* The next role on the shortest way; the role itself when it is chosen. */
	const RoleEntry *next(const RoleEntry &role) const { return next_[index(role)]; }
	/* The chosen role at the end of that way. */
	const RoleEntry *target(const RoleEntry &role) const;
	/* "member of dba, member of postgres". */
	const char *path(const RoleEntry &role) const;

  private:
	std::size_t index(const RoleEntry &role) const { return static_cast<std::size_t>(&role - roles_.data()); }
	void spread(const Catalog &catalog);

	std::span<RoleEntry> roles_;
	const RoleEntry **next_;
};

/* The schemas a search_path names, in its order: names as they are in the catalog, "$user" and pg_temp too. */
std::span<const char *const> path_schemas(const char *search_path);

/* The schema of that name; NULL when there is none. */
const SchemaEntry *schema_named(const Catalog &catalog, const char *name);

/* May PUBLIC create objects in it? */
bool public_may_create(const SchemaEntry &schema);

} // namespace dbeng
