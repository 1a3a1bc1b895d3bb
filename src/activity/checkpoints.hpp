/*
 * checkpoints.hpp: checkpoints that came by time and those that were asked for.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Checkpoints
{
	int64 timed;
	int64 requested;
	double wal_bytes;
	bool same_window; /* WAL and checkpoints are counted since about the same time */
	TimestampTz since;

	int64 all() const { return timed + requested; }
	double requested_pct() const;
	/* WAL written for each that was asked for. */
	double wal_each() const;
	/*
	 * CREATE DATABASE, backups and restarts ask for checkpoints too: is it the
	 * volume of WAL, at least that share of max_wal_size between two?
	 */
	bool by_volume(double share) const;
};

Checkpoints read_checkpoints();

} // namespace dbeng
