/*
 * configure.cpp: what health.sql calls to change something: configure_check(),
 * ignore(), unignore(), attest().
 */
#include "core/query.hpp"
#include "health/access.hpp"

namespace dbeng {

static Argument
caller_name()
{
	return Argument::text(GetUserNameFromId(GetUserId(), false));
}

/* The function's own argument, NULL or not. */
static Argument
passed(FunctionCallInfo fcinfo, int number, Oid type)
{
	return {type, PG_GETARG_DATUM(number), PG_ARGISNULL(number)};
}

static const char *
json_type(const JsonbValue &value)
{
	switch (value.type)
	{
		case jbvNull:
			return "null";
		case jbvString:
			return "a text";
		case jbvNumeric:
			return "a number";
		case jbvBool:
			return "a boolean";
		case jbvArray:
			return "an array";
		case jbvObject:
			return "an object";
		default:
			return JsonContainerIsArray(value.val.binary.data) ? "an array" : "an object";
	}
}

static const char *
json_text(JsonbValue &value)
{
	Jsonb *json = JsonbValueToJsonb(&value);
	return JsonbToCString(nullptr, &json->root, VARSIZE(json));
}

static const char *
known_thresholds(const RegisteredCheck &check)
{
	const char *names = threshold_names(*check.check);
	return names == nullptr ? format("Check \"%s\" has no thresholds.", check.id)
							: format("Thresholds of check \"%s\": %s.", check.id, names);
}

static const char *
example(const Threshold &threshold)
{
	const char *value = threshold.text == nullptr ? number(threshold.number, 6) : format("\"%s\"", threshold.text);
	return format("'{\"%s\": %s}'", threshold.name, value);
}

static void
validate_threshold(const RegisteredCheck &check, const char *key, JsonbValue &value)
{
	const Threshold *known = nullptr;
	for (const Threshold &threshold : thresholds(*check.check))
	{
		if (strcmp(threshold.name, key) == 0)
			known = &threshold;
	}
	if (known == nullptr)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("check \"%s\" has no threshold \"%s\"", check.id, key),
				errdetail("Found \"%s\": %s.", key, json_text(value)), errhint("%s", known_thresholds(check)));
	if (value.type == jbvNull)
		return;
	if (value.type != (known->text == nullptr ? jbvNumeric : jbvString))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("threshold \"%s\" of check \"%s\" must be %s, not %s", key, check.id,
					   known->text == nullptr ? "a number" : "a text", json_text(value)),
				errdetail("Found %s.", json_type(value)),
				errhint("The default is %s; null brings it back.", example(*known)));
	if (value.type == jbvNumeric && !std::isfinite(DatumGetFloat8(DirectFunctionCall1(
										numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)))))
		ereport(ERROR, errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				errmsg("threshold \"%s\" of check \"%s\" is out of range", key, check.id),
				errdetail("Found a number of %d characters.", static_cast<int>(strlen(json_text(value)))),
				errhint("The default is %s; null brings it back.", example(*known)));
}

static void
validate_thresholds(const RegisteredCheck &check, Jsonb *thresholds)
{
	JsonbIterator *iterator = JsonbIteratorInit(&thresholds->root);
	JsonbValue value;
	JsonbIteratorToken token = JsonbIteratorNext(&iterator, &value, true);
	if (token != WJB_BEGIN_OBJECT)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("thresholds must be a JSON object, not %s",
					   JsonbToCString(nullptr, &thresholds->root, VARSIZE(thresholds))),
				errdetail("Found %s.", JB_ROOT_IS_SCALAR(thresholds) ? "a single value" : "an array"),
				errhint("%s", known_thresholds(check)));
	const char *key = "";
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			validate_threshold(check, key, value);
	}
}

static void
configure_check(FunctionCallInfo fcinfo)
{
	require_writer("dbeng.configure_check()", "check_setting", ACL_SELECT | ACL_INSERT | ACL_UPDATE);
	const RegisteredCheck &check = check_argument(fcinfo, 0, registered_checks());
	const char *severity_text = text_argument(fcinfo, 2);
	Severity severity;
	if (severity_text != nullptr && pg_strcasecmp(severity_text, "default") != 0 &&
		!parse_severity(severity_text, severity))
		ereport(
			ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no severity \"%s\"", severity_text),
			errdetail("The severity of check \"%s\" is %s by default.", check.id, severity_name(check.check->severity)),
			errhint("Severities are %s; default brings back the check's own.", severity_names));
	if (!PG_ARGISNULL(3))
		validate_thresholds(check, PG_GETARG_JSONB_P(3));

	Argument arguments[] = {Argument::text(check.id), passed(fcinfo, 1, BOOLOID), passed(fcinfo, 2, TEXTOID),
							passed(fcinfo, 3, JSONBOID)};
	execute("INSERT INTO dbeng.check_setting AS s (check_id, enabled, severity, thresholds)"
			" VALUES ($1, $2, nullif(lower($3), 'default'), jsonb_strip_nulls($4))"
			" ON CONFLICT (check_id) DO UPDATE SET"
			" enabled = coalesce($2, s.enabled),"
			" severity = nullif(coalesce(lower($3), s.severity), 'default'),"
			" thresholds = jsonb_strip_nulls(coalesce(s.thresholds || $4, $4, s.thresholds))",
			arguments);
}

static void
ignore(FunctionCallInfo fcinfo)
{
	require_writer("dbeng.ignore()", "ignored", ACL_SELECT | ACL_INSERT | ACL_UPDATE);
	const RegisteredCheck &check = check_argument(fcinfo, 0, registered_checks());
	if (!PG_ARGISNULL(3) && PG_GETARG_TIMESTAMPTZ(3) <= GetCurrentTransactionStartTimestamp())
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("until must be in the future, not %s", timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(3))),
				errdetail("It is %s now.", timestamptz_to_str(GetCurrentTransactionStartTimestamp())),
				errhint("Give a later time, such as now() + interval '90 days', or none to ignore it for good."));

	Argument arguments[] = {Argument::text(check.id), passed(fcinfo, 1, TEXTOID), passed(fcinfo, 2, TEXTOID),
							passed(fcinfo, 3, TIMESTAMPTZOID), caller_name()};
	execute("INSERT INTO dbeng.ignored (check_id, object, reason, until, by) VALUES ($1, $2, $3, $4, $5)"
			" ON CONFLICT (check_id, object) DO UPDATE SET"
			" reason = excluded.reason, until = excluded.until, by = excluded.by, at = excluded.at",
			arguments);
}

static void
unignore(FunctionCallInfo fcinfo)
{
	require_writer("dbeng.unignore()", "ignored", ACL_SELECT | ACL_DELETE);
	const char *id = text_argument(fcinfo, 0);
	std::span<const RegisteredCheck> checks = registered_checks();
	Argument arguments[] = {passed(fcinfo, 0, TEXTOID), passed(fcinfo, 1, TEXTOID)};
	if (id != nullptr &&
		execute("DELETE FROM dbeng.ignored WHERE check_id = $1 AND object IS NOT DISTINCT FROM $2", arguments) > 0)
		return;

	const RegisteredCheck &check = check_argument(fcinfo, 0, checks);
	const char *object = text_argument(fcinfo, 1);
	ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			object == nullptr ? errmsg("check \"%s\" as a whole is not ignored", check.id)
							  : errmsg("\"%s\" is not ignored by check \"%s\"", object, check.id),
			errdetail("dbeng.ignored has no such row."),
			errhint("SELECT object, reason FROM dbeng.ignored WHERE check_id = %s;", literal(check.id)));
}

static const char *
attestable_ids(std::span<const RegisteredCheck> checks)
{
	StringInfoData list;
	initStringInfo(&list);
	for (const RegisteredCheck &check : checks)
	{
		if (check.check->attestable)
			appendStringInfo(&list, "%s%s", list.len == 0 ? "" : ", ", check.id);
	}
	return list.len == 0 ? "none" : list.data;
}

static void
attest(FunctionCallInfo fcinfo)
{
	require_writer("dbeng.attest()", "attestation", ACL_SELECT | ACL_INSERT | ACL_UPDATE);
	std::span<const RegisteredCheck> checks = registered_checks();
	const RegisteredCheck &check = check_argument(fcinfo, 0, checks);
	if (!check.check->attestable)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("check \"%s\" cannot be attested", check.id),
				errdetail("It is judged by what the server sees; dbeng.ignore() leaves it out of the score."),
				errhint("Checks that can be: %s.", attestable_ids(checks)));
	const char *by = text_argument(fcinfo, 1);
	if (by == nullptr || strspn(by, " \t\n\r") == strlen(by))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("by must not be %s", by == nullptr ? "NULL" : "empty"),
				errdetail("An attestation counts because somebody stands for it."),
				errhint("Name the person or the team that attests it."));
	TimestampTz now = GetCurrentTransactionStartTimestamp();
	if (PG_ARGISNULL(2) || PG_GETARG_TIMESTAMPTZ(2) <= now || TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(2)))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("until must be a time in the future, not %s",
					   PG_ARGISNULL(2) ? "NULL" : timestamptz_to_str(PG_GETARG_TIMESTAMPTZ(2))),
				errdetail("It is %s now, and an attestation has to be renewed.", timestamptz_to_str(now)),
				errhint("For example now() + interval '90 days'."));

	Argument arguments[] = {Argument::text(check.id), passed(fcinfo, 1, TEXTOID), passed(fcinfo, 2, TIMESTAMPTZOID),
							passed(fcinfo, 3, TEXTOID)};
	execute("INSERT INTO dbeng.attestation (check_id, by, until, note) VALUES ($1, $2, $3, $4)"
			" ON CONFLICT (check_id) DO UPDATE SET"
			" by = excluded.by, until = excluded.until, note = excluded.note, at = excluded.at",
			arguments);
}

} // namespace dbeng

SQL_FUNCTION(dbeng_configure_check)
{
	dbeng::configure_check(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_ignore)
{
	dbeng::ignore(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_unignore)
{
	dbeng::unignore(fcinfo);
	PG_RETURN_VOID();
}

SQL_FUNCTION(dbeng_attest)
{
	dbeng::attest(fcinfo);
	PG_RETURN_VOID();
}
