#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"
#include "security/definer.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const FunctionEntry &function : catalog.own_functions())
	{
		const char *path = array_setting(function.settings, "search_path");
		if (path == nullptr || !resolves_names_as_owner(catalog, function))
			continue;
		verdict.judged();
		std::span<const char *const> schemas = path_schemas(path);
		const SchemaEntry *writable = nullptr;
		std::size_t temporary = schemas.size();
		for (std::size_t i = 0; i < schemas.size(); i++)
		{
			const SchemaEntry *schema = schema_named(catalog, schemas[i]);
			if (schema != nullptr && public_may_create(*schema))
				writable = schema;
			if (strcmp(schemas[i], "pg_temp") == 0)
				temporary = i;
		}
		if (writable != nullptr)
			verdict.failed(function,
						   [writable, path](Finding &finding)
						   {
							   finding.message("its search_path has schema %s, in which every role may create objects",
											   quoted(writable->name));
							   finding.evidence("search_path", path);
							   if (public_by_owner(writable->acl, writable->owner, ACL_CREATE))
								   finding.fix("REVOKE CREATE ON SCHEMA %s FROM PUBLIC", quoted(writable->name));
						   },
						   {.rank = 1});
		/* An empty path shows that every name in it is qualified. */
		else if (!schemas.empty() && temporary + 1 != schemas.size())
			verdict.failed(function,
						   [&function, schemas, path, absent = temporary == schemas.size()](Finding &finding)
						   {
							   finding.message("its search_path %s: a temporary table of the caller hides the real one",
											   absent ? "leaves out pg_temp, which is then searched first for tables"
													  : "has pg_temp before other schemas");
							   finding.evidence("search_path", path);
							   fix_search_path(finding, function, schemas);
						   },
						   {.severity = Severity::notice, .escalate = true});
	}
}

CHECK(sec_secdef_insecure_path){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "SECURITY DEFINER function with an unsafe search_path",
	.rationale =
		"A schema in which everybody may create objects, or pg_temp anywhere but last, lets a caller have his own table or "
		"function used with the owner's rights. A path that leaves pg_temp out is a notice: it matters only for names of "
		"tables that are not qualified.",
	.reference = "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
	.judge = judge,
};

} // namespace dbeng
