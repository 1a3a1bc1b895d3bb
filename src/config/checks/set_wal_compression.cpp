#include "core/query.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	const char *now = setting("wal_compression");
	if (now == nullptr || strcmp(now, "off") != 0 || !setting_on("full_page_writes"))
		return verdict.judged();
	double pages = 0;
	double bytes = 0;
	bool lz4 = false;
	each_row("SELECT wal_fpi::float8, wal_bytes::float8, (SELECT 'lz4' = ANY (enumvals) FROM pg_settings"
			 " WHERE name = 'wal_compression') FROM pg_stat_wal",
			 [&pages, &bytes, &lz4](const Row &row)
			 {
				 pages = row.number(1);
				 bytes = row.number(2);
				 lz4 = row.flag(3);
			 });
	if (bytes < verdict.threshold("bytes"))
		return;
	verdict.judged();
	double percent = std::min(100.0, 100 * pages * BLCKSZ / bytes);
	if (percent <= verdict.threshold("percent"))
		return;
	verdict.failed("wal_compression",
				   [pages, bytes, percent, lz4](Finding &finding)
				   {
					   finding.message("up to %s %% of %s of WAL are images of whole pages, written uncompressed",
									   number(percent, 0), size(static_cast<int64>(bytes)));
					   finding.evidence("page_images", static_cast<int64>(pages));
					   finding.evidence("wal_bytes", bytes);
					   finding.fix("ALTER SYSTEM SET wal_compression = %s", lz4 ? "lz4" : "on");
					   finding.fix("SELECT pg_reload_conf()");
				   });
}

CHECK(set_wal_compression){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Page images in WAL not compressed",
	.rationale =
		"The first change of a page after a checkpoint writes the whole page to WAL. Compressed it takes a third or "
		"less, for a little processor time: less to write, archive and replicate. Judged from 10 GB of WAL on.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-wal.html",
	.thresholds = {{"percent", 50}, {"bytes", 10.0 * 1024 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
