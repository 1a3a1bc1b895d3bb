#include "unit/check.hpp"

#include "core/text.hpp"

namespace dbeng {

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const EventTriggerEntry &trigger : catalog.event_triggers)
	{
		const FunctionEntry *function = catalog.function(trigger.function);
		const RoleEntry *owner = catalog.role(trigger.owner);
		if (function == nullptr || function->standing != Standing::user || owner == nullptr)
			continue;
		verdict.judged();
		const RoleEntry *author = catalog.role(function->owner);
		/* One that belongs to no superuser is a managed service's, which knows whom it may fire for. */
		if (trigger.enabled == TRIGGER_DISABLED || !owner->superuser || author == nullptr || author->superuser)
			continue;
		verdict.failed(
			trigger.name,
			[&trigger, function, owner, author](Finding &finding)
			{
				finding.message(
					"fires for superusers too and runs a function of %s, who is none and may change it to run "
					"anything as them",
					quoted(author->name));
				finding.evidence("event", trigger.event);
				finding.evidence("function", Subject(*function).text());
				finding.evidence("function_owner", author->name);
				finding.fix("ALTER ROUTINE %s OWNER TO %s", Subject(*function).text(), quoted(owner->name));
			});
	}
}

CHECK(sec_event_trigger_owner){
	.dimension = Dimension::security,
	.severity = Severity::critical,
	.title = "Event trigger whose function belongs to a lesser role",
	.rationale =
		"An event trigger's function runs with the rights of whoever runs the DDL. The function's owner may replace its body, "
		"and with the next DDL of a superuser be one.",
	.reference = "https://www.postgresql.org/docs/current/event-triggers.html",
	.judge = judge,
};

} // namespace dbeng
