#include "catalog/naming.hpp"
#include "schema/columns.hpp"

namespace dbeng {

/* pg_upgrade keeps the OIDs of relations, types and roles only, so regclass, regtype and regrole pass. */
static bool
stops_upgrade(Oid type)
{
	switch (type)
	{
		case REGCOLLATIONOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGNAMESPACEOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGPROCOID:
		case REGPROCEDUREOID:
			return true;
		/* Its form changed with 16. */
		case ACLITEMOID:
			return pg::major < 16;
		default:
			return false;
	}
}

/* A domain's base or an array's element of such a type counts as well. */
static Oid
innermost(const Catalog &catalog, Oid type)
{
	type = catalog.base_type(type);
	const TypeEntry *entry = catalog.type(type);
	return entry != nullptr && entry->element != InvalidOid && entry->length == -1 ? catalog.base_type(entry->element)
																				   : type;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &relation : catalog.own_relations())
	{
		CHECK_FOR_INTERRUPTS();
		bool judged = relation.is_table() ? !relation.partition : relation.kind == RELKIND_MATVIEW;
		if (!judged)
			continue;
		verdict.judged();
		for (const ColumnEntry &column : relation.columns)
		{
			if (!is_own(column) || !stops_upgrade(innermost(catalog, column.type)))
				continue;
			verdict.failed(Subject(relation, column),
						   [&catalog, &relation, &column](Finding &finding)
						   {
							   const char *type = format_type_extended(column.type, -1, FORMAT_TYPE_ALLOW_INVALID);
							   finding.message("%s: pg_upgrade refuses a database with a column of this type", type);
							   finding.evidence("type", type);
							   if (relation.is_table() && stops_upgrade(column.type) && column.type != ACLITEMOID &&
								   !column.has_default && relation.indexes.empty() && relation.triggers.empty() &&
								   type_can_change(catalog, relation, column) && quick_to_rewrite(catalog, relation))
								   finding.fix("ALTER TABLE %s ALTER COLUMN %s TYPE text USING %s::text",
											   full_name(relation), quoted(column.name), quoted(column.name));
						   });
			break;
		}
	}
}

CHECK(sch_unsupported_reg_types){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Column of a type that stops pg_upgrade",
	.rationale =
		"regproc, regconfig and their like are stored as the OID of an object, which is another one in the new cluster, so "
		"pg_upgrade stops before it starts. As text the name is kept; regclass, regtype and regrole are safe.",
	.reference = "https://www.postgresql.org/docs/current/pgupgrade.html",
	.judge = judge,
};

} // namespace dbeng
