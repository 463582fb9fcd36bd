/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "forward/map.h"
#include "tests/unit/scratch.h"

struct fixture {
	struct arena *arena;
	struct problems problems;
	struct file_list files;
	struct map_load load;
	struct forward_map map;
};

static void open_map(struct fixture *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena_new();
	problems_init(&f->problems, f->arena);
	f->load = (struct map_load){ f->arena, &f->problems, &f->files,
		                     map_new(f->arena, MAP_EXACT), map_new(f->arena, MAP_EXACT) };
	forward_map_open(&f->load,
	                 arena_printf(f->arena, "aliases:%s", scratch_write("aliases", text)),
	                 &f->map);
}

/* "A a@b" for addresses, "M /file" for mailboxes, "U path" for what is unknown. */
static struct str look_up(struct fixture *f, const char *key)
{
	struct target_list targets;
	struct str text = STR("");

	if (forward_map_lookup(f->arena, &f->map, str_from(key), &targets) != LOOKUP_FOUND)
		return text;
	for (size_t i = 0; i < targets.len; i++)
		text = arena_printf(f->arena, "%.*s%s%c %.*s", STR_FMT(text), i > 0 ? "; " : "",
		                    "AMU"[targets.items[i].kind], STR_FMT(targets.items[i].text));
	return text;
}

static void test_syntax(void **state)
{
	struct fixture f;

	(void)state;
	open_map(&f, "# comment\n"
	             "MAILER-DAEMON: postmaster\n"
	             "postmaster: root\n"
	             "root : joe@aol.example , jane@aol.example,\n"
	             "\n"
	             "# inside\n"
	             "\tbob\n"
	             "ticket: \"|/usr/bin/rt --queue a, b\", archive@x.example\n"
	             "unquoted: |/usr/bin/rt --queue a, next@x.example\n"
	             "file: /var/mail/archive\n"
	             "quotedfile: \"/var/mail/a b\"\n"
	             "escaped: \\joe\n"
	             "owner-list: admin@x.example\n"
	             "\"two words\": w@x.example\n"
	             "named: Joe Doe <joe@x.example>, (nobody) \"J. Q\" <jq@x.example>\n"
	             "dev.null: /dev/null\r\n");
	assert_int_equal(f.problems.len, 0);
	assert_str(look_up(&f, "mailer-daemon"), "A postmaster");
	assert_str(look_up(&f, "root"), "A joe@aol.example; A jane@aol.example; A bob");
	assert_str(look_up(&f, "ticket"), "M |/usr/bin/rt --queue a, b; A archive@x.example");
	assert_str(look_up(&f, "unquoted"), "M |/usr/bin/rt --queue a; A next@x.example");
	assert_str(look_up(&f, "file"), "M /var/mail/archive");
	assert_str(look_up(&f, "quotedfile"), "M /var/mail/a b");
	assert_str(look_up(&f, "escaped"), "M \\joe");
	assert_str(look_up(&f, "owner-list"), "A admin@x.example");
	assert_str(look_up(&f, "two words"), "A w@x.example");
	assert_str(look_up(&f, "named"), "A joe@x.example; A jq@x.example");
	assert_str(look_up(&f, "dev.null"), "M /dev/null");
	assert_str(look_up(&f, "nobody"), "");
	arena_free(f.arena);
}

static void test_include(void **state)
{
	char text[512];
	struct fixture f;

	(void)state;
	scratch_write("inner", "c@x.example # no comment here\n");
	snprintf(text, sizeof(text), "# list\na@x.example, b@x.example\n\n:include:%s\n/a/file\n",
	         scratch_path("good"));
	scratch_write("good", "c@x.example\n  d@x.example\n");
	scratch_write("list", text);
	snprintf(text, sizeof(text), "list: :include:%s\ngone: \":include:%s\", e@x.example\n",
	         scratch_path("list"), scratch_path("missing"));
	open_map(&f, text);
	assert_str(look_up(&f, "list"),
	           "A a@x.example; A b@x.example; A c@x.example; A d@x.example; M /a/file");
	/* A list that cannot be read is no error, but nobody knows who is on it. */
	assert_int_equal(f.problems.errors, 0);
	assert_int_equal(f.problems.len, 1);
	assert_true(str_find(f.problems.items[0].text, STR("/aliases:2:7: ")) > 0);
	assert_true(str_starts(look_up(&f, "gone"), STR("U ")));
	assert_true(str_ends_ci(look_up(&f, "gone"), STR("; A e@x.example")));
	assert_int_equal(f.files.len, 4);
	arena_free(f.arena);
}

static void test_include_loop(void **state)
{
	char text[512];
	struct fixture f;

	(void)state;
	snprintf(text, sizeof(text), ":include:%s\n", scratch_path("loop"));
	scratch_write("loop", text);
	snprintf(text, sizeof(text), "loop: :include:%s\n", scratch_path("loop"));
	open_map(&f, text);
	assert_int_equal(f.problems.errors, 1);
	assert_true(str_find(f.problems.items[0].text, STR("too deeply")) > 0);
	arena_free(f.arena);
}

static void test_bad_lines(void **state)
{
	static const char *const expected[] = {
		":1:1: is not an alias",
		":2:1: \"empty\" has no value",
		":3:1: the name \"a b\" has",
		":4:1: is not an alias",
		":5:6: \"x@@y\" has more",
		":6:6: \"\":fail:\"\" is not",
		":7:6: \"|\" is incomplete",
		":8:6: \":include:relative\" has no absolute",
		":9:6: \"@x.example\" has no local",
		":11:1: \"A\" is in line 10",
	};
	struct fixture f;

	(void)state;
	open_map(&f, "no colon here\nempty:\na b: c\n\"x: y\nbad: x@@y\nbad2:\":fail:\"\n"
	             "bad3:|\nbad4::include:relative\nbad5:@x.example\na: b\nA: c\n");
	assert_int_equal(f.problems.errors, 9);
	assert_int_equal(f.problems.len, 10);
	for (size_t i = 0; i < 10; i++)
		if (str_find(f.problems.items[i].text, str_from(expected[i])) < 0)
			fail_msg("problem %zu is \"%.*s\"", i, STR_FMT(f.problems.items[i].text));
	arena_free(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_include),
		cmocka_unit_test(test_include_loop),
		cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests_name("map_aliases", tests, NULL, scratch_remove);
}
