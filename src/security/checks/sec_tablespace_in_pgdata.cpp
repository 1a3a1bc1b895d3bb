#include "unit/check.hpp"

#include "core/query.hpp"

namespace dbeng {

/* Relative ones are made by allow_in_place_tablespaces, below the data directory. */
static bool
below_data_directory(const char *location)
{
	std::size_t length = strlen(DataDir);
	return location[0] != '/' ||
		   (strncmp(location, DataDir, length) == 0 && (location[length] == '/' || location[length] == '\0'));
}

static void
judge(const Catalog &, Verdict &verdict)
{
	/* The two that initdb makes have no location. */
	each_row("SELECT spcname, pg_tablespace_location(oid) FROM pg_tablespace WHERE oid >= 16384 ORDER BY spcname",
			 [&verdict](const Row &row)
			 {
				 verdict.judged();
				 const char *location = row.text(2);
				 if (location != nullptr && below_data_directory(location))
					 verdict.failed(
						 pstrdup(row.text(1)),
						 [location = pstrdup(location)](Finding &finding)
						 {
							 finding.message(
								 "is at %s, below the data directory: file-level copies hold it twice, and a new "
								 "data directory does not have it",
								 location);
							 finding.evidence("location", location);
						 });
			 });
}

CHECK(sec_tablespace_in_pgdata){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Tablespace inside the data directory",
	.rationale =
		"The server warns when such a tablespace is made: backups that follow links copy it twice, pg_upgrade stumbles, and it "
		"has neither another disk nor other rights than the rest.",
	.reference = "https://www.postgresql.org/docs/current/manage-ag-tablespaces.html",
	.judge = judge,
};

} // namespace dbeng
