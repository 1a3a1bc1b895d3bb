/*
 * context.hpp: who changes something, from where and with what.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/* Settings: which settings of the session tell the application's user, and its context. */
extern char *audit_user_setting;
extern char *audit_context_setting;

/* What may become another in the middle of a transaction. Lives until its end. */
struct Origin
{
	Oid user;
	Oid session_user;
	const char *application; /* its name; NULL when empty */
	const char *changed_by;	 /* the application's user; NULL without */
	const char *context;	 /* NULL without */
};

/* Of the change at hand; the same object as long as it is the same origin. */
const Origin &current_origin();

/* What was cached must not be trusted: a part of the transaction was rolled back. */
void doubt_origin();

/* The transaction is over. */
void forget_origins();

/* The columns of a chunk from log_changed_by to log_context, in CurrentMemoryContext; arrays begin with column 1. */
void describe_origin(const Origin &origin, Datum *values, bool *nulls);

} // namespace dbeng
