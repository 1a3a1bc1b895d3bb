#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "unit/check.hpp"

namespace dbeng {

static bool
is_foreign_key_column(const RelationEntry &table, AttrNumber number)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN &&
			std::find(constraint->columns.begin(), constraint->columns.end(), number) != constraint->columns.end())
			return true;
	return false;
}

/* A key that measures rather than names: two events may well share it. */
static bool
measures(Oid type)
{
	switch (type)
	{
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case TIMEOID:
		case TIMETZOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case INTERVALOID:
			return true;
		default:
			return false;
	}
}

static bool
references_it(const RelationEntry &table, const IndexEntry &key)
{
	for (const ConstraintEntry *reference : table.referencing)
		if (reference->index == &key)
			return true;
	return false;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most = verdict.threshold("columns");

	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		if (key == nullptr || framework_table(table))
			continue;
		verdict.judged();
		if (key->key_columns == 1)
		{
			const ColumnEntry *column = table.column(key->keys[0].column);
			Oid type = column != nullptr ? catalog.base_type(column->type) : InvalidOid;
			if (measures(type) || (type == DATEOID && references_it(table, *key)))
				verdict.failed(table,
							   [column, type](Finding &finding)
							   {
								   finding.message(
									   "%s, the primary key, is a %s: two rows cannot have the same one, and a "
									   "correction changes the key",
									   quoted(column->name), format_type_be(type));
								   finding.evidence("column", column->name);
								   finding.evidence("type", format_type_be(type));
							   });
			continue;
		}

		/* A wide key is a burden on those who refer to it; on a leaf it is only a unique key. */
		if (key->key_columns <= most || !references_it(table, *key))
			continue;
		bool links = true;
		for (const IndexKey &part : key->key())
			links = links && is_foreign_key_column(table, part.column);
		if (links)
			continue;
		verdict.failed(table,
					   [&table, key](Finding &finding)
					   {
						   finding.message("the primary key has %d columns, and each of %d foreign keys repeats them",
										   key->key_columns, static_cast<int>(table.referencing.size()));
						   finding.evidence("columns", key->key_columns);
						   finding.evidence("referencing_foreign_keys", table.referencing.size());
					   });
	}
}

CHECK(sch_pk_natural){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Primary key made of what the row says",
	.rationale =
		"A key should name the row and never change. A point in time or a measurement does neither, and a key of "
		"many columns is repeated in every table that refers to it. Judged for tables with a primary key; wide "
		"keys only where foreign keys point to them and they do not just join other tables.",
	.thresholds = {{"columns", 3}},
	.judge = judge,
};

} // namespace dbeng
