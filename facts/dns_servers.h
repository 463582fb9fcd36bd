/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Whom the resolver asks about a name: the servers of the tightest zone that has some of its own,
 * else the usual ones. Read once, not changed but for what dns_client.c knows of each server.
 */
#ifndef FACTS_DNS_SERVERS_H
#define FACTS_DNS_SERVERS_H

#include <stdatomic.h>
#include <sys/socket.h>

#include "facts/dns_server_report.h"
#include "facts/dns_settings.h"

struct dns_udp;

struct dns_server {
	struct sockaddr_storage address;
	socklen_t address_len;
	/* The client's own: */
	struct dns_udp *udp; /* the socket for new questions, or NULL */
	unsigned unanswered; /* questions since its last answer */
	int64_t rests_until_us;
	/* Counted by the client, read by any thread. */
	_Atomic uint64_t asked, answered;
};

struct dns_route {
	struct str zone; /* in lower case; empty: all other names */
	size_t count;    /* of servers, 1 at least */
	struct dns_server *servers;
};

struct dns_servers {
	size_t count;
	struct dns_route *routes; /* the first is that of all other names */
};

/* In the arena; NULL with *err_r where a server or zone is not valid, or /etc/resolv.conf, which is
 * read where the settings name no servers, can't be. */
struct dns_servers *dns_servers_new(struct arena *arena, const struct dns_settings *settings,
                                    struct error *err_r);
/* All servers, route by route. Any thread. */
void dns_servers_report(struct dns_servers *servers, struct arena *arena,
                        struct dns_server_reports *reports_r);
/* For a name in lower case without its last dot. */
struct dns_route *dns_servers_of(const struct dns_servers *servers, struct str name);

#endif
