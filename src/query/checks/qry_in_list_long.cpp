#include "query/statement.hpp"

namespace dbeng {

namespace {
/* Statements that differ only in the length of their lists. */
struct Shape
{
	const StatementEntry *heaviest = nullptr;
	double total_ms = 0;
	int64 calls = 0;
	int variants = 0;
	int longest = 0;
};
} // namespace

/* The longest IN (…) of parameters in the statement; 0 without. */
static int
longest_list(const StatementEntry &statement)
{
	int longest = 0;
	any_raw_node(statement.parsed->stmt,
				 [&longest](Node *node)
				 {
					 if (!IsA(node, A_Expr) || castNode(A_Expr, node)->kind != AEXPR_IN)
						 return false;
					 Node *list = castNode(A_Expr, node)->rexpr;
					 if (IsA(list, List))
						 longest = std::max(longest, list_length(castNode(List, list)));
					 return false;
				 });
	return longest;
}

/* The text with each list of parameters drawn together to one $, and all parameters alike. */
static const char *
shape_of(const char *text)
{
	StringInfoData shape;
	initStringInfo(&shape);
	for (const char *at = text; *at != '\0';)
	{
		if (*at != '$' || at[1] < '0' || at[1] > '9')
		{
			appendStringInfoChar(&shape, *at++);
			continue;
		}
		appendStringInfoChar(&shape, '$');
		for (const char *next = at; *next == '$' && next[1] >= '0' && next[1] <= '9';)
		{
			at = next + 1 + strspn(next + 1, "0123456789");
			next = at + strspn(at, ", \n\t");
		}
	}
	return shape.data;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	const Workload *observed = observed_load(catalog, verdict);
	if (observed == nullptr)
		return;
	const Workload &load = *observed;
	Local<FlatMap<std::string_view, Shape>> shapes;

	for (const StatementEntry &statement : load.statements)
	{
		CHECK_FOR_INTERRUPTS();
		int length = statement.application ? longest_list(statement) : 0;
		if (length == 0)
			continue;
		Shape &shape = (*shapes)[shape_of(statement.text)];
		if (shape.heaviest == nullptr)
			shape.heaviest = &statement;
		shape.total_ms += statement.total_ms;
		shape.calls += statement.calls;
		shape.variants++;
		shape.longest = std::max(shape.longest, length);
	}

	for (const auto &[text, shape] : *shapes)
	{
		verdict.judged(shape.total_ms);
		bool carries = 200 * shape.total_ms >= load.application_ms || 100 * shape.calls >= load.application_calls;
		if (!carries || (shape.longest < verdict.threshold("values") && shape.variants < verdict.threshold("variants")))
			continue;
		verdict.failed(
			statement_name(catalog, *shape.heaviest),
			[&load, shape = shape](Finding &finding)
			{
				finding.message(
					"IN lists of up to %s values, %s statement%s that differ%s in their length only; %s calls, "
					"%s %% of the load: = ANY($1) with an array is one statement: %s",
					grouped(shape.longest), grouped(shape.variants), shape.variants == 1 ? "" : "s",
					shape.variants == 1 ? "s" : "", grouped(shape.calls),
					number(std::min(100 * shape.total_ms / load.application_ms, 100.0)), excerpt(*shape.heaviest));
				finding.evidence("queryid", shape.heaviest->query_id);
				finding.evidence("longest", shape.longest);
				finding.evidence("variants", shape.variants);
				finding.evidence("calls", shape.calls);
				finding.evidence("total_ms", shape.total_ms);
				finding.evidence("mean_ms", shape.total_ms / static_cast<double>(std::max(shape.calls, int64{1})));
				finding.evidence("share_pct", std::min(100 * shape.total_ms / load.application_ms, 100.0));
			},
			{.weight = shape.total_ms, .rank = shape.total_ms});
	}
}

CHECK(qry_in_list_long){
	.dimension = Dimension::query_quality,
	.severity = Severity::notice,
	.title = "Long or ever different IN lists",
	.rationale =
		"Each length of a list is another statement: it is parsed and planned anew, cannot be prepared, and pushes "
		"others out of pg_stat_statements. column = ANY($1) with an array parameter is one statement for all "
		"lengths.",
	.reference = "https://www.postgresql.org/docs/current/functions-comparisons.html",
	.thresholds = {{"values", 100}, {"variants", 20}},
	.judge = judge,
};

} // namespace dbeng
