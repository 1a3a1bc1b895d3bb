#include "config/memory_size.hpp"
#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	/* With a small cache nobody notices. */
	if (static_cast<double>(setting_bytes("shared_buffers")) < verdict.threshold("shared_buffers_bytes"))
		return;
	const char *wanted = setting("huge_pages");
	const char *status = setting("huge_pages_status");
	bool off = strcmp(wanted, "off") == 0;
	if (!off && strcmp(wanted, "on") != 0 && status == nullptr)
		return verdict.unknown("huge_pages = try: whether it got them is told by version 17 and later only");
	verdict.judged();
	if (!off && (status == nullptr || strcmp(status, "off") != 0))
		return;
	verdict.failed(
		"huge_pages",
		[off](Finding &finding)
		{
			finding.message(
				"%s of shared memory are in pages of 4 kB%s; the system must provide %s huge pages (vm.nr_hugepages) "
				"before a restart",
				size(setting_bytes("shared_memory_size")),
				off ? ", huge_pages is off" : ", the system had no huge ones",
				setting("shared_memory_size_in_huge_pages"));
			finding.evidence("shared_buffers_bytes", setting_bytes("shared_buffers"));
			finding.evidence("huge_pages", setting("huge_pages"));
			finding.evidence("huge_pages_needed", setting_number("shared_memory_size_in_huge_pages"));
			if (off)
				finding.fix("ALTER SYSTEM SET huge_pages = 'try'");
		});
}

CHECK(set_huge_pages){
	.dimension = Dimension::monitoring,
	.severity = Severity::notice,
	.title = "Large shared memory in small pages",
	.rationale =
		"Each connection has its own table of the shared pages it touched: with 8 GB in pages of 4 kB up to 16 MB a "
		"connection, and more work for the processor. Huge pages need a five-hundredth of that. Judged from 8 GB of "
		"shared_buffers on.",
	.reference = "https://www.postgresql.org/docs/current/kernel-resources.html",
	.thresholds = {{"shared_buffers_bytes", 8.0 * 1024 * 1024 * 1024}},
	.judge = judge,
};

} // namespace dbeng
