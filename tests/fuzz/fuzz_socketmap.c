/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes from a socketmap client to our server, in pieces of which the first byte says how large
 * they are: every answer is one that Postfix understands, and nobody gets stuck. Then the same
 * bytes from a server to our client.
 */
#include <assert.h>
#include <string.h>

#include "forward/targets.h"
#include "milter/srs_connection.h"
#include "tests/unit/srs_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CLIENT_MAX 100000

struct world {
	struct srs_settings settings;
	struct forward_maps *maps;
};

static struct world *world;

/* Every other time it has to wait first. */
static bool answer(struct srs_connection *connection, struct arena *arena, struct str request,
                   struct str *answer_r)
{
	assert(request.len <= SRS_REQUEST_MAX);
	connection->pending = connection->pending == NULL ? world : NULL;
	if (connection->pending != NULL)
		return false;
	*answer_r = srs_lookup(arena, &world->settings, world->maps, request, 1700000000);
	return true;
}

/* What was put into `out` is one netstring with one answer. */
static void check_answer(struct srs_connection *connection)
{
	struct str out = { connection->out, connection->out_len }, content;
	size_t used;

	assert(netstring_read(out, SRS_LOOKUP_MAX, &content, &used) == NETSTRING_COMPLETE);
	assert(used == out.len);
	assert(str_starts(content, STR("OK ")) || str_starts(content, STR("NOTFOUND ")) ||
	       str_starts(content, STR("PERM ")));
	/* As if it had been sent. */
	connection->out_len = 0;
}

static void talk_to_server(struct str text)
{
	static struct srs_connection connection;
	size_t piece = text.len > 0 ? (unsigned char)text.data[0] + 1 : 1;

	memset(&connection, 0, sizeof(connection));
	while (text.len > 0 && !connection.closing) {
		size_t room = sizeof(connection.in) - connection.in_len;
		struct str part = str_prefix(text, piece < room ? piece : room);

		/* With all requests answered, there is always room for more of the next. */
		assert(part.len > 0);
		memcpy(connection.in + connection.in_len, part.data, part.len);
		connection.in_len += part.len;
		text = str_from_offset(text, part.len);
		while (srs_connection_take(&connection, answer) || connection.waits)
			if (!connection.waits)
				check_answer(&connection);
	}
}

/* What the client does with an answer. */
static void answer_client(struct arena *arena, struct str text)
{
	struct source_position at = { .file = "socketmap" };
	struct target_list targets = { 0 };
	struct str content;
	struct error ignored;
	size_t used;

	if (netstring_read(text, CLIENT_MAX, &content, &used) != NETSTRING_COMPLETE)
		return;
	assert(used <= text.len && content.len < used);
	if (!targets_parse_answer(arena, content, &at, &targets, &ignored))
		return;
	for (size_t i = 0; i < targets.len; i++)
		assert(targets_check_address(targets.items[i].text) == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	struct world here = { .settings = srs_default_settings() };
	struct forward_settings forward = { .delimiters = STR("+") };
	struct arena *arena = arena_new();
	struct problems problems;

	problems_init(&problems, arena);
	here.settings.domain = STR("srs.example");
	vec_push(arena, &here.settings.secrets, STR("a secret of the fuzzer"));
	vec_push(arena, &forward.hosted_domains, STR("hosted.example"));
	here.maps = forward_maps_load(arena, &forward, &problems);
	world = &here;
	talk_to_server(text);
	answer_client(arena, text);
	arena_free(arena);
	return 0;
}
