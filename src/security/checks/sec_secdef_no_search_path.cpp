#include "unit/check.hpp"

#include "core/settings.hpp"
#include "security/access.hpp"
#include "security/definer.hpp"

namespace dbeng {

/* What its names mean today under the database's default path, then its own schema. */
static void
fix(const Catalog &catalog, const FunctionEntry &function, Finding &finding)
{
	Local<Vector<const char *>> schemas;
	bool own = false;
	for (const char *name : path_schemas(setting("search_path")))
	{
		const SchemaEntry *schema = schema_named(catalog, name);
		/* In a schema open to all, the callers would go on deciding. */
		if (schema == nullptr || (schema != function.schema && public_may_create(*schema)))
			continue;
		schemas->push_back(name);
		own = own || schema == function.schema;
	}
	if (!own)
		schemas->push_back(function.schema->name);
	fix_search_path(finding, function, {schemas->data(), schemas->size()});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const FunctionEntry &function : catalog.own_functions())
	{
		if (!resolves_names_as_owner(catalog, function))
			continue;
		verdict.judged();
		if (array_setting(function.settings, "search_path") != nullptr)
			continue;
		const RoleEntry *owner = catalog.role(function.owner);
		bool superuser = owner != nullptr && owner->superuser;
		verdict.failed(
			function,
			[&catalog, &function, owner, superuser](Finding &finding)
			{
				const char *name = owner == nullptr ? "its owner" : quoted(owner->name);
				finding.message(
					"runs as %s%s with the caller's search_path: the caller decides which tables and functions "
					"its names mean",
					superuser ? "superuser " : "", name);
				finding.evidence("owner", name);
				finding.evidence("owner_is_superuser", superuser);
				finding.evidence("public_may_execute", public_may_execute(function));
				fix(catalog, function, finding);
			},
			{.rank = superuser ? 1.0 : 0.0});
	}
}

CHECK(sec_secdef_no_search_path){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "SECURITY DEFINER function without a fixed search_path",
	.rationale =
		"A caller who puts an object of the right name into a schema of his own, or into pg_temp, has it used with the "
		"owner's rights. The proposed path is the database's default one plus the function's schema, without schemas open to all; name every schema the "
		"function uses. Functions in C and with a BEGIN ATOMIC body are safe and not judged.",
	.reference = "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
	.judge = judge,
};

} // namespace dbeng
