#include "catalog/naming.hpp"
#include "schema/columns.hpp"
#include "schema/foreign_keys.hpp"
#include "schema/retype.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Mismatch
{
	const ConstraintEntry *constraint;
	const ColumnEntry *from;
	const ColumnEntry *to;
	Severity severity;
	bool collation; /* the types are the same */
};
} // namespace

static int
integer_width(Oid type)
{
	return type == INT2OID ? 2 : type == INT4OID ? 4 : type == INT8OID ? 8 : 0;
}

static bool
compare(const Catalog &catalog, const ColumnEntry &from, const ColumnEntry &to, Mismatch *mismatch)
{
	Oid a = catalog.base_type(from.type);
	Oid b = catalog.base_type(to.type);

	mismatch->from = &from;
	mismatch->to = &to;
	mismatch->collation = a == b;
	if (a == b)
	{
		mismatch->severity = Severity::warning;
		return from.collation != to.collation;
	}
	/* Wider than it needs to be, or text with and without a limit: untidy, but nothing can go wrong. */
	bool harmless = (integer_width(a) > 0 && integer_width(b) > 0 && integer_width(a) > integer_width(b)) ||
					((a == TEXTOID || a == VARCHAROID) && (b == TEXTOID || b == VARCHAROID));
	mismatch->severity = harmless ? Severity::notice : Severity::warning;
	return true;
}

static void
describe(const Catalog &catalog, const Mismatch &mismatch, Finding &finding)
{
	const RelationEntry &table = *mismatch.constraint->table;
	const RelationEntry &referenced = *mismatch.constraint->referenced;
	const char *from = format_type_be(mismatch.from->type);
	const char *to = format_type_be(mismatch.to->type);

	finding.evidence("column", mismatch.from->name);
	finding.evidence("referenced_column", mismatch.to->name);
	if (mismatch.collation)
	{
		const char *from_collation = get_collation_name(mismatch.from->collation);
		const char *to_collation = get_collation_name(mismatch.to->collation);
		finding.message(
			"%s is compared with %s.%s under another collation (\"%s\", there \"%s\"): an index on it cannot "
			"serve the check",
			quoted(mismatch.from->name), full_name(referenced), quoted(mismatch.to->name),
			from_collation != nullptr ? from_collation : "", to_collation != nullptr ? to_collation : "");
		return;
	}
	finding.evidence("type", from);
	finding.evidence("referenced_type", to);
	int width = integer_width(catalog.base_type(mismatch.from->type));
	int referenced_width = integer_width(catalog.base_type(mismatch.to->type));
	if (width > 0 && width < referenced_width)
		finding.message("%s is %s but refers to %s %s.%s: rows numbered above %s cannot be referred to",
						quoted(mismatch.from->name), from, to, full_name(referenced), quoted(mismatch.to->name),
						grouped(width == 2 ? PG_INT16_MAX : PG_INT32_MAX));
	else
		finding.message("%s is %s but refers to %s %s.%s", quoted(mismatch.from->name), from, to, full_name(referenced),
						quoted(mismatch.to->name));
	/* Where the key is the narrower one, it is the key that should be widened. */
	if (width > 0 && width < referenced_width && mismatch.constraint->columns.size() == 1 &&
		retypes_quickly(catalog, table, *mismatch.from))
		finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE %s", full_name(table), quoted(mismatch.from->name),
					format_type_extended(catalog.base_type(mismatch.to->type), -1, FORMAT_TYPE_FORCE_QUALIFY));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	each_foreign_key(catalog,
					 [&catalog, &verdict](const ConstraintEntry &constraint)
					 {
						 verdict.judged();
						 for (std::size_t i = 0; i < constraint.columns.size(); i++)
						 {
							 const ColumnEntry *from = constraint.table->column(constraint.columns[i]);
							 const ColumnEntry *to = constraint.referenced->column(constraint.referenced_columns[i]);
							 Mismatch mismatch;
							 if (from == nullptr || to == nullptr || !compare(catalog, *from, *to, &mismatch))
								 continue;
							 mismatch.constraint = &constraint;
							 verdict.failed(constraint,
											[&catalog, mismatch](Finding &finding)
											{ describe(catalog, mismatch, finding); },
											{.rank = mismatch.severity == Severity::warning ? 1.0 : 0.0,
											 .severity = mismatch.severity,
											 .escalate = true});
							 return;
						 }
					 });
}

CHECK(sch_fk_type_mismatch){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Foreign key of another type than the key it refers to",
	.rationale =
		"An integer column cannot refer to a bigint key past 2,147,483,647, and columns of different types or "
		"collations are compared through casts that an index may not serve. Judged for every foreign key, domains "
		"by their base type; a column that is only wider than its key is a notice.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
	.judge = judge,
};

} // namespace dbeng
