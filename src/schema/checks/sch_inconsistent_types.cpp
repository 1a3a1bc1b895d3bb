#include "schema/columns.hpp"

namespace dbeng {

namespace {
struct Use
{
	const RelationEntry *table;
	const ColumnEntry *column;
	Oid type; /* text for all kinds of it */
};
} // namespace

/* Names that mean the same wherever they stand: references and moments; not id, type or value. */
static bool
means_one_thing(const char *name)
{
	static constexpr const char *moments[] = {
		"created_at", "updated_at", "deleted_at", "createdAt", "updatedAt", "deletedAt", "created_on", "updated_on",
	};
	/* A polymorphic pair, or an identifier that another system gives. */
	static constexpr const char *anything[] = {
		"entity",	   "external",	"foreign", "item",	   "object",  "owner",	"parent",	   "record",
		"ref",		   "reference", "remote",  "resource", "session", "source", "subject",	   "target",
		"transaction", "request",	"message", "event",	   "client",  "device", "correlation",
	};
	return one_of(name, moments) || (names_reference(name) && !one_of(Words(name).first(), anything));
}

/* A foreign key says itself what type it has to have; that is another check's. */
static bool
has_foreign_key(const RelationEntry &table, AttrNumber column)
{
	for (const ConstraintEntry *constraint : table.constraints)
		if (constraint->type == CONSTRAINT_FOREIGN &&
			std::find(constraint->columns.begin(), constraint->columns.end(), column) != constraint->columns.end())
			return true;
	return false;
}

static Oid
comparable_type(const Catalog &catalog, const ColumnEntry &column)
{
	return is_text(catalog, column) ? TEXTOID : catalog.base_type(column.type);
}

static bool
precedes(const Use &a, const Use &b)
{
	int names = strcmp(a.column->name, b.column->name);
	return names != 0 ? names < 0 : a.type < b.type;
}

/* The type that at least four in five of the uses of one name have; InvalidOid when there is none. They are sorted by it. */
static Oid
usual_type(std::span<const Use> uses, std::size_t &count)
{
	for (std::size_t from = 0; from < uses.size();)
	{
		std::size_t to = from;
		while (to < uses.size() && uses[to].type == uses[from].type)
			to++;
		if ((to - from) * 5 >= uses.size() * 4)
		{
			count = to - from;
			return uses[from].type;
		}
		from = to;
	}
	return InvalidOid;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	constexpr std::size_t least_uses = 5;
	Local<Vector<Use>> all;
	each_own_column(catalog,
					[&](const RelationEntry &table, const ColumnEntry &column)
					{
						if (means_one_thing(column.name))
							all->push_back({&table, &column, comparable_type(catalog, column)});
					});
	std::sort(all->begin(), all->end(), precedes);

	for (std::size_t from = 0; from < all->size();)
	{
		std::size_t to = from;
		while (to < all->size() && strcmp((*all)[to].column->name, (*all)[from].column->name) == 0)
			to++;
		std::span<const Use> uses{all->data() + from, to - from};
		from = to;
		std::size_t count = 0;
		Oid usual = uses.size() >= least_uses ? usual_type(uses, count) : InvalidOid;
		if (usual == InvalidOid)
			continue;
		for (const Use &use : uses)
		{
			verdict.judged();
			if (use.type == usual || has_foreign_key(*use.table, use.column->number))
				continue;
			verdict.failed(Subject(*use.table, *use.column),
						   [column = use.column, usual, count](Finding &finding)
						   {
							   const char *here = format_type_extended(column->type, -1, FORMAT_TYPE_ALLOW_INVALID);
							   const char *there = format_type_extended(usual, -1, FORMAT_TYPE_ALLOW_INVALID);
							   finding.message("%s here, %s in %d other tables", here, there, static_cast<int>(count));
							   finding.evidence("type", here);
							   finding.evidence("usual_type", there);
							   finding.evidence("tables", static_cast<int64>(count));
						   });
		}
	}
}

CHECK(sch_inconsistent_types){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "One name, several types",
	.rationale =
		"customer_id as integer in one table and bigint in the others overflows first, and as text it needs a cast in each "
		"join, which no index serves. Judged for references and moments in time that occur in at least five tables, four in "
		"five of them with one type; columns with a foreign key are judged by that.",
	.judge = judge,
};

} // namespace dbeng
