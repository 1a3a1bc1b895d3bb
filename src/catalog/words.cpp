#include "catalog/words.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
upper(unsigned char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
letter_or_digit(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || upper(c) || (c >= '0' && c <= '9') || c >= 0x80;
}

Words::Words(const char *identifier)
{
	int length = 0;
	bool inside = false;
	for (const char *at = identifier; *at != '\0' && at - identifier < NAMEDATALEN; at++)
	{
		auto c = static_cast<unsigned char>(*at);
		if (!letter_or_digit(c))
		{
			inside = false;
			continue;
		}
		/* A word begins at a capital after a small letter (orderTotal), and at the last of several (HTTPStatus). */
		bool hump =
			inside && upper(c) && (!upper(static_cast<unsigned char>(at[-1])) || (at[1] >= 'a' && at[1] <= 'z'));
		if (!inside || hump)
		{
			if (count_ > 0)
				text_[length++] = '\0';
			start_[count_++] = static_cast<uint8>(length);
			inside = true;
		}
		text_[length++] = upper(c) ? static_cast<char>(c + ('a' - 'A')) : static_cast<char>(c);
	}
	text_[length] = '\0';
}

bool
Words::has(const char *wanted) const
{
	for (int i = 0; i < count_; i++)
		if (strcmp(word(i), wanted) == 0)
			return true;
	return false;
}

bool
Words::has_any(std::span<const char *const> wanted) const
{
	for (int i = 0; i < count_; i++)
		if (one_of(word(i), wanted))
			return true;
	return false;
}

bool
one_of(const char *word, std::span<const char *const> list)
{
	/* Nearly all differ in the first letter already. */
	for (const char *item : list)
		if (*item == *word && strcmp(item, word) == 0)
			return true;
	return false;
}

/* In lower case and ordered, for a binary search. */
static constexpr const char *framework_tables[] = {
	"__diesel_schema_migrations",
	"__drizzle_migrations",
	"__efmigrationshistory",
	"__migrationhistory",
	"_prisma_migrations",
	"_sqlx_migrations",
	"_yoyo_log",
	"_yoyo_migration",
	"_yoyo_version",
	"adonis_schema",
	"adonis_schema_versions",
	"alembic_version",
	"ar_internal_metadata",
	"atlas_schema_revisions",
	"bun_migration_locks",
	"bun_migrations",
	"databasechangelog",
	"databasechangeloglock",
	"django_admin_log",
	"django_content_type",
	"django_migrations",
	"django_session",
	"django_site",
	"doctrine_migration_versions",
	"flyway_schema_history",
	"geography_columns",
	"geometry_columns",
	"goose_db_version",
	"gorp_migrations",
	"instance_change_history",
	"knex_migrations",
	"knex_migrations_lock",
	"kysely_migration",
	"kysely_migration_lock",
	"migration_versions",
	"migrations",
	"mikro_orm_migrations",
	"pgmigrations",
	"phinxlog",
	"play_evolutions",
	"play_evolutions_lock",
	"ragtime_migrations",
	"refinery_schema_history",
	"schema_info",
	"schema_migrations",
	"schema_migrations_lock",
	"schema_version",
	"schemaversions",
	"sequelizemeta",
	"spatial_ref_sys",
	"typeorm_metadata",
	"versioninfo",
	"yoyo_lock",
};
static_assert(std::is_sorted(std::begin(framework_tables), std::end(framework_tables),
							 [](std::string_view a, std::string_view b) { return a < b; }));

/* Schemas that belong to a tool as a whole. */
static constexpr const char *framework_schemas[] = {
	"drizzle", "graphile_migrate", "graphile_worker", "hdb_catalog", "pgboss", "sqitch", "supabase_migrations",
};

bool
framework_table(const RelationEntry &relation)
{
	char name[NAMEDATALEN];
	std::size_t length = 0;
	for (; relation.name[length] != '\0' && length < sizeof(name) - 1; length++)
		name[length] = static_cast<char>(pg_tolower(static_cast<unsigned char>(relation.name[length])));
	name[length] = '\0';
	const auto *at = std::lower_bound(std::begin(framework_tables), std::end(framework_tables), name,
									  [](const char *a, const char *b) { return strcmp(a, b) < 0; });
	if (at != std::end(framework_tables) && strcmp(*at, name) == 0)
		return true;
	return relation.schema != nullptr && one_of(relation.schema->name, framework_schemas);
}

bool
names_money(const char *column)
{
	static constexpr const char *money[] = {
		"amount",  "balance", "bill",	  "cents",	"commission", "cost",	"costs", "deposit", "eur",
		"fee",	   "fees",	  "gbp",	  "income", "payment",	  "payout", "price", "prices",	"refund",
		"revenue", "salary",  "subtotal", "tax",	"usd",		  "vat",	"wage",	 "wages",	"turnover",
	};
	static constexpr const char *other[] = {
		"average",	  "avg",	"change", "coefficient", "count",	   "days",		"delta",  "estimate", "estimated",
		"factor",	  "id",		"index",  "kg",			 "level",	   "liters",	"margin", "mode",	  "model",
		"multiplier", "number", "pct",	  "percent",	 "percentage", "planner",	"points", "qty",	  "quantity",
		"rank",		  "rate",	"ratio",  "score",		 "share",	   "size",		"type",	  "units",	  "volume",
		"weight",	  "white",	"width",  "load",		 "query",	   "heuristic",
	};
	Words words(column);
	return words.has_any(money) && !words.has_any(other);
}

bool
names_time(const char *column)
{
	static constexpr const char *last[] = {"at", "date", "datetime", "time", "timestamp"};
	static constexpr const char *alone[] = {
		"birthday", "created", "modified", "updated", "deleted", "expires", "birthdate", "dob", "deadline",
	};
	static constexpr const char *durations[] = {"processing", "response", "run",	"execution",
												"travel",	  "delivery", "elapsed"};
	Words words(column);
	if (words.count() == 0)
		return false;
	if (words.count() == 1 && one_of(words.first(), alone))
		return true;
	/* created_on, starts_on; "depends_on" is a relation. */
	if (words.count() == 2 && strcmp(words.last(), "on") == 0)
		return one_of(words.first(), alone) || strcmp(words.first(), "starts") == 0 ||
			   strcmp(words.first(), "ends") == 0;
	return one_of(words.last(), last) && (words.count() > 1 || strcmp(words.last(), "at") != 0) &&
		   !words.has_any(durations);
}

bool
names_flag(const char *column)
{
	static constexpr const char *first[] = {"is", "has", "can", "should", "was", "did", "does", "will", "must"};
	Words words(column);
	return words.count() > 1 && one_of(words.first(), first);
}

bool
sounds_like_time(const char *column)
{
	static constexpr const char *others[] = {
		"after",	  "at",		   "before", "by",	 "date",  "datetime", "day",   "deadline", "end",	 "ends",
		"expiration", "expiry",	   "from",	 "hour", "month", "on",		  "since", "start",	   "starts", "till",
		"time",		  "timestamp", "to",	 "ts",	 "until", "week",	  "when",  "year",
	};
	return one_of(Words(column).last(), others);
}

bool
begins_with_verb(const char *column)
{
	static constexpr const char *verbs[] = {
		"accept", "accepts", "allow",	 "allows", "are",	  "can",	  "did",	 "do",		 "does",
		"enable", "enables", "had",		 "has",	   "have",	  "hide",	  "include", "includes", "is",
		"may",	  "must",	 "need",	 "needs",  "require", "requires", "send",	 "should",	 "show",
		"shows",  "skip",	 "supports", "uses",   "use",	  "wants",	  "was",	 "were",	 "will",
	};
	Words words(column);
	return words.count() > 1 && one_of(words.first(), verbs);
}

bool
numbered_name(std::string_view name, std::string_view *base, int *number)
{
	/* Lines of an address are as many as an envelope has; digits of these others are part of the word. */
	static constexpr std::string_view other[] = {"address", "addr", "line",	   "street", "utf",		  "sha",
												 "md",		"ipv",	"quarter", "level",	 "percentile"};
	std::size_t digits = 0;
	while (digits < name.size() && isdigit(static_cast<unsigned char>(name[name.size() - 1 - digits])))
		digits++;
	*base = slice(name, 0, name.size() - digits);
	while (!base->empty() && base->back() == '_')
		base->remove_suffix(1);
	if (digits == 0 || digits > 2 || base->size() < 3)
		return false;
	for (std::string_view word : other)
		if (base->size() >= word.size() && slice(*base, base->size() - word.size()) == word)
			return false;
	*number = 0;
	for (char digit : slice(name, name.size() - digits))
		*number = *number * 10 + (digit - '0');
	return true;
}

bool
names_ip_address(const char *column)
{
	static constexpr const char *address[] = {"address", "addr"};
	Words words(column);
	int count = words.count();
	if (count == 0)
		return false;
	static constexpr const char *ip[] = {"ip", "ipv4", "ipv6"};
	if (one_of(words.last(), ip))
		return true;
	if (count > 1 && one_of(words.last(), address))
	{
		static constexpr const char *before[] = {"ip", "ipv4", "ipv6", "inet"};
		return one_of(words.word(count - 2), before) || strcmp(column, "remote_addr") == 0;
	}
	return strcmp(column, "ipaddress") == 0 || strcmp(column, "ipaddr") == 0;
}

bool
names_uuid(const char *column)
{
	static constexpr const char *uuid[] = {"uuid", "guid"};
	Words words(column);
	return words.count() > 0 && one_of(words.last(), uuid);
}

bool
names_reference(const char *column)
{
	static constexpr const char *identifier[] = {"id", "uuid", "guid"};
	Words words(column);
	return words.count() > 1 && one_of(words.last(), identifier);
}

bool
reserved_word(const char *identifier)
{
	/* The server folds before it looks words up; a name in capitals is quoted anyway. */
	for (const char *at = identifier; *at != '\0'; at++)
		if (upper(static_cast<unsigned char>(*at)))
			return false;
	int keyword = ScanKeywordLookup(identifier, &ScanKeywords);
	return keyword >= 0 && (ScanKeywordCategories[keyword] == RESERVED_KEYWORD ||
							ScanKeywordCategories[keyword] == TYPE_FUNC_NAME_KEYWORD);
}

static bool
ends(std::string_view word, std::string_view ending)
{
	return word.size() > ending.size() && slice(word, word.size() - ending.size()) == ending;
}

Inflection
inflection(const char *name)
{
	/* Neither number, or the same in both, or the name of a collection. */
	static constexpr const char *doubtful[] = {
		"access",	 "aircraft",	"analytics", "archive",	 "audit",		"backup",		"bak",		"cache",
		"catalog",	 "config",		"content",	 "contents", "copy",		"corpus",		"data",		"dns",
		"equipment", "feedback",	"fish",		 "gps",		 "hardware",	"headquarters", "history",	"https",
		"info",		 "information", "inventory", "ios",		 "junction",	"ledger",		"lens",		"log",
		"map",		 "mapping",		"means",	 "media",	 "merchandise", "meta",			"metadata", "music",
		"news",		 "old",			"ops",		 "os",		 "outbox",		"inbox",		"physics",	"pos",
		"progress",	 "queue",		"registry",	 "schedule", "series",		"settings",		"sheep",	"sms",
		"software",	 "species",		"staff",	 "staging",	 "stats",		"statistics",	"stock",	"storage",
		"stuff",	 "summary",		"temp",		 "tmp",		 "tls",			"traffic",		"tree",		"view",
		"weather",	 "xref",		"sales",	 "goods",	 "details",		"total",		"totals",	"cors",
		"aws",		 "rows",		"graph",	 "index",	 "matrix",		"mv",			"new",		"list",
		"set",		 "group",		"pages",	 "link",	 "links",
	};
	static constexpr const char *plural[] = {
		"children", "criteria", "feet", "men", "people", "women", "indices",
	};
	Words words(name);
	std::string_view word = words.last();
	if (word.size() < 4 || one_of(words.last(), doubtful))
		return Inflection::doubtful;
	for (char c : word)
		if (c < 'a' || c > 'z')
			return Inflection::doubtful;
	if (one_of(words.last(), plural))
		return Inflection::plural;
	if (word.back() == 's')
	{
		/* address, status, analysis, canvas, photos: the ending tells nothing. */
		for (std::string_view ending : {"ss", "us", "is", "as", "os", "ics"})
			if (ends(word, ending))
				return Inflection::doubtful;
		return Inflection::plural;
	}
	/* orders_archived, orders_pending: not a noun. */
	for (std::string_view ending : {"ed", "ing", "ia", "ae", "ata"})
		if (ends(word, ending))
			return Inflection::doubtful;
	return Inflection::singular;
}

static bool
plural_of(std::string_view many, std::string_view one)
{
	auto is = [&](std::string_view stem, std::string_view ending)
	{
		return many.size() == stem.size() + ending.size() && slice(many, 0, stem.size()) == stem &&
			   slice(many, stem.size()) == ending;
	};
	if (one.empty())
		return false;
	return is(one, "s") || is(one, "es") || (one.back() == 'y' && is(slice(one, 0, one.size() - 1), "ies")) ||
		   (one == "person" && many == "people") || (one == "child" && many == "children");
}

bool
same_noun(const char *name, const char *table_name)
{
	Words a(name);
	Words b(table_name);
	if (a.count() != b.count() || a.count() == 0)
		return false;
	for (int i = 0; i < a.count() - 1; i++)
		if (strcmp(a.word(i), b.word(i)) != 0)
			return false;
	return strcmp(a.last(), b.last()) == 0 || plural_of(b.last(), a.last()) || plural_of(a.last(), b.last());
}

} // namespace dbeng
