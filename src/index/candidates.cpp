#include "index/candidates.hpp"

namespace dbeng {

/* What makes a table worth an index: below this a scan of all of it costs next to nothing. */
static constexpr double least_pages = 8;
/* What the planner takes a table for that was never analysed, however small it is. */
static constexpr double assumed_pages = 10;
static constexpr std::size_t most_candidates = 30; /* of one access */
static constexpr std::size_t most_included = 3;
static constexpr int most_included_bytes = 48;
static constexpr double rare = 0.1;		   /* a constant's share, for a predicate of its own */
static constexpr double few_values = 100;  /* of a column, for the same */
static constexpr double rare_state = 0.35; /* the same for IS NULL and booleans, which do not change */
static constexpr double in_order = 0.9;	   /* correlation that makes BRIN worth trying */
static constexpr double brin_pages = 4096;
/* Average bytes of a column beyond which some value may be too long for a btree, which takes 2,704. */
static constexpr int32 wide = 400;

namespace {
struct Part
{
	const Condition *condition; /* NULL: of the order */
	AttrNumber column;
	Node *key;
	Oid type;
	Oid collation;
	int16 option;
	bool pattern;
};

using Parts = SmallVector<Part, 12>;

class Proposer
{
  public:
	Proposer(CandidatePool &pool, const TableAccess &access, Vector<int32> &found)
		: pool_(pool), access_(access), found_(found)
	{}

	void all();

  private:
	void sort_out();
	void btrees(std::span<const Part> equal, std::span<const Part> ranges, std::span<const Part> order);
	void emit(const Parts &keys, std::size_t free_keys);
	void emit_variants(const Parts &keys, std::size_t free_keys);
	void emit_predicates(const Parts &keys, std::size_t free_keys);
	void include(Sketch &sketch) const;
	void searches();
	void search(const Condition &condition, Oid opclass, Oid method, std::span<const Part> scalars = {});
	void operator_classes(const Condition &condition, Oid op, char purpose);
	void brin(const Part &range);
	void intern(const Sketch &sketch);

	bool make_key(const Part &part, Oid method, Oid opclass, ImaginedKey &key);
	bool is_partial(const Condition &condition) const;
	const ColumnStatistics *statistics(AttrNumber column) const;
	bool may_be_too_long(AttrNumber column) const;
	bool may_be_included(const ColumnEntry &column) const;
	bool asks_for_more(const Condition &condition) const;
	Part key_of_rows(const Condition &condition) const;

	CandidatePool &pool_;
	const TableAccess &access_;
	Vector<int32> &found_;
	Parts equal_;  /* with constants or parameters */
	Parts any_;	   /* IN lists */
	Parts joined_; /* with other tables */
	Parts ranges_;
	Parts order_;
	SmallVector<const Condition *, 8> partial_;
};
} // namespace

static bool
same_part(const Part &a, const Part &b)
{
	return a.column == b.column && (a.column != 0 || equal(a.key, b.key));
}

static bool
holds(const Parts &parts, const Part &part)
{
	return std::any_of(parts.begin(), parts.end(), [&part](const Part &other) { return same_part(other, part); });
}

static void
add(Parts &parts, const Part &part)
{
	if (!holds(parts, part))
		parts.push_back(part);
}

static Part
part_of(const Condition &condition)
{
	return {&condition, condition.column, condition.key, condition.type, condition.collation, 0, condition.pattern};
}

static Part
part_of(const OrderKey &key)
{
	int16 option = 0;
	if (key.descending)
		option |= INDOPTION_DESC;
	if (key.nulls_first)
		option |= INDOPTION_NULLS_FIRST;
	return {nullptr, key.column, key.key, key.type, key.collation, option, false};
}

const ColumnStatistics *
Proposer::statistics(AttrNumber number) const
{
	const ColumnEntry *column = number == 0 ? nullptr : access_.table->column(number);
	return column == nullptr ? nullptr : column->statistics;
}

/*
 * Could a value be so long that a btree of the column cannot be built: it is
 * wide, or the one that makes the table's rows long enough for TOAST?
 */
bool
Proposer::may_be_too_long(AttrNumber number) const
{
	const ColumnEntry *column = number == 0 ? nullptr : access_.table->column(number);
	if (column == nullptr || column->length != -1 || column->typmod >= 0 || column->statistics == nullptr)
		return false;
	if (column->statistics->width > wide)
		return true;
	return access_.table->toast_pages > 0 &&
		   std::none_of(access_.table->columns.begin(), access_.table->columns.end(),
						[column](const ColumnEntry &other) {
							return other.length == -1 && other.statistics != nullptr &&
								   other.statistics->width > column->statistics->width;
						});
}

/* Would it be a predicate that stays the same from call to call and lets few rows through? */
bool
Proposer::is_partial(const Condition &condition) const
{
	switch (condition.test)
	{
		case Test::is_null:
		case Test::truth:
			return condition.share <= rare_state;
		case Test::not_null:
			return condition.share <= rare;
		case Test::equal:
		{
			if (condition.constant == nullptr || condition.share > rare)
				return false;
			const ColumnStatistics *known = statistics(condition.column);
			double rows = std::max(access_.rows, 1.0);
			double distinct = known == nullptr ? 0 : known->distinct < 0 ? -known->distinct * rows : known->distinct;
			return distinct > 0 && distinct <= few_values;
		}
		default:
			return false;
	}
}

static bool
more_selective(const Part &a, const Part &b)
{
	return a.condition->share < b.condition->share;
}

void
Proposer::sort_out()
{
	for (const Condition &condition : access_.conditions)
	{
		if (condition.arm != 0)
			continue;
		if (is_partial(condition))
			partial_.push_back(&condition);
		if (may_be_too_long(condition.column))
		{
			/* A hash of it is always short. */
			if (condition.test == Test::equal)
				search(condition, InvalidOid, HASH_AM_OID);
			continue;
		}
		Part part = condition.key == nullptr ? Part{} : part_of(condition);
		switch (condition.test)
		{
			case Test::equal:
				add(condition.partners == 0 ? equal_ : joined_, part);
				break;
			case Test::is_null:
			case Test::truth:
				add(equal_, part);
				break;
			case Test::any_of:
				if (condition.partners == 0)
					add(any_, part);
				break;
			case Test::range:
				if (condition.partners == 0)
					add(ranges_, part);
				break;
			default:
				break;
		}
	}
	std::sort(equal_.begin(), equal_.end(), more_selective);
	std::sort(ranges_.begin(), ranges_.end(), more_selective);
	if (equal_.size() > 4)
		equal_.resize(4, Part{});
	if (ranges_.size() > 3)
		ranges_.resize(3, Part{});

	/* All the opposite of what an index is by default: it is read backwards. */
	bool backwards = true;
	for (const OrderKey &key : access_.order)
	{
		if (OidIsValid(key.distance_op))
			break;
		Part part = part_of(key);
		if (holds(equal_, part))
			continue;
		if (may_be_too_long(key.column))
			break;
		backwards &= part.option == (INDOPTION_DESC | INDOPTION_NULLS_FIRST);
		add(order_, part);
	}
	if (backwards)
		for (Part &part : order_)
			part.option = 0;
}

bool
Proposer::make_key(const Part &part, Oid method, Oid opclass, ImaginedKey &key)
{
	key = {};
	key.column = part.column;
	key.expression = part.column == 0 ? part.key : nullptr;
	key.type = part.type;
	key.option = method == BTREE_AM_OID ? part.option : int16{0};
	key.opclass = OidIsValid(opclass) ? opclass : pool_.default_opclass(part.type, method);
	if (!OidIsValid(key.opclass))
		return false;
	/* The column's own collation, as CREATE INDEX would take it. */
	const ColumnEntry *column = part.column == 0 ? nullptr : access_.table->column(part.column);
	if (part.column != 0 && column == nullptr)
		return false;
	key.collation = column != nullptr ? column->collation : exprCollation(part.key);
	pool_.complete(key);
	return true;
}

/* text_pattern_ops and its like: byte by byte, whatever the collation says. */
static Oid
pattern_opclass(const Part &part, const ColumnEntry *column)
{
	Oid collation = column != nullptr ? column->collation : exprCollation(part.key);
	if (!OidIsValid(collation) || pg::collation_is_c(collation))
		return InvalidOid;
	Oid base = getBaseType(part.type);
	return base == BPCHAROID ? Oid{BPCHAR_BTREE_PATTERN_OPS_OID} : Oid{TEXT_BTREE_PATTERN_OPS_OID};
}

void
Proposer::intern(const Sketch &sketch)
{
	if (found_.size() >= most_candidates)
		return;
	int32 id = pool_.intern(sketch);
	if (id >= 0 && std::find(found_.begin(), found_.end(), id) == found_.end())
		found_.push_back(id);
}

/* Only what is surely short: an INSERT of a value that does not fit into an index fails. */
bool
Proposer::may_be_included(const ColumnEntry &column) const
{
	if (column.length > 0 || column.typmod >= 0)
		return true;
	Oid base = getBaseType(column.type);
	if (base == NUMERICOID || base == INETOID)
		return true;
	return (base == TEXTOID || base == VARCHAROID) && access_.table->toast_pages == 0 && column.statistics != nullptr &&
		   column.statistics->width <= most_included_bytes;
}

/* What else the statement reads, if that is little, so that the table need not be visited. */
void
Proposer::include(Sketch &sketch) const
{
	std::size_t added = 0;
	int bytes = 0;
	Local<SmallVector<const ColumnEntry *, 8>> columns;
	if (access_.target)
		return;
	for (AttrNumber number : access_.needed)
	{
		if (std::any_of(sketch.keys.begin(), sketch.keys.end(),
						[number](const ImaginedKey &key) { return key.column == number; }))
			continue;
		const ColumnEntry *column = access_.table->column(number);
		if (column == nullptr || !may_be_included(*column))
			return;
		bytes += column->statistics != nullptr ? column->statistics->width : column->length > 0 ? column->length : 32;
		columns->push_back(column);
		if (++added > most_included || bytes > most_included_bytes)
			return;
	}
	for (const ColumnEntry *column : *columns)
	{
		ImaginedKey key = {};
		key.column = column->number;
		key.type = column->type;
		key.collation = column->collation;
		sketch.keys.push_back(key);
	}
}

void
Proposer::emit(const Parts &keys, std::size_t free_keys)
{
	if (keys.empty())
		return;
	Local<Sketch> sketch;
	sketch->table = access_.table;
	for (const Part &part : keys)
	{
		ImaginedKey key;
		Oid opclass = part.pattern ? pattern_opclass(part, access_.table->column(part.column)) : InvalidOid;
		if (!make_key(part, BTREE_AM_OID, opclass, key))
			return;
		sketch->keys.push_back(key);
	}
	/* The entries of the more frequent value would be dead weight: that is for a partial index. */
	if (sketch->keys.size() == 1 && getBaseType(sketch->keys[0].type) == BOOLOID)
		return;
	sketch->key_columns = static_cast<uint16>(sketch->keys.size());
	sketch->free_keys = static_cast<uint16>(free_keys);
	intern(*sketch);
	/* What an expression lets through is not known before ANALYZE has seen it, nor what fetching that would cost. */
	if (access_.needed.empty() ||
		std::any_of(keys.begin(), keys.end(), [](const Part &part) { return part.column == 0; }))
		return;
	include(*sketch);
	if (sketch->keys.size() > sketch->key_columns)
		intern(*sketch);
}

/* Does the statement look for anything else that could be a key? */
bool
Proposer::asks_for_more(const Condition &condition) const
{
	auto other = [&condition](const Part &part) { return part.column == 0 || part.column != condition.column; };
	for (const Parts *parts : {&equal_, &any_, &ranges_, &joined_})
		if (std::any_of(parts->begin(), parts->end(), other))
			return true;
	return access_.few_wanted && std::any_of(order_.begin(), order_.end(), other);
}

Part
Proposer::key_of_rows(const Condition &condition) const
{
	const IndexEntry *primary = access_.table->primary_key();
	if (condition.test == Test::not_null || primary == nullptr || primary->key_columns != 1)
		return part_of(condition);
	const ColumnEntry *column = access_.table->column(primary->keys[0].column);
	if (column == nullptr)
		return part_of(condition);
	return {nullptr, column->number, nullptr, column->type, column->collation, 0, false};
}

/* The same with some of its conditions as a predicate instead of keys. */
void
Proposer::emit_predicates(const Parts &keys, std::size_t free_keys)
{
	for (const Condition *condition : partial_)
	{
		Local<Sketch> sketch;
		sketch->table = access_.table;
		std::size_t free = free_keys;
		for (std::size_t i = 0; i < keys.size(); i++)
		{
			if (keys[i].condition == condition || (condition->column != 0 && keys[i].column == condition->column))
			{
				free -= i < free_keys ? 1 : 0;
				continue;
			}
			ImaginedKey key;
			Oid opclass =
				keys[i].pattern ? pattern_opclass(keys[i], access_.table->column(keys[i].column)) : InvalidOid;
			if (!make_key(keys[i], BTREE_AM_OID, opclass, key))
				return;
			sketch->keys.push_back(key);
		}
		/* Nothing is left to look up: what tells the rows apart, or the column whose values they are few of. */
		if (sketch->keys.empty())
		{
			ImaginedKey key;
			if (asks_for_more(*condition) || !make_key(key_of_rows(*condition), BTREE_AM_OID, InvalidOid, key))
				continue;
			sketch->keys.push_back(key);
		}
		sketch->key_columns = static_cast<uint16>(sketch->keys.size());
		sketch->free_keys = static_cast<uint16>(free);
		sketch->predicate = list_make1(condition->clause);
		sketch->share = condition->share;
		intern(*sketch);
	}
}

void
Proposer::emit_variants(const Parts &keys, std::size_t free_keys)
{
	emit(keys, free_keys);
	if (!keys.empty())
		emit_predicates(keys, free_keys);
}

static void
append(Parts &to, std::span<const Part> parts)
{
	for (const Part &part : parts)
		add(to, part);
}

void
Proposer::btrees(std::span<const Part> equal, std::span<const Part> ranges, std::span<const Part> order)
{
	Local<Parts> keys;
	/* Equalities, then a range. */
	for (const Part &range : ranges)
	{
		keys->clear();
		append(*keys, equal);
		std::size_t free = keys->size();
		append(*keys, {&range, 1});
		emit_variants(*keys, free);
	}
	/* Equalities, then the order. */
	if (!order.empty() && (!equal.empty() || access_.few_wanted || access_.distinct_on))
	{
		keys->clear();
		append(*keys, equal);
		std::size_t free = keys->size();
		append(*keys, order);
		emit_variants(*keys, free);
	}
	if (!equal.empty())
	{
		keys->clear();
		append(*keys, equal);
		std::size_t free = keys->size();
		emit_variants(*keys, free);
		if (!any_.empty())
		{
			append(*keys, {any_.data(), any_.size()});
			emit_variants(*keys, free);
		}
	}
}

void
Proposer::brin(const Part &range)
{
	const ColumnStatistics *known = statistics(range.column);
	if (known == nullptr || std::isnan(known->correlation) || std::fabs(known->correlation) < in_order ||
		access_.pages < brin_pages)
		return;
	search(*range.condition, InvalidOid, BRIN_AM_OID);
}

/* scalars: equalities before it, where btree_gist or btree_gin makes them possible: (room_id, during). */
void
Proposer::search(const Condition &condition, Oid opclass, Oid method, std::span<const Part> scalars)
{
	Local<Sketch> sketch;
	sketch->table = access_.table;
	sketch->method = method;
	ImaginedKey key;
	for (const Part &part : scalars)
	{
		if (part.condition->test != Test::equal || !make_key(part, method, InvalidOid, key))
			return;
		sketch->keys.push_back(key);
	}
	sketch->free_keys = static_cast<uint16>(sketch->keys.size());
	if (!make_key(part_of(condition), method, opclass, key))
		return;
	sketch->keys.push_back(key);
	sketch->key_columns = static_cast<uint16>(sketch->keys.size());
	intern(*sketch);
}

/* An operator class of that family that takes the type; the default one rather than another. */
static Oid
opclass_in(CandidatePool &pool, Oid family, Oid method, Oid type)
{
	Oid usual = pool.default_opclass(type, method);
	if (OidIsValid(usual) && get_opclass_family(usual) == family)
		return usual;
	Oid found = InvalidOid;
	CatCList *classes = SearchSysCacheList1(CLAAMNAMENSP, ObjectIdGetDatum(method));
	for (int i = 0; i < classes->n_members && !OidIsValid(found); i++)
	{
		auto *form = reinterpret_cast<Form_pg_opclass>(GETSTRUCT(&classes->members[i]->tuple));
		if (form->opcfamily == family && (form->opcintype == type || IsBinaryCoercible(type, form->opcintype)))
			found = form->oid;
	}
	ReleaseSysCacheList(classes);
	return found;
}

void
Proposer::operator_classes(const Condition &condition, Oid op, char purpose)
{
	struct Owner
	{
		Oid family;
		Oid method;
	};
	Local<SmallVector<Owner, 8>> owners;
	CatCList *members = SearchSysCacheList1(AMOPOPID, ObjectIdGetDatum(op));
	for (int i = 0; i < members->n_members; i++)
	{
		auto *form = reinterpret_cast<Form_pg_amop>(GETSTRUCT(&members->members[i]->tuple));
		if (form->amoppurpose == purpose && (form->amopmethod == GIN_AM_OID || form->amopmethod == GIST_AM_OID))
			owners->push_back({form->amopfamily, form->amopmethod});
	}
	ReleaseSysCacheList(members);
	/* GiST keeps signatures of texts and documents, and reads many pages in vain: the planner does not know. */
	bool gin = std::any_of(owners->begin(), owners->end(),
						   [&](const Owner &owner) {
							   return owner.method == GIN_AM_OID &&
									  OidIsValid(opclass_in(pool_, owner.family, GIN_AM_OID, condition.type));
						   });
	for (const Owner &owner : *owners)
	{
		Oid opclass = opclass_in(pool_, owner.family, owner.method, condition.type);
		if (!OidIsValid(opclass) || (gin && owner.method != GIN_AM_OID))
			continue;
		if (!equal_.empty())
			search(condition, opclass, owner.method, {equal_.data(), equal_.size()});
		search(condition, opclass, owner.method);
	}
}

void
Proposer::searches()
{
	for (const Condition &condition : access_.conditions)
	{
		if (condition.test == Test::search || condition.pattern)
			operator_classes(condition, condition.op, AMOP_SEARCH);
		else if (condition.test == Test::function_call)
		{
			search(condition, InvalidOid, GIST_AM_OID);
			search(condition, InvalidOid, BTREE_AM_OID);
		}
	}
	if (!access_.order.empty() && OidIsValid(access_.order[0].distance_op) && access_.few_wanted)
	{
		const OrderKey &key = access_.order[0];
		Condition nearest = {};
		nearest.key = key.key;
		nearest.column = key.column;
		nearest.type = key.type;
		nearest.collation = exprCollation(key.key);
		operator_classes(nearest, key.distance_op, AMOP_ORDER);
	}
}

void
Proposer::all()
{
	if (access_.pages < least_pages || (access_.table->tuples < 0 && access_.pages <= assumed_pages))
		return;
	sort_out();
	std::span<const Part> equal(equal_.data(), equal_.size());
	std::span<const Part> ranges(ranges_.data(), ranges_.size());
	std::span<const Part> order(order_.data(), order_.size());

	searches();
	btrees(equal, ranges, order);
	/* The values of other tables, each join by itself, before or after what is known. */
	Local<Parts> keys;
	Local<SmallVector<uint64, 8>> partners;
	for (const Part &part : joined_)
		if (std::find(partners->begin(), partners->end(), part.condition->partners) == partners->end())
			partners->push_back(part.condition->partners);
	for (uint64 partner : *partners)
	{
		keys->clear();
		for (const Part &part : joined_)
			if (part.condition->partners == partner)
				add(*keys, part);
		emit(*keys, keys->size());
		if (!order_.empty())
		{
			std::size_t free = keys->size();
			Local<Parts> ordered(*keys);
			append(*ordered, order);
			emit_variants(*ordered, free);
		}
		if (!equal_.empty())
		{
			append(*keys, equal);
			emit_variants(*keys, keys->size());
		}
		else
			emit_predicates(*keys, keys->size());
		std::size_t free = keys->size();
		for (const Part &range : ranges_)
		{
			Local<Parts> ranged(*keys);
			append(*ranged, {&range, 1});
			emit_variants(*ranged, free);
		}
	}
	/* (a, b) < (x, y) */
	for (const Condition &condition : access_.conditions)
	{
		if (condition.test != Test::rows)
			continue;
		keys->clear();
		append(*keys, equal);
		std::size_t free = keys->size();
		for (AttrNumber number : condition.row)
		{
			const ColumnEntry *column = access_.table->column(number);
			if (column == nullptr)
				break;
			add(*keys, Part{&condition, number, nullptr, column->type, column->collation, 0, false});
		}
		emit_variants(*keys, free);
	}
	/* Alone, for others to share and for bitmaps of several. */
	for (const Parts *parts : {&equal_, &any_, &ranges_})
		for (const Part &part : *parts)
		{
			keys->clear();
			keys->push_back(part);
			emit_variants(*keys, parts == &equal_ ? 1 : 0);
		}
	/* Only for the rows of a condition, whatever else is asked of them. */
	keys->clear();
	emit_predicates(*keys, 0);
	/* The arms of an OR, each with an index of its own. */
	int32 arms = 0;
	for (const Condition &condition : access_.conditions)
		arms = std::max(arms, condition.arm);
	for (int32 arm = 1; arm <= arms; arm++)
	{
		keys->clear();
		std::size_t free = 0;
		for (bool compared : {true, false})
			for (const Condition &condition : access_.conditions)
				if (condition.arm == arm && condition.key != nullptr && condition.partners == 0 &&
					(compared ? condition.test == Test::equal || condition.test == Test::is_null ||
									condition.test == Test::any_of
							  : condition.test == Test::range) &&
					(compared || keys->size() == free))
				{
					add(*keys, part_of(condition));
					free += compared ? 1 : 0;
				}
		emit(*keys, free);
	}
	for (const Part &range : ranges_)
		brin(range);
}

void
propose(CandidatePool &pool, const TableAccess &access, Vector<int32> &found)
{
	Local<Vector<int32>> own;
	Local<Proposer> proposer(pool, access, *own);
	proposer->all();
	for (int32 id : *own)
		if (std::find(found.begin(), found.end(), id) == found.end())
			found.push_back(id);
}

} // namespace dbeng
