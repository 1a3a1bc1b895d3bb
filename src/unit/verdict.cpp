#include "unit/check.hpp"
#include "unit/registry.hpp"
#include "unit/wording.hpp"

namespace dbeng {

Verdict::Verdict(const Check &check, MemoryContext context, std::span<const Threshold> configured)
	: check_(check), configured_(configured), arena_(context), failures_(ContextAllocator<Failure>(context))
{}

void
Verdict::unknown(const char *pattern, ...)
{
	va_list arguments;
	va_start(arguments, pattern);
	reason_ = arena_.copy(one_line(wording(pattern, arguments)));
	va_end(arguments);
}

const Threshold &
Verdict::find(const char *name) const
{
	for (std::span<const Threshold> known : {configured_, thresholds(check_)})
	{
		for (const Threshold &threshold : known)
		{
			if (strcmp(threshold.name, name) == 0)
				return threshold;
		}
	}
	elog(ERROR, "the check \"%s\" has no threshold \"%s\"", check_.title, name);
}

double
Verdict::threshold(const char *name) const
{
	return find(name).value();
}

const char *
Verdict::threshold_text(const char *name) const
{
	return find(name).text;
}

} // namespace dbeng
