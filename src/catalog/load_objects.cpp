#include "catalog/loader.hpp"

namespace dbeng {

/* Verifiers are shown to those only who may read pg_authid themselves. */
void
Loader::roles()
{
	catalog_.passwords_readable = pg_class_aclcheck(AuthIdRelationId, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	each_tuple(AuthIdRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_authid>();
				   RoleEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.rolname);
				   entry.superuser = form.rolsuper;
				   entry.inherit = form.rolinherit;
				   entry.create_role = form.rolcreaterole;
				   entry.create_database = form.rolcreatedb;
				   entry.login = form.rolcanlogin;
				   entry.replication = form.rolreplication;
				   entry.bypass_rls = form.rolbypassrls;
				   entry.predefined = IsReservedName(entry.name) && form.oid < FirstNormalObjectId &&
									  form.oid != BOOTSTRAP_SUPERUSERID;
				   entry.connection_limit = form.rolconnlimit;
				   entry.valid_until = DT_NOEND;
				   Datum value;
				   if (row.get(Anum_pg_authid_rolvaliduntil, &value))
					   entry.valid_until = DatumGetTimestampTz(value);
				   if (catalog_.passwords_readable && row.get(Anum_pg_authid_rolpassword, &value))
					   entry.password = text(value);
				   roles_.push_back(entry);
			   });
	catalog_.roles = sorted_by_oid(roles_);

	each_tuple(AuthMemRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_auth_members>();
				   const RoleEntry *role = find_by_oid(catalog_.roles, form.roleid);
				   const RoleEntry *member = find_by_oid(catalog_.roles, form.member);
				   if (role == nullptr || member == nullptr)
					   return;
				   memberships_.push_back(MembershipEntry{role, member, form.admin_option,
														  pg::inherits(form, member->inherit), pg::can_set(form)});
			   });
	catalog_.memberships = {memberships_.data(), memberships_.size()};

	each_tuple(
		DbRoleSettingRelationId, snapshot_,
		[this](const TupleView &row)
		{
			auto &form = row.form<FormData_pg_db_role_setting>();
			if (Datum value; row.get(Anum_pg_db_role_setting_setconfig, &value))
				role_settings_.push_back(RoleSettingEntry{form.setdatabase, form.setrole, arena_.copy_varlena(value)});
		});
	catalog_.role_settings = {role_settings_.data(), role_settings_.size()};
}

/* pg_proc without the server's own functions. */
void
Loader::functions()
{
	each_tuple(ProcedureRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_proc>();
				   const SchemaEntry *in = schema(form.pronamespace);
				   if (in == nullptr || in->standing == Standing::system || in->standing == Standing::own)
					   return;
				   FunctionEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.proname);
				   entry.schema = in;
				   entry.standing = standing(ProcedureRelationId, form.oid, in);
				   entry.owner = form.proowner;
				   entry.language = form.prolang;
				   entry.result = form.prorettype;
				   entry.kind = form.prokind;
				   entry.volatility = form.provolatile;
				   entry.parallel = form.proparallel;
				   entry.security_definer = form.prosecdef;
				   entry.leakproof = form.proleakproof;
				   entry.strict = form.proisstrict;
				   entry.argument_types = arena_.copy(form.proargtypes.values, static_cast<std::size_t>(form.pronargs));
				   Datum value;
				   entry.source = "";
				   if (entry.standing == Standing::user && row.get(Anum_pg_proc_prosrc, &value))
					   entry.source = text(value);
				   if (entry.standing == Standing::user && row.get(Anum_pg_proc_prosqlbody, &value))
					   entry.sql_body = text(value);
				   if (row.get(Anum_pg_proc_proconfig, &value))
					   entry.settings = arena_.copy_varlena(value);
				   if (row.get(Anum_pg_proc_proacl, &value))
					   entry.acl = arena_.copy_varlena(value);
				   functions_.push_back(entry);
			   });
	catalog_.functions = sorted_by_oid(functions_);

	each_tuple(LanguageRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_language>();
				   languages_.push_back(LanguageEntry{name(form.lanname), form.oid, form.lanowner, form.lanpltrusted});
			   });
	catalog_.languages = sorted_by_oid(languages_);

	each_tuple(EventTriggerRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_event_trigger>();
				   if (standing(EventTriggerRelationId, form.oid, nullptr) != Standing::user)
					   return;
				   event_triggers_.push_back(EventTriggerEntry{name(form.evtname), name(form.evtevent), form.oid,
															   form.evtowner, form.evtfoid, form.evtenabled});
			   });
	catalog_.event_triggers = sorted_by_oid(event_triggers_);
}

void
Loader::policies()
{
	each_tuple(PolicyRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_policy>();
				   PolicyEntry entry = {};
				   entry.table = relation(form.polrelid);
				   if (entry.table == nullptr)
					   return;
				   entry.oid = form.oid;
				   entry.name = name(form.polname);
				   entry.command = form.polcmd;
				   entry.permissive = form.polpermissive;
				   Datum value;
				   if (row.get(Anum_pg_policy_polroles, &value))
				   {
					   auto *array = reinterpret_cast<ArrayType *>(PG_DETOAST_DATUM(value));
					   entry.roles =
						   arena_.copy(reinterpret_cast<const Oid *>(ARR_DATA_PTR(array)),
									   static_cast<std::size_t>(ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array))));
				   }
				   if (row.get(Anum_pg_policy_polqual, &value))
					   entry.using_expression = text(value);
				   if (row.get(Anum_pg_policy_polwithcheck, &value))
					   entry.check_expression = text(value);
				   policies_.push_back(entry);
			   });
	catalog_.policies = sorted_by_oid(policies_);
	distribute(
		arena_, catalog_.policies, [](const PolicyEntry &policy) { return const_cast<RelationEntry *>(policy.table); },
		[](RelationEntry & table) -> auto & { return table.policies; });
}

/* The triggers behind constraints are the server's business, unless somebody has switched one off. */
void
Loader::triggers()
{
	each_tuple(TriggerRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_trigger>();
				   if (form.tgisinternal && form.tgenabled == TRIGGER_FIRES_ON_ORIGIN)
					   return;
				   TriggerEntry entry = {};
				   entry.table = relation(form.tgrelid);
				   if (entry.table == nullptr)
					   return;
				   entry.oid = form.oid;
				   entry.name = name(form.tgname);
				   entry.function = form.tgfoid;
				   entry.constraint = form.tgconstraint;
				   entry.type = form.tgtype;
				   entry.enabled = form.tgenabled;
				   entry.internal = form.tgisinternal;
				   entry.inherited = form.tgparentid != InvalidOid;
				   triggers_.push_back(entry);
			   });
	catalog_.triggers = sorted_by_oid(triggers_);
	distribute(
		arena_, catalog_.triggers,
		[](const TriggerEntry &trigger) { return const_cast<RelationEntry *>(trigger.table); },
		[](RelationEntry & table) -> auto & { return table.triggers; });
}

/* Rules somebody wrote; the one that makes a view a view is none. */
void
Loader::rules()
{
	each_tuple(RewriteRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_rewrite>();
				   if (strcmp(NameStr(form.rulename), ViewSelectRuleName) == 0)
					   return;
				   RuleEntry entry = {};
				   entry.table = relation(form.ev_class);
				   if (entry.table == nullptr)
					   return;
				   entry.oid = form.oid;
				   entry.name = name(form.rulename);
				   entry.event = form.ev_type;
				   entry.instead = form.is_instead;
				   entry.enabled = form.ev_enabled;
				   rules_.push_back(entry);
			   });
	catalog_.rules = sorted_by_oid(rules_);
	distribute(
		arena_, catalog_.rules, [](const RuleEntry &rule) { return const_cast<RelationEntry *>(rule.table); },
		[](RelationEntry & table) -> auto & { return table.rules; });
}

void
Loader::privileges()
{
	each_tuple(DefaultAclRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_default_acl>();
				   if (Datum value; row.get(Anum_pg_default_acl_defaclacl, &value))
					   default_acls_.push_back(DefaultAclEntry{form.defaclrole, form.defaclnamespace,
															   form.defaclobjtype, arena_.copy_varlena(value)});
			   });
	catalog_.default_acls = {default_acls_.data(), default_acls_.size()};
}

void
Loader::collations()
{
	each_tuple(CollationRelationId, snapshot_,
			   [this](const TupleView &row)
			   {
				   auto &form = row.form<FormData_pg_collation>();
				   Datum version;
				   if (!row.get(Anum_pg_collation_collversion, &version))
					   return;
				   CollationEntry entry = {};
				   entry.oid = form.oid;
				   entry.name = name(form.collname);
				   entry.schema = schema(form.collnamespace);
				   entry.version = text(version);
				   entry.provider = form.collprovider;
				   entry.deterministic = form.collisdeterministic;
				   collations_.push_back(entry);
			   });
	catalog_.collations = sorted_by_oid(collations_);
}

} // namespace dbeng
