/*
 * memory_size.hpp: amounts of memory as settings hold them, and what they are measured against.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

inline constexpr int64 megabyte = 1024 * 1024;
inline constexpr int64 gigabyte = 1024 * megabyte;

/* Rounded down to what a person would write: two leading binary digits, whole megabytes; "3GB", "768MB". */
const char *memory_setting(int64 bytes);

/* What is stored in this database, by relpages, in bytes. */
int64 stored_bytes(const Catalog &catalog);

} // namespace dbeng
