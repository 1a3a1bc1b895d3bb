#include <arpa/inet.h>

#include "security/network.hpp"

#include "core/settings.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
same(const char *a, const char *b)
{
	return a != nullptr && b != nullptr && strcmp(a, b) == 0;
}

/* The bytes of an address: how many, 0 when it is none. */
static int
parse_address(const char *text, unsigned char (&bytes)[16])
{
	/* An IPv6 address of one link carries the link's name. */
	char plain[64];
	snprintf(plain, sizeof(plain), "%.*s", static_cast<int>(strcspn(text, "%")), text);
	if (inet_pton(AF_INET, plain, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, plain, bytes) == 1 ? 16 : 0;
}

static int
prefix_length(const char *netmask)
{
	unsigned char bytes[16];
	int length = 0;
	for (int i = 0, n = parse_address(netmask, bytes); i < n; i++)
		length += __builtin_popcount(bytes[i]);
	return length;
}

static bool
is_internal(const unsigned char *address, int bytes, int prefix)
{
	if (bytes == 4)
		return (prefix >= 8 && (address[0] == 10 || address[0] == 127)) ||
			   (prefix >= 12 && address[0] == 172 && (address[1] & 0xf0) == 16) ||
			   (prefix >= 16 && address[0] == 192 && address[1] == 168) ||
			   (prefix >= 16 && address[0] == 169 && address[1] == 254);
	return (prefix >= 7 && (address[0] & 0xfe) == 0xfc) ||
		   (prefix >= 10 && address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

static bool
is_loopback(const unsigned char *address, int bytes, int prefix)
{
	static constexpr unsigned char loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	if (bytes == 4)
		return prefix >= 8 && address[0] == 127;
	return prefix == 128 && memcmp(address, loopback, sizeof(loopback)) == 0;
}

AddressRange
address_range(const HbaRule &rule)
{
	AddressRange range = {};
	if (rule.type == nullptr || rule.address == nullptr)
		return range;
	range.tcp = true;
	unsigned char address[16];
	int bytes = parse_address(rule.address, address);
	if (bytes > 0 && rule.netmask != nullptr)
	{
		int prefix = prefix_length(rule.netmask);
		range.loopback = is_loopback(address, bytes, prefix);
		range.everywhere = prefix == 0;
		range.wide = prefix < (bytes == 4 ? 16 : 32);
		range.internal = is_internal(address, bytes, prefix);
		/* All of 10.0.0.0/8 is one organisation's. */
		range.wide = range.wide && !range.internal;
	}
	else if (same(rule.address, "all"))
		range.everywhere = range.wide = true;
	else if (same(rule.address, "samehost") || same(rule.address, "localhost"))
		range.loopback = true;
	else if (same(rule.address, "samenet"))
		range.internal = true;
	return range;
}

const char *
hba_text(const HbaRule &rule)
{
	if (rule.type == nullptr)
		return format("pg_hba.conf %s", hba_place(rule));
	if (rule.address == nullptr)
		return format("%s %s %s %s", rule.type, rule.databases, rule.users, rule.method);
	if (rule.netmask == nullptr)
		return format("%s %s %s %s %s", rule.type, rule.databases, rule.users, rule.address, rule.method);
	return format("%s %s %s %s/%d %s", rule.type, rule.databases, rule.users, rule.address, prefix_length(rule.netmask),
				  rule.method);
}

const char *
hba_place(const HbaRule &rule)
{
	const char *file = rule.file;
	if (file != nullptr && strrchr(file, '/') != nullptr)
		file = strrchr(file, '/') + 1;
	if (file == nullptr || same(file, "pg_hba.conf"))
		return format("line %lld", static_cast<long long>(rule.line));
	return format("%s line %lld", file, static_cast<long long>(rule.line));
}

bool
hba_lists(const char *list, const char *name)
{
	std::size_t length = strlen(name);
	for (const char *at = list; at != nullptr && *at != '\0';)
	{
		std::size_t item = strcspn(at, ",");
		if (item == length && strncmp(at, name, item) == 0)
			return true;
		at += item;
		if (*at == ',')
			at++;
	}
	return false;
}

bool
hba_may_admit(const HbaRule &rule, const RoleEntry &role)
{
	if (rule.users == nullptr)
		return false;
	return hba_lists(rule.users, "all") || hba_lists(rule.users, role.name) || strpbrk(rule.users, "+/@") != nullptr;
}

static bool
covers_type(const char *wide, const char *narrow)
{
	if (same(wide, narrow))
		return true;
	return same(wide, "host") && strncmp(narrow, "host", 4) == 0;
}

static bool
covers_address(const HbaRule &wide, const HbaRule &narrow)
{
	if (narrow.address == nullptr)
		return wide.address == nullptr;
	if (wide.address == nullptr)
		return false;
	if (same(wide.address, "all"))
		return true;
	if (wide.netmask == nullptr || narrow.netmask == nullptr)
		return wide.netmask == narrow.netmask && same(wide.address, narrow.address);
	unsigned char outer[16], inner[16];
	int bytes = parse_address(wide.address, outer);
	int prefix = prefix_length(wide.netmask);
	if (bytes == 0 || bytes != parse_address(narrow.address, inner) || prefix_length(narrow.netmask) < prefix)
		return false;
	for (int bit = 0; bit < prefix; bit++)
		if (((outer[bit / 8] ^ inner[bit / 8]) >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

/* "all" databases are all but the replication connections. */
static bool
covers_databases(const char *wide, const char *narrow)
{
	return same(wide, narrow) || (same(wide, "all") && !hba_lists(narrow, "replication"));
}

const HbaRule *
hba_shadow(std::span<const HbaRule> rules, const HbaRule &rule)
{
	if (rule.type == nullptr)
		return nullptr;
	for (const HbaRule &before : rules)
	{
		if (&before == &rule)
			return nullptr;
		if (before.error == nullptr && before.type != nullptr && covers_type(before.type, rule.type) &&
			covers_databases(before.databases, rule.databases) &&
			(same(before.users, "all") || same(before.users, rule.users)) && covers_address(before, rule))
			return &before;
	}
	return nullptr;
}

bool
hba_decided_before(std::span<const HbaRule> rules, const HbaRule &rule, const RoleEntry &role)
{
	/* Both lines as if they were for this role alone. */
	HbaRule narrow = rule;
	narrow.users = role.name;
	for (const HbaRule &before : rules.first(static_cast<std::size_t>(&rule - rules.data())))
	{
		if (before.error != nullptr || (!hba_lists(before.users, "all") && !hba_lists(before.users, role.name)))
			continue;
		HbaRule alone = before;
		alone.users = role.name;
		const HbaRule both[] = {alone, narrow};
		if (hba_shadow(both, both[1]) != nullptr)
			return true;
	}
	return false;
}

template <class Matches>
static bool
any_listen_address(Matches matches)
{
	List *addresses;
	const char *value = setting("listen_addresses");
	if (value == nullptr || !SplitGUCList(pstrdup(value), ',', &addresses))
		return false;
	ListCell *cell;
	foreach (cell, addresses)
		if (matches(static_cast<const char *>(lfirst(cell))))
			return true;
	return false;
}

bool
listens()
{
	return any_listen_address([](const char *address) { return address[0] != '\0'; });
}

bool
listens_beyond_loopback()
{
	return any_listen_address(
		[](const char *address)
		{
			return address[0] != '\0' && strcmp(address, "localhost") != 0 && strncmp(address, "127.", 4) != 0 &&
				   strcmp(address, "::1") != 0;
		});
}

} // namespace dbeng
