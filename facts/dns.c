/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One thread of ours owns the libunbound context: it hands questions over, collects answers, and
 * ends what takes too long; libunbound's own thread does the network. All other threads only put a
 * flight (a question that is on its way, with everybody who waits for it) on a list and ring.
 * Callbacks run without any lock, so that they can ask again.
 */
#include "facts/dns.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "facts/dns_cache.h"
#include "facts/dns_result.h"
#include "facts/dns_unbound.h"

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
	struct flight *next; /* in `submitted`, then in `flying`: both in the order of deadlines */
	struct flight *previous;
	struct dns *dns;
	struct deadline deadline;
	struct waiter *waiters;
	int async_id;
	bool probe; /* nobody's question, and not counted */
	enum dns_type type;
	size_t len;
	char name[];
};

struct flight_list {
	struct flight *first;
	struct flight *last;
};

struct dns {
	struct ub_ctx *unbound; /* NULL where `source` answers */
	dns_source *source;
	void *source_context;
	struct dns_cache *cache;
	int64_t timeout_ms;
	pthread_t thread;
	int bell;

	struct flight_list flying; /* this and the next three are the thread's own */
	int64_t silent_since_us;
	unsigned unanswered; /* since then */
	bool warned;
	unsigned timed_out; /* since the last answer */

	pthread_mutex_t lock; /* for all below and for every flight's waiters */
	bool stopping;
	int64_t probe_at_us; /* not before */
	struct flight_list submitted;
	struct flight *flights[FLIGHT_BUCKETS];
	struct dns_counters counters;
};

static void list_append(struct flight_list *list, struct flight *flight)
{
	flight->next = NULL;
	flight->previous = list->last;
	*(list->last != NULL ? &list->last->next : &list->first) = flight;
	list->last = flight;
}

static void list_remove(struct flight_list *list, struct flight *flight)
{
	*(flight->previous != NULL ? &flight->previous->next : &list->first) = flight->next;
	*(flight->next != NULL ? &flight->next->previous : &list->last) = flight->previous;
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

static void ring(struct dns *dns)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(dns->bell, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static struct flight *new_flight(struct dns *dns, struct str name, enum dns_type type)
{
	struct flight *flight = memory_calloc(1, sizeof(*flight) + name.len);

	flight->dns = dns;
	flight->type = type;
	flight->len = name.len;
	memcpy(flight->name, name.data, name.len);
	flight->deadline = deadline_in_ms(dns->timeout_ms);
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

/* Whether the servers are dead; SERVFAIL may be one domain's, and tells nothing. */
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
		ring(dns);
}

/* One broken domain isn't worth a line, but it is when nobody answers. */
static void watch_servers(struct dns *dns, enum dns_status status)
{
	int64_t now = clock_monotonic_us();

	if (status != DNS_TIMEOUT && status != DNS_FAILED) {
		if (dns->warned)
			log_info(NULL, "dns: the servers answer again");
		dns->unanswered = 0;
		dns->warned = false;
		return;
	}
	if (dns->unanswered++ == 0)
		dns->silent_since_us = now;
	if (dns->warned ||
	    (dns->timed_out < DEAD_TIMEOUTS &&
	     (dns->unanswered < SILENT_QUESTIONS || now - dns->silent_since_us < SILENT_US)))
		return;
	dns->warned = true;
	log_warning(NULL, "dns: no server has answered any of the last %u questions, for %d s",
	            dns->unanswered, (int)((now - dns->silent_since_us) / 1000000));
}

/* Hands the answer to all who wait, and frees the flight, which is in no list any more. */
static void land(struct flight *flight, struct dns_answer *answer)
{
	struct dns *dns = flight->dns;
	struct waiter *waiter, *next;

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
		free(waiter);
	}
	note_life(dns, answer->status);
	dns_answer_unpin(answer);
	free(flight);
}

static void land_without(struct flight *flight, enum dns_status status)
{
	land(flight, dns_answer_new(status, flight->type, 0, NULL, 0));
}

/* libunbound's callback, on our thread, within ub_process(). */
static void collect(void *context, int error, struct ub_result *result)
{
	struct flight *flight = context;
	struct dns *dns = flight->dns;
	struct dns_answer *answer = dns_result_answer(flight->type, error, result);

	ub_resolve_free(result);
	list_remove(&dns->flying, flight);
	dns_cache_put(dns->cache, (struct str){ flight->name, flight->len }, flight->type, answer);
	land(flight, answer);
}

/* What is not a letter, digit, '-' or '_' as \DDD, so that no reader of names can mistake it. */
static void escape_name(const struct flight *flight, char *out)
{
	for (size_t i = 0; i < flight->len; i++) {
		char c = flight->name[i];

		if (char_is_alnum(c) || c == '.' || c == '-' || c == '_')
			*out++ = c;
		else
			out += sprintf(out, "\\%03u", (unsigned char)c);
	}
	strcpy(out, ".");
}

static void take_off(struct dns *dns, struct flight *flight)
{
	char name[4 * 256 + 2];

	escape_name(flight, name);
	list_append(&dns->flying, flight);
	if (ub_resolve_async(dns->unbound, name, (int)flight->type, 1, flight, collect,
	                     &flight->async_id) == 0)
		return;
	list_remove(&dns->flying, flight);
	land_without(flight, DNS_FAILED);
}

static void take_off_submitted(struct dns *dns)
{
	struct flight *flight, *next;

	pthread_mutex_lock(&dns->lock);
	flight = dns->submitted.first;
	dns->submitted = (struct flight_list){ 0 };
	pthread_mutex_unlock(&dns->lock);
	for (; flight != NULL; flight = next) {
		next = flight->next;
		take_off(dns, flight);
	}
}

/* Ends the flights that are too late, or all. */
static void end_flights(struct dns *dns, bool all, enum dns_status status)
{
	struct flight *flight;

	while ((flight = dns->flying.first) != NULL && (all || deadline_passed(flight->deadline))) {
		list_remove(&dns->flying, flight);
		/* Its callback runs on this thread, so it can't be on its way already. */
		ub_cancel(dns->unbound, flight->async_id);
		land_without(flight, status);
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

static void *run(void *context)
{
	struct dns *dns = context;
	struct pollfd fds[2] = {
		{ .fd = dns->bell, .events = POLLIN },
		{ .fd = ub_fd(dns->unbound), .events = POLLIN },
	};
	uint64_t rung;

	while (!is_stopping(dns)) {
		int64_t wait = -1;

		if (dns->flying.first != NULL)
			wait = deadline_left_ms(dns->flying.first->deadline);
		poll(fds, 2, (int)wait);
		if ((fds[0].revents & POLLIN) && read(dns->bell, &rung, sizeof(rung)) < 0)
			log_warning(NULL, "dns: eventfd: %s", strerror(errno));
		ub_process(dns->unbound);
		take_off_submitted(dns);
		end_flights(dns, false, DNS_TIMEOUT);
	}
	take_off_submitted(dns);
	end_flights(dns, true, DNS_FAILED);
	return NULL;
}

static bool start_thread(struct dns *dns, struct error *err_r)
{
	sigset_t all, before;
	int error;

	/* Signals are the program's main thread's; libunbound's thread inherits our mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&dns->thread, NULL, run, dns);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 || error_set(err_r, "can't start the DNS thread: %s", strerror(error));
}

static void discard(struct dns *dns)
{
	if (dns->unbound != NULL)
		ub_ctx_delete(dns->unbound);
	if (dns->bell >= 0)
		close(dns->bell);
	dns_cache_free(dns->cache);
	pthread_mutex_destroy(&dns->lock);
	free(dns);
}

static struct dns *create(size_t cache_bytes)
{
	struct dns *dns = memory_calloc(1, sizeof(*dns));

	dns->bell = -1;
	dns->cache = dns_cache_new(cache_bytes > 0 ? cache_bytes : DNS_DEFAULT_CACHE_BYTES);
	pthread_mutex_init(&dns->lock, NULL);
	return dns;
}

struct dns *dns_new(const struct dns_settings *settings, struct error *err_r)
{
	struct dns *dns = create(settings->cache_bytes);

	dns->timeout_ms = settings->timeout_ms > 0 ? settings->timeout_ms : DNS_DEFAULT_TIMEOUT_MS;
	dns->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (dns->bell < 0)
		error_set(err_r, "can't make an eventfd: %s", strerror(errno));
	else
		dns->unbound = dns_unbound_new(settings, err_r);
	if (dns->unbound != NULL && start_thread(dns, err_r))
		return dns;
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

/* Without a thread nobody takes them off. */
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
	if (dns->unbound != NULL) {
		ring(dns);
		pthread_join(dns->thread, NULL);
	} else {
		end_submitted(dns);
	}
	assert(dns->flying.first == NULL && dns->submitted.first == NULL);
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

/* Joins a flight with the same question, or starts one; not while the servers are dead or the
 * resolver is stopping. */
static enum boarding board(struct dns *dns, struct str name, enum dns_type type,
                           struct waiter *waiter)
{
	enum boarding result = BOARDED;
	bool rings = false;
	struct flight **at;

	pthread_mutex_lock(&dns->lock);
	dns->counters.queries++;
	at = find_flight(dns, name, type);
	if (dns->stopping) {
		result = BOARDING_CLOSED;
	} else if (dns->counters.dead) {
		result = BOARDING_DEAD;
		rings = start_probe(dns);
	} else if (*at == NULL) {
		/* Who rang before is heard for all that is there by then. */
		rings = dns->submitted.first == NULL;
		*at = new_flight(dns, name, type);
		dns->counters.in_flight++;
		list_append(&dns->submitted, *at);
	} else {
		dns->counters.joined++;
	}
	if (result == BOARDED) {
		waiter->next = (*at)->waiters;
		(*at)->waiters = waiter;
	}
	pthread_mutex_unlock(&dns->lock);
	if (rings && dns->unbound != NULL)
		ring(dns);
	return result;
}

void dns_ask(struct dns *dns, struct str name, enum dns_type type, dns_done *done, void *context)
{
	enum dns_status status = DNS_FAILED;
	struct dns_answer *answer;
	struct waiter *waiter;
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
	waiter = memory_calloc(1, sizeof(*waiter));
	waiter->done = done;
	waiter->context = context;
	switch (board(dns, name, type, waiter)) {
	case BOARDED:
		return;
	case BOARDING_DEAD:
		status = DNS_TIMEOUT;
		break;
	case BOARDING_CLOSED:
		break;
	}
	free(waiter);
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
