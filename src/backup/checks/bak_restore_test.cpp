#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	verdict.unknown(
		"no server can see that its backup was restored: dbeng.attest('bak-restore-test', …, now() + interval '90 days') after each test");
}

CHECK(bak_restore_test){
	.dimension = Dimension::backup,
	.severity = Severity::warning,
	.attestable = true,
	.title = "No tested restore",
	.rationale =
		"A backup nobody has restored is a hope. No server can see whether its backups were restored elsewhere: attest it after each test, for 90 days at most.",
	.reference = "https://www.postgresql.org/docs/current/backup.html",
	.judge = judge,
};

} // namespace dbeng
