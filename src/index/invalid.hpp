/*
 * invalid.hpp: indexes that a failed build left behind.
 *
 * idx-invalid and dbeng.invalid_indexes stand on it.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

struct InvalidIndex
{
	const IndexEntry *index;
	bool breaks_uniqueness; /* unique, and nothing else vouches for its columns */
};

/*
 * The user's own indexes that are not usable, but those of tables where an index is being built now, and partitioned ones
 * that wait for a part which is invalid itself. judged: how many were looked at.
 */
void find_invalid(const Catalog &catalog, Vector<InvalidIndex> &found, int64 &judged);

/* Message, evidence and fix. */
void describe_invalid(const Catalog &catalog, const IndexEntry &index, Finding &finding);

} // namespace dbeng
