/*
 * move_rows.hpp: rows from one partition into another, while everybody goes
 * on reading and writing: each row once, at every moment in exactly one of
 * them for all who look.
 */
#pragma once

#include "partition/partition_set.hpp"
#include "partition/steps.hpp"

namespace dbeng {

struct Movement
{
	int64 rows = 0; /* moved */
	int batches = 0;
	int64 longest_us = 0; /* that a batch had the set to itself */
	int64 staying = 0;	  /* rows whose keys are in no cell: they stay in the default partition; of a whole run only */
	bool done = false;	  /* nothing is left to move */
	const char *trouble = nullptr; /* why it stopped before the end, unless time was up */
};

/*
 * Moves the rows of the default partition that belong to cells into partitions of these cells, made where there are none; rows with a NULL or infinite key stay.
 * batch_rows a transaction at most, where keys tell so many rows apart. Goes on where an earlier call was cut short. most_ms 0: to the end.
 */
Movement drain_default_partition(const Steps &steps, Oid parent, int batch_rows, int64 most_ms);

/* The reverse: all rows of the partitions back into the default partition, and the emptied partitions dropped. */
Movement gather_into_default(const Steps &steps, Oid parent, int batch_rows, int64 most_ms);

} // namespace dbeng
