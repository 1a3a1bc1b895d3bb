#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
depends_on_path(const Catalog &catalog, const FunctionEntry &function)
{
	const LanguageEntry *language = catalog.language(function.language);
	return function.standing == Standing::user && function.sql_body == nullptr && language != nullptr &&
		   (strcmp(language->name, "plpgsql") == 0 || strcmp(language->name, "sql") == 0);
}

/* Notes the users' functions a tree calls, with who it belongs to. */
static void
note_calls(const Catalog &catalog, const char *tree, const void *user, FlatMap<Oid, const void *> &uses)
{
	struct Context
	{
		const Catalog &catalog;
		const void *user;
		FlatMap<Oid, const void *> &uses;
	} context = {catalog, user, uses};
	any_node(expression_tree(tree),
			 [&context](Node *node)
			 {
				 check_functions_in_node(
					 node,
					 [](Oid function, void *argument)
					 {
						 auto *context = static_cast<Context *>(argument);
						 const FunctionEntry *entry =
							 function < FirstNormalObjectId ? nullptr : context->catalog.function(function);
						 if (entry != nullptr && depends_on_path(context->catalog, *entry))
							 context->uses.try_emplace(function, context->user);
						 return false;
					 },
					 &context);
				 return false;
			 });
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<Oid, const void *>> in_policies;
	Local<FlatMap<Oid, const void *>> in_indexes;
	for (const PolicyEntry &policy : catalog.policies)
	{
		if (policy.table->standing != Standing::user)
			continue;
		note_calls(catalog, policy.using_expression, &policy, *in_policies);
		note_calls(catalog, policy.check_expression, &policy, *in_policies);
	}
	for (const IndexEntry &index : catalog.own_indexes())
		if (index.expressions != nullptr || index.predicate != nullptr)
		{
			CHECK_FOR_INTERRUPTS();
			if (index.parent != nullptr)
				continue;
			note_calls(catalog, index.expressions, &index, *in_indexes);
			note_calls(catalog, index.predicate, &index, *in_indexes);
		}

	for (const auto &[oid, user] : *in_policies)
	{
		const FunctionEntry &function = *catalog.function(oid);
		verdict.judged();
		if (array_setting(function.settings, "search_path") == nullptr)
			verdict.failed(
				function,
				[policy = static_cast<const PolicyEntry *>(user)](Finding &finding)
				{
					finding.message(
						"policy %s relies on it, and its names are looked up by the search_path of the role the "
						"policy is to hold back: fix the path or qualify every name",
						Subject(*policy).text());
					finding.evidence("policy", Subject(*policy).text());
				},
				{.rank = 1});
	}
	for (const auto &[oid, user] : *in_indexes)
	{
		const FunctionEntry &function = *catalog.function(oid);
		if (in_policies->contains(oid))
			continue;
		verdict.judged();
		if (array_setting(function.settings, "search_path") == nullptr)
			verdict.failed(
				function,
				[index = static_cast<const IndexEntry *>(user)](Finding &finding)
				{
					finding.message(
						"index %s relies on it, and restoring, REINDEX or VACUUM run it with another search_path: "
						"fix the path or qualify every name",
						Subject(*index).text());
					finding.evidence("index", Subject(*index).text());
				});
	}
}

CHECK(sec_function_path_mutable){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Function of a policy or an index that follows the caller's search_path",
	.rationale =
		"A policy is as good as its functions: whoever sets search_path, or makes a temporary table, can have an unqualified "
		"name mean something else. For indexes, pg_restore and since version 17 also maintenance run with a search_path "
		"without your schemas. Functions in SQL and PL/pgSQL that policies and indexes call are judged.",
	.reference = "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
	.judge = judge,
};

} // namespace dbeng
