/*
 * words.hpp: what names tell, for the checks that have to go by them.
 *
 * English and the habits of well-known tools only. A name that could mean
 * either is not claimed by any of these: a false alarm costs more than a miss.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

/*
 * The words of an identifier in lower case: order_total, orderTotal and
 * "Order Total" are all "order", "total". Digits stay with the letters before
 * them.
 */
class Words
{
  public:
	explicit Words(const char *identifier);

	int count() const { return count_; }
	const char *word(int i) const { return text_ + start_[i]; }
	const char *first() const { return count_ > 0 ? word(0) : ""; }
	const char *last() const { return count_ > 0 ? word(count_ - 1) : ""; }
	bool has(const char *wanted) const;
	/* Is one of them in this list? */
	bool has_any(std::span<const char *const> wanted) const;

  private:
	char text_[2 * NAMEDATALEN];
	uint8 start_[NAMEDATALEN];
	int count_ = 0;
};

/* Is a word in a list? */
bool one_of(const char *word, std::span<const char *const> list);

/*
 * A table of a migration tool or a framework: its shape and its name are the
 * tool's, nobody can or should change them.
 */
bool framework_table(const RelationEntry &relation);

/* An amount of money: price, total_cost, salary; not discount_rate. */
bool names_money(const char *column);
/* A moment or a day: created_at, birth_date, starts_on. */
bool names_time(const char *column);
/* A question with the answer yes or no: is_active, hasChildren. */
bool names_flag(const char *column);
/* What a column of type timestamp says of time: created_at, but valid_until and locked_from as well. */
bool sounds_like_time(const char *column);
/* Begins with a verb, as questions and permissions do: is_active, can_edit. */
bool begins_with_verb(const char *column);
/* tag3 is "tag" and 3. False: the name does not end in one or two digits, or they are part of the word (md5, line2). */
bool numbered_name(std::string_view name, std::string_view *base, int *number);
/* An IP address: ip, client_ip, ip_address; not ip_hash. */
bool names_ip_address(const char *column);
/* A UUID: uuid, order_guid. */
bool names_uuid(const char *column);
/* A reference by number or UUID: customer_id, customerId; not id itself. */
bool names_reference(const char *column);

/* The reserved words of this server: those that must be quoted as the name of a column or a table. */
bool reserved_word(const char *identifier);

enum class Inflection : uint8
{
	doubtful,
	singular,
	plural
};

/* Whether the last word of a name is in the singular or in the plural; doubtful wherever English is (news, status, data). */
Inflection inflection(const char *name);

/* Does name mean one of what the table's name means many of, or the same: user and users, category and categories? */
bool same_noun(const char *name, const char *table_name);

} // namespace dbeng
