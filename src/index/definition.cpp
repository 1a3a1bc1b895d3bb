#include "index/definition.hpp"

#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "index/redundancy.hpp"

namespace dbeng {

static void
append_key(StringInfo text, const IndexEntry &index, const IndexKey &key, List *expressions, int nth_expression)
{
	if (const ColumnEntry *column = index.table->column(key.column))
		appendStringInfoString(text, quoted(column->name));
	else
	{
		const char *sql = nth_expression < list_length(expressions)
							  ? expression_sql(nodeToString(list_nth(expressions, nth_expression)), *index.table)
							  : nullptr;
		appendStringInfoString(text, sql != nullptr ? sql : "expression");
	}
	if (key.descending())
		appendStringInfoString(text, " DESC");
	if (key.nulls_first() != key.descending())
		appendStringInfoString(text, key.nulls_first() ? " NULLS FIRST" : " NULLS LAST");
}

const char *
columns_text(const IndexEntry &index)
{
	StringInfoData text;

	initStringInfo(&text);
	auto *expressions = reinterpret_cast<List *>(expression_tree(index.expressions));
	int nth_expression = 0;
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		appendStringInfoString(&text, i == 0 ? "(" : i == index.key_columns ? ") INCLUDE (" : ", ");
		append_key(&text, index, index.keys[i], expressions, nth_expression);
		nth_expression += index.keys[i].column == 0;
	}
	appendStringInfoChar(&text, ')');
	return text.data;
}

const char *
described(const IndexEntry &index)
{
	const char *kind = index.primary				 ? "primary key"
					   : index.constraint != nullptr ? "unique constraint"
					   : index.unique				 ? "unique index"
													 : "index";
	return format("%s %s", kind, quoted(index.name));
}

const char *
full_name(const IndexEntry &index)
{
	return quoted(index.table->schema->name, index.name);
}

const char *
definition_tail(const IndexEntry &index)
{
	const char *definition = index_definition(index);
	if (definition == nullptr)
		return nullptr;
	/* Names are in it as quoted() writes them: after the known beginning comes the method. */
	const char *begin = format("CREATE %sINDEX %s ON %s%s", index.unique ? "UNIQUE " : "", quoted(index.name),
							   index.partitioned ? "ONLY " : "", full_name(*index.table));
	return strncmp(definition, begin, strlen(begin)) == 0 ? definition + strlen(begin) : nullptr;
}

const char *
predicate_tail(const IndexEntry &index)
{
	if (index.predicate == nullptr)
		return "";
	const char *sql = expression_sql(index.predicate, *index.table);
	return sql == nullptr ? "" : format(" WHERE %s", sql);
}

/* FNV-1a. */
static uint32
hash(const char *text)
{
	uint32 value = 2166136261u;
	for (; *text != '\0'; text++)
		value = (value ^ static_cast<unsigned char>(*text)) * 16777619u;
	return value;
}

static bool
is_one_of(const char *name, const Vector<const char *> &names)
{
	return std::any_of(names.begin(), names.end(), [name](const char *other) { return strcmp(name, other) == 0; });
}

const char *
free_name(const SchemaEntry &schema, const char *beginning, const char *part, bool ambiguous,
		  Vector<const char *> &used)
{
	const char *label = "idx";
	if (ambiguous || strlen(beginning) + strlen(part) + strlen("__idx") >= NAMEDATALEN)
		label = format("%08x_idx", hash(format("%s/%s", beginning, part)));
	const char *name = makeObjectName(beginning, part, label);
	for (int i = 1; get_relname_relid(name, schema.oid) != InvalidOid || is_one_of(name, used); i++)
		name = makeObjectName(beginning, part, format("%s%d", label, i));
	used.push_back(name);
	return name;
}

static const IndexEntry *
attachable(const NewIndex &index, const RelationEntry &partition)
{
	for (const IndexEntry *there : partition.indexes)
		if (there->usable() && there->parent == nullptr && !there->unique && !there->exclusion &&
			there->predicate == nullptr && there->expressions == nullptr &&
			index.is_same(index.made_for, partition, *there))
			return there;
	return nullptr;
}

static const char *
create_tree(Finding &finding, const NewIndex &index, const RelationEntry &table, Vector<const char *> &used)
{
	bool partitioned = table.kind == RELKIND_PARTITIONED_TABLE;
	bool ambiguous = index.ambiguous && &table == index.table;
	const char *name = free_name(*table.schema, table.name, index.name_part, ambiguous, used);
	finding.fix("CREATE INDEX %s%s ON %s%s%s", partitioned ? "" : "CONCURRENTLY ", quoted(name),
				partitioned ? "ONLY " : "", full_name(table), index.tail);
	if (!partitioned)
		return name;
	for (const RelationEntry *partition : table.children)
	{
		CHECK_FOR_INTERRUPTS();
		const IndexEntry *there = attachable(index, *partition);
		const char *child = there != nullptr ? there->name : create_tree(finding, index, *partition, used);
		finding.fix("ALTER INDEX %s ATTACH PARTITION %s", quoted(table.schema->name, name),
					quoted(partition->schema->name, child));
	}
	return name;
}

static bool
has_foreign_partition(const RelationEntry &table)
{
	return table.kind == RELKIND_PARTITIONED_TABLE &&
		   std::any_of(table.children.begin(), table.children.end(),
					   [](const RelationEntry *partition)
					   { return !partition->is_table() || has_foreign_partition(*partition); });
}

void
fix_create(Finding &finding, const NewIndex &index, Vector<const char *> &used)
{
	if (!has_foreign_partition(*index.table))
		create_tree(finding, index, *index.table, used);
}

void
fix_drop(Finding &finding, const IndexEntry &index)
{
	if (index.constraint != nullptr)
		finding.fix("ALTER TABLE %s DROP CONSTRAINT %s", full_name(*index.table), quoted(index.constraint->name));
	else
		finding.fix("DROP INDEX %s%s", index.partitioned ? "" : "CONCURRENTLY ", full_name(index));
}

void
fix_replace(Finding &finding, const IndexEntry &index, const char *tail)
{
	if (tail == nullptr || index.partitioned || index.constraint != nullptr || !expendable(index))
		return;
	const char *schema = index.table->schema->name;
	Local<Vector<const char *>> used;
	const char *name = free_name(*index.table->schema, index.name, "new", false, *used);
	finding.fix("CREATE %sINDEX CONCURRENTLY %s ON %s%s", index.unique ? "UNIQUE " : "", quoted(name),
				full_name(*index.table), tail);
	finding.fix("DROP INDEX CONCURRENTLY %s", full_name(index));
	finding.fix("ALTER INDEX %s RENAME TO %s", quoted(schema, name), quoted(index.name));
}

} // namespace dbeng
