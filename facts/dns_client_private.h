/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the resolver's client share: dns_client.c has the questions, dns_udp.c and
 * dns_tcp.c their transport. All on one thread. */
#ifndef FACTS_DNS_CLIENT_PRIVATE_H
#define FACTS_DNS_CLIENT_PRIVATE_H

#include "facts/dns_answer.h"
#include "facts/dns_packet.h"
#include "facts/dns_servers.h"
#include "facts/dns_timers.h"

struct dns_client;
struct dns_exchange;

/* A descriptor that is waited for; the first member of what has it. */
struct dns_watch {
	void (*ready)(struct dns_client *client, struct dns_watch *watch);
	int fd;
};

/* A question to one server. */
struct dns_attempt {
	struct dns_attempt *next; /* with the same hash, of its socket */
	struct dns_exchange *exchange;
	struct dns_server *server;
	struct dns_udp *udp; /* NULL once nothing is waited for over UDP */
	uint16_t id;
	bool failed; /* the server has said that it can't help */
};

#define DNS_UDP_BUCKETS 64 /* a power of two */

/* A socket with a port of its own, connected to one server. */
struct dns_udp {
	struct dns_watch watch;
	struct dns_udp *next;
	struct dns_server *server;
	unsigned sent; /* questions, ever */
	unsigned open; /* attempts that are waited for */
	struct dns_attempt *buckets[DNS_UDP_BUCKETS];
};

struct dns_packet_out;

struct dns_client {
	struct arena *arena; /* for the servers */
	struct dns_servers *servers;
	void (*done)(void *context, struct dns_answer *answer);
	int64_t timeout_us;
	unsigned edns_bytes; /* 0: without EDNS */
	bool mixed_case;
	int epoll;
	struct dns_watch bell;
	struct dns_timers timers;
	struct dns_exchange *exchanges;
	size_t exchange_count;
	struct dns_exchange *spare; /* ended ones for the next questions, spare_count */
	size_t spare_count;
	int64_t replies_us;    /* when replies were last handled */
	struct arena *replies; /* for what is read of some of them; NULL: of none */

	/* dns_udp.c */
	struct dns_udp *udps;
	size_t udp_count, udp_max;
	struct dns_packet_out *outbox;
	size_t outbox_count, outbox_room;
	unsigned char *inbox; /* DNS_UDP_BATCH packets of inbox_bytes */
	size_t inbox_bytes;
	/* dns_tcp.c */
	struct dns_tcp *closed; /* not freed yet: their events may still be in hand */
	size_t tcp_count;

	unsigned char chance[256]; /* random octets, used from the end */
	size_t chance_left;
};

/* Waits for the watch's descriptor; false with errno. `events` are of epoll(7). */
bool dns_client_watch(struct dns_client *client, struct dns_watch *watch, uint32_t events);
/* A number that nobody can foretell, for ids. */
uint16_t dns_client_random(struct dns_client *client);
/* Letters in random case, so that who forges a reply has more to guess (dns0x20). */
void dns_client_mix_case(struct dns_client *client, struct dns_packet_question *question);
/* A reply to this attempt, with its id. */
void dns_client_reply(struct dns_client *client, struct dns_attempt *attempt,
                      const unsigned char *packet, size_t len, bool over_tcp);
/* The server can't help with this; `rcode` or DNS_NO_RCODE. */
void dns_client_attempt_failed(struct dns_client *client, struct dns_attempt *attempt, int rcode);
/* Nobody listens there: what waits goes on to other servers, if there are some. */
void dns_client_refused(struct dns_client *client, struct dns_attempt *attempt);

#define DNS_UDP_BATCH 32

/* Puts the attempt's question on what is to be sent, with a new id unless it was sent before. False
 * where there is no socket to be had. */
bool dns_udp_send(struct dns_client *client, struct dns_attempt *attempt,
                  const struct dns_packet_question *question, unsigned edns_bytes);
/* Nothing is waited for over UDP any more. */
void dns_udp_forget(struct dns_attempt *attempt);
/* Sends all that is to be sent. */
void dns_udp_flush(struct dns_client *client);
/* Closes sockets that are used up, and nothing is waited for on; or all. */
void dns_udp_close(struct dns_client *client, bool all);

/* Asks over TCP; false where that can't be begun. */
bool dns_tcp_start(struct dns_client *client, struct dns_attempt *attempt,
                   const struct dns_packet_question *question, unsigned edns_bytes,
                   struct dns_tcp **tcp_r);
void dns_tcp_end(struct dns_client *client, struct dns_tcp *tcp);
void dns_tcp_free_closed(struct dns_client *client);

#endif
