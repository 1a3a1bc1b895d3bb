#include "planner/names.hpp"

#include "core/parse.hpp"
#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

/* What the server would be left with if nobody had set it. */
static constexpr const char *default_path = "\"$user\", public";

/* The more it is about, the more it counts. */
static int
weight(const RoleSettingEntry &entry)
{
	return (OidIsValid(entry.role) ? 2 : 0) + (OidIsValid(entry.database) ? 1 : 0);
}

/* ALTER ROLE/DATABASE … SET search_path; NULL without. */
static const char *
path_set_for(const Catalog &catalog, Oid user)
{
	const char *path = nullptr;
	int best = -1;
	for (const RoleSettingEntry &entry : catalog.role_settings)
	{
		bool meant = (entry.role == user || !OidIsValid(entry.role)) &&
					 (entry.database == catalog.database.oid || !OidIsValid(entry.database));
		if (!meant || weight(entry) <= best)
			continue;
		if (const char *value = array_setting(entry.settings, "search_path"))
		{
			path = value;
			best = weight(entry);
		}
	}
	return path;
}

const char *
Names::path(Oid user)
{
	for (const UserPath &entry : *known_)
		if (entry.user == user)
			return entry.path;
	const char *path = path_set_for(catalog_, user);
	/* What RESET gives is the configuration's, unless this session's own role has another. */
	if (path == nullptr && path_set_for(catalog_, GetSessionUserId()) == nullptr)
		path = setting("search_path");
	if (path == nullptr)
		path = default_path;
	MemoryContext before = MemoryContextSwitchTo(catalog_.context);
	path = path[0] == '\0' ? "pg_temp" : format("%s, pg_temp", path);
	known_->push_back({user, path});
	MemoryContextSwitchTo(before);
	return path;
}

namespace {
/* The schemas that have something of a name. */
struct Found
{
	Local<Vector<const SchemaEntry *>> schemas;

	void add(const SchemaEntry *schema)
	{
		if (schema != nullptr && std::find(schemas->begin(), schemas->end(), schema) == schemas->end())
			schemas->push_back(schema);
	}
};
} // namespace

static bool
may_be_meant(Standing standing)
{
	return standing == Standing::user || standing == Standing::extension;
}

static void
schemas_of_relation(const Catalog &catalog, const char *name, Found &found)
{
	for (const RelationEntry &relation : catalog.relations)
		if (may_be_meant(relation.standing) && strcmp(relation.name, name) == 0)
			found.add(relation.schema);
}

static void
schemas_of_function(const Catalog &catalog, const char *name, Found &found)
{
	for (const FunctionEntry &function : catalog.functions)
		if (may_be_meant(function.standing) && strcmp(function.name, name) == 0)
			found.add(function.schema);
}

static void
schemas_of_type(const Catalog &catalog, const char *name, Found &found)
{
	for (const TypeEntry &type : catalog.types)
		if (may_be_meant(type.standing) && strcmp(type.name, name) == 0)
			found.add(type.schema);
}

/* The relation, function or type named there without a schema; NULL: none. */
static const char *
named_at(Node *node, const Refusal &refusal, int at)
{
	if (refusal.code == ERRCODE_UNDEFINED_TABLE && IsA(node, RangeVar))
	{
		RangeVar *range = castNode(RangeVar, node);
		return range->location == at && range->schemaname == nullptr ? range->relname : nullptr;
	}
	List *name = NIL;
	if (refusal.code == ERRCODE_UNDEFINED_FUNCTION && IsA(node, FuncCall) && castNode(FuncCall, node)->location == at)
		name = castNode(FuncCall, node)->funcname;
	if (refusal.code == ERRCODE_UNDEFINED_OBJECT && IsA(node, TypeName) && castNode(TypeName, node)->location == at)
		name = castNode(TypeName, node)->names;
	return list_length(name) == 1 ? strVal(linitial(name)) : nullptr;
}

/* The same for what raw trees are not walked into. */
static const char *
type_named_at(Node *node, const Refusal &refusal, int at)
{
	if (IsA(node, TypeCast))
		return named_at(reinterpret_cast<Node *>(castNode(TypeCast, node)->typeName), refusal, at);
	return nullptr;
}

static const char *
missing_name(const Refusal &refusal, RawStmt *statement, int at)
{
	const char *name = nullptr;
	any_raw_node(statement->stmt,
				 [&name, &refusal, at](Node *node)
				 {
					 name = named_at(node, refusal, at);
					 if (name == nullptr)
						 name = type_named_at(node, refusal, at);
					 if (name == nullptr && IsA(node, InsertStmt))
						 name = named_at(reinterpret_cast<Node *>(castNode(InsertStmt, node)->relation), refusal, at);
					 return name != nullptr;
				 });
	return name;
}

const char *
Names::longer_path(const char *path, const Refusal &refusal, RawStmt *statement, int at, const char **why) const
{
	if (at < 0)
		return nullptr;
	const char *name = missing_name(refusal, statement, at);
	if (name == nullptr)
		return nullptr;
	Found found;
	if (refusal.code == ERRCODE_UNDEFINED_TABLE)
		schemas_of_relation(catalog_, name, found);
	else if (refusal.code == ERRCODE_UNDEFINED_FUNCTION)
		schemas_of_function(catalog_, name, found);
	else
		schemas_of_type(catalog_, name, found);
	if (found.schemas->empty())
	{
		if (refusal.code == ERRCODE_UNDEFINED_TABLE)
			*why = format("%s: dropped, or a temporary table", refusal.message);
		return nullptr;
	}
	if (found.schemas->size() > 1)
	{
		StringInfoData list;
		initStringInfo(&list);
		for (std::size_t i = 0; i < found.schemas->size() && i < 4; i++)
			appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", quoted((*found.schemas)[i]->name));
		if (found.schemas->size() > 4)
			appendStringInfoString(&list, ", …");
		*why = format("\"%s\" may be that of several schemas (%s) and is not in the search_path of its user", name,
					  list.data);
		return nullptr;
	}
	const char *end = format("%s, pg_temp", quoted(found.schemas->front()->name));
	std::string_view before(path);
	/* Added already and still not found: it is not this user's to see, or not for these arguments. */
	if (before.ends_with(end))
		return nullptr;
	before.remove_suffix(strlen("pg_temp"));
	return format("%.*s%s", static_cast<int>(before.size()), before.data(), end);
}

} // namespace dbeng
