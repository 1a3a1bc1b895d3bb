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
	int64 rows = 0;			   /* moved */
	int batches = 0;
	const char *trouble = nullptr; /* why it stopped before the end; NULL: nothing is left to move */
};

/*
 * Moves the rows of the default partition that belong to cells into partitions of these cells, made where there are none; rows with a NULL or infinite key stay.
 * batch_rows a transaction at most. Goes on where an earlier call was cut short.
 */
Movement drain_default_partition(const Steps &steps, Oid parent, int batch_rows, int64 most_ms);

/* The reverse: all rows of the partitions back into the default partition, and the emptied partitions dropped. */
Movement gather_into_default(const Steps &steps, Oid parent, int batch_rows, int64 most_ms);

} // namespace dbeng
