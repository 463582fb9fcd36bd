/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines of mail logs, those of strangers' making among them. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <time.h>

#include "health/delivery.h"

#define NOW      INT64_C(1796082307) /* 2026-11-30 23:45:07 UTC */
#define POSTFIX  "Nov 30 23:14:09 mx postfix/fwdout/smtp[2998]: E2E50A42041: "
#define SENDMAIL "Nov 30 23:45:27 mx sm-forward[30652]: 6AUNjQMg030620: "
#define P_RELAY  ", relay=mx.aol.example[192.0.2.1]:25, delay=0.03, delays=0.02/0.01/0/0"
#define S_DETAILS                                                                                  \
	", delay=00:00:00, xdelay=00:00:00, mailer=esmtp, pri=31355, relay=mx.aol.example. [192.0.2.1]"

static struct arena *arena;
static struct delivery got;

static int begin(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	arena = arena_new();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static enum delivery_line take(const char *line)
{
	return delivery_read(arena, str_from(line), NOW, &got);
}

static void test_postfix(void **state)
{
	(void)state;
	assert_int_equal(take(POSTFIX "to=<fwd@AOL.example>, orig_to=<x@y.example>" P_RELAY
	                              ", dsn=2.0.0, status=sent (250 2.0.0 kept)"),
	                 DELIVERY_FOUND);
	assert_str(got.queue_id, "E2E50A42041");
	assert_str(got.to.items[0], "fwd@aol.example");
	assert_int_equal(got.result, DELIVERY_ACCEPTED);
	assert_int_equal(got.time_s, NOW - (45 - 14) * 60 + 2);
	assert_int_equal(take(POSTFIX
	                      "to=<fwd@aol.example>" P_RELAY
	                      ", dsn=5.7.26, status=bounced (host mx.aol.example[192.0.2.1] said: "
	                      "550-5.7.26 not authenticated 550 5.7.26 (in reply to end of DATA "
	                      "command))"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.result, DELIVERY_REFUSED);
	assert_str(got.code, "550");
	assert_str(got.enhanced, "5.7.26");
	assert_int_equal(take(POSTFIX "to=<fwd@aol.example>, relay=none, delay=1, delays=0/0/1/0, "
	                              "dsn=4.4.1, status=deferred (connect to mx[192.0.2.1]:25: "
	                              "Connection refused)"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.result, DELIVERY_DEFERRED);
	assert_int_equal(got.code.len, 0);
	assert_str(got.enhanced, "4.4.1");
}

static void test_sendmail(void **state)
{
	(void)state;
	assert_int_equal(take(SENDMAIL
	                      "to=<full@aol.example>" S_DETAILS
	                      ", dsn=5.2.2, reply=550 5.2.2 mailbox full, stat=User unknown"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.result, DELIVERY_REFUSED);
	assert_str(got.code, "550");
	assert_str(got.enhanced, "5.2.2");
	assert_str(got.text, "5.2.2 mailbox full");
	assert_int_equal(take(SENDMAIL "to=<a@aol.example>,<b@aol.example>" S_DETAILS
	                               ", dsn=2.0.0, stat=Sent (kept)"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.to.len, 2);
	assert_str(got.to.items[1], "b@aol.example");
	assert_int_equal(take(SENDMAIL "to=<later@aol.example>" S_DETAILS
	                               ", dsn=4.2.1, reply=450 4.2.1 later, stat=Deferred: 450 "
	                               "4.2.1 later"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.result, DELIVERY_DEFERRED);
	assert_str(got.code, "450");
}

static void test_the_hop(void **state)
{
	(void)state;
	assert_int_equal(
		take("2026-11-30T23:14:09.1+00:00 mx postfix/forward/smtpd[1]: 6952FA420A4: "
	             "client=unknown[127.0.0.1], orig_queue_id=575CCA420A0, "
	             "orig_client=mail.sender.example[198.51.100.7]"),
		DELIVERY_HOP);
	assert_str(got.queue_id, "575CCA420A0");
	assert_str(got.next_id, "6952FA420A4");
	assert_int_equal(
		take("Nov 30 23:45:27 sm-front[30612]: 6AUNjQrd030608: to=full@aol.example, "
	             "delay=00:00:01, xdelay=00:00:01, mailer=fwdhop, pri=31358, "
	             "relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AUNjQMg030620 "
	             "Message accepted for delivery)"),
		DELIVERY_FOUND);
	assert_str(got.next_id, "6AUNjQMg030620");
	/* Only our own next listener is asked for its ids. */
	assert_int_equal(take(POSTFIX
	                      "to=<a@aol.example>" P_RELAY
	                      ", dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 6952FA420A4)"),
	                 DELIVERY_FOUND);
	assert_int_equal(got.next_id.len, 0);
	assert_int_equal(take("Nov 30 23:14:09 mx postfix/smtpd[1]: 6952FA420A4: "
	                      "client=x[198.51.100.7], orig_queue_id=575CCA420A0"),
	                 DELIVERY_NONE);
}

/* What strangers may choose: addresses, names of hosts, replies. */
static void test_hostile_lines(void **state)
{
	static const char *const lines[] = {
		POSTFIX
		"to=<\"x@gmail.com>, relay=mx.gmail.com[192.0.2.9]:25, delay=1, delays=1/0/0/0, "
		"dsn=5.7.1, status=bounced (host mx said: 550 5.7.1 spam)\"@evil.example>" P_RELAY
		", dsn=2.0.0, status=sent (250 ok)",
		POSTFIX "to=<x@gmail.com>, relay=mx.gmail.com[192.0.2.9]:25, dsn=5.7.1, "
			"status=bounced (host mx said: 550 5.7.1 spam)@evil.example>" P_RELAY
			", dsn=2.0.0, status=sent (250 ok)",
		/* A catch-all's address, in orig_to. */
		POSTFIX "to=<victim@gmail.com>, orig_to=<\"x>, relay=mx[192.0.2.1]:25, dsn=5.7.1, "
			"status=bounced (host mx said: 550 5.7.1 spam)\"@hosted.example>" P_RELAY
			", dsn=2.0.0, status=sent (250 ok)",
		POSTFIX "to=<a@aol.example>, note=x" P_RELAY ", dsn=2.0.0, status=sent (250 ok)",
		POSTFIX "to=<a b@aol.example>" P_RELAY ", dsn=2.0.0, status=sent (250 ok)",
		POSTFIX "to=<aol.example>" P_RELAY ", dsn=2.0.0, status=sent (250 ok)",
		SENDMAIL
		"to=<\"x, relay=mx. [192.0.2.1], dsn=5.7.1, reply=550 5.7.1 spam, stat=Service "
		"unavailable\"@evil.example>" S_DETAILS ", dsn=2.0.0, stat=Sent (ok)",
		SENDMAIL
		"to=<v@gmail.com>, ctladdr=<\"x, relay=mx. [192.0.2.1], dsn=5.7.1, stat=Service "
		"unavailable\"@hosted.example>" S_DETAILS ", dsn=2.0.0, stat=Sent (ok)",
		SENDMAIL "to=<v@gmail.com>" S_DETAILS ", dsn=5.7.1, reply=550 no, stat=Sent (x), "
			 "stat=Service unavailable",
	};
	static const char *const others[] = {
		"",
		"Nov 30 23:14:09 mx assayd[1]: E2E50A42041: to=<a@b.example>" P_RELAY
		", dsn=5.7.1, status=bounced (x)",
		"Nov 30 23:14:09 mx sshd[1]: E2E50A42041: to=<a@b.example>" P_RELAY
		", dsn=5.7.1, status=bounced (x)",
		"Nov 30 23:14:09 mx postfix/smtp: E2E50A42041: to=<a@b.example>" P_RELAY
		", dsn=5.7.1, status=bounced (x)",
		POSTFIX "client=evil to=<a@b.example>" P_RELAY ", dsn=5.7.1, status=bounced (x)",
		"Nov 30 23:14:09 mx postfix/smtp[1]: Untrusted TLS: to=<a@b.example>" P_RELAY
		", dsn=5.7.1, status=bounced (x)",
		"Feb 31 99:14:09 mx postfix/smtp[1]: E2E50A42041: to=<a@b.example>" P_RELAY
		", dsn=5.7.1, status=bounced (x)",
		"to=<a@b.example>" P_RELAY ", dsn=5.7.1, status=bounced (x)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (take(lines[i]) != DELIVERY_ODD)
			fail_msg("line %zu was read", i);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (take(others[i]) != DELIVERY_NONE)
			fail_msg("line %zu is none", i);
}

static void test_times(void **state)
{
	(void)state;
#define AT(time)                                                                                   \
	take(time " mx postfix/smtp[1]: E2E50A42041: to=<a@b.example>" P_RELAY                     \
	          ", dsn=2.0.0, status=sent (250 ok)")
	assert_int_equal(AT("Nov  3 00:00:00"), DELIVERY_FOUND);
	assert_int_equal(got.time_s, INT64_C(1793664000));
	/* Not of the future: of last year. */
	assert_int_equal(AT("Dec 31 23:59:59"), DELIVERY_FOUND);
	assert_int_equal(got.time_s, INT64_C(1767225599));
	assert_int_equal(AT("2026-11-30T23:45:07+01:00"), DELIVERY_FOUND);
	assert_int_equal(got.time_s, NOW - 3600);
	assert_int_equal(AT("2026-11-30T23:45:07+0000"), DELIVERY_FOUND);
	assert_int_equal(got.time_s, NOW);
	assert_int_equal(AT("2026-11-30 23:45:07"), DELIVERY_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_postfix, begin, end),
		cmocka_unit_test_setup_teardown(test_sendmail, begin, end),
		cmocka_unit_test_setup_teardown(test_the_hop, begin, end),
		cmocka_unit_test_setup_teardown(test_hostile_lines, begin, end),
		cmocka_unit_test_setup_teardown(test_times, begin, end),
	};

	return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
