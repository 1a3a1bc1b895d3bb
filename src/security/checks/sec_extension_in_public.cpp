#include "unit/check.hpp"

#include "security/access.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const ExtensionEntry &extension : catalog.extensions)
	{
		if (extension.schema == nullptr || extension.schema->standing == Standing::system)
			continue;
		verdict.judged();
		if (strcmp(extension.schema->name, "public") == 0)
			verdict.failed(extension.name,
						   [schema = extension.schema](Finding &finding)
						   {
							   bool open = public_may_create(*schema);
							   finding.message("its functions are in schema public among your own%s",
											   open ? ", where every role may put one that is called instead" : "");
							   finding.evidence("public_may_create", open);
						   });
	}
}

CHECK(sec_extension_in_public){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Extension in schema public",
	.rationale =
		"In a schema of its own (CREATE EXTENSION … SCHEMA extensions) an extension neither mixes with your objects nor is "
		"open to whoever may create in public. Moving one that is in use changes how its names are found: plan it.",
	.reference = "https://www.postgresql.org/docs/current/sql-createextension.html",
	.judge = judge,
};

} // namespace dbeng
