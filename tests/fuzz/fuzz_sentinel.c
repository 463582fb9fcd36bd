/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as what a sentinel answers: an address that can be connected to, or none; and as the
 * URI that names it. */
#include <assert.h>
#include <hiredis/hiredis.h>
#include <string.h>

#include "base/redis_sentinel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_replies(struct arena *arena, const uint8_t *data, size_t size)
{
	redisReader *reader = redisReaderCreate();
	void *reply = NULL;
	const char *host;
	int port;

	redisReaderFeed(reader, (const char *)data, size);
	while (redisReaderGetReply(reader, &reply) == REDIS_OK && reply != NULL) {
		if (redis_sentinel_read(arena, reply, &host, &port))
			assert(strlen(host) > 0 && strlen(host) < 256 && port > 0 && port < 65536);
		freeReplyObject(reply);
	}
	redisReaderFree(reader);
}

static void read_uri(struct arena *arena, struct str text)
{
	struct redis_uri uri;
	struct error ignored;

	if (!redis_uri_is(text) || !redis_uri_parse(arena, text, &uri, &ignored))
		return;
	assert((uri.host != NULL) + (uri.socket != NULL) + (uri.master != NULL) == 1);
	assert((uri.master != NULL) == (uri.sentinels.len > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();

	read_replies(arena, data, size);
	read_uri(arena, (struct str){ (const char *)data, size });
	arena_free(arena);
	return 0;
}
