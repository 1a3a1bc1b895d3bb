#include "unit/check.hpp"

#include "security/network.hpp"

namespace dbeng {

/* Trying one costs a SCRAM verifier its number of hash iterations, 4096 by default: some 4 ms. */
static constexpr int64 iterations_for_names = 4096 * 64;
static constexpr int64 iterations_for_words = 4096 * 24;

static constexpr const char *common_words[] = {"postgres", "password", "123456", "admin", "secret", "changeme"};

/* What one try costs, in iterations; md5 costs next to nothing. */
static int64
iterations(const char *verifier)
{
	static constexpr char scram[] = "SCRAM-SHA-256$";
	if (strncmp(verifier, scram, sizeof(scram) - 1) != 0)
		return 1;
	return std::max(strtoll(verifier + sizeof(scram) - 1, nullptr, 10), 1LL);
}

static bool
is_password(const RoleEntry &role, const char *word)
{
	CHECK_FOR_INTERRUPTS();
	const char *detail = nullptr;
	return plain_crypt_verify(role.name, role.password, word, &detail) == STATUS_OK;
}

static bool
guessable(const RoleEntry &role)
{
	if (!role.login || role.password == nullptr)
		return false;
	PasswordType type = get_password_type(role.password);
	return type == PASSWORD_TYPE_MD5 || type == PASSWORD_TYPE_SCRAM_SHA_256;
}

static void
report(Verdict &verdict, const RoleEntry &role, bool own_name)
{
	verdict.failed(role,
				   [own_name](Finding &finding)
				   {
					   if (own_name)
						   finding.message("its password is its own name");
					   else
						   finding.message("its password is one of the %d that are tried first",
										   static_cast<int>(lengthof(common_words)));
				   },
				   {.rank = role.superuser ? 1.0 : 0.0,
					.severity = listens_beyond_loopback() ? Severity::critical : Severity::warning,
					.escalate = true});
}

static void
judge(const Catalog &catalog, Verdict &verdict)
{
	if (!catalog.passwords_readable)
		return verdict.unknown("stored passwords (pg_authid) can be read by superusers only");
	int64 left = iterations_for_names;
	auto affordable = [&left](const RoleEntry &role) { return (left -= iterations(role.password)) >= 0; };

	/* The names first, superusers before others; then the words, as far as the allowance for each goes. */
	Local<Vector<const RoleEntry *>> remaining;
	for (bool superusers : {true, false})
		for (const RoleEntry &role : catalog.roles)
		{
			if (role.superuser != superusers || !guessable(role) || !affordable(role))
				continue;
			verdict.judged();
			if (is_password(role, role.name))
				report(verdict, role, true);
			else
				remaining->push_back(&role);
		}
	left = iterations_for_words;
	for (const RoleEntry *role : *remaining)
		for (const char *word : common_words)
			if (strcmp(word, role->name) != 0 && affordable(*role) && is_password(*role, word))
			{
				report(verdict, *role, false);
				break;
			}
}

CHECK(sec_password_equals_name){
	.dimension = Dimension::security,
	.severity = Severity::warning,
	.title = "Password that is guessed at once",
	.rationale =
		"The role's own name and a handful of words are what every scanner tries first. Each login role's stored password is "
		"tried against its name, superusers first, and against the words as far as a fixed allowance of time goes; only "
		"superusers can see this. Critical where other machines can connect.",
	.reference = "https://www.postgresql.org/docs/current/auth-password.html",
	.judge = judge,
};

} // namespace dbeng
