#include "core/parse.hpp"

namespace dbeng {

/* Is this what a text that is no SQL raises, rather than a cancel or a lack of memory? */
static bool
is_complaint_about_text(int sqlstate)
{
	int category = ERRCODE_TO_CATEGORY(sqlstate);
	return category == ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION || category == ERRCODE_DATA_EXCEPTION ||
		   category == ERRCODE_FEATURE_NOT_SUPPORTED || category == ERRCODE_PROGRAM_LIMIT_EXCEEDED;
}

RawStmt *
parse_statement(const char *text, const char **problem)
{
	MemoryContext context = CurrentMemoryContext;
	List *volatile statements = NIL;

	if (problem != nullptr)
		*problem = nullptr;
	/* The raw parser takes no lock, no buffer and no snapshot: there is nothing a subtransaction would have to undo. */
	PG_TRY();
	{
		statements = raw_parser(text, RAW_PARSE_DEFAULT);
	}
	PG_CATCH();
	{
		if (!is_complaint_about_text(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		if (problem != nullptr)
			*problem = CopyErrorData()->message;
		FlushErrorState();
	}
	PG_END_TRY();
	return list_length(statements) == 1 ? linitial_node(RawStmt, statements) : nullptr;
}

/* Whether the walk came to its end, found being what it said. */
static bool
walked(Node *statement, bool (*visit)(Node *node), bool &found)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool complete = true;

	/* Walking a tree takes nothing that would have to be given back. */
	PG_TRY();
	{
		found = any_raw_node(statement, visit);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_INTERNAL_ERROR && !is_complaint_about_text(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		complete = false;
	}
	PG_END_TRY();
	return complete;
}

bool
is_walkable(Node *statement)
{
	bool found = false;
	return walked(
		statement, [](Node *) { return false; }, found);
}

bool
has_constant(Node *statement)
{
	bool found = false;
	return !walked(
			   statement, [](Node *node) { return IsA(node, A_Const); }, found) ||
		   found;
}

static int
keyword_number(std::string_view word)
{
	char lower[NAMEDATALEN];
	if (word.size() >= sizeof(lower) || !isalpha(static_cast<unsigned char>(word[0])))
		return -1;
	for (std::size_t i = 0; i < word.size(); i++)
		lower[i] = pg_ascii_tolower(static_cast<unsigned char>(word[i]));
	lower[word.size()] = '\0';
	return ScanKeywordLookup(lower, &ScanKeywords);
}

bool
scan_tokens(const char *text, Vector<ScannedToken> &tokens)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool complete = true;

	PG_TRY();
	{
		core_yy_extra_type extra;
		core_YYSTYPE value;
		YYLTYPE at;
		core_yyscan_t scanner = scanner_init(text, &extra, &ScanKeywords, ScanKeywordTokens);
		while (core_yylex(&value, &at, scanner) != 0)
		{
			/* The scanner keeps its buffer ended after the token. */
			auto from = static_cast<uint32>(at);
			ScannedToken token = {from, from + static_cast<uint32>(strlen(extra.scanbuf + at)), -1};
			token.keyword = keyword_number(token.in(text));
			tokens.push_back(token);
		}
		scanner_finish(scanner);
	}
	PG_CATCH();
	{
		if (!is_complaint_about_text(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		complete = false;
	}
	PG_END_TRY();
	return complete;
}

} // namespace dbeng
