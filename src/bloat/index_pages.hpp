/*
 * index_pages.hpp: the pages of an index, by its access method.
 */
#pragma once

#include "bloat/heap_pages.hpp"

namespace dbeng {

/* One a method, in CurrentMemoryContext; rows is of the index's table. */
const PageReader &btree_reader(Relation index, const HeapRows &rows);
const PageReader &gin_reader(Relation index, const HeapRows &rows);
const PageReader &gist_reader(Relation index, const HeapRows &rows);
const PageReader &spgist_reader(Relation index, const HeapRows &rows);
const PageReader &hash_reader(Relation index, const HeapRows &rows);
const PageReader &brin_reader(Relation index, const HeapRows &rows);

/* The reader of an index's method; NULL when its pages are not known. */
const PageReader *index_reader(Relation index, const HeapRows &rows);

} // namespace dbeng
