#include "catalog/words.hpp"
#include "schema/house_style.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* The column of a foreign key to a key called id; NULL for keys that have a name of their own (a country code). */
static const ColumnEntry *
judged_column(const ConstraintEntry &constraint)
{
	if (constraint.type != CONSTRAINT_FOREIGN || constraint.columns.size() != 1 || constraint.referenced == nullptr ||
		framework_table(*constraint.table))
		return nullptr;
	const ColumnEntry *column = constraint.table->column(constraint.columns[0]);
	const ColumnEntry *target = constraint.referenced->column(constraint.referenced_columns[0]);
	if (column == nullptr || target == nullptr || strcmp(column->name, target->name) == 0 || !column->local)
		return nullptr;
	Words words(target->name);
	return strcmp(words.last(), "id") == 0 ? column : nullptr;
}

static bool
says_id(const ColumnEntry &column)
{
	return strcmp(Words(column.name).last(), "id") == 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Habits habits;
	for (const ConstraintEntry &constraint : catalog.own_constraints())
		if (const ColumnEntry *column = judged_column(constraint); column != nullptr)
			count_habit(habits, constraint.table->schema, says_id(*column));

	for (const ConstraintEntry &constraint : catalog.own_constraints())
	{
		const ColumnEntry *column = judged_column(constraint);
		if (column == nullptr)
			continue;
		Habit habit = habits->find(constraint.table->schema)->second;
		if (!habit.is_style())
			continue;
		verdict.judged();
		/* created_by is as clear; parent, root and the key itself (shared primary key) too. */
		const IndexEntry *key = constraint.table->primary_key();
		bool shared_key = key != nullptr && key->key_columns == 1 && key->keys[0].column == column->number;
		if (says_id(*column) || shared_key || strcmp(Words(column->name).last(), "by") == 0)
			continue;
		verdict.failed(Subject(*constraint.table, *column),
					   [&constraint, habit](Finding &finding)
					   {
						   finding.message(
							   "refers to %s without saying so by _id, as %lld of the schema's %lld foreign key "
							   "columns do",
							   constraint.referenced->name, static_cast<long long>(habit.followed),
							   static_cast<long long>(habit.all));
						   finding.evidence("constraint", constraint.name);
						   finding.evidence("foreign_key_columns", habit.all);
					   });
	}
}

CHECK(nam_fk_column){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Foreign key column named unlike the others",
	.rationale =
		"Where nearly all references are called something_id, the one that is not is read as a value and missed in joins. "
		"Judged where nine in ten of at least ten references of a schema end in id; references to codes and names, and "
		"created_by and the like, are left alone.",
	.judge = judge,
};

} // namespace dbeng
