#include "security/definer.hpp"

#include "security/access.hpp"

namespace dbeng {

bool
resolves_names_as_owner(const Catalog &catalog, const FunctionEntry &function)
{
	if (!function.security_definer || function.sql_body != nullptr)
		return false;
	const LanguageEntry *language = catalog.language(function.language);
	return language != nullptr && strcmp(language->name, "c") != 0 && strcmp(language->name, "internal") != 0;
}

void
fix_search_path(Finding &finding, const FunctionEntry &function, std::span<const char *const> schemas)
{
	StringInfoData path;
	initStringInfo(&path);
	for (const char *schema : schemas)
		if (strcmp(schema, "pg_temp") != 0)
			appendStringInfo(&path, "%s, ", quoted(schema));
	/* Left out, pg_temp is searched first. */
	finding.fix("ALTER ROUTINE %s SET search_path = %spg_temp", Subject(function).text(), path.data);
}

bool
directly_callable(const FunctionEntry &function)
{
	return function.result != TRIGGEROID && function.result != EVENT_TRIGGEROID;
}

} // namespace dbeng
