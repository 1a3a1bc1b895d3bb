/*
 * verify_compare.cpp: chunks and seals, side by side.
 */
#include "audit/verifying.hpp"
#include "core/text.hpp"

namespace dbeng {

/* Is the seal over before that chunk? */
bool
Comparison::is_before(const FoundChunk &chunk) const
{
	std::pair here(seal().month, seal().cluster);
	std::pair there(chunk.month, chunk.cluster);
	return here < there || (here == there && seal().to < chunk.place);
}

bool
Comparison::covers(const FoundChunk &chunk) const
{
	return seal().month == chunk.month && seal().cluster == chunk.cluster && seal().from < chunk.place;
}

void
Comparison::begin_seal()
{
	begun_ = true;
	root_->begin();
	checks_of(seal().seal_id, *checks_);
	seen_->assign(checks_->size(), false);
	by_id_->clear();
	next_ = 0;
	chunks_ = 0;
	changes_ = 0;
	lowest_id_ = PG_INT64_MAX;
	for (const ChunkCheck &check : *checks_)
		lowest_id_ = std::min(lowest_id_, check.log_id);
	unreadable_ = false;
	suspected_ = {};
}

/* The check of that chunk; NULL: the seal knows none, or it has been found already. */
ChunkCheck *
Comparison::find(int64 log_id)
{
	auto &checks = *checks_;
	if (next_ >= checks.size() || checks[next_].log_id != log_id)
	{
		if (by_id_->empty())
		{
			for (uint32 i = 0; i < checks.size(); i++)
				by_id_->push_back(i);
			std::sort(by_id_->begin(), by_id_->end(),
					  [&checks](uint32 a, uint32 b) { return checks[a].log_id < checks[b].log_id; });
		}
		auto found = std::lower_bound(by_id_->begin(), by_id_->end(), log_id,
									  [&checks](uint32 i, int64 id) { return checks[i].log_id < id; });
		if (found == by_id_->end() || checks[*found].log_id != log_id)
			return nullptr;
		next_ = *found;
	}
	if ((*seen_)[next_])
		return nullptr;
	(*seen_)[next_] = true;
	return &checks[next_++];
}

/* As long as it is not certain that the seal is broken. */
void
Comparison::note(int64 log_id, int64 changes, const char *what)
{
	if (suspected_.problem == nullptr)
		suspected_.tell(format("entry %lld %s seal %lld", static_cast<long long>(log_id), what, number()));
	suspected_.found_broken(log_id, changes);
}

void
Comparison::add_covered(const FoundChunk &chunk)
{
	root_->add(chunk.digest.bytes, sizeof chunk.digest.bytes);
	chunks_++;
	changes_ += chunk.changes;
	lowest_id_ = std::min(lowest_id_, chunk.place.log_id);
	verdict_.entries += chunk.changes;
	unreadable_ = unreadable_ || !chunk.readable;
	if (checks_->empty())
		return;
	const ChunkCheck *check = find(chunk.place.log_id);
	if (!chunk.readable)
		return;
	if (check == nullptr)
		note(chunk.place.log_id, chunk.changes, "was inserted into what is under");
	else if (check->beginning != beginning_of(chunk.digest))
		note(chunk.place.log_id, check->changes, "or the shape of its rows was changed since");
}

void
Comparison::end_seal()
{
	if (!begun_)
		begin_seal();
	begun_ = false;
	bool whole = root_->end() == seal().root && chunks_ == seal().chunks;
	if (whole)
	{
		if (suspected_.broken > 0 || checks_->empty())
			verdict_.tell(format("the checks of seal %lld were changed, though not what is under it", number()));
		return;
	}
	for (std::size_t i = 0; i < checks_->size(); i++)
		if (!(*seen_)[i])
			note((*checks_)[i].log_id, (*checks_)[i].changes, "is missing of what is under");
	if (suspected_.broken == 0 && !unreadable_)
	{
		suspected_.tell(format("the entries under seal %lld are not those that were sealed", number()));
		suspected_.found_broken(lowest_id_, std::max(seal().changes, changes_));
	}
	verdict_.tell(suspected_.problem);
	verdict_.broken += suspected_.broken;
	verdict_.first_broken = std::min(verdict_.first_broken, suspected_.first_broken);
}

/* No seal is over it. */
void
Comparison::add_uncovered(const FoundChunk &chunk)
{
	auto end = sealed_.ends.find(chunk.cluster);
	bool foreign = chunk.cluster != cluster_number();
	if (end != sealed_.ends.end() && !(end->second < chunk.place))
		verdict_.tell(
			format("entry %lld was inserted where all was sealed", static_cast<long long>(chunk.place.log_id)));
	else if (foreign && sealed_.closed)
		verdict_.tell(format("entry %lld was inserted as if another cluster had made it",
							 static_cast<long long>(chunk.place.log_id)));
	else
	{
		verdict_.unsealed += chunk.changes;
		return;
	}
	verdict_.entries += chunk.changes;
	if (chunk.readable)
		verdict_.found_broken(chunk.place.log_id, chunk.changes);
}

void
Comparison::add(const FoundChunk &chunk)
{
	for (; at_ < sealed_.seals.size() && is_before(chunk); at_++)
		end_seal();
	if (!chunk.readable)
	{
		verdict_.tell(format("entry %lld cannot be decompressed", static_cast<long long>(chunk.place.log_id)));
		verdict_.found_broken(chunk.place.log_id, chunk.changes);
	}
	if (at_ < sealed_.seals.size() && covers(chunk))
	{
		if (!begun_)
			begin_seal();
		add_covered(chunk);
	}
	else
		add_uncovered(chunk);
}

void
Comparison::end()
{
	for (; at_ < sealed_.seals.size(); at_++)
		end_seal();
	root_->free();
}

} // namespace dbeng
