#include "schema/sequence_use.hpp"

#include "catalog/expression.hpp"

namespace dbeng {

static int64
type_end(Oid type, bool ascending)
{
	switch (type)
	{
		case INT2OID:
			return ascending ? PG_INT16_MAX : PG_INT16_MIN;
		case INT4OID:
			return ascending ? PG_INT32_MAX : PG_INT32_MIN;
		default:
			return ascending ? PG_INT64_MAX : PG_INT64_MIN;
	}
}

bool
SequenceUse::feeds_key() const
{
	const IndexEntry *key = table != nullptr ? table->primary_key() : nullptr;

	return key != nullptr && key->key_columns == 1 && key->keys[0].column == column->number;
}

bool
SequenceUse::limited_by_column() const
{
	return column != nullptr && column_type != INT8OID && limit == type_end(column_type, sequence->increment > 0);
}

double
SequenceUse::share(int64 value) const
{
	/* A range around zero is counted from zero: nobody starts at the far end of it. */
	double start =
		sequence->increment > 0 ? static_cast<double>(sequence->minimum) : static_cast<double>(sequence->maximum);
	double end = static_cast<double>(limit);

	if (sequence->increment > 0 ? start < 0 && end > 0 : start > 0 && end < 0)
		start = 0;
	if (start == end)
		return 0;
	return std::clamp((static_cast<double>(value) - start) / (end - start), 0.0, 1.0);
}

bool
SequenceUse::can_run_out() const
{
	constexpr int64 plenty = INT64CONST(1) << 50;

	return sequence->increment > 0 ? limit < plenty : limit > -plenty;
}

static void
add_column(const Catalog &catalog, SequenceUse &use, const RelationEntry &table, const ColumnEntry &column)
{
	bool ascending = use.sequence->increment > 0;
	Oid type = catalog.base_type(column.type);
	int64 end = type_end(type, ascending);

	/* The first one, then only a narrower one. */
	if (use.column != nullptr && (ascending ? end >= use.limit : end <= use.limit))
		return;
	use.table = &table;
	use.column = &column;
	use.column_type = type;
	use.limit = ascending ? std::min(use.limit, end) : std::max(use.limit, end);
}

/* The sequence whose nextval() a default calls; InvalidOid when it calls none. */
static Oid
sequence_of_default(const char *tree)
{
	Oid found = InvalidOid;

	/* Most defaults call nothing of the kind: spare them being parsed. */
	if (strstr(tree, ":funcid 1574 ") == nullptr)
		return InvalidOid;
	static_assert(F_NEXTVAL == 1574);
	any_node(expression_tree(tree),
			 [&found](Node *node)
			 {
				 if (!IsA(node, FuncExpr) || reinterpret_cast<FuncExpr *>(node)->funcid != F_NEXTVAL)
					 return false;
				 auto *argument = static_cast<Node *>(linitial(reinterpret_cast<FuncExpr *>(node)->args));
				 if (IsA(argument, Const) && !reinterpret_cast<Const *>(argument)->constisnull)
					 found = DatumGetObjectId(reinterpret_cast<Const *>(argument)->constvalue);
				 return true;
			 });
	return found;
}

void
sequence_uses(const Catalog &catalog, Vector<SequenceUse> &uses)
{
	Local<Vector<int>> place(catalog.sequences.size(), -1);

	for (std::size_t i = 0; i < catalog.sequences.size(); i++)
	{
		const SequenceEntry &sequence = catalog.sequences[i];
		if (sequence.relation->standing != Standing::user || sequence.cycles)
			continue;
		SequenceUse use = {&sequence, nullptr, nullptr, InvalidOid,
						   sequence.increment > 0 ? sequence.maximum : sequence.minimum};
		if (sequence.owner_table != nullptr)
		{
			const ColumnEntry *column = sequence.owner_table->column(sequence.owner_column);
			if (column != nullptr)
				add_column(catalog, use, *sequence.owner_table, *column);
		}
		(*place)[i] = static_cast<int>(uses.size());
		uses.push_back(use);
	}

	/* Columns with a default of nextval() that owns no sequence, or takes another column's. */
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		for (const ColumnEntry &column : table.columns)
		{
			if (column.default_value == nullptr || column.generated != '\0')
				continue;
			const RelationEntry *relation = catalog.relation(sequence_of_default(column.default_value->tree));
			if (relation == nullptr || relation->sequence == nullptr)
				continue;
			int at = (*place)[static_cast<std::size_t>(relation->sequence - catalog.sequences.data())];
			if (at >= 0)
				add_column(catalog, uses[static_cast<std::size_t>(at)], table, column);
		}
	}
}

} // namespace dbeng
