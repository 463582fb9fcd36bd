/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What follows for a message from what the store says of its sender, whoever the store is. */
#include "tests/unit/unit.h"

#include <time.h>

#include "scoring/acquaintance.h"
#include "scoring/assay.h"
#include "scoring/people_lessons.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/scratch.h"

#define DAY 86400
#ifndef TOP_SRCDIR
#define TOP_SRCDIR "."
#endif

/* A store that knows what is put here. */
struct known {
	struct people_reader reader;
	bool away;
	struct people_question asked;
	struct people_answer answer;
};

static const struct fake_record records[] = {
	{ "sender.example", DNS_TXT, "v=spf1 ip4:198.51.100.7 -all" },
	{ "open.example", DNS_TXT, "v=spf1 +all" },
	{ NULL, 0, NULL },
};

static struct arena *arena;
static struct problems problems;
static struct policy *policy;
static struct envelope envelope;
static struct known known;
static struct fake_zone zone;
static struct lookups lookups;
static const char *author; /* what From says */
static const char *reply;  /* In-Reply-To */
static const struct assay *assay;

static bool read_known(const struct people_reader *reader, struct arena *message_arena,
                       const struct people_question *question, struct deadline deadline,
                       struct people_answer *answer_r)
{
	struct known *k = (struct known *)reader;

	(void)message_arena;
	(void)deadline;
	k->asked = *question;
	/* As a store: only of whom it is asked. */
	*answer_r = k->answer;
	if (question->author.len == 0)
		answer_r->contacts.len = 0;
	if (question->threads.len == 0)
		answer_r->threads.len = 0;
	if (question->identities.len == 0)
		answer_r->histories.len = 0;
	return !k->away;
}

static void load(const char *more)
{
	char conf[2048];

	policy_free(policy);
	snprintf(conf, sizeof(conf),
	         "rules %s\nrules " TOP_SRCDIR "/rules/assay/10_lists.cf\n"
	         "rules " TOP_SRCDIR "/rules/assay/75_people.cf\nhostname mx1.example.net\n"
	         "dkim no\ndmarc no\nhosted_domains hosted.example other.example\n"
	         "forward_map texthash:%s\n%s",
	         scratch_write("test.cf", "body SEVEN /seven points/\nscore SEVEN 7\n"
	                                  "body ONE /one point/\nscore ONE 1\n"
	                                  "meta KNOWN_AND_SEVEN KNOWN_CORRESPONDENT && SEVEN\n"
	                                  "score KNOWN_AND_SEVEN 0.5\n"),
	         scratch_write("virtual", "joe@hosted.example joe@aol.example\n"
	                                  "bill@other.example bill@aol.example\n"),
	         more);
	policy = policy_load(scratch_write("assay.conf", conf), &problems);
	for (size_t i = 0; policy == NULL && i < problems.len; i++)
		print_error("%.*s\n", STR_FMT(problems.items[i].text));
	assert_non_null(policy);
}

static void to(const char *recipient)
{
	vec_add(arena, &envelope.recipients)->address = str_from(recipient);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	problems_init(&problems, arena);
	zone = (struct fake_zone){ .records = records };
	lookups.dns = dns_new_from(fake_answer, &zone);
	lookups.spf = spf_new(lookups.dns, 2000);
	envelope = (struct envelope){
		.client_ip = STR("198.51.100.7"),
		.helo = STR("client.example"),
		.sender = STR("x@sender.example"),
		.has_sender = true,
		.host = STR("mx1.example.net"),
	};
	known = (struct known){ .reader.read = read_known };
	author = "Friend <Friend@Sender.example>";
	reply = NULL;
	to("joe@hosted.example");
	load("");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dns_free(lookups.dns);
	spf_free(lookups.spf);
	policy_free(policy);
	policy = NULL;
	arena_free(arena);
	return 0;
}

static const struct assay *score(const char *body)
{
	struct assay_input input = { .envelope = &envelope,
		                     .deadline = deadline_in_ms(60000),
		                     .lookups = &lookups,
		                     .people = &known.reader };

	input.raw = arena_printf(
		arena, "From: %s\n%s%s%sSubject: s\nMessage-ID: <m@sender.example>\n\n%s\n", author,
		reply != NULL ? "In-Reply-To: " : "", reply != NULL ? reply : "",
		reply != NULL ? "\n" : "", body);
	input.pending = pending_checks_begin(arena, policy, &envelope, &lookups);
	assay = assay_message(arena, policy, &input);
	pending_checks_abandon(input.pending);
	return assay;
}

static void list(const char *scope, const char *pattern, enum people_list which,
                 bool unauthenticated)
{
	struct people_entry entry = { .scope = str_from(scope),
		                      .pattern = str_from(pattern),
		                      .list = which,
		                      .unauthenticated = unauthenticated };

	vec_push(arena, &known.answer.entries, entry);
}

static void wrote(const char *scope, int64_t count, int64_t days_ago)
{
	struct people_contact contact = { .scope = str_from(scope),
		                          .count = count,
		                          .last_s = (int64_t)time(NULL) - days_ago * DAY };

	vec_push(arena, &known.answer.contacts, contact);
}

static void test_a_welcome_needs_to_be_the_senders(void **state)
{
	(void)state;
	list("joe@hosted.example", "friend@sender.example", PEOPLE_WELCOMED, false);
	assert_str(score("seven points")->rules, "SEVEN=7,USER_IN_WELCOMELIST=-100");
	/* SPF passes, but not for the domain of From. */
	author = "friend@other.example, friend@sender.example";
	assert_str(score("seven points")->rules, "SEVEN=7");
	author = "friend@sender.example";
	envelope.sender = STR("x@none.example");
	assert_str(score("seven points")->rules, "SEVEN=7");
	/* Everybody may send for it. */
	envelope.sender = STR("x@open.example");
	author = "friend@open.example";
	list("joe@hosted.example", "friend@open.example", PEOPLE_WELCOMED, false);
	assert_str(score("seven points")->rules, "SEVEN=7");
	list("joe@hosted.example", "friend@open.example", PEOPLE_WELCOMED, true);
	assert_str(score("seven points")->rules, "SEVEN=7,USER_IN_WELCOMELIST=-100");
}

static void test_subdomains_are_aligned(void **state)
{
	(void)state;
	list("", "*@mail.sender.example", PEOPLE_WELCOMED, false);
	author = "friend@mail.sender.example";
	assert_str(score("one point")->rules, "ONE=1,USER_IN_WELCOMELIST=-100");
}

static void test_the_narrowest_list_decides(void **state)
{
	(void)state;
	list("", "friend@sender.example", PEOPLE_BLOCKED, false);
	list("hosted.example", "*@sender.example", PEOPLE_WELCOMED, false);
	assert_str(score("one point")->rules, "ONE=1,USER_IN_WELCOMELIST=-100");
	list("joe@hosted.example", "*@*.example", PEOPLE_BLOCKED, false);
	assert_str(score("one point")->rules, "USER_IN_BLOCKLIST=100,ONE=1");
	/* In one list, what fits more closely. */
	list("joe@hosted.example", "*@sender.example", PEOPLE_WELCOMED, false);
	assert_str(score("one point")->rules, "ONE=1,USER_IN_WELCOMELIST=-100");
	/* An extension doesn't change whose list it is. */
	envelope.recipients.items[0].address = STR("Joe+news@Hosted.example");
	assert_str(score("one point")->rules, "ONE=1,USER_IN_WELCOMELIST=-100");
	/* A welcome that doesn't hold leaves the wider ones. */
	envelope.sender = STR("x@none.example");
	assert_str(score("one point")->rules, "USER_IN_BLOCKLIST=100,ONE=1");
}

static void test_a_block_needs_nothing(void **state)
{
	(void)state;
	list("", "x@none.example", PEOPLE_BLOCKED, false);
	envelope.sender = STR("X@none.example");
	author = "nobody";
	assert_str(score("one point")->rules, "USER_IN_BLOCKLIST=100,ONE=1");
}

/* One recipient's welcome is his alone: no tag for him, and no mercy for the other's forward. */
static void test_recipients_differ(void **state)
{
	const struct verdict *verdict;

	(void)state;
	to("bill@other.example");
	list("joe@hosted.example", "friend@sender.example", PEOPLE_WELCOMED, false);
	verdict = score("seven points")->verdict;
	assert_str(assay->rules, "SEVEN=7");
	assert_int_equal(assay->score, 7000);
	assert_false(verdict->tag);
	assert_false(verdict->over);
	assert_int_equal(verdict->required, 105000);
	assert_int_equal(verdict->action, VERDICT_PARTIAL);
	assert_false(verdict->recipients[0].drop);
	assert_int_equal(verdict->recipients[0].change.score, -100000);
	assert_str(verdict->recipients[0].change.rules, "USER_IN_WELCOMELIST=-100");
	assert_true(verdict->recipients[1].drop);
	assert_int_equal(verdict->recipients[1].change.score, 0);
	/* Where both do, it is the message's. */
	list("other.example", "friend@sender.example", PEOPLE_WELCOMED, false);
	score("seven points");
	assert_str(assay->rules, "SEVEN=7,USER_IN_WELCOMELIST=-100");
	assert_null(assay->hits->changes);
}

static void test_one_recipient_blocks(void **state)
{
	const struct verdict *verdict;

	(void)state;
	to("bill@other.example");
	list("joe@hosted.example", "friend@sender.example", PEOPLE_BLOCKED, false);
	verdict = score("one point")->verdict;
	assert_str(assay->rules, "ONE=1");
	assert_false(verdict->tag);
	assert_true(verdict->recipients[0].drop);
	assert_false(verdict->recipients[1].drop);
}

/* Metas follow, for each. */
static void test_metas_of_a_recipient(void **state)
{
	(void)state;
	to("bill@other.example");
	wrote("joe@hosted.example", 1, 0);
	score("seven points");
	assert_str(assay->rules, "SEVEN=7");
	assert_str(assay->verdict->recipients[0].change.rules,
	           "KNOWN_CORRESPONDENT=-1.5,KNOWN_AND_SEVEN=0.5");
	assert_int_equal(assay->verdict->recipients[0].change.score, -1000);
}

static int32_t known_points(void)
{
	score("one point");
	for (size_t i = 0; i < assay->hits->len; i++)
		if (str_eq(assay->hits->items[i].name, STR("KNOWN_CORRESPONDENT")))
			return assay->hits->items[i].score;
	return 0;
}

static void test_correspondents_are_graded(void **state)
{
	int32_t once, often, old, colleague;

	(void)state;
	assert_int_equal(known_points(), 0);
	wrote("joe@hosted.example", 1, 0);
	once = known_points();
	assert_str(known.asked.author, "friend@sender.example");
	known.answer.contacts.items[0].count = 20;
	often = known_points();
	known.answer.contacts.items[0].last_s -= 200 * DAY;
	old = known_points();
	known.answer.contacts.len = 0;
	wrote("hosted.example", 20, 0);
	colleague = known_points();
	assert_true(once < 0);
	assert_true(often < once);
	assert_true(often < old);
	assert_true(old < 0);
	assert_true(often < colleague);
	assert_true(colleague < 0);
	/* Somebody else's. */
	known.answer.contacts.len = 0;
	wrote("other.example", 20, 0);
	assert_int_equal(known_points(), 0);
	/* The site's, only if it is to be so. */
	wrote("", 20, 0);
	assert_int_equal(known_points(), 0);
	load("correspondents site\n");
	assert_true(known_points() < 0);
	load("correspondents off\n");
	assert_int_equal(known_points(), 0);
	assert_int_equal(known.asked.author.len, 0);
}

static void test_an_answer_counts_most(void **state)
{
	int32_t often;

	(void)state;
	wrote("joe@hosted.example", 1000, 0);
	often = known_points();
	reply = "<id@mx1.example.net>";
	vec_push(arena, &known.answer.threads, STR("hosted.example"));
	assert_int_equal(known_points(), -4000);
	assert_true(often > -4000);
	assert_int_equal(known.asked.threads.len, 1);
	assert_str(known.asked.threads.items[0], "id@mx1.example.net sender.example");
	/* Another domain sent it. */
	known.answer.threads.items[0] = STR("other.example");
	assert_int_equal(known_points(), often);
}

static void test_false_senders_are_not_known(void **state)
{
	(void)state;
	wrote("joe@hosted.example", 20, 0);
	reply = "<id@mx1.example.net>";
	vec_push(arena, &known.answer.threads, STR("hosted.example"));
	vec_push(arena, &known.answer.histories,
	         ((struct people_history){ STR("spf"), -9000, 50, 0 }));
	envelope.client_ip = STR("198.51.100.66");
	assert_str(score("seven points")->rules, "SEVEN=7");
	assert_int_equal(known.asked.author.len, 0);
	assert_int_equal(known.asked.threads.len, 0);
	assert_int_equal(known.asked.identities.len, 0);
}

static void remember(int32_t mean, int64_t count, int64_t days_ago)
{
	int64_t last_s = (int64_t)time(NULL) - days_ago * DAY;

	known.answer.histories.len = 0;
	vec_push(arena, &known.answer.histories,
	         ((struct people_history){
			 STR("spf sender.example 198.51.0.0/16 friend@sender.example"), mean, count,
			 last_s }));
	vec_push(arena, &known.answer.histories,
	         ((struct people_history){ STR("spf sender.example 198.51.0.0/16"), mean, count,
	                                   last_s }));
}

static int32_t pull(const char *body)
{
	score(body);
	for (size_t i = 0; i < assay->hits->len; i++)
		if (str_eq(assay->hits->items[i].name, STR("TXREP")))
			return assay->hits->items[i].score;
	return 0;
}

static void test_history_pulls(void **state)
{
	(void)state;
	assert_int_equal(pull("one point"), 0);
	/* score + factor * (mean - score) * count/(count + 1) */
	remember(3000, 1, 0);
	assert_int_equal(pull("one point"), 500);
	assert_int_equal(assay->score, 1500);
	remember(3000, 9, 0);
	assert_int_equal(pull("one point"), 900);
	remember(-1000, 1000, 0);
	/* Of the last fifty, about. */
	assert_int_equal(pull("one point"), -980);
	/* Never more than three points, either way. */
	remember(-50000, 50, 0);
	assert_int_equal(pull("seven points"), -3000);
	remember(50000, 50, 0);
	assert_int_equal(pull("seven points"), 3000);
	/* It fades. */
	remember(3000, 9, 90);
	assert_int_equal(pull("one point"), 450);
	load("sender_history off\n");
	assert_int_equal(pull("one point"), 0);
	assert_int_equal(known.asked.identities.len, 0);
}

static void test_statements_of_txrep(void **state)
{
	char conf[400];

	(void)state;
	remember(3000, 9, 0);
	snprintf(conf, sizeof(conf), "rules %s\n",
	         scratch_write("tx.cf", "txrep_factor 1\ntxrep_ipv4_mask_len 24\n"));
	load(conf);
	known.answer.histories.items[0].identity =
		STR("spf sender.example 198.51.100.0/24 friend@sender.example");
	known.answer.histories.items[1].identity = STR("spf sender.example 198.51.100.0/24");
	assert_int_equal(pull("one point"), 1800);
	snprintf(conf, sizeof(conf), "rules %s\n", scratch_write("tx.cf", "use_txrep 0\n"));
	load(conf);
	assert_int_equal(pull("one point"), 0);
	assert_int_equal(known.asked.identities.len, 0);
}

/* What lists say is no evidence of what the mail is like. */
static void test_lists_don_t_pull(void **state)
{
	(void)state;
	remember(1000, 50, 0);
	list("", "*@sender.example", PEOPLE_WELCOMED, false);
	assert_int_equal(pull("one point"), 0);
	assert_int_equal(assay->score, -99000);
	assert_int_equal(assay->hits->reputation, 1000);
}

/* Nothing is dropped because the store was silent. */
static void test_a_silent_store_is_doubt(void **state)
{
	(void)state;
	assert_int_equal(score("seven points")->verdict->action, VERDICT_DROP);
	known.away = true;
	score("seven points");
	assert_int_equal(assay->verdict->action, VERDICT_TAG);
	assert_int_equal(assay->score, 7000);
	assert_true(assay->floor <= 7000 - 100000 - 4000 - 3000);
	assert_true(str_starts(assay->doubt, STR("store: ")));
	assert_int_equal(assay->limits.len, 0);
}

static struct people_lesson_list lessons(void)
{
	struct people_lesson_list list = { 0 };

	people_lessons_of(arena, policy, &envelope, assay, &list);
	return list;
}

static void test_what_strangers_mail_teaches(void **state)
{
	struct people_lesson_list list;

	(void)state;
	score("one point");
	list = lessons();
	assert_int_equal(list.len, 2);
	assert_int_equal(list.items[0].kind, PEOPLE_SCORED);
	assert_str(list.items[0].name, "spf sender.example 198.51.0.0/16 friend@sender.example");
	assert_str(list.items[0].scope, "");
	assert_int_equal(list.items[0].score, 1000);
	assert_int_equal(list.items[0].window, 50);
	assert_str(list.items[1].name, "spf sender.example 198.51.0.0/16");
	/* Each message by what it is, not by what its sender was before. */
	remember(9000, 50, 0);
	assert_int_not_equal(pull("one point"), 0);
	assert_int_equal(lessons().items[0].score, 1000);
	load("sender_history domain\n");
	score("one point");
	assert_str(lessons().items[0].scope, "hosted.example");
	to("bill@other.example");
	score("one point");
	assert_int_equal(lessons().len, 0);
	/* What isn't known isn't learned. */
	load("");
	known.away = true;
	score("one point");
	assert_int_equal(lessons().len, 0);
	known.away = false;
	envelope.client_ip = STR("198.51.100.66");
	score("one point");
	assert_int_equal(lessons().len, 0);
}

static void test_what_our_mail_teaches(void **state)
{
	struct people_lesson_list list;

	(void)state;
	envelope.authenticated = true;
	envelope.sender = STR("Joe+x@Hosted.example");
	envelope.recipients.len = 0;
	to("Friend@Sender.example");
	author = "joe@hosted.example";
	score("one point");
	list = lessons();
	assert_int_equal(list.len, 3);
	assert_int_equal(list.items[0].kind, PEOPLE_WROTE_TO);
	assert_str(list.items[0].scope, "joe@hosted.example");
	assert_str(list.items[0].name, "friend@sender.example");
	assert_str(list.items[1].scope, "hosted.example");
	assert_int_equal(list.items[2].kind, PEOPLE_SENT);
	assert_str(list.items[2].name, "m@sender.example sender.example");
	load("correspondents site\n");
	score("one point");
	assert_int_equal(lessons().len, 5);
	/* Spam that leaves here makes nobody known. */
	score("seven points");
	assert_int_equal(lessons().len, 0);
	/* Nor does what no person wrote. */
	author = "joe@hosted.example\nAuto-Submitted: auto-replied";
	score("one point");
	assert_int_equal(lessons().len, 0);
	author = "joe@hosted.example\nAuto-Submitted: no";
	score("one point");
	assert_int_equal(lessons().len, 5);
	envelope.sender = STR("");
	score("one point");
	assert_int_equal(lessons().len, 0);
	/* Nor what so many get. */
	envelope.sender = STR("joe@hosted.example");
	for (int i = 0; i < 50; i++)
		to("another@sender.example");
	score("one point");
	assert_int_equal(lessons().len, 0);
}

static void test_trusted_clients_teach_what_begins_there(void **state)
{
	(void)state;
	envelope.sender = STR("joe@hosted.example");
	envelope.recipients.len = 0;
	to("friend@sender.example");
	author = "joe@hosted.example";
	load("trusted_networks 198.51.100.0/24\n");
	score("one point");
	assert_int_equal(lessons().len, 3);
	/* They only passed it on. */
	author = "joe@hosted.example\nReceived: from x.example (x.example [203.0.113.9])\n"
		 "\tby relay.example (Postfix) with ESMTP id 4Q; Mon, 1 Jan 2024 00:00:00 +0000";
	score("one point");
	assert_int_equal(lessons().len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_welcome_needs_to_be_the_senders, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_subdomains_are_aligned, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_narrowest_list_decides, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_block_needs_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_recipients_differ, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_recipient_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_metas_of_a_recipient, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_correspondents_are_graded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_answer_counts_most, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_false_senders_are_not_known, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_history_pulls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_statements_of_txrep, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_lists_don_t_pull, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_silent_store_is_doubt, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_strangers_mail_teaches, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(test_what_our_mail_teaches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_trusted_clients_teach_what_begins_there,
		                                set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, scratch_remove);
}
