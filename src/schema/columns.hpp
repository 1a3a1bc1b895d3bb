/*
 * columns.hpp: what the checks of columns share: which columns are judged,
 * one finding a table instead of one a column, and the ALTER TABLE that
 * changes a type where that is safe to propose.
 */
#pragma once

#include "catalog/words.hpp"
#include "schema/house_style.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* text, varchar(n), char(n) and domains over them. */
bool is_text(const Catalog &catalog, const ColumnEntry &column);
/* smallint, integer, bigint and domains over them. */
bool is_integer(const Catalog &catalog, const ColumnEntry &column);
/* Of exactly this type or a domain over it. */
bool has_type(const Catalog &catalog, const ColumnEntry &column, Oid type);
/* n of varchar(n) and char(n); 0 without. */
int length_limit(const ColumnEntry &column);

/*
 * Is a column this table's own affair? Not when it came from a parent, where
 * it is judged, or when the table is a tool's.
 */
inline bool
is_own(const ColumnEntry &column)
{
	return column.local || !column.inherited;
}

/* Calls visit(table, column) for every column that checks of columns judge. */
template <class Visit>
void
each_own_column(const Catalog &catalog, Visit visit)
{
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table))
			continue;
		for (const ColumnEntry &column : table.columns)
			if (is_own(column))
				visit(table, column);
	}
}

using ColumnTest = bool (*)(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column);

/* The columns of one table that fail. */
struct FailingColumns
{
	const Catalog &catalog;
	const RelationEntry &table;
	ColumnTest fails;

	template <class Visit>
	void each(Visit visit) const
	{
		for (const ColumnEntry &column : table.columns)
			if (is_own(column) && fails(catalog, table, column))
				visit(column);
	}

	int count() const;
	/* a, "B" and c: as in SQL, at most ten of them. */
	const char *names() const;
	/* Their names as evidence, and what is common to all such findings. */
	void evidence(Finding &finding) const;
};

/* A check with one finding a table. */
struct ColumnRule
{
	ColumnTest concerns; /* the tables that are judged have such a column */
	ColumnTest fails;
	void (*describe)(const FailingColumns &columns, Finding &finding);
	FailureOptions (*options)(const FailingColumns &columns) = nullptr;
	/* With it, a schema nine in ten of whose tables fail gets one finding: that is a tool's doing, not each table's. */
	void (*describe_schema)(const Habit &failing, Finding &finding) = nullptr;
};

/* The rule must be static: findings refer to it. */
void judge_by_table(const Catalog &catalog, Verdict &verdict, const ColumnRule &rule);

/* Can ALTER COLUMN … TYPE do it: no view, foreign key, policy, expression or partition key hangs on it? */
bool type_can_change(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column);

/* Is it small enough to be rewritten under an exclusive lock? */
bool quick_to_rewrite(const Catalog &catalog, const RelationEntry &table);

/*
 * Adds one ALTER TABLE for all of them, when every one can be changed;
 * action(column) is what follows ALTER COLUMN name.
 */
void fix_types(const FailingColumns &columns, Finding &finding, const char *(*action)(const ColumnEntry &column));

/* "; the change rewrites 12 GB under an exclusive lock" where no fix is proposed for that reason, else "". */
const char *rewrite_note(const Catalog &catalog, const RelationEntry &table);

} // namespace dbeng
