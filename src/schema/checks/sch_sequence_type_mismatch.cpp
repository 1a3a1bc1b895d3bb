#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

static int
width(Oid type)
{
	return type == INT2OID ? 2 : type == INT4OID ? 4 : type == INT8OID ? 8 : 0;
}

static const char *
type_name(Oid type)
{
	return type == INT2OID ? "smallint" : type == INT4OID ? "integer" : "bigint";
}

namespace {
/* How the columns' and their sequences' types compare; only integers have a say. */
struct Pair
{
	const ColumnEntry *column;
	int column_width;
	int sequence_width;
};
} // namespace

static bool
pair_of(const Catalog &catalog, const SequenceEntry &sequence, Pair *pair)
{
	if (sequence.relation->standing != Standing::user || sequence.owner_table == nullptr)
		return false;
	pair->column = sequence.owner_table->column(sequence.owner_column);
	if (pair->column == nullptr)
		return false;
	pair->column_width = width(catalog.base_type(pair->column->type));
	pair->sequence_width = width(sequence.type);
	return pair->column_width != 0;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	/*
	 * Sequences made before PostgreSQL 10 are all bigint. A database that has
	 * seen those times has many on integer columns, which says nothing about
	 * anyone's care.
	 */
	int wider_sequences = 0;
	Pair pair;

	for (const SequenceEntry &sequence : catalog.sequences)
		if (pair_of(catalog, sequence, &pair))
			wider_sequences += pair.sequence_width > pair.column_width;
	bool inherited_style = wider_sequences >= 5;

	for (const SequenceEntry &sequence : catalog.sequences)
	{
		if (!pair_of(catalog, sequence, &pair))
			continue;
		verdict.judged();
		bool narrower = pair.sequence_width < pair.column_width;
		if (pair.sequence_width == pair.column_width || (!narrower && inherited_style))
			continue;
		Oid type = catalog.base_type(pair.column->type);
		verdict.failed(*sequence.relation,
					   [&sequence, column = pair.column, type, narrower](Finding &finding)
					   {
						   if (narrower)
							   finding.message("%s sequence ends at %s although its column %s.%s is %s",
											   type_name(sequence.type), grouped(sequence.maximum),
											   full_name(*sequence.owner_table), quoted(column->name), type_name(type));
						   else
							   finding.message("%s sequence goes beyond what its %s column %s.%s can hold",
											   type_name(sequence.type), type_name(type),
											   full_name(*sequence.owner_table), quoted(column->name));
						   finding.evidence("sequence_type", type_name(sequence.type));
						   finding.evidence("column_type", type_name(type));
						   finding.fix("ALTER SEQUENCE %s AS %s", full_name(*sequence.relation), type_name(type));
					   },
					   {.rank = narrower ? 1.0 : 0.0,
						.severity = narrower ? Severity::warning : Severity::notice,
						.escalate = true});
	}
}

CHECK(sch_sequence_type_mismatch){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Sequence of another type than its column",
	.rationale =
		"A serial column that was altered to bigint keeps its integer sequence, and inserts fail at 2,147,483,647 "
		"though the column has room. The reverse is harmless but misleading, and is not told of where it is common "
		"(before PostgreSQL 10 all sequences were bigint).",
	.reference = "https://www.postgresql.org/docs/current/sql-altersequence.html",
	.judge = judge,
};

} // namespace dbeng
