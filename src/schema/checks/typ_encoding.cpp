#include "unit/check.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	verdict.judged();
	int encoding = catalog.database.encoding;
	if (encoding == PG_UTF8)
		return;
	if (encoding == PG_SQL_ASCII)
		verdict.failed(catalog.database.name,
					   [](Finding &finding)
					   {
						   finding.message(
							   "SQL_ASCII takes any bytes for text: texts of several encodings end up side by side, "
							   "and nobody can tell which is which");
						   finding.evidence("encoding", "SQL_ASCII");
					   });
	else
		verdict.failed(
			catalog.database.name,
			[encoding](Finding &finding)
			{
				finding.message(
					"the encoding is %s: characters outside of it are refused, and clients convert each text",
					pg_encoding_to_char(encoding));
				finding.evidence("encoding", pg_encoding_to_char(encoding));
			},
			{.severity = Severity::notice, .escalate = true});
}

CHECK(typ_encoding){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Database that is not in UTF-8",
	.rationale =
		"A database keeps its encoding for life: changing it means dumping and loading. SQL_ASCII checks nothing; the other "
		"old encodings hold a part of the characters people write.",
	.reference = "https://www.postgresql.org/docs/current/multibyte.html",
	.judge = judge,
};

} // namespace dbeng
