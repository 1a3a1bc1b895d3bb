/*
 * parse.hpp: the server's own parser on texts that may not be SQL.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

/*
 * The tree of a text that is exactly one statement; NULL when it is not, or not
 * for this server's grammar. problem becomes what the parser said, or NULL.
 */
RawStmt *parse_statement(const char *text, const char **problem = nullptr);

/* A word, a number, a string, an operator, as its bytes stand in the text. */
struct ScannedToken
{
	uint32 from;
	uint32 to;
	int keyword; /* its number among ScanKeywords; -1: none */

	std::string_view in(const char *text) const { return {text + from, to - from}; }
};

/* The tokens of a text, without comments; whether the server's scanner takes all of it. */
bool scan_tokens(const char *text, Vector<ScannedToken> &tokens);

/*
 * Can any_raw_node() see all of a statement? Not of a utility statement, nor
 * below a node that the server's own walker does not know, nor what is nested
 * deeper than the stack allows: there it raises an error.
 */
bool is_walkable(Node *statement);

/*
 * Does a statement hold a constant? Never raises for what it finds: where the
 * server's own walker does not know a node, the answer is yes.
 */
bool has_constant(Node *statement);

/*
 * Calls visit(node) for every node of a raw tree, sub-selects included, until it
 * says true; was it ever true? Only for what is_walkable().
 */
template <class Visit>
bool
any_raw_node(Node *node, Visit visit)
{
	struct Walk
	{
		static bool step(Node *at, void *context)
		{
			if (at == nullptr)
				return false;
			return (*static_cast<Visit *>(context))(at) || pg::walk_raw(at, step, context);
		}
	};
	return Walk::step(node, &visit);
}

} // namespace dbeng
