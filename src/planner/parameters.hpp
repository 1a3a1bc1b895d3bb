/*
 * parameters.hpp: what types the parameters of a statement have.
 *
 * Their types are deduced as the server does for a client that does not say
 * them, but more patiently: one whose uses want different types has each
 * where it is used, one that nothing asks a type of is a text. Where the
 * server gives up (sum(CASE … THEN $1 ELSE $2 END) has no text to sum) other
 * types are tried, those of the literals that usually stood there.
 */
#pragma once

#include "core/attempt.hpp"

namespace dbeng {

class Parameters
{
  public:
	Parameters();

	/* Says the type of $n, n from 1. */
	void declare(int number, Oid type);

	/* Analysis begins: makes pstate take the parameters from here. */
	void begin(ParseState *pstate);
	/* It succeeded: those in query whose type nothing asked for become texts. */
	void settle(Query *query);
	/*
	 * It failed: is there something else to try? statement is a fresh tree of the text,
	 * at the byte the error is at, -1 when not known.
	 */
	bool try_other(const Refusal &refusal, RawStmt *statement, int at);

	int count() const { return static_cast<int>(types_->size()); }
	/* InvalidOid for a number that does not occur. */
	Oid type(int number) const { return (*types_)[static_cast<std::size_t>(number - 1)]; }

  private:
	static Node *reference(ParseState *pstate, ParamRef *reference);
	static Node *coerce(ParseState *pstate, Param *param, Oid type, int32 typmod, int location);
	static bool settle_node(Node *node, void *context);

	Oid &slot(int number);
	bool unify(RawStmt *statement);
	bool suspect(const Vector<int> &numbers);
	bool next_guess();

	Local<Vector<Oid>> types_;			 /* as deduced; UNKNOWNOID: nothing yet */
	Local<Vector<Oid>> declared_;		 /* InvalidOid: to be deduced */
	Local<Vector<int>> same_as_;		 /* the parameter it stands for, itself as a rule */
	Local<Vector<A_Const *>> constants_; /* the constant it stands for, NULL as a rule */
	bool unknown_left_ = false;

	/* What is being tried: types for these, for all of them and one by one. */
	Local<Vector<int>> suspects_;
	std::size_t guess_ = 0;
	Node *failed_ = nullptr;  /* what the server could not make sense of, as it stands in the first tree */
	bool everywhere_ = false; /* are the suspects those of the whole statement? */
	int attempts_ = 0;
	bool unified_ = false;
};

} // namespace dbeng
