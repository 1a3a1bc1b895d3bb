/*
 * example_store.hpp: the examples of statements' constants, in shared memory
 * of a fixed size.
 *
 * A record is some bytes that the store does not look into. When there is no
 * room, those that were kept longest ago go. Whether a statement was looked
 * at lately is asked at every execution and therefore answered without a lock.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct ExampleKey
{
	Oid database;
	Oid user;
	int64 query_id;
};

/* A record is never longer. */
inline constexpr std::size_t max_example_bytes = 8192;

struct StoredExample
{
	ExampleKey key;
	TimestampTz seen_at;
	std::size_t bytes;
};

/* For _PG_init, when preloaded; kilobytes is read when the server asks how much memory is wanted. */
void reserve_examples(const int *kilobytes);

/* False: not preloaded. None of the following is called then. */
bool has_examples();

/*
 * Is it this long (microseconds) since somebody was told true? Whoever is told
 * true looks at the statement. Two may be, at the same time, and a statement
 * that is new may have to wait for a place: it is a hint.
 */
bool is_example_due(const ExampleKey &key, int64 interval);

/* Keeps a record, instead of the one of before. */
void keep_example(const ExampleKey &key, TimestampTz seen_at, std::span<const char> record);

/* Copies a record into max_example_bytes of room. False: there is none. */
bool copy_example(const ExampleKey &key, StoredExample &example, char *room);

/* The same by place, for looking through all of them: places count from 0 to example_places(). */
std::size_t example_places();
bool copy_example(std::size_t place, StoredExample &example, char *room);

} // namespace dbeng
