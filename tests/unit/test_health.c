/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deliveries joined with records, and what replies mean. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "health/health.h"

#define NOW INT64_C(1796082307)

static struct arena *arena;
static struct receivers receivers;
static struct health *health;

/* The one that is shipped; beside the build directory, without make's hint. */
static const char *table(void)
{
	const char *top = getenv("srcdir");

	return arena_printf(arena, "%s/contrib/health/receivers", top != NULL ? top : "..").data;
}

static int begin(void **state)
{
	struct problems problems;

	(void)state;
	setenv("TZ", "UTC", 1);
	arena = arena_new();
	problems_init(&problems, arena);
	assert_true(receivers_read(arena, table(), &receivers, &problems));
	health = health_new(&receivers);
	return 0;
}

static int end(void **state)
{
	(void)state;
	health_free(health);
	arena_free(arena);
	return 0;
}

static const char *class_of(const char *code, const char *enhanced, const char *text)
{
	struct delivery delivery = { .result = DELIVERY_REFUSED,
		                     .code = str_from(code),
		                     .enhanced = str_from(enhanced),
		                     .text = str_from(text) };

	return receiver_class_name(receivers_classify(arena, &receivers, &delivery));
}

static void test_replies(void **state)
{
	(void)state;
	assert_string_equal(
		class_of("421", "4.7.28",
	                 "4.7.28 Gmail has detected an unusual rate of unsolicited mail"),
		"spam");
	assert_string_equal(
		class_of("550", "5.7.1",
	                 "5.7.1 [192.0.2.1 12] Our system has detected that this message is "
	                 "likely unsolicited mail."),
		"spam");
	assert_string_equal(class_of("550", "5.7.26", "5.7.26 Your email has been blocked"),
	                    "unauthenticated");
	assert_string_equal(class_of("550", "5.7.515", "5.7.515 Access denied"), "unauthenticated");
	assert_string_equal(class_of("421", "4.7.0", "4.7.0 Try again later, closing connection."),
	                    "rate");
	assert_string_equal(
		class_of("554", "5.7.1",
	                 "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
	                 "zen.spamhaus.org"),
		"listed");
	assert_string_equal(class_of("550", "5.1.1", "5.1.1 no such user"), "other");
	assert_string_equal(class_of("550", "5.2.2", "5.2.2 mailbox full"), "other");
	assert_string_equal(class_of("", "", "Connection refused"), "other");
	assert_string_equal(class_of("550", "5.7.1", "5.7.1 THIS LOOKS LIKE SPAM"), "spam");
}

static void test_mistakes_in_the_table(void **state)
{
	struct problems problems;

	(void)state;
	problems_init(&problems, arena);
	assert_false(receivers_parse(arena, STR("# x\nspam 550\nspan * * x\nspam * * x\n"), "t",
	                             &receivers, &problems));
	assert_int_equal(problems.len, 2);
	assert_true(str_starts(problems.items[0].text, STR("t:2:")));
	assert_true(str_starts(problems.items[1].text, STR("t:3:")));
	assert_int_equal(receivers.len, 1);
}

static void add_record(enum record_kind kind, const char *id, const char *to, int32_t score)
{
	struct record record = { .kind = kind,
		                 .queue_id = id,
		                 .recipient = "joe@hosted.example",
		                 .destination = to,
		                 .score = score };

	health_add_record(health, &record);
}

static void add_line(const char *line)
{
	health_add_line(health, str_from(line), 0, NOW);
}

static void deliver(const char *id, const char *to, const char *status)
{
	add_line(arena_printf(arena,
	                      "Nov 30 23:14:09 mx postfix/smtp[1]: %s: to=<%s>, "
	                      "relay=mx.example[192.0.2.1]:25, delay=1, delays=1/0/0/0, %s",
	                      id, to, status)
	                 .data);
}

#define SPAM                                                                                       \
	"dsn=5.7.1, status=bounced (host mx.example[192.0.2.1] said: 550 5.7.1 looks like spam)"
#define SENT  "dsn=2.0.0, status=sent (250 2.0.0 ok)"
#define LATER "dsn=4.7.28, status=deferred (host mx[192.0.2.1] said: 421 4.7.28 too much of it)"

static const struct health_destination *find(const char *domain)
{
	const struct health_destination *destination;

	for (size_t i = 0; (destination = health_destination(health, i)) != NULL; i++)
		if (str_eq(destination->domain, str_from(domain)))
			return destination;
	fail_msg("nothing of %s", domain);
	return NULL;
}

static void test_joined(void **state)
{
	const struct health_destination *aol;

	(void)state;
	add_record(RECORD_FORWARDED, "AAAA1", "a@aol.example", 4200);
	add_record(RECORD_FORWARDED, "AAAA2", "b@aol.example", 3000);
	add_record(RECORD_OBSERVED, "AAAA3", "c@aol.example", 7000);
	add_record(RECORD_DELIVERED, "AAAA4", "", 1000);
	deliver("AAAA1", "a@aol.example", SPAM);
	deliver("AAAA2", "b@AOL.example", LATER);
	deliver("AAAA2", "b@aol.example", LATER);
	deliver("AAAA2", "b@aol.example", SENT);
	deliver("AAAA3", "c@aol.example", SENT);
	deliver("AAAA4", "d@aol.example", SPAM);
	deliver("AAAA1", "x@aol.example", SPAM);
	health_settle(health, true);
	aol = find("aol.example");
	assert_int_equal(aol->counts.forwards, 3);
	assert_int_equal(aol->counts.accepted, 2);
	assert_int_equal(aol->counts.deferred, 1);
	assert_int_equal(aol->counts.refused[RECEIVER_SPAM], 1);
	assert_int_equal(aol->counts.delayed[RECEIVER_SPAM], 1);
	assert_int_equal(aol->counts.disliked, 2);
	assert_int_equal(aol->others, 2);
	assert_int_equal(aol->lowest, 3000);
	assert_int_equal(aol->highest, 4200);
}

/* Lines that name a message which we never forwarded there move nothing. */
static void test_strangers_lines_count_for_nobody(void **state)
{
	(void)state;
	add_record(RECORD_FORWARDED, "AAAA1", "a@evil.example", 4200);
	for (int i = 0; i < 100; i++) {
		deliver("AAAA1", "a@gmail.example", SPAM);
		deliver(arena_printf(arena, "BBBB%d", i).data, "a@gmail.example", SPAM);
	}
	deliver("AAAA1", "a@evil.example", SPAM);
	health_settle(health, true);
	assert_int_equal(find("gmail.example")->counts.forwards, 0);
	assert_int_equal(find("gmail.example")->counts.disliked, 0);
	assert_int_equal(find("evil.example")->counts.disliked, 1);
}

static void test_over_the_hop(void **state)
{
	(void)state;
	add_record(RECORD_FORWARDED, "575CCA420A0", "a@aol.example", 4200);
	deliver("6952FA420A4", "a@aol.example", SPAM);
	health_settle(health, false);
	/* It is told later which message it is. */
	add_line(
		"Nov 30 23:14:09 mx postfix/forward/smtpd[1]: 6952FA420A4: client=unknown[127.0.0.1], "
		"orig_queue_id=575CCA420A0, orig_client=x[198.51.100.7]");
	health_settle(health, false);
	assert_int_equal(find("aol.example")->counts.disliked, 1);
	health_settle(health, true);
	assert_int_equal(find("aol.example")->counts.disliked, 1);
}

/* What was released has a record of its own, by the id on the hop. */
static void test_released(void **state)
{
	(void)state;
	add_record(RECORD_FORWARDED, "6952FA420A4", "a@aol.example", 18200);
	add_line(
		"Nov 30 23:14:09 mx postfix/forward/smtpd[1]: 6952FA420A4: client=unknown[127.0.0.1], "
		"orig_queue_id=575CCA420A0, orig_client=unknown[192.0.2.1]");
	deliver("6952FA420A4", "a@aol.example", SPAM);
	health_settle(health, true);
	assert_int_equal(find("aol.example")->counts.disliked, 1);
}

static void test_much(void **state)
{
	(void)state;
	for (int i = 0; i < 120000; i++) {
		const char *id = arena_printf(arena, "QQID%d", i).data;

		add_record(RECORD_FORWARDED, id, "a@aol.example", 1000);
		deliver(id, "a@aol.example", i % 10 == 0 ? SPAM : SENT);
		if (i % 1000 == 0)
			health_settle(health, false);
	}
	health_settle(health, true);
	assert_int_equal(find("aol.example")->counts.forwards, 120000);
	assert_int_equal(find("aol.example")->counts.disliked, 12000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_replies, begin, end),
		cmocka_unit_test_setup_teardown(test_mistakes_in_the_table, begin, end),
		cmocka_unit_test_setup_teardown(test_joined, begin, end),
		cmocka_unit_test_setup_teardown(test_strangers_lines_count_for_nobody, begin, end),
		cmocka_unit_test_setup_teardown(test_over_the_hop, begin, end),
		cmocka_unit_test_setup_teardown(test_released, begin, end),
		cmocka_unit_test_setup_teardown(test_much, begin, end),
	};

	return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
