/*
 * network.hpp: from where the lines of pg_hba.conf let somebody in.
 */
#pragma once

#include "catalog/hba.hpp"

namespace dbeng {

/* The addresses of a line that is not "local". */
struct AddressRange
{
	bool tcp;		 /* false: a line for the Unix socket; the rest is false then */
	bool loopback;	 /* this machine only */
	bool everywhere; /* every IPv4 or every IPv6 address, or both */
	bool wide;		 /* more than a /16 of IPv4, a /32 of IPv6 */
	bool internal;	 /* private addresses only */
};

AddressRange address_range(const HbaRule &rule);

/* "host all all 0.0.0.0/0 md5", the object of a finding about a line. */
const char *hba_text(const HbaRule &rule);

/* "line 12", with the name of an included file. */
const char *hba_place(const HbaRule &rule);

/* Is this one of the comma-separated databases or users of a line? */
bool hba_lists(const char *list, const char *name);

/* Might the line be for the role? Groups and patterns may always. */
bool hba_may_admit(const HbaRule &rule, const RoleEntry &role);

/* The line before it that takes every connection it is for; NULL when it is reached. */
const HbaRule *hba_shadow(std::span<const HbaRule> rules, const HbaRule &rule);

/* Does an earlier line, whatever its method, decide for the role wherever this one could? */
bool hba_decided_before(std::span<const HbaRule> rules, const HbaRule &rule, const RoleEntry &role);

/* Does the server take TCP connections, and from other machines? */
bool listens();
bool listens_beyond_loopback();

/* Calls visit(rule, range) for each line that lets somebody in and is reached by somebody. */
template <class Visit>
void
each_open_rule(const Hba &hba, Visit visit)
{
	bool tcp = listens();
	bool beyond = listens_beyond_loopback();
	for (const HbaRule &rule : hba.rules)
	{
		CHECK_FOR_INTERRUPTS();
		if (rule.error != nullptr || rule.method == nullptr || strcmp(rule.method, "reject") == 0)
			continue;
		AddressRange range = address_range(rule);
		if ((range.tcp && !(range.loopback ? tcp : beyond)) || hba_shadow(hba.rules, rule) != nullptr)
			continue;
		visit(rule, range);
	}
}

} // namespace dbeng
