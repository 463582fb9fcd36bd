/* SPDX-License-Identifier: GPL-3.0-or-later */
/* QR codes in pictures that qrencode made. */
#include "tests/unit/unit.h"

#include <string.h>

#include "message/message.h"
#include "message/qr_code.h"
#include "tests/unit/mail_file.h"

#define LINK "https://login.evil-bank.example.com/verify?u=1"

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

static struct str read_seed(const char *name)
{
	return read_file(
		arena,
		source_path(arena, arena_printf(arena, "tests/fuzz/seeds/qr/%s", name).data));
}

static const struct message *parse(struct str raw, bool wanted)
{
	struct message_limits limits = message_default_limits();

	limits.qr_codes = wanted;
	return message_parse(arena, raw, &limits);
}

static bool has_uri(const struct message *message, const char *raw)
{
	for (size_t i = 0; i < message->uris.len; i++)
		if (str_eq(message->uris.items[i].raw, str_from(raw)))
			return true;
	return false;
}

static void test_links(void **state)
{
	static const char *const names[] = { "link-png", "link-jpg", "link-gif" };

	(void)state;
	if (!qr_codes_available())
		skip();
	for (size_t i = 0; i < 3; i++) {
		const struct message *message = parse(read_seed(names[i]), true);

		assert_int_equal(message->qr_codes.len, 1);
		assert_str(message->qr_codes.items[0], LINK);
		assert_int_equal(message->qr_links, 1);
		assert_true(has_uri(message, LINK));
		message = parse(read_seed(names[i]), false);
		assert_int_equal(message->qr_codes.len, 0);
		assert_false(has_uri(message, LINK));
	}
}

static void test_words(void **state)
{
	const struct message *message;

	(void)state;
	if (!qr_codes_available())
		skip();
	message = parse(read_seed("plain-png"), true);
	assert_int_equal(message->qr_codes.len, 1);
	assert_str(message->qr_codes.items[0], "just some words");
	assert_int_equal(message->qr_links, 0);
}

/* A picture may say that it is huge, end anywhere, or be another than it is called. */
static void test_bad_pictures(void **state)
{
	struct str raw = read_seed("link-gif");
	ptrdiff_t body = str_find(raw, STR("base64")), at;
	char *copy;

	(void)state;
	assert_true(body > 0);
	for (size_t len = (size_t)body; len < raw.len; len += 37)
		parse(str_prefix(raw, len), true);
	raw = read_seed("link-png");
	/* "IHDR" and the width after it are in the first lines of base64. */
	at = str_find(raw, STR("iVBORw0KGgo"));
	assert_true(at > 0);
	copy = arena_alloc(arena, raw.len);
	memcpy(copy, raw.data, raw.len);
	memset(copy + at + 22, '/', 8);
	assert_int_equal(parse((struct str){ copy, raw.len }, true)->qr_codes.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_pictures, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("qr_code", tests, NULL, NULL);
}
