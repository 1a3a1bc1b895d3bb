/*
 * table_ddl.cpp: what dbeng.table_ddl() asks of the server's scanner and parser, and of what names tell.
 */
#include "catalog/words.hpp"
#include "core/access.hpp"
#include "core/parse.hpp"
#include "core/rows.hpp"

namespace dbeng {

/* Characters from 1, as SQL counts them in a text. */
static int32
place_of(const char *text, std::size_t offset)
{
	return pg_mbstrlen_with_len(text, static_cast<int>(offset)) + 1;
}

} // namespace dbeng

SQL_FUNCTION(dbeng_tokens)
{
	using namespace dbeng;
	Rows rows(fcinfo);
	const char *text = text_argument(fcinfo, 0);
	if (text == nullptr)
		return Datum{0};
	Local<Vector<ScannedToken>> tokens;
	bool complete = scan_tokens(text, *tokens);
	for (const ScannedToken &token : *tokens)
		in_row(rows,
			   [&]
			   {
				   std::string_view word = token.in(text);
				   rows.integer(place_of(text, token.from)).text(pnstrdup(word.data(), word.size()));
			   });
	/* What cannot be read, for the caller to complain of. */
	if (!complete)
		in_row(rows,
			   [&] { rows.integer(tokens->empty() ? 1 : place_of(text, (*tokens)[tokens->size() - 1].to)).null(); });
	return Datum{0};
}

/* NULL: it is one statement. */
SQL_FUNCTION(dbeng_statement_problem)
{
	using namespace dbeng;
	const char *problem = nullptr;
	if (parse_statement(text_argument(fcinfo, 0), &problem) != nullptr)
		PG_RETURN_NULL();
	return CStringGetTextDatum(problem != nullptr ? problem : "it is not one statement");
}

SQL_FUNCTION(dbeng_name_tells)
{
	using namespace dbeng;
	const char *name = NameStr(*PG_GETARG_NAME(0));
	const char *what = text_argument(fcinfo, 1);
	auto asked = [what](const char *trait) { return strcmp(what, trait) == 0; };
	if (asked("money"))
		PG_RETURN_BOOL(names_money(name));
	if (asked("ip address"))
		PG_RETURN_BOOL(names_ip_address(name));
	if (asked("reserved"))
		PG_RETURN_BOOL(reserved_word(name));
	if (asked("plural"))
		PG_RETURN_BOOL(inflection(name) == Inflection::plural);
	if (asked("singular"))
		PG_RETURN_BOOL(inflection(name) == Inflection::singular);
	if (asked("time"))
		PG_RETURN_BOOL(sounds_like_time(name));
	if (asked("question"))
		PG_RETURN_BOOL(begins_with_verb(name));
	/* Any other word: is it the last one? */
	PG_RETURN_BOOL(strcmp(Words(name).last(), what) == 0);
}

/* What a name is without its number, and the number; NULL: it has none. */
SQL_FUNCTION(dbeng_numbered_name)
{
	using namespace dbeng;
	Rows rows(fcinfo);
	const char *name = NameStr(*PG_GETARG_NAME(0));
	std::string_view base;
	int number;
	if (numbered_name(name, &base, &number))
		in_row(rows, [&] { rows.text(pnstrdup(base.data(), base.size())).integer(number); });
	return Datum{0};
}

SQL_FUNCTION(dbeng_same_noun)
{
	using namespace dbeng;
	PG_RETURN_BOOL(same_noun(NameStr(*PG_GETARG_NAME(0)), NameStr(*PG_GETARG_NAME(1))));
}
