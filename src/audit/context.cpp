#include "audit/context.hpp"

#include "audit/log.hpp"

namespace dbeng {

char *audit_user_setting = nullptr;
char *audit_context_setting = nullptr;

namespace {
struct KnownOrigin : Origin
{
	KnownOrigin *before;
};
} // namespace

/* Of this transaction, the latest first. Few: a transaction that changes roles comes back to the same ones. */
static KnownOrigin *origins = nullptr;
static const Origin *latest = nullptr;
static CommandId latest_command;
static Oid latest_user;

/*
 * Settings of the start packet, and those that ALTER ROLE gives in a database of another encoding, are bytes that nobody has
 * checked. As they are, no dump of the log could be restored.
 */
static const char *
valid_text(const char *value)
{
	int left = static_cast<int>(strlen(value));
	if (pg_verifymbstr(value, left, true))
		return value;
	StringInfoData valid;
	initStringInfo(&valid);
	while (left > 0)
	{
		int length = pg_encoding_verifymbchar(GetDatabaseEncoding(), value, left);
		if (length > 0)
			appendBinaryStringInfo(&valid, value, length);
		else
		{
			appendStringInfo(&valid, "\\x%02x", static_cast<uint8>(*value));
			length = 1;
		}
		value += length;
		left -= length;
	}
	return valid.data;
}

/* What a setting of the application's says; NULL when it is unset, or empty as SET LOCAL leaves it behind. */
static const char *
told_by(const char *setting)
{
	if (setting == nullptr || setting[0] == '\0')
		return nullptr;
	const char *value = GetConfigOption(setting, true, false);
	return value == nullptr || value[0] == '\0' ? nullptr : valid_text(value);
}

static bool
same_text(const char *a, const char *b)
{
	return a == nullptr || b == nullptr ? a == b : strcmp(a, b) == 0;
}

static const char *
kept_text(const char *text)
{
	return text == nullptr ? nullptr : MemoryContextStrdup(TopTransactionContext, text);
}

static const Origin &
look(Oid user)
{
	const char *changed_by = told_by(audit_user_setting);
	const char *context = told_by(audit_context_setting);
	const char *application = application_name == nullptr || application_name[0] == '\0' ? nullptr : application_name;
	Oid session_user = GetSessionUserId();
	for (KnownOrigin *known = origins; known != nullptr; known = known->before)
		if (known->user == user && known->session_user == session_user && same_text(known->changed_by, changed_by) &&
			same_text(known->context, context) && same_text(known->application, application))
			return *known;
	auto *fresh = static_cast<KnownOrigin *>(MemoryContextAlloc(TopTransactionContext, sizeof(KnownOrigin)));
	fresh->user = user;
	fresh->session_user = session_user;
	fresh->application = kept_text(application);
	fresh->changed_by = kept_text(changed_by);
	fresh->context = kept_text(context);
	fresh->before = origins;
	origins = fresh;
	return *fresh;
}

const Origin &
current_origin()
{
	/* A setting changes between commands, and a command that changed something has a number of its own. */
	CommandId command = GetCurrentCommandId(false);
	Oid user = GetUserId();
	if (latest == nullptr || latest_command != command || latest_user != user)
	{
		latest = &look(user);
		latest_command = command;
		latest_user = user;
	}
	return *latest;
}

void
doubt_origin()
{
	latest = nullptr;
}

void
forget_origins()
{
	origins = nullptr;
	latest = nullptr;
}

/* Where the session comes from, for as long as it lasts; 0: no address, as with a local socket. */
static Datum
client_address()
{
	static bool asked = false;
	static Datum address = 0;
	if (asked)
		return address;
	LOCAL_FCINFO(call, 0);
	InitFunctionCallInfoData(*call, nullptr, 0, InvalidOid, nullptr, nullptr);
	Datum found = inet_client_addr(call);
	if (!call->isnull)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
		address = datumCopy(found, false, -1);
		MemoryContextSwitchTo(caller);
	}
	asked = true;
	return address;
}

/* A role's name; its number where it was dropped meanwhile. */
static Datum
role_name(Oid role)
{
	const char *name = GetUserNameFromId(role, true);
	return CStringGetTextDatum(name != nullptr ? name : psprintf("%u", role));
}

void
describe_origin(const Origin &origin, Datum *values, bool *nulls)
{
	auto put = [values, nulls](LogColumn column, bool there, Datum value)
	{
		values[column - 1] = value;
		nulls[column - 1] = !there;
	};
	auto put_text = [&put](LogColumn column, const char *text)
	{ put(column, text != nullptr, text == nullptr ? Datum{0} : CStringGetTextDatum(text)); };

	put_text(log_changed_by, origin.changed_by);
	put(log_db_user, true, role_name(origin.user));
	bool same = origin.session_user == origin.user;
	put(log_session_user, !same, same ? Datum{0} : role_name(origin.session_user));
	Datum address = client_address();
	put(log_ip_address, address != 0, address);
	put_text(log_application, origin.application);
	put_text(log_context, origin.context);
}

} // namespace dbeng
