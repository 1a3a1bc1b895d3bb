#include "catalog/archiving.hpp"
#include "backup/standbys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Standbys standbys = connected_standbys();
	if (standbys.streaming == 0)
		return;
	verdict.judged();
	Archiving archiving = read_archiving();
	bool archived = strcmp(archiving.mode, "off") != 0 && !discards(archiving.command);
	if (archived || backup_tool(catalog, archiving) != nullptr)
		return;
	verdict.failed(
		"standbys",
		[standbys](Finding &finding)
		{
			finding.message(
				"%s standby%s follow%s this server, but no archive and no backup tool is seen: a wrong DELETE reaches a "
				"standby at once",
				grouped(standbys.streaming), standbys.streaming == 1 ? "" : "s", standbys.streaming == 1 ? "s" : "");
			finding.evidence("standbys", standbys.streaming);
		});
}

CHECK(bak_standby_only){
	.dimension = Dimension::backup,
	.severity = Severity::notice,
	.attestable = true,
	.title = "Standby instead of a backup",
	.rationale =
		"A standby guards against the loss of a machine. It repeats every mistake, every dropped table and every "
		"intruder's change within the second: only a backup goes back behind them.",
	.reference = "https://www.postgresql.org/docs/current/high-availability.html",
	.judge = judge,
};

} // namespace dbeng
