/*
 * horizon.hpp: what keeps VACUUM from removing rows that are dead to everybody else.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Holder
{
	const char *name;  /* session of app, replication slot s1 … */
	const char *what;  /* the same in a sentence */
	int64 age;		   /* transactions */
	TimestampTz since; /* 0 when not known */
	int64 pid;		   /* 0 when no session */
	const char *role;
	bool idle; /* in transaction */
};

/* All but this session, in CurrentMemoryContext. */
std::span<const Holder> horizon_holders();

} // namespace dbeng
