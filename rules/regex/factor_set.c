/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/factor_set.h"

#include <string.h>

#include "base/map.h"

/*
 * Bit-parallel Shift-And, for many factors at once. A bit stands for each step of each factor: it
 * is set while that step was the last to be found. For each byte, all bits move on to the next step
 * where that takes the byte, and stay where what may follow the step does: 512 steps at a time
 * where there are so many. The steps of a factor lie in one word; a bit that leaves it comes to a
 * first step, which is always on anyway.
 */
#define WORD_BITS   64
#define GROUP_WORDS 8 /* at most: 512 bits; else half of it, or one */
#define HALF_WORDS  4

typedef uint64_t half_bits __attribute__((vector_size(HALF_WORDS * sizeof(uint64_t))));
typedef uint64_t group_bits __attribute__((vector_size(GROUP_WORDS * sizeof(uint64_t))));

/* The numbers that a factor was added for. */
struct factor_owners {
	vec_members(uint32_t);
};

struct factor_word {
	uint64_t enter[256]; /* by byte: steps that take it */
	uint64_t stay[256];  /* those after which it may stand */
	uint64_t first;
	uint64_t last;
	struct factor_owners **owners; /* by last step */
};

struct factor_group;

/*
 * Finds all steps of a group that were reached anywhere in the text. There is a function for each
 * width and kind of processor.
 */
typedef void find_function(const struct factor_group *group, struct str text,
                           uint64_t found[GROUP_WORDS]);

/* Words that are looked for in one pass. */
struct factor_group {
	size_t width; /* words */
	find_function *find;
	uint64_t *bytes; /* by byte: `enter` of all words, then `stay` of all */
	uint64_t first[GROUP_WORDS];
	uint64_t last[GROUP_WORDS];
	struct factor_owners **owners[GROUP_WORDS];
};

struct factor_set {
	struct arena *arena;
	vec_of(bool) has; /* by number */
	vec_of(struct factor_group) groups;
	/* Until it is complete: */
	struct arena *work;
	struct map *by_steps; /* struct factor_owners */
	vec_of(struct factor_word *) words;
	size_t bit; /* the next one of the last word */
};

struct factor_set *factor_set_new(struct arena *arena)
{
	struct factor_set *set = arena_new_object(arena, struct factor_set);

	set->arena = arena;
	set->work = arena_new();
	set->by_steps = map_new(set->work, MAP_EXACT);
	return set;
}

/* The word with room for this many steps at set->bit. */
static struct factor_word *make_room(struct factor_set *set, size_t steps)
{
	struct factor_word *word;

	if (set->words.len > 0 && set->bit + steps <= WORD_BITS)
		return set->words.items[set->words.len - 1];
	word = arena_new_object(set->work, struct factor_word);
	word->owners = arena_calloc(set->arena, WORD_BITS, sizeof(struct factor_owners *));
	vec_push(set->work, &set->words, word);
	set->bit = 0;
	return word;
}

static void add_factor(struct factor_set *set, struct factor_owners *owners,
                       const struct factor *factor)
{
	struct factor_word *word = make_room(set, factor->len);

	word->first |= UINT64_C(1) << set->bit;
	for (size_t i = 0; i < factor->len; i++, set->bit++) {
		uint64_t bit = UINT64_C(1) << set->bit;

		for (unsigned c = 0; c < 256; c++) {
			if (byte_set_has(&factor->steps[i].byte, (unsigned char)c))
				word->enter[c] |= bit;
			if (byte_set_has(&factor->steps[i].more, (unsigned char)c))
				word->stay[c] |= bit;
		}
	}
	word->last |= UINT64_C(1) << (set->bit - 1);
	word->owners[set->bit - 1] = owners;
}

/* Rules of one kind often have factors in common. */
static void add_owner(struct factor_set *set, uint32_t number, const struct factor *factor)
{
	struct str steps = { (const char *)factor->steps, factor->len * sizeof(factor->steps[0]) };
	struct factor_owners *owners = map_get(set->by_steps, steps);

	if (owners == NULL) {
		owners = arena_new_object(set->arena, struct factor_owners);
		map_set(set->by_steps, arena_str(set->work, steps), owners);
		add_factor(set, owners, factor);
	}
	vec_push(set->arena, owners, number);
}

void factor_set_add(struct factor_set *set, uint32_t number, const struct factor_list *factors)
{
	while (set->has.len <= number)
		vec_push(set->arena, &set->has, false);
	set->has.items[number] = factors->len > 0;
	for (size_t i = 0; i < factors->len; i++)
		add_owner(set, number, &factors->items[i]);
}

/* One byte later. */
#define NEXT_STATE(state, first, enter, stay)                                                      \
	(((((state) << 1) | (first)) & (enter)) | ((state) & (stay)))

static void find_in_word(const struct factor_group *group, struct str text,
                         uint64_t found[GROUP_WORDS])
{
	uint64_t state = 0, all = 0, first = group->first[0];

	for (size_t i = 0; i < text.len; i++) {
		const uint64_t *byte = group->bytes + 2 * (size_t)(unsigned char)text.data[i];

		state = NEXT_STATE(state, first, byte[0], byte[1]);
		all |= state;
	}
	found[0] = all;
}

static inline __attribute__((always_inline)) void find_in_half(const struct factor_group *group,
                                                               struct str text,
                                                               uint64_t found[GROUP_WORDS])
{
	half_bits state = { 0 }, all = { 0 }, first, bits[2];

	memcpy(&first, group->first, sizeof(first));
	for (size_t i = 0; i < text.len; i++) {
		memcpy(bits, group->bytes + 2 * HALF_WORDS * (size_t)(unsigned char)text.data[i],
		       sizeof(bits));
		state = NEXT_STATE(state, first, bits[0], bits[1]);
		all |= state;
	}
	memcpy(found, &all, sizeof(all));
}

/* Each byte must wait for the one before it, so both halves are looked for in turn: that is nearly
 * twice as fast as one after the other. */
static inline __attribute__((always_inline)) void find_in_halves(const struct factor_group *group,
                                                                 struct str text,
                                                                 uint64_t found[GROUP_WORDS])
{
	half_bits state[2] = { 0 }, all[2] = { 0 }, first[2], bits[4];

	memcpy(first, group->first, sizeof(first));
	for (size_t i = 0; i < text.len; i++) {
		memcpy(bits, group->bytes + 2 * GROUP_WORDS * (size_t)(unsigned char)text.data[i],
		       sizeof(bits));
		state[0] = NEXT_STATE(state[0], first[0], bits[0], bits[2]);
		state[1] = NEXT_STATE(state[1], first[1], bits[1], bits[3]);
		all[0] |= state[0];
		all[1] |= state[1];
	}
	memcpy(found, all, sizeof(all));
}

static inline __attribute__((always_inline)) void find_by_halves(const struct factor_group *group,
                                                                 struct str text,
                                                                 uint64_t found[GROUP_WORDS])
{
	if (group->width == HALF_WORDS)
		find_in_half(group, text, found);
	else
		find_in_halves(group, text, found);
}

static void find_anywhere(const struct factor_group *group, struct str text,
                          uint64_t found[GROUP_WORDS])
{
	find_by_halves(group, text, found);
}

#ifdef __x86_64__
/* Twice as fast, where the processor has it. */
__attribute__((target("avx2"))) static void find_by_avx2(const struct factor_group *group,
                                                         struct str text,
                                                         uint64_t found[GROUP_WORDS])
{
	find_by_halves(group, text, found);
}

/* Half of that again: a group is one register, and the next state three instructions away. */
__attribute__((target("avx512f"))) static void find_by_avx512(const struct factor_group *group,
                                                              struct str text,
                                                              uint64_t found[GROUP_WORDS])
{
	group_bits state = { 0 }, all = { 0 }, first, bits[2];

	memcpy(&first, group->first, sizeof(first));
	for (size_t i = 0; i < text.len; i++) {
		memcpy(bits, group->bytes + 2 * GROUP_WORDS * (size_t)(unsigned char)text.data[i],
		       sizeof(bits));
		state = NEXT_STATE(state, first, bits[0], bits[1]);
		all |= state;
	}
	memcpy(found, &all, sizeof(all));
}

static find_function *function_for(size_t width)
{
	if (width == 1)
		return find_in_word;
	if (width == GROUP_WORDS && __builtin_cpu_supports("avx512f"))
		return find_by_avx512;
	return __builtin_cpu_supports("avx2") ? find_by_avx2 : find_anywhere;
}
#else
static find_function *function_for(size_t width)
{
	return width == 1 ? find_in_word : find_anywhere;
}
#endif

static void add_group(struct factor_set *set, struct factor_word *const *words, size_t count)
{
	struct factor_group *group = vec_add(set->arena, &set->groups);
	size_t width = count > HALF_WORDS ? GROUP_WORDS : count > 1 ? HALF_WORDS : 1;
	uintptr_t memory =
		(uintptr_t)arena_calloc(set->arena, 1, 256 * 2 * width * sizeof(uint64_t) + 63);

	group->width = width;
	group->find = function_for(width);
	group->bytes = (uint64_t *)((memory + 63) & ~(uintptr_t)63);
	for (size_t i = 0; i < count; i++) {
		group->first[i] = words[i]->first;
		group->last[i] = words[i]->last;
		group->owners[i] = words[i]->owners;
		for (size_t c = 0; c < 256; c++) {
			group->bytes[2 * width * c + i] = words[i]->enter[c];
			group->bytes[2 * width * c + width + i] = words[i]->stay[c];
		}
	}
}

void factor_set_complete(struct factor_set *set)
{
	for (size_t i = 0; i < set->words.len; i += GROUP_WORDS) {
		size_t rest = set->words.len - i;

		add_group(set, set->words.items + i, rest < GROUP_WORDS ? rest : GROUP_WORDS);
	}
	arena_free(set->work);
	set->work = NULL;
}

bool factor_set_has(const struct factor_set *set, size_t number)
{
	return set->has.items[number];
}

static void note_owners(const struct factor_owners *owners,
                        void (*note)(void *context, uint32_t number), void *context)
{
	for (size_t i = 0; i < owners->len; i++)
		note(context, owners->items[i]);
}

void factor_set_scan(const struct factor_set *set, struct str text,
                     void (*note)(void *context, uint32_t number), void *context)
{
	uint64_t found[GROUP_WORDS];

	for (size_t i = 0; i < set->groups.len; i++) {
		const struct factor_group *group = &set->groups.items[i];

		group->find(group, text, found);
		for (size_t word = 0; word < group->width; word++) {
			uint64_t ends = found[word] & group->last[word];

			for (; ends != 0; ends &= ends - 1)
				note_owners(group->owners[word][__builtin_ctzll(ends)], note,
				            context);
		}
	}
}
