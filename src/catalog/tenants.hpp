/*
 * tenants.hpp: tables that dbeng.enable_tenancy() keeps.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* The policy by which a session sees its own tenant's rows only; NULL: the table has none. */
inline const PolicyEntry *
tenant_policy(const RelationEntry &table)
{
	for (const PolicyEntry *policy : table.policies)
		if (!policy->permissive && strcmp(policy->name, "dbeng_tenant") == 0)
			return policy;
	return nullptr;
}

} // namespace dbeng
