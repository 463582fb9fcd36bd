/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/outline.h"

#include <math.h>
#include <string.h>

#include "rules/literal.h"

/* Outlines that occur more often than once in 2^this bytes let nearly every text pass. */
#define RARITY_MIN 9.0
/* Steps are added until the outline is as rare as this. */
#define RARITY_ENOUGH 22.0
/* Steps of a run while it is collected. */
#define RUN_STEPS 64
/* A repeated piece is written out so often. */
#define REPEAT_MAX 4
#define DEPTH_MAX  150
/* Characters of a set that is written out, and literals that a run is written out as. */
#define SET_CHARS    4
#define RUN_LITERALS 16
/* Bytes of a literal that are weighed. */
#define LITERAL_WEIGHED 64

struct run {
	struct outline_step steps[RUN_STEPS];
	size_t len;
};

/* All ways through the pattern so far, and how many there may be. */
struct runs {
	struct run items[OUTLINE_COUNT];
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

/* What each step of a run adds to the rarity: where it is the first, and behind the one before. */
struct run_rarity {
	double alone[RUN_STEPS];
	double behind[RUN_STEPS];
};

static double rarity_of(double chance)
{
	return chance < 1 ? -log2(chance) : 0;
}

/* Nearly each URI, description of relays, or header has these: they tell nothing. */
static const struct str common_words[] = {
	STR_INIT("http"),     STR_INIT("https"),   STR_INIT("://"),     STR_INIT("www."),
	STR_INIT(".com"),     STR_INIT("mailto:"), STR_INIT("ip="),     STR_INIT(" rdns="),
	STR_INIT(" helo="),   STR_INIT(" by="),    STR_INIT(" ident="), STR_INIT(" envfrom="),
	STR_INIT(" intl="),   STR_INIT(" id="),    STR_INIT(" auth="),  STR_INIT(" msa="),
	STR_INIT("received"), STR_INIT("subject"), STR_INIT("from"),    STR_INIT("message-id"),
	STR_INIT("content-"), STR_INIT("x-"),      STR_INIT("esmtp"),
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
			if (str_starts(str_from_offset(text, start), common_words[i]))
				memset(marks + start, 1, common_words[i].len * sizeof(*marks));
	}
}

static size_t set_chars(const struct byte_set *set, char chars[SET_CHARS]);

static void weigh_run(const struct run *run, struct run_rarity *rarity_r)
{
	char text[RUN_STEPS] = { 0 }, chars[SET_CHARS];
	bool common[RUN_STEPS];
	double gap = 0;

	for (size_t i = 0; i < run->len; i++)
		if (set_chars(&run->steps[i].byte, chars) == 1)
			text[i] = chars[0];
	mark_common((struct str){ text, run->len }, common);
	for (size_t i = 0; i < run->len; i++) {
		double chance = share(&run->steps[i].byte);

		rarity_r->alone[i] = common[i] ? 0 : rarity_of(chance);
		rarity_r->behind[i] =
			common[i] ? 0 : rarity_of(chance / (gap < 0.98 ? 1 - gap : 0.02));
		gap = share(&run->steps[i].more);
	}
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

double outline_literals_rarity(const struct str_list *literals)
{
	double often = 0;

	for (size_t i = 0; i < literals->len; i++)
		often += exp2(-literal_rarity(literals->items[i]));
	return -log2(often);
}

static struct byte_set everything(void)
{
	struct byte_set set;

	memset(&set, 0xff, sizeof(set));
	return set;
}

/* What a node may begin with, all that it may hold, and its least length. */
struct summary {
	struct byte_set first, all;
	size_t min;
};

static struct summary summarize(const struct node *node, unsigned depth)
{
	struct summary sum = { .min = 0 }, child;
	bool open = true;

	if (node->type == NODE_SET)
		return (struct summary){ node->set, node->set, 1 };
	if (node->type == NODE_ANYTHING || depth > DEPTH_MAX)
		return (struct summary){ everything(), everything(), 0 };
	for (size_t i = 0; i < node->children.len; i++) {
		child = summarize(node->children.items[i], depth + 1);
		byte_set_join(&sum.all, &child.all);
		if (open || node->type != NODE_SEQUENCE)
			byte_set_join(&sum.first, &child.first);
		open = open && child.min == 0;
		if (node->type == NODE_SEQUENCE)
			sum.min += child.min;
		else if (i == 0 || child.min < sum.min)
			sum.min = child.min;
	}
	if (node->type == NODE_REPEAT)
		sum.min = node->min > 0 ? sum.min : 0;
	return sum;
}

/* Where `byte` is NULL, only what may follow the last step grows. */
static void add_step(struct runs *runs, const struct byte_set *byte, const struct byte_set *more)
{
	for (size_t i = 0; i < runs->len; i++) {
		struct run *run = &runs->items[i];

		if (byte != NULL && run->len < RUN_STEPS)
			run->steps[run->len++] = (struct outline_step){ .byte = *byte };
		else if (byte != NULL)
			byte_set_join(&run->steps[run->len - 1].more, byte);
		/* A run may begin anywhere, so what stands before its first step is no matter. */
		if (more != NULL && run->len > 0)
			byte_set_join(&run->steps[run->len - 1].more, more);
	}
}

static void add_node(struct runs *runs, const struct node *node, unsigned depth);

static void copy_runs(struct runs *to, const struct runs *from)
{
	memcpy(to->items + to->len, from->items, from->len * sizeof(from->items[0]));
	to->len += from->len;
}

/* Each alternative is a way of its own, and may fork on while there is room for those behind. */
static bool fork_choice(struct runs *runs, const struct node *node, unsigned depth)
{
	struct runs *all, *one;
	struct arena *work;

	if (runs->len * node->children.len > runs->max)
		return false;
	work = arena_new();
	all = arena_alloc(work, sizeof(*all));
	one = arena_alloc(work, sizeof(*one));
	all->len = 0;
	for (size_t i = 0; i < node->children.len; i++) {
		one->len = 0;
		one->max = runs->max - all->len - (node->children.len - 1 - i) * runs->len;
		copy_runs(one, runs);
		add_node(one, node->children.items[i], depth + 1);
		copy_runs(all, one);
	}
	runs->len = 0;
	copy_runs(runs, all);
	arena_free(work);
	return true;
}

static void add_repeat(struct runs *runs, const struct node *node, unsigned depth)
{
	const struct node *child = node->children.items[0];
	struct summary sum;

	for (uint32_t i = 0; i < node->min && i < REPEAT_MAX; i++)
		add_node(runs, child, depth + 1);
	if (node->min == node->max && node->min <= REPEAT_MAX)
		return;
	sum = summarize(child, 0);
	add_step(runs, NULL, &sum.all);
}

static void add_node(struct runs *runs, const struct node *node, unsigned depth)
{
	struct summary sum;

	if (depth > DEPTH_MAX || node->type == NODE_ANYTHING) {
		sum.all = everything();
		add_step(runs, NULL, &sum.all);
	} else if (node->type == NODE_SET) {
		add_step(runs, &node->set, NULL);
	} else if (node->type == NODE_SEQUENCE) {
		for (size_t i = 0; i < node->children.len; i++)
			add_node(runs, node->children.items[i], depth + 1);
	} else if (node->type == NODE_REPEAT) {
		add_repeat(runs, node, depth);
	} else {
		sum = summarize(node, 0);
		/* Ways of one byte at the least, such as forms of a letter, are one step. */
		if (sum.min >= 2 && fork_choice(runs, node, depth))
			return;
		add_step(runs, sum.min > 0 ? &sum.first : NULL, &sum.all);
	}
}

/* The shortest piece of a run that is rare enough, or the rarest. */
static double best_piece(const struct run *run, struct outline *outline_r)
{
	size_t best_start = 0, best_len = 0;
	struct run_rarity rarity;
	double best = 0;

	weigh_run(run, &rarity);
	for (size_t start = 0; start < run->len; start++) {
		double sum = 0;
		size_t len = 0;

		while (start + len < run->len && len < OUTLINE_STEPS && sum < RARITY_ENOUGH) {
			sum += len > 0 ? rarity.behind[start + len] : rarity.alone[start];
			len++;
		}
		if (sum < RARITY_ENOUGH ? sum > best : best < RARITY_ENOUGH || len < best_len) {
			best = sum;
			best_start = start;
			best_len = len;
		}
	}
	memcpy(outline_r->steps, run->steps + best_start, best_len * sizeof(run->steps[0]));
	outline_r->len = best_len;
	return best;
}

/* The set as lower case characters; 0 where they are too many. */
static size_t set_chars(const struct byte_set *set, char chars[SET_CHARS])
{
	size_t len = 0;

	if (byte_set_count(set) > 2 * SET_CHARS)
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		for (uint64_t bits = set->bits[i]; bits != 0; bits &= bits - 1) {
			char c = char_lower((char)(i * 64 + (unsigned)__builtin_ctzll(bits)));

			if (len > 0 && memchr(chars, c, len) != NULL)
				continue;
			if (len == SET_CHARS)
				return 0;
			chars[len++] = c;
		}
	}
	return len;
}

/* Steps from `start` on that can be written out as few literals without a gap; `counts` is of the
 * characters of each step. */
static size_t literal_steps(const struct run *run, const size_t *counts, size_t start)
{
	size_t len = 0, ways = 1;

	while (start + len < run->len && len < OUTLINE_STEPS) {
		size_t count = counts[start + len];

		if (count == 0 || ways * count > RUN_LITERALS)
			break;
		ways *= count;
		len++;
		if (byte_set_count(&run->steps[start + len - 1].more) > 0)
			break;
	}
	return len;
}

/* All that the steps can be, behind what there is in `text`. */
static void write_literals(struct arena *arena, const struct outline_step *steps, size_t len,
                           struct str text, struct str_list *literals)
{
	char chars[SET_CHARS];
	size_t count;

	if (len == 0) {
		vec_push(arena, literals, arena_str(arena, text));
		return;
	}
	count = set_chars(&steps->byte, chars);
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
	char text[OUTLINE_STEPS];
	char chars[SET_CHARS];
	size_t counts[RUN_STEPS];
	struct run_rarity rarity;
	double best = 0;

	weigh_run(run, &rarity);
	for (size_t i = 0; i < run->len; i++)
		counts[i] = set_chars(&run->steps[i].byte, chars);
	for (size_t start = 0; start < run->len; start++) {
		size_t len = literal_steps(run, counts, start);
		double sum = 0;

		for (size_t i = 0; i < len; i++)
			sum += rarity.alone[start + i];
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

static void take_literals(struct arena *arena, const struct runs *runs, struct str_list *literals_r)
{
	bool all = true;

	*literals_r = (struct str_list){ 0 };
	for (size_t i = 0; i < runs->len && all; i++)
		all = run_literals(arena, &runs->items[i], literals_r);
	if (!all || outline_literals_rarity(literals_r) < RARITY_MIN)
		literals_r->len = 0;
}

static void take_outlines(struct arena *arena, const struct runs *runs, struct outline_list *list_r)
{
	double often = 0;

	*list_r = (struct outline_list){ 0 };
	for (size_t i = 0; i < runs->len; i++) {
		struct outline outline;
		double rarity = best_piece(&runs->items[i], &outline);

		often += exp2(-rarity);
		vec_push(arena, list_r, outline);
	}
	list_r->rarity = -log2(often);
	if (list_r->rarity < RARITY_MIN)
		list_r->len = 0;
}

void outline_of(struct arena *arena, const struct node *tree, struct outline_list *list_r,
                struct str_list *literals_r)
{
	struct arena *work = arena_new();
	struct runs *runs = arena_alloc(work, sizeof(*runs));

	runs->len = 1;
	runs->max = OUTLINE_COUNT;
	runs->items[0].len = 0;
	add_node(runs, tree, 0);
	take_outlines(arena, runs, list_r);
	take_literals(arena, runs, literals_r);
	arena_free(work);
}
