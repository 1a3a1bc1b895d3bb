#include "planner/repair.hpp"

#include "core/parse.hpp"

namespace dbeng {

namespace {
class Repair
{
  public:
	explicit Repair(const char *text) : text_(text) {}

	const char *run();

  private:
	std::string_view word(std::size_t i) const { return i < tokens_->size() ? (*tokens_)[i].in(text_) : ""; }
	bool is(std::size_t i, std::string_view keyword) const;
	bool is_param(std::size_t i) const;
	bool is_identifier(std::size_t i) const;
	bool is_type_keyword(std::size_t i) const;
	bool is_json_path(std::size_t i) const;
	std::size_t before_modifier(std::size_t end) const;
	std::size_t type_start(std::size_t param) const;
	std::string_view until(std::size_t from, std::size_t to) const;
	void copy_to(std::size_t offset);

	const char *text_;
	std::size_t copied_ = 0;
	Local<Vector<ScannedToken>> tokens_;
	StringInfoData sql_;
};
} // namespace

static constexpr std::string_view cut_list = " /*, ... */";

/* No type begins at this token. */
static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

bool
Repair::is(std::size_t i, std::string_view keyword) const
{
	return i < tokens_->size() && (*tokens_)[i].keyword >= 0 &&
		   keyword == GetScanKeyword((*tokens_)[i].keyword, &ScanKeywords);
}

bool
Repair::is_param(std::size_t i) const
{
	std::string_view token = word(i);
	return token.size() > 1 && token[0] == '$' && isdigit(static_cast<unsigned char>(token[1]));
}

bool
Repair::is_identifier(std::size_t i) const
{
	std::string_view token = word(i);
	return !token.empty() && (*tokens_)[i].keyword < 0 &&
		   (token[0] == '"' || token[0] == '_' || isalpha(static_cast<unsigned char>(token[0])) ||
			IS_HIGHBIT_SET(token[0]));
}

/* A keyword that is the last word of a type's name. Others stand before an expression: BY $1, ROWS $1, ESCAPE $1. */
bool
Repair::is_type_keyword(std::size_t i) const
{
	static constexpr std::string_view types[] = {
		"bigint",	"bit",		"boolean", "char",		"character", "dec",		"decimal", "float",		"int",
		"integer",	"interval", "json",	   "name",		"national",	 "nchar",	"numeric", "precision", "real",
		"smallint", "text",		"time",	   "timestamp", "varchar",	 "varying", "xml"};
	return std::any_of(std::begin(types), std::end(types), [this, i](std::string_view type) { return is(i, type); });
}

/* JSON_TABLE(x, $1 COLUMNS …), NESTED PATH $1: these paths are strings and nothing else. */
bool
Repair::is_json_path(std::size_t i) const
{
	if (is(i - 1, "path"))
		return is(i - 2, "nested");
	if (word(i - 1) != "," || !(is(i + 1, "columns") || is(i + 1, "as") || is(i + 1, "passing")))
		return false;
	int depth = 0;
	for (std::size_t at = i; at-- > 0;)
	{
		if (word(at) == ")")
			depth++;
		else if (word(at) == "(" && depth-- == 0)
			return is(at - 1, "json_table");
	}
	return false;
}

/* The token after the name in "name(10, 2)" that ends before end; end itself without a modifier. */
std::size_t
Repair::before_modifier(std::size_t end) const
{
	if (end == 0 || word(end - 1) != ")")
		return end;
	for (std::size_t i = end - 1; i-- > 0;)
	{
		if (word(i) == "(")
			return i;
		if (word(i) != "," && !isdigit(static_cast<unsigned char>(word(i)[0])))
			break;
	}
	return end;
}

/* The first token of the type whose name ends before a parameter; none when it is no type. */
std::size_t
Repair::type_start(std::size_t param) const
{
	std::size_t end = param;
	/* timestamp(3) with time zone */
	if (end >= 4 && is(end - 1, "zone") && is(end - 2, "time") && (is(end - 3, "with") || is(end - 3, "without")))
		end -= 3;
	end = before_modifier(end);
	if (end == 0)
		return none;
	std::size_t start = end - 1;
	if (is(start, "precision"))
		return start > 0 && is(start - 1, "double") ? start - 1 : none;
	if (is(start, "varying"))
		start--;
	if (is_type_keyword(start))
	{
		if (start > 0 && is(start - 1, "national"))
			start--;
		while (start >= 2 && word(start - 1) == ".")
			start -= 2;
		return start;
	}
	if (!is_identifier(start))
		return none;
	while (start >= 2 && word(start - 1) == ".")
		start -= 2;
	return start;
}

std::string_view
Repair::until(std::size_t from, std::size_t to) const
{
	std::size_t begin = (*tokens_)[from].from;
	return {text_ + begin, (*tokens_)[to - 1].to - begin};
}

void
Repair::copy_to(std::size_t offset)
{
	appendBinaryStringInfo(&sql_, text_ + copied_, static_cast<int>(offset - copied_));
	copied_ = offset;
}

const char *
Repair::run()
{
	if (strchr(text_, '$') == nullptr || !scan_tokens(text_, *tokens_))
		return text_;
	initStringInfo(&sql_);
	for (std::size_t i = 1; i < tokens_->size(); i++)
	{
		const ScannedToken &token = (*tokens_)[i];
		if (!is_param(i))
			continue;
		std::string_view param = token.in(text_);
		/* Written as a call: which field it was, nobody knows any more. */
		if (i >= 2 && word(i - 1) == "(" && is(i - 2, "extract") && is(i + 1, "from"))
		{
			copy_to((*tokens_)[i - 2].from);
			appendStringInfoString(&sql_, "pg_catalog.");
			copy_to(token.to);
			appendStringInfoChar(&sql_, ',');
			copied_ = (*tokens_)[i + 1].to;
			continue;
		}
		if (is_json_path(i))
		{
			copy_to(token.from);
			appendStringInfoString(&sql_, "'$'");
			copied_ = token.to;
			continue;
		}
		if (std::size_t start = type_start(i); start != none)
		{
			std::string_view type = until(start, i);
			copy_to((*tokens_)[start].from);
			appendStringInfo(&sql_, "%.*s::%.*s", static_cast<int>(param.size()), param.data(),
							 static_cast<int>(type.size()), type.data());
			copied_ = token.to;
			continue;
		}
		copy_to(token.to);
		if (strncmp(text_ + token.to, cut_list.data(), cut_list.size()) == 0)
			appendStringInfo(&sql_, ", %.*s", static_cast<int>(param.size()), param.data());
	}
	copy_to(strlen(text_));
	return sql_.data;
}

const char *
repaired(const char *text)
{
	return Repair(text).run();
}

} // namespace dbeng
