#include "schema/columns.hpp"
#include "schema/source.hpp"

namespace dbeng {

/* Calls visit(oid) for the functions of users and extensions that a stored tree calls, until it says true. */
template <class Visit>
static void
each_function(const char *tree, Visit visit)
{
	if (tree == nullptr)
		return;
	constexpr std::string_view label = "funcid "; /* of calls, and of operators' opfuncid */
	for (const char *at = strstr(tree, label.data()); at != nullptr; at = strstr(at, label.data()))
	{
		at += label.size();
		auto oid = static_cast<Oid>(strtoul(at, nullptr, 10));
		if (oid >= FirstNormalObjectId)
			visit(oid);
	}
}

static bool
in_pg_catalog(const char *name)
{
	bool found = false;
	CatCList *candidates = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < candidates->n_members; i++)
	{
		auto *form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(&candidates->members[i]->tuple));
		found = found || form->pronamespace == PG_CATALOG_NAMESPACE;
	}
	ReleaseSysCacheList(candidates);
	return found;
}

/* A function that this word, followed by a parenthesis, can only find by the search_path. */
static const FunctionEntry *
found_by_search_path(const Catalog &catalog, Token word)
{
	if (word.text.size() >= NAMEDATALEN)
		return nullptr;
	char name[NAMEDATALEN];
	for (std::size_t i = 0; i < word.text.size(); i++)
		name[i] = word.kind == TokenKind::word ? static_cast<char>(pg_tolower(static_cast<unsigned char>(word.text[i])))
											   : word.text[i];
	name[word.text.size()] = '\0';
	for (const FunctionEntry &function : catalog.functions)
		if (strcmp(function.name, name) == 0 && function.schema != nullptr &&
			function.schema->oid != PG_CATALOG_NAMESPACE)
			return in_pg_catalog(name) ? nullptr : &function;
	return nullptr;
}

static const FunctionEntry *
unqualified_call(const Catalog &catalog, const FunctionEntry &function)
{
	const LanguageEntry *language = catalog.language(function.language);
	bool readable =
		function.language == SQLlanguageId || (language != nullptr && strcmp(language->name, "plpgsql") == 0);
	if (!readable || function.sql_body != nullptr || function.source == nullptr ||
		array_setting(function.settings, "search_path") != nullptr)
		return nullptr;
	Tokens tokens(function.source);
	Token before_last{TokenKind::end, {}};
	Token last = before_last;
	for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next())
	{
		bool word = last.kind == TokenKind::word || last.kind == TokenKind::quoted_word;
		if (word && token.is("(") && !before_last.is("."))
			if (const FunctionEntry *called = found_by_search_path(catalog, last); called != nullptr)
				return called;
		before_last = last;
		last = token;
	}
	return nullptr;
}

namespace {
/* What is wrong with a function as a part of an index; looked at once, however many indexes have it. */
struct Flaw
{
	const FunctionEntry *function = nullptr;
	const FunctionEntry *called = nullptr; /* without its schema */
	bool changed = false;				   /* not IMMUTABLE any more */
};
} // namespace

static Flaw
flaw_of(const Catalog &catalog, const FunctionEntry &function)
{
	Flaw flaw{&function, nullptr, function.volatility != PROVOLATILE_IMMUTABLE};
	if (!flaw.changed && function.standing == Standing::user)
		flaw.called = unqualified_call(catalog, function);
	return flaw;
}

static void
describe(const Flaw &flaw, Finding &finding)
{
	const FunctionEntry &function = *flaw.function;
	const char *name = Subject(function).text();
	finding.evidence("function", name);
	if (flaw.changed)
	{
		finding.message(
			"%s is no longer IMMUTABLE: the index may hold other values than it gives now, and a dump cannot create "
			"the index again",
			name);
		return;
	}
	finding.evidence("calls", Subject(*flaw.called).text());
	finding.message(
		"%s calls %s without its schema: restoring a dump, REINDEX and autovacuum's ANALYZE run without your "
		"search_path and fail",
		name, flaw.called->name);
	const char *own = quoted(function.schema->name);
	const char *other = quoted(flaw.called->schema->name);
	if (strcmp(own, other) == 0)
		finding.fix("ALTER FUNCTION %s SET search_path = %s, pg_temp", name, own);
	else
		finding.fix("ALTER FUNCTION %s SET search_path = %s, %s, pg_temp", name, own, other);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<Oid, Flaw>> known;
	for (const IndexEntry &index : catalog.own_indexes())
	{
		CHECK_FOR_INTERRUPTS();
		if ((index.expressions == nullptr && index.predicate == nullptr) || index.parent != nullptr)
			continue;
		Flaw worst;
		bool calls = false;
		auto look = [&](Oid oid)
		{
			auto at = known->find(oid);
			if (at == known->end())
			{
				const FunctionEntry *function = catalog.function(oid);
				at = known->emplace(oid, function != nullptr ? flaw_of(catalog, *function) : Flaw{}).first;
			}
			calls = true;
			if ((at->second.changed || at->second.called != nullptr) && !worst.changed)
				worst = at->second;
		};
		each_function(index.expressions, look);
		each_function(index.predicate, look);
		if (!calls)
			continue;
		verdict.judged();
		if (worst.function != nullptr)
			verdict.failed(index, [worst](Finding &finding) { describe(worst, finding); },
						   {.rank = worst.changed ? 1.0 : 0.0});
	}
}

CHECK(fun_immutable_in_index){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Index over a function that cannot be relied on",
	.rationale =
		"An index keeps what a function gave when the row was written. If the function is no longer IMMUTABLE it may give "
		"something else when it is searched; and if it finds others by search_path, the index cannot be built by a restore. "
		"Judged by the function's declaration and by the calls in its source.",
	.reference = "https://www.postgresql.org/docs/current/sql-createindex.html",
	.judge = judge,
};

} // namespace dbeng
