/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each mail of tests/mail is read and written down as text, which must equal the file of its name
 * in tests/mail/expected; with UPDATE_EXPECTED set, those are written instead: look at the changes
 * before they are committed. Each is read at every prefix length, too.
 */
#include "base/utf8.h"
#include "tests/unit/unit.h"

#include <glob.h>
#include <string.h>

#include "message/charset.h"
#include "message/message.h"
#include "tests/unit/mail_file.h"

static void add_escaped(struct strbuf *out, struct str text)
{
	bool utf8 = utf8_is_valid(text);

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == '\n')
			strbuf_add(out, STR("\\n"));
		else if (c == '\\')
			strbuf_add(out, STR("\\\\"));
		else if (c < ' ' || c == 0x7f || (c >= 0x80 && !utf8))
			strbuf_printf(out, "\\x%02x", c);
		else
			strbuf_add_char(out, (char)c);
	}
	strbuf_add_char(out, '\n');
}

static void add_list(struct strbuf *out, const char *name, const struct str_list *list)
{
	for (size_t i = 0; i < list->len; i++) {
		strbuf_printf(out, "%s: ", name);
		add_escaped(out, list->items[i]);
	}
}

static void add_headers(struct strbuf *out, const struct header_list *headers)
{
	for (size_t i = 0; i < headers->len; i++) {
		strbuf_printf(out, "header: %.*s: ", STR_FMT(headers->items[i].name));
		add_escaped(out, headers->items[i].decoded);
	}
}

static void add_faults(struct strbuf *out, unsigned faults)
{
	static const char *const names[] = {
		"no-boundary", "missing-boundary", "unclosed",   "bad-base64", "bad-qp",
		"bad-charset", "no-separator",     "no-headers", "epilogue",   "cut",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (faults & 1u << i)
			strbuf_printf(out, " %s", names[i]);
	}
	strbuf_add_char(out, '\n');
}

static void add_part(struct strbuf *out, const struct mime_part *part)
{
	static const char *const encodings[] = { "identity", "qp", "base64", "uu", "unknown" };

	strbuf_printf(out, "part: depth=%u type=%.*s charset=%.*s encoding=%s", part->depth,
	              STR_FMT(part->type), STR_FMT(part->charset), encodings[part->encoding]);
	if (part->is_attachment)
		strbuf_add(out, STR(" attachment"));
	add_faults(out, part->faults);
	if (part->name.len > 0) {
		strbuf_add(out, STR("name: "));
		add_escaped(out, part->name);
	}
	if (part->depth > 0)
		add_headers(out, &part->headers);
	if (part->first_child == NULL) {
		strbuf_add(out, STR("decoded: "));
		add_escaped(out, part->decoded);
	}
}

static struct str write_down(struct arena *arena, const struct message *message)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (unsigned i = 0; i < MESSAGE_LIMIT_COUNT; i++) {
		if (message->limits & 1u << i)
			strbuf_printf(&out, "limit: %s\n", message_limit_name(1u << i));
	}
	add_headers(&out, &message->headers);
	for (size_t i = 0; i < message->parts.len; i++)
		add_part(&out, message->parts.items[i]);
	add_list(&out, "body", &message->body);
	add_list(&out, "rawbody", &message->rawbody);
	return strbuf_str(&out);
}

static const struct message *parse(struct arena *arena, struct str raw)
{
	struct message_limits limits = message_default_limits();

	return message_parse(arena, raw, &limits);
}

/* tests/mail/NAME.eml → tests/mail/expected/NAME.txt */
static const char *expected_path(struct arena *arena, const char *mail)
{
	const char *slash = strrchr(mail, '/');

	return arena_printf(arena, "%.*s/expected/%.*s.txt", (int)(slash - mail), mail,
	                    (int)(strlen(slash) - 5), slash + 1)
	        .data;
}

static void update(const char *path, struct str text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static void compare(const char *path, struct str actual, struct str expected)
{
	struct str a, e;

	while (str_next_line(&expected, &e)) {
		if (!str_next_line(&actual, &a))
			fail_msg("%s: missing: %.*s", path, STR_FMT(e));
		if (!str_eq(a, e))
			fail_msg("%s:\nis:        %.*s\nshould be: %.*s", path, STR_FMT(a),
			         STR_FMT(e));
	}
	if (str_next_line(&actual, &a))
		fail_msg("%s: too much: %.*s", path, STR_FMT(a));
}

static void test_views(void **state)
{
	struct arena *names = arena_new();
	glob_t mails;

	(void)state;
	assert_int_equal(glob(source_path(names, "tests/mail/*.eml"), 0, NULL, &mails), 0);
	assert_true(mails.gl_pathc >= 40);
	for (size_t i = 0; i < mails.gl_pathc; i++) {
		struct arena *arena = arena_new();
		const char *path = expected_path(arena, mails.gl_pathv[i]);
		struct str raw = read_file(arena, mails.gl_pathv[i]);
		struct str text = write_down(arena, parse(arena, raw));

		if (getenv("UPDATE_EXPECTED") != NULL)
			update(path, text);
		else
			compare(path, text, read_file(arena, path));
		arena_free(arena);
	}
	globfree(&mails);
	arena_free(names);
}

/* A copy of the exact length, so that reads after it are seen. */
static void parse_prefix(struct str raw, size_t len)
{
	struct arena *arena = arena_new();
	char *copy = malloc(len > 0 ? len : 1);
	const struct message *message;

	assert_non_null(copy);
	memcpy(copy, raw.data, len);
	message = parse(arena, (struct str){ copy, len });
	assert_true(message->raw.len <= len);
	assert_true(message->raw_headers.len + message->raw_body.len <= message->raw.len);
	assert_true(message->parts.len > 0 && message->parts.items[0] == message->root);
	assert_true(message->body.len > 0);
	free(copy);
	arena_free(arena);
}

static void test_prefixes(void **state)
{
	struct arena *names = arena_new();
	glob_t mails;

	(void)state;
	assert_int_equal(glob(source_path(names, "tests/mail/*.eml"), 0, NULL, &mails), 0);
	for (size_t i = 0; i < mails.gl_pathc; i++) {
		struct str raw = read_file(names, mails.gl_pathv[i]);

		for (size_t len = 0; len <= raw.len; len += len < 4096 ? 1 : 61)
			parse_prefix(raw, len);
	}
	globfree(&mails);
	arena_free(names);
}

/* What a cap cuts off is said. */
static void test_limits(void **state)
{
	struct arena *arena = arena_new();
	struct str nested = read_mail(arena, "nested");
	struct message_limits limits = message_default_limits();
	const struct message *message;

	(void)state;
	limits.max_bytes = 100;
	message = message_parse(arena, nested, &limits);
	assert_int_equal(message->limits, MESSAGE_LIMIT_BYTES);
	assert_int_equal(message->raw.len, 100);

	limits = message_default_limits();
	limits.header.max_fields = 3;
	message = message_parse(arena, nested, &limits);
	assert_int_equal(message->limits, MESSAGE_LIMIT_HEADERS);
	assert_int_equal(message->headers.len, 3);

	limits = message_default_limits();
	limits.header.max_field_bytes = 40;
	assert_int_equal(message_parse(arena, nested, &limits)->limits, MESSAGE_LIMIT_HEADER_BYTES);

	limits = message_default_limits();
	limits.max_parts = 3;
	message = message_parse(arena, nested, &limits);
	assert_int_equal(message->limits, MESSAGE_LIMIT_PARTS);
	assert_int_equal(message->parts.len, 3);

	limits = message_default_limits();
	limits.max_depth = 1;
	assert_int_equal(message_parse(arena, nested, &limits)->limits, MESSAGE_LIMIT_DEPTH);

	limits = message_default_limits();
	limits.max_text_bytes = 10;
	message = message_parse(arena, nested, &limits);
	assert_int_equal(message->limits, MESSAGE_LIMIT_TEXT);
	assert_str(message->rawbody.items[0], "The innerm");

	/* cut text is cut after a character: half of one would be another charset */
	limits.max_text_bytes = 5;
	message = message_parse(arena,
	                        STR("Content-Type: text/plain; charset=utf-8\n\n"
	                            "a\xe4\xb8\xad\xe6\x96\x87\n"),
	                        &limits);
	assert_str(message->rawbody.items[0], "a\xe4\xb8\xad");
	assert_str(message->body.items[1], "a\xe4\xb8\xad");

	limits = message_default_limits();
	limits.max_uris = 0;
	assert_int_equal(message_parse(arena, read_mail(arena, "plain"), &limits)->limits,
	                 MESSAGE_LIMIT_URIS);
	arena_free(arena);
}

static void test_uris(void **state)
{
	struct arena *arena = arena_new();
	const struct message *message = parse(arena, read_mail(arena, "alternative"));

	(void)state;
	assert_int_equal(message->uris.len, 1);
	assert_str(message->uris.items[0].raw, "https://www.example.com/more?x=1");
	assert_true(message->uris.items[0].sources & URI_IN_LINK);
	assert_non_null(message->html);
	assert_null(parse(arena, read_mail(arena, "plain"))->html);
	arena_free(arena);
}

/* Mail made to cost time or memory: seconds would be too long by far, so the test has no clock. */
static void parse_repeated(const char *head, const char *unit, size_t count, const char *tail)
{
	struct arena *arena = arena_new();
	struct strbuf raw;

	strbuf_init(&raw, arena);
	strbuf_add(&raw, str_from(head));
	for (size_t i = 0; i < count; i++)
		strbuf_add(&raw, str_from(unit));
	strbuf_add(&raw, str_from(tail));
	parse(arena, strbuf_str(&raw));
	arena_free(arena);
}

static void test_hostile(void **state)
{
	static const char multipart[] = "Content-Type: multipart/mixed; boundary=b\n\n";

	(void)state;
	parse_repeated("", "X-Many: header\n", 100000, "\n");
	parse_repeated("Subject: ", "=?utf-8?Q?", 100000, "\n\n");
	parse_repeated("Subject: ", "=?utf-8?Q?=C3?= ", 60000, "\n\n");
	parse_repeated("To: ", "(\"<", 100000, "\n\n");
	parse_repeated("Content-Type: text/plain; ", "name*0*=x; ", 100000, "\n\n");
	parse_repeated("Received: from ", "([", 100000, " by x\n\n");
	parse_repeated("Subject: x\n\n", "x", 3000000, "");
	parse_repeated("Subject: x\n\n", "\n", 3000000, "");
	parse_repeated("Subject: x\n\n", " \n ", 1000000, "");
	parse_repeated(multipart, "--b\n", 500000, "");
	parse_repeated(multipart, "--b\n\n--b--\n", 300000, "");
	parse_repeated(multipart, "\n--", 1000000, "");
	parse_repeated("", "Content-Type: message/rfc822\n\n", 50000, "");
	parse_repeated("Content-Transfer-Encoding: base64\n\n", "Q=", 1000000, "");
	parse_repeated("Content-Transfer-Encoding: quoted-printable\n\n", "==\n", 1000000, "");
	parse_repeated("Content-Transfer-Encoding: quoted-printable\n\n", "= \t", 1000000, "");
	parse_repeated("Content-Type: text/html\n\n", "<a href=", 300000, "");
}

static void test_limit_names(void **state)
{
	(void)state;
	assert_string_equal(message_limit_name(MESSAGE_LIMIT_BYTES), "message-size");
	for (unsigned i = 0; i < MESSAGE_LIMIT_COUNT; i++)
		assert_string_not_equal(message_limit_name(1u << i), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_views),   cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_limits),  cmocka_unit_test(test_uris),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_limit_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
