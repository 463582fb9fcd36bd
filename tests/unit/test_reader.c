/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rules_fixture.h"

#include <sys/stat.h>

static const struct rule *rule_named(const struct rules_fixture *f, const char *name)
{
	return map_get(f->set->by_name, str_from(name));
}

static bool defined(const struct rules_fixture *f, const char *name)
{
	const struct rule *rule = rule_named(f, name);

	return rule != NULL && rule->type != RULE_UNDEFINED;
}

static void test_lines(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "# a comment\n"
	              "\n"
	              "  body  A  /x\\#y/i   # and one after\r\n"
	              "DESCRIBE A  Some  text \\# 1\n"
	              "describe\tB\tno rule\n"
	              "body B /no newline at the end/");
	assert_string_equal(rules_problem(f, 0),
	                    "6: the file ends without a line end; if it was not "
	                    "cut off, add one");
	assert_int_equal(f->problems.len, 1);
	assert_int_equal(f->problems.items[0].severity, PROBLEM_WARNING);
	assert_str(rule_named(f, "A")->pattern_text, "/x#y/i");
	assert_str(rule_named(f, "A")->description, "Some  text # 1");
	assert_str(rule_named(f, "B")->description, "no rule");
	assert_true(defined(f, "B"));
}

static void test_conditions(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "if version >= 3.004002\n body A /a/\nelse\n body B /b/\nendif\n"
	              "if (version < 4.000000) || plugin(Mail::SpamAssassin::Plugin::Nope)\n"
	              " body C /c/\n if 1\n  body D /d/\n else\n  body E /e/\n endif\n"
	              "else\n body F /f/\nendif\n"
	              "ifplugin Mail::SpamAssassin::Plugin::HeaderEval # {\nbody G /g/\nendif\n"
	              "if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\nbody H /h/\nendif\n"
	              "if !can(Mail::SpamAssassin::Conf::feature_nope)\nbody I /i/\nendif\n"
	              "if has(Mail::SpamAssassin::Plugin::HeaderEval::check_for_shifted_date)\n"
	              "body J /j/\nendif\n"
	              "if local_tests_only\nbody K /k/\nendif\n");
	assert_int_equal(f->problems.len, 0);
	assert_true(defined(f, "A"));
	assert_false(defined(f, "B"));
	assert_false(defined(f, "C"));
	assert_false(defined(f, "D"));
	assert_false(defined(f, "E"));
	assert_true(defined(f, "F"));
	assert_true(defined(f, "G"));
	assert_true(defined(f, "H"));
	assert_true(defined(f, "I"));
	assert_true(defined(f, "J"));
	assert_true(defined(f, "K"));
}

static void test_condition_problems(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "if nonsense\nbody A /a/\nendif\n"
	              "endif\n"
	              "else\n"
	              "if version &\nendif\n"
	              "if 1\n");
	assert_int_equal(f->problems.len, 5);
	assert_string_equal(rules_problem(f, 0), "1:4: unknown word 'nonsense' in a condition");
	assert_string_equal(rules_problem(f, 1), "4:1: 'endif' without an 'if'");
	assert_string_equal(rules_problem(f, 2), "5:1: 'else' without an 'if'");
	assert_string_equal(rules_problem(f, 3), "6:12: an operator is missing here");
	assert_string_equal(rules_problem(f, 4), "8:1: this condition has no 'endif' in its file");
	assert_false(defined(f, "A"));
}

static void test_statement_problems(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "boddy A /a/\n"
	              "frobnicate 1\n"
	              "body\n"
	              "body 1A /a/\n"
	              "body A\n"
	              "score A\n"
	              "score A one\n"
	              "score A 1 2\n"
	              "score A (1)\n"
	              "header A Subject /a/\n"
	              "header A Sub:ject =~ /a/\n"
	              "test A maybe x\n"
	              "body A eval:foo\n"
	              "  body A eval:foo('x' 2)\n"
	              "welcomelist_from\n"
	              "priority A high\n"
	              "meta \\#x 1\n");
	assert_string_equal(rules_problem(f, 0),
	                    "1:1: unknown statement 'boddy'; did you mean 'body'?");
	assert_string_equal(rules_problem(f, 1), "2:1: unknown statement 'frobnicate'");
	assert_string_equal(rules_problem(f, 2), "3:5: the rule's name is missing");
	assert_string_equal(rules_problem(f, 3), "4:6: '1A' is no name for a rule: letters, digits "
	                                         "and _, up to 128");
	assert_string_equal(rules_problem(f, 4), "5:7: the test of rule A is missing");
	assert_string_equal(rules_problem(f, 5),
	                    "6:8: write one score, or four for the score sets");
	assert_string_equal(rules_problem(f, 6),
	                    "7:9: 'one' is no score; write one such as 1.5 or (-0.5)");
	assert_string_equal(rules_problem(f, 7),
	                    "8:9: write one score, or four for the score sets");
	assert_string_equal(rules_problem(f, 8),
	                    "9:9: a relative score needs an earlier one for A");
	assert_string_equal(rules_problem(f, 9), "10:18: =~ or !~ is missing here");
	assert_string_equal(rules_problem(f, 10),
	                    "11:10: unknown modifier ':ject'; known are :raw :addr :name :host "
	                    ":domain :ip :revip :first :last");
	assert_string_equal(rules_problem(f, 11), "12:8: ok or fail belongs here, not 'maybe'");
	assert_string_equal(rules_problem(f, 12), "13:16: write the call of a function as "
	                                          "eval:name() or eval:name(arguments)");
	assert_string_equal(rules_problem(f, 13), "14:23: a comma is missing here");
	assert_string_equal(rules_problem(f, 14), "15:17: an address is missing here");
	assert_string_equal(rules_problem(f, 15), "16:12: the priority is a whole number");
	assert_string_equal(rules_problem(f, 16),
	                    "17:6: '#x' is no name for a rule: letters, digits and _, up to 128");
	assert_int_equal(f->problems.errors, 0);
}

static void test_other_software_is_no_problem(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(
		f,
		"use_razor2 0\nbayes_path a\nbayes_path b\nreport_safe 0\n"
		"rewrite_header Subject *****SPAM*****\nadd_header all Foo bar\n"
		"trusted_networks 10/8\nlang de describe A Text\nbody B /b/\nlang en describe B English\n"
		"whitelist-from *@example.com\nblacklist_from x@y\nuse_dcc 1\n"
		"askdns A _AUTHORDOMAIN_ TXT /x/\nrequire_version @@VERSION@@\n");
	assert_int_equal(f->problems.len, 0);
	assert_int_equal(f->set->ignored.len, 3);
	assert_str(f->set->ignored.items[1].name, "bayes_path");
	assert_int_equal(f->set->ignored.items[1].count, 2);
	assert_null(rule_named(f, "A")->description.data);
	assert_str(rule_named(f, "B")->description, "English");
	assert_string_equal(rule_named(f, "A")->off, RULE_OFF_BY_NET);
}

static void test_version_of_another(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /a/\nrequire_version 3.001\nbody B /b/\nif 1\n");
	assert_int_equal(f->problems.len, 1);
	assert_true(defined(f, "A"));
	assert_false(defined(f, "B"));
}

static void write_file(struct rules_fixture *f, const char *dir, const char *name, const char *text)
{
	struct str path = arena_printf(f->arena, "%s/%s", dir, name);
	FILE *file = fopen(path.data, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void remove_file(struct rules_fixture *f, const char *dir, const char *name)
{
	unlink(arena_printf(f->arena, "%s/%s", dir, name).data);
}

static void test_directory(void **state)
{
	struct rules_fixture *f = *state;
	char dir[] = "/tmp/assay-test-XXXXXX";
	char sub[64];

	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	assert_int_equal(mkdir(sub, 0700), 0);
	write_file(f, dir, "10_b.cf", "body B /from 10/\ninclude sub/more.cf\n");
	write_file(f, dir, "20_a.cf",
	           "body A /a/\nbody B /from 20/\nif plugin(My::Own)\nbody P /p/\n"
	           "endif\nifplugin Mail::SpamAssassin::Plugin::HeaderEval\n"
	           "body Q /q/\nendif\n");
	write_file(f, dir, "v1.pre", "loadplugin My::Own\n");
	write_file(f, dir, "note.txt", "nonsense\n");
	write_file(f, sub, "more.cf",
	           "body C /c/\ninclude ../../../etc/hostname\ninclude more.cf\n"
	           "include nope.cf\n");
	vec_push(f->arena, &f->options.paths, arena_str(f->arena, str_from(dir)));
	f->set = ruleset_load(&f->options, &f->problems);
	remove_file(f, sub, "more.cf");
	remove_file(f, dir, "10_b.cf");
	remove_file(f, dir, "20_a.cf");
	remove_file(f, dir, "v1.pre");
	remove_file(f, dir, "note.txt");
	rmdir(sub);
	rmdir(dir);
	assert_non_null(f->set);
	assert_str(rule_named(f, "B")->pattern_text, "/from 20/");
	assert_true(defined(f, "C"));
	assert_true(defined(f, "P"));
	/* A .pre file says which plugins there are. */
	assert_false(defined(f, "Q"));
	assert_non_null(strstr(f->problems.items[0].text.data, "outside the directory"));
	assert_non_null(strstr(f->problems.items[f->problems.len - 1].text.data, "can't find"));
	assert_non_null(strstr(f->problems.items[1].text.data, "the file includes itself"));
	assert_int_equal(f->problems.len, 3);
}

/* Files that include others in great numbers end at a limit, and soon. */
static void test_include_bomb(void **state)
{
	struct rules_fixture *f = *state;
	char dir[] = "/tmp/assay-test-XXXXXX";
	char name[32], text[4096];
	size_t warnings = 0;

	assert_non_null(mkdtemp(dir));
	for (int i = 0; i <= 9; i++) {
		text[0] = '\0';
		for (int j = 0; i < 9 && j < 100; j++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
			         "include %d.inc\n", i + 1);
		snprintf(name, sizeof(name), i == 0 ? "%d.cf" : "%d.inc", i);
		write_file(f, dir, name, text);
	}
	vec_push(f->arena, &f->options.paths, arena_str(f->arena, str_from(dir)));
	f->set = ruleset_load(&f->options, &f->problems);
	for (int i = 0; i <= 9; i++) {
		snprintf(name, sizeof(name), i == 0 ? "%d.cf" : "%d.inc", i);
		remove_file(f, dir, name);
	}
	rmdir(dir);
	assert_non_null(f->set);
	assert_in_range(f->set->files, 100, READER_MAX_INCLUDES + 1);
	for (size_t i = 0; i < f->problems.len; i++)
		warnings += strstr(f->problems.items[i].text.data, "no more are read") != NULL;
	assert_int_equal(warnings, 1);
}

/* Only regular files below the directory are read, whatever a link or a name says. */
static void test_includes_stay_inside(void **state)
{
	struct rules_fixture *f = *state;
	char dir[] = "/tmp/assay-test-XXXXXX";
	struct str link, fifo;

	assert_non_null(mkdtemp(dir));
	link = arena_printf(f->arena, "%s/link.inc", dir);
	fifo = arena_printf(f->arena, "%s/fifo.inc", dir);
	assert_int_equal(symlink("/etc/passwd", link.data), 0);
	assert_int_equal(mkfifo(fifo.data, 0600), 0);
	write_file(f, dir, "a.cf",
	           "include /etc/passwd\ninclude link.inc\ninclude ../../etc/passwd\n"
	           "include .\ninclude\nbody LAST /x/\n");
	write_file(f, dir, "b.cf", "include fifo.inc\n");
	vec_push(f->arena, &f->options.paths, arena_printf(f->arena, "%s/a.cf", dir));
	f->set = ruleset_load(&f->options, &f->problems);
	assert_non_null(f->set);
	assert_true(defined(f, "LAST"));
	assert_int_equal(f->problems.len, 5);
	assert_int_equal(f->problems.errors, 0);
	vec_push(f->arena, &f->options.paths, arena_printf(f->arena, "%s/b.cf", dir));
	assert_null(ruleset_load(&f->options, &f->problems));
	assert_int_equal(f->problems.errors, 1);
	remove_file(f, dir, "a.cf");
	remove_file(f, dir, "b.cf");
	remove_file(f, dir, "link.inc");
	remove_file(f, dir, "fifo.inc");
	rmdir(dir);
}

static void test_missing_path(void **state)
{
	struct rules_fixture *f = *state;

	vec_push(f->arena, &f->options.paths, STR("/nonexistent/rules"));
	f->set = ruleset_load(&f->options, &f->problems);
	assert_null(f->set);
	assert_int_equal(f->problems.errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_lines),
		rules_test(test_conditions),
		rules_test(test_include_bomb),
		rules_test(test_includes_stay_inside),
		rules_test(test_condition_problems),
		rules_test(test_statement_problems),
		rules_test(test_other_software_is_no_problem),
		rules_test(test_version_of_another),
		rules_test(test_directory),
		rules_test(test_missing_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
