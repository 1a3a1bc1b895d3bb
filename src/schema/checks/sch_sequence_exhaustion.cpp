#include "catalog/naming.hpp"
#include "catalog/sequence_value.hpp"
#include "schema/sequence_use.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Is its end only the end of a narrower type than its column has? Then the sequence alone is to be widened. */
static bool
widens(const SequenceUse &use)
{
	bool ascending = use.sequence->increment > 0;
	int64 end = use.sequence->type == INT2OID ? (ascending ? PG_INT16_MAX : PG_INT16_MIN)
											  : (ascending ? PG_INT32_MAX : PG_INT32_MIN);

	return use.sequence->type != INT8OID && use.limit == end && (use.column == nullptr || use.column_type == INT8OID);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<SequenceUse>> uses;

	sequence_uses(catalog, *uses);
	for (const SequenceUse &use : *uses)
	{
		CHECK_FOR_INTERRUPTS();
		/* An integer primary key's is told of by the check of such keys. */
		if (use.feeds_key() && use.limited_by_column() && use.table->standing == Standing::user)
			continue;
		verdict.judged();
		int64 value;
		if (!use.can_run_out() || !sequence_last_value(*use.sequence, &value))
			continue;
		double used = 100 * use.share(value);
		if (used < verdict.threshold("notice_pct"))
			continue;
		Severity severity = used >= verdict.threshold("critical_pct")  ? Severity::critical
							: used >= verdict.threshold("warning_pct") ? Severity::warning
																	   : Severity::notice;
		verdict.failed(*use.sequence->relation,
					   [use, value, used](Finding &finding)
					   {
						   if (use.column != nullptr)
							   finding.message("at %s of %s (%s %%), the most that column %s.%s can be given",
											   grouped(value), grouped(use.limit), number(used), full_name(*use.table),
											   quoted(use.column->name));
						   else
							   finding.message("at %s of its maximum %s (%s %%)", grouped(value), grouped(use.limit),
											   number(used));
						   finding.evidence("value", value);
						   finding.evidence("limit", use.limit);
						   finding.evidence("used_pct", used);
						   if (widens(use))
							   finding.fix("ALTER SEQUENCE %s AS bigint", full_name(*use.sequence->relation));
					   },
					   {.rank = used, .severity = severity, .escalate = true});
	}
}

CHECK(sch_sequence_exhaustion){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Sequence near its end",
	.rationale =
		"A sequence that does not start over fails at its last value, and so does every insert that asks it for a "
		"number. The end is the sequence's own maximum or that of the column it feeds, whichever comes first. "
		"Judged for every sequence, owned by a column or not, but those of integer primary keys, which have a "
		"check of their own.",
	.reference = "https://www.postgresql.org/docs/current/sql-altersequence.html",
	.thresholds = {{"notice_pct", 50}, {"warning_pct", 75}, {"critical_pct", 90}},
	.judge = judge,
};

} // namespace dbeng
