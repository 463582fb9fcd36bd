/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "facts/spf_header.h"

static struct spf_result pass_result(void)
{
	struct spf_result result = {
		.client_ip = STR("192.0.2.1"),
		.sender = STR("joe@example.com"),
		.helo = STR("mail.example.com"),
		.receiver = STR("us.example"),
		.mail_from = {
			.status = SPF_STATUS_PASS,
			.identity = STR("joe@example.com"),
			.domain = STR("example.com"),
			.mechanism = STR("include:_spf.example.net"),
		},
		.helo_check = { .status = SPF_STATUS_NONE, .domain = STR("mail.example.com") },
	};

	return result;
}

static void test_received(void **state)
{
	struct arena *arena = arena_new();
	struct spf_result result = pass_result();

	(void)state;
	assert_str(spf_received_value(arena, &result, false),
	           "pass (us.example: example.com designates 192.0.2.1 as permitted\n"
	           " sender)\n"
	           " receiver=us.example;\n"
	           " client-ip=192.0.2.1;\n"
	           " envelope-from=\"joe@example.com\";\n"
	           " helo=mail.example.com;\n"
	           " identity=mailfrom;\n"
	           " mechanism=\"include:_spf.example.net\"");
	result.mail_from.status = SPF_STATUS_PERMERROR;
	result.mail_from.mechanism = STR("");
	result.mail_from.problem = STR("a (bad) \"record\"");
	assert_str(spf_received_value(arena, &result, false),
	           "permerror (us.example: a \\(bad\\) \"record\")\n"
	           " receiver=us.example;\n"
	           " client-ip=192.0.2.1;\n"
	           " envelope-from=\"joe@example.com\";\n"
	           " helo=mail.example.com;\n"
	           " identity=mailfrom;\n"
	           " problem=\"a (bad) \\\"record\\\"\"");
	arena_free(arena);
}

/* Nothing that a client says can begin a line of the header. */
static void test_nothing_is_forged(void **state)
{
	struct arena *arena = arena_new();
	struct spf_result result = pass_result();
	struct str value, clause;

	(void)state;
	result.helo = STR("x\r\nX-Forged: yes\"; mechanism=all\\");
	result.sender = STR("a\nb)c(\"d@e\x80 f");
	result.mail_from.identity = result.sender;
	result.mail_from.domain = STR("e\x80 f)\n");
	value = spf_received_value(arena, &result, false);
	assert_true(str_find(value, STR("\nX-Forged")) < 0);
	assert_true(str_find(value, STR("\r")) < 0);
	for (size_t i = 0; i < value.len; i++) {
		assert_true((value.data[i] >= ' ' && value.data[i] < 0x7f) ||
		            value.data[i] == '\n');
		if (value.data[i] == '\n')
			assert_int_equal(value.data[i + 1], ' ');
	}
	assert_true(str_find(value, STR("helo=\"x??X-Forged: yes\\\"; mechanism=all\\\\\";")) > 0);
	clause = spf_auth_clause(arena, &result, false);
	assert_true(str_find(clause, STR("\n")) < 0);
	assert_true(str_find(clause, STR("smtp.mailfrom=\"a?b)c(\\\"d@e? f\"")) > 0);
	arena_free(arena);
}

static void test_auth_clause(void **state)
{
	struct arena *arena = arena_new();
	struct spf_result result = pass_result();

	(void)state;
	assert_str(spf_auth_clause(arena, &result, false),
	           "spf=pass (example.com designates 192.0.2.1 as permitted sender) "
	           "smtp.mailfrom=joe@example.com");
	result.sender = STR("");
	result.mail_from.identity = STR("postmaster@mail.example.com");
	result.mail_from.domain = STR("mail.example.com");
	result.mail_from.status = SPF_STATUS_SOFTFAIL;
	assert_str(spf_auth_clause(arena, &result, false),
	           "spf=softfail (mail.example.com discourages use of 192.0.2.1 as sender) "
	           "smtp.helo=mail.example.com");
	arena_free(arena);
}

/* Names beyond ASCII, in mail that may have them in its header and in other mail. */
static void test_international(void **state)
{
	struct arena *arena = arena_new();
	struct spf_result result = pass_result();
	struct str value;

	(void)state;
	result.sender = result.mail_from.identity = STR("j\xc3\xb6rg@M\xc3\xbcller.example");
	result.mail_from.domain = STR("M\xc3\xbcller.example");
	result.helo = STR("mail.m\xc3\xbcller.example");
	result.receiver = STR("mx.gr\xc3\xb6\xc3\x9f"
	                      "e.example");
	assert_str(spf_auth_clause(arena, &result, true),
	           "spf=pass (xn--mller-kva.example designates 192.0.2.1 as permitted sender) "
	           "smtp.mailfrom=j\xc3\xb6rg@xn--mller-kva.example");
	assert_str(spf_auth_clause(arena, &result, false),
	           "spf=pass (xn--mller-kva.example designates 192.0.2.1 as permitted sender) "
	           "smtp.mailfrom=@xn--mller-kva.example");
	value = spf_received_value(arena, &result, true);
	assert_true(str_find(value, STR("pass (mx.xn--gre-6ka8i.example: xn--mller-kva.")) == 0);
	assert_true(str_find(value, STR("receiver=mx.xn--gre-6ka8i.example;")) > 0);
	assert_true(str_find(value, STR("envelope-from=\"j\xc3\xb6rg@xn--mller-kva.example\";")) >
	            0);
	assert_true(str_find(value, STR("helo=mail.xn--mller-kva.example;")) > 0);
	value = spf_received_value(arena, &result, false);
	assert_true(str_find(value, STR("envelope-from=\"@xn--mller-kva.example\";")) > 0);
	assert_int_equal(str_find_char(value, '?'), -1);
	/* Not what turns text around, nor what is no UTF-8. */
	result.sender = STR("a\xe2\x80\xae\xc2\x9b\xff@x.example");
	assert_true(str_find(spf_auth_clause(arena, &result, true),
	                     STR("smtp.mailfrom=a??????@x.example")) > 0);
	result.sender = STR("");
	assert_true(str_find(spf_auth_clause(arena, &result, false),
	                     STR("smtp.helo=mail.xn--mller-kva.example")) > 0);
	arena_free(arena);
}

static void test_read_back(void **state)
{
	struct arena *arena = arena_new();
	struct spf_result result = pass_result();
	struct str value = spf_received_value(arena, &result, false);
	const struct spf_result *again = spf_received_read(arena, value, STR("US.example"));

	(void)state;
	assert_non_null(again);
	assert_int_equal(again->mail_from.status, SPF_STATUS_PASS);
	assert_str(again->sender, "joe@example.com");
	assert_str(again->mail_from.domain, "example.com");
	assert_str(again->client_ip, "192.0.2.1");
	assert_str(again->mail_from.mechanism, "include:_spf.example.net");
	assert_null(spf_received_read(arena, value, STR("them.example")));
	assert_null(spf_received_read(arena, value, STR("")));
	/* Any prefix is read or refused, but not over its end. */
	for (size_t len = 0; len < value.len; len++) {
		struct str prefix = arena_str(arena, str_prefix(value, len));

		(void)spf_received_read(arena, prefix, STR("us.example"));
	}
	assert_null(spf_received_read(arena, STR("pass (("), STR("us.example")));
	assert_null(spf_received_read(arena, STR("pass identity=\"mailfrom"), STR("us.example")));
	assert_null(spf_received_read(arena, STR("hello receiver=us.example; identity=mailfrom"),
	                              STR("us.example")));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),    cmocka_unit_test(test_nothing_is_forged),
		cmocka_unit_test(test_auth_clause), cmocka_unit_test(test_international),
		cmocka_unit_test(test_read_back),
	};

	return cmocka_run_group_tests_name("spf_header", tests, NULL, NULL);
}
