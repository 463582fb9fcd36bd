/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "base/condition.h"
#include "base/memory.h"
#include "facts/dns.h"

/* Freed by whoever comes last: its owner, or the answer. */
struct dns_query {
	pthread_mutex_t lock;
	pthread_cond_t answered;
	struct dns_answer *answer;
	bool freed;
};

static void discard_query(struct dns_query *query)
{
	dns_answer_unpin(query->answer);
	pthread_mutex_destroy(&query->lock);
	pthread_cond_destroy(&query->answered);
	free(query);
}

static void query_done(void *context, struct dns_answer *answer)
{
	struct dns_query *query = context;
	bool freed;

	pthread_mutex_lock(&query->lock);
	query->answer = answer;
	freed = query->freed;
	pthread_cond_signal(&query->answered);
	pthread_mutex_unlock(&query->lock);
	if (freed)
		discard_query(query);
}

struct dns_query *dns_query_start(struct dns *dns, struct str name, enum dns_type type)
{
	struct dns_query *query = memory_calloc(1, sizeof(*query));

	pthread_mutex_init(&query->lock, NULL);
	pthread_cond_init(&query->answered, NULL);
	query->answer = dns_cached(dns, name, type);
	if (query->answer == NULL)
		dns_ask(dns, name, type, query_done, query);
	return query;
}

const struct dns_answer *dns_query_wait(struct dns_query *query, struct deadline deadline)
{
	struct dns_answer *answer;
	bool waits = true;

	pthread_mutex_lock(&query->lock);
	while (query->answer == NULL && waits)
		waits = condition_wait(&query->answered, &query->lock, deadline);
	answer = query->answer;
	pthread_mutex_unlock(&query->lock);
	return answer;
}

void dns_query_free(struct dns_query *query)
{
	bool answered;

	pthread_mutex_lock(&query->lock);
	answered = query->answer != NULL;
	query->freed = true;
	pthread_mutex_unlock(&query->lock);
	if (answered)
		discard_query(query);
}
