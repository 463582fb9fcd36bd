/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists in the DNS (RFC 5782): what an answer of one says, and whether it can be believed at all.
 *
 * The process has one table of the lists that its rule sets name, with what is known of each:
 * counters, and whether it is used or suspended, and why. Lists are probed by their test entries
 * when they become known and every hour; what their answers to messages show counts too. A list
 * that is suspended is not asked, so it costs nothing and gives nobody points. Any thread may call
 * anything; nothing blocks but dns_lists_settle(); nothing fails.
 */
#ifndef FACTS_DNS_LIST_H
#define FACTS_DNS_LIST_H

#include "facts/dns.h"
#include "facts/dns_list_report.h"

/*
 * The meaning of an A record (four octets) for a list, or a name below it. 127.255.255.0/24, and
 * what URIBL, SURBL, the DBL and DNSWL say about the client that asks, is never DNS_LIST_LISTED.
 */
enum dns_list_meaning dns_list_meaning(struct str zone, struct str address);
/*
 * Can a rule hit by this record? TXT and other types: yes. Rules that look for such notices and
 * nothing else (SURBL_BLOCKED) give true for `wants_notices`, and hit by notices only.
 */
bool dns_list_record_counts(struct str zone, enum dns_type type, const struct dns_record *record,
                            bool wants_notices);

/* "does not answer", …; and what an operator can do about it. Empty for DNS_LIST_FINE. */
const char *dns_list_trouble_text(enum dns_list_trouble trouble);
const char *dns_list_advice(enum dns_list_trouble trouble);

/* "used", "suspended", "not probed", or "unconfirmed": its test entry is not there. */
const char *dns_list_state_name(const struct dns_list_report *report);

struct dns_list;

/* The lists that one rule set names: they are in the process's table as long as the set is there.
 */
struct dns_list_set;

/* Ends with the arena. */
struct dns_list_set *dns_list_set_new(struct arena *arena);
/* Adds a zone, in any case and with or without its last dot, and what is looked up in it; 0: it is
 * only there for dns_list_stop(). For the thread that loads the rule set. */
void dns_list_set_add(struct dns_list_set *set, struct str zone, unsigned kinds);
size_t dns_list_set_len(const struct dns_list_set *set);
/* The list that a name in lower case is looked up in: the longest zone that it is below; NULL:
 * none. It lives as long as the set. */
struct dns_list *dns_list_of(const struct dns_list_set *set, struct str name);
/* False where that list, or a domain above the name, is suspended. */
bool dns_list_may_ask(const struct dns_list_set *set, struct str name);
/* True where it is since nobody answers: what it would have said isn't known. Thread-safe. */
bool dns_list_is_unanswered(const struct dns_list_set *set, struct str name);

/* For answers that come when the set may be gone. */
struct dns_list *dns_list_pin(struct dns_list *list);
/* NULL is allowed. */
void dns_list_unpin(struct dns_list *list);
/* In lower case, without the last dot. */
struct str dns_list_zone(const struct dns_list *list);

/* Counts a question of a message, and its answer, `waited_us` later. */
void dns_list_note(struct dns_list *list, enum dns_type type, const struct dns_answer *answer,
                   int64_t waited_us);
/* Stops questions for `domain` and what is below it, where it is in the set, for so long. */
void dns_list_stop(const struct dns_list_set *set, struct str domain, int64_t seconds);

/* Starts the probes that are due. Cheap where none is. */
void dns_lists_probe(struct dns *dns);
/* Waits until no probe is under way. For commands. */
void dns_lists_settle(struct deadline deadline);

/* All lists of the process, by name. */
void dns_lists_report(struct arena *arena, struct dns_list_reports *reports_r);

#endif
