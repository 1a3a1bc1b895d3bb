/*
 * foreign_key.hpp: which indexes find the rows that refer to a row, and the
 * statements that make one.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/*
 * Does the index find the rows with given values in these columns? A btree that begins with them in any order, or a
 * hash index of the only one; partial at most by IS NOT NULL on them, since a NULL refers to nothing.
 */
bool finds_by(const IndexEntry &index, std::span<const AttrNumber> columns);

/* Is there such an index: on the table, or else on each of its partitions? */
bool is_covered(const ConstraintEntry &foreign_key);

/*
 * The foreign key of its table that has this index alone, looking away from those that may go as well as it may; NULL
 * when there is none.
 */
template <class MayGo>
const ConstraintEntry *
sole_cover_of(const IndexEntry &index, MayGo may_go)
{
	for (const ConstraintEntry *constraint : index.table->constraints)
	{
		if (constraint->type != CONSTRAINT_FOREIGN || !finds_by(index, constraint->columns))
			continue;
		if (std::none_of(index.table->indexes.begin(), index.table->indexes.end(),
						 [&](const IndexEntry *other) {
							 return other != &index && finds_by(*other, constraint->columns) &&
									(other->oid < index.oid || !may_go(*other));
						 }))
			return constraint;
	}
	return nullptr;
}

/* CREATE INDEX on these columns under a free name, without locking out writers. */
void fix_create(Finding &finding, const Catalog &catalog, const RelationEntry &table,
				std::span<const AttrNumber> columns);

} // namespace dbeng
