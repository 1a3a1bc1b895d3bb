#include "schema/source.hpp"
#include "unit/check.hpp"

namespace dbeng {

namespace {
struct Handlers
{
	int all = 0;		/* EXCEPTION clauses */
	int swallowing = 0; /* WHEN OTHERS that do nothing */
};
} // namespace

/* Reads on after WHEN OTHERS THEN: nothing but NULL; up to the end of the handler? */
static bool
does_nothing(Tokens tokens)
{
	for (;;)
	{
		Token token = tokens.next();
		if (token.is("end") || token.is("when"))
			return true;
		if (!token.is("null") || !tokens.next().is(";"))
			return false;
	}
}

static Handlers
count_handlers(const char *source)
{
	Handlers handlers;
	Tokens tokens(source);
	Token before_last{TokenKind::end, {}};
	Token last = before_last;
	for (Token token = tokens.next(); token.kind != TokenKind::end; token = tokens.next())
	{
		if (last.is("exception") && token.is("when"))
			handlers.all++;
		/* A CASE has no statements in it, so NULL and a semicolon tell a handler from one. */
		if (before_last.is("when") && last.is("others") && token.is("then") && does_nothing(tokens))
			handlers.swallowing++;
		before_last = last;
		last = token;
	}
	return handlers;
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const FunctionEntry &function : catalog.own_functions())
	{
		CHECK_FOR_INTERRUPTS();
		const LanguageEntry *language = catalog.language(function.language);
		if (language == nullptr || function.source == nullptr || strcmp(language->name, "plpgsql") != 0)
			continue;
		Handlers handlers = count_handlers(function.source);
		if (handlers.all == 0)
			continue;
		verdict.judged();
		if (handlers.swallowing > 0)
			verdict.failed(
				function,
				[count = handlers.swallowing](Finding &finding)
				{
					if (count == 1)
						finding.message(
							"WHEN OTHERS THEN NULL: whatever goes wrong there goes unseen, cancelled or half "
							"done alike");
					else
						finding.message("WHEN OTHERS THEN NULL in %d places: whatever goes wrong there goes unseen",
										count);
					finding.evidence("handlers", count);
				});
	}
}

CHECK(fun_exception_swallow){
	.dimension = Dimension::schema_design,
	.severity = Severity::warning,
	.title = "Function that swallows every error",
	.rationale =
		"A handler for OTHERS that does nothing hides typing errors, missing privileges and full disks together with the one "
		"error that was meant. Name the condition (unique_violation, undefined_table), or at least RAISE WARNING with SQLERRM.",
	.reference = "https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING",
	.judge = judge,
};

} // namespace dbeng
