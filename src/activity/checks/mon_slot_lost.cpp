#include "activity/slots.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	for (const Slot &slot : replication_slots())
	{
		verdict.judged();
		if (slot.status == nullptr || strcmp(slot.status, "lost") != 0)
			continue;
		verdict.failed(slot.name,
					   [&slot](Finding &finding)
					   {
						   finding.message("the slot is lost%s%s: its %s must be built anew",
										   slot.why == nullptr ? "" : ", ", slot.why == nullptr ? "" : slot.why,
										   strcmp(slot.type, "physical") == 0 ? "standby" : "subscriber");
						   finding.evidence("slot_type", slot.type);
						   finding.evidence("reason", slot.why);
						   finding.fix("SELECT pg_drop_replication_slot(%s)", literal(slot.name));
					   });
	}
}

CHECK(mon_slot_lost){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "Lost replication slot",
	.rationale =
		"The WAL its reader needs is gone (max_slot_wal_keep_size, or a conflict on a standby). The reader can never "
		"go on from this slot: a standby needs a new base backup or an archive, a subscription a new copy. The "
		"slot itself is of no use any more.",
	.reference = "https://www.postgresql.org/docs/current/view-pg-replication-slots.html",
	.judge = judge,
};

} // namespace dbeng
