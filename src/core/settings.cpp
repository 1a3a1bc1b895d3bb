#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
readable(int flags)
{
	return (flags & GUC_SUPERUSER_ONLY) == 0 || has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_SETTINGS);
}

/* A placeholder ("some.name = x" of a library that is not loaded) is no setting of this server. */
static bool
exists(const char *name, int *flags)
{
	if (GetConfigOption(name, true, false) == nullptr)
		return false;
	*flags = GetConfigOptionFlags(name, true);
	return (*flags & GUC_CUSTOM_PLACEHOLDER) == 0 && readable(*flags);
}

const char *
setting(const char *name)
{
	int flags;
	if (!exists(name, &flags))
		return nullptr;
	/* A static buffer that the next call overwrites. */
	const char *value = GetConfigOptionResetString(name);
	return value == nullptr ? nullptr : pstrdup(value);
}

bool
setting_on(const char *name)
{
	const char *value = setting(name);
	return value != nullptr && strcmp(value, "on") == 0;
}

double
setting_number(const char *name)
{
	constexpr double none = std::numeric_limits<double>::quiet_NaN();
	const char *value = setting(name);
	if (value == nullptr)
		return none;
	char *end;
	double number = strtod(value, &end);
	return end == value || *end != '\0' ? none : number;
}

static int64
scaled(const char *name, double (*unit)(int flags))
{
	double number = setting_number(name);
	if (std::isnan(number) || number < 0)
		return -1;
	return static_cast<int64>(number * unit(GetConfigOptionFlags(name, true)));
}

int64
setting_bytes(const char *name)
{
	return scaled(name,
				  [](int flags)
				  {
					  switch (flags & GUC_UNIT_MEMORY)
					  {
						  case GUC_UNIT_KB:
							  return 1024.0;
						  case GUC_UNIT_MB:
							  return 1024.0 * 1024;
						  case GUC_UNIT_BLOCKS:
							  return static_cast<double>(BLCKSZ);
						  case GUC_UNIT_XBLOCKS:
							  return static_cast<double>(XLOG_BLCKSZ);
						  default:
							  return 1.0;
					  }
				  });
}

int64
setting_milliseconds(const char *name)
{
	return scaled(name,
				  [](int flags)
				  {
					  switch (flags & GUC_UNIT_TIME)
					  {
						  case GUC_UNIT_S:
							  return 1000.0;
						  case GUC_UNIT_MIN:
							  return 60 * 1000.0;
						  default:
							  return 1.0;
					  }
				  });
}

bool
setting_lists(const char *name, const char *item)
{
	const char *value = setting(name);
	if (value == nullptr)
		return false;
	std::string_view rest = value;
	while (!rest.empty())
	{
		std::size_t comma = rest.find(',');
		std::string_view one = slice(rest, 0, comma);
		rest = comma == rest.npos ? std::string_view{} : slice(rest, comma + 1);
		while (!one.empty() && (one.front() == ' ' || one.front() == '"'))
			one.remove_prefix(1);
		while (!one.empty() && (one.back() == ' ' || one.back() == '"'))
			one.remove_suffix(1);
		if (one == item)
			return true;
	}
	return false;
}

} // namespace dbeng
