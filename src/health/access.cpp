#include "health/access.hpp"

namespace dbeng {

const RegisteredCheck &
check_argument(FunctionCallInfo fcinfo, int number, std::span<const RegisteredCheck> checks)
{
	const char *id = text_argument(fcinfo, number);
	if (id == nullptr)
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("check_id must not be NULL"),
				errhint("SELECT check_id, title FROM dbeng.checks;"));
	const RegisteredCheck *check = find_check(checks, id);
	if (check == nullptr)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no check \"%s\"", id),
				errdetail("%d checks are known; dbeng.checks lists them.", static_cast<int>(checks.size())),
				errhint("Closest: %s.", similar_ids(checks, id)));
	return *check;
}

} // namespace dbeng
