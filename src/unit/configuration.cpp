#include "unit/configuration.hpp"

#include "core/query.hpp"

namespace dbeng {

static const char *
sentence(const char *start, const char *rest)
{
	return rest == nullptr || *rest == '\0' ? start : format("%s: %s", start, rest);
}

static void
read_settings(auto find)
{
	each_row("SELECT check_id, enabled, severity FROM dbeng.check_setting",
			 [&](const Row &row)
			 {
				 CheckConfiguration *check = find(row.text(1));
				 if (check == nullptr)
					 return;
				 if (!row.null(2))
					 check->enabled = row.flag(2);
				 if (!row.null(3))
					 check->severity_set = parse_severity(row.text(3), check->severity);
			 });
	each_row("SELECT s.check_id, t.key, jsonb_typeof(t.value) = 'string', t.value #>> '{}'"
			 "  FROM dbeng.check_setting s,"
			 "       jsonb_each(CASE WHEN jsonb_typeof(s.thresholds) = 'object' THEN s.thresholds ELSE '{}' END) t"
			 " WHERE jsonb_typeof(t.value) IN ('string', 'number')",
			 [&](const Row &row)
			 {
				 CheckConfiguration *check = find(row.text(1));
				 if (check == nullptr)
					 return;
				 Threshold threshold = {.name = row.text(2)};
				 if (row.flag(3))
					 threshold.text = row.text(4);
				 else
					 threshold.number = strtod(row.text(4), nullptr);
				 check->thresholds.push_back(threshold);
			 });
}

static void
read_ignored(auto find)
{
	each_row(
		"SELECT check_id, object, reason, date_trunc('minute', until), by FROM dbeng.ignored WHERE until IS NULL OR until > now()",
		[&](const Row &row)
		{
			CheckConfiguration *check = find(row.text(1));
			if (check == nullptr)
				return;
			if (!row.null(2))
				check->ignored_objects.push_back(row.text(2));
			else
			{
				const char *who = row.null(4) ? format("ignored by %s", row.text(5))
											  : format("ignored by %s until %s", row.text(5), row.text(4));
				check->ignored = sentence(who, row.text(3));
			}
		});
}

static void
read_attestations(auto find)
{
	each_row("SELECT check_id, by, date_trunc('minute', until), note FROM dbeng.attestation WHERE until > now()",
			 [&](const Row &row)
			 {
				 CheckConfiguration *check = find(row.text(1));
				 if (check != nullptr)
					 check->attested =
						 sentence(format("attested by %s until %s", row.text(2), row.text(3)), row.text(4));
			 });
}

/* A configured value of the wrong kind, written by hand, leaves the default in force. */
static void
drop_unfit_thresholds(const Check &check, Vector<Threshold> &configured)
{
	auto unfit = [&check](const Threshold &value)
	{
		for (const Threshold &known : thresholds(check))
		{
			if (strcmp(known.name, value.name) == 0)
				return (known.text == nullptr) != (value.text == nullptr) || !std::isfinite(value.number);
		}
		return true;
	};
	configured.erase(std::remove_if(configured.begin(), configured.end(), unfit), configured.end());
}

std::span<CheckConfiguration>
read_configuration(std::span<const RegisteredCheck> checks)
{
	auto *all = static_cast<CheckConfiguration *>(palloc(checks.size() * sizeof(CheckConfiguration) + 1));
	for (std::size_t i = 0; i < checks.size(); i++)
		::new (static_cast<void *>(&all[i])) CheckConfiguration{.severity = checks[i].check->severity,
																.severity_set = false,
																.enabled = !checks[i].check->disabled,
																.thresholds = {},
																.ignored = nullptr,
																.ignored_objects = {},
																.attested = nullptr};
	auto find = [checks, all](const char *id) -> CheckConfiguration *
	{
		const RegisteredCheck *check = find_check(checks, id);
		return check == nullptr ? nullptr : &all[check - checks.data()];
	};
	read_settings(find);
	read_ignored(find);
	read_attestations(find);

	for (std::size_t i = 0; i < checks.size(); i++)
	{
		drop_unfit_thresholds(*checks[i].check, all[i].thresholds);
		std::sort(all[i].ignored_objects.begin(), all[i].ignored_objects.end(),
				  [](const char *a, const char *b) { return strcmp(a, b) < 0; });
	}
	return {all, checks.size()};
}

Limits::Limits() : checks_(registered_checks()), configurations_(read_configuration(checks_)) {}

double
Limits::operator()(const char *id, const char *threshold) const
{
	const RegisteredCheck *check = find_check(checks_, id);
	if (check == nullptr)
		elog(ERROR, "there is no check \"%s\"", id);
	const auto &configured = configurations_[static_cast<std::size_t>(check - checks_.data())].thresholds;
	for (std::span<const Threshold> known :
		 {std::span<const Threshold>(configured.data(), configured.size()), thresholds(*check->check)})
		for (const Threshold &one : known)
			if (strcmp(one.name, threshold) == 0)
				return one.value();
	elog(ERROR, "the check \"%s\" has no threshold \"%s\"", id, threshold);
}

bool
Limits::sets_aside(const char *id, const Subject &subject) const
{
	const RegisteredCheck *check = find_check(checks_, id);
	if (check == nullptr)
		elog(ERROR, "there is no check \"%s\"", id);
	const CheckConfiguration &configuration = configurations_[static_cast<std::size_t>(check - checks_.data())];
	if (configuration.ignored != nullptr || configuration.ignored_objects.empty())
		return configuration.ignored != nullptr;
	const char *object = subject.text();
	return object != nullptr &&
		   std::binary_search(configuration.ignored_objects.begin(), configuration.ignored_objects.end(), object,
							  [](const char *a, const char *b) { return strcmp(a, b) < 0; });
}

} // namespace dbeng
