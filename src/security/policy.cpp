#include "security/policy.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"

namespace dbeng {

const char *
policy_command(char command)
{
	switch (command)
	{
		case 'r':
			return "SELECT";
		case 'a':
			return "INSERT";
		case 'w':
			return "UPDATE";
		case 'd':
			return "DELETE";
		default:
			return "ALL";
	}
}

bool
policy_for_public(const PolicyEntry &policy)
{
	return std::find(policy.roles.begin(), policy.roles.end(), ACL_ID_PUBLIC) != policy.roles.end();
}

bool
policies_overlap(const PolicyEntry &a, const PolicyEntry &b)
{
	if (policy_for_public(a) || policy_for_public(b))
		return true;
	return std::find_first_of(a.roles.begin(), a.roles.end(), b.roles.begin(), b.roles.end()) != a.roles.end();
}

bool
reads_unfiltered(const Catalog &catalog, const RelationEntry &table, Oid role)
{
	if (table.owner == role && !table.force_row_security)
		return true;
	const RoleEntry *reader = catalog.role(role);
	return reader != nullptr && exempt_from_policies(*reader);
}

static bool
reads_columns(Node *node)
{
	return any_node(node, [](Node *at) { return IsA(at, Var); });
}

static Node *
unlabelled(Node *node)
{
	while (IsA(node, RelabelType))
		node = reinterpret_cast<Node *>(castNode(RelabelType, node)->arg);
	return node;
}

static bool
is_equality(Oid operator_oid)
{
	const char *name = get_opname(operator_oid);
	return name != nullptr && strcmp(name, "=") == 0;
}

static void
note_pinned(Node *node, Vector<AttrNumber> &columns)
{
	if (IsA(node, BoolExpr) && castNode(BoolExpr, node)->boolop == AND_EXPR)
	{
		ListCell *cell;
		foreach (cell, castNode(BoolExpr, node)->args)
			note_pinned(static_cast<Node *>(lfirst(cell)), columns);
	}
	if (!IsA(node, OpExpr) || list_length(castNode(OpExpr, node)->args) != 2 ||
		!is_equality(castNode(OpExpr, node)->opno))
		return;
	Node *left = unlabelled(static_cast<Node *>(linitial(castNode(OpExpr, node)->args)));
	Node *right = unlabelled(static_cast<Node *>(lsecond(castNode(OpExpr, node)->args)));
	if (IsA(right, Var))
		std::swap(left, right);
	if (IsA(left, Var) && castNode(Var, left)->varattno > 0 && !reads_columns(right))
		columns.push_back(castNode(Var, left)->varattno);
}

std::span<const AttrNumber>
pinned_columns(const char *tree)
{
	Local<Vector<AttrNumber>> columns;
	if (tree != nullptr)
		note_pinned(expression_tree(tree), *columns);
	return {columns->data(), columns->size()};
}

/* Is it worth calling once only? A setting must be looked up and cast; what a user's function does nobody knows. */
static bool
worth_keeping(const Catalog &catalog, const FuncExpr &call)
{
	if (call.funcid < FirstNormalObjectId)
		return call.funcid == F_CURRENT_SETTING_TEXT || call.funcid == F_CURRENT_SETTING_TEXT_BOOL;
	const FunctionEntry *function = catalog.function(call.funcid);
	return function != nullptr && function->volatility != PROVOLATILE_IMMUTABLE && !call.funcretset;
}

namespace {
struct CallSearch
{
	const Catalog &catalog;
	Vector<Node *> &calls;
};
} // namespace

static bool
note_calls(Node *node, void *argument)
{
	auto *search = static_cast<CallSearch *>(argument);
	if (node == nullptr)
		return false;
	if (IsA(node, SubLink))
		return note_calls(castNode(SubLink, node)->testexpr, argument);
	if (IsA(node, FuncExpr) && worth_keeping(search->catalog, *castNode(FuncExpr, node)) && !reads_columns(node))
	{
		search->calls.push_back(node);
		return false;
	}
	return pg::walk_expression(node, note_calls, argument);
}

std::span<Node *const>
repeated_calls(const Catalog &catalog, Node *tree)
{
	Local<Vector<Node *>> calls;
	CallSearch search = {catalog, *calls};
	note_calls(tree, &search);
	return {calls->data(), calls->size()};
}

static int
occurrences(const char *text, const char *of)
{
	int count = 0;
	for (const char *at = strstr(text, of); at != nullptr; at = strstr(at + strlen(of), of))
		count++;
	return count;
}

const char *
with_subselects(const Catalog &catalog, const char *tree, const RelationEntry &table)
{
	const char *sql = expression_sql(tree, table);
	if (sql == nullptr || sql[0] == '\0')
		return nullptr;
	std::span<Node *const> calls = repeated_calls(catalog, expression_tree(tree));
	Local<Vector<const char *>> texts;
	for (Node *call : calls)
	{
		const char *text = expression_sql(nodeToString(call), table);
		if (text == nullptr || text[0] == '\0')
			return nullptr;
		texts->push_back(text);
	}
	/* Replaced in the text: so each call must be found as often as it is in the tree, and never inside another. */
	for (std::size_t i = 0; i < texts->size(); i++)
	{
		int same = 0;
		for (const char *text : *texts)
		{
			if (strcmp(text, (*texts)[i]) == 0)
				same++;
			else if (strstr(text, (*texts)[i]) != nullptr)
				return nullptr;
		}
		if (occurrences(sql, (*texts)[i]) != same)
			return nullptr;
	}
	StringInfoData result;
	initStringInfo(&result);
	while (*sql != '\0')
	{
		const char *found = nullptr;
		for (const char *text : *texts)
			if (strncmp(sql, text, strlen(text)) == 0)
				found = text;
		if (found == nullptr)
			appendStringInfoChar(&result, *sql++);
		else
		{
			appendStringInfo(&result, "(SELECT %s)", found);
			sql += strlen(found);
		}
	}
	return result.data;
}

} // namespace dbeng
