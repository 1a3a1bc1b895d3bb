#include "catalog/naming.hpp"
#include "schema/foreign_keys.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
/* Tarjan's strongly connected components over tables, without recursion. */
struct Component
{
	const Catalog &catalog;
	Local<Vector<int>> order; /* when a table was first seen, from 1; 0 not yet */
	Local<Vector<int>> low;
	Local<Vector<bool>> open; /* on the stack of tables whose component is not complete */
	Local<Vector<const RelationEntry *>> stack;

	explicit Component(const Catalog &all)
		: catalog(all), order(all.relations.size(), 0), low(all.relations.size(), 0), open(all.relations.size(), false)
	{}

	std::size_t at(const RelationEntry &table) const
	{
		return static_cast<std::size_t>(&table - catalog.relations.data());
	}
};
} // namespace

static bool
is_edge(const ConstraintEntry &constraint)
{
	return constraint.type == CONSTRAINT_FOREIGN && constraint.referenced != nullptr &&
		   constraint.referenced != constraint.table && !constraint.deferrable && constraint.parent == InvalidOid;
}

namespace {
struct Step
{
	const RelationEntry *table;
	std::size_t next;
};
} // namespace

template <class Report>
static void
components(const RelationEntry &start, Component &c, int *count, Report report)
{
	Local<Vector<Step>> path;
	auto enter = [&](const RelationEntry &table)
	{
		std::size_t i = c.at(table);
		(*c.order)[i] = (*c.low)[i] = ++*count;
		(*c.open)[i] = true;
		c.stack->push_back(&table);
		path->push_back({&table, 0});
	};

	enter(start);
	while (!path->empty())
	{
		const RelationEntry &table = *path->back().table;
		std::size_t i = c.at(table);
		if (path->back().next < table.constraints.size())
		{
			const ConstraintEntry &constraint = *table.constraints[path->back().next++];
			if (!is_edge(constraint))
				continue;
			std::size_t to = c.at(*constraint.referenced);
			if ((*c.order)[to] == 0)
				enter(*constraint.referenced);
			else if ((*c.open)[to])
				(*c.low)[i] = std::min((*c.low)[i], (*c.order)[to]);
			continue;
		}
		path->pop_back();
		if (!path->empty())
		{
			std::size_t above = c.at(*path->back().table);
			(*c.low)[above] = std::min((*c.low)[above], (*c.low)[i]);
		}
		if ((*c.low)[i] != (*c.order)[i])
			continue;
		std::size_t first = c.stack->size();
		do
			(*c.open)[c.at(*(*c.stack)[--first])] = false;
		while ((*c.stack)[first] != &table);
		report(std::span<const RelationEntry *const>(c.stack->data() + first, c.stack->size() - first));
		c.stack->resize(first);
	}
}

static bool
is_member(std::span<const RelationEntry *const> tables, const RelationEntry *table)
{
	return std::find(tables.begin(), tables.end(), table) != tables.end();
}

static void
describe(std::span<const RelationEntry *const> tables, Finding &finding)
{
	constexpr std::size_t shown = 10;
	StringInfoData list;
	const ConstraintEntry *optional = nullptr;
	int keys = 0;

	initStringInfo(&list);
	for (std::size_t i = 0; i < std::min(tables.size(), shown); i++)
		appendStringInfo(&list, "%s%s", i > 0 ? ", " : "", full_name(*tables[i]));
	if (tables.size() > shown)
		appendStringInfo(&list, " and %d more", static_cast<int>(tables.size() - shown));
	for (const RelationEntry *table : tables)
		for (const ConstraintEntry *constraint : table->constraints)
		{
			if (!is_edge(*constraint) || !is_member(tables, constraint->referenced))
				continue;
			keys++;
			if (optional == nullptr && has_nullable_column(*constraint))
				optional = constraint;
		}
	finding.message("foreign keys go round in a circle over %s: %s", list.data,
					optional != nullptr ? "data alone cannot be restored in any order of tables"
										: "no first row can be inserted into any of them alone");
	finding.evidence("tables", list.data);
	finding.evidence("foreign_keys", keys);

	/* Two tables: with one of the keys put off until COMMIT the circle is open. */
	if (tables.size() != 2 || keys != 2)
		return;
	for (const RelationEntry *table : tables)
		for (const ConstraintEntry *constraint : table->constraints)
			if (is_edge(*constraint) && is_member(tables, constraint->referenced) &&
				(optional == nullptr || optional == constraint))
			{
				finding.fix("ALTER TABLE %s ALTER CONSTRAINT %s DEFERRABLE INITIALLY IMMEDIATE", full_name(*table),
							quoted(constraint->name));
				return;
			}
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Component c(catalog);
	Arena arena(CurrentMemoryContext);
	int count = 0;

	each_foreign_key(catalog, [&verdict](const ConstraintEntry &) { verdict.judged(); });
	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		if (table.constraints.empty() || (*c.order)[c.at(table)] != 0)
			continue;
		components(table, c, &count,
				   [&](std::span<const RelationEntry *const> found)
				   {
					   if (found.size() < 2)
						   return;
					   auto kept = arena.copy(found.data(), found.size());
					   std::sort(kept.begin(), kept.end(),
								 [](const RelationEntry *a, const RelationEntry *b) { return a->oid < b->oid; });
					   std::span<const RelationEntry *const> tables = kept;
					   verdict.failed(*tables.front(), [tables](Finding &finding) { describe(tables, finding); });
				   });
	}
}

CHECK(sch_fk_cycle){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Circle of foreign keys",
	.rationale =
		"Tables that refer to each other in a circle can be loaded, restored or emptied in no order unless one of the "
		"foreign keys is deferrable. Judged for foreign keys between different tables; deferrable ones close no "
		"circle.",
	.reference = "https://www.postgresql.org/docs/current/sql-set-constraints.html",
	.judge = judge,
};

} // namespace dbeng
