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
		const LanguageEntry *language = catalog.language(function.language);
		if (language == nullptr || language->trusted)
			continue;
		verdict.judged();
		const RoleEntry *owner = catalog.role(function.owner);
		bool compiled = strcmp(language->name, "c") == 0 || strcmp(language->name, "internal") == 0;
		if (owner != nullptr && !owner->superuser)
			verdict.failed(
				function,
				[owner, language](Finding &finding)
				{
					finding.message(
						"written in the untrusted language %s but owned by %s, who is no superuser and decides "
						"who may call it and how",
						quoted(language->name), quoted(owner->name));
					finding.evidence("language", language->name);
					finding.evidence("owner", owner->name);
				});
		/* What is compiled into the server or a library was made to be called. */
		else if (!compiled && directly_callable(function) && public_may_execute(function))
			verdict.failed(
				function,
				[&function, language](Finding &finding)
				{
					finding.message(
						"every role may call it, and %s code does whatever the server's operating system user can",
						quoted(language->name));
					finding.evidence("language", language->name);
					if (function.acl == nullptr || public_by_owner(function.acl, function.owner, ACL_EXECUTE))
						finding.fix("REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC", Subject(function).text());
				});
	}
}

CHECK(sec_untrusted_language){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Function in an untrusted language",
	.rationale =
		"Code in C, PL/PythonU or PL/PerlU is not held by any grant; whoever may call or own such a function has a way to the "
		"files and programs of the server. Judged: those owned by roles that are no superusers, and scripts PUBLIC may call.",
	.reference = "https://www.postgresql.org/docs/current/catalog-pg-language.html",
	.judge = judge,
};

} // namespace dbeng
