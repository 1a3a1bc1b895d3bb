/*
 * built_in.hpp: running a built-in job, in its database's worker or in a
 * process of its own.
 */
#pragma once

#include "unit/jobs.hpp"

namespace dbeng {

/*
 * Outside of a transaction; whatever goes wrong is recorded, not raised.
 * made_way() tells whether a cancel was ours. False: not even that could be
 * recorded, and the job is due as before.
 */
bool run_built_in(const RegisteredJob &job, bool (*made_way)());

/* Said of a run that ended because its database was needed. */
inline constexpr const char *made_way_message = "another session needed the database alone";

} // namespace dbeng
