#include "index/undo.hpp"

#include "catalog/expression.hpp"
#include "catalog/naming.hpp"
#include "core/settings.hpp"
#include "index/definition.hpp"

namespace dbeng {

/* The text with more of it after a known beginning; NULL when it begins otherwise. */
static const char *
inserted_after(const char *text, const char *beginning, const char *more)
{
	std::size_t length = strlen(beginning);
	return strncmp(text, beginning, length) == 0 ? format("%s%s%s", beginning, more, text + length) : nullptr;
}

/* Without a word on the tablespace it would go where default_tablespace says. */
static const char *
with_tablespace(const IndexEntry &index, const char *definition)
{
	const char *usual = setting("default_tablespace");
	if (index.partitioned || OidIsValid(index.tablespace) || usual == nullptr || *usual == '\0')
		return definition;
	const char *clause = format(" TABLESPACE %s", quoted(get_tablespace_name(MyDatabaseTableSpace)));
	const char *condition = predicate_tail(index);
	std::size_t length = strlen(definition);
	std::size_t tail = strlen(condition);
	if (tail > length || strcmp(definition + length - tail, condition) != 0)
		return nullptr;
	return format("%s%s%s", pnstrdup(definition, length - tail), clause, condition);
}

/* CREATE INDEX CONCURRENTLY …; CREATE INDEX … ON ONLY …, which waits for its parts. */
static const char *
creation(const IndexEntry &index)
{
	const char *definition = index_creation(index);
	if (definition == nullptr)
		return nullptr;
	const char *create = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
	const char *whole = index.partitioned
							? inserted_after(definition, format("%s%s ON ", create, quoted(index.name)), "ONLY ")
							: inserted_after(definition, create, "CONCURRENTLY ");
	return whole == nullptr ? nullptr : with_tablespace(index, whole);
}

/* Can its constraint take an index that is there already? */
static bool
takes_index(const IndexEntry &index)
{
	return !index.partitioned && !index.exclusion && index.method == BTREE_AM_OID;
}

static bool
undo_constraint(Finding &undo, const IndexEntry &index)
{
	const ConstraintEntry &constraint = *index.constraint;
	const char *table = full_name(*index.table);
	if (!takes_index(index))
	{
		const char *definition = constraint_creation(constraint);
		if (definition != nullptr && index.partitioned)
			definition = inserted_after(definition, "ALTER TABLE ", "ONLY ");
		if (definition == nullptr)
			return false;
		undo.fix("%s", definition);
		return true;
	}
	const char *create = creation(index);
	if (create == nullptr)
		return false;
	undo.fix("%s", create);
	undo.fix("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s%s", table, quoted(constraint.name),
			 index.primary ? "PRIMARY KEY" : "UNIQUE", quoted(index.name), constraint.deferrable ? " DEFERRABLE" : "",
			 constraint.deferred ? " INITIALLY DEFERRED" : "");
	return true;
}

/* Targets can be set for expressions only, by their place. */
static void
undo_statistics(Finding &undo, const IndexEntry &index)
{
	if (index.expressions == nullptr)
		return;
	for (std::size_t i = 0; i < index.keys.size(); i++)
	{
		auto number = static_cast<AttrNumber>(i + 1);
		HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(index.oid), Int16GetDatum(number));
		if (!HeapTupleIsValid(tuple))
			continue;
		int target = pg::statistics_target(tuple);
		ReleaseSysCache(tuple);
		if (target >= 0)
			undo.fix("ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d", full_name(index), number, target);
	}
}

static void
undo_comments(Finding &undo, const IndexEntry &index)
{
	if (const char *comment = GetComment(index.oid, RelationRelationId, 0))
		undo.fix("COMMENT ON INDEX %s IS %s", full_name(index), literal(comment));
	if (index.constraint == nullptr)
		return;
	if (const char *comment = GetComment(index.constraint->oid, ConstraintRelationId, 0))
		undo.fix("COMMENT ON CONSTRAINT %s ON %s IS %s", quoted(index.constraint->name), full_name(*index.table),
				 literal(comment));
}

static void
undo_marks(Finding &undo, const IndexEntry &index)
{
	const char *table = full_name(*index.table);
	if (index.clustered)
		undo.fix("ALTER TABLE %s CLUSTER ON %s", table, quoted(index.name));
	if (index.replica_identity)
		undo.fix("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", table, quoted(index.name));
	ListCell *cell;
	foreach (cell, getAutoExtensionsOfObject(RelationRelationId, index.oid))
		if (const char *extension = get_extension_name(lfirst_oid(cell)))
			undo.fix("ALTER INDEX %s DEPENDS ON EXTENSION %s", full_name(index), quoted(extension));
}

static bool
undo_drop(Finding &undo, const IndexEntry &index)
{
	if (index.constraint != nullptr)
	{
		if (!undo_constraint(undo, index))
			return false;
	}
	else
	{
		const char *create = creation(index);
		if (create == nullptr)
			return false;
		undo.fix("%s", create);
	}
	for (const IndexEntry *part = index.first_child; part != nullptr; part = part->next_sibling)
	{
		CHECK_FOR_INTERRUPTS();
		if (!undo_drop(undo, *part))
			return false;
		undo.fix("ALTER INDEX %s ATTACH PARTITION %s", full_name(index), full_name(*part));
	}
	undo_statistics(undo, index);
	undo_comments(undo, index);
	undo_marks(undo, index);
	return true;
}

const char *
undo_text(const IndexEntry &index)
{
	Finding undo;
	return undo_drop(undo, index) ? undo.fix_text() : nullptr;
}

} // namespace dbeng
