#include "config/memory_size.hpp"

#include "core/text.hpp"

namespace dbeng {

const char *
memory_setting(int64 bytes)
{
	int64 unit = megabyte;
	while (unit * 4 <= bytes)
		unit *= 2;
	int64 rounded = std::max(bytes / unit * unit, megabyte);
	return rounded % gigabyte == 0 ? format("%lldGB", static_cast<long long>(rounded / gigabyte))
								   : format("%lldMB", static_cast<long long>(rounded / megabyte));
}

int64
stored_bytes(const Catalog &catalog)
{
	int64 pages = 0;
	for (const RelationEntry &relation : catalog.relations)
		if (relation.stores_rows())
			pages += static_cast<int64>(relation.pages) + relation.toast_pages;
	for (const IndexEntry &index : catalog.indexes)
		if (!index.partitioned)
			pages += index.pages;
	return pages * BLCKSZ;
}

} // namespace dbeng
