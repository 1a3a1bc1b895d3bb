#include "schema/source.hpp"
#include "core/text.hpp"

namespace dbeng {

static bool
begins_word(char c)
{
	return isalpha(static_cast<unsigned char>(c)) || c == '_' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

static bool
continues_word(char c)
{
	return begins_word(c) || isdigit(static_cast<unsigned char>(c)) || c == '$';
}

bool
Token::is(std::string_view wanted) const
{
	return (kind == TokenKind::word || kind == TokenKind::symbol) && text.size() == wanted.size() &&
		   pg_strncasecmp(text.data(), wanted.data(), wanted.size()) == 0;
}

void
Tokens::skip_blanks_and_comments()
{
	for (;;)
	{
		if (isspace(static_cast<unsigned char>(*at_)))
			at_++;
		else if (at_[0] == '-' && at_[1] == '-')
			at_ += strcspn(at_, "\r\n");
		else if (at_[0] == '/' && at_[1] == '*')
		{
			int depth = 0;
			do
			{
				if (at_[0] == '/' && at_[1] == '*')
				{
					depth++;
					at_ += 2;
				}
				else if (at_[0] == '*' && at_[1] == '/')
				{
					depth--;
					at_ += 2;
				}
				else
					at_++;
			} while (depth > 0 && *at_ != '\0');
		}
		else
			return;
	}
}

/* From the opening quote on; '' is a quote inside. */
Token
Tokens::literal(bool escapes)
{
	const char *begin = ++at_;
	while (*at_ != '\0' && (at_[0] != '\'' || at_[1] == '\''))
		at_ += (at_[0] == '\'' || (escapes && at_[0] == '\\' && at_[1] != '\0')) ? 2 : 1;
	Token token{TokenKind::literal, {begin, static_cast<std::size_t>(at_ - begin)}};
	if (*at_ != '\0')
		at_++;
	return token;
}

/* From $tag$ on; tag is its length with both dollars. */
Token
Tokens::dollar_quoted(std::size_t tag)
{
	std::string_view rest = at_;
	std::string_view mark = slice(rest, 0, tag);
	std::size_t end = rest.find(mark, tag);
	std::string_view text = slice(rest, tag, end == std::string_view::npos ? end : end - tag);
	at_ = end == std::string_view::npos ? rest.data() + rest.size() : rest.data() + end + tag;
	return {TokenKind::literal, text};
}

Token
Tokens::next()
{
	skip_blanks_and_comments();
	const char *begin = at_;
	auto taken = [&] { return std::string_view{begin, static_cast<std::size_t>(at_ - begin)}; };
	if (*at_ == '\0')
		return {TokenKind::end, {}};
	if (*at_ == '\'')
		return literal(false);
	if ((*at_ == 'e' || *at_ == 'E') && at_[1] == '\'')
	{
		at_++;
		return literal(true);
	}
	if (*at_ == '"')
	{
		at_ += 1 + strcspn(at_ + 1, "\"");
		Token token{TokenKind::quoted_word, slice(taken(), 1)};
		if (*at_ != '\0')
			at_++;
		return token;
	}
	if (*at_ == '$' && !isdigit(static_cast<unsigned char>(at_[1])))
	{
		std::size_t length = 1;
		while (continues_word(at_[length]) && at_[length] != '$')
			length++;
		if (at_[length] == '$')
			return dollar_quoted(length + 1);
	}
	if (begins_word(*at_))
	{
		while (continues_word(*at_))
			at_++;
		return {TokenKind::word, taken()};
	}
	at_++;
	return {TokenKind::symbol, taken()};
}

} // namespace dbeng
