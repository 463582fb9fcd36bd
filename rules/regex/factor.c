/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/factor.h"

#include <math.h>
#include <string.h>

#include "rules/regex/literal.h"

/* Factors that occur more often than once in 2^this bytes let nearly every text pass. */
#define RARITY_MIN 9.0
/* Steps are added until the factor is as rare as this. */
#define RARITY_ENOUGH 22.0
/* Steps of a run while it is collected. */
#define RUN_STEPS 64
/* A repeated piece is written out so often. */
#define REPEAT_MAX 4
/* Literals that a run is written out as. */
#define RUN_LITERALS 16
/* Bytes of a literal that are weighed. */
#define LITERAL_WEIGHED 64

/* A way through the pattern, with weights: what each step adds to the rarity as the first one, and
 * after the one before it; and its lower case characters, if they are few. */
struct run {
	struct factor_step steps[RUN_STEPS];
	double alone[RUN_STEPS];
	double after[RUN_STEPS];
	char chars[RUN_STEPS][BYTE_SET_CHARS];
	size_t char_counts[RUN_STEPS]; /* 0: too many */
	size_t len;
};

/* The last step of a way through the pattern. Ways that fork share the steps before that, so none
 * is changed once it is linked. */
struct way {
	const struct way *before;
	size_t len; /* of the way up to here */
	struct factor_step step;
};

/* All ways so far, and how many there may be. */
struct ways {
	struct arena *arena;
	const struct way **ends; /* NULL: no step yet */
	size_t len;
	size_t max;
};

/* How often bytes occur in 10,000 bytes of mail. */
static const unsigned short frequencies[256] = {
	/* clang-format off */
	3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 130, 3, 3, 3, 3, 3,
	3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3,
	1500, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 80, 130, 130, 80,
	80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 80, 30, 30, 80, 30, 30,
	30, 59, 13, 28, 30, 88, 17, 17, 35, 56, 3, 9, 34, 22, 53, 58,
	19, 2, 50, 48, 69, 22, 9, 15, 5, 16, 3, 30, 30, 30, 30, 30,
	30, 531, 117, 252, 270, 792, 153, 153, 315, 504, 27, 81, 306, 198, 477, 522,
	171, 18, 450, 432, 621, 198, 81, 135, 45, 144, 27, 30, 30, 30, 30, 3,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
	/* clang-format on */
};

/* The part of all bytes that a set is. */
static double share(const struct byte_set *set)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < 4; i++)
		for (uint64_t bits = set->bits[i]; bits != 0; bits &= bits - 1)
			sum += frequencies[i * 64 + (unsigned)__builtin_ctzll(bits)];
	return sum < 10000 ? sum / 10000.0 : 1;
}

static double rarity_of(double chance)
{
	return chance < 1 ? -log2(chance) : 0;
}

/* Nearly every URI, description of relays, header, or HTML has these, so they exclude nothing. */
static const struct str common_words[] = {
	STR_INIT("http"),     STR_INIT("https"),   STR_INIT("://"),     STR_INIT("www."),
	STR_INIT(".com"),     STR_INIT("mailto:"), STR_INIT("ip="),     STR_INIT(" rdns="),
	STR_INIT(" helo="),   STR_INIT(" by="),    STR_INIT(" ident="), STR_INIT(" envfrom="),
	STR_INIT(" intl="),   STR_INIT(" id="),    STR_INIT(" auth="),  STR_INIT(" msa="),
	STR_INIT("received"), STR_INIT("subject"), STR_INIT("from"),    STR_INIT("message-id"),
	STR_INIT("content-"), STR_INIT("x-"),      STR_INIT("esmtp"),   STR_INIT("font"),
	STR_INIT("style"),    STR_INIT("color"),   STR_INIT("href="),   STR_INIT("src="),
};

/* What they begin with. */
#define COMMON_FIRST "h:w.mi rsfcxe"

/* Which bytes of a text in lower case are of such a word. */
static void mark_common(struct str text, bool *marks)
{
	memset(marks, 0, text.len * sizeof(*marks));
	for (size_t start = 0; start < text.len; start++) {
		if (memchr(COMMON_FIRST, text.data[start], sizeof(COMMON_FIRST) - 1) == NULL)
			continue;
		for (size_t i = 0; i < sizeof(common_words) / sizeof(common_words[0]); i++)
			if (common_words[i].data[0] == text.data[start] &&
			    str_starts(str_from_offset(text, start), common_words[i]))
				memset(marks + start, 1, common_words[i].len * sizeof(*marks));
	}
}

static void weigh_run(struct run *run)
{
	char text[RUN_STEPS] = { 0 };
	bool common[RUN_STEPS];
	double gap = 0;

	for (size_t i = 0; i < run->len; i++) {
		run->char_counts[i] = byte_set_chars(&run->steps[i].byte, run->chars[i]);
		if (run->char_counts[i] == 1)
			text[i] = run->chars[i][0];
	}
	mark_common((struct str){ text, run->len }, common);
	for (size_t i = 0; i < run->len; i++) {
		double chance = share(&run->steps[i].byte);

		run->alone[i] = common[i] ? 0 : rarity_of(chance);
		run->after[i] = run->alone[i];
		if (gap > 0 && !common[i])
			run->after[i] = rarity_of(chance / (gap < 0.98 ? 1 - gap : 0.02));
		gap = share(&run->steps[i].more);
	}
}

static void take_run(const struct way *way, struct run *run_r)
{
	run_r->len = way != NULL ? way->len : 0;
	for (; way != NULL; way = way->before)
		run_r->steps[way->len - 1] = way->step;
	weigh_run(run_r);
}

static double literal_rarity(struct str literal)
{
	bool common[LITERAL_WEIGHED];
	double sum = 0;

	literal = str_prefix(literal, LITERAL_WEIGHED);
	mark_common(literal, common);
	for (size_t i = 0; i < literal.len; i++) {
		unsigned char c = (unsigned char)literal.data[i];
		unsigned both = frequencies[c];

		if (char_is_alpha((char)c))
			both += frequencies[c - 'a' + 'A'];
		sum += common[i] ? 0 : rarity_of(both / 10000.0);
	}
	return sum;
}

double factor_literals_rarity(const struct str_list *literals)
{
	double often = 0;

	for (size_t i = 0; i < literals->len; i++)
		often += exp2(-literal_rarity(literals->items[i]));
	return -log2(often);
}

static struct pattern_node_summary join_children(struct arena *arena,
                                                 const struct pattern_node *node);

/* Kept with the node: choices in choices ask for it again and again. */
static const struct pattern_node_summary *summarize(struct arena *arena, struct pattern_node *node)
{
	struct pattern_node_summary *sum;

	if (node->summary != NULL)
		return node->summary;
	sum = arena_new_object(arena, struct pattern_node_summary);
	if (node->type == NODE_SET)
		*sum = (struct pattern_node_summary){ node->set, node->set, 1 };
	else if (node->type == NODE_ANYTHING)
		*sum = (struct pattern_node_summary){ byte_set_everything(), byte_set_everything(),
			                              0 };
	else
		*sum = join_children(arena, node);
	node->summary = sum;
	return sum;
}

static struct pattern_node_summary join_children(struct arena *arena,
                                                 const struct pattern_node *node)
{
	struct pattern_node_summary sum = { .min = 0 };
	bool open = true;

	for (size_t i = 0; i < node->children.len; i++) {
		struct pattern_node *next = node->children.items[i];
		const struct pattern_node_summary set = { next->set, next->set, 1 };
		const struct pattern_node_summary *child =
			next->type == NODE_SET ? &set : summarize(arena, next);

		byte_set_join(&sum.all, &child->all);
		if (open || node->type != NODE_SEQUENCE)
			byte_set_join(&sum.first, &child->first);
		open = open && child->min == 0;
		if (node->type == NODE_SEQUENCE)
			sum.min += child->min;
		else if (i == 0 || child->min < sum.min)
			sum.min = child->min;
	}
	if (node->type == NODE_REPEAT)
		sum.min = node->min > 0 ? sum.min : 0;
	return sum;
}

static bool byte_set_holds(const struct byte_set *set, const struct byte_set *other)
{
	for (int i = 0; i < 4; i++)
		if ((other->bits[i] & ~set->bits[i]) != 0)
			return false;
	return true;
}

/* The way with one step more. */
static const struct way *longer(struct arena *arena, const struct way *end,
                                const struct byte_set *byte)
{
	struct way *way = arena_new_object(arena, struct way);

	way->before = end;
	way->len = end != NULL ? end->len + 1 : 1;
	way->step.byte = *byte;
	return way;
}

/* The way with more that may follow its last step. */
static const struct way *looser(struct arena *arena, const struct way *end,
                                const struct byte_set *more)
{
	struct way *way;

	if (byte_set_holds(&end->step.more, more))
		return end;
	way = arena_new_object(arena, struct way);
	*way = *end;
	byte_set_join(&way->step.more, more);
	return way;
}

/* Where `byte` is NULL, only what may follow the last step grows. */
static void add_step(struct ways *ways, const struct byte_set *byte, const struct byte_set *more)
{
	for (size_t i = 0; i < ways->len; i++) {
		const struct way *end = ways->ends[i];

		if (byte != NULL && (end == NULL || end->len < RUN_STEPS))
			end = longer(ways->arena, end, byte);
		else if (byte != NULL)
			end = looser(ways->arena, end, byte);
		/* A way may begin anywhere, so what comes before its first step doesn't matter. */
		if (more != NULL && end != NULL)
			end = looser(ways->arena, end, more);
		ways->ends[i] = end;
	}
}

static void add_node(struct ways *ways, struct pattern_node *node);

/* Each alternative is a way of its own, and may fork further while there is room for those after
 * it. */
static bool fork_choice(struct ways *ways, const struct pattern_node *node)
{
	const size_t ends_size = ways->len * sizeof(*ways->ends);
	const struct way **before;
	size_t len = 0;

	if (ways->len * node->children.len > ways->max)
		return false;
	before = arena_alloc(ways->arena, ends_size);
	memcpy(before, ways->ends, ends_size);
	for (size_t i = 0; i < node->children.len; i++) {
		const size_t after = node->children.len - 1 - i;
		struct ways one = { .arena = ways->arena,
			            .ends = ways->ends + len,
			            .len = ways->len,
			            .max = ways->max - len - after * ways->len };

		memcpy(one.ends, before, ends_size);
		add_node(&one, node->children.items[i]);
		len += one.len;
	}
	ways->len = len;
	return true;
}

static void add_repeat(struct ways *ways, const struct pattern_node *node)
{
	struct pattern_node *child = node->children.items[0];

	for (uint32_t i = 0; i < node->min && i < REPEAT_MAX; i++)
		add_node(ways, child);
	if (node->min != node->max || node->min > REPEAT_MAX)
		add_step(ways, NULL, &summarize(ways->arena, child)->all);
}

static void add_choice(struct ways *ways, struct pattern_node *node)
{
	const struct pattern_node_summary *sum = summarize(ways->arena, node);

	/* Ways of one byte at least, such as forms of a letter, are one step. */
	if (sum->min < 2 || !fork_choice(ways, node))
		add_step(ways, sum->min > 0 ? &sum->first : NULL, &sum->all);
}

static void add_node(struct ways *ways, struct pattern_node *node)
{
	switch (node->type) {
	case NODE_ANYTHING:
		add_step(ways, NULL, &summarize(ways->arena, node)->all);
		break;
	case NODE_SET:
		add_step(ways, &node->set, NULL);
		break;
	case NODE_SEQUENCE:
		for (size_t i = 0; i < node->children.len; i++)
			add_node(ways, node->children.items[i]);
		break;
	case NODE_REPEAT:
		add_repeat(ways, node);
		break;
	case NODE_CHOICE:
		add_choice(ways, node);
		break;
	}
}

/* The shortest piece of a run that is rare enough, or the rarest. */
static double best_piece(const struct run *run, struct factor *factor_r)
{
	size_t best_start = 0, best_len = 0;
	double best = 0;

	for (size_t start = 0; start < run->len; start++) {
		double sum = 0;
		size_t len = 0;

		while (start + len < run->len && len < FACTOR_STEPS && sum < RARITY_ENOUGH) {
			sum += len > 0 ? run->after[start + len] : run->alone[start];
			len++;
		}
		if (sum < RARITY_ENOUGH ? sum > best : best < RARITY_ENOUGH || len < best_len) {
			best = sum;
			best_start = start;
			best_len = len;
		}
	}
	memcpy(factor_r->steps, run->steps + best_start, best_len * sizeof(run->steps[0]));
	factor_r->len = best_len;
	return best;
}

/* How many steps from `start` on can be written out as a few literals without a gap. */
static size_t literal_steps(const struct run *run, size_t start)
{
	size_t len = 0, ways = 1;

	while (start + len < run->len && len < FACTOR_STEPS) {
		size_t count = run->char_counts[start + len];

		if (count == 0 || ways * count > RUN_LITERALS)
			break;
		ways *= count;
		len++;
		if (!byte_set_is_empty(&run->steps[start + len - 1].more))
			break;
	}
	return len;
}

/* All texts of the steps, each after what `text` has already. */
static void write_literals(struct arena *arena, const struct factor_step *steps, size_t len,
                           struct str text, struct str_list *literals)
{
	char chars[BYTE_SET_CHARS];
	size_t count;

	if (len == 0) {
		vec_push(arena, literals, arena_str(arena, text));
		return;
	}
	count = byte_set_chars(&steps->byte, chars);
	for (size_t i = 0; i < count; i++) {
		((char *)text.data)[text.len] = chars[i];
		write_literals(arena, steps + 1, len - 1, (struct str){ text.data, text.len + 1 },
		               literals);
	}
}

/* The rarest literals of a run; false where it has none. */
static bool run_literals(struct arena *arena, const struct run *run, struct str_list *literals)
{
	size_t best_start = 0, best_len = 0;
	char text[FACTOR_STEPS];
	double best = 0;

	for (size_t start = 0; start < run->len; start++) {
		size_t len = literal_steps(run, start);
		double sum = 0;

		for (size_t i = 0; i < len; i++)
			sum += run->alone[start + i];
		if (len >= LITERAL_MIN_LEN && sum > best) {
			best = sum;
			best_start = start;
			best_len = len;
		}
	}
	if (best_len > 0)
		write_literals(arena, run->steps + best_start, best_len, (struct str){ text, 0 },
		               literals);
	return best_len > 0;
}

void factor_of(struct arena *arena, struct pattern_node *tree, struct factor_list *list_r,
               struct str_list *literals_r)
{
	struct arena *work = arena_new();
	struct ways ways = { .arena = work, .len = 1, .max = FACTOR_COUNT };
	double often = 0;
	bool all = true;

	*list_r = (struct factor_list){ 0 };
	*literals_r = (struct str_list){ 0 };
	ways.ends = arena_calloc(work, FACTOR_COUNT, sizeof(*ways.ends));
	add_node(&ways, tree);
	for (size_t i = 0; i < ways.len; i++) {
		struct factor factor;
		struct run run;

		take_run(ways.ends[i], &run);
		often += exp2(-best_piece(&run, &factor));
		vec_push(arena, list_r, factor);
		all = all && run_literals(arena, &run, literals_r);
	}
	list_r->rarity = -log2(often);
	if (list_r->rarity < RARITY_MIN)
		list_r->len = 0;
	if (!all || factor_literals_rarity(literals_r) < RARITY_MIN)
		literals_r->len = 0;
	arena_free(work);
}
