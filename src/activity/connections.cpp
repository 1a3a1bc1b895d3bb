#include "activity/connections.hpp"

#include "core/query.hpp"
#include "core/settings.hpp"

namespace dbeng {

ConnectionUse
connection_use()
{
	ConnectionUse use = {};
	each_row("SELECT count(*), count(*) FILTER (WHERE state = 'idle') FROM pg_stat_activity"
			 " WHERE backend_type = 'client backend'",
			 [&use](const Row &row)
			 {
				 use.used = row.integer(1);
				 use.idle = row.integer(2);
			 });
	double reserved = setting_number("superuser_reserved_connections");
	if (double more = setting_number("reserved_connections"); more > 0)
		reserved += more;
	use.limit = static_cast<int64>(setting_number("max_connections") - reserved);
	use.percent = 100 * static_cast<double>(use.used) / static_cast<double>(std::max<int64>(use.limit, 1));
	return use;
}

} // namespace dbeng
