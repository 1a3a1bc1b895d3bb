/*
 * example.cpp: examples read: by the advisor, and by dbeng.sampled_constants.
 */
#include "planner/example.hpp"
#include "core/rows.hpp"
#include "planner/example_record.hpp"

namespace dbeng {

const Example *
find_example(int64 query_id, Oid user)
{
	if (!has_examples())
		return nullptr;
	auto *room = static_cast<char *>(palloc(max_example_bytes));
	StoredExample stored;
	if (!copy_example({MyDatabaseId, user, query_id}, stored, room))
	{
		pfree(room);
		return nullptr;
	}
	return read_record({static_cast<char *>(repalloc(room, stored.bytes)), stored.bytes}, stored.seen_at);
}

static void
show(Rows &rows, const StoredExample &stored, const char *bytes)
{
	const Example *example = read_record({bytes, stored.bytes}, stored.seen_at);
	Local<Vector<const char *>> values;
	for (const ExampleValue &value : example->values)
		values->push_back(value.value);
	rows.bigint(stored.key.query_id).oid(stored.key.user).text(example->text);
	rows.texts({values->data(), values->size()}).time(example->seen_at).end();
}

} // namespace dbeng

/* Texts of this database alone: those of others may be in another encoding. */
SQL_FUNCTION(dbeng_sampled_constants)
{
	using namespace dbeng;
	if (!has_examples())
		ereport(ERROR, errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				errmsg("dbeng.sampled_constants needs dbeng to be preloaded"),
				errdetail("Examples are kept in shared memory that is only to be had when the server starts."),
				errhint("Add dbeng to shared_preload_libraries and restart the server."));
	bool sees_all = has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS);
	Rows rows(fcinfo);
	auto *room = static_cast<char *>(palloc(max_example_bytes));
	std::size_t places = example_places();
	for (std::size_t place = 0; place < places; place++)
	{
		CHECK_FOR_INTERRUPTS();
		StoredExample stored;
		if (copy_example(place, stored, room) && stored.key.database == MyDatabaseId &&
			(sees_all || stored.key.user == GetUserId()))
			show(rows, stored, room);
	}
	return Datum{0};
}
