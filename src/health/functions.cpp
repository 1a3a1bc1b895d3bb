/*
 * functions.cpp: what health.sql calls to look: health(), findings() and the
 * functions behind the views.
 */
#include "core/query.hpp"
#include "core/rows.hpp"
#include "health/access.hpp"
#include "health/score.hpp"
#include "unit/wording.hpp"

namespace dbeng {

int max_findings = 20;

static void
health_row(Rows &rows, const char *dimension, int weight, const Score &score, double scale)
{
	double coverage_pct = rounded(100 * score.coverage);
	double shown = rounded(score.score);
	const char *finding = nullptr;
	const char *fix = nullptr;
	if (score.worst != nullptr)
	{
		MemoryContext caller = MemoryContextSwitchTo(rows.context());
		Told told = tell(*score.worst, *score.finding);
		finding = told.object == nullptr ? told.message : format("%s: %s", one_line(told.object), told.message);
		fix = told.fix;
		MemoryContextSwitchTo(caller);
	}
	rows.text(dimension).integer(weight).numeric(shown, 1).text(rating(shown * scale, coverage_pct));
	rows.numeric(coverage_pct, 1).integer(score.passed).integer(score.failed).integer(score.unknown);
	rows.text(finding).text(fix).numeric(rounded(score.lowest), 1).numeric(rounded(score.highest), 1).end();
}

static void
show_health(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.health()");
	Rows rows(fcinfo);
	Session session;
	Scores scores = compute_scores(assess());
	for (int i = 0; i < dimension_count; i++)
		health_row(rows, dimension_name(static_cast<Dimension>(i)), dimension_weights[i], scores.dimensions[i], 10);
	health_row(rows, "overall", 100, scores.overall, 1);
	session.end();
}

namespace {
/* A row of findings(): a failure, or how many more of a check there are. */
struct FindingRow
{
	const CheckResult *result;
	const Failure *failure; /* the worst hidden one for a roll-up */
	const char *object;
	int64 more; /* 0: not a roll-up */
	Severity severity;
	bool stop;
	std::size_t place; /* where it was added, which keeps a check's rows in their order */
};
} // namespace

static FindingRow
make_row(const CheckResult &result, const Failure &failure)
{
	return {&result, &failure, nullptr, 0, result.severity(failure), result.stops(failure), 0};
}

static int
compare_objects(const char *a, const char *b)
{
	if (a == nullptr || b == nullptr)
		return (b == nullptr) - (a == nullptr);
	return strcmp(a, b);
}

/* The rows of one check: its worst findings, and one row for all others. */
static void
add_check(Vector<FindingRow> &rows, const CheckResult &result, Severity least)
{
	Local<Vector<const Failure *>> failures;
	for (const Failure &failure : result.failures)
	{
		if (result.severity(failure) >= least)
			failures->push_back(&failure);
	}
	std::size_t shown = failures->size();
	if (max_findings > 0)
		shown = std::min(shown, static_cast<std::size_t>(max_findings));

	/* Among equally bad ones those are shown that come first in the catalog: no names are made to choose. */
	auto worst_first = [&result](const Failure *a, const Failure *b)
	{ return result.worse(*a, *b) || (!result.worse(*b, *a) && a < b); };
	std::size_t sorted = std::min(shown + 1, failures->size());
	std::partial_sort(failures->begin(), failures->begin() + static_cast<std::ptrdiff_t>(sorted), failures->end(),
					  worst_first);

	std::size_t first = rows.size();
	for (std::size_t i = 0; i < shown; i++)
	{
		FindingRow row = make_row(result, *(*failures)[i]);
		row.object = row.failure->subject.text();
		rows.push_back(row);
	}
	std::sort(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(),
			  [&result](const FindingRow &a, const FindingRow &b)
			  {
				  if (result.worse(*a.failure, *b.failure))
					  return true;
				  if (result.worse(*b.failure, *a.failure))
					  return false;
				  int order = compare_objects(a.object, b.object);
				  return order != 0 ? order < 0 : a.failure < b.failure;
			  });
	if (shown < failures->size())
	{
		FindingRow row = make_row(result, *(*failures)[shown]);
		row.more = static_cast<int64>(failures->size() - shown);
		rows.push_back(row);
	}
	for (std::size_t i = first; i < rows.size(); i++)
		rows[i].place = i;
}

static bool
shown_before(const FindingRow &a, const FindingRow &b)
{
	if (a.stop != b.stop)
		return a.stop;
	if (a.severity != b.severity)
		return a.severity > b.severity;
	if (a.result->check->dimension != b.result->check->dimension)
		return a.result->check->dimension < b.result->check->dimension;
	/* Checks are sorted by id, so places are too. */
	return a.place < b.place;
}

static void
show_row(Rows &rows, const FindingRow &row)
{
	MemoryContext caller = MemoryContextSwitchTo(rows.context());
	Told told;
	if (row.more == 0)
		told = tell(*row.result, *row.failure);
	else
	{
		told = {nullptr, format("%s and %s more", wording("…"), grouped(row.more)),
				format("{\"more\": " INT64_FORMAT "}", row.more), nullptr};
	}
	MemoryContextSwitchTo(caller);
	rows.text(row.result->id).text(dimension_name(row.result->check->dimension)).text(severity_name(row.severity));
	rows.text(told.object).text(told.message).json(told.evidence).text(told.fix).end();
}

static void
show_findings(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.findings()");
	const char *dimension_text = text_argument(fcinfo, 0);
	const char *severity_text = text_argument(fcinfo, 1);
	Dimension dimension = Dimension::schema_design;
	Severity least = Severity::notice;
	if (dimension_text != nullptr && !parse_dimension(dimension_text, dimension))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no dimension \"%s\"", dimension_text),
				errdetail("A dimension is one of the %d parts of the health score.", dimension_count),
				errhint("Dimensions are %s.", dimension_names));
	if (severity_text != nullptr && !parse_severity(severity_text, least))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no severity \"%s\"", severity_text),
				errdetail("min_severity is the least severity of the findings to show."),
				errhint("Severities are %s.", severity_names));

	Rows rows(fcinfo);
	Session session;
	Local<Vector<FindingRow>> found;
	for (const CheckResult &result : assess(dimension_text == nullptr ? nullptr : &dimension))
		add_check(*found, result, least);
	std::sort(found->begin(), found->end(), shown_before);
	for (const FindingRow &row : *found)
	{
		CHECK_FOR_INTERRUPTS();
		show_row(rows, row);
	}
	session.end();
}

static const char *
status_name(Status status)
{
	static constexpr const char *names[] = {"passed", "failed", "unknown", "ignored", "not applicable"};
	return names[static_cast<int>(status)];
}

static void
show_check_results(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.check_results");
	Rows rows(fcinfo);
	Session session;
	for (const CheckResult &result : assess())
	{
		rows.text(result.id).text(dimension_name(result.check->dimension));
		rows.text(severity_name(result.configuration->severity)).text(status_name(result.status));
		if (result.observed())
			rows.bigint(result.objects).bigint(static_cast<int64>(result.failures.size()));
		else
			rows.null().null();
		rows.numeric(result.score, 2).text(result.reason).end();
	}
	session.end();
}

/* The thresholds in force, as JSON. */
static const char *
thresholds_text(const Check &check, const CheckConfiguration &configuration)
{
	Finding object;
	for (const Threshold &known : thresholds(check))
	{
		const Threshold *value = &known;
		for (const Threshold &configured : configuration.thresholds)
		{
			if (strcmp(configured.name, known.name) == 0)
				value = &configured;
		}
		if (value->text != nullptr)
			object.evidence(known.name, value == &known ? wording(value->text) : value->text);
		else
			object.evidence(known.name, value->value());
	}
	return object.evidence_text();
}

static void
show_checks(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.checks");
	Rows rows(fcinfo);
	Session session;
	std::span<const RegisteredCheck> checks = registered_checks();
	std::span<const CheckConfiguration> configurations = read_configuration(checks);
	for (std::size_t i = 0; i < checks.size(); i++)
	{
		const Check &check = *checks[i].check;
		rows.text(checks[i].id).text(dimension_name(check.dimension)).text(severity_name(configurations[i].severity));
		rows.text(wording(check.title)).text(wording(check.rationale)).json(thresholds_text(check, configurations[i]));
		rows.boolean(configurations[i].enabled).text(check.reference).end();
	}
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_health)
{
	dbeng::show_health(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_findings)
{
	dbeng::show_findings(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_check_results)
{
	dbeng::show_check_results(fcinfo);
	return Datum{0};
}

SQL_FUNCTION(dbeng_checks)
{
	dbeng::show_checks(fcinfo);
	return Datum{0};
}
