/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/unit.h"

#include <string.h>

#include "milter/log_line.h"
#include "tests/unit/ending.h"

static struct example example;

static int set_up(void **state)
{
	(void)state;
	example_init(&example, "", "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	example_deinit(&example);
	return 0;
}

/* The line with its time, the one thing that differs, replaced. */
static struct str line(struct str note)
{
	struct str text = log_line(&example.ending, note);
	ptrdiff_t time = str_find(text, STR(", time="));
	struct str rest;

	assert_true(time > 0);
	rest = str_from_offset(text, (size_t)time + 7);
	return arena_printf(example.arena, "%.*s, time=N%.*s", (int)time, text.data,
	                    STR_FMT(str_from_offset(rest, (size_t)str_find(rest, STR("ms")))));
}

static void test_ordinary(void **state)
{
	(void)state;
	assert_str(line(STR("")),
	           "client=mx.example.com[192.0.2.7], from=<ann@example.com>, nrcpt=2, size=4711, "
	           "score=6.2, required=5, action=tag, tests=A=4,B=2.2, time=Nms, "
	           "id=towrhnzbfjg02iy4");
}

static void test_everything_there_is_to_say(void **state)
{
	(void)state;
	example.session.envelope.client_name = STR("");
	example.session.envelope.client_ip = STR("");
	example.session.envelope.sender = STR("");
	example.assay.score = -95940;
	example.assay.rules = STR("");
	example.assay.sealed = true;
	vec_push(example.arena, &example.assay.limits, STR("time"));
	vec_push(example.arena, &example.assay.limits, STR("parts"));
	example.verdict.hint = STR("set up the hop");
	for (size_t i = 0; i < 2; i++) {
		example.verdict.recipients[i].observe = true;
		example.verdict.recipients[i].destination = STR("x@dry.example");
	}
	example.verdict.action = VERDICT_DROP;
	assert_str(line(STR("not dropped: no disk")),
	           "client=unknown[local], from=<>, nrcpt=2, size=4711, score=-95.94, required=5, "
	           "action=discard, tests=none, time=Nms, id=towrhnzbfjg02iy4, "
	           "observed=x@dry.example,x@dry.example, sealed=yes, "
	           "limits=time,parts, note=not dropped: no disk, hint=set up the hop");
}

/* Each field is there once, whatever strangers call themselves. */
static void test_nobody_writes_fields(void **state)
{
	static const char *const keys[] = { "client=", "from=",   "nrcpt=",    "size=", "score=",
		                            "tests=",  "action=", "required=", "id=",   "spf=" };
	struct envelope *envelope = &example.session.envelope;
	const struct spf_result spf = { .mail_from = { .status = SPF_STATUS_FAIL } };
	struct str text, before;

	(void)state;
	envelope->sender = STR("\"a>, score=-99, from=<b, SCORE=1\"@x.example");
	envelope->client_name = STR("h[127.0.0.1], from=<ok>,tests=none,action=pass,id=x");
	example.verdict.recipients[0].observe = true;
	example.verdict.recipients[0].destination = STR("x,spf=pass, size=1@far.example");
	example.assay.new_sender = STR("SRS0=AbCd=U7=x.example=score=1@srs.example");
	example.assay.facts = &(struct facts){ .spf = &spf };
	example.verdict.hint = STR("nothing for <a, required=1@b.example> is dropped");
	text = line(STR("not dropped: <nrcpt=9> failed"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		ptrdiff_t at = str_find_ci(text, str_from(keys[i]));

		assert_true(at >= 0);
		before = str_from_offset(text, (size_t)at + 1);
		if (str_find_ci(before, str_from(keys[i])) >= 0)
			fail_msg("%s is there twice: %.*s", keys[i], STR_FMT(text));
	}
	assert_true(str_starts(text, STR("client=h\\133127.0.0.1\\135\\054\\040from\\075")));
	assert_true(str_find(text, STR("srs=SRS0=AbCd=U7=x.example=score\\0751@srs.example")) > 0);
	assert_true(str_find(text, STR("spf=fail")) > 0);
	envelope->sender = STR("news+joe=b.example@x.example");
	assert_true(str_find(line(STR("")), STR("from=<news+joe=b.example@x.example>")) > 0);
	envelope->sender = STR("a\xc2\x9b\xe2\x80\xae\\@x.example");
	assert_true(str_find(line(STR("")),
	                     STR("from=<a\\302\\233\\342\\200\\256\\134@x.example>")) > 0);
}

static void assert_action(const char *expected)
{
	struct str text = log_line(&example.ending, STR(""));

	if (str_find(text, arena_printf(example.arena, "action=%s,", expected)) < 0)
		fail_msg("no action=%s in \"%.*s\"", expected, STR_FMT(text));
}

static void test_actions(void **state)
{
	(void)state;
	example.verdict.action = VERDICT_PASS;
	assert_action("pass");
	example.verdict.action = VERDICT_PARTIAL;
	assert_action("partial+tag");
	example.verdict.tag = false;
	assert_action("partial");
	example.assay.skipped = "its sender has logged in here";
	assert_action("skip");
}

/* A sender chooses its address and what hits: the rest of the line must not be lost for it. */
static void test_long_texts_are_cut(void **state)
{
	char text[20000];

	(void)state;
	memset(text, 'x', sizeof(text));
	example.session.envelope.sender = (struct str){ text, sizeof(text) };
	example.assay.rules = (struct str){ text, sizeof(text) };
	assert_true(log_line(&example.ending, STR("")).len < 5000);
	assert_true(str_find(log_line(&example.ending, STR("")), STR("time=")) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_ordinary, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_everything_there_is_to_say, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_writes_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_actions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_texts_are_cut, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
