#include "planner/index_size.hpp"
namespace dbeng {
IndexSize
estimate_index_size(const ImaginedIndex &index, double share)
{
	double rows = std::max<double>(index.table->tuples, 0);
	if (index.table->kind == RELKIND_PARTITIONED_TABLE) { rows = 0; for (auto *c : index.table->children) rows += std::max<double>(c->tuples, 0); }
	rows *= share;
	double width = 12;
	for (const ImaginedKey &key : index.keys) { const ColumnEntry *c = index.table->column(key.column); width += c && c->statistics ? c->statistics->width : 8; }
	double pages = 1 + rows * MAXALIGN(static_cast<int>(width)) / (BLCKSZ * 0.9);
	return {rows, pages, pages > 1 ? static_cast<int32>(std::ceil(std::log(pages) / std::log(200))) : 0};
}
}
