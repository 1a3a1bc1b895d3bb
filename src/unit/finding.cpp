#include "unit/check.hpp"
#include "unit/wording.hpp"

namespace dbeng {

Finding::Finding()
{
	initStringInfo(&evidence_);
	initStringInfo(&fix_);
}

void
Finding::message(const char *pattern, ...)
{
	va_list arguments;
	va_start(arguments, pattern);
	message_ = one_line(wording(pattern, arguments));
	va_end(arguments);
}

void
Finding::key(const char *key)
{
	appendStringInfoString(&evidence_, evidence_.len == 0 ? "{" : ", ");
	escape_json(&evidence_, wording(key));
	appendStringInfoString(&evidence_, ": ");
}

void
Finding::evidence(const char *name, int64 value)
{
	key(name);
	appendStringInfo(&evidence_, INT64_FORMAT, value);
}

/* JSON has no infinity and no NaN. */
void
Finding::evidence(const char *name, double value)
{
	key(name);
	if (std::isfinite(value))
		appendStringInfo(&evidence_, "%.15g", value);
	else
		appendStringInfoString(&evidence_, "null");
}

void
Finding::evidence(const char *name, bool value)
{
	key(name);
	appendStringInfoString(&evidence_, value ? "true" : "false");
}

void
Finding::evidence(const char *name, const char *value)
{
	key(name);
	if (value != nullptr)
		escape_json(&evidence_, value);
	else
		appendStringInfoString(&evidence_, "null");
}

void
Finding::fix(const char *pattern, ...)
{
	va_list arguments;
	va_start(arguments, pattern);
	appendStringInfo(&fix_, "%s%s;", fix_.len == 0 ? "" : "\n", wording(pattern, arguments));
	va_end(arguments);
}

const char *
Finding::fix_text() const
{
	return fix_.len == 0 ? nullptr : fix_.data;
}

const char *
Finding::evidence_text() const
{
	return evidence_.len == 0 ? "{}" : psprintf("%s}", evidence_.data);
}

} // namespace dbeng
