#include "catalog/row_estimate.hpp"

#include "core/host.hpp"

namespace dbeng {

int64
pages_on_disk(Oid tablespace, pg::FileNumber file, int64 around)
{
	char path[MAXPGPATH];
	pg::file_path(tablespace, file, path, sizeof(path));
	std::size_t length = strlen(path);

	/* All segments but the last are full: begin at the one where the end is thought to be. */
	int64 segment = std::max<int64>(around - 1, 0) / RELSEG_SIZE;
	int64 full = static_cast<int64>(RELSEG_SIZE) * BLCKSZ;
	for (int64 found = -1;;)
	{
		if (segment == 0)
			path[length] = '\0';
		else
			snprintf(path + length, sizeof(path) - length, ".%lld", static_cast<long long>(segment));
		int64 bytes = file_bytes(path);
		if (bytes < 0 && found >= 0)
			return found;
		if (bytes < 0)
		{
			if (segment-- == 0)
				return -1;
			continue;
		}
		found = segment * RELSEG_SIZE + bytes / BLCKSZ;
		if (bytes < full)
			return found;
		segment++;
	}
}

double
rows_by_size(double tuples, int64 tuples_pages, const Counters *counters, int64 pages)
{
	if (pages == 0)
		return 0;
	/* As the planner does it: the density of then, on the pages of now. */
	if (tuples >= 0 && tuples_pages > 0)
		return tuples_pages == pages
				   ? tuples
				   : std::rint(tuples / static_cast<double>(tuples_pages) * static_cast<double>(pages));
	/* Never analysed, or when it was empty. */
	if (counters != nullptr && (counters->live > 0 || counters->written() > 0))
		return static_cast<double>(counters->live);
	return -1;
}

} // namespace dbeng
