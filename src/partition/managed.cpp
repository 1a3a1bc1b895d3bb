#include "partition/managed.hpp"

#include "catalog/expression.hpp"
#include "core/extension.hpp"
#include "core/text.hpp"

namespace dbeng {

void
read_managed(Vector<ManagedSet> &sets)
{
	constexpr int state = 20;
	Identity caller = act_as_owner();
	each_row(format("SELECT %s, t.next_due, t.last_run, t.last_error, t.failures, t.ids_per_second"
					" FROM dbeng.partition_set s LEFT JOIN dbeng.partition_state t ON t.parent = s.parent"
					" WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = s.parent) ORDER BY s.parent::oid",
					settings_columns),
			 [&sets](const Row &row)
			 {
				 ManagedSet set;
				 settings_of(row, &set.settings);
				 set.next_due = row.time(state);
				 set.last_run = row.time(state + 1);
				 set.last_error = row.null(state + 2) ? nullptr : pstrdup(row.text(state + 2));
				 set.failures = static_cast<int>(row.integer(state + 3));
				 set.ids_per_second = row.null(state + 4) ? 0 : row.number(state + 4);
				 sets.push_back(set);
			 });
	caller.restore();
}

const ManagedSet *
find_managed(const Vector<ManagedSet> &sets, Oid parent)
{
	const ManagedSet *end = sets.data() + sets.size();
	const ManagedSet *at = std::lower_bound(
		sets.data(), end, parent, [](const ManagedSet &set, Oid wanted) { return set.settings.parent < wanted; });
	return at != end && at->settings.parent == parent ? at : nullptr;
}

const char *
look_in(const RelationEntry &parent, PartitionSet &set)
{
	const PartitionKey *key = parent.partition_key;
	if (key == nullptr || key->strategy != PARTITION_STRATEGY_RANGE || key->columns.size() != 1)
		return "it is not partitioned by ranges of one column";
	const ColumnEntry *column = parent.column(key->columns[0]);
	if (column == nullptr)
		return "its partition key is an expression, not a column";
	set.owner = parent.owner;
	set.key = column->number;
	set.key_name = column->name;
	set.default_partition = key->default_partition;
	set.partitions->clear();
	if (const char *trouble = set.calendar.make(set.settings.rule, column->type, column->typmod, column->collation))
		return trouble;
	for (const RelationEntry *partition : parent.children)
	{
		CHECK_FOR_INTERRUPTS();
		if (partition->oid == key->default_partition || partition->partition_bound == nullptr)
			continue;
		auto *spec = castNode(PartitionBoundSpec, expression_tree(partition->partition_bound));
		if (!spec->is_default)
			set.partitions->push_back({partition->oid, stored_bound(spec->lowerdatums), stored_bound(spec->upperdatums),
									   partition->kind != RELKIND_PARTITIONED_TABLE});
	}
	std::sort(set.partitions->begin(), set.partitions->end(),
			  [&set](const SetPartition &a, const SetPartition &b)
			  { return set.calendar.compare(a.lower, b.lower) < 0; });
	return nullptr;
}

} // namespace dbeng
