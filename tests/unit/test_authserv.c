/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other hosts' Authentication-Results are believed for, and whose. */
#include "tests/unit/unit.h"

#include <string.h>

#include "base/strbuf.h"
#include "facts/auth_results.h"
#include "facts/facts_gather.h"
#include "tests/unit/fake_dns.h"

#define RECEIVED(from, by)                                                                         \
	"Received: from " from " (" from " [203.0.113.7])\n"                                       \
	"\tby " by " with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\n"
#define BORDER RECEIVED("mail.example.com", "mx.us.example")
#define BEFORE RECEIVED("inner.example.com", "mail.example.com")
#define SIGNATURE(d, s, b)                                                                         \
	"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" d "; s=" s ";\n"                \
	"\th=from:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=" b "\n"
#define REST                                                                                       \
	"From: Joe <joe@example.com>\n"                                                            \
	"Subject: x\n\nbody\n"

static const struct fake_record records[] = { { 0 } };

static struct arena *arena;
static struct fake_zone zone;
static struct lookups lookups;
static struct facts_settings settings;
static struct str_list names;
static bool truncated, with_dns;
static struct network_list trusted;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	zone = (struct fake_zone){ records, 0, 0 };
	lookups.dns = dns_new_from(fake_answer, &zone);
	lookups.spf = spf_new(lookups.dns, 0);
	trusted = (struct network_list){ 0 };
	settings = (struct facts_settings){ .relays = { .trusted = &trusted },
		                            .authservs = &names,
		                            .spf = true,
		                            .dkim = true,
		                            .dmarc = true,
		                            .hostname = STR("mx.us.example") };
	truncated = with_dns = false;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dns_free(lookups.dns);
	spf_free(lookups.spf);
	arena_free(arena);
	return 0;
}

static void believe(const char *name)
{
	names = (struct str_list){ 0 };
	vec_push(arena, &names, str_from(name));
}

static const struct facts *gather(const char *text, const struct envelope *envelope)
{
	static const struct envelope stored;
	struct message_limits limits = message_default_limits();
	const struct message *message = message_parse(arena, str_from(text), &limits);
	struct facts_input input = {
		.message = message,
		.headers = &message->headers,
		.envelope = envelope != NULL ? envelope : &stored,
		.truncated = truncated,
		.lookups = with_dns ? &lookups : NULL,
		.deadline = deadline_in_ms(5000),
	};

	return facts_gather(arena, &input, &settings);
}

/* "mx.us.example: spf=pass(x@example.com) dkim=pass(example.com/s1) arc=pass dmarc=fail(reject)" */
static const char *summary(const struct facts *facts)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "%.*s:", STR_FMT(facts->authserv));
	if (facts->spf != NULL)
		strbuf_printf(&buf, " spf=%s(%.*s)", spf_status_name(facts->spf->mail_from.status),
		              STR_FMT(facts->spf->mail_from.domain));
	if (facts->spf != NULL && facts->spf->has_helo)
		strbuf_printf(&buf, " helo=%s", spf_status_name(facts->spf->helo_check.status));
	for (size_t i = 0; facts->dkim != NULL && i < facts->dkim->message.count; i++) {
		const struct dkim_check *check = &facts->dkim->message.checks[i];

		strbuf_printf(&buf, " dkim=%s(%.*s/%.*s)", dkim_result_name(check->result),
		              STR_FMT(check->signature.domain), STR_FMT(check->signature.selector));
	}
	if (facts->dkim != NULL && facts->dkim->message.count == 0)
		strbuf_printf(&buf, " dkim=none");
	if (facts->dkim != NULL && facts->dkim->arc.result != ARC_NONE)
		strbuf_printf(&buf, " arc=%s", arc_result_name(facts->dkim->arc.result));
	if (facts->dmarc != NULL)
		strbuf_printf(&buf, " dmarc=%s(%s %.*s)", dmarc_result_name(facts->dmarc->result),
		              dmarc_policy_name(facts->dmarc->policy),
		              STR_FMT(facts->dmarc->author));
	return arena_cstr(arena, strbuf_str(&buf));
}

static const char *stored(const char *text)
{
	return summary(gather(text, NULL));
}

/* In the forms that mail systems write. */
static void test_forms(void **state)
{
	static const struct {
		const char *field, *expected;
	} cases[] = {
		/* Google */
		{ "Authentication-Results: mx.google.com;\n"
		  "       dkim=pass header.i=@example.com header.s=s1 header.b=\"aAbB/c+d\";\n"
		  "       spf=pass (google.com: domain of x@bounce.example.com designates 1.2.3.4 "
		  "as permitted sender) smtp.mailfrom=x@bounce.example.com;\n"
		  "       dmarc=fail (p=REJECT sp=NONE dis=NONE) header.from=example.com\n",
		  "mx.google.com: spf=pass(bounce.example.com) dkim=pass(example.com/s1) "
		  "dmarc=fail(reject example.com)" },
		/* Microsoft, without a name */
		{ "Authentication-Results: spf=softfail (sender IP is 1.2.3.4)\n"
		  " smtp.mailfrom=example.net; dkim=pass (signature was verified)\n"
		  " header.d=example.com;dmarc=fail action=oreject\n"
		  " header.from=example.com;compauth=fail reason=000\n",
		  "the receiving host: spf=softfail(example.net) dkim=pass(example.com/s1) "
		  "dmarc=fail(reject example.com)" },
		{ "ARC-Authentication-Results: i=2; mx.microsoft.com 1; spf=fail (sender ip is\n"
		  " 1.2.3.4) smtp.rcptto=live.com smtp.mailfrom=example.net; dmarc=pass\n"
		  " (p=none sp=none pct=100) action=none header.from=example.com; dkim=pass\n"
		  " (signature was verified) header.d=example.com; arc=pass (0 oda=1 ltdi=1)\n",
		  "mx.microsoft.com: spf=fail(example.net) dkim=pass(example.com/s1) arc=pass "
		  "dmarc=pass(none example.com)" },
		{ "Authentication-Results: spf=none smtp.mailfrom=example.com;\n"
		  " dmarc=bestguesspass action=none header.from=example.com\n",
		  "the receiving host: spf=none(example.com) dmarc=none(none example.com)" },
		/* Filters with a field for each method; the first of two for one method counts. */
		{ "Authentication-Results: mx.us.example; dmarc=fail (p=quarantine dis=none) "
		  "header.from=example.com\n"
		  "X-Other: x\n"
		  "Authentication-Results: mx.us.example;\n"
		  "\tdkim=fail reason=\"signature; did not verify\" (2048-bit key) "
		  "header.d=example.com header.i=@example.com header.b=\"aAbB\";\n"
		  "\tdkim=pass header.d=Other.example header.s=k header.b=zz\n"
		  "Authentication-Results: MX.us.example; spf=hardfail smtp.mfrom=\"x@example.net\"\n"
		  "Authentication-Results: mx.us.example; spf=pass smtp.mailfrom=x@example.com\n"
		  "Authentication-Results: else.example; dmarc=pass header.from=example.com\n",
		  "mx.us.example: spf=fail(example.net) dkim=fail(example.com/s1) "
		  "dkim=pass(other.example/k) dmarc=fail(quarantine example.com)" },
		{ "Authentication-Results: mx.us.example; spf=pass smtp.helo=mail.example.com;\n"
		  " spf=neutral smtp.mailfrom=x@example.com\n",
		  "mx.us.example: spf=neutral(example.com) helo=pass" },
		/* Of a signature of which nothing else is said, there is but one. */
		{ "Authentication-Results: mta1.example  from=example.com; dkim=pass (ok)\n",
		  "mta1.example: dkim=pass(example.com/s1)" },
		{ "Authentication-Results: mx.us.example 1; none\n", "" },
		{ "Authentication-Results: mx.us.example; spf=maybe; dkim=3Dpass; dmarc=\n", "" },
		{ "Authentication-Results: mx.us.example; dkim=none (no signature)\n", "" },
		{ "Authentication-Results: mx.us.example; dkim=fail (\n", "" },
		{ "Authentication-Results:\n", "" },
		{ "Authentication-Results: ;;;=;=\n", "" },
	};

	(void)state;
	believe("*");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[4096];

		snprintf(text, sizeof(text), "%s" BORDER "%s" REST, cases[i].field,
		         SIGNATURE("example.com", "s1", "aAbB/c+dEf=="));
		if (cases[i].expected[0] != '\0')
			assert_string_equal(stored(text), cases[i].expected);
		else
			assert_null(strstr(stored(text), "=pass"));
	}
}

static void test_unsigned(void **state)
{
	(void)state;
	believe("*");
	assert_string_equal(stored("Authentication-Results: a.example; dkim=none\n" REST),
	                    "a.example: dkim=none");
	/* The signature is gone. */
	assert_string_equal(
		stored("Authentication-Results: a.example; dkim=pass header.d=b.example\n" REST),
		"a.example: dkim=pass(b.example/)");
	/* A signature that the host says nothing of isn't judged. */
	assert_string_equal(
		stored("Authentication-Results: a.example; dkim=pass header.d=b.example\n" SIGNATURE(
			"c.example", "s", "AAAA") SIGNATURE("B.example", "s", "AAAA") REST),
		"a.example: dkim=neutral(c.example/s) dkim=pass(b.example/s)");
}

#define OURS "Authentication-Results: mx.us.example; spf=pass smtp.mailfrom=a@example.com\n"
#define GOOD "mx.us.example: spf=pass(example.com)"

/* By name, only what our network added. */
static void test_border(void **state)
{
	struct error error;

	(void)state;
	believe("MX.us.example");
	assert_string_equal(stored(OURS BORDER BEFORE REST), GOOD);
	assert_string_equal(stored("X-A: b\n" OURS BORDER REST), GOOD);
	assert_string_equal(stored(BORDER OURS BEFORE REST), ":");
	assert_string_equal(stored(BORDER BEFORE OURS REST), ":");
	/* Our second relay had it from our first. */
	assert_true(networks_parse(arena, STR("203.0.113.7"), &trusted, &error));
	assert_string_equal(stored(BORDER OURS
	                           "Received: from x.example (x.example [192.0.2.1])\n"
	                           "\tby mx.us.example with ESMTP id 2; Sun, 22 Nov 2026 "
	                           "10:00:00 +0000\n" REST),
	                    GOOD);
	believe("other.example");
	assert_string_equal(stored(OURS BORDER REST), ":");
	believe("mx.us");
	assert_string_equal(stored(OURS BORDER REST), ":");
}

static void test_topmost(void **state)
{
	(void)state;
	believe("*");
	assert_string_equal(stored(BORDER OURS BEFORE REST), GOOD);
	assert_string_equal(
		stored("Authentication-Results: a.example; spf=fail smtp.mailfrom=example.com\n" BORDER
	                       OURS REST),
		"a.example: spf=fail(example.com)");
	/* A sealer's that isn't ours may be anybody's. */
	assert_string_equal(stored(BORDER "ARC-" OURS REST), ":");
	assert_string_equal(stored("ARC-Authentication-Results: i=1; mx.us.example; spf=pass "
	                           "smtp.mailfrom=a@example.com\n" BORDER REST),
	                    GOOD);
}

/* In the session in which it comes from outside, a field on top is of another filter here, or of
 * whoever sends it. */
static void test_session(void **state)
{
	struct envelope outside = { .client_ip = STR("198.51.100.9"),
		                    .host = STR("mta.us.example"),
		                    .sender = STR("a@example.com"),
		                    .has_sender = true };
	struct envelope inside = outside;
	struct error error;

	(void)state;
	inside.client_ip = STR("192.0.2.2");
	assert_true(networks_parse(arena, STR("192.0.2.2"), &trusted, &error));
	believe("mx.us.example");
	assert_string_equal(summary(gather(OURS REST, &outside)), GOOD);
	assert_string_equal(summary(gather(OURS REST, &inside)), GOOD);
	settings.hostname = STR("us.example");
	assert_string_equal(summary(gather(OURS REST, &outside)), ":");
	assert_string_equal(summary(gather(OURS REST, &inside)), GOOD);
	outside.host = STR("mx.us.example");
	assert_string_equal(summary(gather(OURS REST, &outside)), GOOD);
	assert_string_equal(summary(gather(BORDER OURS REST, &outside)), ":");
}

/* Where our own check is made, it stands; SPF's isn't where nobody knows the sender. */
static void test_own_checks_stand(void **state)
{
	static const char text[] =
		"Authentication-Results: mx.us.example; spf=pass smtp.mailfrom=a@example.com;\n"
		" dkim=pass header.d=example.com header.s=s1; dmarc=pass header.from=example.com\n" BORDER
			SIGNATURE("example.com", "s1", "AAAA") REST;
	struct str_list lines = { 0 };
	const struct facts *facts;

	(void)state;
	believe("*");
	settings.network_tests = true;
	with_dns = true;
	facts = gather(text, NULL);
	assert_string_equal(summary(facts),
	                    "mx.us.example: spf=pass(example.com) dkim=fail(example.com/s1) "
	                    "dmarc=none(none example.com)");
	truncated = true;
	facts = gather(text, NULL);
	assert_non_null(strstr(summary(facts), "dkim=pass(example.com/s1)"));
	auth_results(arena, facts, false, &lines);
	assert_true(lines.len > 1);
	assert_true(str_find(lines.items[0], STR("as mx.us.example found it")) > 0);
	/* What all was another's isn't said as ours. */
	with_dns = false;
	lines.len = 0;
	facts = gather(text, NULL);
	assert_string_equal(summary(facts),
	                    "mx.us.example: spf=pass(example.com) "
	                    "dkim=pass(example.com/s1) dmarc=pass(none example.com)");
	auth_results(arena, facts, false, &lines);
	assert_int_equal(lines.len, 0);
}

/* A stranger's field with very many results. */
static void test_many(void **state)
{
	struct strbuf buf;

	(void)state;
	believe("*");
	strbuf_init(&buf, arena);
	strbuf_add(&buf, STR("Authentication-Results: a.example"));
	for (int i = 0; i < 100; i++)
		strbuf_printf(&buf, "; dkim=pass header.d=d%d.example", i);
	strbuf_add(&buf, STR("\n" REST));
	assert_int_equal(gather(arena_cstr(arena, strbuf_str(&buf)), NULL)->dkim->message.count,
	                 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_forms, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unsigned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_border, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_topmost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_session, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_own_checks_stand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("authserv", tests, NULL, NULL);
}
