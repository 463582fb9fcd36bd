/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "learn/lesson.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* `count` features of each group, spread or dense. */
static struct features *make(size_t count, uint32_t first, uint32_t gap)
{
	struct features *features = arena_new_object(arena, struct features);

	features->score = -4321;
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		features->groups[i].items = arena_alloc(arena, count * sizeof(uint32_t));
		features->groups[i].len = count;
		for (size_t j = 0; j < count; j++)
			features->groups[i].items[j] = first + (uint32_t)j * gap;
	}
	return features;
}

static void assert_round_trip(const struct features *features)
{
	struct features back;
	struct str bytes = lesson_encode(arena, features);

	assert_true(bytes.len <= LESSON_BYTES_MAX);
	assert_true(lesson_decode(arena, bytes, &back));
	assert_int_equal(back.score, features->score);
	for (size_t i = 0; i < FEATURE_GROUPS; i++) {
		assert_int_equal(back.groups[i].len, features->groups[i].len);
		for (size_t j = 0; j < back.groups[i].len; j++)
			assert_int_equal(back.groups[i].items[j], features->groups[i].items[j]);
	}
	assert_true(str_eq(lesson_encode(arena, &back), bytes));
}

static void test_round_trip(void **state)
{
	const uint32_t end = 1u << FEATURE_BITS;

	(void)state;
	assert_round_trip(make(0, 0, 1));
	assert_round_trip(make(1, 0, 1));
	assert_round_trip(make(1, end - 1, 1));
	assert_round_trip(make(2, 0, end - 1));
	assert_round_trip(make(3, 0, (end - 1) / 2));
	assert_round_trip(make(1000, 7, 900));
	assert_round_trip(make(FEATURES_MAX, 0, 1));
	assert_round_trip(make(FEATURES_MAX, end - FEATURES_MAX, 1));
	assert_round_trip(make(FEATURES_MAX, 0, end / FEATURES_MAX));
}

static void test_small(void **state)
{
	(void)state;
	/* Bits a feature are close to those of its gap. */
	assert_true(lesson_encode(arena, make(400, 0, 2600)).len < 400 * FEATURE_GROUPS * 14 / 8);
}

/* Version 2 had no group for the style of the header, which is the last. */
static void test_old_version(void **state)
{
	struct features *features = make(40, 5, 20000), back;
	struct strbuf old;
	struct str now;
	size_t counts = 1;

	(void)state;
	features->groups[FEATURES_STYLE].len = 0;
	now = lesson_encode(arena, features);
	assert_int_equal(now.data[0], 3);
	/* After the version, the score: numbers end with a byte below 128. */
	while ((unsigned char)now.data[counts] >= 0x80)
		counts++;
	counts++;
	assert_int_equal(now.data[counts + FEATURES_STYLE - 1], 40);
	assert_int_equal(now.data[counts + FEATURES_STYLE], 0);
	strbuf_init(&old, arena);
	strbuf_add(&old, STR("\2"));
	strbuf_add(&old, str_from_offset(str_prefix(now, counts + FEATURES_STYLE), 1));
	strbuf_add(&old, str_from_offset(now, counts + FEATURES_STYLE + 1));
	assert_true(lesson_decode(arena, strbuf_str(&old), &back));
	assert_true(str_eq(lesson_encode(arena, &back), now));
	assert_int_equal(back.groups[FEATURES_STYLE].len, 0);
}

/* Whatever is decoded is what its bytes encode; all else is refused. */
static void test_damage(void **state)
{
	struct str bytes = lesson_encode(arena, make(40, 5, 20000));
	struct features back;
	size_t refused = 0;

	(void)state;
	assert_false(lesson_decode(arena, STR(""), &back));
	for (size_t len = 0; len < bytes.len; len++)
		assert_false(lesson_decode(arena, str_prefix(bytes, len), &back));
	assert_false(lesson_decode(
		arena, arena_concat(arena, (struct str[]){ bytes, STR("\0") }, 2), &back));
	for (size_t bit = 0; bit < bytes.len * 8; bit++) {
		char *copy = arena_cstr(arena, bytes);
		struct str damaged = { copy, bytes.len };

		copy[bit / 8] = (char)(copy[bit / 8] ^ 1 << bit % 8);
		if (lesson_decode(arena, damaged, &back))
			assert_true(str_eq(lesson_encode(arena, &back), damaged));
		else
			refused++;
	}
	assert_true(refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_old_version),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
