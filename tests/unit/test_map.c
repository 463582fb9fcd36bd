/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/map.h"

static void test_many_keys(void **state)
{
	struct arena *arena = arena_new();
	struct map *map = map_new(arena, MAP_EXACT);
	static int values[1000];
	struct str key;

	(void)state;
	for (int i = 0; i < 1000; i++)
		map_set(map, arena_printf(arena, "key%d", i), &values[i]);
	assert_int_equal(map_len(map), 1000);
	for (int i = 0; i < 1000; i++)
		assert_ptr_equal(map_get(map, arena_printf(arena, "key%d", i)), &values[i]);
	assert_null(map_get(map, STR("key1000")));
	assert_ptr_equal(map_at(map, 7, &key), &values[7]);
	assert_str(key, "key7");
	map_set(map, STR("key7"), &values[8]);
	assert_int_equal(map_len(map), 1000);
	assert_ptr_equal(map_get(map, STR("key7")), &values[8]);
	arena_free(arena);
}

static void test_case(void **state)
{
	struct arena *arena = arena_new();
	struct map *exact = map_new(arena, MAP_EXACT), *folded = map_new(arena, MAP_IGNORE_CASE);
	int value;

	(void)state;
	map_set(exact, STR("Key"), &value);
	map_set(folded, STR("Key"), &value);
	assert_null(map_get(exact, STR("KEY")));
	assert_ptr_equal(map_get(folded, STR("KEY")), &value);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_keys),
		cmocka_unit_test(test_case),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
