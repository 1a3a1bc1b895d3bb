#include "index/observation.hpp"

#include <sys/stat.h>

namespace dbeng {

TimestampTz
built_at(const IndexEntry &index)
{
	LOCAL_FCINFO(call, 1);
	InitFunctionCallInfoData(*call, nullptr, 1, InvalidOid, nullptr, nullptr);
	call->args[0] = {ObjectIdGetDatum(index.oid), false};
	Datum path = pg_relation_filepath(call);
	if (call->isnull)
		return 0;
	struct statx file;
	if (statx(AT_FDCWD, TextDatumGetCString(path), AT_STATX_DONT_SYNC, STATX_BTIME, &file) != 0 ||
		(file.stx_mask & STATX_BTIME) == 0)
		return 0;
	return time_t_to_timestamptz(file.stx_btime.tv_sec);
}

} // namespace dbeng
