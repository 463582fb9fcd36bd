/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "rules/model/address_list.h"
#include "rules/model/glob.h"
#include "rules/model/host_list.h"

static bool glob(const char *pattern, const char *text)
{
	return glob_match(str_from(pattern), str_from(text));
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(glob("a", "a"));
	assert_false(glob("a", "ab"));
	assert_false(glob("ab", "a"));
	assert_true(glob("*", ""));
	assert_true(glob("*@b.c", "a@b.c"));
	assert_false(glob("*@b.c", "a@xb.c"));
	assert_true(glob("*a*b*", "xxaxxbxx"));
	assert_false(glob("*a*b*", "xxbxxaxx"));
	assert_true(glob("a?c", "abc"));
	assert_false(glob("a?c", "ac"));
	assert_true(glob("**a", "aaa"));
	assert_false(glob("a*c", "a\nc"));
	assert_false(glob("a?c", "a\nc"));
	assert_true(glob("", ""));
	assert_false(glob("a*a", "a"));
	assert_true(glob("a*a", "aa"));
	assert_false(glob("?b", "b"));
	assert_false(glob("*\n", "a\n"));
}

static bool collect(const struct address_entry *entry, void *context)
{
	size_t *count = context;

	*count += entry->domains.len;
	return false;
}

static void test_addresses(void **state)
{
	struct arena *arena = arena_new();
	struct address_list *list = address_list_new(arena);
	size_t domains = 0;

	(void)state;
	assert_false(address_list_match(list, STR("a@b.c"), NULL, NULL));
	address_list_add(arena, list, STR("A@B.c"), STR("Relay.one"));
	address_list_add(arena, list, STR("a@b.c"), STR("relay.two"));
	address_list_add(arena, list, STR("*@b.c"), STR("relay.three"));
	assert_true(address_list_match(list, STR("a@b.c"), NULL, NULL));
	assert_true(address_list_match(list, STR("z@b.c"), NULL, NULL));
	assert_false(address_list_match(list, STR("a@b.d"), NULL, NULL));
	assert_false(address_list_match(list, STR("a@b.c"), collect, &domains));
	assert_int_equal(domains, 3);
	address_list_remove(arena, list, STR("*@B.C"));
	address_list_remove(arena, list, STR("nobody@b.c"));
	assert_false(address_list_match(list, STR("z@b.c"), NULL, NULL));
	address_list_add(arena, list, STR("*@b.c"), STR(""));
	assert_true(address_list_match(list, STR("z@b.c"), NULL, NULL));
	domains = 0;
	address_list_match(list, STR("z@b.c"), collect, &domains);
	assert_int_equal(domains, 0);
	arena_free(arena);
}

static void test_hosts(void **state)
{
	struct arena *arena = arena_new();
	struct map *hosts = map_new(arena, MAP_EXACT);

	(void)state;
	host_list_set(arena, hosts, STR("Example.com"), HOST_LISTED);
	host_list_set(arena, hosts, STR("safe.example.com"), HOST_EXEMPT);
	assert_int_equal(host_list_find(hosts, STR("example.com")), HOST_LISTED);
	assert_int_equal(host_list_find(hosts, STR("a.b.example.com")), HOST_LISTED);
	assert_int_equal(host_list_find(hosts, STR("www.safe.example.com")), HOST_EXEMPT);
	assert_int_equal(host_list_find(hosts, STR("badexample.com")), HOST_UNLISTED);
	assert_int_equal(host_list_find(hosts, STR("com")), HOST_UNLISTED);
	assert_int_equal(host_list_find(hosts, STR("")), HOST_UNLISTED);
	host_list_set(arena, hosts, STR("example.com"), HOST_UNLISTED);
	assert_int_equal(host_list_find(hosts, STR("example.com")), HOST_UNLISTED);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
