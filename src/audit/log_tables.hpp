/*
 * log_tables.hpp: making what schema dbeng_audit holds. Who calls what makes
 * something acts as the extension's owner, with an active snapshot of its own.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Until the transaction ends nobody else changes what is audited, or the log's tables. */
void lock_audit();

/* Makes what is missing of the log, and what protects it. */
void make_log();

/* A table of the log that is new: no rights but the owner's, and no statement that writes. */
void protect_log_table(const char *name);

/* The trigger that refuses statements, missing on a table of the log or switched off: the statements that bring it back; NULL: it is there. */
const char *protection(Oid relation);

/* Every table of the log that has to be protected; by name. */
void log_tables(Vector<Oid> &tables);

} // namespace dbeng
