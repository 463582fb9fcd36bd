/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "base/conf.h"
#include "base/suggest.h"

static struct conf conf;
static struct problems problems;

static void parse(struct arena *arena, const char *text)
{
	conf = (struct conf){ 0 };
	problems_init(&problems, arena);
	conf_parse(arena, str_from(text), "t.conf", &conf, &problems);
}

static void test_lines_and_sections(void **state)
{
	struct arena *arena = arena_new();
	const struct conf_line *line;

	(void)state;
	parse(arena, "# comment\n"
	             "\n"
	             "  required_score\t5   # threshold\r\n"
	             "support_url https://example.com/#%i\n"
	             "subject_tag \"[SPAM] # \\\"x\\\\ \"  # note\n"
	             "keep\n"
	             "[recipient joe@example.com, example.net]\n"
	             "required_score 7");
	assert_int_equal(problems.len, 0);
	assert_int_equal(conf.len, 2);
	assert_int_equal(conf.items[0].lines.len, 4);
	line = conf.items[0].lines.items;
	assert_str(line[0].key, "required_score");
	assert_str(line[0].value, "5");
	assert_int_equal(line[0].at.line, 3);
	assert_int_equal(line[0].at.column, 3);
	assert_int_equal(line[0].value_at.column, 18);
	assert_str(line[1].value, "https://example.com/#%i");
	assert_str(line[2].value, "[SPAM] # \"x\\ ");
	assert_str(line[3].value, "");
	assert_str(conf.items[1].kind, "recipient");
	assert_str(conf.items[1].name, "joe@example.com, example.net");
	assert_str(conf.items[1].lines.items[0].value, "7");
	arena_free(arena);
}

static void test_every_mistake_is_reported(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	parse(arena, "subject_tag \"open\n"
	             "[recipient x\n"
	             "a \x01\n"
	             "[]\n"
	             "b \"x\" y\n");
	assert_int_equal(problems.errors, 5);
	assert_true(str_starts(problems.items[0].text, STR("t.conf:1:13: ")));
	assert_true(str_starts(problems.items[1].text, STR("t.conf:2:1: ")));
	assert_true(str_starts(problems.items[2].text, STR("t.conf:3:3: ")));
	arena_free(arena);
}

static void test_missing_file(void **state)
{
	struct arena *arena = arena_new();
	struct str text;

	(void)state;
	problems_init(&problems, arena);
	assert_false(conf_read_file(arena, "/nonexistent/x", &text, &problems));
	assert_false(conf_read_file(arena, "/dev", &text, &problems));
	assert_int_equal(problems.errors, 2);
	arena_free(arena);
}

static void test_suggestions(void **state)
{
	struct suggestion best = { 0 };

	(void)state;
	suggest_consider(&best, STR("requird_score"), "rewrite_subject");
	assert_null(best.word);
	suggest_consider(&best, STR("requird_score"), "required_score");
	assert_string_equal(best.word, "required_score");
	best = (struct suggestion){ 0 };
	suggest_consider(&best, STR("xser"), "user");
	assert_string_equal(best.word, "user");
	best = (struct suggestion){ 0 };
	suggest_consider(&best, STR("suer"), "user");
	assert_string_equal(best.word, "user");
	best = (struct suggestion){ 0 };
	suggest_consider(&best, STR("abcd"), "user");
	assert_null(best.word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_and_sections),
		cmocka_unit_test(test_every_mistake_is_reported),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
