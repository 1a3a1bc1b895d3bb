/*
 * recorder.hpp: takes snapshots.
 *
 * What the last one saw stays in this process's memory from one to the next;
 * a process that did not take the last one loads it from the tables. Memory is
 * believed only if the last snapshot in the tables is the one it is of, so a
 * transaction that was rolled back, or another process's snapshot, does no
 * harm.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct TakenSnapshot
{
	int64 snapshot_id; /* 0: another snapshot is being taken just now */
	int64 relations;
	int64 statements;
	int64 stored_bytes;
};

/*
 * Takes one, as the owner of dbeng's tables, in the current transaction. Only
 * one process does so at a time: wait says whether to wait for the other.
 */
TakenSnapshot take_snapshot(bool wait);

} // namespace dbeng
