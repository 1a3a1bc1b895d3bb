#include "activity/slots.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

std::span<const Slot>
replication_slots()
{
	Local<Vector<Slot>> slots;
	const char *why = pg::major >= 17 ? "invalidation_reason" : "NULL";
	each_row(
		format("SELECT slot_name, slot_type, wal_status, %s, coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() "
			   "THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::int8, active "
			   "FROM pg_replication_slots WHERE NOT temporary",
			   why),
		[&slots](const Row &row)
		{
			slots->push_back({pstrdup(row.text(1)), pstrdup(row.text(2)), copied(row.text(3)), copied(row.text(4)),
							  row.integer(5), row.flag(6)});
		});
	return {slots->data(), slots->size()};
}

} // namespace dbeng
