/*
 * extension.hpp: dbeng as this database has it, and acting in its owner's
 * name on its own tables.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct Extension
{
	Oid oid = InvalidOid; /* InvalidOid: this database has none */
	Oid owner = InvalidOid;
	const char *version = nullptr;

	bool installed() const { return OidIsValid(oid); }
	/* Do its objects fit this library? Not between a new library and ALTER EXTENSION dbeng UPDATE. */
	bool fits() const;
};

/* The version this library is of. */
extern const char *const library_version;

/* Reads pg_extension; needs a transaction. */
Extension find_extension();

/* Whoever acts, to be put back by restore(). An error puts him back too. */
struct Identity
{
	Oid role;
	int context;

	void restore() const { SetUserIdAndSecContext(role, context); }
};

/* Acts as a role until restore(), as a SECURITY DEFINER function of its would. */
Identity act_as(Oid role);

/* Acts as the owner of the extension; raises where there is none. */
Identity act_as_owner();

} // namespace dbeng
