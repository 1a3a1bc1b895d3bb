#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.unknown("no server can see where its backups are kept: dbeng.attest('bak-off-site', …) states it");
}

CHECK(bak_off_site){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.attestable = true,
	.title = "No backup at another place",
	.rationale =
		"Fire, theft, a deleted account or an intruder with the administrator's rights take the server and what lies beside it. One copy must be elsewhere, best where it cannot be overwritten. No server can see it: attest it.",
	.reference = "https://www.postgresql.org/docs/current/backup.html",
	.judge = judge,
};

} // namespace dbeng
