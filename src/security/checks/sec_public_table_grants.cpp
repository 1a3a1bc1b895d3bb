#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

/* What PUBLIC may change in it. */
static AclMode
public_writes(const RelationEntry &relation)
{
	AclMode writing = relation.kind == RELKIND_SEQUENCE ? ACL_UPDATE | ACL_USAGE : write_privileges;
	return public_privileges(relation.acl) & writing;
}

/* A partition with the grant of its table goes with that. */
static bool
told_at_root(const RelationEntry &relation)
{
	return relation.partition && relation.root != &relation && public_writes(*relation.root) != 0;
}

static void
list_tree(const RelationEntry &relation, StringInfo names)
{
	appendStringInfo(names, "%s%s", names->len == 0 ? "" : ", ", quoted(relation.schema->name, relation.name));
	if (relation.kind == RELKIND_PARTITIONED_TABLE)
		for (const RelationEntry *child : relation.children)
			if (public_writes(*child) != 0 || child->kind == RELKIND_PARTITIONED_TABLE)
				list_tree(*child, names);
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	for (const RelationEntry &relation : catalog.own_relations())
	{
		if (relation.kind == RELKIND_MATVIEW || relation.kind == RELKIND_COMPOSITE_TYPE || told_at_root(relation))
			continue;
		verdict.judged();
		AclMode writes = public_writes(relation);
		if (writes == 0)
			continue;
		verdict.failed(
			relation,
			[&relation, writes](Finding &finding)
			{
				bool sequence = relation.kind == RELKIND_SEQUENCE;
				finding.message("%s granted to PUBLIC: every role may change %s", privilege_names(writes),
								sequence						? "the sequence"
								: relation.kind == RELKIND_VIEW ? "rows through it"
																: "its rows");
				finding.evidence("privileges", privilege_names(writes));
				finding.evidence("row_security", relation.row_security);
				if (!public_by_owner(relation.acl, relation.owner, writes))
					return;
				StringInfoData names;
				initStringInfo(&names);
				list_tree(relation, &names);
				finding.fix("REVOKE %s ON %s %s FROM PUBLIC", privilege_names(writes), sequence ? "SEQUENCE" : "TABLE",
							names.data);
			},
			{.severity = relation.kind == RELKIND_SEQUENCE ? Severity::notice : Severity::warning, .escalate = true});
	}
}

CHECK(sec_public_table_grants){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Writing granted to PUBLIC",
	.rationale =
		"What PUBLIC may write, every role may that can connect, those of other applications and future ones too. Grant it to "
		"the roles that need it. Reading by PUBLIC is not judged.",
	.reference = "https://www.postgresql.org/docs/current/ddl-priv.html",
	.judge = judge,
};

} // namespace dbeng
