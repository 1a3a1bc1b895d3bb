#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Will ADD PRIMARY KEY USING INDEX take it? */
static bool
convertible(const IndexEntry &index)
{
	for (const IndexKey &key : index.keys)
		if (key.option != 0 || (OidIsValid(key.opclass) && !key.default_opclass))
			return false;
	return !index.partitioned;
}

static void
propose(const Catalog &catalog, const RelationEntry &table, const IndexEntry &index, Finding &finding)
{
	if (table.kind != RELKIND_RELATION || !convertible(index))
		return;
	if (index.constraint == nullptr)
	{
		finding.fix("ALTER TABLE %s ADD PRIMARY KEY USING INDEX %s", full_name(table), quoted(index.name));
		return;
	}

	/* A constraint's index cannot change hands: a second one is built, and the first goes unless others rely on it. */
	for (const ConstraintEntry *reference : table.referencing)
		if (reference->index == &index)
			return;
	if (index.replica_identity || index.keys.size() != index.key_columns)
		return;
	Local<SmallVector<AttrNumber, 8>> columns;
	for (const IndexKey &key : index.key())
		columns->push_back(key.column);
	const char *name = new_name(catalog, table, nullptr, "pkey");
	finding.fix("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)", quoted(name), full_name(table),
				column_list(table, {columns->data(), columns->size()}));
	finding.fix("ALTER TABLE %s ADD PRIMARY KEY USING INDEX %s", full_name(table), quoted(name));
	finding.fix("ALTER TABLE %s DROP CONSTRAINT %s", full_name(table), quoted(index.constraint->name));
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		if (table.persistence != RELPERSISTENCE_PERMANENT || framework_table(table))
			continue;
		const IndexEntry *index = table.primary_key() == nullptr ? stand_in_key(table) : nullptr;
		if (index == nullptr && table.primary_key() == nullptr)
			continue;
		verdict.judged();
		if (index == nullptr)
			continue;
		verdict.failed(table,
					   [&catalog, &table, index](Finding &finding)
					   {
						   finding.message("unique index %s over NOT NULL columns does the work of a primary key "
										   "without being one",
										   quoted(index->name));
						   finding.evidence("index", index->name);
						   finding.evidence("constraint", index->constraint != nullptr);
						   propose(catalog, table, *index, finding);
					   });
	}
}

CHECK(sch_unique_not_null_instead_of_pk){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Unique NOT NULL key instead of a primary key",
	.rationale =
		"Such a key does what a primary key does, but tools, logical replication (which wants a replica identity) "
		"and foreign keys that name no column do not find it. Judged for every permanent table that has either.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
	.judge = judge,
};

} // namespace dbeng
