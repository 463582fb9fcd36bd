/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/rule_value.h"

#include "rules/match/lazy_meta_index.h"

static void tell_metas(struct match *match, size_t slot)
{
	const struct lazy_meta_index *index = match->set->meta_index;
	struct scanner *scanner = match->scanner;
	const struct lazy_meta_lists *lists =
		scanner->deciding ? &index->dependents : &index->watchers;

	for (size_t i = lists->starts[slot]; i < lists->starts[slot + 1]; i++)
		scanner->pending[lists->items[i] / 64] |= UINT64_C(1) << lists->items[i] % 64;
}

void rule_value_set_tristate(struct match *match, size_t slot, enum tristate value)
{
	struct scanner *scanner = match->scanner;

	if (scanner->tristates[slot] == value)
		return;
	scanner_touch(scanner, slot);
	scanner->tristates[slot] = (unsigned char)value;
	tell_metas(match, slot);
}

void rule_value_set(struct match *match, size_t slot, struct range range)
{
	struct scanner *scanner = match->scanner;
	struct range *old = &scanner->ranges[slot];

	if (old->lower == range.lower && old->upper == range.upper)
		return;
	scanner_touch(scanner, slot);
	scanner->tristates[slot] = (unsigned char)tristate_of_range(range);
	*old = range;
	tell_metas(match, slot);
}

bool rule_value_may_hit(struct match *match, size_t slot)
{
	double most = match->set->meta_index->most[slot];

	if (most == 0)
		return false;
	rule_value_set(match, slot, (struct range){ 0, most });
	return true;
}
