#include "unit/check.hpp"

namespace dbeng {

template <class Entry>
static const Entry &
as(const void *entry)
{
	return *static_cast<const Entry *>(entry);
}

/* Never raises for a type that is gone; schema-qualified where the search_path does not find it. */
static const char *
type_text(Oid type, bits16 flags = 0)
{
	return format_type_extended(type, -1, static_cast<bits16>(FORMAT_TYPE_ALLOW_INVALID | flags));
}

static const char *
relation_text(const RelationEntry &relation)
{
	return quoted(relation.schema->name, relation.name);
}

static const char *
attached_text(const char *name, const char *to)
{
	return format("%s on %s", quoted(name), to);
}

Subject::Subject(const RelationEntry &relation)
	: render_([](const void *entry, const void *) { return relation_text(as<RelationEntry>(entry)); }),
	  entry_(&relation), detail_(nullptr)
{}

Subject::Subject(const RelationEntry &relation, const ColumnEntry &column)
	: render_(
		  [](const void *entry, const void *detail)
		  { return format("%s.%s", relation_text(as<RelationEntry>(entry)), quoted(as<ColumnEntry>(detail).name)); }),
	  entry_(&relation), detail_(&column)
{}

Subject::Subject(const IndexEntry &index)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const IndexEntry &named = as<IndexEntry>(entry);
			  return quoted(named.table->schema->name, named.name);
		  }),
	  entry_(&index), detail_(nullptr)
{}

Subject::Subject(const ConstraintEntry &constraint)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const ConstraintEntry &named = as<ConstraintEntry>(entry);
			  return attached_text(named.name, named.table != nullptr
												   ? relation_text(*named.table)
												   : type_text(named.domain, FORMAT_TYPE_FORCE_QUALIFY));
		  }),
	  entry_(&constraint), detail_(nullptr)
{}

Subject::Subject(const PolicyEntry &policy)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const PolicyEntry &named = as<PolicyEntry>(entry);
			  return attached_text(named.name, relation_text(*named.table));
		  }),
	  entry_(&policy), detail_(nullptr)
{}

Subject::Subject(const TriggerEntry &trigger)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const TriggerEntry &named = as<TriggerEntry>(entry);
			  return attached_text(named.name, relation_text(*named.table));
		  }),
	  entry_(&trigger), detail_(nullptr)
{}

Subject::Subject(const RuleEntry &rule)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const RuleEntry &named = as<RuleEntry>(entry);
			  return attached_text(named.name, relation_text(*named.table));
		  }),
	  entry_(&rule), detail_(nullptr)
{}

Subject::Subject(const FunctionEntry &function)
	: render_(
		  [](const void *entry, const void *) -> const char *
		  {
			  const FunctionEntry &named = as<FunctionEntry>(entry);
			  StringInfoData text;
			  initStringInfo(&text);
			  appendStringInfo(&text, "%s(", quoted(named.schema->name, named.name));
			  for (std::size_t i = 0; i < named.argument_types.size(); i++)
				  appendStringInfo(&text, "%s%s", i == 0 ? "" : ",", type_text(named.argument_types[i]));
			  appendStringInfoChar(&text, ')');
			  return text.data;
		  }),
	  entry_(&function), detail_(nullptr)
{}

Subject::Subject(const SchemaEntry &schema)
	: render_([](const void *entry, const void *) { return quoted(as<SchemaEntry>(entry).name); }), entry_(&schema),
	  detail_(nullptr)
{}

Subject::Subject(const RoleEntry &role)
	: render_([](const void *entry, const void *) { return quoted(as<RoleEntry>(entry).name); }), entry_(&role),
	  detail_(nullptr)
{}

Subject::Subject(const TypeEntry &type)
	: render_(
		  [](const void *entry, const void *)
		  {
			  const TypeEntry &named = as<TypeEntry>(entry);
			  return quoted(named.schema->name, named.name);
		  }),
	  entry_(&type), detail_(nullptr)
{}

Subject::Subject(const char *name)
	: render_([](const void *entry, const void *) { return static_cast<const char *>(entry); }), entry_(name),
	  detail_(nullptr)
{}

} // namespace dbeng
