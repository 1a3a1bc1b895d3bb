#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Does it not fire in an ordinary session? */
static bool
is_off(const TriggerEntry &trigger)
{
	return trigger.enabled == TRIGGER_DISABLED || (trigger.internal && trigger.enabled == TRIGGER_FIRES_ON_REPLICA);
}

/* On a partition: switched off together with its parent's, which is told of. Internal ones have names of their own. */
static bool
follows_parent(const TriggerEntry &trigger)
{
	const RelationEntry *parent = trigger.table->partition ? trigger.table->parent : nullptr;

	if (parent == nullptr || !trigger.inherited)
		return false;
	for (const TriggerEntry *other : parent->triggers)
		if (trigger.internal ? other->internal && is_off(*other) : strcmp(other->name, trigger.name) == 0)
			return is_off(*other);
	return false;
}

static int
internal_off(const RelationEntry &table)
{
	int count = 0;

	for (const TriggerEntry *trigger : table.triggers)
		count += trigger->internal && OidIsValid(trigger->constraint) && is_off(*trigger) && !follows_parent(*trigger);
	return count;
}

static void
describe_keys(const RelationEntry &table, int off, Finding &finding)
{
	finding.message("%d foreign key trigger%s switched off: rows that break a foreign key are let in, silently", off,
					off == 1 ? " is" : "s are");
	finding.evidence("triggers", off);
	for (const TriggerEntry *trigger : table.triggers)
		if (trigger->internal && OidIsValid(trigger->constraint) && is_off(*trigger) && !follows_parent(*trigger))
			finding.fix("ALTER TABLE %s ENABLE TRIGGER %s", full_name(table), quoted(trigger->name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables_and_partitions())
	{
		CHECK_FOR_INTERRUPTS();
		int internal = 0;
		for (const TriggerEntry *trigger : table.triggers)
		{
			if (trigger->internal)
			{
				internal++;
				continue;
			}
			if (follows_parent(*trigger))
				continue;
			verdict.judged();
			if (trigger->enabled != TRIGGER_DISABLED)
				continue;
			verdict.failed(*trigger,
						   [trigger](Finding &finding)
						   {
							   finding.message("switched off: writes go by without it");
							   finding.evidence("enabled", false);
							   finding.fix("ALTER TABLE %s ENABLE TRIGGER %s", full_name(*trigger->table),
										   quoted(trigger->name));
						   });
		}
		if (internal == 0)
			continue;
		verdict.judged();
		int off = internal_off(table);
		if (off > 0)
			verdict.failed(table, [&table, off](Finding &finding) { describe_keys(table, off, finding); },
						   {.rank = 1, .severity = Severity::critical, .escalate = true});
	}
}

CHECK(sch_trigger_disabled){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Trigger left switched off",
	.rationale =
		"ALTER TABLE … DISABLE TRIGGER ALL, meant for a load, also switches foreign keys off, and stays until somebody "
		"switches them on again; rows that came meanwhile are never checked. Judged for every trigger; an ordinary "
		"trigger that is off is a warning, a foreign key's is critical.",
	.reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
	.judge = judge,
};

} // namespace dbeng
