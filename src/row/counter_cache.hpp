/*
 * counter_cache.hpp: counts of children, kept in their parents by triggers.
 */
#pragma once

namespace dbeng {

/* dbeng.keep_counters: counts are written as they are given. */
extern bool keep_counters;

} // namespace dbeng
