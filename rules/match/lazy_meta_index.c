/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/lazy_meta_index.h"

#include "rules/expr/expr_needs.h"
#include "rules/match/field.h"

/* How often rules hit or may hit, very roughly: most filtered ones can't. */
#define WEIGHT_FILTERED   (1.0 / 32)
#define WEIGHT_UNFILTERED (1.0 / 4)

/* A list that grows, until all are put into one array. */
struct numbers {
	vec_members(uint32_t);
};

/* What is needed while the index is made. */
struct indexing {
	struct ruleset *set;
	struct arena *work;
	struct numbers *watchers, *dependents, *inputs;
	double *weights;
};

/* Cheap ones are tried first, since they often save the expensive ones. The order was found by
 * counting the instructions of several. */
static unsigned char rank_of(const struct ruleset *set, const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		if (!rule->exists && field_is_long(set->fields.items[rule->field]))
			return rule->filtered ? 4 : 7;
		return rule->filtered ? 0 : 1;
	case RULE_MIME_HEADER:
		return 1;
	case RULE_BODY:
		return rule->filtered ? 2 : 7;
	case RULE_URI:
	case RULE_URI_DETAIL:
		return rule->filtered ? 2 : 5;
	case RULE_EVAL:
		return 3;
	case RULE_RAWBODY:
	case RULE_FULL:
		return rule->filtered ? 4 : 8;
	default:
		return 0;
	}
}

/* Metas are in the order of their dependencies, so those of its inputs are ranked already. */
static unsigned char meta_rank(const struct lazy_meta_index *index, const struct rule *meta)
{
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);
	unsigned char rank = EXPR_RANK_NONE - 1;

	for (size_t i = 0; i < count; i++)
		if (index->ranks[slots[i]] < rank)
			rank = index->ranks[slots[i]];
	return rank;
}

/* Slots may repeat. */
static void list_by_slots(struct indexing *indexing, struct numbers *by_slot, const size_t *slots,
                          size_t count, uint32_t meta)
{
	for (size_t i = 0; i < count; i++) {
		struct numbers *numbers = &by_slot[slots[i]];

		if (numbers->len == 0 || numbers->items[numbers->len - 1] != meta)
			vec_push(indexing->work, numbers, meta);
	}
}

static void list_inputs(struct indexing *indexing, const size_t *slots, size_t count, uint32_t meta)
{
	const uint32_t *meta_of = indexing->set->meta_index->meta_of;

	for (size_t i = 0; i < count; i++)
		if (meta_of[slots[i]] != LAZY_META_NONE)
			vec_push(indexing->work, &indexing->inputs[meta], meta_of[slots[i]]);
}

static bool is_learned(const struct ruleset *set, const struct rule *meta)
{
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);

	for (size_t i = 0; i < count; i++)
		if (set->rules.items[slots[i]]->learned)
			return true;
	return (meta->flags & RULE_FLAG_LEARN) != 0;
}

static void index_meta(struct indexing *indexing, const struct rule *meta, uint32_t number)
{
	struct lazy_meta_index *index = indexing->set->meta_index;
	struct expr_needs needs = expr_needs(meta->expr, indexing->work, indexing->weights);
	size_t count;
	const size_t *slots = expr_slots(meta->expr, &count);

	list_by_slots(indexing, indexing->dependents, slots, count, number);
	list_inputs(indexing, slots, count, number);
	if (needs.always)
		index->pending[number / 64] |= UINT64_C(1) << number % 64;
	else
		list_by_slots(indexing, indexing->watchers, needs.slots.items, needs.slots.len,
		              number);
	if (expr_steps(meta->expr) > index->steps)
		index->steps = expr_steps(meta->expr);
	index->ranks[meta->slot] = meta_rank(index, meta);
	indexing->weights[meta->slot] = needs.weight;
}

/* What it finds is there for names that are asked for. */
static bool sets_tags(const struct rule *rule)
{
	return rule->captures || (rule->eval != NULL && rule->eval->sets_tags);
}

static bool may_be_deferred(const struct ruleset *set, const struct rule *rule)
{
	return rule_is_sub(rule) && !rule->exists && !sets_tags(rule) && !set->all_rules &&
	       rule->shortcircuit == SHORTCIRCUIT_OFF;
}

/* Of a meta whose value counts, all inputs' values do; of others those that are added, compared …
 */
static void mark_counted(const struct ruleset *set, bool *counted)
{
	const struct rule_list *metas = &set->by_type[RULE_META];

	for (size_t i = metas->len; i-- > 0;) {
		const struct rule *meta = metas->items[i];
		size_t count;
		const size_t *slots = expr_slots(meta->expr, &count);

		if (set->all_rules)
			counted[meta->slot] = true;
		if (!counted[meta->slot])
			expr_counted(meta->expr, counted);
		for (size_t k = 0; k < count && counted[meta->slot]; k++)
			counted[slots[k]] = true;
	}
}

static struct lazy_meta_lists put_together(struct arena *arena, const struct numbers *lists,
                                           size_t count)
{
	struct lazy_meta_lists all = { .starts = arena_calloc(arena, count + 1, sizeof(uint32_t)) };
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += lists[i].len;
	all.items = arena_calloc(arena, len, sizeof(*all.items));
	len = 0;
	for (size_t i = 0; i < count; i++) {
		all.starts[i] = (uint32_t)len;
		for (size_t k = 0; k < lists[i].len; k++)
			all.items[len++] = lists[i].items[k];
	}
	all.starts[count] = (uint32_t)len;
	return all;
}

static void index_rules(struct indexing *indexing)
{
	struct ruleset *set = indexing->set;
	struct lazy_meta_index *index = set->meta_index;

	for (size_t i = 0; i < set->rules.len; i++) {
		struct rule *rule = set->rules.items[i];

		index->meta_of[i] = LAZY_META_NONE;
		rule->deferred = may_be_deferred(set, rule);
		if (rule->off != NULL || rule->type == RULE_META)
			continue;
		index->ranks[i] = rank_of(set, rule);
		index->most[i] = rule->deferred ? rule_most(rule) : 0;
		indexing->weights[i] = rule->filtered ? WEIGHT_FILTERED : WEIGHT_UNFILTERED;
	}
}

static void index_metas(struct indexing *indexing)
{
	struct ruleset *set = indexing->set;
	const struct rule_list *metas = &set->by_type[RULE_META];
	struct lazy_meta_index *index = set->meta_index;
	bool *counted = arena_calloc(indexing->work, set->slots, sizeof(*counted));

	mark_counted(set, counted);
	for (size_t i = 0; i < metas->len; i++) {
		struct rule *meta = metas->items[i];

		meta->learned = is_learned(set, meta);
		index->meta_of[meta->slot] = (uint32_t)i;
		index->metas[i] = (struct lazy_meta){ .expr = meta->expr,
			                              .slot = (uint32_t)meta->slot,
			                              .counted = counted[meta->slot],
			                              .deferred = meta->deferred,
			                              .learned = meta->learned };
		index_meta(indexing, meta, (uint32_t)i);
	}
}

void lazy_meta_index_make(struct ruleset *set)
{
	struct arena *arena = set->arena, *work = arena_new();
	size_t metas = set->by_type[RULE_META].len, slots = set->slots;
	struct lazy_meta_index *index = arena_new_object(arena, struct lazy_meta_index);
	struct indexing indexing = {
		.set = set,
		.work = work,
		.watchers = arena_calloc(work, slots, sizeof(struct numbers)),
		.dependents = arena_calloc(work, slots, sizeof(struct numbers)),
		.inputs = arena_calloc(work, metas, sizeof(struct numbers)),
		.weights = arena_calloc(work, slots, sizeof(double)),
	};

	set->meta_index = index;
	index->metas = arena_calloc(arena, metas, sizeof(*index->metas));
	index->meta_of = arena_calloc(arena, slots, sizeof(*index->meta_of));
	index->ranks = arena_calloc(arena, slots, 1);
	index->most = arena_calloc(arena, slots, sizeof(*index->most));
	index->pending = arena_calloc(arena, metas / 64 + 1, sizeof(*index->pending));
	index_rules(&indexing);
	index_metas(&indexing);
	index->watchers = put_together(arena, indexing.watchers, slots);
	index->dependents = put_together(arena, indexing.dependents, slots);
	index->inputs = put_together(arena, indexing.inputs, metas);
	arena_free(work);
}
