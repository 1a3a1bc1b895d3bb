#include "core/host.hpp"
#include "core/text.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace dbeng {

/* The start of a small file of /proc or /sys, as a string; false when there is none. */
template <std::size_t N>
static bool
read_start(const char *path, char (&text)[N])
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return false;
	ssize_t length = read(file, text, N - 1);
	close(file);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

/* The first number in a file; -1 without ("max" is no number). */
static int64
read_number(const char *path)
{
	char text[64];
	if (!read_start(path, text) || text[0] < '0' || text[0] > '9')
		return -1;
	return strtoll(text, nullptr, 10);
}

static int64
smaller(int64 a, int64 b)
{
	return a < 0 ? b : b < 0 ? a : std::min(a, b);
}

/*
 * The group of this process in a hierarchy of /proc/self/cgroup ("" is the
 * unified one), as a path below that hierarchy's mount point.
 */
static bool
own_group(const char *controller, char *path, std::size_t size)
{
	char text[8192];
	if (!read_start("/proc/self/cgroup", text))
		return false;
	for (const char *line = text; line != nullptr && *line != '\0';)
	{
		const char *end = strchr(line, '\n');
		std::string_view entry(line, end == nullptr ? strlen(line) : static_cast<std::size_t>(end - line));
		line = end == nullptr ? nullptr : end + 1;
		/* number:controllers:path */
		std::size_t first = entry.find(':');
		std::size_t second = entry.find(':', first + 1);
		if (first == entry.npos || second == entry.npos)
			continue;
		std::string_view controllers = slice(entry, first + 1, second - first - 1);
		std::string_view group = slice(entry, second + 1);
		bool wanted = controllers == controller;
		while (!wanted && !controllers.empty())
		{
			std::size_t comma = controllers.find(',');
			wanted = slice(controllers, 0, comma) == controller;
			controllers = comma == controllers.npos ? std::string_view{} : slice(controllers, comma + 1);
		}
		if (!wanted || group.size() >= size)
			continue;
		memcpy(path, group.data(), group.size());
		path[group.size()] = '\0';
		return true;
	}
	return false;
}

/*
 * The smallest limit of the group and those around it. In a container the
 * group's path may be the machine's, of which only the end of the walk, the
 * mount point itself, exists.
 */
template <class Limit>
static int64
smallest_limit(const char *mount, const char *controller, Limit limit)
{
	char group[4096];
	if (!own_group(controller, group, sizeof(group)))
		return -1;
	int64 smallest = -1;
	for (;;)
	{
		char directory[sizeof(group) + 64];
		snprintf(directory, sizeof(directory), "%s%s", mount, strcmp(group, "/") == 0 ? "" : group);
		smallest = smaller(smallest, limit(directory));
		char *slash = strrchr(group, '/');
		if (slash == nullptr || group[0] == '\0')
			return smallest;
		*slash = '\0';
	}
}

static int64
file_in(const char *directory, const char *file)
{
	char path[5000];
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return read_number(path);
}

static int64
machine_memory()
{
	char text[2048];
	if (read_start("/proc/meminfo", text))
		if (const char *total = strstr(text, "MemTotal:"))
			return strtoll(total + strlen("MemTotal:"), nullptr, 10) * 1024;
	long pages = sysconf(_SC_PHYS_PAGES);
	return pages <= 0 ? -1 : static_cast<int64>(pages) * sysconf(_SC_PAGESIZE);
}

int64
host_memory()
{
	int64 memory = machine_memory();
	memory = smaller(memory, smallest_limit("/sys/fs/cgroup", "",
											[](const char *directory) { return file_in(directory, "memory.max"); }));
	return smaller(memory,
				   smallest_limit("/sys/fs/cgroup/memory", "memory",
								  [](const char *directory) { return file_in(directory, "memory.limit_in_bytes"); }));
}

/* Processors for a quota of time, rounded up. */
static int64
cpus_of(int64 quota, int64 period)
{
	return quota <= 0 || period <= 0 ? -1 : (quota + period - 1) / period;
}

int
host_cpus()
{
	int64 cpus = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		cpus = smaller(cpus > 0 ? cpus : -1, CPU_COUNT(&set));
	cpus = smaller(cpus, smallest_limit("/sys/fs/cgroup", "",
										[](const char *directory)
										{
											char path[5000];
											char text[64];
											snprintf(path, sizeof(path), "%s/cpu.max", directory);
											if (!read_start(path, text))
												return int64{-1};
											char *period;
											int64 quota = strtoll(text, &period, 10);
											return cpus_of(quota, strtoll(period, nullptr, 10));
										}));
	cpus = smaller(cpus, smallest_limit("/sys/fs/cgroup/cpu", "cpu",
										[](const char *directory) {
											return cpus_of(file_in(directory, "cpu.cfs_quota_us"),
														   file_in(directory, "cpu.cfs_period_us"));
										}));
	return static_cast<int>(cpus);
}

Disk
disk_of(const char *directory)
{
	struct statvfs space;
	struct stat status;
	if (stat(directory, &status) != 0 || statvfs(directory, &space) != 0 || space.f_blocks == 0)
		return {-1, -1, 0};
	int64 block = static_cast<int64>(space.f_frsize);
	return {static_cast<int64>(space.f_blocks) * block, static_cast<int64>(space.f_bavail) * block,
			static_cast<uint64>(status.st_dev)};
}

int
disk_rotates(const char *directory)
{
	struct stat status;
	if (stat(directory, &status) != 0)
		return -1;
	/* A partition has no queue of its own: its disk, the directory above, has. */
	for (const char *queue : {"queue", "../queue"})
	{
		char path[128];
		snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/%s/rotational", major(status.st_dev), minor(status.st_dev),
				 queue);
		if (int64 rotates = read_number(path); rotates >= 0)
			return rotates != 0;
	}
	return -1;
}

int64
file_bytes(const char *path)
{
	struct stat file;
	return stat(path, &file) == 0 ? static_cast<int64>(file.st_size) : -1;
}

int64
file_written(const char *path)
{
	struct stat status;
	return stat(path, &status) != 0 ? -1 : static_cast<int64>(status.st_mtime);
}

} // namespace dbeng
