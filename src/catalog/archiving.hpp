/*
 * archiving.hpp: how WAL leaves this server, and the tools that are seen at work.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct Archiving
{
	const char *mode;	 /* off on always */
	const char *command; /* archive_command, "" without */
	const char *library; /* archive_library, "" without */
	int64 archived;
	int64 failed;
	TimestampTz last_archived; /* 0 never */
	TimestampTz last_failed;
	const char *last_archived_file; /* NULL never */
	const char *last_failed_file;

	/* Does this server itself archive (a standby only does with "always")? */
	bool active(const Catalog &catalog) const;
	/* The last attempt went wrong, and for longer than a hiccup. */
	bool failing() const;
	/* It fails, and the last success is longer ago than that many seconds: a failure shortly after one may be over by the next attempt. */
	bool failing_for(TimestampTz now, double seconds) const;
	/* Complete files of WAL written on a primary after the last that was archived; -1 when nobody can tell. */
	int64 waiting_files() const;
};

Archiving read_archiving();

/* Does the command throw WAL away? */
bool discards(const char *archive_command);

/*
 * A backup tool known by archive_command, a connected program, a slot, or a
 * cloud provider's role: its name; NULL when none is seen.
 */
const char *backup_tool(const Catalog &catalog, const Archiving &archiving);

/* A connected program that stores WAL elsewhere as it is written: its name; NULL without. */
const char *wal_receiver();

} // namespace dbeng
