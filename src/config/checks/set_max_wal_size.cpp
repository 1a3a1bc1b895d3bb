#include "config/memory_size.hpp"
#include "core/host.hpp"
#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	Disk disk = disk_of("pg_wal");
	if (disk.free < 0)
		return verdict.unknown("the operating system does not tell how full the disk is");
	int64 present = 0;
	each_row("SELECT coalesce(sum(size), 0)::int8 FROM pg_ls_waldir()",
			 [&present](const Row &row) { present = row.integer(1); });
	verdict.judged();
	int64 limit = setting_bytes("max_wal_size");
	int64 room = disk.free + present;
	if (static_cast<double>(limit) <= verdict.threshold("share") * static_cast<double>(room))
		return;
	verdict.failed("max_wal_size",
				   [limit, room, present, disk](Finding &finding)
				   {
					   int64 better = room / 4;
					   finding.message(
						   "WAL may grow to %s between checkpoints; its disk has %s free beside the %s that are there",
						   size(limit), size(disk.free), size(present));
					   finding.evidence("max_wal_size_bytes", limit);
					   finding.evidence("wal_bytes", present);
					   finding.evidence("free_bytes", disk.free);
					   if (better < setting_bytes("min_wal_size"))
						   return;
					   finding.fix("ALTER SYSTEM SET max_wal_size = '%s'", memory_setting(better));
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(set_max_wal_size){
	.dimension = Dimension::monitoring,
	.severity = Severity::warning,
	.title = "max_wal_size beyond the disk",
	.rationale =
		"WAL grows to about max_wal_size before a checkpoint recycles it. When its disk is full before that, the "
		"server stops. A max_wal_size that is too small for the writing shows in checkpoints that come early.",
	.reference = "https://www.postgresql.org/docs/current/wal-configuration.html",
	.thresholds = {{"share", 0.9}},
	.judge = judge,
};

} // namespace dbeng
