/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whom SPF is asked about, and from where client, HELO and sender come. */
#include "tests/unit/unit.h"

#include <string.h>

#include "facts/facts.h"
#include "facts/facts_gather.h"
#include "tests/unit/fake_dns.h"

static const struct fake_record records[] = {
	{ "example.com", DNS_TXT, "v=spf1 ip4:203.0.113.1 ip4:10.1.2.3 -all" },
	{ 0 },
};

static struct fake_zone zone;
static struct lookups lookups;
static struct lookups *lookups_given = &lookups;
static struct arena *arena;
static struct network_list trusted;
static struct facts_settings settings;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	zone = (struct fake_zone){ records, 0, 0 };
	lookups.dns = dns_new_from(fake_answer, &zone);
	lookups.spf = spf_new(lookups.dns, 0);
	trusted = (struct network_list){ 0 };
	settings = (struct facts_settings){ .relays = { .trusted = &trusted },
		                            .trusted_clients = &trusted,
		                            .network_tests = true,
		                            .spf = true,
		                            .hostname = STR("us.example") };
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

static void trust(const char *networks)
{
	struct error error;

	assert_true(networks_parse(arena, str_from(networks), &trusted, &error));
}

static const struct facts *gather(const char *headers, const struct envelope *envelope)
{
	struct message_limits limits = message_default_limits();
	const struct message *message = message_parse(arena, str_from(headers), &limits);
	struct facts_input input = {
		.message = message,
		.headers = &message->headers,
		.envelope = envelope,
		.lookups = lookups_given,
		.deadline = deadline_in_ms(5000),
	};

	return facts_gather(arena, &input, &settings);
}

/* "pass", …, or "" where nobody was asked. */
static const char *status_for(struct envelope envelope)
{
	const struct facts *facts = gather("From: x\n\n", &envelope);

	return facts->spf != NULL ? spf_status_name(facts->spf->mail_from.status) : "";
}

static struct envelope envelope_from(const char *ip)
{
	return (struct envelope){ .client_ip = str_from(ip),
		                  .helo = STR("mail.example.com"),
		                  .sender = STR("joe@example.com"),
		                  .has_sender = true };
}

static void test_who_is_asked_about(void **state)
{
	struct envelope envelope = envelope_from("203.0.113.1");

	(void)state;
	assert_string_equal(status_for(envelope), "pass");
	assert_string_equal(status_for(envelope_from("203.0.113.2")), "fail");
	assert_string_equal(status_for(envelope_from("::ffff:203.0.113.1")), "pass");
	assert_string_equal(status_for(envelope_from("")), "");
	/* Where no network is trusted, private ones are. */
	assert_string_equal(status_for(envelope_from("10.1.2.3")), "");
	assert_string_equal(status_for(envelope_from("127.0.0.1")), "");
	trust("203.0.113.0/30");
	assert_string_equal(status_for(envelope), "");
	assert_string_equal(status_for(envelope_from("10.1.2.3")), "pass");
	assert_string_equal(status_for(envelope_from("127.0.0.1")), "");
	assert_string_equal(status_for(envelope_from("::1")), "");
}

static void test_what_switches_it_off(void **state)
{
	struct envelope envelope = envelope_from("203.0.113.1");

	(void)state;
	envelope.authenticated = true;
	assert_string_equal(status_for(envelope), "");
	envelope.authenticated = false;
	envelope.has_sender = false;
	assert_string_equal(status_for(envelope), "");
	envelope.has_sender = true;
	settings.spf = false;
	assert_string_equal(status_for(envelope), "");
	settings.spf = true;
	settings.network_tests = false;
	assert_string_equal(status_for(envelope), "");
	assert_int_equal(zone.asked, 0);
	settings.network_tests = true;
	lookups_given = NULL;
	assert_string_equal(status_for(envelope), "");
	assert_int_equal(zone.asked, 0);
	lookups_given = &lookups;
	assert_string_not_equal(status_for(envelope), "");
}

/* As in SpamAssassin: those that are trusted but not internal are asked about. */
static void test_trusted_but_not_internal(void **state)
{
	struct network_list internal = { 0 }, clients = { 0 };
	struct error error;

	(void)state;
	trust("203.0.113.0/24");
	settings.trusted_clients = NULL;
	assert_string_equal(status_for(envelope_from("203.0.113.2")), "");
	assert_true(networks_parse(arena, STR("203.0.113.1"), &internal, &error));
	settings.relays.internal = &internal;
	assert_string_equal(status_for(envelope_from("203.0.113.2")), "fail");
	assert_string_equal(status_for(envelope_from("203.0.113.1")), "");
	assert_string_equal(status_for(envelope_from("198.51.100.1")), "fail");
	/* Unless assay.conf trusts them. */
	assert_true(networks_parse(arena, STR("203.0.113.2"), &clients, &error));
	settings.trusted_clients = &clients;
	assert_string_equal(status_for(envelope_from("203.0.113.2")), "");
}

#define FROM_OUR_MX                                                                                \
	"Received-SPF: softfail (mx.us.example: x) receiver=mx.us.example;\n"                      \
	" envelope-from=\"new@example.org\"; identity=mailfrom\n"                                  \
	"Received-SPF: pass identity=helo; receiver=mx.us.example\n"                               \
	"Received: from first.us.example (first.us.example [10.0.0.8])\n"                          \
	"\tby mx.us.example (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\n"          \
	"Received-SPF: Neutral (not quite); identity=mailfrom\n"                                   \
	"Received: from mail.example.com (mail.example.com [203.0.113.1])\n"                       \
	"\tby first.us.example (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\n"       \
	"Received-SPF: none (forged) identity=mailfrom\n"                                          \
	"From: x\n\n"

/* Where an internal host hands it on, the one before it is asked about. */
static void test_internal_relays(void **state)
{
	struct envelope envelope = envelope_from("10.0.0.9");
	const struct facts *facts = gather(FROM_OUR_MX, &envelope);

	(void)state;
	assert_non_null(facts->spf);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_PASS);
	assert_str(facts->spf->client_ip, "203.0.113.1");
	assert_str(facts->spf->sender, "joe@example.com");
	assert_str(facts->spf->helo, "mail.example.com");
	assert_str(facts->envelope->client_ip, "10.0.0.9");
	/* Not where it began here: with a user who logged in, or with web mail. */
	envelope.authenticated = true;
	assert_null(gather(FROM_OUR_MX, &envelope)->spf);
	envelope.authenticated = false;
	assert_null(gather("X-Originating-IP: [203.0.113.1]\nFrom: x\n\n", &envelope)->spf);
}

/* What internal hosts found is used where the settings say so, and nothing of what is below. */
static void test_results_of_internal_relays(void **state)
{
	struct envelope envelope = envelope_from("10.0.0.9");
	const struct facts *facts;

	(void)state;
	settings.reuse_received_spf = true;
	facts = gather(FROM_OUR_MX, &envelope);
	assert_non_null(facts->spf);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_NEUTRAL);
	assert_true(facts->spf_is_relays);
	settings.newest_received_spf = true;
	facts = gather(FROM_OUR_MX, &envelope);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_SOFTFAIL);
	assert_str(facts->spf->sender, "new@example.org");
	assert_str(facts->spf->mail_from.domain, "example.org");
	assert_int_equal(zone.asked, 0);
	/* Nobody else's: of a client outside, trusted or not, or of a user. */
	envelope.client_ip = STR("203.0.113.1");
	assert_int_equal(gather(FROM_OUR_MX, &envelope)->spf->mail_from.status, SPF_STATUS_PASS);
	settings.spf = false;
	assert_null(gather(FROM_OUR_MX, &envelope)->spf);
	settings.spf = true;
	envelope.authenticated = true;
	assert_null(gather(FROM_OUR_MX, &envelope)->spf);
	envelope.client_ip = STR("10.0.0.9");
	assert_null(gather(FROM_OUR_MX, &envelope)->spf);
	/* The first Received field is the outer host's. */
	envelope.authenticated = false;
	facts = gather("Received: from x (x [203.0.113.1]) by mx.us.example with ESMTP; now\n"
	               "Received-SPF: none (forged) identity=mailfrom\nFrom: x\n\n",
	               &envelope);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_PASS);
}

/* Our name in the result is the operator's choice, else the MTA's. */
static void test_receiver(void **state)
{
	struct envelope envelope = envelope_from("203.0.113.1");

	(void)state;
	assert_str(gather("From: x\n\n", &envelope)->spf->receiver, "us.example");
	envelope.host = STR("mta.example");
	assert_str(gather("From: x\n\n", &envelope)->spf->receiver, "mta.example");
	settings.hostname_given = true;
	assert_str(gather("From: x\n\n", &envelope)->spf->receiver, "us.example");
}

#define STORED                                                                                     \
	"Return-Path: <joe@example.com>\n"                                                         \
	"Received: from mail.example.com (mail.example.com [203.0.113.2])\n"                       \
	"\tby us.example (Postfix) with ESMTP id 1; Sun, 22 Nov 2026 10:00:00 +0000\n"             \
	"Received-SPF: pass (them.example: x) receiver=them.example; identity=mailfrom\n"          \
	"Received-SPF: softfail (us.example: x) receiver=us.example; client-ip=203.0.113.9;\n"     \
	" envelope-from=\"jim@example.org\"; identity=mailfrom; mechanism=~all\n"                  \
	"From: x\n\n"

static void test_stored_messages(void **state)
{
	const struct envelope none = { 0 };
	const struct facts *facts = gather(STORED, &none);

	(void)state;
	assert_non_null(facts->spf);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_FAIL);
	assert_str(facts->spf->client_ip, "203.0.113.2");
	assert_str(facts->spf->sender, "joe@example.com");
	assert_str(facts->spf->helo, "mail.example.com");
	assert_true(facts->spf->has_helo);
	zone.asked = 0;
	settings.reuse_received_spf = true;
	facts = gather(STORED, &none);
	assert_non_null(facts->spf);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_SOFTFAIL);
	assert_str(facts->spf->sender, "jim@example.org");
	assert_false(facts->spf->has_helo);
	assert_false(facts->spf_is_relays);
	assert_int_equal(zone.asked, 0);
}

/* A header is nothing against the connection itself. */
static void test_headers_are_not_believed_of_a_client(void **state)
{
	struct envelope envelope = envelope_from("203.0.113.1");
	const struct facts *facts;

	(void)state;
	settings.reuse_received_spf = true;
	facts = gather(STORED, &envelope);
	assert_int_equal(facts->spf->mail_from.status, SPF_STATUS_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_who_is_asked_about, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_switches_it_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trusted_but_not_internal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_internal_relays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_results_of_internal_relays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_receiver, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stored_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_headers_are_not_believed_of_a_client, set_up,
		                                tear_down),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
