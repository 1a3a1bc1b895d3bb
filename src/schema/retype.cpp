#include "schema/retype.hpp"

#include "catalog/expression.hpp"
#include "schema/columns.hpp"

namespace dbeng {

bool
retypes_quickly(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &column)
{
	if (table.kind != RELKIND_RELATION || table.partition || table.inherits || !table.children.empty() ||
		OidIsValid(table.of_type) || !table.policies.empty() || !table.rules.empty() || column.generated != '\0' ||
		!quick_to_rewrite(catalog, table))
		return false;
	for (const ColumnEntry &other : table.columns)
	{
		if (other.generated == '\0' || other.default_value == nullptr)
			continue;
		for (AttrNumber read : expression_columns(other.default_value->tree))
			if (read == column.number)
				return false;
	}
	for (const ViewDependency &dependency : catalog.view_dependencies)
		if (dependency.reads == &table && (dependency.column == column.number || dependency.column == 0))
			return false;
	return true;
}

} // namespace dbeng
