/*
 * sampler.hpp: dbeng.sample_constants and what obeys it: one example of the
 * constants of each statement is kept as it is executed.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* The settings; module.cpp defines them. */
extern bool sample_constants;
extern int sample_constants_interval; /* seconds until a statement's example is replaced */
extern int sample_constants_size;	  /* kilobytes of shared memory */

bool check_sample_constants(bool *value, void **extra, GucSource source);
void assign_sample_constants(bool value, void *extra);

/* For _PG_init, when preloaded and all settings are defined. */
void install_sampler();

} // namespace dbeng
