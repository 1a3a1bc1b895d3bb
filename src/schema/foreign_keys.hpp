/*
 * foreign_keys.hpp: what the checks of foreign keys share.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* Calls visit(constraint) for every foreign key of the users' tables but those that partitions have from their parent. */
template <class Visit>
void
each_foreign_key(const Catalog &catalog, Visit visit)
{
	for (const ConstraintEntry &constraint : catalog.own_constraints())
		if (constraint.type == CONSTRAINT_FOREIGN && constraint.referenced != nullptr)
			visit(constraint);
}

/* Does every column of a refer to the same column as in b, which may have more? */
bool references_within(const ConstraintEntry &a, const ConstraintEntry &b);

/* The SQL of ON DELETE and ON UPDATE actions: "NO ACTION", "CASCADE" … */
const char *action_name(char action);

/* May one of its columns be NULL? */
bool has_nullable_column(const ConstraintEntry &constraint);

} // namespace dbeng
