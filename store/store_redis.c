/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * redis://HOST[:PORT][/DATABASE][?journal=PATH&hold=TIME&settle=TIME] and the other forms of
 * base/redis_uri.h: one view for several hosts. What Redis does not take is appended to a journal
 * on this host's disk, and handed over when Redis is back; what it took and may lose is kept in
 * PATH.held. Records know each other again by assay:once, so one that was taken although its answer
 * was lost is there once.
 *
 *	assay:schema			the version of all this
 *	assay:seq			the newest id
 *	assay:records			hash: id → record
 *	assay:once			hash: what makes a record unique → id
 *	assay:kind:K			sorted sets of ids by time
 *	assay:rcpt:K:A, assay:rdom:K:D	the same by kind and recipient or its domain
 *	assay:dest:K:A, assay:ddom:K:D	the same by kind and destination or its domain
 *	assay:msg:ID			the same by scan id, queue id and Message-ID
 *	assay:unanswered		hash: offer of a message → its records (see record_offer())
 *	assay:merged			hash: id → what made it unique before it was offered again
 *	assay:replicated		there was a replica: it may be the primary one day
 *	assay:bytes			about how much memory the records take
 *	assay:counts			hash: "KIND HOUR DOMAIN" → how many
 *
 * A batch is one script, and each record is there as a whole or not at all, whatever else the keys
 *hold.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "store/store_redis.h"

#define DEFAULT_JOURNAL ASSAY_STATEDIR "/redis.journal"
/* What a server that is down for days leaves. */
#define JOURNAL_MAX (INT64_C(1024) * 1024 * 1024)
#define SECOND_US   INT64_C(1000000)
/* Less than records are kept at least. */
#define HOLD_US     (12 * 3600 * SECOND_US)
#define HOLD_MAX_US (23 * 3600 * SECOND_US)
/* A server that has just come back may be the wrong one: after a failover, the old primary
 * is told to be a replica, and wiped, some ten seconds after its start. */
#define SETTLE_US     (60 * SECOND_US)
#define SETTLE_MAX_US (3600 * SECOND_US)

/* What else the URI says besides where the server is. */
struct options {
	struct str journal; /* empty for none */
	int64_t hold_us;
	int64_t settle_us;
};

/* "90s", "15m", "12h". */
static bool parse_time(struct str text, int64_t max_us, int64_t *time_r)
{
	static const char units[] = "smh";
	static const int64_t seconds[] = { 1, 60, 3600 };
	const char *unit = text.len > 0 ? strchr(units, text.data[text.len - 1]) : NULL;
	uint64_t number;

	if (unit == NULL || *unit == '\0' ||
	    !str_to_uint(str_prefix(text, text.len - 1), 1000000, &number))
		return false;
	*time_r = (int64_t)number * seconds[unit - units] * SECOND_US;
	return *time_r <= max_us;
}

static bool take_option(const struct redis_option *option, struct options *options_r)
{
	if (str_eq(option->name, STR("journal"))) {
		options_r->journal = option->value;
		return option->value.data[0] == '/';
	}
	if (str_eq(option->name, STR("hold")))
		return parse_time(option->value, HOLD_MAX_US, &options_r->hold_us);
	return str_eq(option->name, STR("settle")) &&
	       parse_time(option->value, SETTLE_MAX_US, &options_r->settle_us);
}

static bool parse(struct arena *arena, const char *uri, struct redis_uri *uri_r,
                  struct options *options_r, struct error *err_r)
{
	const struct redis_option *option;
	struct error error;

	*options_r = (struct options){ STR(""), HOLD_US, SETTLE_US };
	if (!redis_uri_parse(arena, str_from(uri), uri_r, &error))
		return error_set(err_r, "store %s", error.text);
	/* Elsewhere there is a password=, so what is wrong may be one. */
	vec_foreach (&uri_r->options, option)
		if (!take_option(option, options_r))
			return error_set(err_r,
			                 "store %s: \"%.*s=…\" is not understood; write "
			                 "journal=/PATH, hold=TIME (up to 23h) or settle=TIME (up "
			                 "to 1h), as in 12h or 60s; for rediss: also ca=, cert= "
			                 "and key=, for redis+unix: db=",
			                 uri_r->where, STR_FMT(option->name));
	return true;
}

static bool redis_knows(const char *uri)
{
	return redis_uri_is(str_from(uri));
}

static bool redis_check(const char *uri, struct error *err_r)
{
	struct arena *arena = arena_new();
	struct options options;
	struct redis_uri parsed;
	bool ok = parse(arena, uri, &parsed, &options, err_r);

	arena_free(arena);
	return ok;
}

static void redis_close(struct store *store)
{
	struct redis_store *s = (struct redis_store *)store;

	redis_client_free(s->redis);
	journal_close(s->journal);
	journal_close(s->held);
	arena_free(s->place);
	arena_free(s->arena);
	free(s);
}

static bool open_journals(struct redis_store *s, struct str path, struct error *err_r)
{
	const char *name = path.len > 0 ? arena_cstr(s->arena, path) : DEFAULT_JOURNAL;

	s->journal = journal_open(name, JOURNAL_MAX, err_r);
	if (s->journal != NULL)
		s->held = journal_open(arena_printf(s->arena, "%s.held", name).data, JOURNAL_MAX,
		                       err_r);
	return s->held != NULL;
}

static bool set_up(struct redis_store *s, const char *uri, struct error *err_r)
{
	struct options options;

	if (!parse(s->arena, uri, &s->uri, &options, err_r))
		return false;
	s->at = s->uri;
	s->hold_us = options.hold_us;
	s->settle_us = options.settle_us;
	if (s->reader) {
		if (store_redis_connect(s))
			return true;
		*err_r = s->error;
		return false;
	}
	if (!open_journals(s, options.journal, err_r))
		return false;
	if (!store_redis_connect(s))
		trouble_count(&store_redis_absence, NULL,
		              "store: %s; records go to the journal until it answers",
		              s->error.text);
	return true;
}

static struct store *redis_open(const char *uri, bool reader, struct error *err_r)
{
	struct redis_store *s = memory_calloc(1, sizeof(*s));

	s->store.backend = &store_redis;
	s->arena = arena_new();
	s->place = arena_new();
	s->reader = reader;
	if (set_up(s, uri, err_r))
		return &s->store;
	redis_close(&s->store);
	return NULL;
}

const struct store_backend store_redis = {
	.knows = redis_knows,
	.example = "redis://HOST:PORT/DATABASE",
	.check = redis_check,
	.open = redis_open,
	.close = redis_close,
	.write = store_redis_write,
	.has_backlog = store_redis_has_backlog,
	.backlog_bytes = store_redis_backlog_bytes,
	.doubt = store_redis_doubt,
	.retract = store_redis_retract,
	.expire = store_redis_expire,
	.read = store_redis_read,
	.read_groups = store_redis_read_groups,
	.read_ids = store_redis_read_ids,
	.count_spans = store_redis_count_spans,
	.first_id = store_redis_first_id,
	.newest_id = store_redis_newest_id,
	.read_counts = store_redis_read_counts,
};
