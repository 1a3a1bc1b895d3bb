/*
 * blocking.cpp: dbeng.blocking: who waits for whom, as trees.
 *
 * pg_locks says who waits, pg_blocking_pids() for whom; it is asked for
 * waiters only, as it stops all locking for a moment. A waiter stands in one
 * line, below the blocker that is nearest to a root: a session that waits for
 * nobody. blocked_by has all of them.
 */
#include "core/access.hpp"
#include "core/query.hpp"
#include "core/rows.hpp"
#include "core/session.hpp"
#include "core/text.hpp"
#include "unit/wording.hpp"

namespace dbeng {

namespace {
/* A row of pg_locks, of somebody who waits, or of a prepared transaction. */
struct Lock
{
	int pid; /* 0: a prepared transaction's */
	const char *type;
	const char *mode;
	const char *holder; /* virtual transaction */
	TimestampTz since;	/* 0 when it has only just begun to wait */
	Oid database;
	Oid relation;
	int64 page; /* -1 without, as are the next */
	int64 tuple;
	const char *transaction;		 /* NULL without */
	const char *virtual_transaction; /* NULL without */
	int64 class_oid;
	int64 object;
	int64 sub_object;
	bool granted;
};

struct Node
{
	explicit Node(int process) : pid(process) {}

	int pid; /* 0: a prepared transaction */
	const char *gid = nullptr;
	const Lock *waits = nullptr;  /* for what; NULL for one that only blocks */
	Oid row_of = InvalidOid;	  /* the relation it holds a row of while it waits for a transaction */
	Vector<std::size_t> blockers; /* nodes */
	Vector<int32> blocked_by;	  /* their process IDs */
	Vector<std::size_t> children;
	std::size_t root = 0;
	int depth = -1; /* -1 not placed yet */
	int64 behind = 0;

	const char *user = nullptr;
	const char *database = nullptr;
	const char *application = nullptr;
	const char *state = nullptr;
	const char *query = nullptr;
	const char *backend_type = nullptr;
	TimestampTz transaction_start = 0;
	TimestampTz state_since = 0;
};
} // namespace

static const char *
copied(const char *text)
{
	return text == nullptr ? nullptr : pstrdup(text);
}

static int64
integer_or_none(const Row &row, int column)
{
	return row.null(column) ? -1 : row.integer(column);
}

static void
read_locks(Vector<Lock> &locks)
{
	each_row("SELECT pid, locktype, mode, virtualtransaction, waitstart, database, relation, page, tuple::int4,"
			 " transactionid::text, virtualxid, classid, objid, objsubid::int4, granted FROM pg_locks"
			 " WHERE NOT granted OR locktype = 'tuple' OR pid IS NULL",
			 [&locks](const Row &row)
			 {
				 locks.push_back({static_cast<int>(row.integer(1)), pstrdup(row.text(2)), pstrdup(row.text(3)),
								  copied(row.text(4)), row.time(5), static_cast<Oid>(row.integer(6)),
								  static_cast<Oid>(row.integer(7)), integer_or_none(row, 8), integer_or_none(row, 9),
								  copied(row.text(10)), copied(row.text(11)), integer_or_none(row, 12),
								  integer_or_none(row, 13), integer_or_none(row, 14), row.flag(15)});
			 });
}

static bool
same(const char *a, const char *b)
{
	return a == nullptr || b == nullptr ? a == b : strcmp(a, b) == 0;
}

static bool
same_target(const Lock &a, const Lock &b)
{
	return strcmp(a.type, b.type) == 0 && a.database == b.database && a.relation == b.relation && a.page == b.page &&
		   a.tuple == b.tuple && same(a.transaction, b.transaction) &&
		   same(a.virtual_transaction, b.virtual_transaction) && a.class_oid == b.class_oid && a.object == b.object &&
		   a.sub_object == b.sub_object;
}

static LOCKMODE
mode_of(const char *name)
{
	for (LOCKMODE mode = AccessShareLock; mode <= MaxLockMode; mode++)
		if (strcmp(GetLockmodeName(DEFAULT_LOCKMETHOD, mode), name) == 0)
			return mode;
	return NoLock;
}

/* Sessions by process ID. */
using Places = FlatMap<int, std::size_t>;

static std::size_t
node_of(Vector<Node> &nodes, Places &places, int pid)
{
	auto [place, is_new] = places.emplace(pid, nodes.size());
	if (is_new)
		nodes.push_back(Node(pid));
	return place->second;
}

static std::size_t
prepared_node(Vector<Node> &nodes, const char *gid, const char *owner, const char *database, TimestampTz since)
{
	for (std::size_t i = 0; i < nodes.size(); i++)
		if (nodes[i].gid != nullptr && strcmp(nodes[i].gid, gid) == 0)
			return i;
	Node node(0);
	node.gid = gid;
	node.user = owner;
	node.database = database;
	node.state = "prepared";
	node.backend_type = "prepared transaction";
	node.transaction_start = since;
	node.state_since = since;
	node.query = format("PREPARE TRANSACTION %s", literal(gid));
	nodes.push_back(node);
	return nodes.size() - 1;
}

namespace {
struct Prepared
{
	const char *gid;
	const char *transaction;
	const char *owner;
	const char *database;
	TimestampTz since;
};
} // namespace

/* A prepared transaction is known by the lock on its own ID, which is held by the same virtual transaction as the others. */
static bool
is_of(const Lock &held, const Prepared &prepared, const Vector<Lock> &locks)
{
	return std::any_of(locks.begin(), locks.end(),
					   [&held, &prepared](const Lock &lock)
					   {
						   return lock.pid == 0 && lock.granted && same(lock.holder, held.holder) &&
								  lock.transaction != nullptr && strcmp(lock.transaction, prepared.transaction) == 0;
					   });
}

/* pg_blocking_pids() has 0 for any of them: which ones hold what this one wants? */
static void
add_prepared_blockers(Vector<Node> &nodes, std::size_t waiter, const Vector<Lock> &locks,
					  const Vector<Prepared> &prepared)
{
	const Lock &wanted = *nodes[waiter].waits;
	LOCKMODE mode = mode_of(wanted.mode);
	bool found = false;
	for (const Lock &held : locks)
	{
		if (held.pid != 0 || !held.granted || !same_target(held, wanted) ||
			!DoLockModesConflict(mode_of(held.mode), mode))
			continue;
		for (const Prepared &one : prepared)
		{
			if (!is_of(held, one, locks))
				continue;
			std::size_t at = prepared_node(nodes, one.gid, one.owner, one.database, one.since);
			nodes[waiter].blockers.push_back(at);
			found = true;
		}
	}
	if (!found)
	{
		std::size_t unknown = prepared_node(nodes, "?", nullptr, nullptr, 0);
		nodes[waiter].blockers.push_back(unknown);
	}
}

static void
add_blockers(Vector<Node> &nodes, Places &places, const Vector<Lock> &locks)
{
	StringInfoData pids;
	initStringInfo(&pids);
	for (const Node &node : nodes)
		appendStringInfo(&pids, "%s%d", pids.len == 0 ? "" : ",", node.pid);

	Local<Vector<Prepared>> prepared;
	each_row("SELECT gid, transaction::text, owner, database, prepared FROM pg_prepared_xacts",
			 [&prepared](const Row &row)
			 {
				 prepared->push_back({pstrdup(row.text(1)), pstrdup(row.text(2)), pstrdup(row.text(3)),
									  pstrdup(row.text(4)), row.time(5)});
			 });

	struct Pair
	{
		int waiter;
		int blocker;
	};
	Local<Vector<Pair>> pairs;
	each_row(format("SELECT w.pid, b.pid FROM unnest('{%s}'::int4[]) w(pid),"
					" unnest(pg_blocking_pids(w.pid)) WITH ORDINALITY b(pid, n) ORDER BY w.pid, b.n",
					pids.data),
			 [&pairs](const Row &row) {
				 pairs->push_back({static_cast<int>(row.integer(1)), static_cast<int>(row.integer(2))});
			 });
	for (const Pair &pair : *pairs)
	{
		std::size_t waiter = node_of(nodes, places, pair.waiter);
		Vector<int32> &all = nodes[waiter].blocked_by;
		/* Several workers of a parallel query have the same leader. */
		if (std::find(all.begin(), all.end(), pair.blocker) != all.end())
			continue;
		all.push_back(pair.blocker);
		if (pair.blocker == 0)
			add_prepared_blockers(nodes, waiter, locks, *prepared);
		else
		{
			std::size_t blocker = node_of(nodes, places, pair.blocker);
			nodes[waiter].blockers.push_back(blocker);
		}
	}
}

static void
read_activity(Vector<Node> &nodes, Places &places)
{
	StringInfoData pids;
	initStringInfo(&pids);
	for (const Node &node : nodes)
		appendStringInfo(&pids, "%s%d", pids.len == 0 ? "" : ",", node.pid);
	each_row(format("SELECT pid, usename, datname, application_name, state, query, backend_type, xact_start,"
					" CASE state WHEN 'active' THEN query_start ELSE state_change END"
					" FROM pg_stat_activity WHERE pid = ANY ('{%s}'::int4[])",
					pids.data),
			 [&nodes, &places](const Row &row)
			 {
				 Node &node = nodes[node_of(nodes, places, static_cast<int>(row.integer(1)))];
				 node.user = copied(row.text(2));
				 node.database = copied(row.text(3));
				 node.application = copied(row.text(4));
				 node.state = copied(row.text(5));
				 node.query = copied(row.text(6));
				 node.backend_type = copied(row.text(7));
				 node.transaction_start = row.time(8);
				 node.state_since = row.time(9);
			 });
}

/* How many wait for one, directly or not. */
static int64
all_behind(const Vector<Vector<std::size_t>> &waiters, std::size_t of)
{
	Local<Vector<bool>> seen;
	seen->resize(waiters.size(), false);
	(*seen)[of] = true;
	Local<Vector<std::size_t>> reached;
	reached->push_back(of);
	for (std::size_t i = 0; i < reached->size(); i++)
		for (std::size_t waiter : waiters[(*reached)[i]])
			if (!(*seen)[waiter])
			{
				(*seen)[waiter] = true;
				reached->push_back(waiter);
			}
	return static_cast<int64>(reached->size()) - 1;
}

/* One that waits for itself in the end: the blockers of one who is not placed are not placed either. */
static std::size_t
in_circle(const Vector<Node> &nodes, std::size_t at)
{
	Local<Vector<bool>> seen;
	seen->resize(nodes.size(), false);
	while (!(*seen)[at])
	{
		(*seen)[at] = true;
		at = nodes[at].blockers.front();
	}
	return at;
}

/* Places everybody, roots first and then level by level, so that each is as near to a root as it can be. */
static void
place(Vector<Node> &nodes, Vector<std::size_t> &roots)
{
	Local<Vector<std::size_t>> order;
	auto add_root = [&](std::size_t i)
	{
		nodes[i].depth = 0;
		nodes[i].root = i;
		roots.push_back(i);
		order->push_back(i);
	};
	Local<Vector<Vector<std::size_t>>> waiters;
	waiters->resize(nodes.size());
	for (std::size_t i = 0; i < nodes.size(); i++)
		for (std::size_t blocker : nodes[i].blockers)
			(*waiters)[blocker].push_back(i);
	for (std::size_t i = 0; i < nodes.size(); i++)
		if (nodes[i].blockers.empty() && !(*waiters)[i].empty())
			add_root(i);
	std::size_t next = 0;
	for (std::size_t start = 0;;)
	{
		for (; next < order->size(); next++)
		{
			std::size_t at = (*order)[next];
			for (std::size_t waiter : (*waiters)[at])
			{
				Node &node = nodes[waiter];
				if (node.depth >= 0)
					continue;
				node.depth = nodes[at].depth + 1;
				node.root = nodes[at].root;
				nodes[at].children.push_back(waiter);
				order->push_back(waiter);
			}
		}
		/* Who is left waits in a circle: the server will end one of them after deadlock_timeout. */
		while (start < nodes.size() && (nodes[start].depth >= 0 || nodes[start].blockers.empty()))
			start++;
		if (start == nodes.size())
			break;
		add_root(in_circle(nodes, start));
	}
	for (std::size_t i = order->size(); i-- > 0;)
		for (std::size_t child : nodes[(*order)[i]].children)
			nodes[(*order)[i]].behind += nodes[child].behind + 1;
	/* Behind a root are also those that stand in another's tree. */
	for (std::size_t root : roots)
		nodes[root].behind = all_behind(*waiters, root);
}

/* A relation's name, if it is of this database. */
static const char *
relation_name(Oid database, Oid relation)
{
	if (!OidIsValid(relation))
		return nullptr;
	const char *name = database == MyDatabaseId || !OidIsValid(database) ? get_rel_name(relation) : nullptr;
	if (name == nullptr)
		return format("relation %u of another database", relation);
	const char *schema = get_namespace_name(get_rel_namespace(relation));
	return schema == nullptr || strcmp(schema, "pg_catalog") == 0 ? quoted(name) : quoted(schema, name);
}

/* What is waited for, in words. */
static const char *
target(const Node &node)
{
	const Lock &lock = *node.waits;
	const char *relation = relation_name(lock.database, lock.relation);
	std::string_view type = lock.type;
	if (type == "relation")
		return relation;
	if (type == "extend")
		return format("the extension of %s", relation);
	if (type == "page")
		return format("page %lld of %s", static_cast<long long>(lock.page), relation);
	if (type == "tuple")
		return format("row (%lld,%lld) of %s", static_cast<long long>(lock.page), static_cast<long long>(lock.tuple),
					  relation);
	if (type == "transactionid")
	{
		const char *of = relation_name(MyDatabaseId, node.row_of);
		return of == nullptr ? format("transaction %s", lock.transaction)
							 : format("transaction %s, for a row of %s", lock.transaction, of);
	}
	if (type == "virtualxid")
		return format("the end of virtual transaction %s", lock.virtual_transaction);
	if (type == "advisory" && lock.sub_object == 1)
		return format("advisory lock %lld", static_cast<long long>(static_cast<uint64>(lock.class_oid) << 32 |
																   static_cast<uint64>(lock.object)));
	if (type == "advisory")
		return format("advisory lock (%d, %d)", static_cast<int32>(lock.class_oid), static_cast<int32>(lock.object));
	if (type == "object")
	{
		const char *catalog = relation_name(InvalidOid, static_cast<Oid>(lock.class_oid));
		return format("object %lld of %s", static_cast<long long>(lock.object), catalog);
	}
	return lock.type;
}

/* Others that have to end before it can go on, and stand in no line above: ", also for 4711". */
static void
add_other_roots(StringInfo text, const Vector<Node> &nodes, const Node &node)
{
	constexpr int most = 3;
	int others = 0;
	for (std::size_t blocker : node.blockers)
	{
		const Node &other = nodes[blocker];
		if (other.depth != 0 || blocker == node.root)
			continue;
		if (++others > most)
			continue;
		appendStringInfoString(text, others == 1 ? ", also for " : ", ");
		if (other.gid != nullptr)
			appendStringInfo(text, "prepared transaction %s", literal(other.gid));
		else
			appendStringInfo(text, "%d", other.pid);
	}
	if (others > most)
		appendStringInfo(text, " and %d more", others - most);
}

static const char *
draw(const Vector<Node> &nodes, const Node &node, const char *lines, TimestampTz now)
{
	StringInfoData text;
	initStringInfo(&text);
	appendStringInfoString(&text, lines);
	if (node.gid != nullptr)
		appendStringInfo(&text, "prepared transaction %s", literal(node.gid));
	else
		appendStringInfo(&text, "%d", node.pid);
	const char *who = node.user != nullptr ? node.user : node.backend_type;
	if (who != nullptr)
		appendStringInfo(&text, "%s %s", node.gid == nullptr ? "" : " of", one_line(who));
	if (node.application != nullptr && node.application[0] != '\0')
		appendStringInfo(&text, " (%s)", excerpt(node.application, 30));
	if (node.waits != nullptr)
		appendStringInfo(&text, " waits%s%s for %s on %s", node.waits->since == 0 ? "" : " ",
						 node.waits->since == 0 ? "" : duration(now - node.waits->since), node.waits->mode,
						 target(node));
	if (node.waits != nullptr)
		add_other_roots(&text, nodes, node);
	else if (node.state_since != 0)
		appendStringInfo(&text, "%s%s for %s", node.gid != nullptr || node.state == nullptr ? "" : " ",
						 node.gid != nullptr || node.state == nullptr ? "" : node.state,
						 duration(now - node.state_since));
	if (node.gid == nullptr && node.query != nullptr && node.query[0] != '\0')
		appendStringInfo(&text, ": %s", excerpt(node.query, 60));
	return text.data;
}

static void
show_node(Rows &rows, const Vector<Node> &nodes, const Node &node, const char *lines, TimestampTz now)
{
	MemoryContext caller = MemoryContextSwitchTo(rows.context());
	const Lock *lock = node.waits;
	Oid relation = InvalidOid;
	if (lock != nullptr && OidIsValid(lock->relation) &&
		(lock->database == MyDatabaseId || !OidIsValid(lock->database)))
		relation = lock->relation;
	else if (lock != nullptr && !OidIsValid(lock->relation))
		relation = node.row_of;
	const char *drawn = draw(nodes, node, lines, now);
	const char *object = lock == nullptr ? nullptr : target(node);
	MemoryContextSwitchTo(caller);

	rows.integer(nodes[node.root].pid).integer(node.depth).integer(node.pid);
	rows.integers({node.blocked_by.data(), node.blocked_by.size()});
	rows.interval(lock == nullptr || lock->since == 0 ? -1 : std::max<int64>(now - lock->since, 0));
	rows.text(lock == nullptr ? nullptr : lock->type).text(lock == nullptr ? nullptr : lock->mode).oid(relation);
	rows.text(node.user).text(node.application).text(node.state).text(node.query).text(drawn);
	rows.text(object).bigint(node.behind).text(node.database);
	rows.interval(node.transaction_start == 0 ? -1 : std::max<int64>(now - node.transaction_start, 0));
	rows.text(node.backend_type).end();
}

static void
show_tree(Rows &rows, const Vector<Node> &nodes, std::size_t at, const char *lines, const char *below, TimestampTz now)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	const Node &node = nodes[at];
	show_node(rows, nodes, node, lines, now);
	for (std::size_t i = 0; i < node.children.size(); i++)
	{
		bool last = i + 1 == node.children.size();
		show_tree(rows, nodes, node.children[i], format("%s%s", below, wording(last ? "└─ " : "├─ ")),
				  format("%s%s", below, wording(last ? "   " : "│  ")), now);
	}
}

/* The longest wait first; who has only just begun has no time yet. */
static bool
waits_longer(const Node &a, const Node &b)
{
	TimestampTz since_a = a.waits == nullptr || a.waits->since == 0 ? DT_NOEND : a.waits->since;
	TimestampTz since_b = b.waits == nullptr || b.waits->since == 0 ? DT_NOEND : b.waits->since;
	return since_a != since_b ? since_a < since_b : a.pid < b.pid;
}

static void
show_blocking(FunctionCallInfo fcinfo)
{
	require_monitor("dbeng.blocking");
	Rows rows(fcinfo);
	Session session;
	Local<Vector<Lock>> locks;
	read_locks(*locks);
	Local<Vector<Node>> nodes;
	Local<Places> places;
	for (const Lock &lock : *locks)
		if (!lock.granted && lock.pid != 0)
			(*nodes)[node_of(*nodes, *places, lock.pid)].waits = &lock;
	if (nodes->empty())
		return session.end();

	/* Who waits for another transaction to end keeps the row it wants. */
	for (const Lock &lock : *locks)
		if (lock.granted && lock.pid != 0 && strcmp(lock.type, "tuple") == 0 && lock.database == MyDatabaseId)
			for (Node &node : *nodes)
				if (node.pid == lock.pid && strcmp(node.waits->type, "transactionid") == 0)
					node.row_of = lock.relation;
	add_blockers(*nodes, *places, *locks);
	read_activity(*nodes, *places);
	Local<Vector<std::size_t>> roots;
	place(*nodes, *roots);

	TimestampTz now = GetCurrentTimestamp();
	for (Node &node : *nodes)
		std::sort(node.children.begin(), node.children.end(),
				  [&nodes](std::size_t a, std::size_t b) { return waits_longer((*nodes)[a], (*nodes)[b]); });
	std::sort(roots->begin(), roots->end(),
			  [&nodes](std::size_t a, std::size_t b)
			  {
				  const Node &one = (*nodes)[a];
				  const Node &other = (*nodes)[b];
				  return one.behind != other.behind ? one.behind > other.behind : one.pid < other.pid;
			  });
	for (std::size_t root : *roots)
		show_tree(rows, *nodes, root, "", "", now);
	session.end();
}

} // namespace dbeng

SQL_FUNCTION(dbeng_blocking)
{
	dbeng::show_blocking(fcinfo);
	return Datum{0};
}
