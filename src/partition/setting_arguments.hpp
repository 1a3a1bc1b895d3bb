/*
 * setting_arguments.hpp: the settings of a set as a caller gives them, and
 * what is wrong with them.
 */
#pragma once

#include "partition/partition_set.hpp"

namespace dbeng {

/* All that stands in the way, collected before anything is changed. */
struct Reasons
{
	Local<Vector<const char *>> list;
	const char *hint = nullptr; /* of the first that has one */
	bool arguments = false;		/* is it the arguments that are wrong, not the table? */

	bool empty() const { return list->empty(); }
	void add(const char *reason, const char *with_hint = nullptr);
	void add_argument(const char *reason, const char *with_hint = nullptr);
	/* Raises with all of them, if there are any. */
	void raise(const char *what) const;
};

/* A name of pg_timezone_names, as that has it; NULL: it is none. */
const char *known_zone(const char *name);

/* Calls visit(name) for each time zone, until it says true. */
void each_zone(bool (*visit)(const char *name, void *context), void *context);

/* The column whose values divide the set, or are to. */
struct KeyColumn
{
	Oid type;
	int32 typmod;
	Oid collation;
};

/*
 * Reads step, premake, retention, on_expiry, time_zone, with_default, encoding, ahead, archive_schema, snowflake_epoch,
 * snowflake_shift and anchor, in this order, from the argument of that number on. settings->parent is the caller's.
 */
void read_setting_arguments(FunctionCallInfo fcinfo, int from, const KeyColumn &key, SetSettings *settings,
							Reasons &reasons);

/* A position from the text of a time on the set's clock, or of a number; raises when it is neither. */
int64 position_of_text(const Calendar &calendar, const char *text);

/* Into dbeng.partition_set, as the extension's owner; draining stays as it was. */
void store_settings(const SetSettings &settings);

} // namespace dbeng
