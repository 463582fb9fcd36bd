/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounces to rewritten senders: what is answered at RCPT, and what the MTA is asked for. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "milter/bounce.h"
#include "tests/unit/scratch.h"

static struct arena *arena;
static struct policy_slot *slot;
static struct service service;
static struct session session;
static char requests[1000], reply[200];
static const char *failing; /* the request that libmilter doesn't take */

static int note(const char *what, const char *address)
{
	size_t len = strlen(requests);

	snprintf(requests + len, sizeof(requests) - len, "%s %s\n", what, address);
	return failing != NULL && strcmp(failing, what) == 0 ? MI_FAILURE : MI_SUCCESS;
}

/* In the place of libmilter's. */
int smfi_addrcpt(SMFICTX *ctx, char *address)
{
	(void)ctx;
	return note("add", address);
}

int smfi_delrcpt(SMFICTX *ctx, char *address)
{
	(void)ctx;
	return note("delete", address);
}

int smfi_setreply(SMFICTX *ctx, char *code, char *status, char *text)
{
	(void)ctx;
	snprintf(reply, sizeof(reply), "%s %s %s", code, status, text);
	return MI_SUCCESS;
}

static struct policy *load(const char *srs)
{
	struct problems problems;
	char conf[1024];

	problems_init(&problems, arena);
	chmod(scratch_write("secret", "tops3cr3t\n"), 0600);
	snprintf(conf, sizeof(conf),
	         "rules %s\nhostname mx.example.net\nsrs_domain srs.example\nsrs_secret_file %s\n"
	         "%s\n[daemon FORWARD]\nrole forward\n",
	         scratch_write("test.cf", ""), scratch_path("secret"), srs);
	return policy_load(scratch_write("assay.conf", conf), &problems);
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	slot = policy_slot_new(load("srs always"));
	service.slot = slot;
	session = (struct session){ .arena = arena, .answers_rcpt = true };
	requests[0] = reply[0] = '\0';
	failing = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	policy_slot_free(slot);
	arena_free(arena);
	return 0;
}

static struct str rewritten(const char *sender)
{
	const struct policy *policy = policy_pin(slot);
	struct str address;

	assert_int_equal(
		srs_forward(arena, &policy->srs, str_from(sender), (int64_t)time(NULL), &address),
		SRS_REWRITTEN);
	policy_unpin(slot, policy);
	return address;
}

static sfsistat ask(struct str address, struct str *reversed)
{
	return bounce_check_recipient(NULL, &service, &session, address, reversed);
}

static void test_answers(void **state)
{
	struct str back;

	(void)state;
	assert_true(bounce_expected(&service));
	assert_int_equal(ask(rewritten("joe@client.example"), &back), SMFIS_CONTINUE);
	assert_str(back, "joe@client.example");
	assert_int_equal(ask(STR("joe@srs.example"), &back), SMFIS_CONTINUE);
	assert_str(back, "");
	assert_string_equal(reply, "");
	assert_int_equal(ask(STR("SRS0=aaaa=AA=client.example=joe@srs.example"), &back),
	                 SMFIS_REJECT);
	assert_string_equal(reply, "550 5.1.1 SRS address was not made here");
	assert_str(back, "");
}

/* Where no answer was negotiated, none is given; whom it is for is told. */
static void test_unasked(void **state)
{
	struct str back;

	(void)state;
	session.answers_rcpt = false;
	assert_int_equal(ask(STR("SRS0=x@srs.example"), &back), SMFIS_CONTINUE);
	assert_str(back, "");
	assert_int_equal(ask(rewritten("joe@client.example"), &back), SMFIS_CONTINUE);
	assert_str(back, "joe@client.example");
	assert_string_equal(reply, "");
}

/* The hop sees what is on its way to the front. */
static void test_hop_leaves_them_alone(void **state)
{
	struct str back;

	(void)state;
	session.envelope.daemon_name = STR("FORWARD");
	assert_int_equal(ask(rewritten("joe@client.example"), &back), SMFIS_CONTINUE);
	assert_str(back, "");
	assert_int_equal(ask(STR("SRS0=x@srs.example"), &back), SMFIS_CONTINUE);
}

/* The tables alone do it. */
static void test_srs_off(void **state)
{
	struct str address = rewritten("joe@client.example"), back;

	(void)state;
	session.answers_rcpt = false;
	policy_publish(slot, load("srs off\nsrs_socketmap unix:/run/x.sock"));
	assert_false(bounce_expected(&service));
	assert_int_equal(ask(address, &back), SMFIS_CONTINUE);
	assert_str(back, "joe@client.example");
	assert_int_equal(ask(STR("SRS0=x@srs.example"), &back), SMFIS_CONTINUE);
}

/* A bounce that can't be judged comes again, and so isn't lost. */
static void test_without_hash(void **state)
{
	struct str address = rewritten("joe@client.example"), back;

	(void)state;
	EVP_set_default_properties(NULL, "provider=none");
	assert_int_equal(ask(address, &back), SMFIS_TEMPFAIL);
	EVP_set_default_properties(NULL, "");
	assert_true(strncmp(reply, "451 4.3.0 ", 10) == 0);
	assert_str(back, "");
}

static struct recipient_verdict verdicts[3];
static const struct verdict verdict = { .recipients = verdicts, .recipient_count = 3 };

static void add(const char *argument, const char *reversed, bool drop)
{
	struct envelope_recipient recipient = { .reversed = str_from(reversed) };

	verdicts[session.envelope.recipients.len].drop = drop;
	vec_push(arena, &session.recipient_arguments, str_from(argument));
	vec_push(arena, &session.envelope.recipients, recipient);
}

/* At no time is the message without its recipient. */
static void test_new_before_old(void **state)
{
	(void)state;
	add("<box@example.net>", "", false);
	add("<SRS0=1@srs.example>", "joe@client.example", false);
	add("<SRS0=2@srs.example>", "ann@client.example", false);
	assert_int_equal(bounce_redirect(NULL, &session, &verdict), 0);
	assert_string_equal(requests, "add <joe@client.example>\ndelete <SRS0=1@srs.example>\n"
	                              "add <ann@client.example>\ndelete <SRS0=2@srs.example>\n");
}

/* What is dropped must not come back under the other address. */
static void test_dropped_are_not_replaced(void **state)
{
	(void)state;
	add("<SRS0=1@srs.example>", "joe@client.example", true);
	add("<SRS0=2@srs.example>", "ann@client.example", false);
	assert_int_equal(bounce_redirect(NULL, &session, &verdict), 0);
	assert_string_equal(requests, "add <ann@client.example>\ndelete <SRS0=2@srs.example>\n");
}

/* The MTA's tables do it, and the changes were not negotiated. */
static void test_tables_replace(void **state)
{
	(void)state;
	session.answers_rcpt = false;
	add("<SRS0=1@srs.example>", "joe@client.example", false);
	assert_int_equal(bounce_redirect(NULL, &session, &verdict), 0);
	assert_string_equal(requests, "");
}

static void test_failures(void **state)
{
	(void)state;
	add("<SRS0=1@srs.example>", "joe@client.example", false);
	add("<SRS0=2@srs.example>", "ann@client.example", false);
	add("<box@example.net>", "", false);
	failing = "add";
	assert_int_equal(bounce_redirect(NULL, &session, &verdict), 2);
	assert_string_equal(requests, "add <joe@client.example>\nadd <ann@client.example>\n");
	failing = "delete";
	assert_int_equal(bounce_redirect(NULL, &session, &verdict), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unasked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hop_leaves_them_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_srs_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_hash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_new_before_old, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dropped_are_not_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tables_replace, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("bounce", tests, NULL, scratch_remove);
}
