/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "tests/unit/scratch.h"
#include "web/base64url.h"
#include "web/signed_link.h"

#define NOW 1800000000

static struct arena *arena;
static struct link_key key = { "one key of this site" }, other = { "another one" };

static struct str write_link(struct str account, struct str message)
{
	struct signed_link content = { .purpose = LINK_VIEW,
		                       .account = account,
		                       .message = message,
		                       .expires = NOW + 60,
		                       .epoch = 7 };
	struct str text;

	assert_true(signed_link_write(arena, &key, &content, &text));
	return text;
}

static enum link_state read_link(struct str text, struct signed_link *content)
{
	return signed_link_read(arena, &key, LINK_VIEW, text, NOW, content);
}

static struct str repeat(char c, size_t len)
{
	char *text = arena_alloc(arena, len);

	memset(text, c, len);
	return (struct str){ text, len };
}

static void test_round_trip(void **state)
{
	const struct str accounts[] = { STR_INIT("a"), STR_INIT("example.com"),
		                        STR_INIT("joe@example.com"),
		                        STR_INIT("\303\251@\"odd name\".example") };
	struct signed_link content;

	(void)state;
	for (size_t i = 0; i < sizeof(accounts) / sizeof(*accounts); i++) {
		struct str text = write_link(accounts[i], STR("20261130-1"));

		for (size_t k = 0; k < text.len; k++)
			assert_non_null(
				strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			               "0123456789-_",
			               text.data[k]));
		assert_int_equal(read_link(text, &content), LINK_VALID);
		assert_true(str_eq(content.account, accounts[i]));
		assert_str(content.message, "20261130-1");
		assert_int_equal(content.expires, NOW + 60);
		assert_int_equal(content.epoch, 7);
	}
	assert_int_equal(read_link(write_link(STR("example.com"), STR("")), &content), LINK_VALID);
	assert_str(content.message, "");
}

static void test_sizes(void **state)
{
	struct signed_link content = { .purpose = LINK_VIEW, .expires = NOW + 1 };
	struct str text;

	(void)state;
	text = write_link(repeat('a', LINK_ACCOUNT_MAX), repeat('m', LINK_MESSAGE_MAX));
	assert_in_range(text.len, 1, LINK_TEXT_MAX);
	assert_int_equal(read_link(text, &content), LINK_VALID);
	assert_int_equal(content.account.len, LINK_ACCOUNT_MAX);
	assert_int_equal(content.message.len, LINK_MESSAGE_MAX);
	content.account = STR("");
	assert_false(signed_link_write(arena, &key, &content, &text));
	content.account = repeat('a', LINK_ACCOUNT_MAX + 1);
	assert_false(signed_link_write(arena, &key, &content, &text));
	content.account = STR("a");
	content.message = repeat('m', LINK_MESSAGE_MAX + 1);
	assert_false(signed_link_write(arena, &key, &content, &text));
}

/* No other character anywhere, none more and none less. */
static void test_changed(void **state)
{
	struct str text = write_link(STR("example.com"), STR("id"));
	struct signed_link content;

	(void)state;
	for (size_t i = 0; i < text.len; i++) {
		char *changed = arena_cstr(arena, text);

		for (const char *c = "AQgw-_ =%\n"; *c != '\0'; c++) {
			changed[i] = *c;
			if (*c != text.data[i])
				assert_int_equal(read_link(str_from(changed), &content),
				                 LINK_FORGED);
		}
	}
	for (size_t len = 0; len < text.len; len++)
		assert_int_equal(read_link(str_prefix(text, len), &content), LINK_FORGED);
	assert_int_equal(read_link(arena_printf(arena, "%.*sA", STR_FMT(text)), &content),
	                 LINK_FORGED);
	assert_int_equal(read_link(repeat('A', 100000), &content), LINK_FORGED);
}

/* The border between account and message can't be moved. */
static void test_border(void **state)
{
	struct signed_link content;
	struct str bytes, text = write_link(STR("ab"), STR("c"));
	char *moved;

	(void)state;
	assert_true(base64url_decode(arena, text, &bytes));
	moved = arena_cstr(arena, bytes);
	moved[15] = 1;
	text = base64url_encode(arena, (struct str){ moved, bytes.len });
	assert_int_equal(read_link(text, &content), LINK_FORGED);
}

static void test_purpose_key_time(void **state)
{
	struct str text = write_link(STR("example.com"), STR("id"));
	struct signed_link content;

	(void)state;
	for (int purpose = 0; purpose < 256; purpose++)
		if (purpose != LINK_VIEW)
			assert_int_equal(signed_link_read(arena, &key, (enum link_purpose)purpose,
			                                  text, NOW, &content),
			                 LINK_FORGED);
	assert_int_equal(signed_link_read(arena, &other, LINK_VIEW, text, NOW, &content),
	                 LINK_FORGED);
	assert_int_equal(signed_link_read(arena, &key, LINK_VIEW, text, NOW + 59, &content),
	                 LINK_VALID);
	assert_int_equal(signed_link_read(arena, &key, LINK_VIEW, text, NOW + 60, &content),
	                 LINK_EXPIRED);
	assert_str(content.account, "example.com");
}

static void test_base64url(void **state)
{
	const char *const pairs[][2] = { { "", "" },           { "f", "Zg" },
		                         { "fo", "Zm8" },      { "foo", "Zm9v" },
		                         { "foob", "Zm9vYg" }, { "\377\377\376", "___-" } };
	struct str bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		assert_str(base64url_encode(arena, str_from(pairs[i][0])), pairs[i][1]);
		assert_true(base64url_decode(arena, str_from(pairs[i][1]), &bytes));
		assert_str(bytes, pairs[i][0]);
	}
	assert_false(base64url_decode(arena, STR("Z"), &bytes));
	assert_false(base64url_decode(arena, STR("Zh"), &bytes));
	assert_false(base64url_decode(arena, STR("Zg=="), &bytes));
	assert_false(base64url_decode(arena, STR("Zm9+"), &bytes));
}

static bool key_of(const char *text, mode_t mode, struct link_key *key_r)
{
	const char *path = scratch_write("key", text);
	struct error error;

	assert_int_equal(chmod(path, mode), 0);
	return link_key_read(path, key_r, &error);
}

static void test_key_file(void **state)
{
	struct link_key one, same, another;
	struct error error;

	(void)state;
	assert_true(key_of("0123456789abcdef\n", 0600, &one));
	assert_true(key_of("0123456789abcdef\n", 0600, &same));
	assert_true(key_of("0123456789abcdeg\n", 0600, &another));
	assert_memory_equal(one.bytes, same.bytes, sizeof(one.bytes));
	assert_memory_not_equal(one.bytes, another.bytes, sizeof(one.bytes));
	assert_false(key_of("0123456789abcde", 0600, &one));
	assert_false(key_of("0123456789abcdef\n", 0644, &one));
	assert_false(key_of("0123456789abcdef\n", 0666, &one));
	assert_false(key_of(repeat('x', 5000).data, 0600, &one));
	assert_false(link_key_read(scratch_path("none"), &one, &error));
	assert_non_null(strstr(error.text, "assay key new"));
	assert_false(link_key_read(scratch_path(""), &one, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),       cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_changed),          cmocka_unit_test(test_border),
		cmocka_unit_test(test_purpose_key_time), cmocka_unit_test(test_base64url),
		cmocka_unit_test(test_key_file),
	};
	int status;

	arena = arena_new();
	status = cmocka_run_group_tests(tests, NULL, scratch_remove);
	arena_free(arena);
	return status;
}
