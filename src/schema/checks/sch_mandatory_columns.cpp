#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

/* Calls visit(name) for each name of a comma-separated list that the table has no column for. */
template <class Visit>
static void
each_missing(const RelationEntry &table, const char *names, Visit visit)
{
	for (const char *at = names; *at != '\0';)
	{
		std::size_t length = strcspn(at, ", ");
		if (length > 0 && length < NAMEDATALEN)
		{
			char name[NAMEDATALEN];
			memcpy(name, at, length);
			name[length] = '\0';
			if (table.column(name) == nullptr)
				visit(name);
		}
		at += length;
		at += strspn(at, ", ");
	}
}

static void
describe(const RelationEntry &table, const char *names, Finding &finding)
{
	StringInfoData missing;
	initStringInfo(&missing);
	each_missing(table, names,
				 [&missing](const char *name)
				 { appendStringInfo(&missing, "%s%s", missing.len == 0 ? "" : ", ", name); });
	finding.message("no column %s", missing.data);
	finding.evidence("missing", missing.data);
	each_missing(table, names,
				 [&](const char *name)
				 {
					 if (strcmp(Words(name).last(), "at") != 0)
						 return;
					 /* The default only for rows to come: nobody knows when the others were made. */
					 finding.fix("ALTER TABLE %s ADD COLUMN %s timestamptz", full_name(table), quoted(name));
					 finding.fix("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT now()", full_name(table), quoted(name));
				 });
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const char *names = verdict.threshold_text("columns");
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table) || table.inherits || table.of_type != InvalidOid)
			continue;
		verdict.judged();
		bool missing = false;
		each_missing(table, names, [&missing](const char *) { missing = true; });
		if (missing)
			verdict.failed(table, [&table, names](Finding &finding) { describe(table, names, finding); });
	}
}

CHECK(sch_mandatory_columns){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Table without the columns that every table should have",
	.rationale =
		"A matter of house style: configure_check() takes the list of columns, and each table is judged by it.",
	.thresholds = {{.name = "columns", .text = "created_at, updated_at"}},
	.judge = judge,
};

} // namespace dbeng
