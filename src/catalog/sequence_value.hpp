/*
 * sequence_value.hpp: how far a sequence has come.
 *
 * The value is in the sequence's own file, so it is no part of the model:
 * reading it costs a page each. Ask only for sequences that can run out.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/* False when it cannot be had at once: locked, dropped or rewritten since, or an unlogged one on a standby. */
bool sequence_last_value(const SequenceEntry &sequence, int64 *value);

} // namespace dbeng
