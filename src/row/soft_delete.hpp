/*
 * soft_delete.hpp: what the parts of soft delete have in common.
 */
#pragma once

#include "catalog/soft_table.hpp"
#include "core/extension.hpp"

namespace dbeng {

/* The column of the deletion; that of its time is the caller's to name. */
inline constexpr const char *number_column = "deletion_id";

/* What a DELETE writes into the column of the deletion: the trigger puts its number there. */
inline constexpr int64 to_be_numbered = 0;

/* dbeng.hard_delete: DELETE of who owns the table really deletes. */
extern bool hard_delete;
void assign_hard_delete(bool value, void *extra);

/* dbeng.soft_delete_retention: minutes that deleted rows stay; 0: for ever. */
extern int soft_delete_retention;

/* Statements that this session has begun to execute under our eyes; 0: the library was loaded in the midst of the first one. */
extern uint64 statements_seen;

void install_soft_delete_hooks();

/* At a statement's end: deletes what depends on the rows it has deleted, and records it. */
void follow_deletion(QueryDesc *statement);

/* How a foreign key is declared, as its referenced side sees it. */
struct KeyReference
{
	Oid constraint;
	const char *name;
	Oid child;
	Oid parent;
	char action; /* FKCONSTR_ACTION_… of ON DELETE */
	bool temporal;
	int columns;
	AttrNumber child_columns[INDEX_MAX_KEYS];
	AttrNumber parent_columns[INDEX_MAX_KEYS];
	Oid operators[INDEX_MAX_KEYS]; /* parent = child */
	int set_columns;			   /* of ON DELETE SET NULL (…); 0: all */
	AttrNumber set[INDEX_MAX_KEYS];
};

/* False: it is gone. Its name is in the caller's memory. */
bool read_key(Oid constraint, KeyReference &key);

/* Of a table, quoted. */
const char *column_name(Oid relation, AttrNumber column);
/* ONLY, but for a partitioned table. */
const char *only(Oid relation);
/* "parent" of key columns equals "child" of it: p.id = c.parent_id AND …, under those aliases or texts. */
const char *key_condition(const KeyReference &key, const char *parent_alias, const char *child_alias);

/* Does a table have the trigger that looks whether the parents of its rows live? */
bool is_guarded(Oid child);

/* Makes the view of a table's live rows, in its schema; who may do what with the table may do it with the view. */
void make_live_view(Oid relation, const char *view, const SoftTable &table);
/* A table has columns that its view has not. */
void add_columns_to_view(Oid relation);

/* The owner of a table sees all of its rows until restore(), whatever FORCE ROW LEVEL SECURITY says: where all have to be known of. */
Identity past_own_policies();

/* The columns of the primary key, 0 without. */
int primary_key(Oid relation, AttrNumber *columns);

} // namespace dbeng
