/*
 * capture.hpp: changes on their way from the trigger to the log.
 *
 * A session gathers the changes of its transaction in memory and writes them
 * as one chunk when the transaction ends, or a bound is reached, or it reads
 * the log itself. What a subtransaction changed goes when that is rolled
 * back.
 */
#pragma once

#include "audit/log.hpp"

namespace dbeng {

/* Writes what is gathered, so that this transaction sees its own changes in the log. */
void flush_changes();

/* Registers what must hear of the ends of transactions; once a process. */
void install_capture();

} // namespace dbeng
