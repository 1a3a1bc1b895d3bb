#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

static void
nullable_columns(const ConstraintEntry &constraint, SmallVector<AttrNumber, 8> &columns)
{
	for (AttrNumber number : constraint.columns)
	{
		const ColumnEntry *column = constraint.table->column(number);
		if (column != nullptr && !column->not_null)
			columns.push_back(number);
	}
}

/* A CHECK that speaks of all of them settles which may be NULL together. */
static bool
settled_by_check(const RelationEntry &table, const SmallVector<AttrNumber, 8> &columns)
{
	for (const ConstraintEntry *check : table.constraints)
	{
		if (check->type != CONSTRAINT_CHECK || check->expression == nullptr)
			continue;
		std::span<const AttrNumber> read = expression_columns(check->expression);
		bool all = true;
		for (AttrNumber number : columns)
			all = all && std::find(read.begin(), read.end(), number) != read.end();
		if (all)
			return true;
	}
	return false;
}

static void
describe(const Catalog &catalog, const ConstraintEntry &constraint, Finding &finding)
{
	Local<SmallVector<AttrNumber, 8>> columns;
	nullable_columns(constraint, *columns);
	const char *list = column_list(*constraint.table, {columns->data(), columns->size()});
	const char *name = new_name(catalog, *constraint.table, nullptr, "references_check");

	finding.message("a NULL in one of (%s) switches the check of the others off", list);
	finding.evidence("nullable_columns", list);
	finding.fix("ALTER TABLE %s ADD CONSTRAINT %s CHECK (num_nulls(%s) IN (0, %d)) NOT VALID",
				full_name(*constraint.table), quoted(name), list, static_cast<int>(columns->size()));
	finding.fix("ALTER TABLE %s VALIDATE CONSTRAINT %s", full_name(*constraint.table), quoted(name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<SmallVector<AttrNumber, 8>> columns;

	each_foreign_key(catalog,
					 [&](const ConstraintEntry &constraint)
					 {
						 if (constraint.columns.size() < 2)
							 return;
						 verdict.judged();
						 columns->clear();
						 if (constraint.match == FKCONSTR_MATCH_SIMPLE)
							 nullable_columns(constraint, *columns);
						 /* With a single nullable column NULL can only mean "refers to nothing". */
						 if (columns->size() < 2 || settled_by_check(*constraint.table, *columns))
							 return;
						 verdict.failed(constraint, [&catalog, &constraint](Finding &finding)
										{ describe(catalog, constraint, finding); });
					 });
}

CHECK(sch_fk_nullable_composite){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Foreign key of several nullable columns",
	.rationale =
		"Without MATCH FULL a foreign key of several columns is not checked at all as soon as one of them is NULL, so "
		"half a reference may point anywhere. Judged for foreign keys of several columns; those with one nullable "
		"column, or a CHECK over all of them, are in order.",
	.reference = "https://www.postgresql.org/docs/current/sql-createtable.html",
	.judge = judge,
};

} // namespace dbeng
