/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/demand_set.h"

#include "rules/match/demand_index.h"

static void tell_metas(struct match *match, size_t slot)
{
	const struct demand *demand = match->set->demand;
	struct scanner *scanner = match->scanner;
	const struct number_lists *lists =
		scanner->deciding ? &demand->dependents : &demand->watchers;

	for (size_t i = lists->starts[slot]; i < lists->starts[slot + 1]; i++)
		scanner->pending[lists->items[i] / 64] |= UINT64_C(1) << lists->items[i] % 64;
}

void demand_set_truth(struct match *match, size_t slot, enum truth truth)
{
	struct scanner *scanner = match->scanner;

	if (scanner->truths[slot] == truth)
		return;
	scanner_touch(scanner, slot);
	scanner->truths[slot] = (unsigned char)truth;
	tell_metas(match, slot);
}

void demand_set(struct match *match, size_t slot, struct range range)
{
	struct scanner *scanner = match->scanner;
	struct range *old = &scanner->ranges[slot];

	if (old->lower == range.lower && old->upper == range.upper)
		return;
	scanner_touch(scanner, slot);
	scanner->truths[slot] = (unsigned char)truth_of_range(range);
	*old = range;
	tell_metas(match, slot);
}

bool demand_may_hit(struct match *match, size_t slot)
{
	double most = match->set->demand->most[slot];

	if (most == 0)
		return false;
	demand_set(match, slot, (struct range){ 0, most });
	return true;
}
