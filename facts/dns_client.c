/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An exchange is a question on its way: it goes to the first server that is well, after a while to
 * the next one, and so on in rounds that become longer; replies to any of these attempts are taken.
 * Sockets and connections are closed when all events that came at once have been handled.
 */
#include "facts/dns_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/memory.h"
#include "facts/dns_client_private.h"

/* How long a server has before the next one is asked; doubled each round. */
#define FIRST_ROUND_US 400000
#define LAST_ROUND_US  3200000
/* How long a connection may take where there are other servers. */
#define TCP_US 2000000
/* A server that left so many questions in a row unanswered is asked last, for so long. */
#define UNANSWERED_MAX 3
#define REST_US        10000000
/* Replies are looked for so often at most while so many are missing: those of one message come
 * close behind each other, and to wake up for each would cost more than what is done with it. */
#define PAUSE_US    1000
#define PAUSES_FROM 4
/* Servers that one question is put to. */
#define ATTEMPTS_MAX 4
/* Answers that only name another name in a row. */
#define HOPS_MAX 8
/* What passes without fragments nearly everywhere; and what needs no EDNS: RFC 1035. */
#define EDNS_BYTES  1232
#define PLAIN_BYTES 512
#define EVENTS_MAX  32
/* Exchanges that are kept for the next questions: those of a message. */
#define SPARE_MAX 64
/* What is read of replies is kept until the memory for it is so much. */
#define REPLIES_BYTES 32768

struct dns_exchange {
	struct dns_timer timer; /* the next round, or the end */
	struct dns_exchange *next, *previous;
	void *context;
	int64_t end_us;
	int64_t round_us;
	struct dns_route *route;
	struct dns_packet_question question;
	bool without_edns, lower_case;
	bool heard; /* a server has said something, if nothing of use */
	int rcode;  /* of the last failure */
	unsigned hops;
	bool has_ttl; /* from the answers that named another name */
	unsigned ttl;
	struct dns_tcp *tcp;
	struct dns_attempt *latest;
	struct dns_attempt attempts[ATTEMPTS_MAX];
	size_t attempt_count;
};

bool dns_client_watch(struct dns_client *client, struct dns_watch *watch, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = watch };

	return epoll_ctl(client->epoll, EPOLL_CTL_ADD, watch->fd, &event) == 0;
}

static void set_question(struct dns_client *client, struct dns_exchange *exchange, struct str name)
{
	dns_packet_question_set(&exchange->question, name, exchange->question.type);
	exchange->route = dns_servers_of(client->servers, name);
	if (client->mixed_case && !exchange->lower_case)
		dns_client_mix_case(client, &exchange->question);
}

static void end_tcp(struct dns_client *client, struct dns_exchange *exchange)
{
	if (exchange->tcp != NULL)
		dns_tcp_end(client, exchange->tcp);
	exchange->tcp = NULL;
}

/* As if no server had been asked yet. */
static void forget_attempts(struct dns_client *client, struct dns_exchange *exchange)
{
	end_tcp(client, exchange);
	for (size_t i = 0; i < exchange->attempt_count; i++)
		dns_udp_forget(&exchange->attempts[i]);
	exchange->attempt_count = 0;
	exchange->latest = NULL;
	exchange->round_us = FIRST_ROUND_US;
}

static struct dns_exchange *new_exchange(struct dns_client *client)
{
	struct dns_exchange *exchange = client->spare;

	if (exchange == NULL)
		return memory_calloc(1, sizeof(*exchange));
	client->spare = exchange->next;
	client->spare_count--;
	memset(exchange, 0, sizeof(*exchange));
	return exchange;
}

static void free_exchange(struct dns_client *client, struct dns_exchange *exchange)
{
	if (client->spare_count == SPARE_MAX) {
		free(exchange);
		return;
	}
	exchange->next = client->spare;
	client->spare = exchange;
	client->spare_count++;
}

static void finish(struct dns_client *client, struct dns_exchange *exchange,
                   struct dns_answer *answer)
{
	void *context = exchange->context;

	forget_attempts(client, exchange);
	dns_timers_clear(&client->timers, &exchange->timer);
	*(exchange->previous != NULL ? &exchange->previous->next : &client->exchanges) =
		exchange->next;
	if (exchange->next != NULL)
		exchange->next->previous = exchange->previous;
	free_exchange(client, exchange);
	client->exchange_count--;
	client->done(context, answer);
}

static void finish_without(struct dns_client *client, struct dns_exchange *exchange,
                           enum dns_status status)
{
	struct dns_answer *answer = dns_answer_new(status, exchange->question.type, 0, NULL, 0);

	if (status == DNS_FAILED && exchange->rcode != DNS_NO_RCODE)
		answer->rcode = exchange->rcode;
	finish(client, exchange, answer);
}

static bool is_asked(const struct dns_exchange *exchange, const struct dns_server *server)
{
	for (size_t i = 0; i < exchange->attempt_count; i++)
		if (exchange->attempts[i].server == server)
			return true;
	return false;
}

/* One that this question wasn't put to yet: who is well first; NULL: there is none. */
static struct dns_server *next_server(const struct dns_exchange *exchange, int64_t now_us)
{
	struct dns_server *resting = NULL;

	if (exchange->attempt_count == ATTEMPTS_MAX)
		return NULL;
	for (size_t i = 0; i < exchange->route->count; i++) {
		struct dns_server *server = &exchange->route->servers[i];

		if (is_asked(exchange, server))
			continue;
		if (server->rests_until_us <= now_us)
			return server;
		if (resting == NULL)
			resting = server;
	}
	return resting;
}

/* The one after the latest that hasn't failed; NULL: all have. */
static struct dns_attempt *next_attempt(struct dns_exchange *exchange)
{
	size_t latest =
		exchange->latest != NULL ? (size_t)(exchange->latest - exchange->attempts) : 0;

	for (size_t i = 1; i <= exchange->attempt_count; i++) {
		struct dns_attempt *attempt =
			&exchange->attempts[(latest + i) % exchange->attempt_count];

		if (!attempt->failed)
			return attempt;
	}
	return NULL;
}

static unsigned edns_of(const struct dns_client *client, const struct dns_exchange *exchange)
{
	return exchange->without_edns ? 0 : client->edns_bytes;
}

/* Asks one more server, or one once more; where all have failed, that is the end. */
static void ask_next(struct dns_client *client, struct dns_exchange *exchange)
{
	int64_t now_us = clock_monotonic_us(), next_us = now_us + exchange->round_us;
	struct dns_server *server = next_server(exchange, now_us);
	struct dns_attempt *attempt;

	if (server != NULL) {
		attempt = &exchange->attempts[exchange->attempt_count++];
		*attempt = (struct dns_attempt){ .exchange = exchange, .server = server };
	} else {
		attempt = next_attempt(exchange);
	}
	if (attempt == NULL) {
		finish_without(client, exchange, DNS_FAILED);
		return;
	}
	exchange->latest = attempt;
	/* Where there is no socket now, there may be one in the next round. */
	dns_udp_send(client, attempt, &exchange->question, edns_of(client, exchange));
	if (exchange->round_us < LAST_ROUND_US)
		exchange->round_us *= 2;
	dns_timers_set(&client->timers, &exchange->timer,
	               next_us < exchange->end_us ? next_us : exchange->end_us);
}

void dns_client_report(const struct dns_client *client, struct arena *arena,
                       struct dns_server_reports *reports_r)
{
	dns_servers_report(client->servers, arena, reports_r);
}

void dns_client_ask(struct dns_client *client, struct str name, enum dns_type type, void *context)
{
	struct dns_exchange *exchange = new_exchange(client);

	exchange->context = context;
	exchange->end_us = clock_monotonic_us() + client->timeout_us;
	exchange->round_us = FIRST_ROUND_US;
	exchange->rcode = DNS_NO_RCODE;
	exchange->question.type = type;
	exchange->next = client->exchanges;
	if (exchange->next != NULL)
		exchange->next->previous = exchange;
	client->exchanges = exchange;
	client->exchange_count++;
	set_question(client, exchange, name);
	ask_next(client, exchange);
}

static void note_silence(struct dns_server *server, int64_t now_us)
{
	if (++server->unanswered >= UNANSWERED_MAX)
		server->rests_until_us = now_us + REST_US;
}

void dns_client_refused(struct dns_client *client, struct dns_attempt *attempt)
{
	struct dns_exchange *exchange = attempt->exchange;
	int64_t now_us = clock_monotonic_us();

	attempt->server->unanswered = UNANSWERED_MAX;
	note_silence(attempt->server, now_us);
	if (exchange->latest == attempt && next_server(exchange, now_us) != NULL)
		ask_next(client, exchange);
}

void dns_client_attempt_failed(struct dns_client *client, struct dns_attempt *attempt, int rcode)
{
	struct dns_exchange *exchange = attempt->exchange;

	end_tcp(client, exchange);
	dns_udp_forget(attempt);
	attempt->failed = true;
	exchange->heard = true;
	exchange->rcode = rcode;
	/* Others may still be thinking. */
	if (exchange->latest == attempt || next_attempt(exchange) == NULL)
		ask_next(client, exchange);
}

/* The same once more, at once, with a new id. */
static void repeat(struct dns_client *client, struct dns_attempt *attempt)
{
	struct dns_exchange *exchange = attempt->exchange;

	dns_udp_forget(attempt);
	dns_udp_send(client, attempt, &exchange->question, edns_of(client, exchange));
}

/* Where a server doesn't keep the case, nothing can be read from it. */
static void repeat_in_lower_case(struct dns_client *client, struct dns_attempt *attempt)
{
	struct dns_exchange *exchange = attempt->exchange;

	exchange->lower_case = true;
	for (size_t i = 0; i < exchange->question.len; i++)
		exchange->question.name[i] =
			(unsigned char)char_lower((char)exchange->question.name[i]);
	repeat(client, attempt);
}

static void ask_over_tcp(struct dns_client *client, struct dns_attempt *attempt)
{
	struct dns_exchange *exchange = attempt->exchange;
	int64_t end_us = clock_monotonic_us() + TCP_US;

	dns_udp_forget(attempt);
	end_tcp(client, exchange);
	if (!dns_tcp_start(client, attempt, &exchange->question, edns_of(client, exchange),
	                   &exchange->tcp)) {
		dns_client_attempt_failed(client, attempt, DNS_NO_RCODE);
		return;
	}
	exchange->latest = attempt;
	if (next_server(exchange, 0) == NULL || end_us > exchange->end_us)
		end_us = exchange->end_us;
	dns_timers_set(&client->timers, &exchange->timer, end_us);
}

static void shorten(struct dns_exchange *exchange, const struct dns_packet_reply *reply)
{
	/* What says nothing about its time isn't kept. */
	unsigned ttl = reply->has_ttl ? reply->ttl : 0;

	if (!exchange->has_ttl || ttl < exchange->ttl)
		exchange->ttl = ttl;
	exchange->has_ttl = true;
}

/* The name has another name, about which this server says nothing: asks for that one. */
static bool follow(struct dns_client *client, struct dns_exchange *exchange, struct str alias)
{
	struct dns_rdata rdata = { (const unsigned char *)alias.data, alias.len, DNS_CNAME };
	char name[DNS_PACKET_NAME_MAX + 1];
	size_t len;

	if (++exchange->hops > HOPS_MAX || dns_rdata_name(rdata, name, &len) == 0)
		return false;
	forget_attempts(client, exchange);
	set_question(client, exchange, (struct str){ name, len });
	ask_next(client, exchange);
	return true;
}

static enum dns_status status_of(const struct dns_packet_reply *reply, int rcode)
{
	if (rcode == DNS_RCODE_NXDOMAIN)
		return DNS_NXDOMAIN;
	return reply->count > 0 ? DNS_OK : DNS_NODATA;
}

/* A reply without error: the end, or where to go on. */
static void take_reply(struct dns_client *client, struct dns_attempt *attempt, int rcode,
                       struct dns_packet_reply *reply)
{
	struct dns_exchange *exchange = attempt->exchange;
	bool leads_on = reply->count == 0 && reply->alias.len > 0 && !reply->ends && rcode == 0;

	shorten(exchange, reply);
	if (leads_on && follow(client, exchange, reply->alias))
		return;
	if (leads_on || reply->refers) {
		dns_client_attempt_failed(client, attempt, DNS_RCODE_SERVFAIL);
		return;
	}
	finish(client, exchange,
	       dns_answer_new(status_of(reply, rcode), exchange->question.type, exchange->ttl,
	                      reply->records, rcode == DNS_RCODE_NXDOMAIN ? 0 : reply->count));
}

static void read_reply(struct dns_client *client, struct dns_attempt *attempt,
                       const unsigned char *packet, size_t len)
{
	struct dns_packet_reply reply;

	if (client->replies == NULL)
		client->replies = arena_new();
	if (dns_packet_read(client->replies, &attempt->exchange->question, packet, len, &reply))
		take_reply(client, attempt, dns_packet_rcode(packet), &reply);
	else
		dns_client_attempt_failed(client, attempt, DNS_NO_RCODE);
	if (arena_bytes(client->replies) > REPLIES_BYTES) {
		arena_free(client->replies);
		client->replies = NULL;
	}
}

static bool is_without_question(int rcode)
{
	return rcode == DNS_RCODE_FORMERR || rcode == DNS_RCODE_SERVFAIL ||
	       rcode == DNS_RCODE_NOTIMP || rcode == DNS_RCODE_REFUSED;
}

/* Is it a reply to this question? One that is not may be forged, so that the right one may come. */
static bool is_meant(struct dns_client *client, struct dns_attempt *attempt,
                     const unsigned char *packet, size_t len)
{
	struct dns_exchange *exchange = attempt->exchange;

	switch (dns_packet_match(&exchange->question, packet, len)) {
	case DNS_PACKET_SAME:
		return true;
	case DNS_PACKET_NO_QUESTION:
		return is_without_question(dns_packet_rcode(packet));
	case DNS_PACKET_OTHER_CASE:
		if (!client->mixed_case || exchange->lower_case)
			return true;
		repeat_in_lower_case(client, attempt);
		return false;
	case DNS_PACKET_OTHER:
		exchange->heard = true;
	}
	return false;
}

void dns_client_reply(struct dns_client *client, struct dns_attempt *attempt,
                      const unsigned char *packet, size_t len, bool over_tcp)
{
	struct dns_exchange *exchange = attempt->exchange;
	int rcode = dns_packet_rcode(packet);

	if (!is_meant(client, attempt, packet, len)) {
		if (over_tcp)
			dns_client_attempt_failed(client, attempt, DNS_NO_RCODE);
		return;
	}
	exchange->heard = true;
	atomic_fetch_add_explicit(&attempt->server->answered, 1, memory_order_relaxed);
	attempt->server->unanswered = 0;
	attempt->server->rests_until_us = 0;
	if ((rcode == DNS_RCODE_FORMERR || rcode == DNS_RCODE_NOTIMP) &&
	    edns_of(client, exchange) > 0) {
		end_tcp(client, exchange);
		exchange->without_edns = true;
		repeat(client, attempt);
	} else if (dns_packet_truncated(packet) && !over_tcp) {
		ask_over_tcp(client, attempt);
	} else if (rcode == 0 || rcode == DNS_RCODE_NXDOMAIN) {
		read_reply(client, attempt, packet, len);
	} else {
		dns_client_attempt_failed(client, attempt, rcode);
	}
}

static void time_out(struct dns_client *client, struct dns_exchange *exchange, int64_t now_us)
{
	struct dns_attempt *latest = exchange->latest;

	if (now_us >= exchange->end_us) {
		note_silence(latest->server, now_us);
		finish_without(client, exchange, exchange->heard ? DNS_FAILED : DNS_TIMEOUT);
	} else if (exchange->tcp != NULL) {
		dns_client_attempt_failed(client, latest, DNS_NO_RCODE);
	} else {
		note_silence(latest->server, now_us);
		ask_next(client, exchange);
	}
}

static void run_timers(struct dns_client *client)
{
	int64_t now_us = clock_monotonic_us();
	struct dns_timer *first;

	while ((first = dns_timers_first(&client->timers)) != NULL && first->at_us <= now_us)
		time_out(client, (struct dns_exchange *)first, now_us);
}

static int time_left_ms(const struct dns_client *client)
{
	const struct dns_timer *first = dns_timers_first(&client->timers);

	if (first == NULL)
		return -1;
	return (int)deadline_left_ms((struct deadline){ first->at_us });
}

/* Waits for more replies, if others have just been handled. */
static void pause_between(struct dns_client *client)
{
	int64_t now_us = clock_monotonic_us(), next_us = client->replies_us + PAUSE_US;

	if (now_us < next_us && client->exchange_count >= PAUSES_FROM)
		usleep((useconds_t)(next_us - now_us));
	client->replies_us = clock_monotonic_us();
}

void dns_client_work(struct dns_client *client)
{
	struct epoll_event events[EVENTS_MAX];
	int count;

	dns_udp_flush(client);
	count = epoll_wait(client->epoll, events, EVENTS_MAX, time_left_ms(client));
	if (count > 0 && events[0].data.ptr != &client->bell)
		pause_between(client);
	for (int i = 0; i < count; i++) {
		struct dns_watch *watch = events[i].data.ptr;

		if (watch->ready != NULL)
			watch->ready(client, watch);
	}
	run_timers(client);
	dns_udp_flush(client);
	dns_udp_close(client, false);
	dns_tcp_free_closed(client);
}

static void hear_bell(struct dns_client *client, struct dns_watch *watch)
{
	uint64_t rung;

	(void)client;
	while (read(watch->fd, &rung, sizeof(rung)) < 0 && errno == EINTR)
		;
}

void dns_client_wake(struct dns_client *client)
{
	uint64_t one = 1;

	while (write(client->bell.fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

bool dns_client_is_usual(const struct dns_client *client, struct str name)
{
	return dns_servers_of(client->servers, name) == &client->servers->routes[0];
}

/* Leaves most descriptors to mail. */
static size_t sockets_max(void)
{
	struct rlimit files = { .rlim_cur = 1024 };

	(void)getrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur > 8192 ? 1024 : (size_t)files.rlim_cur / 8;
}

static struct dns_client *create(const struct dns_settings *settings)
{
	struct dns_client *client = memory_calloc(1, sizeof(*client));
	unsigned bytes = settings->edns_bytes > 0 ? settings->edns_bytes : EDNS_BYTES;

	client->arena = arena_new();
	client->timeout_us =
		1000 * (settings->timeout_ms > 0 ? settings->timeout_ms : DNS_DEFAULT_TIMEOUT_MS);
	client->edns_bytes = bytes > PLAIN_BYTES ? bytes : 0;
	client->mixed_case = settings->mixed_case;
	client->inbox_bytes = bytes > PLAIN_BYTES ? bytes : PLAIN_BYTES;
	client->inbox = memory_alloc(DNS_UDP_BATCH * client->inbox_bytes);
	client->udp_max = sockets_max();
	client->bell.ready = hear_bell;
	client->bell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	client->epoll = epoll_create1(EPOLL_CLOEXEC);
	return client;
}

struct dns_client *dns_client_new(const struct dns_settings *settings, dns_client_done *done,
                                  struct error *err_r)
{
	struct dns_client *client = create(settings);

	client->done = done;
	client->servers = dns_servers_new(client->arena, settings, err_r);
	if (client->servers != NULL) {
		if (client->epoll >= 0 && client->bell.fd >= 0 &&
		    dns_client_watch(client, &client->bell, EPOLLIN))
			return client;
		error_set(err_r, "can't start the DNS: %s", strerror(errno));
	}
	dns_client_free(client);
	return NULL;
}

void dns_client_free(struct dns_client *client)
{
	struct dns_exchange *spare;

	if (client == NULL)
		return;
	while (client->exchanges != NULL)
		finish_without(client, client->exchanges, DNS_FAILED);
	while ((spare = client->spare) != NULL) {
		client->spare = spare->next;
		free(spare);
	}
	dns_udp_close(client, true);
	dns_tcp_free_closed(client);
	dns_timers_free(&client->timers);
	if (client->epoll >= 0)
		close(client->epoll);
	if (client->bell.fd >= 0)
		close(client->bell.fd);
	free(client->outbox);
	free(client->inbox);
	arena_free(client->replies);
	arena_free(client->arena);
	free(client);
}
