#include "core/access.hpp"
#include "core/text.hpp"

namespace dbeng {

void
require_monitor(const char *what)
{
	Oid caller = GetUserId();
	if (has_privs_of_role(caller, ROLE_PG_MONITOR))
		return;
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for %s", what),
			errdetail("Role \"%s\" does not have the privileges of pg_monitor.", GetUserNameFromId(caller, false)),
			errhint("GRANT pg_monitor TO %s;", quoted(GetUserNameFromId(caller, false))));
}

static const char *
privilege_list(AclMode privileges)
{
	StringInfoData list;
	initStringInfo(&list);
	for (auto [bit, name] : {std::pair<AclMode, const char *>{ACL_SELECT, "SELECT"},
							 {ACL_INSERT, "INSERT"},
							 {ACL_UPDATE, "UPDATE"},
							 {ACL_DELETE, "DELETE"}})
	{
		if ((privileges & bit) != 0)
			appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", name);
	}
	return list.data;
}

void
require_writer(const char *what, const char *table, AclMode privileges)
{
	PreventCommandDuringRecovery(what);
	PreventCommandIfReadOnly(what);

	Oid caller = GetUserId();
	Oid relation = get_relname_relid(table, get_namespace_oid("dbeng", false));
	if (!OidIsValid(relation))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE), errmsg("relation \"dbeng.%s\" does not exist", table));
	AclMode granted = pg_class_aclmask(relation, caller, privileges, ACLMASK_ALL);
	if (granted == privileges)
		return;
	const char *role = GetUserNameFromId(caller, false);
	ereport(ERROR, errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied for %s", what),
			errdetail("Role \"%s\" lacks %s on table dbeng.%s.", role, privilege_list(privileges & ~granted), table),
			errhint("GRANT %s ON dbeng.%s TO %s;", privilege_list(privileges), quoted(table), quoted(role)));
}

const char *
text_argument(FunctionCallInfo fcinfo, int number)
{
	return PG_ARGISNULL(number) ? nullptr : text_to_cstring(PG_GETARG_TEXT_PP(number));
}

} // namespace dbeng

SQL_FUNCTION(dbeng_may_look)
{
	dbeng::require_monitor(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_BOOL(true);
}
