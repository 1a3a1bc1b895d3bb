#include "health/assessment.hpp"

#include "core/query.hpp"
#include "unit/wording.hpp"

namespace dbeng {

Severity
CheckResult::severity(const Failure &failure) const
{
	if (configuration->severity_set || !failure.options.escalate)
		return configuration->severity;
	return failure.options.severity;
}

bool
CheckResult::stops(const Failure &failure) const
{
	return failure.options.stop && (!configuration->severity_set || configuration->severity == Severity::critical);
}

bool
CheckResult::worse(const Failure &a, const Failure &b) const
{
	if (stops(a) != stops(b))
		return stops(a);
	if (severity(a) != severity(b))
		return severity(a) > severity(b);
	if (a.options.rank != b.options.rank)
		return a.options.rank > b.options.rank;
	return a.options.weight > b.options.weight;
}

static bool
is_ignored(const CheckConfiguration &configuration, const Failure &failure)
{
	const char *object = failure.subject.text();
	return object != nullptr &&
		   std::binary_search(configuration.ignored_objects.begin(), configuration.ignored_objects.end(), object,
							  [](const char *a, const char *b) { return strcmp(a, b) < 0; });
}

/* Names the check in the context of an error that is not its to explain. */
static void
name_check(void *id)
{
	errcontext("check \"%s\"", static_cast<const char *>(id));
}

template <class Work>
static void
named(const char *id, Work work)
{
	ErrorContextCallback context = {error_context_stack, name_check, const_cast<char *>(id)};
	error_context_stack = &context;
	work();
	error_context_stack = context.previous;
}

namespace {
struct Judgement
{
	const Catalog *catalog;
	const char *id;
	const Check *check;
	Verdict *verdict;
	MemoryContext context;
};
} // namespace

static void
judge_one(void *argument)
{
	auto *judgement = static_cast<Judgement *>(argument);
	MemoryContext caller = MemoryContextSwitchTo(judgement->context);
	named(judgement->id, [judgement] { judgement->check->judge(*judgement->catalog, *judgement->verdict); });
	MemoryContextSwitchTo(caller);
}

/* Status, score and open failures from what the check saw. */
static void
conclude(CheckResult &result, Verdict &verdict)
{
	const CheckConfiguration &configuration = *result.configuration;
	Vector<Failure> &failures = verdict.failures();
	int64 objects = verdict.objects();
	double weight = verdict.weight();

	result.reason = verdict.reason();
	if (result.reason == nullptr && objects == 0 && failures.empty())
	{
		result.status = Status::not_applicable;
		return;
	}

	if ((result.reason != nullptr || !failures.empty()) && result.check->attestable &&
		configuration.attested != nullptr)
	{
		result.status = Status::passed;
		result.reason = configuration.attested;
		result.objects = objects;
		result.score = 10;
		return;
	}
	if (result.reason != nullptr)
	{
		result.status = Status::unknown;
		return;
	}

	if (!configuration.ignored_objects.empty() && !failures.empty())
	{
		auto open = std::remove_if(failures.begin(), failures.end(),
								   [&](const Failure &failure)
								   {
									   if (!is_ignored(configuration, failure))
										   return false;
									   objects--;
									   weight -= failure.options.weight;
									   return true;
								   });
		if (open != failures.end())
			result.reason = format("%s ignored", grouped(failures.end() - open));
		failures.erase(open, failures.end());
		if (objects <= 0 && failures.empty())
		{
			result.status = Status::ignored;
			return;
		}
	}

	double failed_weight = 0;
	for (const Failure &failure : failures)
		failed_weight += failure.options.weight;
	double share = failures.empty() ? 0 : weight > 0 ? failed_weight / weight : 1;
	result.status = failures.empty() ? Status::passed : Status::failed;
	result.objects = std::max(objects, static_cast<int64>(failures.size()));
	result.score = 10 * (1 - std::clamp(share, 0.0, 1.0));
	result.failures = {failures.data(), failures.size()};
}

std::span<const CheckResult>
assess(const Dimension *only)
{
	std::span<const RegisteredCheck> checks = registered_checks();
	std::span<const CheckConfiguration> configurations = read_configuration(checks);
	const Catalog &catalog = load_catalog();
	/* A check behind somebody's exclusive lock is unknown; it does not queue up, and nobody queues up behind it. */
	if (LockTimeout == 0 || LockTimeout > 100)
		pin_setting("lock_timeout", "100ms");
	auto *results = static_cast<CheckResult *>(palloc(checks.size() * sizeof(CheckResult) + 1));
	std::size_t count = 0;
	MemoryContext spare = nullptr;

	for (std::size_t i = 0; i < checks.size(); i++)
	{
		const CheckConfiguration &configuration = configurations[i];
		if (!configuration.enabled || (only != nullptr && checks[i].check->dimension != *only))
			continue;
		CHECK_FOR_INTERRUPTS();
		CheckResult &result = results[count];
		result = {.id = checks[i].id,
				  .check = checks[i].check,
				  .configuration = &configuration,
				  .status = Status::ignored,
				  .objects = 0,
				  .score = std::numeric_limits<double>::quiet_NaN(),
				  .reason = configuration.ignored,
				  .failures = {}};
		if (configuration.ignored != nullptr)
		{
			count++;
			continue;
		}

		/* A check's memory is kept for the words about its failures only. */
		if (spare == nullptr)
			spare = AllocSetContextCreate(CurrentMemoryContext, "dbeng check", ALLOCSET_DEFAULT_SIZES);
		auto *verdict = ::new (MemoryContextAlloc(spare, sizeof(Verdict)))
			Verdict(*result.check, spare, {configuration.thresholds.data(), configuration.thresholds.size()});
		Judgement judgement = {&catalog, result.id, result.check, verdict, spare};
		const char *error = guarded(judge_one, &judgement);
		if (error != nullptr)
			verdict->unknown("%s", error);
		MemoryContext caller = MemoryContextSwitchTo(spare);
		conclude(result, *verdict);
		count++;
		MemoryContextSwitchTo(caller);
		if (!result.failures.empty())
			spare = nullptr;
		else
		{
			if (result.reason != nullptr)
				result.reason = pstrdup(result.reason);
			MemoryContextReset(spare);
		}
	}
	return {results, count};
}

namespace {
struct Telling
{
	const CheckResult *result;
	const Failure *failure;
	Told told;
};
} // namespace

static void
tell_one(void *argument)
{
	auto *telling = static_cast<Telling *>(argument);
	Finding finding;
	telling->told.object = telling->failure->subject.text();
	named(telling->result->id, [&] { telling->failure->describe(telling->failure->closure, finding); });
	telling->told.message = finding.message_text();
	telling->told.evidence = finding.evidence_text();
	telling->told.fix = finding.fix_text();
}

Told
tell(const CheckResult &result, const Failure &failure)
{
	Telling telling = {&result, &failure, {}};
	const char *error = guarded(tell_one, &telling);
	if (error != nullptr)
		telling.told = {telling.told.object, one_line(format("%s (%s)", wording(result.check->title), error)), "{}",
						nullptr};
	return telling.told;
}

} // namespace dbeng
