#include "audit/audited_table.hpp"
#include "catalog/naming.hpp"
#include "core/extension.hpp"
#include "core/query.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Bypass
{
	Oid relation;
	int64 transactions;
	const char *last_at;
	const char *last_user;
};
} // namespace

static void
judge_gaps(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<Bypass>> bypasses;
	Argument arguments[] = {Argument::bigint(static_cast<int64>(verdict.threshold("days")))};
	MemoryContext context = CurrentMemoryContext;
	Identity caller = act_as_owner();
	each_row("SELECT t.relation::oid, count(DISTINCT g.transaction_id),"
			 "   to_char(max(g.began_at), 'YYYY-MM-DD HH24:MI'), (array_agg(g.db_user ORDER BY g.began_at DESC))[1]"
			 " FROM dbeng_audit.gaps g JOIN dbeng_audit.tables t USING (table_id)"
			 " WHERE g.kind = 'r' AND g.began_at > now() - make_interval(days => $1::int) AND t.relation IS NOT NULL"
			 " GROUP BY t.relation",
			 arguments,
			 [&bypasses, context](const Row &row)
			 {
				 bypasses->push_back(Bypass{static_cast<Oid>(row.integer(1)), row.integer(2),
											MemoryContextStrdup(context, row.text(3)),
											MemoryContextStrdup(context, row.text(4))});
			 });
	caller.restore();
	for (const Bypass &bypass : *bypasses)
		if (const RelationEntry *table = catalog.relation(bypass.relation); table != nullptr)
			verdict.failed(*table,
						   [bypass](Finding &finding)
						   {
							   finding.message("%s transaction%s wrote it under session_replication_role = replica, "
											   "without a trace of the rows; the last at %s by %s",
											   grouped(bypass.transactions), bypass.transactions == 1 ? "" : "s",
											   bypass.last_at, bypass.last_user);
							   finding.evidence("transactions", bypass.transactions);
							   finding.evidence("last_at", bypass.last_at);
							   finding.evidence("last_user", bypass.last_user);
						   },
						   {.rank = 1});
}

/* Roles and databases whose sessions fire no trigger, from the beginning. */
static void
judge_settings(const Catalog &catalog, Verdict &verdict)
{
	for (const RoleSettingEntry &entry : catalog.role_settings)
	{
		const char *role_setting = array_setting(entry.settings, "session_replication_role");
		bool here = !OidIsValid(entry.database) || entry.database == catalog.database.oid;
		if (role_setting == nullptr || pg_strcasecmp(role_setting, "replica") != 0 || !here)
			continue;
		verdict.judged();
		const RoleEntry *role = OidIsValid(entry.role) ? catalog.role(entry.role) : nullptr;
		bool in_database = OidIsValid(entry.database);
		auto describe = [role, in_database, database = catalog.database.name](Finding &finding)
		{
			finding.message("session_replication_role is set to replica: no audit trigger fires in its sessions");
			if (role == nullptr)
				finding.fix("ALTER %s RESET session_replication_role",
							in_database ? format("DATABASE %s", quoted(database)) : "ROLE ALL");
			else
				finding.fix("ALTER ROLE %s%s RESET session_replication_role", quoted(role->name),
							in_database ? format(" IN DATABASE %s", quoted(database)) : "");
		};
		verdict.failed(role != nullptr ? Subject(*role) : Subject(in_database ? catalog.database.name : "ALL"),
					   describe);
	}
}

/* What a subscription writes fires no trigger but those that say so. */
static void
judge_subscribed(const Catalog &catalog, Verdict &verdict, std::span<const AuditedTable> tables)
{
	Local<Vector<Oid>> subscribed;
	each_row("SELECT DISTINCT srrelid FROM pg_subscription_rel",
			 [&subscribed](const Row &row) { subscribed->push_back(static_cast<Oid>(row.integer(1))); });
	for (const AuditedTable &table : tables)
	{
		const RelationEntry *relation = catalog.relation(table.relation);
		/* Or some of its partitions are. */
		bool is_subscribed =
			std::any_of(subscribed->begin(), subscribed->end(), [&table](Oid of) { return belongs_to(of, table); });
		if (!table.enabled() || table.on_replica || relation == nullptr || !is_subscribed)
			continue;
		verdict.failed(*relation,
					   [](Finding &finding)
					   {
						   finding.message("a subscription writes it, which is not logged: enable its audit with "
										   "on_replica => true");
					   });
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	std::span<const AuditedTable> tables = audited_tables();
	bool any = false;
	for (const AuditedTable &table : tables)
		if (table.enabled() && OidIsValid(table.relation))
		{
			verdict.judged();
			any = true;
		}
	if (!any)
		return;
	if (OidIsValid(log_table("gaps")))
		judge_gaps(catalog, verdict);
	judge_settings(catalog, verdict);
	judge_subscribed(catalog, verdict, tables);
}

CHECK(sec_audit_bypassed){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Writes past the audit",
	.rationale =
		"In a session with session_replication_role = replica, and where logical replication writes, ordinary triggers do "
		"not fire: rows change and the log has nothing but the fact. Superusers can set it, and whom they granted it. "
		"Judged for audited tables: what was written so in the last days, roles and databases that have the setting, "
		"subscriptions to tables audited without on_replica.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE",
	.thresholds = {{"days", 30}},
	.judge = judge,
};

} // namespace dbeng
