#include "catalog/naming.hpp"

#include "core/text.hpp"

namespace dbeng {

static bool
is_taken(const Catalog &catalog, const RelationEntry &table, const char *name)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (strcmp(constraint->name, name) == 0)
			return true;
	for (const RelationEntry &relation : catalog.relations)
		if (relation.schema == table.schema && strcmp(relation.name, name) == 0)
			return true;
	for (const IndexEntry &index : catalog.indexes)
		if (index.table->schema == table.schema && strcmp(index.name, name) == 0)
			return true;
	return false;
}

const char *
new_name(const Catalog &catalog, const RelationEntry &table, const char *part, const char *label)
{
	const char *name = makeObjectName(table.name, part, label);
	for (int i = 1; is_taken(catalog, table, name); i++)
		name = makeObjectName(table.name, part, format("%s%d", label, i));
	return name;
}

const char *
full_name(const RelationEntry &relation)
{
	return quoted(relation.schema->name, relation.name);
}

const char *
column_list(const RelationEntry &table, std::span<const AttrNumber> columns)
{
	StringInfoData list;

	initStringInfo(&list);
	for (AttrNumber number : columns)
	{
		const ColumnEntry *column = table.column(number);
		if (column == nullptr)
			continue;
		appendStringInfo(&list, "%s%s", list.len > 0 ? ", " : "", quoted(column->name));
	}
	return list.data;
}

} // namespace dbeng
