/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thread of ours owns the client, which does the network. All other threads only put a flight
 * (a question that is on its way, with everybody who waits for it) on a list and ring. Callbacks
 * run without any lock, so that they can ask again.
 */
#include "facts/dns.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/trouble.h"
#include "facts/dns_cache.h"
#include "facts/dns_client.h"

#define FLIGHT_BUCKETS 4096 /* a power of two */
/* This many questions in a row, over this time, without any answer: the servers are dead. */
#define SILENT_QUESTIONS 10
#define SILENT_US        5000000
/* So many that timed out without any answer between them: nobody waits for the next ones, and a
 * question of our own, this often, tells when they answer again. */
#define DEAD_TIMEOUTS 3
#define PROBE_US      1000000

struct waiter {
	struct waiter *next;
	dns_done *done;
	void *context;
};

struct flight {
	struct flight *next_in_bucket;
	struct flight *next; /* in `submitted` */
	struct dns *dns;
	struct waiter *waiters;
	struct waiter first; /* most have no other */
	bool usual;          /* for the usual servers, and not for those of a zone */
	bool probe;          /* nobody's question, and not counted */
	enum dns_type type;
	size_t len;
	char name[];
};

struct flight_list {
	struct flight *first;
	struct flight *last;
};

struct dns {
	struct dns_client *client; /* NULL where `source` answers */
	dns_source *source;
	void *source_context;
	struct dns_cache *cache;
	pthread_t thread;

	int64_t silent_since_us; /* this and the next four are the thread's own */
	unsigned unanswered;     /* since then */
	bool warned;
	unsigned timed_out; /* since the last answer */
	struct dns_afterwards *afterwards;

	pthread_mutex_t lock; /* for all below and for every flight's waiters */
	bool stopping;
	bool rung;           /* since the thread last looked for what is submitted */
	int64_t probe_at_us; /* not before */
	struct flight_list submitted;
	struct flight *flights[FLIGHT_BUCKETS];
	struct dns_counters counters;
};

static void list_append(struct flight_list *list, struct flight *flight)
{
	flight->next = NULL;
	*(list->last != NULL ? &list->last->next : &list->first) = flight;
	list->last = flight;
}

static struct flight **find_flight(struct dns *dns, struct str name, enum dns_type type)
{
	uint64_t hash = str_hash(name) * 31 + (uint64_t)type;
	struct flight **at = &dns->flights[(hash ^ hash >> 32) & (FLIGHT_BUCKETS - 1)];

	while (*at != NULL && ((*at)->type != type || (*at)->len != name.len ||
	                       memcmp((*at)->name, name.data, name.len) != 0))
		at = &(*at)->next_in_bucket;
	return at;
}

static void count(struct dns *dns, uint64_t *counter)
{
	pthread_mutex_lock(&dns->lock);
	(*counter)++;
	pthread_mutex_unlock(&dns->lock);
}

static bool is_usual(const struct dns *dns, struct str name)
{
	return dns->client == NULL || dns_client_is_usual(dns->client, name);
}

static struct flight *new_flight(struct dns *dns, struct str name, enum dns_type type)
{
	struct flight *flight = memory_calloc(1, sizeof(*flight) + name.len);

	flight->dns = dns;
	flight->type = type;
	flight->len = name.len;
	memcpy(flight->name, name.data, name.len);
	flight->usual = is_usual(dns, name);
	return flight;
}

/* Asks for the root's servers. With the lock; true where the bell is to be rung. */
static bool start_probe(struct dns *dns)
{
	struct flight **at = find_flight(dns, STR(""), DNS_NS);
	int64_t now = clock_monotonic_us();

	if (*at != NULL || now < dns->probe_at_us)
		return false;
	*at = new_flight(dns, STR(""), DNS_NS);
	(*at)->probe = true;
	list_append(&dns->submitted, *at);
	dns->probe_at_us = now + PROBE_US;
	return true;
}

/* Whether the usual servers are dead; SERVFAIL may be one domain's, and tells nothing. */
static void note_life(struct dns *dns, enum dns_status status)
{
	bool probes = false;

	if (status == DNS_FAILED)
		return;
	dns->timed_out = status == DNS_TIMEOUT ? dns->timed_out + 1 : 0;
	pthread_mutex_lock(&dns->lock);
	dns->counters.dead = dns->timed_out >= DEAD_TIMEOUTS;
	if (dns->counters.dead && !dns->stopping)
		probes = start_probe(dns);
	pthread_mutex_unlock(&dns->lock);
	if (probes)
		dns_client_wake(dns->client);
}

static struct trouble silence = { .name = "dns", .over = "dns: the servers answer again" };

/* One broken domain isn't worth a line, but it is when nobody answers. */
static void watch_servers(struct dns *dns, enum dns_status status)
{
	int64_t now = clock_monotonic_us();

	if (status != DNS_TIMEOUT && status != DNS_FAILED) {
		trouble_end(&silence);
		dns->unanswered = 0;
		dns->warned = false;
		return;
	}
	if (dns->unanswered++ == 0)
		dns->silent_since_us = now;
	if (!dns->warned && dns->timed_out < DEAD_TIMEOUTS &&
	    (dns->unanswered < SILENT_QUESTIONS || now - dns->silent_since_us < SILENT_US))
		return;
	dns->warned = true;
	trouble_count(&silence, NULL,
	              "dns: no server has answered any of the last %u questions, for %d s",
	              dns->unanswered, (int)((now - dns->silent_since_us) / 1000000));
}

/* Hands the answer to all who wait, and frees the flight, which is in no list any more. */
static void land(struct flight *flight, struct dns_answer *answer)
{
	struct dns *dns = flight->dns;
	struct waiter *waiter, *next;

	if (flight->usual)
		watch_servers(dns, answer->status);
	pthread_mutex_lock(&dns->lock);
	*find_flight(dns, (struct str){ flight->name, flight->len }, flight->type) =
		flight->next_in_bucket;
	waiter = flight->waiters;
	if (!flight->probe) {
		dns->counters.in_flight--;
		dns->counters.timeouts += answer->status == DNS_TIMEOUT;
		dns->counters.failures += answer->status == DNS_FAILED;
	}
	pthread_mutex_unlock(&dns->lock);
	for (; waiter != NULL; waiter = next) {
		next = waiter->next;
		waiter->done(waiter->context, dns_answer_pin(answer));
		if (waiter != &flight->first)
			free(waiter);
	}
	if (flight->usual)
		note_life(dns, answer->status);
	dns_answer_unpin(answer);
	free(flight);
}

static void land_without(struct flight *flight, enum dns_status status)
{
	land(flight, dns_answer_new(status, flight->type, 0, NULL, 0));
}

/* On our thread, within dns_client_work() and dns_client_free(). */
static void collect(void *context, struct dns_answer *answer)
{
	struct flight *flight = context;

	dns_cache_put(flight->dns->cache, (struct str){ flight->name, flight->len }, flight->type,
	              answer);
	land(flight, answer);
}

static void take_off_submitted(struct dns *dns)
{
	struct flight *flight, *next;

	pthread_mutex_lock(&dns->lock);
	flight = dns->submitted.first;
	dns->submitted = (struct flight_list){ 0 };
	dns->rung = false;
	pthread_mutex_unlock(&dns->lock);
	for (; flight != NULL; flight = next) {
		next = flight->next;
		dns_client_ask(dns->client, (struct str){ flight->name, flight->len }, flight->type,
		               flight);
	}
}

static bool is_stopping(struct dns *dns)
{
	bool stopping;

	pthread_mutex_lock(&dns->lock);
	stopping = dns->stopping;
	pthread_mutex_unlock(&dns->lock);
	return stopping;
}

void dns_call_afterwards(struct dns *dns, struct dns_afterwards *afterwards)
{
	if (dns->client == NULL || !pthread_equal(pthread_self(), dns->thread)) {
		afterwards->call(afterwards);
		return;
	}
	afterwards->next = dns->afterwards;
	dns->afterwards = afterwards;
}

static void call_afterwards(struct dns *dns)
{
	struct dns_afterwards *first;

	while ((first = dns->afterwards) != NULL) {
		dns->afterwards = first->next;
		first->call(first);
	}
}

static void *run(void *context)
{
	struct dns *dns = context;

	while (!is_stopping(dns)) {
		take_off_submitted(dns);
		dns_client_work(dns->client);
		call_afterwards(dns);
	}
	return NULL;
}

static bool start_thread(struct dns *dns, struct error *err_r)
{
	sigset_t all, before;
	int error;

	/* Signals are the program's main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&dns->thread, NULL, run, dns);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 || error_set(err_r, "can't start the DNS thread: %s", strerror(error));
}

static void discard(struct dns *dns)
{
	dns_cache_free(dns->cache);
	pthread_mutex_destroy(&dns->lock);
	free(dns);
}

static struct dns *create(size_t cache_bytes)
{
	struct dns *dns = memory_calloc(1, sizeof(*dns));

	dns->cache = dns_cache_new(cache_bytes > 0 ? cache_bytes : DNS_DEFAULT_CACHE_BYTES);
	pthread_mutex_init(&dns->lock, NULL);
	return dns;
}

struct dns *dns_new(const struct dns_settings *settings, struct error *err_r)
{
	struct dns *dns = create(settings->cache_bytes);

	dns->client = dns_client_new(settings, collect, err_r);
	if (dns->client != NULL && start_thread(dns, err_r))
		return dns;
	dns_client_free(dns->client);
	discard(dns);
	return NULL;
}

struct dns *dns_new_from(dns_source *source, void *context)
{
	struct dns *dns = create(0);

	dns->source = source;
	dns->source_context = context;
	return dns;
}

/* Nobody takes them off any more. */
static void end_submitted(struct dns *dns)
{
	struct flight *flight, *next;

	for (flight = dns->submitted.first; flight != NULL; flight = next) {
		next = flight->next;
		land_without(flight, DNS_FAILED);
	}
	dns->submitted = (struct flight_list){ 0 };
}

void dns_free(struct dns *dns)
{
	if (dns == NULL)
		return;
	pthread_mutex_lock(&dns->lock);
	dns->stopping = true;
	pthread_mutex_unlock(&dns->lock);
	if (dns->client != NULL) {
		dns_client_wake(dns->client);
		pthread_join(dns->thread, NULL);
	}
	end_submitted(dns);
	dns_client_free(dns->client);
	discard(dns);
}

/* The name as the tables know it, in `buffer` of 256 octets. */
static struct str canonical_in(struct str name, char *buffer)
{
	if (name.data[name.len - 1] == '.')
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		buffer[i] = char_lower(name.data[i]);
	return (struct str){ buffer, name.len };
}

struct dns_answer *dns_cached(struct dns *dns, struct str name, enum dns_type type)
{
	struct dns_answer *answer;
	char buffer[256];

	if (!dns_name_valid(name))
		return dns_answer_new(DNS_BAD_NAME, type, 0, NULL, 0);
	answer = dns_cache_get(dns->cache, canonical_in(name, buffer), type);
	pthread_mutex_lock(&dns->lock);
	if (answer != NULL) {
		dns->counters.queries++;
		dns->counters.cache_hits++;
	}
	pthread_mutex_unlock(&dns->lock);
	return answer;
}

enum boarding { BOARDED, BOARDING_DEAD, BOARDING_CLOSED };

/* With the lock. */
static void add_waiter(struct flight *flight, dns_done *done, void *context)
{
	struct waiter *waiter =
		flight->waiters == NULL ? &flight->first : memory_alloc(sizeof(*waiter));

	*waiter = (struct waiter){ flight->waiters, done, context };
	flight->waiters = waiter;
}

/* Joins a flight with the same question, or starts one; not while the servers are dead or the
 * resolver is stopping. */
static enum boarding board(struct dns *dns, struct str name, enum dns_type type, dns_done *done,
                           void *context)
{
	enum boarding result = BOARDED;
	bool probes = false;
	struct flight **at;

	pthread_mutex_lock(&dns->lock);
	dns->counters.queries++;
	at = find_flight(dns, name, type);
	if (dns->stopping) {
		result = BOARDING_CLOSED;
	} else if (dns->counters.dead && is_usual(dns, name)) {
		result = BOARDING_DEAD;
		probes = start_probe(dns);
	} else if (*at == NULL) {
		*at = new_flight(dns, name, type);
		dns->counters.in_flight++;
		list_append(&dns->submitted, *at);
	} else {
		dns->counters.joined++;
	}
	if (result == BOARDED)
		add_waiter(*at, done, context);
	pthread_mutex_unlock(&dns->lock);
	if (probes && dns->client != NULL)
		dns_client_wake(dns->client);
	return result;
}

void dns_send(struct dns *dns)
{
	bool rings;

	pthread_mutex_lock(&dns->lock);
	/* Who rang before is heard for all that is there by then. */
	rings = dns->submitted.first != NULL && !dns->rung;
	dns->rung = dns->rung || rings;
	pthread_mutex_unlock(&dns->lock);
	if (rings && dns->client != NULL)
		dns_client_wake(dns->client);
}

void dns_ask(struct dns *dns, struct str name, enum dns_type type, dns_done *done, void *context)
{
	dns_prepare(dns, name, type, done, context);
	dns_send(dns);
}

void dns_prepare(struct dns *dns, struct str name, enum dns_type type, dns_done *done,
                 void *context)
{
	enum dns_status status = DNS_FAILED;
	struct dns_answer *answer;
	char buffer[256];

	if (!dns_name_valid(name)) {
		done(context, dns_answer_new(DNS_BAD_NAME, type, 0, NULL, 0));
		return;
	}
	name = canonical_in(name, buffer);
	if (dns->source != NULL) {
		count(dns, &dns->counters.queries);
		answer = dns->source(dns->source_context, name, type);
		if (answer != NULL) {
			dns_cache_put(dns->cache, name, type, answer);
			done(context, answer);
			return;
		}
	}
	switch (board(dns, name, type, done, context)) {
	case BOARDED:
		return;
	case BOARDING_DEAD:
		status = DNS_TIMEOUT;
		break;
	case BOARDING_CLOSED:
		break;
	}
	done(context, dns_answer_new(status, type, 0, NULL, 0));
}

struct dns_counters dns_counters(struct dns *dns)
{
	struct dns_counters counters;

	pthread_mutex_lock(&dns->lock);
	counters = dns->counters;
	pthread_mutex_unlock(&dns->lock);
	return counters;
}

void dns_report_servers(struct dns *dns, struct arena *arena, struct dns_server_reports *reports_r)
{
	*reports_r = (struct dns_server_reports){ 0 };
	if (dns->client != NULL)
		dns_client_report(dns->client, arena, reports_r);
}
