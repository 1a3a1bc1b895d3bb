/*
 * path.hpp: where a row is in a hierarchy, kept beside its parent.
 */
#pragma once

namespace dbeng {

/* dbeng.keep_paths: paths are written as they are given. */
extern bool keep_paths;

} // namespace dbeng
