/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include "forward/address.h"
#include "forward/forward_map.h"
#include "tests/unit/scratch.h"

struct fixture {
	struct arena *arena;
	struct problems problems;
	struct file_list files;
	struct map_load load;
	struct forward_map map;
	bool opened;
};

static void open_map(struct fixture *f, const char *text)
{
	memset(f, 0, sizeof(*f));
	f->arena = arena_new();
	problems_init(&f->problems, f->arena);
	f->load = (struct map_load){ f->arena, &f->problems, &f->files,
		                     map_new(f->arena, MAP_EXACT), map_new(f->arena, MAP_EXACT) };
	f->opened = forward_map_open(
		&f->load, arena_printf(f->arena, "texthash:%s", scratch_write("virtual", text)),
		&f->map);
}

/* What a key gives, as one text: "a, b"; "" where it is not there. */
static struct str look_up(struct fixture *f, const char *key)
{
	struct target_list targets;
	struct str text = STR("");

	if (forward_map_lookup(f->arena, &f->map, str_from(key), &targets) != LOOKUP_FOUND)
		return text;
	for (size_t i = 0; i < targets.len; i++)
		text = arena_printf(f->arena, "%.*s%s%.*s", STR_FMT(text), i > 0 ? ", " : "",
		                    STR_FMT(targets.items[i].text));
	return text;
}

static void test_syntax(void **state)
{
	struct target_list targets;
	struct fixture f;

	(void)state;
	open_map(&f, "# comment\n"
	             "  # an indented comment\n"
	             "\n"
	             "example.com\tanything goes: here\n"
	             "Joe@Example.COM  joe@aol.example\n"
	             "many@example.com a@x.example,b@x.example ,\n"
	             "   # between\n"
	             "\n"
	             "\tc@x.example\n"
	             "   d@x.example\n"
	             "\"quoted user\"@example.com q@x.example\n"
	             "\"a\\\"b\"@example.com q2@x.example\n"
	             "@catch.example @other.example\n"
	             "crlf@example.com dos@x.example\r\n"
	             "first.last joed\n"
	             "gone@example.com error:5.1.1:550 User x, moved; to (nowhere)\n"
	             "name@example.com \"Joe, Doe\" <doe@x.example> (a comment), e@x.example\n"
	             "last@example.com \"x y\"@x.example");
	assert_int_equal(f.problems.len, 0);
	assert_true(f.opened);
	assert_str(look_up(&f, "joe@example.com"), "joe@aol.example");
	assert_str(look_up(&f, "many@example.com"),
	           "a@x.example, b@x.example, c@x.example, d@x.example");
	assert_str(look_up(&f, "quoted user@example.com"), "q@x.example");
	assert_str(look_up(&f, "a\"b@example.com"), "q2@x.example");
	assert_str(look_up(&f, "@catch.example"), "@other.example");
	assert_str(look_up(&f, "crlf@example.com"), "dos@x.example");
	assert_str(look_up(&f, "first.last"), "joed");
	assert_str(look_up(&f, "gone@example.com"), "error:5.1.1:550 User x, moved; to (nowhere)");
	forward_map_lookup(f.arena, &f.map, STR("gone@example.com"), &targets);
	assert_int_equal(targets.items[0].kind, TARGET_MAILBOX);
	assert_str(look_up(&f, "name@example.com"), "doe@x.example, e@x.example");
	assert_str(look_up(&f, "last@example.com"), "\"x y\"@x.example");
	assert_str(look_up(&f, "example.com"), "");
	assert_str(look_up(&f, "nobody@example.com"), "");
	assert_non_null(map_get(f.load.virtual_domains, STR("example.com")));
	assert_null(map_get(f.load.virtual_domains, STR("catch.example")));
	assert_non_null(map_get(f.load.key_domains, STR("catch.example")));
	arena_free(f.arena);
}

static const char *doubt(struct fixture *f, const char *key)
{
	struct target_list targets;

	forward_map_lookup(f->arena, &f->map, str_from(key), &targets);
	return targets.doubt;
}

static void assert_doubt(struct fixture *f, const char *key, const char *text)
{
	if (doubt(f, key) == NULL || strstr(doubt(f, key), text) == NULL)
		fail_msg("%s: the doubt is \"%s\"", key, doubt(f, key));
}

/* What Postfix warns about, or what has no effect there. */
static void test_doubts(void **state)
{
	struct fixture f;

	(void)state;
	open_map(&f, "\xef\xbb\xbf"
	             "marked@example.com m@x.example\n"
	             "\"joe\"@example.com joe@x.example\n"
	             "j\\q@example.com q@x.example\n"
	             "dot@example.com. d@x.example\n"
	             "d@example.com d1@x.example\n"
	             "D@Example.com d2@x.example\n"
	             "M\xc3\x9cLLER@example.com mu@x.example\n"
	             "u@b\xc3\xbc"
	             "cher.example u@x.example\n"
	             "latin@example.com caf\xe9 <l@x.example>\n"
	             "\"a b\"@example.com ab@x.example\n"
	             "goes@example.com a@x.example,\n# a comment\n b@x.example\n"
	             "spaced@example.com a@x.example b@x.example\n");
	assert_int_equal(f.problems.errors, 0);
	assert_int_equal(f.problems.len, 2);
	assert_true(str_find(f.problems.items[0].text, STR("byte order mark")) > 0);
	assert_doubt(&f, "marked@example.com", ":1 has a byte order mark");
	assert_doubt(&f, "joe@example.com", ":2 is not quoted in the usual way");
	assert_str(look_up(&f, "jq@example.com"), "q@x.example");
	assert_doubt(&f, "jq@example.com", "not quoted");
	assert_doubt(&f, "dot@example.com", "final dot");
	assert_str(look_up(&f, "d@example.com"), "d1@x.example");
	assert_doubt(&f, "d@example.com", ":5 is there twice");
	assert_str(look_up(&f, "m\xc3\xbcller@example.com"), "mu@x.example");
	assert_doubt(&f, "m\xc3\xbcller@example.com", "case");
	assert_doubt(&f, "u@xn--bcher-kva.example", "A-labels");
	assert_doubt(&f, "latin@example.com", "UTF-8");
	assert_null(doubt(&f, "a b@example.com"));
	assert_null(doubt(&f, "goes@example.com"));
	assert_str(look_up(&f, "goes@example.com"), "a@x.example, b@x.example");
	assert_null(doubt(&f, "spaced@example.com"));
	assert_str(look_up(&f, "spaced@example.com"), "a@x.example, b@x.example");
	/* The odd key above may be meant. */
	assert_non_null(doubt(&f, "\xc3\xa9@example.com"));
	assert_null(doubt(&f, "nobody@example.com"));
	arena_free(f.arena);
}

static void test_positions(void **state)
{
	struct target_list targets;
	struct fixture f;

	(void)state;
	open_map(&f, "\n# c\na@x.example  b@y.example, c@y.example\nd@x.example\n e@y.example\n");
	assert_int_equal(forward_map_lookup(f.arena, &f.map, STR("a@x.example"), &targets),
	                 LOOKUP_FOUND);
	assert_int_equal(targets.items[1].at.line, 3);
	assert_int_equal(targets.items[1].at.column, 27);
	assert_int_equal(forward_map_lookup(f.arena, &f.map, STR("d@x.example"), &targets),
	                 LOOKUP_FOUND);
	assert_int_equal(targets.items[0].at.line, 4);
	assert_int_equal(targets.items[0].at.column, 0);
	arena_free(f.arena);
}

static void assert_problem(struct fixture *f, size_t i, const char *position, const char *what)
{
	assert_true(i < f->problems.len);
	if (str_find(f->problems.items[i].text, str_from(position)) < 0 ||
	    str_find(f->problems.items[i].text, str_from(what)) < 0)
		fail_msg("problem %zu is \"%.*s\"", i, STR_FMT(f->problems.items[i].text));
}

/* All of them at once, and each a sentence with a place. */
static void test_bad_lines(void **state)
{
	struct fixture f;

	(void)state;
	open_map(&f, " orphan@example.com x@y.example\n"
	             "novalue@example.com\n"
	             "alias: x@y.example\n"
	             "two@at@example.com x@y.example\n"
	             "a@example.com x@@y.example\n"
	             "b@example.com x@y..example, ok@y.example, <>\n"
	             "c@example.com |command\n"
	             "d@example.com ok@y.example\n"
	             "D@example.com again@y.example\n"
	             "e@example.com :include:/etc/passwd\n"
	             "f@exa$mple.com ok@y.example\n"
	             "\"g@example.com ok@y.example\n");
	assert_int_equal(f.problems.len, 12);
	assert_int_equal(f.problems.errors, 11);
	assert_problem(&f, 0, "/virtual:1:1: ", "white space");
	assert_problem(&f, 1, "/virtual:2:1: ", "no value");
	assert_problem(&f, 2, "/virtual:3:1: ", "aliases:");
	assert_problem(&f, 3, "/virtual:4:1: ", "more than one");
	assert_problem(&f, 4, "/virtual:5:15: ", "more than one");
	assert_problem(&f, 5, "/virtual:6:15: ", "domain");
	assert_problem(&f, 6, "/virtual:6:44: ", "is empty");
	assert_problem(&f, 7, "/virtual:7:15: ", "aliases: map");
	assert_problem(&f, 8, "/virtual:9:1: ", "line 8 already");
	assert_problem(&f, 9, "/virtual:10:15: ", "aliases: map");
	assert_problem(&f, 10, "/virtual:11:1: ", "domain");
	assert_problem(&f, 11, "/virtual:12:1: ", "no value");
	arena_free(f.arena);
}

static void test_missing_file(void **state)
{
	struct fixture f;
	struct forward_map map;

	(void)state;
	open_map(&f, "a@x.example b@y.example\n");
	assert_false(forward_map_open(&f.load, STR("texthash:/nonexistent/virtual"), &map));
	assert_problem(&f, 0, "/nonexistent/virtual: ", "cannot be opened");
	assert_false(forward_map_open(&f.load, STR("hash:/etc/postfix/virtual"), &map));
	assert_problem(&f, 1, "hash:/etc/postfix/virtual", "texthash:PATH");
	assert_false(forward_map_open(&f.load, STR("texhash:/etc/postfix/virtual"), &map));
	assert_problem(&f, 2, "", "did you mean \"texthash:\"");
	assert_false(forward_map_open(&f.load, STR("/etc/postfix/virtual"), &map));
	assert_problem(&f, 3, "", "has no type");
	assert_false(forward_map_open(&f.load, STR("texthash:/"), &map));
	assert_problem(&f, 4, "/: ", "not a regular file");
	arena_free(f.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_syntax),       cmocka_unit_test(test_doubts),
		cmocka_unit_test(test_positions),    cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_missing_file),
	};

	return cmocka_run_group_tests_name("map_texthash", tests, NULL, scratch_remove);
}
