#include "unit/check.hpp"

#include "catalog/expression.hpp"
#include "core/text.hpp"
#include "security/access.hpp"
#include "security/policy.hpp"

namespace dbeng {

namespace {

/* A column by which policies of some tables tell rows apart. */
struct TenantColumn
{
	const char *name;
	Oid type;
	const PolicyEntry *policy; /* one that does so, on a table of its own */
	int64 protected_tables;
	int64 open_tables;
};

struct ByName
{
	bool operator()(const char *a, const char *b) const { return strcmp(a, b) < 0; }
};

} // namespace

using TenantColumns = FlatMap<const char *, TenantColumn, ByName>;

static bool
is_tenant_name(const char *name)
{
	for (const char *usual : {"tenant_id", "tenant", "org_id", "organization_id", "organisation_id", "account_id",
							  "workspace_id", "company_id", "customer_id"})
		if (strcmp(name, usual) == 0)
			return true;
	return false;
}

/* Nobody but the owner, whom the other tables' policies leave alone too, gets at the rows. */
static bool
exposed(const Catalog &catalog, const RelationEntry &table, const TenantColumn &tenant)
{
	const RelationEntry &model = *tenant.policy->table;
	if (model.force_row_security && model.owner == table.owner)
		return true;
	return table.has_column_acl || granted_to_others(catalog, table.acl, table.owner, write_privileges | ACL_SELECT);
}

/* One plain policy for everything and everybody; any other needs a person to carry it over to another table. */
static bool
portable(const PolicyEntry &policy)
{
	return policy.table->policies.size() == 1 && policy.command == '*' && policy.permissive &&
		   policy_for_public(policy) &&
		   (policy.check_expression == nullptr || same_expression(policy.check_expression, policy.using_expression));
}

/* Its condition as SQL when it reads this column alone and asks no other table. */
static const char *
portable_condition(const PolicyEntry &policy, const ColumnEntry &column)
{
	std::span<const AttrNumber> columns = expression_columns(policy.using_expression);
	bool asks =
		any_node(expression_tree(policy.using_expression), [](Node *node)
				 { return IsA(node, SubLink) && castNode(Query, castNode(SubLink, node)->subselect)->rtable != NIL; });
	if (columns.size() != 1 || columns[0] != column.number || asks)
		return nullptr;
	const char *sql = expression_sql(policy.using_expression, *policy.table);
	return sql == nullptr || sql[0] == '\0' ? nullptr : sql;
}

static void
fix(const PolicyEntry &model, const RelationEntry &table, const char *column, Finding &finding)
{
	const char *condition = portable(model) ? portable_condition(model, *model.table->column(column)) : nullptr;
	if (condition == nullptr)
		return;
	const char *name = quoted(table.schema->name, table.name);
	finding.fix("CREATE POLICY %s ON %s USING (%s)", quoted(makeObjectName(table.name, column, nullptr)), name,
				condition);
	finding.fix("ALTER TABLE %s ENABLE ROW LEVEL SECURITY", name);
	if (model.table->force_row_security)
		finding.fix("ALTER TABLE %s FORCE ROW LEVEL SECURITY", name);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<TenantColumns> tenants;
	for (const RelationEntry &table : catalog.tables())
		if (table.row_security)
			for (const PolicyEntry *policy : table.policies)
				for (AttrNumber number : pinned_columns(policy->using_expression))
					if (const ColumnEntry *column = table.column(number); column != nullptr)
					{
						auto [tenant, first] =
							tenants->try_emplace(column->name, TenantColumn{column->name, column->type, policy, 0, 0});
						if (!first && tenant->second.type == column->type && !portable(*tenant->second.policy) &&
							portable(*policy))
							tenant->second.policy = policy;
					}
	if (tenants->empty())
		return;
	auto tenant_of = [&tenants](const ColumnEntry &column) -> TenantColumn *
	{
		auto found = tenants->find(column.name);
		return found != tenants->end() && found->second.type == column.type ? &found->second : nullptr;
	};
	for (const RelationEntry &table : catalog.tables())
		for (const ColumnEntry &column : table.columns)
			if (TenantColumn *tenant = tenant_of(column); tenant != nullptr)
				(table.row_security ? tenant->protected_tables : tenant->open_tables)++;

	for (const RelationEntry &table : catalog.tables())
	{
		CHECK_FOR_INTERRUPTS();
		for (const ColumnEntry &column : table.columns)
		{
			const TenantColumn *tenant = tenant_of(column);
			/* A name that says tenant, or a column that most tables which have it protect. */
			if (tenant == nullptr ||
				(!is_tenant_name(column.name) &&
				 (tenant->protected_tables < 3 || tenant->protected_tables < tenant->open_tables * 2)))
				continue;
			verdict.judged();
			/* Policies that are not in force are told by sec-rls-policy-but-disabled. */
			if (table.row_security || !table.policies.empty() || !exposed(catalog, table, *tenant))
				continue;
			verdict.failed(
				table,
				[&table, &column, policy = tenant->policy, tables = tenant->protected_tables](Finding &finding)
				{
					finding.message(
						"has %s, by which row level security protects %s, but no row level security of its own",
						quoted(column.name),
						tables == 1 ? quoted(policy->table->schema->name, policy->table->name)
									: format("%s other tables", grouped(tables)));
					finding.evidence("column", column.name);
					finding.evidence("protected_tables", tables);
					finding.evidence("model", Subject(*policy).text());
					fix(*policy, table, column.name, finding);
				});
			break;
		}
	}
}

CHECK(sec_rls_disabled_exposed){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Tenant's rows without row level security",
	.rationale =
		"Where policies keep tenants apart by a column, a table that has the column but no policy shows every tenant's rows. "
		"Columns that policies compare are judged when they are named like a tenant's key, or when most tables that have them "
		"are protected; tables only their owner may read are left alone.",
	.reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
	.judge = judge,
};

} // namespace dbeng
