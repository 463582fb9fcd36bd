/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <sys/stat.h>
#include <time.h>

#include "scoring/assay.h"
#include "tests/unit/body_digest.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct problems problems;
static struct policy *policy;
static struct envelope envelope;
static struct assay_input input;
static const struct verdict *input_verdict; /* of unseen_by_the_front() */

static const char rules[] = "body FIVE /five points/\n"
			    "describe FIVE Has five points\n"
			    "score FIVE 5.0\n"
			    "body TWO /two points/\n"
			    "score TWO 2.0\n"
			    "body THOUSANDTH /a thousandth/\n"
			    "score THOUSANDTH 0.001\n"
			    "welcomelist_from *@friend.example\n";

static void load(const char *more)
{
	char conf[2048];

	policy_free(policy);
	snprintf(conf, sizeof(conf),
	         "rules %s\nrules " TOP_SRCDIR "/rules/assay/10_lists.cf\nnetwork_tests no\n"
	         "hostname mx1.example.net\n%s",
	         scratch_write("test.cf", rules), more);
	policy = policy_load(scratch_write("assay.conf", conf), &problems);
	for (size_t i = 0; policy == NULL && i < problems.len; i++)
		print_error("%.*s\n", STR_FMT(problems.items[i].text));
	assert_non_null(policy);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	envelope = (struct envelope){
		.client_ip = STR("198.51.100.7"),
		.helo = STR("client.example"),
		.sender = STR("x@sender.example"),
		.has_sender = true,
		.host = STR("mx1.example.net"),
	};
	vec_add(arena, &envelope.recipients)->address = STR("joe@hosted.example");
	input = (struct assay_input){ .envelope = &envelope, .deadline = deadline_in_ms(60000) };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	policy_free(policy);
	policy = NULL;
	arena_free(arena);
	return 0;
}

static struct assay *run(const char *raw)
{
	ptrdiff_t end;

	input.raw = str_from(raw);
	end = str_find(input.raw, STR("\n\n"));
	input.body = body_digest(str_from_offset(input.raw, (size_t)(end + 2)));
	return assay_message(arena, policy, &input);
}

static void assert_holds(struct str text, const char *expected)
{
	if (str_find(text, str_from(expected)) < 0)
		fail_msg("\"%.*s\" should hold \"%s\"", STR_FMT(text), expected);
}

static void test_the_exact_score_decides(void **state)
{
	const struct assay *assay;

	(void)state;
	load("");
	assay = run("From: a@b.example\nSubject: x\n\nfive points\n");
	assert_int_equal(assay->score, 5000);
	assert_int_equal(assay->verdict->action, VERDICT_PASS);
	assay = run("From: a@b.example\nSubject: x\n\nfive points and a thousandth\n");
	assert_int_equal(assay->score, 5001);
	assert_int_equal(assay->verdict->action, VERDICT_TAG);
	assert_str(assay->rules, "FIVE=5,THOUSANDTH=0.001");
	assert_int_equal(assay->floor, 5001);
	assert_int_equal(assay->limits.len, 0);
}

static void test_welcome_listed_mail_shows_its_score(void **state)
{
	const struct assay *assay;
	struct str text;

	(void)state;
	load("");
	assay = run("From: a@friend.example\nSubject: x\n\nfive points\n");
	assert_int_equal(assay->score, -95000);
	text = report_apply(arena, assay->report, input.raw);
	assert_holds(text, "received a score of: -95.0\n");
}

static void test_known_clients(void **state)
{
	static const char spam[] = "From: a@b.example\nSubject: x\n\nfive points, two points\n";
	const struct assay *assay;

	(void)state;
	load("");
	envelope.authenticated = true;
	assay = run(spam);
	assert_int_equal(assay->score, 7000);
	assert_int_equal(assay->verdict->action, VERDICT_PASS);
	load("authenticated_clients tag\n");
	assert_int_equal(run(spam)->verdict->action, VERDICT_TAG);
	load("authenticated_clients skip\n");
	assay = run(spam);
	assert_int_equal(assay->hits->len, 0);
	assert_holds(report_apply(arena, assay->report, input.raw), "This message was not scanned");
	envelope.authenticated = false;
	envelope.client_ip = STR("127.0.0.1");
	assert_int_equal(run(spam)->verdict->action, VERDICT_TAG);
	load("trusted_networks 192.0.2.0/24\n");
	assert_int_equal(run(spam)->verdict->action, VERDICT_TAG);
	envelope.client_ip = STR("192.0.2.9");
	assert_int_equal(run(spam)->verdict->action, VERDICT_PASS);
	load("trusted_networks 192.0.2.0/24\ntrusted_clients tag\n");
	assert_int_equal(run(spam)->verdict->action, VERDICT_TAG);
}

static void test_only_what_is_certain_is_dropped(void **state)
{
	static const char spam[] = "From: a@b.example\nSubject: x\n\nfive points, two points\n";
	char conf[512];
	struct assay *assay;

	(void)state;
	snprintf(conf, sizeof(conf), "hosted_domains hosted.example\nforward_map texthash:%s\n",
	         scratch_write("virtual", "joe@hosted.example joe@aol.example\n"));
	load(conf);
	assay = run(spam);
	assert_int_equal(assay->verdict->action, VERDICT_DROP);
	assay_forbid_drop(assay, STR("no record"), STR("Its record could not be written."));
	assert_int_equal(assay->verdict->action, VERDICT_TAG);
	assert_holds(report_apply(arena, assay->report, input.raw),
	             "\n Its record could not be written.\n");
	assert_str(assay->verdict->recipients[0].kept, "no record");
	/* What is left out for its size is no doubt about what was seen. */
	input.truncated = true;
	assay = run(spam);
	assert_int_equal(assay->verdict->action, VERDICT_DROP);
	assert_str(assay->limits.items[0], "message-size");
	input.truncated = false;
	input.deadline = deadline_in_ms(-1000);
	assay = run(spam);
	assert_true(assay->floor < 6000);
	assert_int_equal(assay->verdict->action, VERDICT_PASS);
}

/* The message as it reaches the hop: what the front delivered, with the MTA's Received below. */
static struct str through_the_front(const char *raw, bool authenticated)
{
	static const char received[] =
		"Received: from client.example (client.example [198.51.100.7])\n"
		"\tby mx1.example.net (Postfix) with ESMTP id 4ABC\n"
		"\tfor <joe@hosted.example>; Thu, 5 Mar 2026 09:14:07 +0100 (CET)\n";
	const struct report *report;
	struct str text;

	envelope.authenticated = authenticated;
	envelope.daemon_name = STR("MTA");
	envelope.queue_id = STR("4ABC");
	report = run(raw)->report;
	text = report_apply(arena, report, arena_printf(arena, "%s%s", received, raw));
	envelope = (struct envelope){ .client_ip = STR("127.0.0.1"),
		                      .sender = envelope.sender,
		                      .has_sender = true,
		                      .host = STR("mx1.example.net"),
		                      .daemon_name = STR("FORWARD") };
	vec_add(arena, &envelope.recipients)->address = STR("joe@aol.example");
	return text;
}

static void load_hop(void)
{
	char conf[512];
	const char *key = scratch_write("key", "0123456789abcdef0123456789abcdef\n");

	chmod(key, 0600);
	snprintf(conf, sizeof(conf), "seal_key_file %s\n[daemon FORWARD]\nrole forward\n", key);
	load(conf);
}

static void test_the_seal_carries_the_verdict(void **state)
{
	const struct assay *assay;
	struct str text;

	(void)state;
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points, two points\n",
	                         false);
	assert_true(str_starts(text, STR("X-Assay-Seal: ")));
	assay = run(arena_cstr(arena, text));
	assert_true(assay->sealed);
	assert_int_equal(assay->score, 7000);
	assert_int_equal(assay->verdict->action, VERDICT_DROP);
	assert_str(assay->verdict->recipients[0].hosted, "joe@hosted.example");
	assert_str(assay->rules, "FIVE=5,TWO=2");
	assert_int_equal(assay->hits->len, 0);
}

static void test_ham_and_logged_in_users_pass_the_hop(void **state)
{
	const struct assay *assay;
	struct str text, left;

	(void)state;
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points\n", false);
	assay = run(arena_cstr(arena, text));
	assert_true(assay->sealed);
	assert_int_equal(assay->verdict->action, VERDICT_PASS);
	left = report_apply(arena, assay->report, text);
	assert_true(str_find(left, STR("X-Assay-Seal")) < 0);
	assert_holds(left, "X-Spam-Technical-Details:");
	tear_down(NULL);
	set_up(NULL);
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points, two points\n",
	                         true);
	assay = run(arena_cstr(arena, text));
	assert_true(assay->sealed);
	assert_int_equal(assay->verdict->action, VERDICT_PASS);
}

static void test_a_forged_seal_is_not_believed(void **state)
{
	struct str text;
	const struct assay *assay;

	(void)state;
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points\n", false);
	text = arena_printf(arena, "%.*s", STR_FMT(text));
	((char *)text.data)[40] ^= 1;
	assay = run(arena_cstr(arena, arena_printf(arena, "%.*s and two points\n", STR_FMT(text))));
	assert_false(assay->sealed);
	assert_int_equal(assay->seal, SEAL_FORGED);
	assert_int_equal(assay->score, 7000);
	assert_int_equal(assay->verdict->action, VERDICT_DROP);
	assert_true(str_find(report_apply(arena, assay->report, input.raw), STR("X-Assay-Seal")) <
	            0);
}

/* A true seal, of clean mail, on something else. */
static void test_a_seal_belongs_to_its_message(void **state)
{
	struct str text;
	const struct assay *assay;

	(void)state;
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points\n", false);
	assay = run(arena_cstr(arena, text));
	assert_true(assay->sealed);
	assay = run(arena_cstr(arena, arena_printf(arena, "%.*s and two points\n", STR_FMT(text))));
	assert_int_equal(assay->seal, SEAL_OTHER_TEXT);
	assert_int_equal(assay->score, 7000);
	assert_int_equal(assay->verdict->action, VERDICT_DROP);
	/* The same text as another message: the front's Received field has another id. */
	((char *)text.data)[str_find(text, STR("4ABC")) + 3] = 'D';
	assay = run(arena_cstr(arena, text));
	assert_int_equal(assay->seal, SEAL_FORGED);
}

/* A listener that was a hop when it sealed, or is one now, has seen no strangers. */
static void test_a_seal_is_of_a_front(void **state)
{
	char conf[512];
	struct str text;

	(void)state;
	load_hop();
	text = through_the_front("From: a@b.example\nSubject: x\n\nfive points\n", false);
	snprintf(conf, sizeof(conf),
	         "seal_key_file %s\n[daemon FORWARD]\nrole forward\n[daemon MTA]\nrole forward\n",
	         scratch_path("key"));
	load(conf);
	assert_false(run(arena_cstr(arena, text))->sealed);
}

/* A message on the hop whose seal is so old. */
static enum seal_state of_age(int64_t seconds)
{
	static const char rest[] = "Received: from client.example (client.example [198.51.100.7])\n"
				   "\tby mx1.example.net (Postfix) with ESMTP id 4ABC;\n"
				   "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n\nHello\n";
	struct seal_fields none = { 0 };
	struct seal seal = { .sealed_at = (int64_t)time(NULL) - seconds,
		             .host = STR("mx1.example.net"),
		             .queue_id = STR("4ABC"),
		             .body = body_digest(STR("Hello")),
		             .fields = seal_fields_digest(&none, 0) };
	struct seal_key key;
	struct error err;

	assert_true(seal_key_read(scratch_path("key"), &key, &err));
	envelope.daemon_name = STR("FORWARD");
	return run(arena_cstr(arena, arena_printf(arena, "X-Assay-Seal: %.*s\n%s",
	                                          STR_FMT(seal_write(arena, &key, &seal)), rest)))
	        ->seal;
}

static void test_seal_max_age(void **state)
{
	char conf[512];

	(void)state;
	load_hop();
	assert_int_equal(of_age(7 * 24 * 3600 - 60), SEAL_VALID);
	assert_int_equal(of_age(7 * 24 * 3600 + 60), SEAL_EXPIRED);
	snprintf(conf, sizeof(conf),
	         "seal_key_file %s\nseal_max_age 2h\n[daemon FORWARD]\nrole forward\n",
	         scratch_path("key"));
	load(conf);
	assert_int_equal(of_age(7140), SEAL_VALID);
	assert_int_equal(of_age(7260), SEAL_EXPIRED);
}

/* What the front could not find out is no certainty on the hop either. */
static void test_a_seal_of_a_front_in_doubt(void **state)
{
	static const char spam[] = "From: a@b.example\nSubject: x\n\nfive points, two points\n";
	const struct assay *assay;
	struct str text;

	(void)state;
	load_hop();
	input.deadline = deadline_in_ms(-1000);
	text = through_the_front(spam, false);
	input.deadline = deadline_in_ms(60000);
	assay = run(arena_cstr(arena, text));
	assert_true(assay->sealed);
	assert_int_equal(assay->score, 0);
	assert_true(assay->floor < 0);
	assert_true(str_starts(assay->doubt, STR("no-scanner")) ||
	            str_starts(assay->doubt, STR("scan-timeout")));
}

/* Skipped by the front: the hop may not make up for it. */
static void test_a_seal_of_skipped_mail(void **state)
{
	static const char spam[] = "From: a@b.example\nSubject: x\n\nfive points, two points\n";
	char conf[512];
	struct str text;

	(void)state;
	load_hop();
	snprintf(conf, sizeof(conf),
	         "authenticated_clients skip\nseal_key_file %s\n[daemon FORWARD]\nrole forward\n",
	         scratch_path("key"));
	load(conf);
	text = through_the_front(spam, true);
	assert_int_equal(run(arena_cstr(arena, text))->verdict->action, VERDICT_PASS);
}

static enum verdict_action unseen_by_the_front(const char *received);

/* The clients of the front that are known, on the hop without a seal. */
static void test_trusted_clients_unseen_by_the_front(void **state)
{
	static const char received[] = "Received: from c.example (unknown [198.51.100.7])\n"
				       "\tby mx1.example.net (Postfix) with ESMTP id 4ABC;\n"
				       "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n";
	static const char network[] = "trusted_networks 198.51.100.0/24\n";
	char conf[512];

	(void)state;
	load_hop();
	assert_int_equal(unseen_by_the_front(received), VERDICT_DROP);
	snprintf(conf, sizeof(conf), "%s[daemon FORWARD]\nrole forward\n", network);
	load(conf);
	assert_int_equal(unseen_by_the_front(received), VERDICT_PASS);
	snprintf(conf, sizeof(conf), "%strusted_clients tag\n[daemon FORWARD]\nrole forward\n",
	         network);
	load(conf);
	assert_int_equal(unseen_by_the_front(received), VERDICT_DROP);
}

#define FRONT_RECEIVED                                                                             \
	"Received: from c.example (c.example [198.51.100.7])\n"                                    \
	"\tby mx1.example.net (Postfix) with ESMTP id 4ABC\n\t"
#define NOW "Thu, 5 Mar 2026 09:14:07 +0100 (CET)\n"

/* Whom our own Received field names, the message was addressed to. */
static void test_recipient_of_unsealed_mail(void **state)
{
	static const struct {
		const char *received;
		bool dropped;
		const char *hosted;
	} cases[] = {
		{ FRONT_RECEIVED "for <Joe@Hosted.example>; " NOW, true, "Joe@Hosted.example" },
		{ FRONT_RECEIVED "for <joe@AOL.example>; " NOW, false, "" },
		{ FRONT_RECEIVED "for <\"a for <b> by\"@hosted.example>; " NOW, true,
		  "\"a for <b> by\"@hosted.example" },
		{ FRONT_RECEIVED "(for <joe@aol.example>); " NOW, true, "" },
		{ "Received: by mx1.example.net (Postfix)\n\tid 4DEF; " NOW
		  "Delivered-To: x@hosted.example\n" FRONT_RECEIVED "for <x@hosted.example>; " NOW,
		  true, "x@hosted.example" },
		/* Another's field, and one that is not on top. */
		{ "Received: from c.example (c.example [198.51.100.7])\n"
		  "\tby mx.evil.example (Postfix) with ESMTP id 4ABC\n\tfor <joe@aol.example>; " NOW,
		  true, "" },
		{ "X-Mailer: x\n" FRONT_RECEIVED "for <joe@aol.example>; " NOW, true, "" },
	};

	(void)state;
	load_hop();
	envelope.recipients.items[0].address = STR("joe@aol.example");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum verdict_action action = unseen_by_the_front(cases[i].received);

		if ((action == VERDICT_DROP) != cases[i].dropped)
			fail_msg("%s", cases[i].received);
		assert_str(input_verdict->recipients[0].hosted, cases[i].hosted);
	}
}

/* A stored message may come from anywhere, whatever its first Received field names. */
static void test_stored_mail_has_no_client(void **state)
{
	static const char spam[] = "Received: from c.example (unknown [192.0.2.9])\n"
				   "\tby mx1.example.net (Postfix) with ESMTP id 4ABC;\n"
				   "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n"
				   "From: a@b.example\nSubject: x\n\nfive points, two points\n";

	(void)state;
	load("trusted_networks 192.0.2.0/24\ntrusted_clients skip\n");
	envelope.client_ip = STR("192.0.2.9");
	assert_non_null(run(spam)->skipped);
	input.stored = true;
	assert_null(run(spam)->skipped);
	assert_int_equal(run(spam)->verdict->action, VERDICT_TAG);
}

static void test_own_bounces_pass_the_hop(void **state)
{
	static const char bounce[] = "Received: by mx1.example.net (Postfix)\n"
				     "\tid 4DEF; Thu, 5 Mar 2026 09:14:07 +0100 (CET)\n"
				     "From: MAILER-DAEMON@mx1.example.net (Mail Delivery System)\n"
				     "Subject: Undelivered Mail Returned to Sender\n\n"
				     "five points, two points\n";

	(void)state;
	load_hop();
	envelope = (struct envelope){ .client_ip = STR("127.0.0.1"),
		                      .has_sender = true,
		                      .host = STR("mx1.example.net"),
		                      .daemon_name = STR("FORWARD") };
	vec_add(arena, &envelope.recipients)->address = STR("x@sender.example");
	assert_true(run(bounce)->verdict->action != VERDICT_DROP);
}

/* Mail of the hop that the front let pass while the filter was down. */
static enum verdict_action unseen_by_the_front(const char *received)
{
	envelope.client_ip = STR("127.0.0.1");
	envelope.daemon_name = STR("FORWARD");
	input_verdict = run(arena_cstr(arena, arena_printf(arena,
	                                                   "%sSubject: x\n\n"
	                                                   "five points, two points\n",
	                                                   received)))
	                        ->verdict;
	return input_verdict->action;
}

static void test_logged_in_users_unseen_by_the_front(void **state)
{
	static const char postfix[] = "Received: from c.example (unknown [198.51.100.7])\n"
				      "\tby mx1.example.net (Postfix) with ESMTPA id 4ABC;\n"
				      "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n";
	static const char sendmail[] = "Received: from c.example ([198.51.100.7])\n"
				       "\t(authenticated bits=0)\n"
				       "\tby mx1.example.net (8.17.1/8.17.1) with ESMTPA id 6A;\n"
				       "\tThu, 5 Mar 2026 09:14:07 +0100\n";
	static const char below[] = "Received: from c.example (unknown [198.51.100.7])\n"
				    "\tby mx1.example.net (Postfix) with ESMTP id 4ABC;\n"
				    "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n"
				    "Received: from d.example (unknown [198.51.100.8])\n"
				    "\tby mx1.example.net (Postfix) with ESMTPA id 4ABD;\n"
				    "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n";

	/* The front's own can't be read, and what a stranger wrote is below it. */
	static const char unreadable[] =
		"Received: from d.example (198.51.100.8) by mx1.example.net"
		"; Thu, 5 Mar 2026 09:14:07 +0100\n"
		"Received: from d.example (unknown [198.51.100.8])\n"
		"\tby mx1.example.net (Postfix) with ESMTPA id 4ABD;\n"
		"\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n";

	/* What a program here wrote below the field that says so. */
	static const char local[] = "Received: by mx1.example.net (Postfix, from userid 33)\n"
				    "\tid 4ABC; Thu, 5 Mar 2026 09:14:07 +0100 (CET)\n"
				    "Received: from d.example (unknown [198.51.100.8])\n"
				    "\tby mx1.example.net (Postfix) with ESMTPA id 4ABD;\n"
				    "\tThu, 5 Mar 2026 09:14:07 +0100 (CET)\n";

	(void)state;
	load_hop();
	assert_int_equal(unseen_by_the_front(local), VERDICT_DROP);
	assert_int_equal(unseen_by_the_front(postfix), VERDICT_PASS);
	assert_int_equal(unseen_by_the_front(sendmail), VERDICT_PASS);
	assert_int_equal(unseen_by_the_front(below), VERDICT_DROP);
	assert_int_equal(unseen_by_the_front(unreadable), VERDICT_DROP);
}

/* What rule files say about how much text is looked at. */
static void test_scan_sizes(void **state)
{
	static const char message[] =
		"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nshort\n--b\n\n"
		"five points and a long text after it, with two points at the end\n--b--\n";
	static const struct {
		const char *rules;
		const char *hits;
	} cases[] = {
		{ "body A /five/\nrawbody B /five/\nbody C /end/\nrawbody D /end/\n", "A B C D" },
		{ "body_part_scan_size 20\n", "A B D" },
		{ "rawbody_part_scan_size 20\n", "A B C" },
		{ "body_total_scan_size 30\n", "A B D" },
		{ "rawbody_total_scan_size 30\n", "A B C" },
		{ "body_total_scan_size 0\nrawbody_total_scan_size 0\n", "A B C D" },
	};
	char text[300], line[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hits *hits;
		char names[50] = "";

		snprintf(text, sizeof(text), "%s%s", cases[0].rules, i > 0 ? cases[i].rules : "");
		snprintf(line, sizeof(line), "rules %s\n", scratch_write("sizes.cf", text));
		load(line);
		hits = run(message)->hits;
		for (size_t k = 0; k < hits->len; k++)
			if (hits->items[k].name.len == 1)
				snprintf(names + strlen(names), 3, "%s%c",
				         names[0] == '\0' ? "" : " ", hits->items[k].name.data[0]);
		assert_string_equal(names, cases[i].hits);
	}
}

#define ASSAY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ASSAY_TEST(test_the_exact_score_decides),
		ASSAY_TEST(test_scan_sizes),
		ASSAY_TEST(test_welcome_listed_mail_shows_its_score),
		ASSAY_TEST(test_known_clients),
		ASSAY_TEST(test_only_what_is_certain_is_dropped),
		ASSAY_TEST(test_the_seal_carries_the_verdict),
		ASSAY_TEST(test_ham_and_logged_in_users_pass_the_hop),
		ASSAY_TEST(test_a_forged_seal_is_not_believed),
		ASSAY_TEST(test_a_seal_belongs_to_its_message),
		ASSAY_TEST(test_a_seal_is_of_a_front),
		ASSAY_TEST(test_seal_max_age),
		ASSAY_TEST(test_a_seal_of_a_front_in_doubt),
		ASSAY_TEST(test_a_seal_of_skipped_mail),
		ASSAY_TEST(test_trusted_clients_unseen_by_the_front),
		ASSAY_TEST(test_recipient_of_unsealed_mail),
		ASSAY_TEST(test_stored_mail_has_no_client),
		ASSAY_TEST(test_own_bounces_pass_the_hop),
		ASSAY_TEST(test_logged_in_users_unseen_by_the_front),
	};

	return cmocka_run_group_tests_name("assay", tests, NULL, scratch_remove);
}
