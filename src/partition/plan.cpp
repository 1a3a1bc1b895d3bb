/*
 * plan.cpp: what has to be done to a set, from what it is and what time it is.
 */
#include "core/text.hpp"
#include "partition/key_probe.hpp"
#include "partition/partition_set.hpp"

namespace dbeng {

/* More than that many are made, or told of, another time. */
static constexpr std::size_t most_new = 1000;
static constexpr int most_drained = 100;

namespace {
struct Piece
{
	KeyBound lower;
	KeyBound upper;
};

/* Where rows come. */
struct Place
{
	int64 position = 0;
	const char *what = nullptr;
};

class Planner
{
  public:
	Planner(const PartitionSet &set, TimestampTz now, Vector<PlannedAction> &actions);
	void run();
	std::size_t count_expired();

  private:
	bool find_present();
	int64 horizon(int64 from) const;
	void note_leaving();
	void create();
	Cell create_from(const Place &place, int64 not_before);
	void create_in(const Cell &cell, const char *what);
	void create_before();
	bool find_numbers();
	void drain();
	int64 cutoff() const;
	std::size_t past_retention() const;
	void expire();
	void gaps();
	void gap(const KeyBound &from, KeyBound to);
	void expire_one(const SetPartition &partition, const char *why);
	template <class Visit>
	void each_piece(const KeyBound &lower, const KeyBound &upper, Visit visit) const;
	Probe probe_default(const KeyRange &range, Datum *found) const;
	PlannedAction &plan_action(PartitionAction action, Oid partition, const char *reason);

	const PartitionSet &set_;
	const Calendar &calendar_;
	TimestampTz now_;
	Vector<PlannedAction> &actions_;
	Local<Vector<Piece>> taken_; /* by lower bound: what has a partition, or is still of one that is half detached */
	Place present_;
	Cell first_ = {}; /* the one that the present is in */
	/* Numbers come from the sequence, and some may be given by hand: the lesser of both is the present, the greater one this. */
	Place later_;
	bool apart_ = false;
};
} // namespace

Planner::Planner(const PartitionSet &set, TimestampTz now, Vector<PlannedAction> &actions)
	: set_(set), calendar_(set.calendar), now_(now), actions_(actions)
{
	for (const SetPartition &partition : *set.partitions)
		if (partition.relation != set.pending.relation)
			taken_->push_back({partition.lower, partition.upper});
	if (OidIsValid(set.pending.relation) && calendar_.compare(set.pending.lower, set.pending.upper) < 0)
		taken_->push_back({set.pending.lower, set.pending.upper});
	std::sort(taken_->begin(), taken_->end(),
			  [this](const Piece &a, const Piece &b) { return calendar_.compare(a.lower, b.lower) < 0; });
}

PlannedAction &
Planner::plan_action(PartitionAction action, Oid partition, const char *reason)
{
	actions_.push_back({action, partition, {}, {}, reason});
	return actions_.back();
}

/* What is free from lower to upper, piece by piece. */
template <class Visit>
void
Planner::each_piece(const KeyBound &lower, const KeyBound &upper, Visit visit) const
{
	KeyBound from = lower;
	const auto *at = std::lower_bound(taken_->data(), taken_->data() + taken_->size(), lower,
									  [this](const Piece &piece, const KeyBound &bound)
									  { return calendar_.compare(piece.upper, bound) <= 0; });
	for (; at != taken_->data() + taken_->size() && calendar_.compare(at->lower, upper) < 0; at++)
	{
		if (calendar_.compare(from, at->lower) < 0)
			visit(Piece{from, at->lower});
		from = at->upper;
	}
	if (calendar_.compare(from, upper) < 0)
		visit(Piece{from, upper});
}

bool
Planner::find_numbers()
{
	Place greatest = {0, "the greatest number"};
	Place given = {0, "what its sequence has given"};
	KeyObstacle obstacle;
	bool any = greatest_number(set_, &greatest.position, &obstacle);
	bool counted = sequence_number(set_, &given.position);
	if (OidIsValid(obstacle.partition))
	{
		PlannedAction &action = plan_action(
			PartitionAction::none, obstacle.partition,
			obstacle.locked ? "its greatest number is not known: somebody has locked it"
							: "its greatest number cannot be known at once: it has no index that leads with the key");
		action.busy = obstacle.locked;
		return false;
	}
	apart_ = any && counted && greatest.position != given.position;
	if (any || counted)
	{
		bool lags = counted && (!any || given.position < greatest.position);
		present_ = lags ? given : greatest;
		later_ = lags ? greatest : given;
		return true;
	}
	const CalendarRule &rule = calendar_.rule();
	present_ = {rule.anchored ? rule.anchor : 0, "the beginning"};
	if (!set_.partitions->empty() && set_.partitions->front().lower.kind == KeyBound::Kind::value)
		calendar_.position(set_.partitions->front().lower.value, &present_.position);
	return true;
}

/* Where rows are being added now. */
bool
Planner::find_present()
{
	if (calendar_.timed())
		present_ = {calendar_.position_of(now_), "now"};
	else if (!find_numbers())
		return false;
	if (calendar_.cell(present_.position, &first_))
		return true;
	plan_action(PartitionAction::none, InvalidOid,
				format("%s is where its key has no values any more", calendar_.text(present_.position)));
	return false;
}

/* Up to where there are to be partitions whatever premake says. */
int64
Planner::horizon(int64 from) const
{
	int64 ahead = set_.settings.ahead;
	if (ahead <= 0)
		return from;
	int64 until;
	if (calendar_.timed())
	{
		TimestampTz then = now_ + std::min(ahead, int64{END_TIMESTAMP} - 1 - now_);
		return calendar_.position_of(then);
	}
	double growth = set_.ids_per_second * static_cast<double>(ahead) / USECS_PER_SEC;
	/* Beyond what a plan makes at once it does not matter how much. */
	double most = static_cast<double>(calendar_.rule().number) * most_new;
	return pg_add_s64_overflow(from, static_cast<int64>(std::min({growth, most, 9e18})), &until) ? PG_INT64_MAX : until;
}

Probe
Planner::probe_default(const KeyRange &range, Datum *found) const
{
	if (!OidIsValid(set_.default_partition))
		return Probe::none;
	return probe_key(set_.default_partition, set_.key_name, calendar_, range, false, found);
}

void
Planner::create_in(const Cell &cell, const char *what)
{
	KeyBound lower = calendar_.bound(cell.lower);
	KeyBound upper = calendar_.bound(cell.upper);
	each_piece(lower, upper,
			   [&](const Piece &piece)
			   {
				   bool whole =
					   calendar_.compare(piece.lower, lower) == 0 && calendar_.compare(piece.upper, upper) == 0;
				   Probe rest = probe_default({piece.lower, piece.upper}, nullptr);
				   const char *why = what;
				   if (!whole)
					   why = format("%s; shorter than a step, to fit beside what is there", why);
				   if (rest == Probe::found)
					   why = format("%s; the default partition has rows of it", why);
				   else if (rest == Probe::unknown || rest == Probe::locked)
					   why = format("%s; whether the default partition has rows of it is not known yet", why);
				   PlannedAction &action =
					   plan_action(rest == Probe::found ? PartitionAction::drain : PartitionAction::create,
								   rest == Probe::found ? set_.default_partition : InvalidOid, why);
				   action.lower = piece.lower;
				   action.upper = piece.upper;
			   });
}

/* From the cell of a place on, leaving out what is before; returns the last one. */
Cell
Planner::create_from(const Place &place, int64 not_before)
{
	int64 until = horizon(place.position);
	Cell cell = first_;
	calendar_.cell(place.position, &cell);
	for (int number = 0;; number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (cell.lower >= not_before)
			create_in(cell, number == 0 ? format("%s is in it", place.what)
										: format("number %d after the present one", number));
		bool enough = number >= set_.settings.premake && cell.upper > until;
		Cell next;
		if (enough || actions_.size() >= most_new || !calendar_.next(cell, &next))
			return cell;
		cell = next;
	}
}

/*
 * A set that begins has nothing for what was written a moment ago and comes only now; later the partition of then is there.
 */
void
Planner::create_before()
{
	bool begins = set_.partitions->empty() && !OidIsValid(set_.pending.relation);
	bool rest = set_.settings.with_default || OidIsValid(set_.default_partition);
	bool kept = set_.settings.retention_count > 0 || first_.lower > cutoff();
	Cell before;
	if (!calendar_.timed() || !begins || rest || !kept || !calendar_.previous(first_, &before))
		return;
	create_in(before, "for rows that come late: it ends where the present one begins");
}

void
Planner::create()
{
	create_before();
	Cell last = create_from(present_, first_.lower);
	if (apart_)
		create_from(later_, last.upper);
	if (set_.settings.with_default && !OidIsValid(set_.default_partition))
		plan_action(PartitionAction::create_default, InvalidOid, "with_default is set, and there is none");
}

/* Rows of the default partition behind the present: each shows where the next piece is. */
void
Planner::drain()
{
	KeyRange range;
	if (!OidIsValid(set_.default_partition))
		return;
	/* Who is infinite belongs nowhere. */
	if (calendar_.rule().encoding == Encoding::date)
		range.lower = {KeyBound::Kind::value, DateADTGetDatum(DATEVAL_NOBEGIN + 1)};
	else if (calendar_.type() == TIMESTAMPOID || calendar_.type() == TIMESTAMPTZOID)
		range.lower = {KeyBound::Kind::value, TimestampGetDatum(DT_NOBEGIN + 1)};
	range.upper = set_.settings.draining ? KeyBound{KeyBound::Kind::maximum, Datum{0}} : calendar_.bound(first_.lower);
	for (int count = 0; count < most_drained; count++)
	{
		Datum key;
		Probe probe = probe_default(range, &key);
		if (probe == Probe::unknown || probe == Probe::locked)
		{
			PlannedAction &action =
				plan_action(PartitionAction::none, set_.default_partition,
							probe == Probe::locked
								? "what is in it is not known: somebody has locked it"
								: "what is in it cannot be known at once: it has no index that leads with the key");
			action.busy = probe == Probe::locked;
		}
		int64 position;
		Cell cell;
		if (probe != Probe::found || !calendar_.position(key, &position) || !calendar_.cell(position, &cell))
			return;
		KeyBound at = {KeyBound::Kind::value, key};
		bool found = false;
		each_piece(calendar_.bound(cell.lower), calendar_.bound(cell.upper),
				   [&](const Piece &piece)
				   {
					   if (calendar_.compare(at, piece.lower) < 0 || calendar_.compare(at, piece.upper) >= 0)
						   return;
					   found = true;
					   PlannedAction &action = plan_action(PartitionAction::drain, set_.default_partition,
														   "it has rows of a time that has no partition");
					   action.lower = piece.lower;
					   action.upper = piece.upper;
					   range.lower = piece.upper;
				   });
		if (!found || range.lower.kind != KeyBound::Kind::value)
			return;
	}
}

void
Planner::expire_one(const SetPartition &partition, const char *why)
{
	PartitionAction action = set_.settings.expiry == Expiry::drop	? PartitionAction::drop
							 : set_.settings.expiry == Expiry::move ? PartitionAction::move
																	: PartitionAction::detach;
	if (action == PartitionAction::move && get_namespace_name(set_.settings.archive_schema) == nullptr)
	{
		action = PartitionAction::none;
		why = format("%s; the schema where it is to go is gone", why);
	}
	PlannedAction &planned = plan_action(action, partition.relation, why);
	planned.lower = partition.lower;
	planned.upper = partition.upper;
}

/* What ends there or before may be past retention. */
int64
Planner::cutoff() const
{
	const SetSettings &settings = set_.settings;
	int64 cutoff = first_.lower;
	if (settings.retention == nullptr)
		return PG_INT64_MIN;
	if (settings.retention_numbers > 0)
		return pg_sub_s64_overflow(present_.position, settings.retention_numbers, &cutoff) ? PG_INT64_MIN : cutoff;
	return settings.retention_count > 0 ? cutoff : calendar_.earlier(present_.position, settings.retention_age);
}

std::size_t
Planner::past_retention() const
{
	const SetSettings &settings = set_.settings;
	if (settings.retention == nullptr)
		return 0;
	int64 cutoff = this->cutoff();
	std::size_t old = 0;
	for (const SetPartition &partition : *set_.partitions)
	{
		int64 end;
		if (partition.upper.kind != KeyBound::Kind::value || !calendar_.position(partition.upper.value, &end) ||
			end > cutoff)
			break;
		old++;
	}
	return old - std::min(old, static_cast<std::size_t>(settings.retention_count));
}

std::size_t
Planner::count_expired()
{
	return set_.settings.retention != nullptr && find_present() ? past_retention() : 0;
}

/* The oldest first. */
void
Planner::expire()
{
	std::size_t old = past_retention();
	/* A slip of a digit must not put out what is in use. */
	if (set_.settings.retention != nullptr && apart_ && later_.position >= first_.upper)
		plan_action(PartitionAction::none, InvalidOid,
					format("retention counts from %s, %s, and not from %s, %s", calendar_.text(present_.position),
						   present_.what, calendar_.text(later_.position), later_.what));
	for (std::size_t i = 0; i < old; i++)
	{
		const SetPartition &partition = (*set_.partitions)[i];
		int64 end = 0;
		if (partition.relation == set_.pending.relation)
			continue;
		calendar_.position(partition.upper.value, &end);
		expire_one(partition,
				   set_.settings.retention_count > 0
					   ? format("%s before the present one are kept", set_.settings.retention)
					   : format("it ends at %s, and %s is kept", calendar_.text(end), set_.settings.retention));
	}
}

/* What an earlier run has detached and not brought to its end. */
void
Planner::note_leaving()
{
	for (const LeavingPartition &leaving : *set_.leaving)
	{
		bool attached =
			leaving.relation == set_.pending.relation ||
			std::any_of(set_.partitions->begin(), set_.partitions->end(),
						[&](const SetPartition &partition) { return partition.relation == leaving.relation; });
		if (attached || leaving.expiry == Expiry::keep || get_rel_name(leaving.relation) == nullptr)
			continue;
		plan_action(leaving.expiry == Expiry::drop ? PartitionAction::drop : PartitionAction::move, leaving.relation,
					"it was detached before, and that was not all");
	}
}

void
Planner::gap(const KeyBound &from, KeyBound to)
{
	KeyBound present = calendar_.bound(first_.lower);
	if (calendar_.compare(to, present) > 0)
		to = present;
	if (calendar_.compare(from, to) >= 0)
		return;
	PlannedAction &action = plan_action(PartitionAction::none, InvalidOid,
										"no partition takes what belongs there; behind the present none is made");
	action.lower = from;
	action.upper = to;
}

/* A person may have dropped them on purpose; whatever comes late is an error then. */
void
Planner::gaps()
{
	if (OidIsValid(set_.default_partition) || taken_->empty())
		return;
	for (std::size_t i = 1; i < taken_->size(); i++)
		gap((*taken_)[i - 1].upper, (*taken_)[i].lower);
	gap(taken_->back().upper, {KeyBound::Kind::maximum, Datum{0}});
}

void
Planner::run()
{
	if (OidIsValid(set_.pending.relation))
	{
		PlannedAction &action = plan_action(PartitionAction::finalize_detach, set_.pending.relation,
											"DETACH … CONCURRENTLY was cut short, or is at work now");
		action.lower = set_.pending.lower;
		action.upper = set_.pending.upper;
	}
	note_leaving();
	if (!find_present())
		return;
	create();
	drain();
	expire();
	gaps();
}

void
plan(const PartitionSet &set, TimestampTz now, Vector<PlannedAction> &actions)
{
	Local<Planner> planner(set, now, actions);
	planner->run();
}

std::size_t
past_retention(const PartitionSet &set, TimestampTz now)
{
	Local<Vector<PlannedAction>> unused;
	Local<Planner> planner(set, now, *unused);
	return planner->count_expired();
}

} // namespace dbeng
