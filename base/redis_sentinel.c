/* SPDX-License-Identifier: GPL-3.0-or-later */
/* https://redis.io/docs/latest/develop/reference/sentinel-clients/ */
#include "base/redis_sentinel.h"

#include <hiredis/hiredis.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/trouble.h"

#define HOST_MAX 255

static bool is_text(const redisReply *reply)
{
	return reply->type == REDIS_REPLY_STRING || reply->type == REDIS_REPLY_STATUS;
}

bool redis_sentinel_read(struct arena *arena, const redisReply *reply, const char **host_r,
                         int *port_r)
{
	struct str host, port;
	uint64_t number;

	if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
	    !is_text(reply->element[0]) || !is_text(reply->element[1]))
		return false;
	host = (struct str){ reply->element[0]->str, reply->element[0]->len };
	port = (struct str){ reply->element[1]->str, reply->element[1]->len };
	if (host.len == 0 || host.len > HOST_MAX || memchr(host.data, '\0', host.len) != NULL ||
	    !str_to_uint(port, 65535, &number) || number == 0)
		return false;
	*host_r = arena_cstr(arena, host);
	*port_r = (int)number;
	return true;
}

static redisReply *ask(struct redis_client *client, const char *master, struct error *err_r)
{
	return redis_client_ask(client, err_r, "SENTINEL GET-MASTER-ADDR-BY-NAME %s", master);
}

static bool wants_login(const redisReply *reply)
{
	return reply != NULL && reply->type == REDIS_REPLY_ERROR &&
	       strncmp(reply->str, "NOAUTH", 6) == 0;
}

/* The answer of one sentinel, with a login or without; NULL with the reason. */
static redisReply *ask_at(const struct redis_uri *sentinel, struct redis_limits limits,
                          const char *master, struct error *err_r)
{
	struct redis_client *client = redis_client_connect(sentinel, limits, err_r);
	redisReply *reply = client != NULL ? ask(client, master, err_r) : NULL;

	redis_client_free(client);
	return reply;
}

static bool take_answer(struct arena *arena, const struct redis_uri *uri, const redisReply *reply,
                        const char *where, struct redis_uri *uri_r, struct error *err_r)
{
	const char *host;
	int port;

	if (redis_sentinel_read(arena, reply, &host, &port)) {
		*uri_r = redis_uri_at(arena, uri, host, port);
		return true;
	}
	if (reply->type == REDIS_REPLY_NIL)
		return error_set(err_r, "%s: knows of no master \"%s\"", where, uri->master);
	return error_set(err_r, "%s: %s", where,
	                 reply->type == REDIS_REPLY_ERROR ? reply->str
	                                                  : "an answer that is not understood");
}

static bool find_by(struct arena *arena, const struct redis_uri *uri,
                    const struct redis_sentinel *by, struct redis_limits limits,
                    struct redis_uri *uri_r, struct error *err_r)
{
	struct redis_uri sentinel = redis_uri_at(arena, uri, by->host, by->port);
	redisReply *reply;
	bool ok;

	sentinel.database = 0;
	sentinel.user = sentinel.password = NULL;
	reply = ask_at(&sentinel, limits, uri->master, err_r);
	if (wants_login(reply) && uri->password != NULL) {
		freeReplyObject(reply);
		sentinel.user = uri->user;
		sentinel.password = uri->password;
		reply = ask_at(&sentinel, limits, uri->master, err_r);
	}
	ok = reply != NULL && take_answer(arena, uri, reply, sentinel.where, uri_r, err_r);
	freeReplyObject(reply);
	return ok;
}

/* What was told last, for when nobody tells. */

#define KNOWN_MAX 8 /* what one configuration names */

struct known {
	char *master; /* with the first sentinel */
	char *host;
	int port;
};

static pthread_mutex_t known_lock = PTHREAD_MUTEX_INITIALIZER;
static struct known known[KNOWN_MAX];
static size_t known_len;

static struct trouble silence = {
	.name = "sentinels",
	.over = "redis: the sentinels answer again",
};

static const char *known_name(struct arena *arena, const struct redis_uri *uri)
{
	const struct redis_sentinel *first = &uri->sentinels.items[0];

	return arena_printf(arena, "%s %s:%d", uri->master, first->host, first->port).data;
}

/* With the lock. */
static struct known *find_known(const char *master)
{
	for (size_t i = 0; i < known_len; i++)
		if (strcmp(known[i].master, master) == 0)
			return &known[i];
	return NULL;
}

static void remember(const char *master, const struct redis_uri *uri)
{
	struct known *found;

	pthread_mutex_lock(&known_lock);
	found = find_known(master);
	if (found == NULL && known_len < KNOWN_MAX) {
		found = &known[known_len++];
		found->master = memory_strdup(master);
	}
	if (found != NULL) {
		free(found->host);
		found->host = memory_strdup(uri->host);
		found->port = uri->port;
	}
	pthread_mutex_unlock(&known_lock);
}

static bool recall(struct arena *arena, const char *master, struct redis_uri *uri)
{
	const struct known *found;

	pthread_mutex_lock(&known_lock);
	found = find_known(master);
	if (found != NULL)
		*uri = redis_uri_at(arena, uri, found->host, found->port);
	pthread_mutex_unlock(&known_lock);
	return found != NULL;
}

bool redis_sentinel_ask(struct arena *arena, const struct redis_uri *uri,
                        struct redis_limits limits, struct redis_uri *uri_r, struct error *err_r)
{
	/* One that is cut off from the others, and doesn't know better, isn't the first for ever.
	 */
	size_t first = (size_t)(clock_monotonic_us() / 1000000);
	struct strbuf reasons;

	*uri_r = *uri;
	strbuf_init(&reasons, arena);
	for (size_t i = 0; i < uri->sentinels.len; i++) {
		struct error err;

		if (find_by(arena, uri, &uri->sentinels.items[(first + i) % uri->sentinels.len],
		            limits, uri_r, &err)) {
			remember(known_name(arena, uri), uri_r);
			trouble_end(&silence);
			return true;
		}
		strbuf_printf(&reasons, "%s%s", reasons.len > 0 ? "; " : "", err.text);
	}
	return error_set(err_r, "no sentinel tells where %s is: %.*s", uri->master,
	                 STR_FMT(strbuf_str(&reasons)));
}

bool redis_sentinel_find(struct arena *arena, const struct redis_uri *uri,
                         struct redis_limits limits, struct redis_uri *uri_r, struct error *err_r)
{
	*uri_r = *uri;
	if (uri->master == NULL || redis_sentinel_ask(arena, uri, limits, uri_r, err_r))
		return true;
	if (!recall(arena, known_name(arena, uri), uri_r))
		return false;
	trouble_count(&silence, NULL, "%s; %s, which was the primary before, is used", err_r->text,
	              uri_r->where);
	return true;
}
