/*
 * catalog.hpp: the model, everything a check may look at.
 *
 * One pass over the catalogs and the statistics (catalog/load.cpp) fills it
 * under one snapshot; from then on it is read-only and nobody asks the
 * catalogs again. Entries point to each other, so a check walks from a
 * constraint to its index to its table without a look-up.
 *
 * All memory is in one context. Entries are plain structs: NULL pointers and
 * empty spans stand for "has none", InvalidOid and -1 keep the meaning they
 * have in the catalogs (reltuples -1 is "unknown", not "empty").
 */
#pragma once

#include "core/memory.hpp"

namespace dbeng {

struct SchemaEntry;
struct RelationEntry;
struct IndexEntry;
struct ConstraintEntry;
struct RoleEntry;

/* Whose an object is. Only what is the user's own is ever advised on. */
enum class Standing : uint8
{
	user,
	system,	   /* pg_catalog, information_schema, pg_toast */
	temporary, /* somebody's temporary table */
	extension, /* member of an extension */
	own		   /* dbeng's */
};

/* The counters of a table or an index since the statistics were reset. */
struct Counters
{
	int64 scans;		/* sequential scans of a table, scans of an index */
	int64 rows_read;	/* rows (index entries) read by those scans */
	int64 rows_fetched; /* live rows fetched through index scans */
	int64 inserted;
	int64 updated;
	int64 deleted;
	int64 hot_updated;
	int64 moved_by_update; /* updates that put the row on another page: 16 and later, 0 before */
	int64 live;
	int64 dead;
	int64 modified_since_analyze;
	int64 inserted_since_vacuum;
	int64 blocks_fetched;
	int64 blocks_hit;
	TimestampTz last_scan;	 /* 16 and later; 0 when never or not known */
	TimestampTz last_vacuum; /* by hand or automatic, whichever is later */
	TimestampTz last_analyze;

	int64 written() const { return inserted + updated + deleted; }
};

/* What ANALYZE knows of a column; on a parent, of the whole tree. */
struct ColumnStatistics
{
	float4 null_fraction;
	int32 width;		/* bytes, average, stored */
	float4 distinct;	/* > 0 a number, < 0 a share of the rows, 0 unknown */
	float4 correlation; /* NaN when not known */
};

/* A stored expression: pg_node_tree text; catalog/expression.hpp reads it. */
struct Expression
{
	const char *tree;
};

struct TypeEntry
{
	Oid oid;
	const char *name;
	const SchemaEntry *schema;
	Oid base;	 /* a domain's base type, else InvalidOid */
	Oid element; /* an array's element type, else InvalidOid */
	Oid collation;
	Oid owner;
	int16 length; /* typlen */
	char align;
	char kind; /* typtype: b c d e m p r */
	char category;
	bool not_null; /* domain */
	bool by_value;
	Standing standing;
};

struct ColumnEntry
{
	const char *name;
	const ColumnStatistics *statistics; /* NULL when never analysed */
	const Expression *default_value;	/* also a generated column's expression */
	Oid type;
	int32 typmod;
	Oid collation;
	AttrNumber number;
	int16 length;
	char align;
	char storage;
	char identity;	/* '\0', 'a' always, 'd' by default */
	char generated; /* '\0', 's' stored, 'v' virtual */
	bool not_null;
	bool has_default;
	bool has_missing; /* rows from before it was added do not store its value */
	bool inherited;
	bool local;
};

struct IndexKey
{
	AttrNumber column; /* 0: an expression */
	Oid opclass;	   /* InvalidOid for an INCLUDE column */
	Oid opfamily;
	Oid input_type; /* the opclass's */
	Oid collation;
	int16 option; /* INDOPTION_DESC | INDOPTION_NULLS_FIRST */
	bool default_opclass;

	bool descending() const { return (option & INDOPTION_DESC) != 0; }
	bool nulls_first() const { return (option & INDOPTION_NULLS_FIRST) != 0; }
};

struct IndexEntry
{
	const char *name;
	RelationEntry *table;
	const IndexEntry *parent;	   /* the partitioned index it is attached to */
	const IndexEntry *first_child; /* of a partitioned index; the rest by next_sibling */
	const IndexEntry *next_sibling;
	const ConstraintEntry *constraint; /* the one it enforces, if any */
	std::span<const IndexKey> keys;	   /* key columns, then INCLUDE columns */
	const char *expressions;		   /* pg_node_tree of a List, NULL without */
	const char *predicate;			   /* pg_node_tree, NULL when not partial */
	const varlena *options;			   /* reloptions, text[] */
	const Counters *counters;		   /* NULL: nothing counted yet */
	Oid oid;
	Oid method; /* BTREE_AM_OID … */
	Oid tablespace;
	pg::FileNumber file; /* relfilenode */
	float4 tuples;		 /* -1 unknown */
	BlockNumber pages;
	uint16 key_columns; /* how many of keys are key columns */
	bool unique;
	bool nulls_not_distinct;
	bool primary;
	bool exclusion;
	bool immediate; /* false: enforces a deferrable constraint */
	bool clustered;
	bool valid;
	bool ready;
	bool live;
	bool replica_identity;
	bool partitioned; /* relkind I */

	std::span<const IndexKey> key() const { return keys.first(key_columns); }
	std::span<const IndexKey> included() const { return keys.subspan(key_columns); }
	bool usable() const { return valid && ready && live; }
};

struct ConstraintEntry
{
	const char *name;
	RelationEntry *table;	   /* NULL: a domain's */
	RelationEntry *referenced; /* foreign key: the other table; may be NULL (gone) */
	const IndexEntry *index;   /* that enforces it, or the referenced key's */
	std::span<const AttrNumber> columns;
	std::span<const AttrNumber> referenced_columns;
	const char *expression; /* CHECK: pg_node_tree */
	Oid oid;
	Oid parent;		/* on a partition: the parent table's constraint */
	Oid domain;		/* the domain type, else InvalidOid */
	char type;		/* contype: c f n p t u x */
	char on_update; /* foreign key actions: a r c n d */
	char on_delete;
	char match; /* s simple, f full */
	bool deferrable;
	bool deferred;
	bool validated;
	bool enforced; /* false only on 18 and later */
	bool local;
	bool inherited;
};

struct PolicyEntry
{
	const char *name;
	const RelationEntry *table;
	std::span<const Oid> roles;	  /* InvalidOid in it: PUBLIC */
	const char *using_expression; /* pg_node_tree, NULL without */
	const char *check_expression;
	Oid oid;
	char command; /* '*' a r w d */
	bool permissive;
};

struct TriggerEntry
{
	const char *name;
	const RelationEntry *table;
	Oid oid;
	Oid function;
	Oid constraint;
	int16 type;	  /* tgtype bits */
	char enabled; /* O D R A */
	bool internal;
	bool inherited; /* cloned to a partition from its parent */
};

struct RuleEntry
{
	const char *name;
	const RelationEntry *table;
	Oid oid;
	char event; /* 1 select 2 update 3 insert 4 delete */
	bool instead;
	char enabled;
};

/* A view or rule that reads a relation's column (0: the relation). */
struct ViewDependency
{
	const RelationEntry *view;
	const RelationEntry *reads;
	AttrNumber column;
};

/* Partitioned table: how it is divided. */
struct PartitionKey
{
	std::span<const AttrNumber> columns; /* 0: an expression */
	Oid default_partition;
	char strategy; /* h l r */
};

struct SequenceEntry
{
	RelationEntry *relation;
	RelationEntry *owner_table; /* OWNED BY, or the identity column's table */
	AttrNumber owner_column;
	Oid type;
	int64 increment;
	int64 minimum;
	int64 maximum;
	bool cycles;
	bool identity;
};

struct RelationEntry
{
	const char *name;
	const SchemaEntry *schema;
	RelationEntry *parent;			/* partition or inheritance child: the (first) parent */
	RelationEntry *root;			/* topmost partitioned ancestor; itself when none */
	std::span<ColumnEntry> columns; /* without dropped ones, by number */
	std::span<IndexEntry *> indexes;
	std::span<ConstraintEntry *> constraints; /* on this table */
	std::span<ConstraintEntry *> referencing; /* foreign keys of others (or its own) to it */
	std::span<PolicyEntry *> policies;
	std::span<TriggerEntry *> triggers;
	std::span<RuleEntry *> rules; /* without a view's own SELECT rule */
	std::span<RelationEntry *> children;
	const PartitionKey *partition_key;
	const char *partition_bound; /* pg_node_tree, NULL when not a partition */
	const varlena *options;		 /* reloptions, text[] */
	const varlena *acl;			 /* aclitem[], NULL: the default */
	const Counters *counters;	 /* NULL: nothing counted yet */
	SequenceEntry *sequence;
	Oid oid;
	Oid owner;
	Oid method;
	Oid tablespace;
	Oid of_type;
	Oid toast;
	pg::FileNumber file; /* relfilenode */
	pg::FileNumber toast_file;
	BlockNumber pages;
	BlockNumber all_visible_pages;
	BlockNumber toast_pages;
	float4 tuples; /* -1 unknown */
	float4 toast_tuples;
	TransactionId frozen_xid; /* the older of the table's and its TOAST table's */
	MultiXactId min_multixact;
	int16 column_count;	   /* with dropped ones */
	char kind;			   /* relkind: r p v m f S c */
	char persistence;	   /* p u t */
	char replica_identity; /* d n f i */
	bool partition;		   /* relispartition */
	bool inherits;		   /* child of plain inheritance */
	bool row_security;
	bool force_row_security;
	bool populated;
	bool has_column_acl;
	Standing standing;

	bool is_table() const { return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE; }
	bool stores_rows() const { return kind == RELKIND_RELATION || kind == RELKIND_MATVIEW; }
	const ColumnEntry *column(AttrNumber number) const; /* NULL: dropped, system or none */
	const ColumnEntry *column(const char *name) const;
	const IndexEntry *primary_key() const;
};

struct SchemaEntry
{
	const char *name;
	const varlena *acl;
	Oid oid;
	Oid owner;
	Standing standing;
};

struct FunctionEntry
{
	const char *name;
	const SchemaEntry *schema;
	const char *source;		 /* prosrc */
	const char *sql_body;	 /* pg_node_tree of BEGIN ATOMIC, NULL without */
	const varlena *settings; /* proconfig, text[], NULL without */
	const varlena *acl;
	std::span<const Oid> argument_types; /* input arguments */
	Oid oid;
	Oid owner;
	Oid language;
	Oid result;
	char kind;		 /* f p a w */
	char volatility; /* i s v */
	char parallel;
	bool security_definer;
	bool leakproof;
	bool strict;
	Standing standing;
};

struct RoleEntry
{
	const char *name;
	Oid oid;
	bool superuser;
	bool inherit;
	bool create_role;
	bool create_database;
	bool login;
	bool replication;
	bool bypass_rls;
	bool predefined; /* pg_… */
	int32 connection_limit;
	TimestampTz valid_until; /* DT_NOEND when none */
	const char *password;	 /* the stored verifier; NULL none, or not readable by the caller */
};

struct MembershipEntry
{
	const RoleEntry *role; /* the one granted */
	const RoleEntry *member;
	bool admin;
	bool inherits; /* 16+: as granted; before: the member's INHERIT */
	bool can_set;  /* 16+ WITH SET; before: true */
};

struct ExtensionEntry
{
	const char *name;
	const char *version;
	const SchemaEntry *schema;
	Oid oid;
	Oid owner;
};

struct LanguageEntry
{
	const char *name;
	Oid oid;
	Oid owner;
	bool trusted;
};

struct EventTriggerEntry
{
	const char *name;
	const char *event;
	Oid oid;
	Oid owner;
	Oid function;
	char enabled;
};

struct DefaultAclEntry
{
	Oid role;
	Oid schema;		  /* InvalidOid: everywhere */
	char object_type; /* r S f T n */
	const varlena *acl;
};

/* ALTER ROLE/DATABASE … SET. */
struct RoleSettingEntry
{
	Oid database;			 /* InvalidOid: every database */
	Oid role;				 /* InvalidOid: every role */
	const varlena *settings; /* text[] of name=value */
};

struct CollationEntry
{
	const char *name;
	const SchemaEntry *schema;
	const char *version; /* recorded; NULL without */
	Oid oid;
	char provider;
	bool deterministic;
};

/* The database the session is in, and its counters. */
struct DatabaseEntry
{
	const char *name;
	const char *collation_version; /* recorded; NULL without */
	const varlena *acl;
	Oid oid;
	Oid owner;
	int encoding;
	int32 connection_limit;
	TransactionId frozen_xid; /* the oldest of all databases */
	MultiXactId min_multixact;
	const char *oldest_database; /* whose frozen_xid that is */
	int64 commits;
	int64 rollbacks;
	int64 blocks_read;
	int64 blocks_hit;
	int64 temp_files;
	int64 temp_bytes;
	int64 deadlocks;
	int64 checksum_failures;
	TimestampTz stats_reset; /* 0: never reset since the database was made */
	bool allows_connections;
};

/* A range of a vector's entries that a predicate lets through, for range-for. */
template <class T, class Keep>
class Filtered
{
  public:
	class iterator
	{
	  public:
		iterator(T *at, T *end, const Keep *keep) : at_(at), end_(end), keep_(keep) { settle(); }
		T &operator*() const { return *at_; }
		iterator &operator++()
		{
			++at_;
			settle();
			return *this;
		}
		bool operator!=(const iterator &other) const { return at_ != other.at_; }

	  private:
		void settle()
		{
			while (at_ != end_ && !(*keep_)(*at_))
				++at_;
		}
		T *at_;
		T *end_;
		const Keep *keep_;
	};

	Filtered(std::span<T> all, Keep keep) : all_(all), keep_(keep) {}
	iterator begin() const { return {all_.data(), all_.data() + all_.size(), &keep_}; }
	iterator end() const { return {all_.data() + all_.size(), all_.data() + all_.size(), &keep_}; }

  private:
	std::span<T> all_;
	Keep keep_;
};

/* Relations that nearly every check walks over, listed once, for range-for. */
class Listed
{
  public:
	class iterator
	{
	  public:
		explicit iterator(RelationEntry *const *at) : at_(at) {}
		RelationEntry &operator*() const { return **at_; }
		iterator &operator++()
		{
			++at_;
			return *this;
		}
		bool operator!=(const iterator &other) const { return at_ != other.at_; }

	  private:
		RelationEntry *const *at_;
	};

	explicit Listed(std::span<RelationEntry *const> relations) : relations_(relations) {}
	iterator begin() const { return iterator(relations_.data()); }
	iterator end() const { return iterator(relations_.data() + relations_.size()); }

  private:
	std::span<RelationEntry *const> relations_;
};

class Catalog
{
  public:
	/* Everything, sorted by OID where there is one; the users' objects are found through the ranges below. */
	std::span<SchemaEntry> schemas;
	std::span<RelationEntry> relations; /* tables, views, sequences, foreign tables; no indexes, no TOAST tables */
	std::span<IndexEntry> indexes;
	std::span<ConstraintEntry> constraints;
	std::span<PolicyEntry> policies;
	std::span<TriggerEntry> triggers;
	std::span<RuleEntry> rules;
	std::span<ViewDependency> view_dependencies;
	std::span<SequenceEntry> sequences;
	std::span<FunctionEntry> functions; /* without the server's own */
	std::span<TypeEntry> types;			/* without rows' types and their arrays */
	std::span<RoleEntry> roles;
	std::span<MembershipEntry> memberships;
	std::span<ExtensionEntry> extensions;
	std::span<LanguageEntry> languages;
	std::span<EventTriggerEntry> event_triggers;
	std::span<DefaultAclEntry> default_acls;
	std::span<RoleSettingEntry> role_settings;
	std::span<CollationEntry> collations; /* that have a recorded version */
	DatabaseEntry database;

	TimestampTz now;
	TimestampTz server_start;
	/*
	 * No use of a table or index of this database since then can have been
	 * forgotten: by a reset, by a crash, by being older than the database.
	 */
	TimestampTz counted_since;
	bool in_recovery;
	bool passwords_readable; /* RoleEntry::password means something */

	/* What is read only when a check asks for it; see workload.hpp, hba.hpp and snapshot/window.hpp. */
	MemoryContext context;
	mutable const struct Workload *workload;
	mutable const struct Hba *hba;
	mutable const struct Window *window;

	/* Tables of the user's own, partitions and inheritance children not: what most checks judge. */
	Listed tables() const { return Listed(tables_); }
	/* The same with every partition. */
	Listed tables_and_partitions() const { return Listed(tables_and_partitions_); }
	/* Everything of the user's own in pg_class but indexes: views, sequences, foreign tables too. */
	Listed own_relations() const { return Listed(own_relations_); }
	/* Indexes of the user's own tables and materialized views, partitions' too. */
	auto own_indexes() const
	{
		return Filtered(indexes, [](const IndexEntry &i) { return i.table->standing == Standing::user; });
	}
	auto own_functions() const
	{
		return Filtered(functions, [](const FunctionEntry &f) { return f.standing == Standing::user; });
	}
	auto own_schemas() const
	{
		return Filtered(schemas, [](const SchemaEntry &s) { return s.standing == Standing::user; });
	}
	/* Constraints of the user's own tables, those that partitions inherit from their parent left out. */
	auto own_constraints() const
	{
		return Filtered(constraints,
						[](const ConstraintEntry &c) {
							return c.table != nullptr && c.table->standing == Standing::user && c.parent == InvalidOid;
						});
	}

	/* How long the counters have been counting, in microseconds. */
	int64 counted_for() const { return now - counted_since; }

	/* NULL when there is none. */
	const RelationEntry *relation(Oid oid) const;
	const IndexEntry *index(Oid oid) const;
	const SchemaEntry *schema(Oid oid) const;
	const FunctionEntry *function(Oid oid) const;
	const TypeEntry *type(Oid oid) const;
	const RoleEntry *role(Oid oid) const;
	const RoleEntry *role(const char *name) const;
	const ExtensionEntry *extension(const char *name) const;
	const LanguageEntry *language(Oid oid) const;

	/* A domain's base type, followed to the end; any other type itself. */
	Oid base_type(Oid type) const;

	/* Sums over a table and, for a partitioned one, all its partitions. */
	int64 bytes(const RelationEntry &table) const; /* heap and TOAST, by relpages */
	int64 index_bytes(const RelationEntry &table) const;
	int64 bytes(const IndexEntry &index) const;	   /* a partitioned index: with its children */
	double rows(const RelationEntry &table) const; /* -1 when nothing is known */
	Counters counters(const RelationEntry &table) const;
	Counters counters(const IndexEntry &index) const;
	int64 index_scans(const RelationEntry &table) const; /* of all its indexes */

	/* Of all the users' own indexes: blocks asked for, and those found in shared buffers. */
	int64 index_blocks(int64 *hit) const;

  private:
	friend class Loader;

	std::span<RelationEntry *> tables_;
	std::span<RelationEntry *> tables_and_partitions_;
	std::span<RelationEntry *> own_relations_;
};

enum class Extent : uint8
{
	all,
	sizes, /* relations, indexes, partitions and their counters: no columns, constraints, roles or functions */
	layout /* the same with columns and their statistics, of tables that may have more than one page; no counters of indexes */
};

/* Reads the catalogs and the statistics of this database into CurrentMemoryContext. */
const Catalog &load_catalog(Extent extent = Extent::all);

} // namespace dbeng
