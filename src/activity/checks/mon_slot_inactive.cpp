#include "activity/slots.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	int64 keep = setting_bytes("max_slot_wal_keep_size");
	double share = verdict.threshold("keep_percent") / 100;
	for (const Slot &slot : replication_slots())
	{
		verdict.judged();
		double retained = static_cast<double>(slot.retained);
		bool too_much =
			retained > verdict.threshold("bytes") || (keep > 0 && retained > share * static_cast<double>(keep));
		if (slot.active || !too_much)
			continue;
		/* Without a limit it grows until the disk is full. */
		bool critical = keep < 0 && retained > verdict.threshold("critical_bytes");
		verdict.failed(
			slot.name,
			[&slot, keep](Finding &finding)
			{
				finding.message(
					"nobody reads this %s slot, yet it keeps %s of WAL, %s%s", slot.type, size(slot.retained),
					keep < 0 ? "and more until the disk is full: reconnect its reader or drop it" : "of at most ",
					keep < 0 ? "" : size(keep));
				finding.evidence("retained_bytes", slot.retained);
				finding.evidence("max_slot_wal_keep_size_bytes", keep);
				finding.evidence("slot_type", slot.type);
			},
			{.rank = retained, .severity = critical ? Severity::critical : Severity::warning, .escalate = true});
	}
}

CHECK(mon_slot_inactive){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Replication slot without a reader",
	.rationale =
		"A slot keeps all WAL its reader has not confirmed, for as long as it exists. Without max_slot_wal_keep_size "
		"a forgotten one fills the disk; with it, the reader must be built anew once the limit is passed. Dropping "
		"a slot cannot be undone, so no statement is offered.",
	.reference = "https://www.postgresql.org/docs/current/warm-standby.html",
	.thresholds = {{"bytes", 1024.0 * 1024 * 1024}, {"critical_bytes", 5.0 * 1024 * 1024 * 1024}, {"keep_percent", 50}},
	.judge = judge,
};

} // namespace dbeng
