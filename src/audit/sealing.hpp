/*
 * sealing.hpp: sealing what is final in the log.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * Seals a batch, or with all what there is; returns how many chunks. Entries of this cluster only where there are so many chunks, or
 * the first has waited for so long (microseconds). As the extension's owner; wait: if another session is sealing.
 */
int64 seal_log(bool wait, int least_chunks, int64 longest_wait, bool all);

/* What only the extension's owner and superusers do to the log by hand, and only where one can write: raises else, with that hint. */
void require_log_keeper(const char *function, const char *hint);

} // namespace dbeng
