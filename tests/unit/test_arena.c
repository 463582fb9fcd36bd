/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/vec.h"

static void test_objects_keep_their_bytes(void **state)
{
	struct arena *arena = arena_new();
	unsigned char *blocks[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		blocks[i] = arena_alloc(arena, i * 37);
		assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
		memset(blocks[i], (int)i, i * 37);
	}
	for (size_t i = 1; i < 200; i++) {
		assert_int_equal(blocks[i][0], i);
		assert_int_equal(blocks[i][i * 37 - 1], i);
	}
	assert_true(arena_bytes(arena) >= 199 * 200 / 2 * 37);
	arena_free(arena);
}

static void test_grow_in_place_and_by_moving(void **state)
{
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, 5), *grown;

	(void)state;
	memcpy(text, "abcd", 5);
	grown = arena_grow(arena, text, 5, 60);
	assert_ptr_equal(grown, text);
	arena_alloc(arena, 1);
	grown = arena_grow(arena, grown, 60, 100000);
	assert_string_equal(grown, "abcd");
	arena_free(arena);
}

static void test_vec(void **state)
{
	struct arena *arena = arena_new();
	vec_of(size_t) numbers = { 0 };

	(void)state;
	for (size_t i = 0; i < 1000; i++)
		vec_push(arena, &numbers, i);
	*vec_add(arena, &numbers) += 7;
	assert_int_equal(numbers.len, 1001);
	assert_int_equal(numbers.items[999], 999);
	assert_int_equal(numbers.items[1000], 7);
	arena_free(arena);
}

static void test_strbuf(void **state)
{
	struct arena *arena = arena_new();
	struct strbuf buf;

	(void)state;
	strbuf_init(&buf, arena);
	assert_str(strbuf_str(&buf), "");
	for (int i = 0; i < 100; i++)
		strbuf_printf(&buf, "%d,", i);
	strbuf_add(&buf, STR("end"));
	strbuf_add_char(&buf, '.');
	assert_true(str_starts(strbuf_str(&buf), STR("0,1,2,")));
	assert_true(str_ends_ci(strbuf_str(&buf), STR("98,99,end.")));
	assert_str(arena_printf(arena, "%s-%d", "x", 3), "x-3");
	assert_str(arena_str_lower(arena, STR("AbC")), "abc");
	arena_free(arena);
}

static void count_release(void *object)
{
	(*(int *)object)++;
}

static void test_release_runs_once(void **state)
{
	struct arena *arena = arena_new();
	int released = 0;

	(void)state;
	arena_at_free(arena, count_release, &released);
	assert_int_equal(released, 0);
	arena_free(arena);
	assert_int_equal(released, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_objects_keep_their_bytes),
		cmocka_unit_test(test_grow_in_place_and_by_moving),
		cmocka_unit_test(test_vec),
		cmocka_unit_test(test_strbuf),
		cmocka_unit_test(test_release_runs_once),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
