#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/columns.hpp"
#include "schema/table_kind.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Tables of Rails' own and of well-known gems: polymorphic because they serve any model. */
static bool
is_library_table(const RelationEntry &table)
{
	static constexpr const char *names[] = {
		"active_storage_attachments", "action_text_rich_texts",
		"friendly_id_slugs",		  "noticed_events",
		"noticed_notifications",	  "taggings",
	};

	return one_of(table.name, names);
}

static bool
has_foreign_key(const RelationEntry &table, AttrNumber number)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN &&
			std::find(constraint->columns.begin(), constraint->columns.end(), number) != constraint->columns.end())
			return true;
	return false;
}

/* The x_id of an x_type, Rails' way; for Django's content_type_id it is object_id. */
static const ColumnEntry *
partner(const Catalog &catalog, const RelationEntry &table, const ColumnEntry &type)
{
	std::size_t length = strlen(type.name);
	const ColumnEntry *id = nullptr;

	/* Of an event store or outbox: they name a stream of events, which is no row of a table. */
	if (strcmp(type.name, "aggregate_type") == 0)
		return nullptr;
	if (strcmp(type.name, "content_type_id") == 0)
		id = table.column("object_id");
	else if (length > 5 && strcmp(type.name + length - 5, "_type") == 0 && is_text(catalog, type))
		id = table.column(format("%.*s_id", static_cast<int>(length - 5), type.name));
	if (id == nullptr || has_foreign_key(table, id->number))
		return nullptr;
	Oid base = catalog.base_type(id->type);
	return is_integer(catalog, *id) || is_text(catalog, *id) || base == UUIDOID ? id : nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (framework_table(table) || is_library_table(table) || is_record(table) || table.inherits)
			continue;
		verdict.judged();
		int pairs = 0;
		for (const ColumnEntry &column : table.columns)
			pairs += partner(catalog, table, column) != nullptr;
		if (pairs == 0)
			continue;
		verdict.failed(table,
					   [&catalog, &table](Finding &finding)
					   {
						   StringInfoData list;
						   initStringInfo(&list);
						   for (const ColumnEntry &column : table.columns)
							   if (const ColumnEntry *id = partner(catalog, table, column))
								   appendStringInfo(&list, "%s(%s, %s)", list.len > 0 ? ", " : "", quoted(column.name),
													quoted(id->name));
						   finding.message("%s points to a table that a value names: no foreign key can check it",
										   list.data);
						   finding.evidence("columns", list.data);
					   });
	}
}

CHECK(sch_polymorphic){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Polymorphic reference",
	.rationale =
		"A pair like (commentable_type, commentable_id) can refer to rows that never were or are gone, and cannot be "
		"joined but by a case for each table. One nullable foreign key for each table, with a CHECK that exactly "
		"one is set, can. Judged for every table, but logs and archives.",
	.judge = judge,
};

} // namespace dbeng
