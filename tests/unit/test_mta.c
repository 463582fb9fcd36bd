/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "milter/mta.h"
#include "tests/unit/unit.h"

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

static void test_client_ip(void **state)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	char text[MTA_CLIENT_IP_SIZE];

	(void)state;
	inet_pton(AF_INET, "192.0.2.7", &in.sin_addr);
	assert_string_equal(mta_client_ip((struct sockaddr *)&in, text), "192.0.2.7");
	inet_pton(AF_INET6, "2001:db8::1", &in6.sin6_addr);
	assert_string_equal(mta_client_ip((struct sockaddr *)&in6, text), "2001:db8::1");
	inet_pton(AF_INET6, "::ffff:192.0.2.7", &in6.sin6_addr);
	assert_string_equal(mta_client_ip((struct sockaddr *)&in6, text), "192.0.2.7");
	assert_string_equal(mta_client_ip((struct sockaddr *)&un, text), "");
	assert_string_equal(mta_client_ip(NULL, text), "");
}

static void test_client_name(void **state)
{
	(void)state;
	assert_string_equal(mta_client_name("mx.example.com", NULL), "mx.example.com");
	assert_string_equal(mta_client_name("unknown", NULL), "");
	assert_string_equal(mta_client_name("[192.0.2.7]", "[192.0.2.7]"), "");
	assert_string_equal(
		mta_client_name("mx.example.com", "mx.example.com [192.0.2.7] (may be forged)"),
		"");
	assert_string_equal(mta_client_name("mx.example.com", "mx.example.com [192.0.2.7]"),
	                    "mx.example.com");
	assert_string_equal(mta_client_name(NULL, NULL), "");
}

static void test_address(void **state)
{
	static const char *const cases[][2] = {
		{ "<joe@example.com>", "joe@example.com" },
		{ "joe@example.com", "joe@example.com" },
		{ " <joe@example.com> ", "joe@example.com" },
		{ "<>", "" },
		{ "", "" },
		{ "<\"a b>\"@example.com>", "\"a b>\"@example.com" },
		{ "<@relay.example,@two.example:joe@example.com>", "joe@example.com" },
		{ "<\"a:b\"@example.com>", "\"a:b\"@example.com" },
		{ "<postmaster>", "postmaster" },
		{ "<joe@[IPv6:2001:db8::1]>", "joe@[IPv6:2001:db8::1]" },
		{ "<@broken>", "@broken" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_str(mta_address(arena, cases[i][0]), cases[i][1]);
}

static struct str original(const char *parameter)
{
	char *arguments[] = { (char *)"NOTIFY=NEVER", (char *)parameter, NULL };

	return mta_original_recipient(arena, arguments);
}

static void test_original_recipient(void **state)
{
	char *none[] = { NULL };

	(void)state;
	assert_str(original("ORCPT=rfc822;joe@example.com"), "joe@example.com");
	assert_str(original("orcpt=RFC822;joe+2Btag@example.com"), "joe+tag@example.com");
	assert_str(original("ORCPT=rfc822;joe+2btag+3Dx@example.com"), "joe+tag=x@example.com");
	assert_str(original("ORCPT=utf-8;joe@example.com"), "joe@example.com");
	assert_str(original("ORCPT=rfc822;broken+zz+2"), "broken+zz+2");
	assert_str(original("ORCPT=rfc822;broken+00@example.com"), "broken+00@example.com");
	assert_str(original("ORCPT=x400;joe"), "");
	assert_str(original("ORCPT=joe@example.com"), "");
	assert_str(original("ORCPT="), "");
	assert_str(original("ORCPT=rfc822;"), "");
	assert_str(original("SIZE=1"), "");
	assert_str(mta_original_recipient(arena, none), "");
}

static void test_protocol(void **state)
{
	(void)state;
	assert_str(mta_protocol(false, false, false), "ESMTP");
	assert_str(mta_protocol(false, true, false), "ESMTPS");
	assert_str(mta_protocol(false, false, true), "ESMTPA");
	assert_str(mta_protocol(false, true, true), "ESMTPSA");
	assert_str(mta_protocol(true, false, false), "UTF8SMTP");
	assert_str(mta_protocol(true, true, false), "UTF8SMTPS");
	assert_str(mta_protocol(true, false, true), "UTF8SMTPA");
	assert_str(mta_protocol(true, true, true), "UTF8SMTPSA");
	assert_true(mta_smtputf8((char *[]){ "SIZE=1", "SMTPUTF8", NULL }));
	assert_true(mta_smtputf8((char *[]){ "smtputf8", NULL }));
	assert_false(mta_smtputf8((char *[]){ "BODY=8BITMIME", "XSMTPUTF8", NULL }));
	assert_false(mta_smtputf8((char *[]){ NULL }));
}

static struct envelope full_envelope(void)
{
	struct envelope envelope = {
		.client_ip = STR("192.0.2.7"),
		.client_name = STR("mx.example.com"),
		.helo = STR("helo.example.com"),
		.host = STR("mail.example.net"),
		.queue_id = STR("4XYZ"),
		.protocol = STR("ESMTPS"),
		.received_at = 1700000000,
	};
	struct envelope_recipient recipient = { .address = STR("joe@example.net") };

	vec_push(arena, &envelope.recipients, recipient);
	return envelope;
}

static void test_received(void **state)
{
	struct envelope envelope = full_envelope();

	(void)state;
	assert_str(mta_received(arena, &envelope, "Postfix 3.7.11", 4096),
	           "Received: from helo.example.com (mx.example.com [192.0.2.7])\n"
	           "\tby mail.example.net (Postfix) with ESMTPS id 4XYZ\n"
	           "\tfor <joe@example.net>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\n");
	envelope.client_name = STR("");
	envelope.client_ip = STR("2001:db8::1");
	vec_push(arena, &envelope.recipients, envelope.recipients.items[0]);
	assert_str(mta_received(arena, &envelope, "8.17.1/8.17.1", 4096),
	           "Received: from helo.example.com (unknown [IPv6:2001:db8::1])\n"
	           "\tby mail.example.net (8.17.1/8.17.1) with ESMTPS id 4XYZ; "
	           "Tue, 14 Nov 2023 22:13:20 +0000 (UTC)\n");
}

static void test_received_of_nothing(void **state)
{
	struct envelope envelope = { 0 };

	(void)state;
	assert_str(mta_received(arena, &envelope, NULL, 4096),
	           "Received: from unknown (unknown)\n\tby localhost with ESMTP; "
	           "Thu, 01 Jan 1970 00:00:00 +0000 (UTC)\n");
}

/* A client chooses its HELO: it gets neither a second line nor more room than there is. */
static void test_received_is_one_field(void **state)
{
	struct envelope envelope = full_envelope();
	struct str field;
	char helo[9000];

	(void)state;
	memset(helo, 'h', sizeof(helo));
	helo[100] = '\n';
	envelope.helo = (struct str){ helo, sizeof(helo) };
	envelope.client_name = envelope.helo;
	envelope.queue_id = envelope.helo;
	envelope.host = envelope.helo;
	envelope.recipients.items[0].address = envelope.helo;
	field = mta_received(arena, &envelope, "8.17.1", 1024);
	assert_true(field.len <= 1024);
	assert_int_equal(field.data[field.len - 1], '\n');
	for (size_t i = 0; i + 1 < field.len; i++) {
		if (field.data[i] == '\n')
			assert_int_equal(field.data[i + 1], '\t');
	}
}

/* As Postfix 3.7 and Sendmail 8.17 send them. */
static void test_recipient_rejected(void **state)
{
	(void)state;
	assert_true(mta_rejects_recipient("error", "5.1.1"));
	assert_true(mta_rejects_recipient("error", NULL));
	assert_false(mta_rejects_recipient("error", "5.1.1 User unknown in virtual alias table"));
	assert_false(mta_rejects_recipient("local", "host.example"));
	assert_false(mta_rejects_recipient(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_client_ip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_client_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_address, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_original_recipient, set_up, tear_down),
		cmocka_unit_test(test_recipient_rejected),
		cmocka_unit_test_setup_teardown(test_protocol, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_received, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_received_of_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_received_is_one_field, set_up, tear_down),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
