/*
 * access.hpp: who may call what, and the arguments that several functions take.
 */
#pragma once

#include "unit/registry.hpp"

namespace dbeng {

/* Raises unless the caller has the privileges of pg_monitor; what is the function or view he asked for. */
void require_monitor(const char *what);

/* Raises on a read-only server, in a read-only transaction, and without the privileges on the table. */
void require_writer(const char *what, const char *table, AclMode privileges);

/* A text argument; NULL for NULL. */
const char *text_argument(FunctionCallInfo fcinfo, int number);

/* The check an argument names; raises when there is none. */
const RegisteredCheck &check_argument(FunctionCallInfo fcinfo, int number, std::span<const RegisteredCheck> checks);

} // namespace dbeng
