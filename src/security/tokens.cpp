#include "security/tokens.hpp"

namespace dbeng {

namespace {

bool
starts_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IS_HIGHBIT_SET(c);
}

bool
continues_word(char c)
{
	return starts_word(c) || (c >= '0' && c <= '9') || c == '$';
}

namespace {
class Scanner
{
  public:
	Scanner(const char *source, Vector<BodyToken> &found) : at_(source), found_(found) {}

	void scan()
	{
		while (*at_ != '\0')
		{
			CHECK_FOR_INTERRUPTS();
			if (strchr(" \t\n\r\f\v", *at_) != nullptr)
				step(1);
			else if (at_[0] == '-' && at_[1] == '-')
				step(strcspn(at_, "\n"));
			else if (at_[0] == '/' && at_[1] == '*')
				comment();
			else if (*at_ == '\'')
				string(at_, false);
			else if ((*at_ == 'e' || *at_ == 'E') && at_[1] == '\'')
				string(at_ + 1, true);
			else if (*at_ == '$' && dollar_tag() > 0)
				dollar_string(dollar_tag());
			else if (*at_ == '"')
				quoted_word();
			else if (starts_word(*at_))
				word();
			else if (*at_ >= '0' && *at_ <= '9')
				number();
			else
				symbol();
		}
	}

  private:
	/* Goes on, counting lines. */
	void step(std::size_t bytes)
	{
		for (; bytes > 0 && *at_ != '\0'; bytes--)
			if (*at_++ == '\n')
				line_++;
	}

	void add(BodyToken::Kind kind, const char *text, std::size_t length, bool quoted = false)
	{
		found_.push_back({pnstrdup(text, length), line_, kind, quoted});
	}

	void comment()
	{
		int depth = 0;
		do
		{
			bool opens = at_[0] == '/' && at_[1] == '*';
			bool closes = at_[0] == '*' && at_[1] == '/';
			depth += opens ? 1 : closes ? -1 : 0;
			step(opens || closes ? 2 : 1);
		} while (depth > 0 && *at_ != '\0');
	}

	/* From its opening quote. */
	void string(const char *open, bool escapes)
	{
		const char *end = open + 1;
		while (*end != '\0' && (*end != '\'' || end[1] == '\''))
			end += (*end == '\'' || (escapes && *end == '\\')) && end[1] != '\0' ? 2 : 1;
		add(BodyToken::Kind::string, open + 1, static_cast<std::size_t>(end - open - 1));
		step(static_cast<std::size_t>(end - at_) + 1);
	}

	/* The length of "$tag$" here, 0 when there is none. */
	std::size_t dollar_tag() const
	{
		const char *end = at_ + 1;
		if (*end != '$' && !starts_word(*end))
			return 0;
		while (*end != '$' && continues_word(*end))
			end++;
		return *end == '$' ? static_cast<std::size_t>(end - at_) + 1 : 0;
	}

	void dollar_string(std::size_t tag)
	{
		const char *body = at_ + tag;
		const char *end = strstr(body, pnstrdup(at_, tag));
		std::size_t length = end == nullptr ? strlen(body) : static_cast<std::size_t>(end - body);
		add(BodyToken::Kind::string, body, length);
		step(tag + length + (end == nullptr ? 0 : tag));
	}

	void quoted_word()
	{
		std::size_t length = strcspn(at_ + 1, "\"");
		add(BodyToken::Kind::word, at_ + 1, length, true);
		step(length + 2);
	}

	void word()
	{
		std::size_t length = 1;
		while (continues_word(at_[length]))
			length++;
		char *folded = pnstrdup(at_, length);
		for (char *c = folded; *c != '\0'; c++)
			*c = static_cast<char>(pg_ascii_tolower(static_cast<unsigned char>(*c)));
		found_.push_back({folded, line_, BodyToken::Kind::word, false});
		step(length);
	}

	void number()
	{
		std::size_t length = strspn(at_, "0123456789abcdefABCDEFxX_");
		add(BodyToken::Kind::number, at_, length);
		step(length);
	}

	void symbol()
	{
		/* Those that would otherwise be taken for two. */
		std::size_t length = 1;
		for (const char *pair : {"||", ":=", "::", "<>", "!=", "<=", ">=", "->", "=>"})
			if (strncmp(at_, pair, 2) == 0)
				length = 2;
		add(BodyToken::Kind::symbol, at_, length);
		step(length);
	}

	const char *at_;
	Vector<BodyToken> &found_;
	int line_ = 1;
};
} // namespace

} // namespace

std::span<const BodyToken>
body_tokens(const char *source)
{
	Local<Vector<BodyToken>> found;
	Scanner(source, *found).scan();
	return {found->data(), found->size()};
}

} // namespace dbeng
