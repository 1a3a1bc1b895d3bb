#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Functions that wait for something outside the transaction. pg_net's net.http_… only queues. */
static const char *
waits_for(const FunctionEntry &function)
{
	static constexpr const char *calls[] = {
		"dblink(",	 "dblink_exec(", "dblink_connect(", "pg_sleep(",
		"http_get(", "http_post(",	 "http_put(",		"http_delete(",
	};

	if (function.source == nullptr)
		return nullptr;
	for (const char *call : calls)
		for (const char *at = strstr(function.source, call); at != nullptr; at = strstr(at + 1, call))
		{
			char before = at == function.source ? ' ' : at[-1];
			bool queued = at - function.source >= 4 && strncmp(at - 4, "net.", 4) == 0;
			if (!isalnum(static_cast<unsigned char>(before)) && before != '_' && !queued)
				return call;
		}
	return nullptr;
}

namespace {
struct Load
{
	int insert;
	int update;
	int remove;

	int most() const { return std::max({insert, update, remove}); }
};
} // namespace

static bool
fires(const TriggerEntry &trigger)
{
	return !trigger.internal && trigger.enabled != TRIGGER_DISABLED && trigger.enabled != TRIGGER_FIRES_ON_REPLICA;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most = verdict.threshold("triggers");

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		Load load = {};
		const TriggerEntry *slow = nullptr;
		const char *call = nullptr;
		int triggers = 0;
		for (const TriggerEntry *trigger : table.triggers)
		{
			if (!fires(*trigger))
				continue;
			triggers++;
			if (TRIGGER_FOR_ROW(trigger->type))
			{
				load.insert += TRIGGER_FOR_INSERT(trigger->type) != 0;
				load.update += TRIGGER_FOR_UPDATE(trigger->type) != 0;
				load.remove += TRIGGER_FOR_DELETE(trigger->type) != 0;
			}
			const FunctionEntry *function = slow == nullptr ? catalog.function(trigger->function) : nullptr;
			const char *waits = function != nullptr ? waits_for(*function) : nullptr;
			if (waits != nullptr)
			{
				slow = trigger;
				call = waits;
			}
		}
		if (triggers == 0)
			continue;
		verdict.judged();
		if (load.most() <= most && slow == nullptr)
			continue;
		verdict.failed(table,
					   [load, slow, call](Finding &finding)
					   {
						   if (slow != nullptr)
						   {
							   finding.message(
								   "trigger %s calls %s): each write waits for it and keeps its locks meanwhile",
								   quoted(slow->name), call);
							   finding.evidence("trigger", slow->name);
							   return;
						   }
						   const char *event = load.most() == load.insert	? "INSERT"
											   : load.most() == load.update ? "UPDATE"
																			: "DELETE";
						   finding.message("%d triggers run for each row of an %s", load.most(), event);
						   finding.evidence("insert", load.insert);
						   finding.evidence("update", load.update);
						   finding.evidence("delete", load.remove);
					   });
	}
}

CHECK(sch_trigger_many){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Too many or too slow triggers",
	.rationale =
		"Every row trigger runs for every row written, in the order of their names; past a handful nobody foresees what "
		"a write does. One that calls out (dblink, http, pg_sleep) holds its row locks until the answer comes. "
		"Judged for tables with triggers of the user's own, by the row triggers of one kind of statement.",
	.reference = "https://www.postgresql.org/docs/current/trigger-definition.html",
	.thresholds = {{"triggers", 5}},
	.judge = judge,
};

} // namespace dbeng
