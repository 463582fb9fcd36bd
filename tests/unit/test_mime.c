/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "message/message.h"
#include "tests/unit/mail_file.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new();
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct mime_part *parse(struct str raw)
{
	struct message_limits limits = message_default_limits();
	unsigned hit = 0;
	struct mime_part *root = mime_parse(arena, raw, &limits, &message_reading_default, &hit);

	assert_int_equal(hit, 0);
	return root;
}

static void test_parameters(void **state)
{
	static const struct {
		const char *field;
		const char *name;
		const char *value;
	} cases[] = {
		{ "text/plain; charset=utf-8", "charset", "utf-8" },
		{ "text/plain; CHARSET = \"utf-8\"", "charset", "utf-8" },
		{ "text/plain;charset=utf-8;x=y", "charset", "utf-8" },
		{ "text/plain charset=utf-8 format=flowed", "charset", "utf-8" },
		{ "text/plain; xcharset=a; charset=b", "charset", "b" },
		{ "text/plain", "charset", "" },
		{ "text/plain; charset", "charset", "" },
		{ "text/plain; charset=", "charset", "" },
		{ "m/x; boundary=\"a;b\\\"c\"", "boundary", "a;b\"c" },
		{ "m/x; boundary=\"never closed", "boundary", "never closed" },
		{ "m/x; y=\"boundary=no\"; boundary=yes", "boundary", "yes" },
		{ "m/x; boundary=----=_Next.Part_(1)/'x'", "boundary", "----=_Next.Part_(1)/'x'" },
		{ "a; filename=my file.doc", "filename", "my file.doc" },
		{ "a; filename=my file.doc; size=1", "filename", "my file.doc" },
		{ "a; name*=utf-8''na%C3%AFve", "name", "naïve" },
		{ "a; name*=utf-8'en'100%", "name", "100%" },
		{ "a; name*=na%20ive", "name", "na ive" },
		{ "a; name*0=one; name*1=two", "name", "onetwo" },
		{ "a; name*1=two; name*0=one", "name", "onetwo" },
		{ "a; name*0*=iso-8859-1''%E9; name*1=%E9", "name", "é%E9" },
		{ "a; name*99=x", "name", "x" },
		{ "a; name=\"=?utf-8?Q?=C3=A9?=\"", "name", "é" },
		{ "a; name=first; name=second", "name", "first" },
		{ "\"text/html; name=a.html\"", "name", "a.html" },
		{ "a; filename=f; name=n", "name", "n" },
		{ "a; xname=x; name.x=y; name-x=z; name=n", "name", "n" },
		{ "a; names=x", "name", "" },
		{ "a; x=name; y=\"name=n\"", "name", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str value =
			mime_parameter(arena, str_from(cases[i].field), str_from(cases[i].name));

		if (!str_eq(value, str_from(cases[i].value)))
			fail_msg("%s: \"%.*s\"", cases[i].field, STR_FMT(value));
	}
}

static void test_types(void **state)
{
	static const struct {
		const char *field;
		const char *type;
	} cases[] = {
		{ "", "text/plain" },
		{ ";", "text/plain" },
		{ "TEXT/HTML; charset=x", "text/html" },
		{ "text/html foo", "text/html" },
		{ "text", "text/plain" },
		{ "text/enriched", "text/plain" },
		{ "text/calendar", "text/calendar" },
		{ "image/(comment)png", "image/commentpng" },
		{ "application/x/y", "application/x" },
		/* text is text, whatever follows it */
		{ "text plain", "text/plain" },
		{ "text html; charset=utf-8", "text/plain" },
		{ "text\\html", "text/plain" },
		{ "text=plain", "text/plain" },
		{ "TEXT,plain", "text/plain" },
		{ "text-x", "text/plain" },
		{ "text/", "text/plain" },
		{ "text / html", "text/plain" },
		{ "text/html(c)", "text/plain" },
		{ " \tText/Html ", "text/html" },
		{ "texts/plain", "texts/plain" },
		{ "text_/plain", "text_/plain" },
		{ "\"text/html\"", "text/html" },
		{ "=?utf-8?q?text/html?=", "text/html" },
		{ "application/octet stream", "application/octet" },
		{ "octet stream", "octetstream" },
		{ "()", "" },
		{ "multipart/mixed", "text/plain" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str raw = arena_printf(arena, "Content-Type: %s\n\nx", cases[i].field);

		assert_str(parse(raw)->type, cases[i].type);
	}
}

static void test_tree(void **state)
{
	const struct mime_part *root = parse(read_mail(arena, "nested")), *part = root;
	static const struct {
		const char *type;
		unsigned depth;
	} expected[] = {
		{ "multipart/mixed", 0 }, { "multipart/alternative", 1 },
		{ "text/plain", 2 },      { "multipart/related", 2 },
		{ "text/html", 3 },       { "image/png", 3 },
		{ "text/plain", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_non_null(part);
		assert_str(part->type, expected[i].type);
		assert_int_equal(part->depth, expected[i].depth);
		part = mime_next(part);
	}
	assert_null(part);
	assert_int_equal(root->faults, MIME_FAULT_EPILOGUE);
}

static void test_boundaries(void **state)
{
	static const struct {
		const char *body;
		size_t parts;
		const char *first; /* raw body of the first part */
		unsigned faults;
	} cases[] = {
		{ "--b\n\none\n--b\n\ntwo\n--b--\n", 2, "one", 0 },
		{ "--b\r\n\r\none\r\n--b--\r\n", 1, "one", 0 },
		{ "--b \t\n\none\n--b-- \n", 1, "one", 0 },
		{ "--b\n\none\n\n--b--", 1, "one\n", 0 },
		{ "preamble\n--bb\n--b\n\none\n--bb\n--b--\n", 1, "one\n--bb", 0 },
		{ "--b--\n--b\n\none\n--b--\n", 1, "one", 0 },
		{ "--b\n--b--\n", 1, "", 0 },
		{ "--b\n\none", 1, "one", MIME_FAULT_UNCLOSED },
		{ "--b\n\none\n--b\n", 1, "one", MIME_FAULT_UNCLOSED },
		{ "--b\n\none\n--b--\n .\n", 1, "one", 0 },
		{ "--b\n\none\n--b--\nmore", 1, "one", MIME_FAULT_EPILOGUE },
		{ "no boundary", 1, "no boundary", MIME_FAULT_MISSING_BOUNDARY },
		{ "", 1, "", MIME_FAULT_MISSING_BOUNDARY },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mime_part *root = parse(arena_printf(
			arena, "Content-Type: multipart/mixed; boundary=b\n\n%s", cases[i].body));
		size_t parts = 0;

		for (const struct mime_part *p = root->first_child; p; p = p->next_sibling)
			parts++;
		if (parts != cases[i].parts || root->faults != cases[i].faults)
			fail_msg("case %zu: %zu parts, faults %x", i, parts, root->faults);
		assert_str(root->first_child->raw_body, cases[i].first);
	}
}

/* Only a parameter of that very name is the boundary; one that is empty or broken is none. */
static void test_boundary_parameters(void **state)
{
	static const struct {
		const char *field;
		const char *boundary;
	} cases[] = {
		{ "boundary=b", "b" },
		{ "BOUNDARY=b", "b" },
		{ "boundary = \"b c\"", "b c" },
		{ "boundary=\"b", "b" },
		{ "boundary=b;x=y", "b" },
		{ "xboundary=a; boundary=b", "b" },
		{ "x_boundary=a; boundary=b", "b" },
		{ "1boundary=a; boundary=b", "b" },
		{ "Xboundary=\"a\";\tboundary=\"b\"", "b" },
		{ "boundaryx=a; boundary=b", "b" },
		{ "boundary; boundary=b", "b" },
		{ "boundary=\"\"; boundary=b", "b" },
		{ "boundary=a\"c; boundary=b", "b" },
		{ "boundary=a; boundary=b", "a" },
		{ "xboundary=a", "" },
		{ "myboundary=\"a\"", "" },
		{ "charset=a", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mime_part *root = parse(arena_printf(
			arena, "Content-Type: multipart/mixed; %s\n\nx", cases[i].field));

		if (!str_eq(root->boundary, str_from(cases[i].boundary)))
			fail_msg("%s: \"%.*s\"", cases[i].field, STR_FMT(root->boundary));
		assert_int_equal((root->faults & MIME_FAULT_NO_BOUNDARY) != 0,
		                 cases[i].boundary[0] == '\0');
	}
}

/* The others of their family are text, or nothing that is looked into. */
static void test_message_types(void **state)
{
	static const struct {
		const char *type;
		bool opened;
	} cases[] = {
		{ "message/rfc822", true },
		{ "Message/RFC822; x=y", true },
		{ "message/global", true },
		{ "MESSAGE/Global", true },
		{ "message/rfc822-headers", false },
		{ "message/global-headers", false },
		{ "message/partial", false },
		{ "message/delivery-status", false },
		{ "message/rfc", false },
		{ "text/rfc822", false },
		{ "text/plain", false },
		{ "application/octet-stream", false },
	};
	static const char *const encoded[][2] = {
		{ "8bit", "Subject: inner\n\nHello\n" },
		{ "base64", "U3ViamVjdDogaW5uZXIKCkhlbGxvCg==" },
		{ "quoted-printable", "Subject: inne=\nr\n\nHello\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t j = 0; j < 3; j++) {
			const struct mime_part *inner =
				parse(arena_printf(arena,
			                           "Content-Type: %s\n"
			                           "Content-Transfer-Encoding: %s\n\n%s",
			                           cases[i].type, encoded[j][0], encoded[j][1]))
					->first_child;

			if ((inner != NULL) != cases[i].opened)
				fail_msg("%s is %sopened", cases[i].type, inner ? "" : "not ");
			if (inner == NULL)
				continue;
			assert_true(inner->is_message);
			assert_str(header_first(&inner->headers, STR("Subject"))->decoded, "inner");
			assert_str(str_trim(inner->raw_body), "Hello");
		}
}

static const char *text_of(struct str raw)
{
	struct message_limits limits = message_default_limits();
	const struct message *message = message_parse(arena, raw, &limits);

	return arena_cstr(arena, message->parts.items[0]->first_child != NULL
	                                 ? message->parts.items[1]->text
	                                 : message->parts.items[0]->text);
}

/* Each line has the end that it has, whatever the others have. */
static void test_line_ends(void **state)
{
	static const struct {
		const char *raw;
		const char *text;
	} cases[] = {
		{ "A: b\r\n\r\none\r\ntwo\r\n", "one\ntwo\n" },
		{ "A: b\r\n\r\none\ntwo\r\n", "one\ntwo\n" },
		{ "A: b\r\n\r\none\r\ntwo\n", "one\ntwo\n" },
		{ "A: b\r\n\r\none\r\n\ntwo\r\n", "one\n\ntwo\n" },
		{ "A: b\r\n\r\no\n\nt\r\n", "o\n\nt\n" },
		{ "A: b\r\n\r\none\r\ntwo", "one\ntwo" },
		{ "A: b\r\n\r\none\r\ntwo\r", "one\ntwo\r" },
		{ "A: b\r\n\r\no\rn\r\r\ne\r\n", "o\rn\r\ne\n" },
		{ "A: b\n\none\r\ntwo\n", "one\r\ntwo\n" },
		{ "A: b\r\n\none\ntwo\n", "one\ntwo\n" },
		{ "A: b\n\r\none\ntwo\r\n", "one\ntwo\n" },
		{ "Content-Transfer-Encoding: quoted-printable\r\n\r\non=\ne=\r\n!\nx\r\n",
		  "one!\nx\n" },
		{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\none\r\ntwo\n--b--\r\n",
		  "one\ntwo" },
		{ "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\ntwo\r\n--b--\n",
		  "one\ntwo" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = text_of(str_from(cases[i].raw));

		if (strcmp(text, cases[i].text) != 0)
			fail_msg("case %zu: \"%s\"", i, text);
	}
	assert_str(parse(STR("A: b\n\nx"))->raw_headers, "A: b\n");
	assert_str(parse(STR("A: b\r\n\r\nx"))->raw_headers, "A: b\r\n");
	assert_str(parse(STR("A: b\r\n\nx"))->raw_headers, "A: b\r\n");
	assert_str(parse(STR("A: b\n\r\nx"))->raw_headers, "A: b\n");
}

/* A nested multipart that names no boundary of its own is searched for its parent's. */
static void test_inherited_boundary(void **state)
{
	struct mime_part *root = parse(STR("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	                                   "Content-Type: multipart/related\n\ntext\n--b--\n"));

	(void)state;
	assert_str(root->first_child->boundary, "b");
	assert_str(root->first_child->first_child->raw_body, "text");
	assert_str(root->first_child->first_child->type, "text/plain");
}

static void test_inner_message(void **state)
{
	const struct mime_part *part = parse(read_mail(arena, "rfc822-base64"))->first_child;

	(void)state;
	assert_true(part->is_message);
	assert_str(header_first(&part->headers, STR("subject"))->decoded, "The inner message");
	assert_str(part->type, "multipart/alternative");
	assert_str(part->first_child->next_sibling->type, "text/html");
}

static void test_limits(void **state)
{
	struct message_limits limits = message_default_limits();
	const struct mime_part *part;
	unsigned hit = 0, depth = 0;

	(void)state;
	part = mime_parse(arena, read_mail(arena, "deep"), &limits, &message_reading_default, &hit);
	assert_int_equal(hit, MESSAGE_LIMIT_DEPTH);
	for (; part != NULL; part = mime_next(part))
		depth = part->depth;
	assert_int_equal(depth, limits.max_depth);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_boundary_parameters),
		cmocka_unit_test(test_message_types),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_inherited_boundary),
		cmocka_unit_test(test_inner_message),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
