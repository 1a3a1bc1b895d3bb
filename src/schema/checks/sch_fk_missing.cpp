#include "catalog/naming.hpp"
#include "catalog/words.hpp"
#include "schema/table_kind.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
/* A table that others may refer to by one column. */
struct Target
{
	const SchemaEntry *schema;
	const char *name; /* see plain() */
	const RelationEntry *table;
	const ColumnEntry *key;

	int compare(const SchemaEntry *other_schema, const char *other_name) const
	{
		if (schema != other_schema)
			return schema->oid < other_schema->oid ? -1 : 1;
		return strcmp(name, other_name);
	}
};
} // namespace

namespace {
/* A column that looks like a reference, and to what. */
struct Candidate
{
	const ColumnEntry *column;
	const RelationEntry *target;
	const ColumnEntry *key;
	bool declared;
};
} // namespace

/* order_item, orderItem and OrderItem are all orderitem. */
static void
plain(const char *name, std::size_t length, char (&to)[NAMEDATALEN + 3])
{
	std::size_t end = 0;

	for (std::size_t i = 0; i < length; i++)
		if (name[i] != '_')
			to[end++] = static_cast<char>(pg_tolower(static_cast<unsigned char>(name[i])));
	to[end] = '\0';
}

static void
find_targets(const Catalog &catalog, Arena &arena, Vector<Target> &targets)
{
	for (const RelationEntry &table : catalog.tables())
	{
		const IndexEntry *key = table.primary_key();
		if (key == nullptr || key->key_columns != 1 || framework_table(table))
			continue;
		const ColumnEntry *column = table.column(key->keys[0].column);
		if (column == nullptr)
			continue;
		char name[NAMEDATALEN + 3];
		plain(table.name, strlen(table.name), name);
		targets.push_back({table.schema, arena.copy(name), &table, column});
	}
	std::sort(targets.begin(), targets.end(),
			  [](const Target &a, const Target &b) { return a.compare(b.schema, b.name) < 0; });
}

/* The one table of the schema that is called so; NULL also when there are two. */
static const Target *
find_target(const Vector<Target> &targets, const SchemaEntry *schema, const char *name)
{
	auto at = std::lower_bound(targets.begin(), targets.end(), name,
							   [schema](const Target &target, const char *wanted)
							   { return target.compare(schema, wanted) < 0; });
	if (at == targets.end() || at->compare(schema, name) != 0)
		return nullptr;
	auto next = at + 1;
	return next != targets.end() && next->compare(schema, name) == 0 ? nullptr : &*at;
}

/* The table whose rows a noun names, in the singular or the plural. */
static const Target *
named_by(const Vector<Target> &targets, const SchemaEntry *schema, const char *noun, std::size_t length)
{
	char name[NAMEDATALEN + 3];

	plain(noun, length, name);
	if (const Target *exact = find_target(targets, schema, name))
		return exact;
	std::size_t end = strlen(name);
	if (end < 2)
		return nullptr;
	const char *ending =
		name[end - 1] == 'y' && strchr("aeiou", name[end - 2]) == nullptr ? "ies"
		: strchr("sxz", name[end - 1]) != nullptr || (name[end - 1] == 'h' && strchr("cs", name[end - 2]) != nullptr)
			? "es"
			: "s";
	std::size_t stem = *ending == 'i' ? end - 1 : end;
	strlcpy(name + stem, ending, sizeof(name) - stem);
	return find_target(targets, schema, name);
}

static bool
is_referencing(const RelationEntry &table, AttrNumber number)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN &&
			std::find(constraint->columns.begin(), constraint->columns.end(), number) != constraint->columns.end())
			return true;
	return false;
}

/* The length of customer in customer_id and customerId; 0 when the column is not called so. */
static std::size_t
noun_length(const char *column)
{
	std::size_t length = strlen(column);

	if (length < 5)
		return 0;
	return strcmp(column + length - 3, "_id") == 0	? length - 3
		   : strcmp(column + length - 2, "Id") == 0 ? length - 2
													: 0;
}

/* commentable_type beside commentable_id: it refers to several tables. */
static bool
has_type_column(const RelationEntry &table, const char *column, std::size_t noun)
{
	return table.column(format("%.*s_type", static_cast<int>(noun), column)) != nullptr ||
		   table.column(format("%.*sType", static_cast<int>(noun), column)) != nullptr;
}

static bool
is_candidate(const Catalog &catalog, const Vector<Target> &targets, const RelationEntry &table,
			 const ColumnEntry &column, Candidate *candidate)
{
	std::size_t noun = noun_length(column.name);
	const Target *target = noun > 0 ? named_by(targets, table.schema, column.name, noun) : nullptr;

	/* Called like its own table it is a name for something else. */
	if (target == nullptr || target->table == &table ||
		catalog.base_type(target->key->type) != catalog.base_type(column.type) ||
		target->key->collation != column.collation || has_type_column(table, column.name, noun))
		return false;
	*candidate = {&column, target->table, target->key, is_referencing(table, column.number)};
	return true;
}

static bool
leads_an_index(const RelationEntry &table, AttrNumber number)
{
	for (const IndexEntry *index : table.indexes)
		if (index->usable() && index->predicate == nullptr && index->keys[0].column == number)
			return true;
	return false;
}

static void
describe(const Catalog &catalog, const RelationEntry &table, std::span<const Candidate> missing, Finding &finding)
{
	StringInfoData list;

	initStringInfo(&list);
	for (const Candidate &candidate : missing)
		appendStringInfo(&list, "%s%s (to %s)", list.len > 0 ? ", " : "", quoted(candidate.column->name),
						 full_name(*candidate.target));
	finding.message("%s %s by name and type, but no foreign key checks it", list.data,
					missing.size() == 1 ? "is a reference" : "are references");
	for (const Candidate &candidate : missing)
	{
		finding.evidence(candidate.column->name, full_name(*candidate.target));
		if (table.kind != RELKIND_RELATION)
			continue;
		const char *column = candidate.column->name;
		if (!leads_an_index(table, candidate.column->number))
			finding.fix("CREATE INDEX CONCURRENTLY %s ON %s (%s)", quoted(new_name(catalog, table, column, "idx")),
						full_name(table), quoted(column));
		const char *name = new_name(catalog, table, column, "fkey");
		finding.fix("ALTER TABLE %s ADD CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s) NOT VALID", full_name(table),
					quoted(name), quoted(column), full_name(*candidate.target), quoted(candidate.key->name));
		finding.fix("ALTER TABLE %s VALIDATE CONSTRAINT %s", full_name(table), quoted(name));
	}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<Target>> targets;
	Arena arena(CurrentMemoryContext);
	Local<Vector<Candidate>> missing;

	find_targets(catalog, arena, *targets);
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (table.persistence != RELPERSISTENCE_PERMANENT || framework_table(table) || is_record(table) ||
			table.inherits)
			continue;
		int declared = 0;
		missing->clear();
		for (const ColumnEntry &column : table.columns)
		{
			Candidate candidate;
			if (!is_candidate(catalog, *targets, table, column, &candidate))
				continue;
			if (candidate.declared)
				declared++;
			else
				missing->push_back(candidate);
		}
		int all = declared + static_cast<int>(missing->size());
		if (all == 0)
			continue;
		verdict.judged(all);
		if (missing->empty())
			continue;
		std::span<const Candidate> kept = arena.copy(*missing);
		verdict.failed(table, [&catalog, &table, kept](Finding &finding) { describe(catalog, table, kept, finding); },
					   {.weight = static_cast<double>(missing->size()), .rank = catalog.rows(table)});
	}
}

CHECK(sch_fk_missing){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Reference without a foreign key",
	.rationale =
		"Nothing keeps such a column from pointing to rows that are gone. Judged for columns called like another "
		"table of the schema with _id, of the type of that table's primary key; not in logs, archives and imports, "
		"which outlive what they refer to.",
	.reference = "https://www.postgresql.org/docs/current/ddl-constraints.html",
	.judge = judge,
};

} // namespace dbeng
