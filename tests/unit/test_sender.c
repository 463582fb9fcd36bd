/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sender of forwarded mail: srs when-needed. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "scoring/assay.h"
#include "scoring/sender.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/scratch.h"

#define OUT     "203.0.113.1"
#define ALWAYS  "srs always\n"
#define NEEDED  "srs when-needed\nsrs_outgoing_addresses 203.0.113.0/31 2001:db8::1\n"
#define REWRITE "joe@srs.example"

static const struct fake_record records[] = {
	{ "all.example", DNS_TXT, "v=spf1 ip4:203.0.113.0/24 ip6:2001:db8::/32 -all" },
	{ "one.example", DNS_TXT, "v=spf1 ip4:" OUT " -all" },
	{ "two.example", DNS_TXT, "v=spf1 ip4:203.0.113.0/31 -all" },
	{ "last.example", DNS_TXT, "v=spf1 ip6:2001:db8::1 -all" },
	{ "open.example", DNS_TXT, "v=spf1 ?all" },
	{ "broken.example", DNS_TXT, "v=spf1 nonsense" },
	{ "down.example", DNS_TXT, "FAIL" },
	{ "helo.example", DNS_TXT, "v=spf1 exists:%{h}.helo.example -all" },
	{ "mx.example.net.helo.example", DNS_A, "127.0.0.2" },
	{ "none.example", DNS_A, "192.0.2.1" },
	{ 0 },
};

static struct arena *arena;
static struct problems problems;
static struct policy *policy;
static struct envelope envelope;
static struct fake_zone zone;
static struct lookups lookups;
static struct assay_input input;

static bool load(const char *more)
{
	char conf[1024];

	policy_free(policy);
	chmod(scratch_write("secret", "tops3cr3t\n"), 0600);
	snprintf(conf, sizeof(conf),
	         "rules %s\nhostname mx.example.net\nhosted_domains hosted.example\n"
	         "srs_domain srs.example\nsrs_secret_file %s\n%s\n"
	         "[daemon FORWARD]\nrole forward\n",
	         scratch_write("test.cf", ""), scratch_path("secret"), more);
	policy = policy_load(scratch_write("assay.conf", conf), &problems);
	return policy != NULL;
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	zone = (struct fake_zone){ records, 60, 0 };
	lookups.dns = dns_new_from(fake_answer, &zone);
	lookups.spf = spf_new(lookups.dns, 2000);
	envelope = (struct envelope){
		.client_ip = STR("127.0.0.1"),
		.has_sender = true,
		.host = STR("mx.example.net"),
		.daemon_name = STR("FORWARD"),
	};
	vec_add(arena, &envelope.recipients)->address = STR("joe@aol.example");
	input = (struct assay_input){
		.raw = STR("From: a@b.example\nSubject: x\n\nhello\n"),
		.envelope = &envelope,
		.deadline = deadline_in_ms(60000),
		.sender_lookups = &lookups,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	policy_free(policy);
	policy = NULL;
	dns_free(lookups.dns);
	spf_free(lookups.spf);
	arena_free(arena);
	return 0;
}

/* What the sender becomes, without hash and day, or "-". */
static struct str rewritten(const char *sender)
{
	const struct assay *assay;
	struct str new;

	envelope.sender = str_from(sender);
	input.pending = pending_checks_begin(arena, policy, &envelope, input.sender_lookups);
	assay = assay_message(arena, policy, &input);
	pending_checks_abandon(input.pending);
	new = assay->new_sender;
	assert_false(assay->sender_passes && new.len > 0);
	if (new.len == 0)
		return assay->sender_passes ? STR("passes") : STR("-");
	return str_from_offset(new, (size_t)str_find(new, STR("=joe@")) + 1);
}

static void test_always(void **state)
{
	(void)state;
	assert_true(load(ALWAYS));
	assert_str(rewritten("joe@all.example"), REWRITE);
	assert_int_equal(zone.asked, 0);
}

static void test_when_needed(void **state)
{
	(void)state;
	assert_true(load(NEEDED));
	assert_str(rewritten("joe@all.example"), "passes");
	/* One of our addresses is not enough. */
	assert_str(rewritten("joe@one.example"), REWRITE);
	assert_str(rewritten("joe@two.example"), REWRITE);
	assert_str(rewritten("joe@last.example"), REWRITE);
	assert_str(rewritten("joe@open.example"), REWRITE);
	assert_str(rewritten("joe@none.example"), REWRITE);
	assert_str(rewritten("joe@broken.example"), REWRITE);
	assert_str(rewritten("joe@helo.example"), "passes");
	/* What is not known is no pass. */
	assert_str(rewritten("joe@down.example"), REWRITE);
	assert_str(rewritten(""), "-");
	assert_str(rewritten("joe@hosted.example"), "-");
	assert_true(load("srs when-needed\nsrs_outgoing_addresses " OUT "\n"));
	assert_str(rewritten("joe@one.example"), "passes");
}

static void test_answers_are_cached(void **state)
{
	unsigned asked;

	(void)state;
	assert_true(load(NEEDED));
	rewritten("joe@all.example");
	asked = zone.asked;
	/* The sender's domain and our own name, for all addresses together. */
	assert_int_equal(asked, 2);
	assert_str(rewritten("joe@all.example"), "passes");
	assert_int_equal(zone.asked, asked);
}

static void test_without_network(void **state)
{
	(void)state;
	assert_true(load(NEEDED));
	input.sender_lookups = NULL;
	assert_str(rewritten("joe@all.example"), REWRITE);
	input.sender_lookups = &lookups;
	problems.len = 0;
	assert_true(load(NEEDED "network_tests no\n"));
	assert_int_equal(problems.len, 2);
	assert_true(str_find(problems.items[0].text, STR("network_tests")) > 0);
	assert_str(rewritten("joe@all.example"), REWRITE);
	assert_int_equal(zone.asked, 0);
}

/* At the front, without a hop, nothing is asked but where the message is forwarded. */
static void test_front(void **state)
{
	char more[512];

	(void)state;
	scratch_write("virtual", "joe@hosted.example joe@aol.example\n");
	snprintf(more, sizeof(more), NEEDED "spf no\nforward_map texthash:%s\n",
	         scratch_path("virtual"));
	assert_true(load(more));
	policy->settings.daemons.len = 0;
	envelope.daemon_name = STR("");
	envelope.sender = STR("joe@all.example");
	envelope.recipients.items[0].address = STR("box@hosted.example");
	assert_false(assay_message(arena, policy, &input)->sender_passes);
	assert_int_equal(zone.asked, 0);
	envelope.recipients.items[0].address = STR("joe@hosted.example");
	assert_true(assay_message(arena, policy, &input)->sender_passes);
	assert_int_equal(zone.asked, 2);
}

/* The one that is left is a forward, whatever else was dropped; and only on the hop may it have
 * company. */
static void test_what_is_left(void **state)
{
	struct recipient_verdict recipients[] = {
		{ .class = RECIPIENT_FORWARDED, .drop = true },
		{ .class = RECIPIENT_FORWARDED },
		{ .class = RECIPIENT_HOSTED, .drop = true },
	};
	struct verdict verdict = { .recipients = recipients, .recipient_count = 3 };
	const char *trouble;

	(void)state;
	assert_true(load("srs off\nsrs_socketmap unix:/run/x.sock\n"));
	envelope.sender = STR("joe@all.example");
	assert_int_equal(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len, 0);
	assert_null(trouble);
	assert_true(load(ALWAYS));
	policy->settings.daemons.len = 0;
	envelope.daemon_name = STR("");
	envelope.sender = STR("joe@all.example");
	assert_true(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len > 0);
	recipients[2].drop = false;
	assert_int_equal(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len, 0);
	recipients[1].drop = recipients[2].drop = true;
	assert_int_equal(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len, 0);
	recipients[1].drop = false;
	assert_null(trouble);
	envelope.sender = STR("SRS1=x@first.example");
	assert_int_equal(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len, 0);
	assert_string_equal(trouble, "malformed SRS address");
	envelope.sender = STR("");
	assert_int_equal(sender_rewrite(arena, policy, &envelope, &verdict, &trouble).len, 0);
	assert_null(trouble);
}

static void assert_refused(const char *conf, const char *reason)
{
	problems.len = problems.errors = 0;
	assert_false(load(conf));
	assert_int_equal(problems.errors, 1);
	if (str_find(problems.items[0].text, str_from(reason)) < 0)
		fail_msg("\"%.*s\"", STR_FMT(problems.items[0].text));
}

static void test_addresses(void **state)
{
	struct str_list *addresses;

	(void)state;
	assert_refused("srs when-needed\n", "set srs_outgoing_addresses");
	assert_refused("srs when-needed\nsrs_outgoing_addresses 192.0.2.0/27\n", "more than 16");
	assert_refused("srs when-needed\nsrs_outgoing_addresses 192.0.2.0/28 192.0.3.1\n",
	               "assay.conf:7:24: srs_outgoing_addresses: more than 16");
	assert_refused("srs when-needed\nsrs_outgoing_addresses 2001:db8::/64\n", "more than 16");
	assert_refused("srs when-needed\nsrs_outgoing_addresses mx.example\n", "mx.example");
	assert_true(load("srs when-needed\nsrs_outgoing_addresses 192.0.2.7 !10.0.0.0/8\n"));
	assert_int_equal(policy->srs_outgoing.len, 1);
	assert_true(load("srs when-needed\n"
	                 "srs_outgoing_addresses 192.0.2.7/30 !192.0.2.5 2001:db8::ff\n"));
	addresses = &policy->srs_outgoing;
	assert_int_equal(addresses->len, 4);
	assert_str(addresses->items[0], "192.0.2.4");
	assert_str(addresses->items[1], "192.0.2.6");
	assert_str(addresses->items[2], "192.0.2.7");
	assert_str(addresses->items[3], "2001:db8::ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_always, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_when_needed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_answers_are_cached, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_network, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_front, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_left, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_addresses, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("sender", tests, NULL, scratch_remove);
}
