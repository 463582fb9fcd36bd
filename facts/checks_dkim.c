/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The signatures of a message, and its chain of seals: all keys are asked for at once. */
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "facts/checks.h"

#define QUESTIONS_MAX (DKIM_SIGNATURES_MAX + 1 + ARC_SETS_MAX)

struct dkim_keys {
	struct dkim_facts *facts;                 /* in the message's arena */
	struct dns_query *queries[QUESTIONS_MAX]; /* the signatures', then the chain's; or NULL */
	size_t count;
};

static void ask(struct dkim_keys *keys, struct dns *dns, struct str name)
{
	keys->queries[keys->count++] = name.len > 0 ? dns_query_start(dns, name, DNS_TXT) : NULL;
}

static void *complete(const struct check_context *context, void *check)
{
	const struct message *message = context->input->message;
	struct dkim_input input = { .headers = message->raw_headers,
		                    .skip = context->input->added_fields,
		                    .body = message->raw_body,
		                    .truncated = context->input->truncated ||
		                                 (message->limits & MESSAGE_LIMIT_BYTES) != 0,
		                    .now = (int64_t)time(NULL) };
	struct dkim_facts *facts;
	struct dkim_keys *keys;

	(void)check;
	if (context->lookups == NULL || !context->settings->network_tests ||
	    !context->settings->dkim)
		return NULL;
	facts = arena_new_object(context->arena, struct dkim_facts);
	context->facts->dkim = facts;
	dkim_read(context->arena, &input, &facts->message);
	arc_read(context->arena, input, &facts->message.fields, &facts->arc);
	if (facts->message.count == 0 && facts->arc.questions.len == 0)
		return NULL;
	keys = memory_calloc(1, sizeof(*keys));
	keys->facts = facts;
	for (size_t i = 0; i < facts->message.count; i++)
		ask(keys, context->lookups->dns, facts->message.checks[i].key_name);
	for (size_t i = 0; i < facts->arc.questions.len; i++)
		ask(keys, context->lookups->dns, facts->arc.questions.items[i]);
	return keys;
}

static bool is_done(void *check)
{
	const struct dkim_keys *keys = check;

	for (size_t i = 0; i < keys->count; i++)
		if (keys->queries[i] != NULL &&
		    dns_query_wait(keys->queries[i], deadline_in_ms(0)) == NULL)
			return false;
	return true;
}

static void abandon(void *check)
{
	struct dkim_keys *keys = check;

	for (size_t i = 0; i < keys->count; i++)
		if (keys->queries[i] != NULL)
			dns_query_free(keys->queries[i]);
	free(keys);
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	const struct dns_answer *answers[QUESTIONS_MAX] = { NULL };
	struct dkim_keys *keys = check;
	struct dkim_facts *facts = keys->facts;

	for (size_t i = 0; i < keys->count; i++)
		if (keys->queries[i] != NULL)
			answers[i] = dns_query_wait(keys->queries[i], deadline);
	for (size_t i = 0; i < facts->message.count; i++)
		dkim_verify(context->arena, &facts->message, &facts->message.checks[i], answers[i]);
	arc_verify(context->arena, &facts->arc, answers + facts->message.count);
	abandon(keys);
}

const struct check_kind dkim_check_kind = { "dkim", NULL, complete, is_done, finish, abandon };
