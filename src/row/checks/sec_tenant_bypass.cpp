#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "catalog/tenants.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Partitions and other children, all the way down, that show all their rows to who reads them directly. */
static void
note_open_children(const RelationEntry &table, Vector<const RelationEntry *> &open)
{
	for (const RelationEntry *child : table.children)
	{
		CHECK_FOR_INTERRUPTS();
		if (!child->row_security || tenant_policy(*child) == nullptr)
			open.push_back(child);
		note_open_children(*child, open);
	}
}

/* Does anybody log in with the privileges of the owner, for whom policies would hold if they were forced? */
static bool
owner_logs_in(const Catalog &catalog, const RoleEntry &owner)
{
	if (owner.superuser || owner.bypass_rls)
		return false;
	auto *held = static_cast<bool *>(palloc0(catalog.roles.size() + 1));
	auto index = [&catalog](const RoleEntry &of) { return &of - catalog.roles.data(); };
	held[index(owner)] = true;
	for (bool changed = true; changed;)
	{
		CHECK_FOR_INTERRUPTS();
		changed = false;
		for (const MembershipEntry &membership : catalog.memberships)
			if (held[index(*membership.role)] && !held[index(*membership.member)])
				changed = held[index(*membership.member)] = true;
	}
	for (const RoleEntry &role : catalog.roles)
		if (held[index(role)] && role.login && !role.superuser && !role.bypass_rls)
			return true;
	return false;
}

static AttrNumber
tenant_column(const RelationEntry &table)
{
	const PolicyEntry *policy = tenant_policy(table);
	if (policy == nullptr || policy->using_expression == nullptr)
		return InvalidAttrNumber;
	std::span<const AttrNumber> columns = expression_columns(policy->using_expression);
	return columns.empty() ? InvalidAttrNumber : columns[0];
}

/* A foreign key between tables with tenants that does not say that both rows are of the same one. */
static bool
crosses(const ConstraintEntry &constraint, AttrNumber own)
{
	if (constraint.type != CONSTRAINT_FOREIGN || constraint.referenced == nullptr || OidIsValid(constraint.parent))
		return false;
	AttrNumber other = tenant_column(*constraint.referenced);
	if (other == InvalidAttrNumber)
		return false;
	for (std::size_t i = 0; i < constraint.columns.size(); i++)
		if (constraint.columns[i] == own && constraint.referenced_columns[i] == other)
			return false;
	return true;
}

namespace {
/* The ways past one table's policy. */
struct Ways
{
	bool not_forced;
	std::span<const RelationEntry *const> children;
	std::span<const ConstraintEntry *const> keys;

	bool any() const { return not_forced || !children.empty() || !keys.empty(); }
};
} // namespace

static const char *
in_words(const RelationEntry &table, const Ways &ways, const RoleEntry *owner)
{
	StringInfoData words;
	initStringInfo(&words);
	auto also = [&words](const char *more) { appendStringInfo(&words, "%s%s", words.len == 0 ? "" : "; ", more); };
	if (ways.not_forced)
		also(format("owner %s, who can log in, sees every tenant: row security is not forced", quoted(owner->name)));
	if (!ways.children.empty())
	{
		const RelationEntry &first = *ways.children.front();
		also(format("%s shows every tenant to who reads it directly%s", quoted(first.schema->name, first.name),
					ways.children.size() == 1 ? "" : format(", and %zu more do", ways.children.size() - 1)));
	}
	for (const ConstraintEntry *key : ways.keys)
		also(format("by foreign key %s a row may refer to another tenant's of %s", quoted(key->name),
					key->referenced == &table ? "this table"
											  : quoted(key->referenced->schema->name, key->referenced->name)));
	return words.data;
}

static void
report(const RelationEntry &table, Ways ways, const RoleEntry *owner, Verdict &verdict)
{
	verdict.failed(
		table,
		[&table, ways, owner](Finding &finding)
		{
			const char *name = quoted(table.schema->name, table.name);
			finding.message("%s", in_words(table, ways, owner));
			finding.evidence("not_forced", ways.not_forced);
			finding.evidence("open_children", ways.children.size());
			finding.evidence("cross_tenant_keys", ways.keys.size());
			if (ways.not_forced || !ways.children.empty())
				finding.fix("SELECT dbeng.enable_tenancy(relation, column_name, setting, "
							"allow_cross_tenant_keys => true) FROM dbeng.tenant_tables WHERE relation = %s::regclass",
							literal(name));
		});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &table : catalog.tables())
	{
		AttrNumber column = tenant_column(table);
		if (column == InvalidAttrNumber || (table.parent != nullptr && tenant_policy(*table.parent) != nullptr))
			continue;
		verdict.judged();
		/* Policies on a table without row security are told of by sec-rls-policy-but-disabled. */
		if (!table.row_security)
			continue;
		const RoleEntry *owner = catalog.role(table.owner);
		Local<Vector<const RelationEntry *>> children;
		note_open_children(table, *children);
		Local<Vector<const ConstraintEntry *>> keys;
		for (const ConstraintEntry *constraint : table.constraints)
			if (crosses(*constraint, column))
				keys->push_back(constraint);
		Ways ways = {!table.force_row_security && owner != nullptr && owner_logs_in(catalog, *owner),
					 {children->data(), children->size()},
					 {keys->data(), keys->size()}};
		if (ways.any())
			report(table, ways, owner, verdict);
	}
}

CHECK(sec_tenant_bypass){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Way past the policies that keep tenants apart",
	.rationale =
		"A table of dbeng.enable_tenancy() shows a session the rows of its tenant. Not held back are an owner for whom row "
		"security is not forced, who reads a partition or an inheritance child that has no such policy, as one made later, and "
		"a foreign key without the tenant's column, whose checks no policy sees. Roles with BYPASSRLS, views that read as "
		"somebody else and policies that are switched off have checks of their own.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
