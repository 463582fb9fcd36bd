/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/outline_scan.h"

#include <string.h>

#include "base/map.h"

/*
 * A bit stands for each step of each outline: it is set while that step was the last to be found.
 * For each byte, all bits move on to the next step where that takes the byte, and stay where what
 * may follow the step does: a nondeterministic automaton, 256 steps at a time. The steps of an
 * outline lie in one word; a bit that leaves it comes to a first step, which is always on anyway.
 */
#define GROUP_WORDS 4
#define WORD_BITS   64

typedef uint64_t group_bits __attribute__((vector_size(GROUP_WORDS * sizeof(uint64_t))));

struct outline_group {
	struct {
		uint64_t enter[GROUP_WORDS]; /* steps that take this byte */
		uint64_t stay[GROUP_WORDS];  /* those behind which it may stand */
	} bytes[256] __attribute__((aligned(64)));
	uint64_t first[GROUP_WORDS];
	uint64_t last[GROUP_WORDS];
	struct outline_owners *owners[GROUP_WORDS][WORD_BITS]; /* by last step */
};

/* The numbers that an outline was added for. */
struct outline_owners {
	uint32_t *items;
	size_t len;
	size_t cap;
};

struct outline_set {
	struct arena *arena;
	vec_of(struct outline_group *) groups;
	vec_of(bool) has;     /* by number */
	struct map *by_steps; /* struct outline_owners */
	size_t word;          /* that is being filled, of the last group */
	size_t bit;
};

struct outline_set *outline_set_new(struct arena *arena)
{
	struct outline_set *set = arena_new_object(arena, struct outline_set);

	set->arena = arena;
	set->word = GROUP_WORDS;
	set->by_steps = map_new(arena, MAP_EXACT);
	return set;
}

static struct outline_group *new_group(struct arena *arena)
{
	uintptr_t memory = (uintptr_t)arena_calloc(arena, 1, sizeof(struct outline_group) + 64);

	return (struct outline_group *)((memory + 63) & ~(uintptr_t)63);
}

/* The group with room for so many steps at set->word and set->bit. */
static struct outline_group *make_room(struct outline_set *set, size_t steps)
{
	if (set->bit + steps > WORD_BITS) {
		set->word++;
		set->bit = 0;
	}
	if (set->word >= GROUP_WORDS) {
		vec_push(set->arena, &set->groups, new_group(set->arena));
		set->word = 0;
		set->bit = 0;
	}
	return set->groups.items[set->groups.len - 1];
}

static void add_step(struct outline_group *group, size_t word, uint64_t bit,
                     const struct outline_step *step)
{
	for (unsigned i = 0; i < 4; i++) {
		for (uint64_t bytes = step->byte.bits[i]; bytes != 0; bytes &= bytes - 1)
			group->bytes[i * 64 + (unsigned)__builtin_ctzll(bytes)].enter[word] |= bit;
		for (uint64_t bytes = step->more.bits[i]; bytes != 0; bytes &= bytes - 1)
			group->bytes[i * 64 + (unsigned)__builtin_ctzll(bytes)].stay[word] |= bit;
	}
}

static void add_outline(struct outline_set *set, struct outline_owners *owners,
                        const struct outline *outline)
{
	struct outline_group *group = make_room(set, outline->len);
	size_t word = set->word;

	group->first[word] |= UINT64_C(1) << set->bit;
	for (size_t i = 0; i < outline->len; i++, set->bit++)
		add_step(group, word, UINT64_C(1) << set->bit, &outline->steps[i]);
	group->last[word] |= UINT64_C(1) << (set->bit - 1);
	group->owners[word][set->bit - 1] = owners;
}

/* Rules of one kind often have outlines in common. */
static void add_owner(struct outline_set *set, uint32_t number, const struct outline *outline)
{
	struct str steps = { (const char *)outline->steps,
		             outline->len * sizeof(outline->steps[0]) };
	struct outline_owners *owners = map_get(set->by_steps, steps);

	if (owners == NULL) {
		owners = arena_new_object(set->arena, struct outline_owners);
		map_set(set->by_steps, arena_str(set->arena, steps), owners);
		add_outline(set, owners, outline);
	}
	vec_push(set->arena, owners, number);
}

void outline_set_add(struct outline_set *set, uint32_t number, const struct outline_list *outlines)
{
	while (set->has.len <= number)
		vec_push(set->arena, &set->has, false);
	set->has.items[number] = outlines->len > 0;
	for (size_t i = 0; i < outlines->len; i++)
		add_owner(set, number, &outlines->items[i]);
}

bool outline_set_has(const struct outline_set *set, size_t number)
{
	return set->has.items[number];
}

/* All steps that were ever found in the text. */
static inline __attribute__((always_inline)) void find_steps(const struct outline_group *group,
                                                             struct str text,
                                                             uint64_t found[GROUP_WORDS])
{
	group_bits state = { 0 }, all = { 0 }, first, enter, stay;

	memcpy(&first, group->first, sizeof(first));
	for (size_t i = 0; i < text.len; i++) {
		const void *byte = &group->bytes[(unsigned char)text.data[i]];

		memcpy(&enter, byte, sizeof(enter));
		memcpy(&stay, (const char *)byte + sizeof(enter), sizeof(stay));
		state = (((state << 1) | first) & enter) | (state & stay);
		all |= state;
	}
	memcpy(found, &all, sizeof(all));
}

static void find_steps_anywhere(const struct outline_group *group, struct str text,
                                uint64_t found[GROUP_WORDS])
{
	find_steps(group, text, found);
}

#ifdef __x86_64__
/* Twice as fast, where the processor has it. */
__attribute__((target("avx2"))) static void find_steps_avx2(const struct outline_group *group,
                                                            struct str text,
                                                            uint64_t found[GROUP_WORDS])
{
	find_steps(group, text, found);
}

static bool has_avx2(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
#define find_steps_avx2 find_steps_anywhere

static bool has_avx2(void)
{
	return false;
}
#endif

static void note_owners(const struct outline_owners *owners,
                        void (*note)(void *context, uint32_t number), void *context)
{
	for (size_t i = 0; i < owners->len; i++)
		note(context, owners->items[i]);
}

void outline_set_scan(const struct outline_set *set, struct str text,
                      void (*note)(void *context, uint32_t number), void *context)
{
	uint64_t found[GROUP_WORDS];
	bool avx2 = has_avx2();

	for (size_t i = 0; i < set->groups.len; i++) {
		const struct outline_group *group = set->groups.items[i];

		(avx2 ? find_steps_avx2 : find_steps_anywhere)(group, text, found);
		for (size_t word = 0; word < GROUP_WORDS; word++) {
			uint64_t ends = found[word] & group->last[word];

			for (; ends != 0; ends &= ends - 1)
				note_owners(group->owners[word][__builtin_ctzll(ends)], note,
				            context);
		}
	}
}
