#include "unit/check.hpp"

namespace dbeng {

static constexpr struct Danger
{
	const char *extension;
	const char *means;
} dangers[] = {
	{"adminpack",
	 "its functions write, rename and delete files of the server; versions before 17 need it for old pgAdmin only"},
	{"dblink", "its functions connect from the server to other databases, and PUBLIC may call them"},
	{"http", "its functions make web requests from the server"},
	{"plperlu", "functions in it do whatever the server's operating system user can"},
	{"plpython3u", "functions in it do whatever the server's operating system user can"},
	{"pltclu", "functions in it do whatever the server's operating system user can"},
	{"plsh", "functions in it are shell scripts of the server's operating system user"},
};

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const ExtensionEntry &extension : catalog.extensions)
	{
		verdict.judged();
		for (const Danger &danger : dangers)
			if (strcmp(danger.extension, extension.name) == 0)
				verdict.failed(extension.name, [&danger](Finding &finding) { finding.message("%s", danger.means); });
	}
}

CHECK(sec_extension_dangerous){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Extension that leads out of the database",
	.rationale =
		"Such an extension turns a hole in the application's SQL into one in the server or its network. Right where it is "
		"used and its functions are granted to few; otherwise drop it.",
	.reference = "https://www.postgresql.org/docs/current/contrib.html",
	.judge = judge,
};

} // namespace dbeng
