/*
 * log_place.hpp: where a chunk stands among those of its cluster.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct LogPlace
{
	uint64 transaction_id = 0;
	int64 log_id = 0;

	bool operator<(const LogPlace &other) const
	{
		return transaction_id != other.transaction_id ? transaction_id < other.transaction_id : log_id < other.log_id;
	}
	bool operator==(const LogPlace &other) const = default;
};

/* The place after it. */
inline LogPlace
next(LogPlace place)
{
	if (place.log_id == std::numeric_limits<int64>::max())
		return {place.transaction_id + 1, std::numeric_limits<int64>::min()};
	return {place.transaction_id, place.log_id + 1};
}

/* Chunks of one cluster from a place on, before another. */
struct LogRange
{
	LogPlace from;
	LogPlace to;
};

/* A transaction as a value of type xid8. */
inline Datum
transaction_datum(uint64 transaction_id)
{
	return FullTransactionIdGetDatum(FullTransactionIdFromU64(transaction_id));
}

inline constexpr LogPlace first_place = {0, std::numeric_limits<int64>::min()};
inline constexpr LogPlace last_place = {std::numeric_limits<uint64>::max(), std::numeric_limits<int64>::max()};

} // namespace dbeng
