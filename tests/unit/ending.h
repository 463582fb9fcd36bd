/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message at its end for tests: one sender, two recipients, a score of 6.2 and a clean report. */
#ifndef TESTS_UNIT_ENDING_H
#define TESTS_UNIT_ENDING_H

#include "milter/session_private.h"
#include "tests/unit/unit.h"

struct example {
	struct arena *arena;
	struct service service;
	struct session session;
	struct policy policy;
	struct message message;
	struct facts facts;
	struct verdict verdict;
	struct report report;
	struct assay assay;
	struct session_ending ending;
};

static inline void example_add_recipient(struct example *example, struct str address)
{
	struct envelope_recipient recipient = { .address = address };
	struct recipient_verdict *verdicts = example->verdict.recipients;
	size_t count = example->verdict.recipient_count++;

	vec_push(example->arena, &example->session.envelope.recipients, recipient);
	vec_push(example->arena, &example->session.recipient_arguments,
	         arena_printf(example->arena, "<%.*s>", STR_FMT(address)));
	example->verdict.recipients =
		arena_grow(example->arena, verdicts, count * sizeof(*verdicts),
	                   (count + 1) * sizeof(*verdicts));
	example->verdict.recipients[count] = (struct recipient_verdict){
		.address = address,
		.class = RECIPIENT_HOSTED,
		.threshold = 5000,
	};
}

/* `headers` are what message/ finds in the text. */
static inline void example_init(struct example *example, const char *settings, const char *headers)
{
	struct problems problems;
	size_t body;
	bool overflow;

	memset(example, 0, sizeof(*example));
	example->arena = example->session.arena = arena_new();
	problems_init(&problems, example->arena);
	settings_init(&example->policy.settings, example->arena);
	assert_true(settings_parse(&example->policy.settings, example->arena, str_from(settings),
	                           "test.conf", &problems));
	header_parse(example->arena, str_from(headers), 100, &example->message.headers, &body,
	             &overflow);
	example->session.envelope.client_ip = STR("192.0.2.7");
	example->session.envelope.client_name = STR("mx.example.com");
	example->session.envelope.sender = STR("ann@example.com");
	example->session.envelope.queue_id = STR("4XYZ");
	example->session.mail.size = 4711;
	example_add_recipient(example, STR("joe@example.net"));
	example_add_recipient(example, STR("away@example.net"));
	example->facts.message = &example->message;
	example->facts.envelope = &example->session.envelope;
	example->verdict.action = VERDICT_TAG;
	example->verdict.tag = true;
	example->verdict.required = 5000;
	example->assay.id = STR("towrhnzbfjg02iy4");
	example->assay.facts = &example->facts;
	example->assay.verdict = &example->verdict;
	example->assay.report = &example->report;
	example->assay.score = 6200;
	example->assay.rules = STR("A=4,B=2.2");
	example->ending.service = &example->service;
	example->ending.session = &example->session;
	example->ending.policy = &example->policy;
	example->ending.assay = &example->assay;
	example->ending.started_us = clock_monotonic_us();
	example->ending.content = STR("0123456789abcdef");
}

static inline void example_deinit(struct example *example)
{
	arena_free(example->arena);
}

#endif
