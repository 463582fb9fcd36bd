/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/reputation.h"

#include <inttypes.h>
#include <math.h>

#include "base/decimal.h"
#include "rules/model/reputation_settings.h"

/* The pull is never more, thousandths. */
#define PULL_MAX 3000
/* What is older counts half as much. */
#define HALF_LIFE_S (90.0 * 86400)

/* Lists and the like say nothing of what the mail is like. */
static int32_t sum_of_evidence(const struct match *match)
{
	const struct hits *hits = match->hits;
	int32_t sum = 0;

	for (size_t i = 0; i < hits->len; i++) {
		const struct rule *rule = map_get(match->set->by_name, hits->items[i].name);

		if (rule == NULL || (rule->flags & RULE_FLAG_NOAUTOLEARN) == 0)
			sum = decimal_add(sum, hits->items[i].score);
	}
	return sum;
}

/* How much one history pulls: all the way, once it is long and fresh. */
static double pull_of(const struct people_history *history, int32_t sum, int64_t window,
                      int64_t now_s)
{
	double count = (double)(history->count < window ? history->count : window);
	double age = (double)(now_s - history->last_s);

	if (history->count <= 0)
		return 0;
	return ((double)history->mean - sum) * count / (count + 1) *
	       exp2(-(age > 0 ? age : 0) / HALF_LIFE_S);
}

static int32_t pull(const struct people *people, const struct reputation_settings *settings,
                    int32_t sum)
{
	double weights = settings->author_weight + settings->voucher_weight, points;

	if (weights <= 0)
		return 0;
	points = settings->factor / weights *
	         (settings->author_weight *
	                  pull_of(&people->author_history, sum, settings->window, people->now_s) +
	          settings->voucher_weight *
	                  pull_of(&people->voucher_history, sum, settings->window, people->now_s));
	if (points > PULL_MAX)
		return PULL_MAX;
	return points < -PULL_MAX ? -PULL_MAX : (int32_t)lround(points);
}

static struct str why(struct arena *arena, const struct people *people)
{
	const struct people_history *history = people->author_history.count > 0
	                                               ? &people->author_history
	                                               : &people->voucher_history;
	ptrdiff_t space = str_rfind_char(history->identity, ' ');
	char mean[DECIMAL_TEXT_SIZE];

	return arena_printf(
		arena, "%" PRId64 " message%s of %.*s scored %s on average", history->count,
		history->count == 1 ? "" : "s",
		STR_FMT(people->author_history.count > 0
	                        ? str_from_offset(history->identity, (size_t)(space + 1))
	                        : history->identity),
		decimal_format_short(history->mean, mean));
}

void reputation_pull(struct match *match)
{
	const struct people *people = match->facts->people;
	struct reputation_settings settings;
	struct hits *hits = match->hits;
	const struct rule *rule;
	int32_t points;

	if (people == NULL || !people->wants_history || hits->shortcircuit_type != NULL)
		return;
	rule = reputation_rule(match->set);
	if (rule == NULL)
		return;
	settings = reputation_settings(match->set);
	hits->reputation = sum_of_evidence(match);
	hits->has_reputation = true;
	points = pull(people, &settings, hits->reputation);
	if (points == 0)
		return;
	vec_push(match->arena, hits,
	         ((struct rule_hit){ .name = rule->name,
	                             .description = rule->description,
	                             .score = points,
	                             .matched = why(match->arena, people) }));
}

int32_t reputation_doubt(const struct match *match)
{
	const struct people *people = match->facts->people;

	return people != NULL && people->unread && people->wants_history ? PULL_MAX : 0;
}
