/*
 * plan_text.hpp: planned actions in words, and as SQL that a person could run.
 */
#pragma once

#include "partition/partition_set.hpp"

namespace dbeng {

/* create, create default, drain, finalize detach, detach, move, drop, none */
const char *planned_name(PartitionAction action);

/* The partition it is about, or the name that a new one gets; NULL: none in particular. */
const char *action_subject(const PartitionSet &set, const PlannedAction &action);

/* Statements that run as they stand in psql; NULL where there is none to run. */
const char *action_sql(const PartitionSet &set, const PlannedAction &action);

/* May a role see how a set stands: as its owner, as who may read it, as pg_monitor? */
bool may_look_into(Oid parent, Oid role);

/* As its owner, or as pg_monitor: errors may quote rows. */
bool may_read_errors(Oid parent, Oid role);

/* What DROP calls it. */
const char *table_word(Oid partition);

} // namespace dbeng
