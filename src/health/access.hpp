/*
 * access.hpp: the argument that several functions take.
 */
#pragma once

#include "core/access.hpp"
#include "unit/registry.hpp"

namespace dbeng {

/* The check an argument names; raises when there is none. */
const RegisteredCheck &check_argument(FunctionCallInfo fcinfo, int number, std::span<const RegisteredCheck> checks);

} // namespace dbeng
