#include "core/options.hpp"

namespace dbeng {

int lock_timeout = 25;

} // namespace dbeng
