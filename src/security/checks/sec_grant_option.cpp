#include "unit/check.hpp"

#include "core/text.hpp"
#include "security/access.hpp"

namespace dbeng {

namespace {

struct Passed
{
	const RelationEntry *first;
	int64 relations;
};

} // namespace

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	Local<FlatMap<Oid, Passed>> by_role;
	for (const RelationEntry &relation : catalog.own_relations())
		for (const AclItem &item : acl_items(relation.acl))
		{
			if (item.ai_grantee == relation.owner || item.ai_grantee == ACL_ID_PUBLIC)
				continue;
			Passed &passed = by_role->try_emplace(item.ai_grantee, Passed{nullptr, 0}).first->second;
			if (ACLITEM_GET_GOPTIONS(item) == 0)
				continue;
			if (passed.relations++ == 0)
				passed.first = &relation;
		}
	for (const auto &[oid, passed] : *by_role)
	{
		const RoleEntry *role = catalog.role(oid);
		if (role == nullptr || role->superuser || role->predefined)
			continue;
		verdict.judged();
		if (passed.relations > 0)
			verdict.failed(
				*role,
				[first = passed.first, relations = passed.relations](Finding &finding)
				{
					const char *name = quoted(first->schema->name, first->name);
					if (relations == 1)
						finding.message("may pass its privileges on %s on to others (WITH GRANT OPTION)", name);
					else
						finding.message("may pass its privileges on %s relations on to others (WITH GRANT OPTION), %s "
										"among them",
										grouped(relations), name);
					finding.evidence("relations", relations);
					finding.evidence("first", name);
				});
	}
}

CHECK(sec_grant_option){
	.dimension = Dimension::security,
	.severity = Severity::notice,
	.title = "Privileges with grant option",
	.rationale =
		"A role that may pass privileges on decides who sees the data, and its grants stay unnoticed until somebody tries to "
		"revoke them. Judged for roles that hold grants on tables, views and sequences of others.",
	.reference = "https://www.postgresql.org/docs/current/ddl-priv.html",
	.judge = judge,
};

} // namespace dbeng
