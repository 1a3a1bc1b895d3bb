#include "security/access.hpp"

#include "core/text.hpp"

namespace dbeng {

std::span<const AclItem>
acl_items(const varlena *acl)
{
	auto *list = reinterpret_cast<const Acl *>(acl);
	if (list == nullptr || ARR_NDIM(list) != 1 || ARR_ELEMTYPE(list) != ACLITEMOID)
		return {};
	return {ACL_DAT(list), static_cast<std::size_t>(ACL_NUM(list))};
}

AclMode
public_privileges(const varlena *acl)
{
	AclMode privileges = ACL_NO_RIGHTS;
	for (const AclItem &item : acl_items(acl))
		if (item.ai_grantee == ACL_ID_PUBLIC)
			privileges |= ACLITEM_GET_PRIVS(item);
	return privileges;
}

bool
public_by_owner(const varlena *acl, Oid owner, AclMode privileges)
{
	for (const AclItem &item : acl_items(acl))
		if (item.ai_grantee == ACL_ID_PUBLIC && item.ai_grantor != owner && (item.ai_privs & privileges) != 0)
			return false;
	return true;
}

const char *
privilege_names(AclMode privileges)
{
	static constexpr struct
	{
		AclMode bit;
		const char *name;
	} names[] = {{ACL_SELECT, "SELECT"},		 {ACL_INSERT, "INSERT"},	 {ACL_UPDATE, "UPDATE"},
				 {ACL_DELETE, "DELETE"},		 {ACL_TRUNCATE, "TRUNCATE"}, {ACL_REFERENCES, "REFERENCES"},
				 {ACL_TRIGGER, "TRIGGER"},		 {ACL_USAGE, "USAGE"},		 {ACL_CREATE, "CREATE"},
				 {ACL_CREATE_TEMP, "TEMPORARY"}, {ACL_CONNECT, "CONNECT"},	 {ACL_EXECUTE, "EXECUTE"}};
	StringInfoData text;
	initStringInfo(&text);
	for (const auto &name : names)
		if ((privileges & name.bit) != 0)
			appendStringInfo(&text, "%s%s", text.len == 0 ? "" : ", ", name.name);
	return text.data;
}

bool
granted_to_others(const Catalog &catalog, const varlena *acl, Oid owner, AclMode privileges)
{
	for (const AclItem &item : acl_items(acl))
	{
		if (item.ai_grantee == owner || (ACLITEM_GET_PRIVS(item) & privileges) == 0)
			continue;
		if (item.ai_grantee == ACL_ID_PUBLIC)
			return true;
		const RoleEntry *grantee = catalog.role(item.ai_grantee);
		if (grantee != nullptr && !grantee->superuser)
			return true;
	}
	return false;
}

bool
public_may_execute(const FunctionEntry &function)
{
	return function.acl == nullptr || (public_privileges(function.acl) & ACL_EXECUTE) != 0;
}

void
RoleReach::spread(const Catalog &catalog)
{
	/* One round for each step of the longest way, so that everyone gets the shortest. */
	Local<Vector<std::pair<std::size_t, const RoleEntry *>>> found;
	do
	{
		CHECK_FOR_INTERRUPTS();
		found->clear();
		for (const MembershipEntry &membership : catalog.memberships)
			if ((membership.admin || membership.inherits || membership.can_set) && reaches(*membership.role) &&
				!reaches(*membership.member))
				found->push_back({index(*membership.member), membership.role});
		for (const auto &[member, role] : *found)
			next_[member] = role;
	} while (!found->empty());
}

const RoleEntry *
RoleReach::target(const RoleEntry &role) const
{
	const RoleEntry *at = &role;
	while (next(*at) != at)
		at = next(*at);
	return at;
}

const char *
RoleReach::path(const RoleEntry &role) const
{
	StringInfoData text;
	initStringInfo(&text);
	for (const RoleEntry *at = &role; next(*at) != at; at = next(*at))
		appendStringInfo(&text, "%smember of %s", text.len == 0 ? "" : ", ", quoted(next(*at)->name));
	return text.data;
}

std::span<const char *const>
path_schemas(const char *search_path)
{
	List *names;
	if (search_path == nullptr || !SplitIdentifierString(pstrdup(search_path), ',', &names))
		return {};
	auto **schemas =
		static_cast<const char **>(palloc0((static_cast<std::size_t>(list_length(names)) + 1) * sizeof(char *)));
	std::size_t count = 0;
	ListCell *cell;
	foreach (cell, names)
	{
		auto *name = static_cast<const char *>(lfirst(cell));
		if (name[0] != '\0')
			schemas[count++] = name;
	}
	return {schemas, count};
}

const SchemaEntry *
schema_named(const Catalog &catalog, const char *name)
{
	for (const SchemaEntry &schema : catalog.schemas)
		if (strcmp(schema.name, name) == 0)
			return &schema;
	return nullptr;
}

bool
public_may_create(const SchemaEntry &schema)
{
	return (public_privileges(schema.acl) & ACL_CREATE) != 0;
}

} // namespace dbeng
