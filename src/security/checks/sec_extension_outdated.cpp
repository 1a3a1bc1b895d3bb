#include "unit/check.hpp"

#include "core/query.hpp"
#include "core/text.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	/* CASE, so that update paths are looked for only where the versions differ and the files are there. */
	each_row(
		"SELECT e.extname, e.extversion, a.default_version,"
		" CASE WHEN a.default_version <> e.extversion THEN EXISTS (SELECT FROM pg_extension_update_paths(e.extname) p"
		" WHERE p.source = e.extversion AND p.target = a.default_version AND p.path IS NOT NULL) END"
		" FROM pg_extension e JOIN pg_available_extensions() a ON a.name = e.extname ORDER BY e.extname",
		[&verdict](const Row &row)
		{
			verdict.judged();
			if (!row.flag(4))
				return;
			const char *name = pstrdup(row.text(1));
			verdict.failed(name,
						   [name, installed = pstrdup(row.text(2)), available = pstrdup(row.text(3))](Finding &finding)
						   {
							   finding.message("version %s is installed, the server has %s", installed, available);
							   finding.evidence("installed", installed);
							   finding.evidence("available", available);
							   finding.fix("ALTER EXTENSION %s UPDATE", quoted(name));
						   });
		});
}

CHECK(sec_extension_outdated){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Extension older than its files",
	.rationale =
		"Upgrading packages or the server replaces an extension's library, not its objects in the database: fixes in its "
		"functions and grants arrive with ALTER EXTENSION … UPDATE. Judged where the files have an update path.",
	.reference = "https://www.postgresql.org/docs/current/sql-alterextension.html",
	.judge = judge,
};

} // namespace dbeng
