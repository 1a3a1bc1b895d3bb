#include "unit/registry.hpp"

/* The linker's brackets around the section; weak, so that a library without a check links too. */
extern "C" {
extern const dbeng::CheckUnit *const __start_dbeng_checks[] __attribute__((weak, visibility("hidden")));
extern const dbeng::CheckUnit *const __stop_dbeng_checks[] __attribute__((weak, visibility("hidden")));
}

namespace dbeng {

static const char *const dimensions[dimension_count] = {
	"schema design", "indexing", "query quality", "migration safety", "security", "monitoring", "backup & recovery"};
static const char *const severities[] = {"notice", "warning", "critical"};

const char *
dimension_name(Dimension dimension)
{
	return dimensions[static_cast<int>(dimension)];
}

const char *
severity_name(Severity severity)
{
	return severities[static_cast<int>(severity)];
}

bool
parse_dimension(const char *name, Dimension &dimension)
{
	for (int i = 0; i < dimension_count; i++)
	{
		if (pg_strcasecmp(name, dimensions[i]) == 0)
		{
			dimension = static_cast<Dimension>(i);
			return true;
		}
	}
	return false;
}

bool
parse_severity(const char *name, Severity &severity)
{
	for (int i = 0; i < static_cast<int>(std::size(severities)); i++)
	{
		if (pg_strcasecmp(name, severities[i]) == 0)
		{
			severity = static_cast<Severity>(i);
			return true;
		}
	}
	return false;
}

static const char *
id_of(const char *unit)
{
	char *id = pstrdup(unit);
	for (char *c = id; *c != '\0'; c++)
	{
		if (*c == '_')
			*c = '-';
	}
	return id;
}

std::span<const RegisteredCheck>
registered_checks()
{
	const CheckUnit *const *unit = __start_dbeng_checks;
	std::size_t count = static_cast<std::size_t>(__stop_dbeng_checks - unit);
	if (count == 0)
		return {};
	auto *checks = static_cast<RegisteredCheck *>(palloc(count * sizeof(RegisteredCheck)));
	for (std::size_t i = 0; i < count; i++)
		checks[i] = {id_of(unit[i]->name), unit[i]->check};
	std::sort(checks, checks + count,
			  [](const RegisteredCheck &a, const RegisteredCheck &b) { return strcmp(a.id, b.id) < 0; });
	return {checks, count};
}

const RegisteredCheck *
find_check(std::span<const RegisteredCheck> checks, const char *id)
{
	auto at =
		std::lower_bound(checks.begin(), checks.end(), id,
						 [](const RegisteredCheck &check, const char *wanted) { return strcmp(check.id, wanted) < 0; });
	return at != checks.end() && strcmp(at->id, id) == 0 ? &*at : nullptr;
}

/* How much of the id's words occurs in what was typed: "unused index" means idx-unused, whatever the distance. */
static int
shared_words(const char *id, const char *typed)
{
	int shared = 0;
	for (const char *word = id; *word != '\0';)
	{
		std::size_t length = strcspn(word, "-");
		for (const char *at = typed; *at != '\0'; at++)
		{
			bool starts = at == typed || !isalnum(static_cast<unsigned char>(at[-1]));
			if (!starts || pg_strncasecmp(at, word, length) != 0)
				continue;
			/* A short word counts whole only: "in" is not in "index". */
			if (length > 3 || !isalnum(static_cast<unsigned char>(at[length])))
			{
				shared += 4 + 2 * static_cast<int>(length);
				break;
			}
		}
		word += length + (word[length] == '-');
	}
	return shared;
}

const char *
similar_ids(std::span<const RegisteredCheck> checks, const char *typed)
{
	struct Candidate
	{
		int distance;
		const char *id;
	};
	constexpr int longest = 64;
	constexpr std::size_t shown = 5;

	Local<Vector<Candidate>> candidates;
	int length = pg_mbcliplen(typed, static_cast<int>(strlen(typed)), longest);
	for (const RegisteredCheck &check : checks)
	{
		int distance = varstr_levenshtein(typed, length, check.id, static_cast<int>(strlen(check.id)), 1, 1, 1, true);
		candidates->push_back({distance - shared_words(check.id, typed), check.id});
	}
	std::sort(candidates->begin(), candidates->end(),
			  [](const Candidate &a, const Candidate &b)
			  { return a.distance != b.distance ? a.distance < b.distance : strcmp(a.id, b.id) < 0; });

	StringInfoData list;
	initStringInfo(&list);
	for (std::size_t i = 0; i < candidates->size() && i < shown; i++)
		appendStringInfo(&list, "%s%s", i == 0 ? "" : ", ", (*candidates)[i].id);
	return list.data;
}

std::span<const Threshold>
thresholds(const Check &check)
{
	std::size_t count = 0;
	while (count < std::size(check.thresholds) && check.thresholds[count].name != nullptr)
		count++;
	return {check.thresholds, count};
}

const char *
threshold_names(const Check &check)
{
	StringInfoData list;
	initStringInfo(&list);
	for (const Threshold &threshold : thresholds(check))
		appendStringInfo(&list, "%s%s (%s)", list.len == 0 ? "" : ", ", threshold.name,
						 threshold.text == nullptr ? "number" : "text");
	return list.len == 0 ? nullptr : list.data;
}

} // namespace dbeng
