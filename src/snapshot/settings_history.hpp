/*
 * settings_history.hpp: settings as they were and when they changed.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Notes what has changed; looks only when the configuration was read again since the last look, or is told to. */
void record_settings(TimestampTz now, bool always);

} // namespace dbeng
