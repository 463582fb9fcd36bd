/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"
#include "web/pasted.h"

static void check(struct str (*read)(struct arena *arena, struct str text),
                  const char *const cases[][2], size_t count)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < count; i++)
		assert_str(read(arena, str_from(cases[i][0])), cases[i][1]);
	arena_free(arena);
}

static void test_addresses(void **state)
{
	static const char *const cases[][2] = {
		{ "joe@example.org", "joe@example.org" },
		{ "<joe@example.org>", "joe@example.org" },
		{ "  < joe@example.org >\n", "joe@example.org" },
		{ "Joe <joe@example.org>", "joe@example.org" },
		{ "to=<joe@example.org>,", "joe@example.org" },
		{ "<joe@example.org>;", "joe@example.org" },
		{ "joe@example.org,", "joe@example.org" },
		{ "mailto:joe@example.org", "joe@example.org" },
		{ "<MAILTO:joe@example.org>", "joe@example.org" },
		{ "\"a b\"@example.org", "\"a b\"@example.org" },
		{ "example.org", "example.org" },
		{ "<>", "" },
		{ ">joe@example.org<", ">joe@example.org<" },
		{ "", "" },
	};

	(void)state;
	check(pasted_address, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_accounts(void **state)
{
	static const char *const cases[][2] = {
		{ "@example.org", "example.org" },
		{ "<@example.org>", "example.org" },
		{ "<joe@example.org>", "joe@example.org" },
		{ "example.org", "example.org" },
		{ "@", "" },
	};

	(void)state;
	check(pasted_account, cases, sizeof(cases) / sizeof(cases[0]));
}

static void test_messages(void **state)
{
	static const char *const cases[][2] = {
		{ "<id@host>", "id@host" },
		{ " <id@host> ", "id@host" },
		{ "id@host", "id@host" },
		{ "Message-ID: <id@host>", "id@host" },
		{ "message-id=<id@host>", "id@host" },
		{ "4XyZ1a2b3c:", "4XyZ1a2b3c" },
		{ "4XyZ1a2b3c", "4XyZ1a2b3c" },
		{ "id@host>", "id@host" },
		{ "<id@host", "id@host" },
		{ "<>", "" },
	};

	(void)state;
	check(pasted_message, cases, sizeof(cases) / sizeof(cases[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
