/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions to resolvers over UDP, over TCP where an answer doesn't fit: any number at a time, on
 * the one thread that calls all of this but dns_client_wake(). What goes out and comes in at the
 * same time takes one system call.
 *
 * Against forged replies (RFC 5452): every question has a random id, goes out from a random port
 * that is used for a hundred others at most, by a connected socket, so that the kernel drops what
 * comes from elsewhere; the reply must repeat id, name, type and class. A server that doesn't
 * answer is asked again, then the next one.
 */
#ifndef FACTS_DNS_CLIENT_H
#define FACTS_DNS_CLIENT_H

#include "facts/dns_answer.h"
#include "facts/dns_server_report.h"
#include "facts/dns_settings.h"

struct dns_client;

/* Takes the answer's pin over; may ask, but not free. */
typedef void dns_client_done(void *context, struct dns_answer *answer);

/* NULL with *err_r where a server isn't valid, or the system has no descriptors left. */
struct dns_client *dns_client_new(const struct dns_settings *settings, dns_client_done *done,
                                  struct error *err_r);
/* Answers what is under way with DNS_FAILED. NULL is allowed. */
void dns_client_free(struct dns_client *client);

/* Asks for a valid name in lower case without its last dot, empty for the root. `done` is called
 * with the context within dns_client_work(): within the settings' time, with DNS_TIMEOUT where no
 * server has said anything by then. */
void dns_client_ask(struct dns_client *client, struct str name, enum dns_type type, void *context);
/* Is it asked of the usual servers, and not of a zone's own? Any thread. */
bool dns_client_is_usual(const struct dns_client *client, struct str name);
/* What is known of the servers. Any thread. */
void dns_client_report(const struct dns_client *client, struct arena *arena,
                       struct dns_server_reports *reports_r);
/* Sends what was asked, waits for what happens next, and handles it. */
void dns_client_work(struct dns_client *client);
/* Ends the waiting of dns_client_work(). Any thread. */
void dns_client_wake(struct dns_client *client);

#endif
