/*
 * tokens.hpp: the words of a PL/pgSQL body, without comments. For looking at
 * one that compiled; it never complains.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct BodyToken
{
	enum class Kind : uint8
	{
		word,	/* keyword or identifier, folded as the server does */
		string, /* without its quotes, escapes as they stand */
		symbol, /* an operator such as || or :=, or one of ( ) [ ] , ; . */
		number
	};
	const char *text;
	int line; /* of the body, from 1 */
	Kind kind;
	bool quoted; /* a word in double quotes: no keyword */

	bool is_symbol(const char *symbol) const { return kind == Kind::symbol && strcmp(text, symbol) == 0; }
	bool is_word(const char *word) const { return kind == Kind::word && !quoted && strcmp(text, word) == 0; }
};

std::span<const BodyToken> body_tokens(const char *source);

} // namespace dbeng
