/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "message/attached.h"

#include "base/strbuf.h"
#include "tests/unit/unit.h"

#define WRAPPER(type)                                                                              \
	"From: joe@example.org\nTo: spam@example.org\nSubject: Fwd: look at this\n"                \
	"MIME-Version: 1.0\nContent-Type: " type "\n\n"

static void check(const char *wrapper, const char *const *expected, size_t count)
{
	struct arena *arena = arena_new();
	struct str_list messages = { 0 };

	assert_true(attached_messages(arena, str_from(wrapper), &messages));
	assert_int_equal(messages.len, count);
	for (size_t i = 0; i < count; i++)
		assert_str(messages.items[i], expected[i]);
	arena_free(arena);
}

static void test_one_or_several(void **state)
{
	static const char *const both[] = { "Subject: one\n\nfirst\n", "Subject: two\n\nsecond\n" };

	(void)state;
	check(WRAPPER("multipart/mixed; boundary=b") "--b\n\nthis is spam\n"
	                                             "--b\nContent-Type: message/rfc822\n\n"
	                                             "Subject: one\n\nfirst\n\n"
	                                             "--b\nContent-Type: message/rfc822\n"
	                                             "Content-Disposition: attachment\n\n"
	                                             "Subject: two\n\nsecond\n\n--b--\n",
	      both, 2);
	check(WRAPPER("message/rfc822") "Subject: one\n\nfirst\n", both, 1);
	check(WRAPPER("multipart/digest; boundary=b") "--b\n\nSubject: one\n\nfirst\n\n"
	                                              "--b\n\nSubject: two\n\nsecond\n\n--b--\n",
	      both, 2);
}

static void test_deeper_in_the_wrapper(void **state)
{
	static const char *const one[] = { "Subject: one\n\nfirst\n" };

	(void)state;
	check(WRAPPER("multipart/signed; boundary=s") "--s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n"
	                                              "--b\nContent-Type: message/rfc822\n\nSubject: one\n\nfirst\n\n--b--\n"
	                                              "--s\nContent-Type: application/pgp-signature\n\nx\n--s--\n",
	      one, 1);
}

/* What the reporter got as an attachment of the spam is the spam's. */
static void test_nothing_within_an_attached_message(void **state)
{
	static const char *const outer[] = {
		"Subject: outer\nContent-Type: message/rfc822\n\nSubject: inner\n\ntext\n"
	};

	(void)state;
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: message/rfc822\n\n"
	                                             "Subject: outer\n"
	                                             "Content-Type: message/rfc822\n\n"
	                                             "Subject: inner\n\ntext\n\n--b--\n",
	      outer, 1);
}

static void test_encoded(void **state)
{
	static const char *const one[] = { "Subject: one\n\nfirst\n" };

	(void)state;
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
	                                             "U3ViamVjdDogb25lCgpmaXJzdAo=\n--b--\n",
	      one, 1);
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: quoted-printable\n\n"
	                                             "Subject: one\n\nfir=\nst\n\n--b--\n",
	      one, 1);
}

/* Some mailers, and pages, attach a stored message as data. */
static void test_files(void **state)
{
	static const char *const one[] = { "Subject: one\n\nfirst\n" };

	(void)state;
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: application/octet-stream; name=\"a.EML\"\n"
	                                             "Content-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n"
	                                             "U3ViamVjdDogb25lCgpmaXJzdAo=\n--b--\n",
	      one, 1);
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: application/octet-stream; name=a.eml\n\n"
	                                             "\x01\x02 no message\n--b--\n",
	      NULL, 0);
	check(WRAPPER("multipart/mixed; boundary=b") "--b\nContent-Type: application/octet-stream; name=a.bin\n\n"
	                                             "Subject: one\n\nfirst\n\n--b--\n",
	      NULL, 0);
}

/* Never the wrapper: what was forwarded as text says who forwards, not what spam is. */
static void test_nothing_attached(void **state)
{
	(void)state;
	check(WRAPPER("text/plain") "-------- Forwarded Message --------\nSubject: one\n\nfirst\n",
	      NULL, 0);
	check(WRAPPER("multipart/mixed; boundary=b") "--b\n\ntext\n"
	                                             "--b\nContent-Type: message/rfc822\n\n--b--\n",
	      NULL, 0);
	check("", NULL, 0);
}

static void test_too_many_parts(void **state)
{
	struct arena *arena = arena_new();
	struct str_list messages = { 0 };
	struct strbuf wrapper;

	(void)state;
	strbuf_init(&wrapper, arena);
	strbuf_add(&wrapper, STR(WRAPPER("multipart/mixed; boundary=b")));
	for (int i = 0; i < 3000; i++)
		strbuf_add(&wrapper,
		           STR("--b\nContent-Type: message/rfc822\n\nSubject: one\n\nfirst\n\n"));
	strbuf_add(&wrapper, STR("--b--\n"));
	assert_false(attached_messages(arena, strbuf_str(&wrapper), &messages));
	assert_in_range(messages.len, 400, 1000);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_or_several),
		cmocka_unit_test(test_deeper_in_the_wrapper),
		cmocka_unit_test(test_nothing_within_an_attached_message),
		cmocka_unit_test(test_encoded),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_nothing_attached),
		cmocka_unit_test(test_too_many_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
