/*
 * sequence_use.hpp: what a sequence feeds, and where it ends.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct SequenceUse
{
	const SequenceEntry *sequence;
	const RelationEntry *table; /* of the column it feeds; of several the narrowest; NULL when none is known */
	const ColumnEntry *column;
	Oid column_type; /* base type */
	int64 limit;	 /* the last value that sequence and column both can take */

	/* Is the column alone the narrowest integer key of its table? */
	bool feeds_key() const;
	/* Does the column's type end no later than the sequence itself? */
	bool limited_by_column() const;
	/* The share of its values that is gone when it stands at value: 0 to 1. */
	double share(int64 value) const;
	/* Can it run out in the lifetime of a database at all? */
	bool can_run_out() const;
};

/* One for each of the users' sequences that does not start over, owned by a column or not. */
void sequence_uses(const Catalog &catalog, Vector<SequenceUse> &uses);

} // namespace dbeng
