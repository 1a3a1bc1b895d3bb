#include "catalog/naming.hpp"
#include "unit/check.hpp"

namespace dbeng {

/* Views cannot be nested in a circle but by changing catalogs by hand; this ends it all the same. */
static constexpr int deepest = 100;

namespace {
struct Level
{
	int depth = 0; /* 0: not known yet; 1: reads tables only */
	const RelationEntry *deepest_read = nullptr;
	bool read_by_view = false;
};
} // namespace

namespace {
class Views
{
  public:
	explicit Views(const Catalog &catalog)
	{
		for (const ViewDependency &dependency : catalog.view_dependencies)
			if (is_view(*dependency.view) && is_view(*dependency.reads))
				reads_->push_back(dependency);
		std::sort(reads_->begin(), reads_->end(),
				  [](const ViewDependency &a, const ViewDependency &b) { return a.view->oid < b.view->oid; });
		for (const ViewDependency &dependency : *reads_)
			levels_->try_emplace(dependency.reads).first->second.read_by_view = true;
		for (const ViewDependency &dependency : *reads_)
			measure(dependency.view, 0);
	}

	static bool is_view(const RelationEntry &relation)
	{
		return relation.kind == RELKIND_VIEW && relation.standing == Standing::user;
	}

	Level level(const RelationEntry *view) const
	{
		auto at = levels_->find(view);
		return at == levels_->end() ? Level{.depth = 1} : at->second;
	}

	const char *path(const RelationEntry *view) const
	{
		StringInfoData text;
		initStringInfo(&text);
		for (int i = 0; view != nullptr && i < deepest; view = level(view).deepest_read, i++)
			appendStringInfo(&text, "%s%s", i == 0 ? "" : " > ", view->name);
		return text.data;
	}

  private:
	int measure(const RelationEntry *view, int nesting)
	{
		if (int known = levels_->try_emplace(view).first->second.depth; known > 0)
			return known;
		int depth = 1;
		const RelationEntry *deepest_read = nullptr;
		auto at =
			std::lower_bound(reads_->begin(), reads_->end(), view->oid,
							 [](const ViewDependency &dependency, Oid oid) { return dependency.view->oid < oid; });
		for (; nesting < deepest && at != reads_->end() && at->view == view; ++at)
			if (int below = measure(at->reads, nesting + 1); below >= depth)
			{
				depth = below + 1;
				deepest_read = at->reads;
			}
		Level &level = levels_->find(view)->second;
		level.depth = depth;
		level.deepest_read = deepest_read;
		return depth;
	}

	Local<Vector<ViewDependency>> reads_;
	Local<FlatMap<const RelationEntry *, Level>> levels_;
};
} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	double most = verdict.threshold("levels");
	Views views(catalog);
	for (const RelationEntry &view : catalog.own_relations())
	{
		CHECK_FOR_INTERRUPTS();
		if (!Views::is_view(view))
			continue;
		verdict.judged();
		/* The outermost stands for those below it. */
		Level level = views.level(&view);
		if (level.depth <= most || level.read_by_view)
			continue;
		verdict.failed(view,
					   [depth = level.depth, path = views.path(&view)](Finding &finding)
					   {
						   finding.message("%d views deep: %s", depth, path);
						   finding.evidence("levels", depth);
						   finding.evidence("path", path);
					   },
					   {.rank = static_cast<double>(level.depth)});
	}
}

CHECK(sch_view_chain){
	.dimension = Dimension::schema_design,
	.severity = Severity::notice,
	.title = "Views upon views upon views",
	.rationale =
		"Each level joins what the one above may not need, and past join_collapse_limit the planner no longer sees the whole: "
		"plans get slow and hard to explain, and no view can change without all those above it.",
	.reference = "https://www.postgresql.org/docs/current/explicit-joins.html",
	.thresholds = {{"levels", 4}},
	.judge = judge,
};

} // namespace dbeng
