#include "schema/foreign_keys.hpp"

namespace dbeng {

bool
references_within(const ConstraintEntry &a, const ConstraintEntry &b)
{
	if (a.referenced != b.referenced || a.columns.size() > b.columns.size())
		return false;
	for (std::size_t i = 0; i < a.columns.size(); i++)
	{
		bool found = false;
		for (std::size_t j = 0; j < b.columns.size() && !found; j++)
			found = a.columns[i] == b.columns[j] && a.referenced_columns[i] == b.referenced_columns[j];
		if (!found)
			return false;
	}
	return true;
}

const char *
action_name(char action)
{
	switch (action)
	{
		case FKCONSTR_ACTION_RESTRICT:
			return "RESTRICT";
		case FKCONSTR_ACTION_CASCADE:
			return "CASCADE";
		case FKCONSTR_ACTION_SETNULL:
			return "SET NULL";
		case FKCONSTR_ACTION_SETDEFAULT:
			return "SET DEFAULT";
		default:
			return "NO ACTION";
	}
}

bool
has_nullable_column(const ConstraintEntry &constraint)
{
	for (AttrNumber number : constraint.columns)
	{
		const ColumnEntry *column = constraint.table->column(number);
		if (column != nullptr && !column->not_null)
			return true;
	}
	return false;
}

} // namespace dbeng
