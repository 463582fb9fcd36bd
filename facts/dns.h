/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The resolver of the process: questions to the configured servers, on a thread of its own, with
 * any number of them in flight and a cache in front. The same question asked twice at a time goes
 * out once. Every question is answered, at the latest with DNS_TIMEOUT after the per-query
 * deadline, and nothing here blocks except dns_query_wait() until the caller's deadline. Any thread
 * may call anything. One object for the process, freed after all that uses it has ended.
 */
#ifndef FACTS_DNS_H
#define FACTS_DNS_H

#include "base/deadline.h"
#include "base/error.h"
#include "base/vec.h"
#include "facts/dns_answer.h"
#include "facts/dns_server_report.h"
#include "facts/dns_settings.h"

struct dns;
struct dns_query;

struct dns_counters {
	uint64_t queries;    /* asked for, the cache's included */
	uint64_t cache_hits; /* answered without a question */
	uint64_t joined;     /* waited for the same question of somebody else */
	uint64_t timeouts;
	uint64_t failures; /* DNS_FAILED */
	uint64_t in_flight;
	/* The servers have left question after question unanswered: each that the cache has no
	 * answer to gets DNS_TIMEOUT at once, until they answer again. */
	bool dead;
};

/* Starts the thread; NULL with *err_r where a server is not valid or a file can't be read. */
struct dns *dns_new(const struct dns_settings *settings, struct error *err_r);
/* What is in flight is answered with DNS_FAILED first. NULL is allowed. */
void dns_free(struct dns *dns);

/* Takes the answer's pin over. Called once, on the resolver's thread or within dns_ask(). */
typedef void dns_done(void *context, struct dns_answer *answer);

/* A pinned answer from the cache, or NULL. Never blocks. */
struct dns_answer *dns_cached(struct dns *dns, struct str name, enum dns_type type);
/* Asks; `done` is called with the answer. Never blocks. */
void dns_ask(struct dns *dns, struct str name, enum dns_type type, dns_done *done, void *context);
/* The same for the first of several questions: they need not go out before dns_send(), and then do
 * together. */
void dns_prepare(struct dns *dns, struct str name, enum dns_type type, dns_done *done,
                 void *context);
void dns_send(struct dns *dns);

/* What a dns_done has left to do when all answers that came at the same time are handed out. */
struct dns_afterwards {
	void (*call)(struct dns_afterwards *afterwards); /* may free it */
	struct dns_afterwards *next;
};
/* Within a dns_done only; where no others are on their way, it is called at once. */
void dns_call_afterwards(struct dns *dns, struct dns_afterwards *afterwards);

/* The same for callers that have a thread to wait on: from the cache, or asked. */
struct dns_query *dns_query_start(struct dns *dns, struct str name, enum dns_type type);
/* The answer, or NULL where the deadline came first. It lives as long as the query. */
const struct dns_answer *dns_query_wait(struct dns_query *query, struct deadline deadline);
/* Whether answered or not. Never blocks. */
void dns_query_free(struct dns_query *query);

struct dns_counters dns_counters(struct dns *dns);
/* What is known of the servers, in the arena. */
void dns_report_servers(struct dns *dns, struct arena *arena, struct dns_server_reports *reports_r);

/*
 * For tests, fuzzers and benchmarks: a resolver without network and thread; `answer` is called on
 * the caller's thread with a canonical name and returns one pin, or NULL: then none comes before
 * dns_free(). Its answers are cached as others.
 */
typedef struct dns_answer *dns_source(void *context, struct str name, enum dns_type type);
struct dns *dns_new_from(dns_source *source, void *context);

#endif
