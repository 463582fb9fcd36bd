/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "milter/mail_buffer.h"
#include "tests/unit/unit.h"

static const struct str received = STR_INIT("Received: by us\n");

static void test_message(void **state)
{
	struct mail_buffer mail;

	(void)state;
	mail_buffer_init(&mail, 1000);
	mail_buffer_header(&mail, "From", " a@example.com", true);
	mail_buffer_header(&mail, "Subject", " one\n two", true);
	mail_buffer_header(&mail, "X-Empty", "", true);
	mail_buffer_body(&mail, "Hello\r\nthere\r\n", 14);
	assert_str(mail_buffer_finish(&mail, received),
	           "Received: by us\nFrom: a@example.com\nSubject: one\n two\nX-Empty:\n\n"
	           "Hello\nthere\n");
	assert_int_equal(mail.size, 21 + 19 + 10 + 2 + 14);
	assert_false(mail.truncated);
	mail_buffer_deinit(&mail);
	assert_null(mail.data);
}

static void test_without_leading_space(void **state)
{
	struct mail_buffer mail;

	(void)state;
	mail_buffer_init(&mail, 1000);
	mail_buffer_header(&mail, "From", "a@example.com", false);
	assert_str(mail_buffer_finish(&mail, received), "Received: by us\nFrom: a@example.com\n\n");
	mail_buffer_deinit(&mail);
}

static void test_nothing_at_all(void **state)
{
	struct mail_buffer mail;

	(void)state;
	mail_buffer_init(&mail, 1000);
	assert_str(mail_buffer_finish(&mail, received), "Received: by us\n\n");
	mail_buffer_deinit(&mail);
}

/* Wherever the chunks are cut, the text is the same. */
static void test_every_cut(void **state)
{
	static const char body[] = "a\r\n\r\nb\rc\n\r\r\nd\r";
	static const char expected[] = "Received: by us\nA: b\n\na\n\nb\rc\n\r\nd\r";
	size_t len = strlen(body);

	(void)state;
	for (size_t first = 0; first <= len; first++) {
		for (size_t second = first; second <= len; second++) {
			struct mail_buffer mail;

			mail_buffer_init(&mail, 1000);
			mail_buffer_header(&mail, "A", "b", false);
			mail_buffer_body(&mail, body, first);
			mail_buffer_body(&mail, body + first, second - first);
			mail_buffer_body(&mail, body + second, len - second);
			assert_str(mail_buffer_finish(&mail, received), expected);
			mail_buffer_deinit(&mail);
		}
	}
}

static void test_nul_stays(void **state)
{
	struct mail_buffer mail;
	struct str text;

	(void)state;
	mail_buffer_init(&mail, 1000);
	mail_buffer_body(&mail, "a\0b", 3);
	text = mail_buffer_finish(&mail, received);
	assert_memory_equal(text.data + text.len - 3, "a\0b", 3);
	mail_buffer_deinit(&mail);
}

/* For every limit: never a byte more, all of the message's front, and truncated exactly if needed.
 */
static void test_every_limit(void **state)
{
	static const char whole[] = "A: b\n\nHello there\n";

	(void)state;
	for (size_t limit = 0; limit < 30; limit++) {
		struct mail_buffer mail;
		struct str text;
		size_t kept = limit < strlen(whole) ? limit : strlen(whole);

		mail_buffer_init(&mail, limit);
		mail_buffer_header(&mail, "A", "b", false);
		mail_buffer_body(&mail, "Hello", 5);
		mail_buffer_body(&mail, " there\r\n", 8);
		text = mail_buffer_finish(&mail, received);
		assert_int_equal(text.len, received.len + kept);
		assert_memory_equal(text.data + received.len, whole, kept);
		assert_int_equal(mail.truncated, limit < strlen(whole));
		assert_int_equal(mail.size, 6 + 2 + 5 + 8);
		mail_buffer_deinit(&mail);
	}
}

static void test_large(void **state)
{
	struct mail_buffer mail;
	char chunk[65535];
	struct str text;

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	mail_buffer_init(&mail, 10 * 1024 * 1024);
	for (int i = 0; i < 100; i++)
		mail_buffer_body(&mail, chunk, sizeof(chunk));
	text = mail_buffer_finish(&mail, received);
	assert_int_equal(text.len, received.len + 1 + 100 * sizeof(chunk));
	assert_int_equal(text.data[text.len - 1], 'x');
	mail_buffer_deinit(&mail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message),        cmocka_unit_test(test_without_leading_space),
		cmocka_unit_test(test_nothing_at_all), cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_nul_stays),      cmocka_unit_test(test_every_limit),
		cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
