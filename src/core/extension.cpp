#include "core/extension.hpp"

namespace dbeng {

const char *const library_version = DBENG_VERSION;

bool
Extension::fits() const
{
	return installed() && strcmp(version, library_version) == 0;
}

Extension
find_extension()
{
	Extension found;
	Relation catalog = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("dbeng"));
	SysScanDesc scan = systable_beginscan(catalog, ExtensionNameIndexId, true, nullptr, 1, &key);
	HeapTuple tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		auto *form = reinterpret_cast<Form_pg_extension>(GETSTRUCT(tuple));
		bool null;
		Datum version = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(catalog), &null);
		found.oid = form->oid;
		found.owner = form->extowner;
		found.version = null ? "" : TextDatumGetCString(version);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}

Identity
act_as(Oid role)
{
	Identity before;
	GetUserIdAndSecContext(&before.role, &before.context);
	SetUserIdAndSecContext(role, before.context | SECURITY_LOCAL_USERID_CHANGE);
	return before;
}

Identity
act_as_owner()
{
	Extension extension = find_extension();
	if (!extension.installed())
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("extension \"dbeng\" does not exist"),
				errdetail("Its tables are gone, or have not been made."), errhint("CREATE EXTENSION dbeng;"));
	return act_as(extension.owner);
}

} // namespace dbeng
