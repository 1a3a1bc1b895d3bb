/*
 * reading.hpp: who may read the log, and what a row of dbeng.audit_log is made of.
 */
#pragma once

#include "audit/audited_table.hpp"
#include "audit/chunk_scan.hpp"
#include "audit/rendering.hpp"

namespace dbeng {

/* Raises unless the caller may SELECT from dbeng.audit_log; what he asked for is the function's name. */
void require_audit_reader(const char *what);

/* INSERT … */
const char *action_name(Action action);

/* What is told of a change; JSON as text, NULL for NULL. */
struct ChangeText
{
	int64 audit_id;
	const char *table_name;
	Oid relation; /* InvalidOid: it is gone */
	const char *action;
	const char *record_id;
	const char *key;
	const char *old_data;
	const char *new_data;
	std::span<const char *const> changed_columns;
	bool has_changed_columns;
	const char *query;
};

/* Makes it, in CurrentMemoryContext, for one statement. */
class ChangeWriter
{
  public:
	ChangeWriter();
	ChangeText text(const RowChange &change);

	Renderer &renderer() { return renderer_; }

  private:
	const char *record_id(const RowChange &change);
	KeptValue key_value(const RowChange &change, std::size_t column);

	Renderer renderer_;
	std::span<const AuditedTable> tables_;
};

/* The table of that number; NULL: it is not registered. */
const AuditedTable *find_table(std::span<const AuditedTable> tables, int32 table_id);

/* Makes dbeng.audit_log a view that reads the log itself: its conditions reach the partitions then. As the extension's owner. */
void bind_audit_view();

} // namespace dbeng
