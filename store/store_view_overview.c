/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What goes on, at a glance. Kinds of mail are counted by the stores' indexes; scores and rules,
 * which have none, by a sample that is spread over all.
 */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "store/record_rules.h"
#include "store/store_private.h"
#include "store/store_view.h"
#include "store/store_view_private.h"

/* Records of the sample. */
#define SAMPLE 1000

struct sampling {
	struct arena *arena;
	const struct store_view *view;
	struct store_overview *overview;
	int64_t since_us, until_us;
	struct map *rules;
};

static void count_score(struct store_overview *overview, int32_t score)
{
	int64_t bin = ((int64_t)score - 1000 * (int64_t)STORE_OVERVIEW_LOWEST);

	bin = bin < 0 ? -1 : bin / 1000;
	bin += 1;
	if (bin >= STORE_OVERVIEW_SCORES)
		bin = STORE_OVERVIEW_SCORES - 1;
	overview->scores[bin]++;
}

static void count_rule(struct sampling *sampling, struct str name, int32_t points)
{
	struct store_overview_rule *rule = map_get(sampling->rules, name);

	if (rule == NULL) {
		rule = arena_new_object(sampling->arena, struct store_overview_rule);
		rule->name = arena_str(sampling->arena, name);
		map_set(sampling->rules, rule->name, rule);
	}
	rule->hits++;
	rule->points += points;
}

static bool take_sample(const struct record *record, int64_t id, void *context)
{
	struct sampling *sampling = context;
	struct str rest = str_from(record->rules), name;
	int32_t points;

	(void)id;
	if (record->time_us < sampling->since_us || record->time_us >= sampling->until_us ||
	    !store_view_has(sampling->view, record))
		return true;
	count_score(sampling->overview, record->score);
	while (record_rules_next(&rest, &name, &points))
		count_rule(sampling, name, points);
	return ++sampling->overview->sampled < SAMPLE;
}

/* Ids are in the order of time, nearly. */
static bool sample_ids(struct sampling *sampling, struct error *err_r)
{
	struct store *store = sampling->view->store;
	int64_t first, last, after, *ids;
	size_t count = 0;

	if (!store_first_id(store, sampling->since_us, &first, err_r) ||
	    !store_first_id(store, sampling->until_us, &after, err_r) ||
	    !store_newest_id(store, &last, err_r))
		return false;
	if (after > 0)
		last = after - 1;
	if (first == 0 || last < first)
		return true;
	ids = arena_calloc(sampling->arena, SAMPLE, sizeof(*ids));
	count = last - first + 1 < SAMPLE ? (size_t)(last - first + 1) : SAMPLE;
	for (size_t i = 0; i < count; i++)
		ids[i] = first + (int64_t)((double)(last - first) * (double)i /
		                           (double)(count > 1 ? count - 1 : 1));
	return store_read_ids(store, ids, count, take_sample, sampling, err_r);
}

static bool sample_account(struct sampling *sampling, struct error *err_r)
{
	struct store_query query = { .account = sampling->view->account,
		                     .since_us = sampling->since_us,
		                     .until_us = sampling->until_us,
		                     .newest_first = true };

	return store_read(sampling->view->store, &query, take_sample, sampling, err_r);
}

static int compare_rules(const void *a, const void *b)
{
	const struct store_overview_rule *x = a, *y = b;

	if (x->hits != y->hits)
		return x->hits < y->hits ? 1 : -1;
	return str_cmp(x->name, y->name);
}

static void keep_top(struct sampling *sampling)
{
	struct store_overview *overview = sampling->overview;
	size_t count = map_len(sampling->rules);
	struct store_overview_rule *all = arena_calloc(sampling->arena, count + 1, sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = *(struct store_overview_rule *)map_at(sampling->rules, i, NULL);
	qsort(all, count, sizeof(*all), compare_rules);
	overview->rule_count = count < STORE_OVERVIEW_RULES ? count : STORE_OVERVIEW_RULES;
	memcpy(overview->rules, all, overview->rule_count * sizeof(*all));
}

static bool count_kinds(const struct store_view *view, struct store_overview *overview,
                        struct error *err_r)
{
	int64_t bounds[STORE_OVERVIEW_SPANS + 1], counts[STORE_OVERVIEW_SPANS];

	for (size_t i = 0; i <= overview->spans; i++)
		bounds[i] = overview->begin_us + overview->span_us * (int64_t)i;
	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		if (store_is_counted((enum record_kind)kind))
			continue;
		if (!store_count_spans(view->store, (enum record_kind)kind, view->account, bounds,
		                       overview->spans, counts, err_r))
			return false;
		for (size_t i = 0; i < overview->spans; i++) {
			overview->counts[i][kind] = counts[i];
			overview->totals[kind] += counts[i];
		}
	}
	return true;
}

/* What is refused is counted by the hour. */
struct refusals {
	const struct store_view *view;
	struct store_overview *overview;
};

static bool take_refusals(const struct store_count *count, void *context)
{
	struct refusals *refusals = context;
	struct store_overview *overview = refusals->overview;
	int64_t offset = count->hour_us - overview->begin_us, span;

	if (refusals->view->account != NULL &&
	    !str_eq_ci(str_from(count->domain), str_from(refusals->view->account)))
		return true;
	/* The hour in which the first span begins is its own. */
	span = offset < 0 ? 0 : offset / overview->span_us;
	if (span >= (int64_t)overview->spans)
		return true;
	overview->counts[span][count->kind] += count->count;
	overview->totals[count->kind] += count->count;
	return true;
}

bool store_view_overview(const struct store_view *view, struct arena *arena, int64_t since_us,
                         int64_t until_us, size_t spans, struct store_overview *overview_r,
                         struct error *err_r)
{
	struct sampling sampling = { arena, view, overview_r, since_us, until_us, NULL };
	struct refusals refusals = { view, overview_r };

	*overview_r = (struct store_overview){ 0 };
	if (spans < 1 || spans > STORE_OVERVIEW_SPANS || since_us < 0 || until_us <= since_us)
		return error_set(err_r, "there are 1 to %d spans, in a time that isn't empty",
		                 STORE_OVERVIEW_SPANS);
	overview_r->spans = spans;
	overview_r->begin_us = since_us;
	overview_r->span_us = (until_us - since_us + (int64_t)spans - 1) / (int64_t)spans;
	sampling.rules = map_new(arena, MAP_EXACT);
	if (!count_kinds(view, overview_r, err_r) ||
	    !store_read_counts(view->store, since_us, view->account, take_refusals, &refusals,
	                       err_r) ||
	    !(view->account != NULL ? sample_account(&sampling, err_r)
	                            : sample_ids(&sampling, err_r)))
		return false;
	keep_top(&sampling);
	return true;
}
