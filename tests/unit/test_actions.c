/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "milter/actions.h"
#include "tests/unit/ending.h"

static struct example example;
static char requests[2000];
static int answer = MI_SUCCESS;

/* In the place of libmilter's: what was asked for, in words. */
static int note(const char *what, const char *name, int index, const char *value)
{
	size_t len = strlen(requests);

	snprintf(requests + len, sizeof(requests) - len, "%s %s %d %s\n", what, name, index,
	         value != NULL ? value : "NULL");
	return answer;
}

int smfi_chgheader(SMFICTX *ctx, char *name, int index, char *value)
{
	(void)ctx;
	return note("change", name, index, value);
}

int smfi_insheader(SMFICTX *ctx, int index, char *name, char *value)
{
	(void)ctx;
	return note("insert", name, index, value);
}

int smfi_addheader(SMFICTX *ctx, char *name, char *value)
{
	(void)ctx;
	return note("add", name, 0, value);
}

int smfi_delrcpt(SMFICTX *ctx, char *address)
{
	(void)ctx;
	return note("delrcpt", address, 0, "");
}

static void add_edit(enum header_edit_kind kind, struct str name, unsigned index, struct str value)
{
	struct header_edit edit = { .kind = kind, .name = name, .index = index, .value = value };

	vec_push(example.arena, &example.report, edit);
}

static int set_up(void **state)
{
	(void)state;
	example_init(&example, "", "");
	add_edit(HEADER_DELETE, STR("X-Spam-Flag"), 2, STR(""));
	add_edit(HEADER_CHANGE, STR("Subject"), 1, STR("[SPAM] a\n b"));
	add_edit(HEADER_INSERT, STR("X-Spam-Flag"), 0, STR("YES"));
	add_edit(HEADER_APPEND, STR("X-Last"), 0, STR("end"));
	requests[0] = '\0';
	answer = MI_SUCCESS;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	example_deinit(&example);
	return 0;
}

/* What the message's own line in the log says of it. */
static struct str failed;

static void test_report_in_order(void **state)
{
	(void)state;
	assert_int_equal(actions_apply(NULL, &example.ending, &failed), SMFIS_CONTINUE);
	assert_string_equal(requests, "change X-Spam-Flag 2 NULL\n"
	                              "change Subject 1 [SPAM] a\n b\n"
	                              "insert X-Spam-Flag 0 YES\n"
	                              "add X-Last 0 end\n");
	assert_str(failed, "");
}

/* Negotiated: values carry the space after the colon themselves. */
static void test_leading_space(void **state)
{
	(void)state;
	example.session.lead_space = true;
	assert_int_equal(actions_apply(NULL, &example.ending, &failed), SMFIS_CONTINUE);
	assert_string_equal(requests, "change X-Spam-Flag 2 NULL\n"
	                              "change Subject 1  [SPAM] a\n b\n"
	                              "insert X-Spam-Flag 0  YES\n"
	                              "add X-Last 0  end\n");
}

static void test_drop_asks_for_nothing_else(void **state)
{
	(void)state;
	example.verdict.action = VERDICT_DROP;
	assert_int_equal(actions_apply(NULL, &example.ending, &failed), SMFIS_DISCARD);
	assert_string_equal(requests, "");
}

static void test_partial_drop(void **state)
{
	(void)state;
	example.verdict.action = VERDICT_PARTIAL;
	example.verdict.recipients[1].drop = true;
	assert_int_equal(actions_apply(NULL, &example.ending, &failed), SMFIS_CONTINUE);
	assert_non_null(strstr(requests, "delrcpt <away@example.net> 0"));
	assert_null(strstr(requests, "joe@example.net"));
}

/* Whatever libmilter says, the message is delivered. */
static void test_failures_deliver(void **state)
{
	(void)state;
	answer = MI_FAILURE;
	example.verdict.action = VERDICT_PARTIAL;
	example.verdict.recipients[1].drop = true;
	assert_int_equal(actions_apply(NULL, &example.ending, &failed), SMFIS_CONTINUE);
	assert_non_null(strstr(requests, "delrcpt"));
	assert_str(failed, "4 of 4 header changes failed; delivered without them; recipient "
	                   "<away@example.net> could not be dropped; delivered");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_report_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_leading_space, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_drop_asks_for_nothing_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_partial_drop, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failures_deliver, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
