#include "catalog/words.hpp"
#include "schema/house_style.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Joins two tables and holds next to nothing else: named after both, in any number. */
static bool
is_join_table(const RelationEntry &table)
{
	int foreign_keys = 0;
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN)
			foreign_keys++;
	return foreign_keys >= 2 && table.columns.size() <= 5;
}

/* users, orders, groups: the singular is a reserved word. */
static bool
avoids_reserved_word(const char *name)
{
	std::size_t length = strlen(name);
	if (length < 2 || name[length - 1] != 's')
		return false;
	char singular[NAMEDATALEN];
	memcpy(singular, name, length - 1);
	singular[length - 1] = '\0';
	return reserved_word(singular);
}

static Inflection
table_inflection(const RelationEntry &table)
{
	if (framework_table(table) || is_join_table(table))
		return Inflection::doubtful;
	return inflection(table.name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Habits plurals;
	for (const RelationEntry &table : catalog.tables())
		if (Inflection found = table_inflection(table); found != Inflection::doubtful)
			count_habit(plurals, table.schema, found == Inflection::plural);

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		Inflection found = table_inflection(table);
		if (found == Inflection::doubtful)
			continue;
		Habit plural = plurals->find(table.schema)->second;
		Habit singular{plural.all - plural.followed, plural.all};
		if (!plural.is_style() && !singular.is_style())
			continue;
		verdict.judged();
		Inflection style = plural.is_style() ? Inflection::plural : Inflection::singular;
		if (found == style || (found == Inflection::plural && avoids_reserved_word(table.name)))
			continue;
		verdict.failed(table,
					   [style, habit = plural.is_style() ? plural : singular](Finding &finding)
					   {
						   finding.message("%s, while %lld of the schema's %lld tables are %s",
										   style == Inflection::plural ? "singular" : "plural",
										   static_cast<long long>(habit.followed), static_cast<long long>(habit.all),
										   style == Inflection::plural ? "plural" : "singular");
						   finding.evidence("tables", habit.all);
						   finding.evidence("of_the_style", habit.followed);
					   });
	}
}

CHECK(nam_inflection){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Table named against the schema's singular or plural",
	.rationale =
		"Either is fine, both together make people look names up. Judged where nine in ten of at least ten tables of a "
		"schema are one way; words whose number English leaves open (data, news, status) and tables that only join two "
		"others are left alone.",
	.judge = judge,
};

} // namespace dbeng
