#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The kinds of names that a pattern can be given for, by their threshold. */
static constexpr const char *kinds[] = {"tables", "columns", "indexes", "primary_keys", "foreign_keys", "unique_keys"};

namespace {
struct Patterns
{
	const char *text[lengthof(kinds)];
	Datum value[lengthof(kinds)];
};
} // namespace

/* By the server's ~ operator, which keeps the compiled pattern. */
static bool
matches(Datum pattern, const char *name)
{
	return DatumGetBool(DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID, CStringGetTextDatum(name), pattern));
}

namespace {
struct Judging
{
	const Catalog *catalog;
	Verdict *verdict;
	Patterns patterns;
};
} // namespace

static void
judge_name(Judging &judging, int kind, const Subject &subject, const char *name)
{
	if (judging.patterns.text[kind][0] == '\0')
		return;
	judging.verdict->judged();
	if (!matches(judging.patterns.value[kind], name))
		judging.verdict->failed(subject,
								[name, pattern = judging.patterns.text[kind]](Finding &finding)
								{
									finding.message("the name does not match %s", pattern);
									finding.evidence("name", name);
									finding.evidence("pattern", pattern);
								});
}

static int
kind_of(const ConstraintEntry &constraint)
{
	switch (constraint.type)
	{
		case CONSTRAINT_PRIMARY:
			return 3;
		case CONSTRAINT_FOREIGN:
			return 4;
		case CONSTRAINT_UNIQUE:
			return 5;
		default:
			return -1;
	}
}

static void
judge_all(Judging &judging)
{
	for (const RelationEntry &table : judging.catalog->tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		judge_name(judging, 0, table, table.name);
		for (const ColumnEntry &column : table.columns)
			if (column.local || !column.inherited)
				judge_name(judging, 1, Subject(table, column), column.name);
		for (const IndexEntry *index : table.indexes)
			if (index->constraint == nullptr)
				judge_name(judging, 2, *index, index->name);
		for (const ConstraintEntry *constraint : table.constraints)
			if (int kind = kind_of(*constraint); kind >= 0)
				judge_name(judging, kind, *constraint, constraint->name);
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Judging judging{&catalog, &verdict, {}};
	for (std::size_t i = 0; i < lengthof(kinds); i++)
	{
		judging.patterns.text[i] = verdict.threshold_text(kinds[i]);
		judging.patterns.value[i] = CStringGetTextDatum(judging.patterns.text[i]);
		/* A wrong pattern raises here, before anything is judged. */
		matches(judging.patterns.value[i], "");
	}
	judge_all(judging);
}

CHECK(nam_convention){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.disabled = true,
	.title = "Name against the house's convention",
	.rationale =
		"Judges names by the regular expressions given with configure_check(), one for each kind; a kind without one is "
		"not judged. They match anywhere in the name unless anchored by ^ and $.",
	.reference = "https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-POSIX-REGEXP",
	.thresholds = {{.name = "tables", .text = ""},
				   {.name = "columns", .text = ""},
				   {.name = "indexes", .text = ""},
				   {.name = "primary_keys", .text = ""},
				   {.name = "foreign_keys", .text = ""},
				   {.name = "unique_keys", .text = ""}},
	.judge = judge,
};

} // namespace dbeng
