/*
 * host.hpp: what the machine has for this server: memory, processors, disks.
 *
 * A container's limits count (cgroup v1 and v2), not the machine around it.
 * -1 stands for "not known" everywhere.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Bytes of memory this server may use. */
int64 host_memory();
/* Processors this server may use; a quota of 1.5 counts as 2. */
int host_cpus();

struct Disk
{
	int64 total;   /* bytes */
	int64 free;	   /* bytes a server without root's rights can still write */
	uint64 device; /* the same for directories on the same file system */
};

/* The file system that holds a directory; total and free are -1 when it cannot be asked. */
Disk disk_of(const char *directory);

/* 1 a disk that rotates (or says so: virtual ones may), 0 one that does not, -1 not known. */
int disk_rotates(const char *directory);

/* Bytes of a file. */
int64 file_bytes(const char *path);

/* When a file was last written, as seconds since 1970. */
int64 file_written(const char *path);

} // namespace dbeng
