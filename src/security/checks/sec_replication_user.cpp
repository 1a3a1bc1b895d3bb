#include "unit/check.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const RoleEntry *reader = catalog.role(GetUserId());
	bool hidden = false;
	each_row("SELECT usesysid, client_addr IS NOT NULL, count(*), min(application_name), bool_or(state IS NULL)"
			 " FROM pg_stat_replication WHERE state IS NULL OR state IN ('streaming', 'catchup')"
			 " GROUP BY usesysid, client_addr IS NOT NULL ORDER BY 1, 2",
			 [&](const Row &row)
			 {
				 hidden = hidden || row.flag(5);
				 const RoleEntry *role = catalog.role(static_cast<Oid>(row.integer(1)));
				 verdict.judged();
				 if (role == nullptr || !role->superuser || row.flag(5))
					 return;
				 bool remote = row.flag(2);
				 const char *application = row.text(4);
				 verdict.failed(
					 "replication",
					 [role, connections = row.integer(3), remote,
					  application = application == nullptr ? "" : application](Finding &finding)
					 {
						 finding.message(
							 "%s %s %s as superuser %s, whose password lies on the other side, where a role with "
							 "REPLICATION alone would do",
							 connections == 1 ? "a standby or receiver"
											  : format("%s standbys or receivers", grouped(connections)),
							 remote ? "on another machine" : "on this machine", connections == 1 ? "streams" : "stream",
							 quoted(role->name));
						 finding.evidence("role", role->name);
						 finding.evidence("connections", connections);
						 finding.evidence("application_name", application);
					 },
					 {.severity = remote ? Severity::warning : Severity::notice, .escalate = true});
			 });
	if (hidden && verdict.failures().empty())
		verdict.unknown("pg_stat_replication shows its details to members of pg_read_all_stats only%s",
						reader == nullptr ? "" : format("; %s is none", quoted(reader->name)));
}

CHECK(sec_replication_user){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Replication as superuser",
	.rationale =
		"A standby keeps the password it streams with in a file. Stolen from there, a superuser's gives the primary away; "
		"one of a role with REPLICATION gives a copy. A notice where it streams on the same machine.",
	.reference = "https://www.postgresql.org/docs/current/warm-standby.html",
	.judge = judge,
};

} // namespace dbeng
