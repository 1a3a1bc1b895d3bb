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
parse_statement(const char *text)
{
	MemoryContext context = CurrentMemoryContext;
	List *volatile statements = NIL;

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
		FlushErrorState();
	}
	PG_END_TRY();
	return list_length(statements) == 1 ? linitial_node(RawStmt, statements) : nullptr;
}

bool
has_constant(Node *statement)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool found = true;

	/* Walking a tree takes nothing that would have to be given back. */
	PG_TRY();
	{
		found = any_raw_node(statement, [](Node *node) { return IsA(node, A_Const); });
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_INTERNAL_ERROR && !is_complaint_about_text(geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
	}
	PG_END_TRY();
	return found;
}

} // namespace dbeng
