#include "bloat/index_pages.hpp"

namespace dbeng {

const PageReader *
index_reader(Relation index, const HeapRows &rows)
{
	switch (index->rd_rel->relam)
	{
		case BTREE_AM_OID:
			return &btree_reader(index, rows);
		case GIN_AM_OID:
			return &gin_reader(index, rows);
		case GIST_AM_OID:
			return &gist_reader(index, rows);
		case SPGIST_AM_OID:
			return &spgist_reader(index, rows);
		case HASH_AM_OID:
			return &hash_reader(index, rows);
		case BRIN_AM_OID:
			return &brin_reader(index, rows);
		default:
			return nullptr;
	}
}

} // namespace dbeng
