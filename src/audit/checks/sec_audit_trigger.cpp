#include "audit/audited_table.hpp"
#include "audit/log_tables.hpp"
#include "audit/triggers.hpp"
#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

static const char *
name_array_literal(std::span<const char *const> names)
{
	StringInfoData list;
	initStringInfo(&list);
	appendStringInfoString(&list, "ARRAY[");
	for (std::size_t i = 0; i < names.size(); i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", literal(names[i]));
	appendStringInfoString(&list, "]::name[]");
	return list.data;
}

/* Mends the triggers, and leaves what is logged as it is. */
static const char *
enabling_call(const AuditedTable &table, const char *relation)
{
	StringInfoData call;
	initStringInfo(&call);
	appendStringInfo(&call, "SELECT dbeng.enable_audit(%s", literal(relation));
	if (!table.exclude.empty())
		appendStringInfo(&call, ", exclude => %s", name_array_literal(table.exclude));
	if (!table.redact.empty())
		appendStringInfo(&call, ", redact => %s", name_array_literal(table.redact));
	if (table.log_query)
		appendStringInfoString(&call, ", log_query => true");
	if (table.on_replica)
		appendStringInfoString(&call, ", on_replica => true");
	appendStringInfoChar(&call, ')');
	return call.data;
}

static const char *
words_of(TriggerFault fault)
{
	switch (fault)
	{
		case TriggerFault::missing:
			return "is missing";
		case TriggerFault::altered:
			return "was altered";
		case TriggerFault::disabled:
			return "does not fire when it should";
		case TriggerFault::superfluous:
			return "is left over";
		case TriggerFault::late:
			break;
	}
	return "sorts before the audit trigger: what it changes is logged first";
}

/* A table whose triggers are not what they should be. */
static void
failed_triggers(Verdict &verdict, const Subject &subject, const AuditedTable &table, std::span<const TriggerStep> steps)
{
	bool unlogged = std::any_of(steps.begin(), steps.end(),
								[](const TriggerStep &step) {
									return step.fault != TriggerFault::late && step.fault != TriggerFault::superfluous;
								});
	verdict.failed(subject,
				   [table, first = steps.front(), count = steps.size(), unlogged](Finding &finding)
				   {
					   const char *others = count == 1 ? "" : format(", and %zu more", count - 1);
					   finding.message("%strigger %s on %s %s%s", unlogged ? "changes go unlogged: " : "",
									   quoted(first.trigger), qualified(first.relation), words_of(first.fault), others);
					   finding.evidence("trigger", first.trigger);
					   finding.evidence("table", qualified(first.relation));
					   finding.evidence("faults", count);
					   if (first.sql != nullptr)
						   finding.fix("%s", enabling_call(table, qualified(table.relation)));
				   },
				   {.rank = unlogged ? 1.0 : 0.0,
					.severity = unlogged ? Severity::critical : Severity::warning,
					.escalate = true});
}

/* Its table was dropped, and another one has its name: who made it anew has lost the audit. */
static void
judge_dropped(const Catalog &catalog, Verdict &verdict, const AuditedTable &table)
{
	for (const RelationEntry &other : catalog.tables_and_partitions())
	{
		if (strcmp(other.name, table.table_name) != 0 || strcmp(other.schema->name, table.schema_name) != 0)
			continue;
		verdict.judged();
		if (auditing_of(other.oid) != 0)
			return;
		verdict.failed(other,
					   [table, &other](Finding &finding)
					   {
						   finding.message("was audited, was dropped and made anew: changes go unlogged");
						   finding.evidence("table_id", table.table_id);
						   finding.fix("%s", enabling_call(table, full_name(other)));
					   },
					   {.rank = 2, .severity = Severity::critical, .escalate = true});
		return;
	}
}

static void
judge_log(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<Oid>> tables;
	log_tables(*tables);
	for (Oid oid : *tables)
	{
		verdict.judged();
		const char *mending = protection(oid);
		const RelationEntry *table = catalog.relation(oid);
		if (mending != nullptr && table != nullptr)
			verdict.failed(*table,
						   [mending](Finding &finding)
						   {
							   finding.message(
								   "what keeps the audit log from being written is missing or switched off");
							   finding.fix("%s", mending);
						   },
						   {.rank = 3, .severity = Severity::critical, .escalate = true});
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const AuditedTable &table : audited_tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (!table.enabled())
			continue;
		if (!OidIsValid(table.relation))
		{
			judge_dropped(catalog, verdict, table);
			continue;
		}
		verdict.judged();
		auto *steps = static_cast<Vector<TriggerStep> *>(palloc(sizeof(Vector<TriggerStep>)));
		::new (static_cast<void *>(steps)) Vector<TriggerStep>();
		trigger_steps(table, *steps);
		/* Those first that lose changes. */
		std::sort(steps->begin(), steps->end(),
				  [](const TriggerStep &a, const TriggerStep &b)
				  {
					  if (a.fault != b.fault)
						  return a.fault < b.fault;
					  return a.relation != b.relation ? a.relation < b.relation : strcmp(a.trigger, b.trigger) < 0;
				  });
		const RelationEntry *relation = catalog.relation(table.relation);
		if (!steps->empty() && relation != nullptr)
			failed_triggers(verdict, *relation, table, {steps->data(), steps->size()});
	}
	judge_log(catalog, verdict);
}

CHECK(sec_audit_trigger){
	.dimension = Dimension::security,
	.severity = Severity::critical,
	.title = "Audit with a hole",
	.rationale =
		"A table's owner can switch its audit triggers off, replace or drop them, and a partition made since the "
		"worker last ran has no trigger for TRUNCATE yet: what is done then leaves no trace. A trigger of somebody "
		"else that sorts before them has what it changes logged before the change that made it do so. Judged for "
		"every table that dbeng.enable_audit() was called for, and for the tables of the log itself.",
	.judge = judge,
};

} // namespace dbeng
