#include "unit/check.hpp"

#include "core/query.hpp"

namespace dbeng {

static void
judge(const Catalog &, Verdict &verdict)
{
	bool hidden = false;
	each_row("SELECT m.srvname, umoptions IS NULL AND NOT pg_has_role(f.srvowner, 'USAGE'),"
			 " coalesce(EXISTS (SELECT FROM unnest(umoptions) o WHERE o ~* '^password='), false)"
			 " FROM pg_user_mappings m JOIN pg_foreign_server f ON f.oid = m.srvid WHERE umuser = 0 ORDER BY m.srvname",
			 [&verdict, &hidden](const Row &row)
			 {
				 hidden = hidden || row.flag(2);
				 verdict.judged();
				 const char *server = row.text(1);
				 if (row.flag(3))
					 verdict.failed(
						 pstrdup(server),
						 [](Finding &finding)
						 {
							 finding.message(
								 "the user mapping for PUBLIC has a password: every role that may use the server "
								 "logs in there as the same user");
						 });
			 });
	if (hidden && verdict.failures().empty())
		verdict.unknown("options of user mappings can be read by superusers and the server's owner only");
}

CHECK(sec_user_mapping_password){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Foreign server with a password for everybody",
	.rationale =
		"A user mapping FOR PUBLIC lends one login on the other server to every role of this one. Make mappings for the roles "
		"that need one, and drop this.",
	.reference = "https://www.postgresql.org/docs/current/sql-createusermapping.html",
	.judge = judge,
};

} // namespace dbeng
