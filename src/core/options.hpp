/*
 * options.hpp: settings that several areas obey. module.cpp defines them.
 */
#pragma once

namespace dbeng {

/* dbeng.lock_timeout: milliseconds that maintenance waits for a lock before it steps back and tries again later. */
extern int lock_timeout;

/* dbeng.enabled: do workers run jobs. */
extern bool workers_enabled;

} // namespace dbeng
