#include "unit/check.hpp"

#include "core/query.hpp"
#include "core/text.hpp"
#include "security/tokens.hpp"

namespace dbeng {

namespace {

/* A parameter of a type that can carry SQL. */
struct TextParameter
{
	Oid function;
	const char *name;
};

} // namespace

/* Named for a piece of SQL, it is meant to be one. */
static bool
named_for_sql(const char *parameter)
{
	for (const char *word : {"sql", "query", "stmt", "statement", "command", "cmd", "where", "cond", "filter", "clause",
							 "predicate", "expr", "ddl", "select", "order", "definition"})
		if (strstr(parameter, word) != nullptr)
			return true;
	return false;
}

/* The names of the text parameters of all PL/pgSQL functions with dynamic statements, in the functions' order. */
static void
read_parameters(Vector<TextParameter> &parameters)
{
	each_row(
		"SELECT p.oid, n.name FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang,"
		" unnest(p.proargnames) WITH ORDINALITY n(name, i)"
		" WHERE l.lanname = 'plpgsql' AND p.prosrc ~* '\\mexecute\\M' AND n.name <> ''"
		" AND coalesce(p.proargmodes[i], 'i') IN ('i', 'b')"
		" AND coalesce(p.proallargtypes[i], p.proargtypes[i - 1]) IN ('text'::regtype, 'varchar'::regtype, 'bpchar'::regtype,"
		" 'name'::regtype) ORDER BY p.oid",
		[&parameters](const Row &row)
		{
			const char *name = row.text(2);
			if (!named_for_sql(name))
				parameters.push_back({static_cast<Oid>(row.integer(1)), name});
		});
}

static bool
is_one_of(const BodyToken &token, std::initializer_list<const char *> words)
{
	return std::any_of(words.begin(), words.end(), [&token](const char *word) { return token.is_word(word); });
}

/* Functions that hand a text on as it is; of any other one may hope that it quotes. */
static bool
passes_text_on(const BodyToken *function)
{
	return function == nullptr || is_one_of(*function, {"coalesce", "lower", "upper", "trim", "btrim", "ltrim", "rtrim",
														"concat", "concat_ws"});
}

namespace {

class Body
{
  public:
	Body(const char *source, std::span<const TextParameter> parameters)
		: tokens_(body_tokens(source)), parameters_(parameters)
	{}

	/* The first use of a parameter as a piece of a dynamic statement; NULL when there is none. */
	const BodyToken *unquoted_parameter() const
	{
		for (std::size_t i = 0; i < tokens_.size(); i++)
			if (tokens_[i].is_word("execute"))
				if (const BodyToken *found = in_statement(i + 1); found != nullptr)
					return found;
		return nullptr;
	}

  private:
	/* BodyToken i, or an empty one beyond the ends. */
	const BodyToken &at(std::size_t i) const
	{
		static constexpr BodyToken none = {"", 0, BodyToken::Kind::symbol, false};
		return i < tokens_.size() ? tokens_[i] : none;
	}

	bool is_parameter(std::size_t i) const
	{
		const BodyToken &token = at(i);
		if (token.kind != BodyToken::Kind::word || at(i + 1).is_symbol("(") || at(i + 1).is_symbol("."))
			return false;
		/* A field of a record, and what becomes a number or an object's name, are something else. */
		if (at(i - 1).is_symbol(".") || (at(i + 1).is_symbol("::") && !is_one_of(at(i + 2), {"text", "varchar"})))
			return false;
		for (const TextParameter &parameter : parameters_)
			if (strcmp(parameter.name, token.text) == 0)
				return !looked_at(token.text);
		return false;
	}

	/* Is it assigned, compared with a list or resolved to an object somewhere? Then it may be safe. */
	bool looked_at(const char *name) const
	{
		for (std::size_t i = 0; i < tokens_.size(); i++)
		{
			if (tokens_[i].kind != BodyToken::Kind::word || strcmp(tokens_[i].text, name) != 0)
				continue;
			const BodyToken &next = at(i + 1);
			const BodyToken &before = at(i - 1);
			if (next.is_symbol(":=") || next.is_symbol("::") || next.is_symbol("=") || next.is_symbol("<>") ||
				next.is_symbol("!=") || next.is_symbol("~") || next.is_symbol("!") ||
				is_one_of(next, {"in", "not", "similar"}) || before.is_symbol("=") || before.is_symbol("<>") ||
				before.is_symbol("!=") || is_one_of(before, {"into", "case"}))
				return true;
		}
		return false;
	}

	const BodyToken *in_statement(std::size_t begin) const
	{
		Local<SmallVector<const BodyToken *, 16>> calls; /* the open parentheses' functions, NULL for plain ones */
		for (std::size_t i = begin; i < tokens_.size(); i++)
		{
			const BodyToken &token = tokens_[i];
			if (token.is_symbol(";") || (calls->empty() && is_one_of(token, {"into", "using", "loop"})))
				return nullptr;
			if (token.is_symbol("("))
			{
				bool call = i > begin && at(i - 1).kind == BodyToken::Kind::word;
				if (call && at(i - 1).is_word("format"))
					if (const BodyToken *found = in_format(i + 1);
						found != nullptr && all_pass_on({calls->data(), calls->size()}))
						return found;
				calls->push_back(call ? &at(i - 1) : nullptr);
			}
			else if (token.is_symbol(")"))
			{
				if (calls->empty())
					return nullptr;
				calls->pop_back();
			}
			else if ((at(i - 1).is_symbol("||") || at(i + 1).is_symbol("||")) && is_parameter(i) &&
					 all_pass_on({calls->data(), calls->size()}))
				return &token;
		}
		return nullptr;
	}

	static bool all_pass_on(std::span<const BodyToken *const> calls)
	{
		return std::all_of(calls.begin(), calls.end(), passes_text_on);
	}

	/* format('…%s…', parameter): the arguments begin at i. */
	const BodyToken *in_format(std::size_t i) const
	{
		if (at(i).kind != BodyToken::Kind::string)
			return nullptr;
		const char *pattern = at(i).text;
		int depth = 0;
		for (i++; i < tokens_.size() && depth >= 0; i++)
		{
			if (at(i).is_symbol("(") || at(i).is_symbol("["))
				depth++;
			else if (at(i).is_symbol(")") || at(i).is_symbol("]"))
				depth--;
			if (depth != 0 || !at(i).is_symbol(","))
				continue;
			char conversion = next_conversion(pattern);
			if (conversion == '\0')
				return nullptr;
			if (conversion == 's' && is_parameter(i + 1) && (at(i + 2).is_symbol(",") || at(i + 2).is_symbol(")")))
				return &at(i + 1);
		}
		return nullptr;
	}

	/* 's', 'I' or 'L' in turn; '\0' at the end, and for positions and widths, which are not followed. */
	static char next_conversion(const char *&pattern)
	{
		for (; *pattern != '\0'; pattern++)
		{
			if (*pattern != '%')
				continue;
			char conversion = *++pattern;
			if (conversion == '%')
				continue;
			if (conversion == '\0')
				return '\0';
			pattern++;
			return conversion == 's' || conversion == 'I' || conversion == 'L' ? conversion : '\0';
		}
		return '\0';
	}

	std::span<const BodyToken> tokens_;
	std::span<const TextParameter> parameters_;
};

} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<Vector<TextParameter>> parameters;
	read_parameters(*parameters);
	for (std::size_t begin = 0, end; begin < parameters->size(); begin = end)
	{
		for (end = begin; end < parameters->size() && (*parameters)[end].function == (*parameters)[begin].function;)
			end++;
		const FunctionEntry *function = catalog.function((*parameters)[begin].function);
		if (function == nullptr || function->standing != Standing::user || function->source == nullptr)
			continue;
		CHECK_FOR_INTERRUPTS();
		verdict.judged();
		const BodyToken *found = Body(function->source, {parameters->data() + begin, end - begin}).unquoted_parameter();
		if (found == nullptr)
			continue;
		verdict.failed(
			*function,
			[function, found](Finding &finding)
			{
				finding.message(
					"EXECUTE in line %d puts parameter %s into the statement unquoted: whoever chooses its value "
					"writes SQL that runs %s",
					found->line, found->text, function->security_definer ? "as the function's owner" : "as the caller");
				finding.evidence("line", found->line);
				finding.evidence("parameter", found->text);
				finding.evidence("security_definer", function->security_definer);
			},
			{.rank = function->security_definer ? 1.0 : 0.0,
			 .severity = function->security_definer ? Severity::warning : Severity::notice,
			 .escalate = true});
	}
}

CHECK(sec_dynamic_sql_injection){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Parameter spliced into a dynamic statement",
	.rationale =
		"A value joined into EXECUTE's text by || or by format()'s %s ends where it says, not where you think. Names belong "
		"into format('%I', …), values into USING or %L. Text parameters of PL/pgSQL functions are judged, unless the function "
		"looks at them first or they are named for a piece of SQL; a notice where the function runs with the caller's rights.",
	.reference = "https://www.postgresql.org/docs/current/plpgsql-statements.html#PLPGSQL-QUOTE-LITERAL-EXAMPLE",
	.judge = judge,
};

} // namespace dbeng
