#include "core/memory.hpp"

/* Boost.Container reports its errors here; they become ordinary SQL errors. */
namespace boost::container {

[[noreturn]] static void
report(int code, const char *what)
{
	ereport(ERROR, (errcode(code), errmsg_internal("dbeng: %s", what)));
	pg_unreachable();
}

BOOST_NORETURN void
throw_bad_alloc()
{
	report(ERRCODE_OUT_OF_MEMORY, "container out of memory");
}

BOOST_NORETURN void
throw_out_of_range(const char *what)
{
	report(ERRCODE_INTERNAL_ERROR, what);
}

BOOST_NORETURN void
throw_length_error(const char *what)
{
	report(ERRCODE_PROGRAM_LIMIT_EXCEEDED, what);
}

BOOST_NORETURN void
throw_logic_error(const char *what)
{
	report(ERRCODE_INTERNAL_ERROR, what);
}

BOOST_NORETURN void
throw_runtime_error(const char *what)
{
	report(ERRCODE_INTERNAL_ERROR, what);
}

} // namespace boost::container

/* And here its failed assertions, which would else end the server's every session. */
namespace boost {

void
assertion_failed(char const *expression, char const *, char const *file, long line)
{
	ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR), errmsg_internal("dbeng: failed assertion \"%s\"", expression),
			errdetail_internal("%s:%ld", file, line));
}

void
assertion_failed_msg(char const *expression, char const *message, char const *, char const *file, long line)
{
	ereport(ERROR, errcode(ERRCODE_INTERNAL_ERROR),
			errmsg_internal("dbeng: failed assertion \"%s\": %s", expression, message),
			errdetail_internal("%s:%ld", file, line));
}

} // namespace boost

namespace dbeng {

const varlena *
Arena::copy_varlena(Datum value)
{
	varlena *plain = PG_DETOAST_DATUM(value);
	std::size_t bytes = VARSIZE(plain);
	void *room = allocate(bytes);
	memcpy(room, plain, bytes);
	if (reinterpret_cast<varlena *>(DatumGetPointer(value)) != plain)
		pfree(plain);
	return static_cast<const varlena *>(room);
}

} // namespace dbeng
