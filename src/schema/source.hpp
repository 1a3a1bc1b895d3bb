/*
 * source.hpp: the tokens of a function's source, SQL or PL/pgSQL.
 *
 * Enough of the lexer to tell words from texts and comments; what the words
 * mean is up to the reader.
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

enum class TokenKind : uint8
{
	end,
	word,
	quoted_word,
	literal,
	symbol
};

struct Token
{
	TokenKind kind;
	std::string_view text; /* without quotes; a symbol is one character */

	/* An unquoted word, in any case; or a symbol. */
	bool is(std::string_view wanted) const;
};

class Tokens
{
  public:
	explicit Tokens(const char *source) : at_(source) {}

	Token next();

  private:
	void skip_blanks_and_comments();
	Token literal(bool escapes);
	Token dollar_quoted(std::size_t tag);

	const char *at_;
};

} // namespace dbeng
