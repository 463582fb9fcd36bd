/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signatures of a message, and its chain of seals: all keys are asked for at once. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "facts/checks.h"

#define QUESTIONS_MAX (DKIM_SIGNATURES_MAX + 1 + ARC_SETS_MAX)

struct dkim_run {
	struct dkim_bodies *bodies;               /* while the body arrives; or NULL */
	struct dkim_facts *facts;                 /* in the message's arena */
	struct dns_query *queries[QUESTIONS_MAX]; /* the signatures', then the chain's; or NULL */
	size_t count;
};

static bool is_wanted(const struct check_context *context)
{
	return context->lookups != NULL && context->settings->network_tests &&
	       context->settings->dkim;
}

static void *begin(const struct check_context *context)
{
	return is_wanted(context) ? memory_calloc(1, sizeof(struct dkim_run)) : NULL;
}

static void add_header(void *check, struct str headers)
{
	struct dkim_run *run = check;

	run->bodies = dkim_bodies_start(headers);
}

static void add_body(void *check, struct str piece)
{
	struct dkim_run *run = check;

	dkim_bodies_add(run->bodies, piece);
}

static void ask(struct dkim_run *run, struct dns *dns, struct str name)
{
	run->queries[run->count++] = name.len > 0 ? dns_query_start(dns, name, DNS_TXT) : NULL;
}

static void abandon(void *check)
{
	struct dkim_run *run = check;

	if (run == NULL)
		return;
	for (size_t i = 0; i < run->count; i++)
		if (run->queries[i] != NULL)
			dns_query_free(run->queries[i]);
	dkim_bodies_free(run->bodies);
	free(run);
}

/* What was hashed while the body arrived, if it was just the body. */
static const struct dkim_bodies *finish_bodies(const struct dkim_run *run, struct str body)
{
	if (run == NULL || run->bodies == NULL || !dkim_bodies_finish(run->bodies, body))
		return NULL;
	return run->bodies;
}

/* Signatures and chain with what they want to know; NULL: nothing is to be asked. */
static struct dkim_facts *read_signatures(const struct check_context *context,
                                          const struct dkim_bodies *bodies)
{
	const struct message *message = context->input->message;
	struct dkim_input input = { .headers = message->raw_headers,
		                    .skip = context->input->added_fields,
		                    .body = message->raw_body,
		                    .truncated = context->input->truncated ||
		                                 (message->limits & MESSAGE_LIMIT_BYTES) != 0,
		                    .bodies = bodies,
		                    .now = (int64_t)time(NULL) };
	struct dkim_facts *facts = arena_new_object(context->arena, struct dkim_facts);

	context->facts->dkim = facts;
	dkim_read(context->arena, &input, &facts->message);
	arc_read(context->arena, input, &facts->message.fields, &facts->arc);
	return facts->message.count > 0 || facts->arc.questions.len > 0 ? facts : NULL;
}

static void *complete(const struct check_context *context, void *check)
{
	struct dkim_run *run = check;
	struct dkim_facts *facts = NULL;

	if (is_wanted(context))
		facts = read_signatures(context,
		                        finish_bodies(run, context->input->message->raw_body));
	if (facts == NULL) {
		abandon(run);
		return NULL;
	}
	if (run == NULL)
		run = memory_calloc(1, sizeof(*run));
	run->facts = facts;
	for (size_t i = 0; i < facts->message.count; i++)
		ask(run, context->lookups->dns, facts->message.checks[i].key_name);
	for (size_t i = 0; i < facts->arc.questions.len; i++)
		ask(run, context->lookups->dns, facts->arc.questions.items[i]);
	return run;
}

static bool is_done(void *check)
{
	const struct dkim_run *run = check;

	for (size_t i = 0; i < run->count; i++)
		if (run->queries[i] != NULL &&
		    dns_query_wait(run->queries[i], deadline_in_ms(0)) == NULL)
			return false;
	return true;
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	const struct dns_answer *answers[QUESTIONS_MAX] = { NULL };
	struct dkim_run *run = check;
	struct dkim_facts *facts = run->facts;

	for (size_t i = 0; i < run->count; i++)
		if (run->queries[i] != NULL)
			answers[i] = dns_query_wait(run->queries[i], deadline);
	for (size_t i = 0; i < facts->message.count; i++)
		dkim_verify(context->arena, &facts->message, &facts->message.checks[i], answers[i]);
	arc_verify(context->arena, &facts->arc, answers + facts->message.count);
	abandon(run);
}

const struct check_kind dkim_check_kind = {
	.name = "dkim",
	.begin = begin,
	.add_header = add_header,
	.add_body = add_body,
	.complete = complete,
	.is_done = is_done,
	.finish = finish,
	.abandon = abandon,
};
