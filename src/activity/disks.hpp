/*
 * disks.hpp: the file systems that hold the data directory, pg_wal and the tablespaces.
 */
#pragma once

#include "core/host.hpp"

namespace dbeng {

struct Place
{
	const char *name;
	Disk disk;

	double free_pct() const { return 100 * static_cast<double>(disk.free) / static_cast<double>(disk.total); }
	/* Five percent of a large array is not little: fewer than so many percent and so many bytes. */
	bool short_of(double percent, double bytes) const
	{
		return disk.total > 0 && free_pct() < percent && static_cast<double>(disk.free) < bytes;
	}
};

/* The data directory first; each file system once, in CurrentMemoryContext. */
std::span<const Place> disks();

} // namespace dbeng
