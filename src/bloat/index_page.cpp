#include "bloat/index_page.hpp"

namespace dbeng {

EntryLife
entry_life(const HeapRows &rows)
{
	EntryLife life;
	double all = rows.entries + rows.dead;
	if (all <= 0 || rows.dead <= 0)
		return life;
	life.maps = rows.maps;
	life.share = rows.entries / all;
	life.error = std::hypot(rows.dead_error * rows.entries, rows.entry_error * rows.dead) / (all * all);
	double unsure = 1;
	if (rows.maps != nullptr && rows.maps->pages > 0)
	{
		BlockNumber visible = 0;
		for (BlockNumber block = 0; block < rows.maps->pages; block++)
			visible += rows.maps->visible(block) ? 1 : 0;
		unsure = 1 - static_cast<double>(visible) / rows.maps->pages;
	}
	life.dead = unsure > 0 ? std::min(rows.dead / all / unsure, 1.0) : 0;
	return life;
}

} // namespace dbeng
