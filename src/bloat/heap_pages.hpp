/*
 * heap_pages.hpp: the pages of a table, materialised view or TOAST table.
 */
#pragma once

#include "bloat/page_sample.hpp"

namespace dbeng {

/* What a heap tells of the rows its indexes point to. */
struct HeapRows
{
	double entries;		/* rows an index that is built now has an entry for: live ones, and those somebody may need */
	double entry_error; /* its standard error */
	double dead;		/* entries that an index may still have for rows nobody needs */
	double dead_error;
	const Maps *maps; /* of the heap */
};

/* For a relation of the heap access method. In CurrentMemoryContext. */
const PageReader &heap_reader(Relation relation);

/* Does the row whose first version is at an offset of a page need an entry in an index that is built now? */
bool needs_entry(const PageReader &heap, Page page, OffsetNumber first);

HeapRows heap_rows(const PageSample &sample, const Maps *maps);

} // namespace dbeng
