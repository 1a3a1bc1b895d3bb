/*
 * versioning.hpp: versions of rows, counted by a trigger, and the time of their last change.
 */
#pragma once

namespace dbeng {

/* dbeng.keep_versions: versions and times of change are written as they are given. */
extern bool keep_versions;

} // namespace dbeng
