/*
 * definer.hpp: functions that run with their owner's rights.
 */
#pragma once

#include "unit/check.hpp"

namespace dbeng {

/* Is it a SECURITY DEFINER function whose names are looked up when it runs? */
bool resolves_names_as_owner(const Catalog &catalog, const FunctionEntry &function);

/* "ALTER ROUTINE … SET search_path = a, b, pg_temp": the schemas without pg_temp. */
void fix_search_path(Finding &finding, const FunctionEntry &function, std::span<const char *const> schemas);

/* May it be called by name? Trigger functions may not. */
bool directly_callable(const FunctionEntry &function);

} // namespace dbeng
