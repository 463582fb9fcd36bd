/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "forward/forward_map.h"
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

static bool is_doubtful(struct fixture *f, const char *key)
{
	struct target_list targets;

	forward_map_lookup(f->arena, &f->map, str_from(key), &targets);
	return targets.doubt != NULL;
}

static void assert_doubt(struct fixture *f, const char *key, const char *doubt)
{
	struct target_list targets;

	forward_map_lookup(f->arena, &f->map, str_from(key), &targets);
	if (targets.doubt == NULL || strstr(targets.doubt, doubt) == NULL)
		fail_msg("%s: the doubt is \"%s\"", key, targets.doubt);
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

/* Each line stands alone there: white space at its start does not continue anything. */
static void test_lines_of_lists(void **state)
{
	struct fixture f;
	char text[4000], line[3000];

	(void)state;
	scratch_write("indented", "# none\n  Alice <alice@local.test>\n\n\tBob <bob@aol.test>\n");
	scratch_write("first", "alice@local.test\n   Bob Smith <bob@aol.test>\r\n");
	scratch_write("comment", "a@x.example\n # b@x.example\n");
	scratch_write("odd", "a@x.example; b@x.example\n");
	scratch_write("marked", "\xef\xbb\xbf"
	                        "a@x.example\n");
	memset(line, 'x', sizeof(line));
	memcpy(line + 2100, "@x.example", 11);
	scratch_write("long", line);
	text[0] = '\0';
	for (size_t i = 0; i < 6; i++) {
		static const char *const names[] = { "indented", "first",  "comment",
			                             "odd",      "marked", "long" };

		sprintf(text + strlen(text), "%s: :include:%s\n", names[i], scratch_path(names[i]));
	}
	open_map(&f, text);
	assert_int_equal(f.problems.errors, 0);
	assert_str(look_up(&f, "indented"), "A alice@local.test; A bob@aol.test");
	assert_str(look_up(&f, "first"), "A alice@local.test; A bob@aol.test");
	assert_false(is_doubtful(&f, "indented"));
	assert_false(is_doubtful(&f, "first"));
	assert_doubt(&f, "comment", "/comment:2 may be a comment or not");
	assert_doubt(&f, "odd", "/odd:1 has something that is no address");
	assert_doubt(&f, "marked", "/marked:1 has a byte order mark");
	assert_doubt(&f, "long", "/long:1 is very long");
	arena_free(f.arena);
}

/* What MTAs do not read alike, or warn about. */
static void test_doubts(void **state)
{
	static const char *const doubts[][2] = {
		{ "twice", ":1 is there twice" },
		{ "quoted", "is not quoted in the usual way" },
		{ "b\xc3\xbc", "whose case" },
		{ "spaced", "without a comma" },
		{ "remark", "has a comment" },
		{ "last", "has a comment" },
		{ "after", "after an address in <>" },
		{ "broken", "goes on after a comment" },
		{ "empty", "goes on after a comment" },
		{ "percent", "may be a route" },
		{ "bang", "may be a route" },
		{ "bytes", "is not UTF-8" },
		{ "quote", "is not quoted in the usual way" },
	};
	static const char *const sure[] = { "joe", "two words", "m\xc3\xbcller", "goes", "names" };
	struct fixture f;

	(void)state;
	open_map(&f, "twice: a@x.example\nTwice: b@x.example\n"
	             "\"quoted\": a@x.example\n"
	             "B\xc3\x9c: a@x.example\n"
	             "spaced: a@x.example b@x.example\n"
	             "remark: (b) a@x.example\n"
	             "last: a@x.example (b)\n"
	             "after: B <a@x.example> c\n"
	             "broken: a@x.example,\n# b\n  c@x.example\n"
	             "empty: a@x.example,\n\n  c@x.example\n"
	             "percent: a%localhost@x.example\n"
	             "bang: localhost!a\n"
	             "bytes: a@x.example, caf\xe9 <b@x.example>\n"
	             "quote: \"a\"@x.example\n"
	             "joe: a@x.example, , \"b c\"@x.example,\n"
	             "\"two words\": a@x.example\n"
	             "m\xc3\xbcller: a@x.example\n"
	             "goes: a@x.example,\n on@x.example\n"
	             "names: \"B\" <a@x.example>, J. <b@x.example>, <c@x.example>\n");
	assert_int_equal(f.problems.errors, 0);
	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		assert_doubt(&f, doubts[i][0], doubts[i][1]);
	for (size_t i = 0; i < sizeof(sure) / sizeof(sure[0]); i++)
		if (is_doubtful(&f, sure[i]))
			assert_doubt(&f, sure[i], "none");
	/* A name that may be that of another case. */
	assert_true(is_doubtful(&f, "\xc3\xa9"));
	assert_false(is_doubtful(&f, "nobody"));
	arena_free(f.arena);
}

static void test_include_loop(void **state)
{
	char text[512];
	struct fixture f;

	(void)state;
	snprintf(text, sizeof(text), ":include:%s\n", scratch_path("loop"));
	scratch_write("loop", text);
	snprintf(text, sizeof(text), "loop: :include:%s\njoe: joe@x.example\n",
	         scratch_path("loop"));
	open_map(&f, text);
	/* Whoever keeps a list must not be able to have the whole table refused. */
	assert_int_equal(f.problems.errors, 0);
	assert_true(str_find(f.problems.items[0].text, STR("too deeply")) > 0);
	assert_true(is_doubtful(&f, "loop"));
	assert_false(is_doubtful(&f, "joe"));
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
		cmocka_unit_test(test_syntax),         cmocka_unit_test(test_include),
		cmocka_unit_test(test_lines_of_lists), cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_include_loop),   cmocka_unit_test(test_bad_lines),
	};

	return cmocka_run_group_tests_name("map_aliases", tests, NULL, scratch_remove);
}
