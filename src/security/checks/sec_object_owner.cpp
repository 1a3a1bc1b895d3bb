#include "unit/check.hpp"

#include "core/text.hpp"

namespace dbeng {

namespace {

struct Ownership
{
	Oid schema;
	Oid owner;
	int64 objects;
	const RelationEntry *last;

	bool operator<(const Ownership &other) const
	{
		return schema != other.schema ? schema < other.schema : owner < other.owner;
	}
};

} // namespace

/* The relations of each schema, counted by owner. */
static void
count(const Catalog &catalog, Vector<Ownership> &counts)
{
	for (const RelationEntry &relation : catalog.own_relations())
		if (!relation.partition && relation.kind != RELKIND_SEQUENCE && relation.kind != RELKIND_COMPOSITE_TYPE)
			counts.push_back({relation.schema->oid, relation.owner, 1, &relation});
	std::sort(counts.begin(), counts.end());
	std::size_t kept = 0;
	for (std::size_t i = 0; i < counts.size(); i++)
		if (kept > 0 && counts[kept - 1].schema == counts[i].schema && counts[kept - 1].owner == counts[i].owner)
			counts[kept - 1].objects++;
		else
			counts[kept++] = counts[i];
	counts.resize(kept);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<Ownership>> counts;
	count(catalog, *counts);
	for (std::size_t begin = 0, end; begin < counts->size(); begin = end)
	{
		const Ownership *main = &(*counts)[begin];
		int64 objects = 0;
		for (end = begin; end < counts->size() && (*counts)[end].schema == main->schema; end++)
		{
			const Ownership *owned = &(*counts)[end];
			objects += owned->objects;
			if (owned->objects > main->objects)
				main = owned;
		}
		const SchemaEntry *schema = catalog.schema(main->schema);
		if (schema == nullptr || objects < verdict.threshold("objects"))
			continue;
		verdict.judged();
		int64 others = objects - main->objects;
		/* Without a clear house owner the mixture may be meant. */
		if (others == 0 || static_cast<double>(main->objects) < static_cast<double>(objects) * 0.9)
			continue;
		const Ownership *odd = &(*counts)[begin] != main ? &(*counts)[begin] : &(*counts)[begin + 1];
		const RoleEntry *owner = catalog.role(main->owner);
		const RoleEntry *odd_owner = catalog.role(odd->owner);
		if (owner == nullptr || odd_owner == nullptr)
			continue;
		verdict.failed(*schema,
					   [owner, odd_owner, relation = odd->last, objects, others](Finding &finding)
					   {
						   finding.message("%s of its %s relations do not belong to %s, who owns the rest: %s is %s's",
										   grouped(others), grouped(objects), quoted(owner->name),
										   quoted(relation->schema->name, relation->name), quoted(odd_owner->name));
						   finding.evidence("relations", objects);
						   finding.evidence("of_others", others);
						   finding.evidence("owner", owner->name);
					   });
	}
}

CHECK(sec_object_owner){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Objects of one schema with odd owners",
	.rationale =
		"A table made under another role escapes the migrations, the default privileges and the policies of its neighbours. "
		"Judged in schemas with at least ten relations of which nine in ten have the same owner.",
	.reference = "https://www.postgresql.org/docs/current/ddl-priv.html",
	.thresholds = {{"objects", 10}},
	.judge = judge,
};

} // namespace dbeng
