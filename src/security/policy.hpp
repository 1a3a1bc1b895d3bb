/*
 * policy.hpp: what row security policies say and whom they hold back.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* Does the policy have a say in the command ('r', 'a', 'w', 'd')? */
inline bool
policy_covers(const PolicyEntry &policy, char command)
{
	return policy.command == '*' || policy.command == command;
}

/* The word CREATE POLICY … FOR takes. */
const char *policy_command(char command);

bool policy_for_public(const PolicyEntry &policy);

/* Is there a role both are for? Memberships are not looked at. */
bool policies_overlap(const PolicyEntry &a, const PolicyEntry &b);

/* Do policies leave the role alone, whoever owns the table? */
inline bool
exempt_from_policies(const RoleEntry &role)
{
	return role.superuser || role.bypass_rls;
}

/* Would rows of the table be read unfiltered by what runs as this role? */
bool reads_unfiltered(const Catalog &catalog, const RelationEntry &table, Oid role);

/* The columns the expression, in all its AND parts together, compares for equality with something that is the same for all rows. */
std::span<const AttrNumber> pinned_columns(const char *tree);

/* The function calls outside of sub-selects that give the same for every row of the statement and are made for each. */
std::span<Node *const> repeated_calls(const Catalog &catalog, Node *tree);

/* The expression with those calls each in a sub-select of its own; NULL when that cannot be written exactly. */
const char *with_subselects(const Catalog &catalog, const char *tree, const RelationEntry &table);

} // namespace dbeng
