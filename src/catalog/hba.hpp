/*
 * hba.hpp: pg_hba.conf as the server reads it.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

struct HbaRule
{
	const char *file; /* 16 and later, else NULL */
	int64 line;
	const char *type;	   /* local host hostssl hostnossl hostgssenc hostnogssenc */
	const char *databases; /* comma-separated */
	const char *users;
	const char *address; /* NULL for local */
	const char *netmask; /* NULL for a host name or keyword */
	const char *method;
	const char *error; /* NULL: the line is good */
};

struct Hba
{
	const char *missing; /* why it cannot be read, NULL when it can */
	std::span<const HbaRule> rules;
};

/* Read once for a catalog, then the same again. */
const Hba &hba(const Catalog &catalog);

} // namespace dbeng
