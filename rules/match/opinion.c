/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/opinion.h"

#include "learn/features_message.h"
#include "learn/learned.h"

void opinion_ask(struct match *match)
{
	struct hits *hits = match->hits;
	struct learned *learned;
	struct feature_hit *evidence;
	struct features_input input = { .facts = match->facts, .hit_count = hits->len };

	if (match->models == NULL)
		return;
	evidence = arena_alloc(match->arena, hits->len * sizeof(*evidence));
	for (size_t i = 0; i < hits->len; i++)
		evidence[i] = (struct feature_hit){ hits->items[i].name, hits->items[i].score };
	input.hits = evidence;
	input.key = match->models->key;
	learned = arena_new_object(match->arena, struct learned);
	*learned = learned_judge(match->models, features_of_message(match->arena, &input));
	hits->learned = learned;
}
