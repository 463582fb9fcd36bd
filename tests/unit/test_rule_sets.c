/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scoring/rule_channel.h"
#include "tests/unit/unit.h"
#include "update/channel_text.h"
#include "update/mirrors.h"
#include "update/rule_sets.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void test_names(void **state)
{
	static const char *const good[] = { "updates.spamassassin.org", "local", "a_b.c-d.1", "x" };
	static const char *const bad[] = { "",    ".",  "..",   ".a",  "a.",  "a..b",
		                           "a/b", "-a", "a.-b", "a b", "a\n", "\xc3\xa4.org" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(rule_channel_valid(str_from(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rule_channel_valid(str_from(bad[i])));
	assert_true(rule_channel_version_valid(STR("01234567890123456789")));
	assert_false(rule_channel_version_valid(STR("012345678901234567890")));
	assert_false(rule_channel_version_valid(STR("12a")));
	assert_false(rule_channel_version_valid(STR("")));
}

static void test_versions_are_numbers(void **state)
{
	(void)state;
	assert_true(rule_sets_compare(STR("9"), STR("10")) < 0);
	assert_true(rule_sets_compare(STR("1907730"), STR("1907729")) > 0);
	assert_int_equal(rule_sets_compare(STR("007"), STR("7")), 0);
	assert_int_equal(rule_sets_compare(STR("0"), STR("00")), 0);
}

static void test_mirrors(void **state)
{
	const struct str text = STR(
		"# list\r\nhttp://a.example/ weight=3\n  https://b.example//  other=1 weight=1 \n"
		"ftp://c.example\nhttp:///d\nhttp://e.example weight=0 # weight=7\nnonsense\n");
	unsigned taken[2] = { 0 };
	struct mirror_list mirrors;
	struct mirror mirror;

	(void)state;
	for (uint64_t random = 0; random < 500; random++) {
		mirrors_parse(arena, text, &mirrors);
		assert_int_equal(mirrors.len, 3);
		assert_true(mirrors_take(&mirrors, random, &mirror));
		taken[0] += str_eq(mirror.url, STR("http://a.example"));
		taken[1] += str_eq(mirror.url, STR("https://b.example"));
		while (mirrors_take(&mirrors, random, &mirror))
			;
		assert_int_equal(mirrors.len, 0);
	}
	assert_int_equal(taken[0], 300);
	assert_int_equal(taken[1], 100);
}

static void test_what_a_channel_may_not_say(void **state)
{
	struct rule_set_file file = { STR("a.cf"),
		                      STR("body A /loadplugin/\n\tLoadPlugin X\nlang fr include b\n"
		                          "describe A include it\nnameserver 1.2.3.4") };
	struct rule_set_files files = { .items = &file, .len = 1 };
	struct str_list ignored;

	(void)state;
	channel_text_restrict(arena, &files, &ignored);
	assert_int_equal(ignored.len, 3);
	assert_true(str_eq(ignored.items[0], STR("a.cf:2: LoadPlugin X")));
	assert_true(str_eq(ignored.items[2], STR("a.cf:5: nameserver 1.2.3.4")));
	assert_true(str_eq(file.text, STR("body A /loadplugin/\n# not in force: \tLoadPlugin X\n"
	                                  "# not in force: lang fr include b\n"
	                                  "describe A include it\n"
	                                  "# not in force: nameserver 1.2.3.4")));
}

static void test_switching(void **state)
{
	char template[] = "/tmp/assay-rule-sets-XXXXXX";
	struct rule_set_file file = { STR("a.cf"), STR("body A /a/\n") };
	struct rule_set_files files = { .items = &file, .len = 1 };
	struct rule_sets sets = { arena, str_from(mkdtemp(template)), STR("c.example") };
	struct error error;
	char command[100];
	int lock = rule_sets_lock(&sets, &error);

	(void)state;
	assert_true(lock >= 0);
	assert_int_equal(rule_sets_current(&sets).len, 0);
	assert_false(rule_sets_activate(&sets, STR("1"), &error));
	for (int i = 1; i <= 3; i++) {
		struct str version = arena_printf(arena, "%d", i);

		assert_true(rule_sets_install(&sets, version, &files, &error));
		assert_true(rule_sets_activate(&sets, version, &error));
		assert_true(str_eq(rule_sets_current(&sets), version));
	}
	/* What is in force is not written over, and nor is what it was. */
	assert_false(rule_sets_install(&sets, STR("3"), &files, &error));
	assert_false(rule_sets_have(&sets, STR("1")));
	assert_true(str_eq(rule_sets_previous(&sets), STR("2")));
	assert_true(str_eq(rule_sets_roll_back(&sets, STR("why"), &error), STR("2")));
	assert_true(str_eq(rule_sets_current(&sets), STR("2")));
	assert_true(str_eq(rule_sets_refusal(&sets, STR("3")), STR("why")));
	assert_int_equal(rule_sets_roll_back(&sets, STR("why"), &error).len, 0);
	assert_true(rule_sets_activate(&sets, STR("3"), &error));
	assert_int_equal(rule_sets_refusal(&sets, STR("3")).len, 0);
	assert_true(rule_sets_pin(&sets, STR("3"), &error));
	assert_true(str_eq(rule_sets_pinned(&sets), STR("3")));
	assert_true(rule_sets_pin(&sets, STR(""), &error));
	assert_int_equal(rule_sets_pinned(&sets).len, 0);
	assert_int_equal(rule_sets_versions(&sets).len, 2);
	assert_int_equal(rule_sets_channels(arena, sets.directory).len, 1);
	close(lock);
	snprintf(command, sizeof(command), "rm -rf %s", template);
	assert_int_equal(system(command), 0);
}

/* A link that somebody else made leads nowhere. */
static void test_foreign_links(void **state)
{
	char template[] = "/tmp/assay-rule-sets-XXXXXX";
	struct rule_sets sets = { arena, str_from(mkdtemp(template)), STR("c") };
	struct error error;
	char command[100];
	int lock = rule_sets_lock(&sets, &error);

	(void)state;
	assert_true(lock >= 0);
	close(lock);
	assert_int_equal(symlink("../../etc", rule_sets_path(&sets, STR("current")).data), 0);
	assert_int_equal(rule_sets_current(&sets).len, 0);
	snprintf(command, sizeof(command), "rm -rf %s", template);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_versions_are_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_mirrors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_a_channel_may_not_say, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_switching, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_foreign_links, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
