#include "catalog/archiving.hpp"
#include "backup/standbys.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	Standbys standbys = connected_standbys();
	if (standbys.streaming == 0)
		return;
	verdict.judged(static_cast<double>(standbys.streaming));
	/* What is archived a standby can fetch from the archive. */
	if (standbys.without_slot == 0 || setting_bytes("wal_keep_size") > 0 || strcmp(read_archiving().mode, "off") != 0)
		return;
	verdict.failed(
		"wal_keep_size",
		[standbys](Finding &finding)
		{
			finding.message(
				"%s standby%s without a replication slot, no wal_keep_size and no archive: whoever is disconnected "
				"beyond the next checkpoints must be built anew",
				grouped(standbys.without_slot), standbys.without_slot == 1 ? "" : "s");
			finding.evidence("standbys", standbys.streaming);
			finding.evidence("without_slot", standbys.without_slot);
		},
		{.weight = static_cast<double>(standbys.without_slot)});
}

CHECK(bak_wal_keep){
	.dimension = Dimension::backup,
	.severity = Severity::notice,
	.title = "Standby that nothing keeps WAL for",
	.rationale =
		"The server removes WAL after each checkpoint. A slot (with max_slot_wal_keep_size against a full disk), "
		"wal_keep_size or an archive lets a standby catch up after an interruption.",
	.reference = "https://www.postgresql.org/docs/current/warm-standby.html",
	.judge = judge,
};

} // namespace dbeng
