/*
 * table_access.hpp: how a statement gets at one of its tables, as the planner
 * sees it after it has flattened views and sub-selects, folded constants and
 * moved conditions to where they belong. What an index could be made for.
 *
 * Everything lives as long as the visit of the statement. Expressions and
 * column numbers are the table's own, with Vars of varno 1.
 */
#pragma once

#include "catalog/catalog.hpp"

namespace dbeng {

enum class Test : uint8
{
	equal,	/* key = something */
	any_of, /* key = ANY (…), IN */
	range,	/* <, <=, >=, >; a prefix of LIKE 'x%' */
	rows,	/* (a, b) < (…): columns are in row */
	is_null,
	not_null,
	truth,		  /* a boolean column, or NOT it */
	search,		  /* an operator that other methods than btree own: @>, &&, @@, ~ … */
	function_call /* a function whose support function may make index conditions of it */
};

struct Condition
{
	Test test;
	bool value;		   /* truth: true or false */
	AttrNumber column; /* 0: an expression */
	int32 arm;		   /* 0: ANDed with all others; else only with those of the same arm of an OR */
	Node *key;
	Oid type; /* of the key */
	Oid op;	  /* with the key on its left; InvalidOid without */
	Oid collation;
	const Const *constant; /* NULL: not known, or of another table */
	Node *clause;		   /* as a predicate would have it */
	uint64 partners;	   /* which other tables of the statement it joins, as bits; 0: none */
	double share;		   /* of the rows it lets through */
	bool pattern;		   /* range: a prefix of a text, which wants an opclass of its own unless the collation is C */
	std::span<const AttrNumber> row;
};

struct OrderKey
{
	AttrNumber column;
	Node *key;
	Oid type;
	Oid opfamily; /* btree */
	Oid collation;
	Oid distance_op; /* ORDER BY key <-> constant; else InvalidOid */
	bool descending;
	bool nulls_first;
};

struct TableAccess
{
	const RelationEntry *table;
	std::span<const Condition> conditions;
	std::span<const OrderKey> order;	/* as much of the statement's order as this table can give */
	std::span<const AttrNumber> needed; /* columns the statement reads; empty when it wants whole rows */
	double rows;						/* of the table */
	double pages;
	bool few_wanted; /* a LIMIT, or min() and max(): the first rows are enough */
	bool distinct_on;
	bool target; /* of UPDATE or DELETE */
};

} // namespace dbeng
