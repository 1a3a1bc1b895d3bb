#include "schema/columns.hpp"

namespace dbeng {

static bool
is_string(const Catalog &catalog, const RelationEntry &, const ColumnEntry &column)
{
	return is_text(catalog, column);
}

/* bpchar without a length is not padded, and in char(1) there is nothing to pad. */
static bool
fails(const Catalog &, const RelationEntry &, const ColumnEntry &column)
{
	return column.type == BPCHAROID && length_limit(column) > 1;
}

/* Codes and hashes whose every value is as long as the column: a country, a currency, a SHA-1. */
static bool
always_full(const ColumnEntry &column)
{
	static constexpr const char *full[] = {
		"checksum", "code",		"country", "currency", "digest", "fingerprint", "guid",	  "hash",	"iban",
		"iso",		"language", "locale",  "md5",	   "sha",	 "sha1",		"sha256", "sha512", "uuid",
	};
	return length_limit(column) <= 3 || Words(column.name).has_any(full);
}

static void
describe(const FailingColumns &columns, Finding &finding)
{
	int length = 0;
	columns.each([&length](const ColumnEntry &column) { length = std::max(length, length_limit(column)); });
	finding.message(
		"%s %s char(n): shorter values are stored padded with blanks up to %d characters, and the blanks are "
		"lost or kept depending on the operator%s",
		columns.names(), columns.count() == 1 ? "is" : "are", length, rewrite_note(columns.catalog, columns.table));
	finding.evidence("length", length);
	if (quick_to_rewrite(columns.catalog, columns.table))
		fix_types(columns, finding,
				  [](const ColumnEntry &column) { return format("TYPE varchar(%d)", length_limit(column)); });
}

static FailureOptions
options(const FailingColumns &columns)
{
	bool all_full = true;
	columns.each([&all_full](const ColumnEntry &column) { all_full = all_full && always_full(column); });
	return all_full ? FailureOptions{.severity = Severity::notice, .escalate = true} : FailureOptions{.rank = 1};
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	static constexpr ColumnRule rule = {is_string, fails, describe, options};
	judge_by_table(catalog, verdict, rule);
}

CHECK(typ_char_n){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Blank-padded char(n)",
	.rationale =
		"char(n) saves neither space nor time in PostgreSQL: it pads shorter values with blanks, which some operators "
		"ignore and others (LIKE, regular expressions, concatenation) do not. varchar(n) has the same limit without the "
		"blanks. Codes of up to three characters and hashes, whose values always fill the column, are a notice only.",
	.reference = "https://www.postgresql.org/docs/current/datatype-character.html",
	.judge = judge,
};

} // namespace dbeng
