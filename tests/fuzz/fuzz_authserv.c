/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as a stored message, of which the Authentication-Results are believed: those of a host
 * by its name, and the topmost ones. */
#include <assert.h>

#include "facts/auth_results.h"
#include "facts/authserv.h"
#include "facts/facts_gather.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clauses(struct arena *arena, const struct facts *facts)
{
	struct str_list lines = { 0 };

	auth_results(arena, facts, false, &lines);
	for (size_t i = 0; i < lines.len; i++)
		for (size_t k = 0; k < lines.items[i].len; k++)
			assert((unsigned char)lines.items[i].data[k] >= ' ' &&
			       (unsigned char)lines.items[i].data[k] < 0x7f);
}

static void check_dkim(const struct dkim_facts *dkim)
{
	assert(dkim->message.count <= DKIM_SIGNATURES_MAX + AUTHSERV_SIGNATURES_MAX);
	assert(dkim->arc.result == ARC_NONE || dkim->arc.result == ARC_PASS ||
	       dkim->arc.reason[0] != '\0');
	for (size_t i = 0; i < dkim->message.count; i++)
		assert(dkim->message.checks[i].result != DKIM_NONE &&
		       dkim->message.checks[i].key_name.len == 0);
}

static void check_believed(const struct message *message, struct str name)
{
	static const struct envelope stored;
	struct arena *arena = arena_new();
	struct str_list names = { 0 };
	struct facts_settings settings = { .authservs = &names, .hostname = STR("us.example") };
	struct facts_input input = { .message = message,
		                     .headers = &message->headers,
		                     .envelope = &stored };
	const struct facts *facts;

	vec_push(arena, &names, name);
	facts = facts_gather(arena, &input, &settings);
	assert((facts->spf != NULL || facts->dkim != NULL || facts->dmarc != NULL) ==
	       (facts->authserv.len > 0));
	if (facts->dkim != NULL)
		check_dkim(facts->dkim);
	check_clauses(arena, facts);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct message_limits limits = message_default_limits();
	const struct message *message =
		message_parse(arena, (struct str){ (const char *)data, size }, &limits);

	check_believed(message, STR("*"));
	check_believed(message, STR("mx.google.com"));
	arena_free(arena);
	return 0;
}
