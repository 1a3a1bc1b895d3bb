/*
 * settings.hpp: the settings of snapshots; module.cpp defines them.
 */
#pragma once

namespace dbeng {

extern int snapshot_interval;		/* seconds; 0: none are taken */
extern int wait_sample_interval;	/* milliseconds; 0: none are taken */
extern int snapshot_retention;		/* minutes: every snapshot */
extern int snapshot_5min_retention; /* minutes: sums of five minutes */
extern int snapshot_hour_retention; /* minutes: sums of an hour */

} // namespace dbeng
