#include "schema/columns.hpp"
#include "core/text.hpp"

namespace dbeng {

/* tag_ids → tag; "" when it is no such name. */
static void
noun_of(const char *column, char (&noun)[NAMEDATALEN])
{
	constexpr std::string_view ending = "_ids";
	std::string_view name = column;
	noun[0] = '\0';
	if (name.size() <= ending.size() || slice(name, name.size() - ending.size()) != ending)
		return;
	name.remove_suffix(ending.size());
	memcpy(noun, name.data(), name.size());
	noun[name.size()] = '\0';
}

/* Tables by name, for look-ups. */
static bool
before(const RelationEntry *a, const RelationEntry *b)
{
	return strcmp(a->name, b->name) < 0;
}

/* The table that such a column points to, by name and by the type of its key. */
static const RelationEntry *
referenced(const Vector<const RelationEntry *> &by_name, const char *noun, Oid element)
{
	std::size_t length = strlen(noun);
	const char *names[] = {noun, format("%ss", noun), format("%ses", noun),
						   noun[length - 1] == 'y' ? format("%.*sies", static_cast<int>(length - 1), noun) : noun};
	for (const char *name : names)
	{
		auto at = std::lower_bound(by_name.begin(), by_name.end(), name,
								   [](const RelationEntry *table, const char *wanted)
								   { return strcmp(table->name, wanted) < 0; });
		for (; at != by_name.end() && strcmp((*at)->name, name) == 0; ++at)
		{
			const IndexEntry *key = (*at)->primary_key();
			const ColumnEntry *column =
				key != nullptr && key->key_columns == 1 ? (*at)->column(key->keys[0].column) : nullptr;
			if (column != nullptr && column->type == element)
				return *at;
		}
	}
	return nullptr;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<const RelationEntry *>> by_name;
	for (const RelationEntry &table : catalog.tables())
		by_name->push_back(&table);
	std::sort(by_name->begin(), by_name->end(), before);

	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						Oid element = column.type == INT4ARRAYOID	? INT4OID
									  : column.type == INT8ARRAYOID ? INT8OID
									  : column.type == UUIDARRAYOID ? UUIDOID
																	: InvalidOid;
						if (element == InvalidOid)
							return;
						verdict.judged();
						char noun[NAMEDATALEN];
						noun_of(column.name, noun);
						const RelationEntry *target = noun[0] != '\0' ? referenced(*by_name, noun, element) : nullptr;
						if (target == nullptr)
							return;
						verdict.failed(
							Subject(table, column),
							[target](Finding &finding)
							{
								finding.message(
									"keys of %s in an array: no foreign key can watch over them, so deleted ones stay",
									target->name);
								finding.evidence("referenced", quoted(target->schema->name, target->name));
							});
					});
}

CHECK(typ_array_fk){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "References in an array",
	.rationale =
		"The elements of an array cannot have a foreign key: nothing stops them from pointing to rows that are gone, and a "
		"join has to unnest them. A table with one row a reference has both. Judged by the name (tag_ids beside a table "
		"tags) and the type of that table's key.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",
	.judge = judge,
};

} // namespace dbeng
