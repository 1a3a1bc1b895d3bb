#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

/* What values in the clear look like, by their average stored width. */
static constexpr struct Kind
{
	const char *what;
	int32 least;
	int32 most; /* a hash or a ciphertext is longer */
	std::initializer_list<const char *> names;
} kinds[] = {
	{"passwords", 2, 31, {"password", "passwd", "pwd", "user_password", "passphrase"}},
	{"social security numbers", 9, 13, {"ssn", "social_security_number", "social_security_no"}},
	{"card numbers",
	 13,
	 24,
	 {"card_number", "credit_card_number", "credit_card", "cardnumber", "creditcard", "cc_number", "pan"}},
	{"card verification codes", 3, 6, {"cvv", "cvc", "cvv2", "cvc2", "card_cvv", "card_cvc", "card_verification_code"}},
};

static const Kind *
kind_of(const char *column)
{
	for (const Kind &kind : kinds)
		for (const char *name : kind.names)
			if (pg_strcasecmp(name, column) == 0)
				return &kind;
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
		for (const ColumnEntry &column : table.columns)
		{
			const Kind *kind = kind_of(column.name);
			Oid type = kind == nullptr ? InvalidOid : catalog.base_type(column.type);
			if (type != TEXTOID && type != VARCHAROID && type != BPCHAROID)
				continue;
			/* Without statistics, or with NULLs only, nothing is known of the values. */
			if (column.statistics == nullptr || column.statistics->null_fraction >= 1)
				continue;
			verdict.judged();
			int32 width = column.statistics->width;
			if (width < kind->least || width > kind->most)
				continue;
			bool readable = granted_to_others(catalog, table.acl, table.owner, ACL_SELECT) || table.has_column_acl;
			verdict.failed(
				{table, column},
				[kind, width, readable](Finding &finding)
				{
					finding.message(
						"by name %s, and its values, %d bytes on average, are too short to be a hash or encrypted%s",
						kind->what, width, readable ? "; others than the owner may read the table" : "");
					finding.evidence("average_bytes", width);
					finding.evidence("readable_by_others", readable);
				},
				{.rank = readable ? 1.0 : 0.0});
		}
}

CHECK(sec_sensitive_columns){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Secret stored in the clear",
	.rationale =
		"Judged by the column's name and the average width ANALYZE found: a password hash has 32 bytes and more. Hash "
		"passwords (pgcrypto's crypt(), or the application's library), encrypt or do not keep card data, and grant such "
		"columns to few. Columns without statistics are not judged.",
	.reference = "https://www.postgresql.org/docs/current/pgcrypto.html",
	.judge = judge,
};

} // namespace dbeng
