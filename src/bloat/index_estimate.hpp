/*
 * index_estimate.hpp: how much of an index is bloat: its size beside that of
 * the same index built anew, as statistics predict it.
 */
#pragma once

#include "bloat/table_estimate.hpp"

namespace dbeng {

struct IndexBloat
{
	const IndexEntry *index;
	int64 bytes;
	int64 bloat_bytes;	/* -1 not known */
	const char *method; /* NULL: not known */
	Confidence confidence;

	double percent() const
	{
		return bytes > 0 && bloat_bytes > 0 ? 100 * static_cast<double>(bloat_bytes) / static_cast<double>(bytes) : 0;
	}
	bool reliable() const { return confidence == Confidence::high || confidence == Confidence::medium; }
};

/* pages: what it has now, -1 without a file; table_pages: its table. */
IndexBloat estimate_index_bloat(const IndexEntry &index, int64 pages, int64 table_pages);

} // namespace dbeng
