#include "partition/plan_text.hpp"

#include "core/text.hpp"

namespace dbeng {

const char *
planned_name(PartitionAction action)
{
	switch (action)
	{
		case PartitionAction::finalize_detach:
			return "finalize detach";
		case PartitionAction::create:
			return "create";
		case PartitionAction::create_default:
			return "create default";
		case PartitionAction::drain:
			return "drain";
		case PartitionAction::detach:
			return "detach";
		case PartitionAction::move:
			return "move";
		case PartitionAction::drop:
			return "drop";
		case PartitionAction::none:
			break;
	}
	return "none";
}

/* The name of what is to be made, with its schema. */
static const char *
new_table(const PartitionSet &set, const PlannedAction &action)
{
	const char *name =
		action.action == PartitionAction::create_default ? default_name(set) : partition_name(set, action.lower);
	return quoted(get_namespace_name(get_rel_namespace(set.settings.parent)), name);
}

const char *
action_subject(const PartitionSet &set, const PlannedAction &action)
{
	if (action.action == PartitionAction::create || action.action == PartitionAction::create_default)
		return new_table(set, action);
	return OidIsValid(action.partition) ? qualified_if_there(action.partition) : nullptr;
}

static bool
is_attached(const PartitionSet &set, Oid partition)
{
	return std::any_of(set.partitions->begin(), set.partitions->end(),
					   [partition](const SetPartition &attached) { return attached.relation == partition; });
}

static const char *
detach_sql(const PartitionSet &set, Oid partition)
{
	/* The server knows no other way beside a default partition. */
	return format("ALTER TABLE %s DETACH PARTITION %s%s;", qualified(set.settings.parent), qualified(partition),
				  OidIsValid(set.default_partition) ? "" : " CONCURRENTLY");
}

static const char *
create_sql(const PartitionSet &set, const PlannedAction &action)
{
	const char *parent = qualified(set.settings.parent);
	const char *table = new_table(set, action);
	const char *bounds = action.action == PartitionAction::create_default
							 ? "DEFAULT"
							 : format("FOR VALUES FROM (%s) TO (%s)", set.calendar.literal(action.lower),
									  set.calendar.literal(action.upper));
	return format("CREATE TABLE %s (LIKE %s INCLUDING ALL EXCLUDING IDENTITY EXCLUDING INDEXES); ALTER TABLE %s ATTACH "
				  "PARTITION %s %s;",
				  table, parent, parent, table, bounds);
}

const char *
table_word(Oid partition)
{
	return get_rel_relkind(partition) == RELKIND_FOREIGN_TABLE ? "FOREIGN TABLE" : "TABLE";
}

const char *
action_sql(const PartitionSet &set, const PlannedAction &action)
{
	const char *partition = OidIsValid(action.partition) ? qualified_if_there(action.partition) : nullptr;
	const char *before = partition != nullptr && is_attached(set, action.partition)
							 ? format("%s ", detach_sql(set, action.partition))
							 : "";
	switch (action.action)
	{
		case PartitionAction::create:
		case PartitionAction::create_default:
			return create_sql(set, action);
		case PartitionAction::finalize_detach:
			return format("ALTER TABLE %s DETACH PARTITION %s FINALIZE;", qualified(set.settings.parent), partition);
		case PartitionAction::drain:
			return format("CALL dbeng.drain_default(%s);", literal(qualified(set.settings.parent)));
		case PartitionAction::detach:
			return detach_sql(set, action.partition);
		case PartitionAction::move:
			return format("%sALTER TABLE %s SET SCHEMA %s;", before, partition,
						  quoted(get_namespace_name(set.settings.archive_schema)));
		case PartitionAction::drop:
			return format("%sDROP %s %s;", before, table_word(action.partition), partition);
		case PartitionAction::none:
			break;
	}
	return nullptr;
}

bool
may_read_errors(Oid parent, Oid role)
{
	return has_privs_of_role(role, ROLE_PG_MONITOR) || pg::owns_relation(parent, role);
}

bool
may_look_into(Oid parent, Oid role)
{
	return may_read_errors(parent, role) || pg_class_aclcheck(parent, role, ACL_SELECT) == ACLCHECK_OK;
}

} // namespace dbeng
