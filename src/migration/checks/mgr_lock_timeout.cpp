#include "core/settings.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* ALTER ROLE/DATABASE … SET lock_timeout: false says nothing of it, sets says whether it limits. */
static bool
mentions(const RoleSettingEntry &entry, bool &limits)
{
	const char *value = array_setting(entry.settings, "lock_timeout");
	if (value == nullptr)
		return false;
	limits = strtod(value, nullptr) > 0;
	return true;
}

/* Of the settings that apply to a role here the most special one counts: role in database, role, database, server. */
static bool
limited(const Catalog &catalog, Oid role, bool server_wide)
{
	int best = 0;
	bool answer = server_wide;
	for (const RoleSettingEntry &entry : catalog.role_settings)
	{
		bool here = entry.database == InvalidOid || entry.database == catalog.database.oid;
		bool his = entry.role == InvalidOid || entry.role == role;
		int special = (entry.role != InvalidOid ? 2 : 0) + (entry.database != InvalidOid ? 1 : 0);
		bool limits;
		if (!here || !his || special <= best || !mentions(entry, limits))
			continue;
		best = special;
		answer = limits;
	}
	return answer;
}

/* The value this session starts with; a role's or database's own would hide the server's. */
static bool
server_limit(const Catalog &catalog)
{
	for (const RoleSettingEntry &entry : catalog.role_settings)
	{
		bool mine = (entry.role == InvalidOid || entry.role == GetSessionUserId()) &&
					(entry.database == InvalidOid || entry.database == catalog.database.oid);
		bool limits;
		if (mine && mentions(entry, limits))
			return false;
	}
	return setting_milliseconds("lock_timeout") > 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<const RoleEntry *, int64>> owned;
	for (const RelationEntry &table : catalog.tables())
		if (const RoleEntry *owner = catalog.role(table.owner))
			(*owned)[owner]++;

	/* An owner that does not log in is acted for by its members; settings are theirs, they are not inherited. */
	Local<FlatMap<const RoleEntry *, int64>> changers;
	for (const auto &[owner, tables] : *owned)
	{
		if (owner->login)
			(*changers)[owner] += tables;
		else
			for (const MembershipEntry &membership : catalog.memberships)
				if (membership.role == owner && membership.member->login)
					(*changers)[membership.member] += tables;
	}

	bool server_wide = server_limit(catalog);
	for (const auto &[role, tables] : *changers)
	{
		verdict.judged();
		if (limited(catalog, role->oid, server_wide))
			continue;
		verdict.failed(
			*role,
			[role = role, tables = tables, &catalog](Finding &finding)
			{
				finding.message(
					"may change %s table%s and has no lock_timeout: an ALTER TABLE that waits for one long query stops "
					"everybody behind it",
					grouped(tables), tables == 1 ? "" : "s");
				finding.evidence("tables", tables);
				finding.fix("ALTER ROLE %s IN DATABASE %s SET lock_timeout = '5s'", quoted(role->name),
							quoted(catalog.database.name));
			});
	}
}

CHECK(mgr_lock_timeout){
	.dimension = Dimension::migration_safety,
	.severity = Severity::notice,
	.title = "No lock_timeout for a role that changes the schema",
	.rationale =
		"Most schema changes need a lock that conflicts with everything. While such a statement waits for its turn, "
		"all later queries of that table wait behind it. With lock_timeout it gives up after seconds and can be tried "
		"again. Judged for roles that log in and own tables, or are members of a role that does and cannot log in itself; "
		"migrations that set it themselves may ignore this.",
	.reference = "https://www.postgresql.org/docs/current/runtime-config-client.html",
	.judge = judge,
};

} // namespace dbeng
