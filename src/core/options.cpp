#include "core/options.hpp"

namespace dbeng {

int lock_timeout = 25;
bool workers_enabled = true;

} // namespace dbeng
