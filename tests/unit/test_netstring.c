/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "forward/netstring.h"

static struct str content;
static size_t used;

static int read_text(const char *text)
{
	content = STR("");
	used = 0;
	return netstring_read(str_from(text), 1000, &content, &used);
}

static void test_complete(void **state)
{
	(void)state;
	assert_int_equal(read_text("5:hello,"), NETSTRING_COMPLETE);
	assert_str(content, "hello");
	assert_int_equal(used, 8);
	assert_int_equal(read_text("0:,3:abc,"), NETSTRING_COMPLETE);
	assert_str(content, "");
	assert_int_equal(used, 3);
	assert_int_equal(read_text("3:a,b,x"), NETSTRING_COMPLETE);
	assert_str(content, "a,b");
}

static void test_every_part_is_partial(void **state)
{
	static const char text[] = "12:hello world!,";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_int_equal(netstring_read((struct str){ text, len }, 1000, &content, &used),
		                 NETSTRING_PARTIAL);
	assert_int_equal(read_text(text), NETSTRING_COMPLETE);
}

static void test_broken(void **state)
{
	static const char *const texts[] = {
		":,",     "a",       "5;hello", "5:hello.", "-1:a,",
		"1001:",  "+1:a,",   " 1:a,",   "12345678", "99999999:x",
		"5hello", "get x\n", "\n1:a,",  "1 :a,",    "0x1:a,",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i]) != NETSTRING_BROKEN)
			fail_msg("\"%s\" is not broken", texts[i]);
	assert_int_equal(read_text("1000:"), NETSTRING_PARTIAL);
}

static void test_add(void **state)
{
	struct arena *arena = arena_new();
	struct strbuf buf;

	(void)state;
	strbuf_init(&buf, arena);
	netstring_add(&buf, STR("OK a@b.example"));
	netstring_add(&buf, STR(""));
	assert_str(strbuf_str(&buf), "14:OK a@b.example,0:,");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_every_part_is_partial),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests_name("netstring", tests, NULL, NULL);
}
