/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list.h"

#include <stdlib.h>

#include "base/condition.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "facts/dns_list_private.h"

/* The process's lists. The lock is held for some instructions only. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t settled; /* no probe is under way */
	struct dns_list *lists;
	size_t probing;
	_Atomic int64_t next_probe_us; /* of all lists; INT64_MAX: none */
} table = { .lock = PTHREAD_MUTEX_INITIALIZER,
	    .settled = PTHREAD_COND_INITIALIZER,
	    .next_probe_us = INT64_MAX };

struct dns_list_set {
	struct arena *arena;
	struct map *lists;              /* by zone */
	bool has_len[DNS_NAME_MAX + 1]; /* a zone is of this length */
};

static const struct {
	const char *text, *advice;
} troubles[DNS_LIST_TROUBLE_COUNT] = {
	[DNS_LIST_FINE] = { "", "" },
	[DNS_LIST_SILENT] = { "it does not answer in time",
	                      "look whether the resolver (dns_server) works and may reach the "
	                      "list's servers; lists that went out of service do this too: give "
	                      "their rules a score of 0" },
	[DNS_LIST_FAILS] = { "its servers or the resolver fail or refuse",
	                     "look whether the resolver (dns_server) works; some operators refuse "
	                     "public resolvers so: run a resolver such as unbound on this host" },
	[DNS_LIST_REFUSES] = { "its operator does not serve this resolver",
	                       "the resolver is a public one or asks more than is free: run a "
	                       "resolver such as unbound on this host, name it as dns_server, and "
	                       "register with the operator if you still ask too much" },
	[DNS_LIST_LISTS_ALL] = { "it lists what no list may list",
	                         "the list went out of service or the resolver makes up answers: "
	                         "give its rules a score of 0 until that has ended" },
	[DNS_LIST_MADE_UP] = { "answers are made up on the way",
	                       "the resolver rewrites answers: run a resolver such as unbound on "
	                       "this host and name it as dns_server" },
	[DNS_LIST_EMPTY] = { "its test entry is gone",
	                     "the list is empty or went out of service: give its rules a score of 0 "
	                     "if that stays so" },
	[DNS_LIST_STOPPED] = { "a rule of dns_block_rule has hit",
	                       "the operator has told that it does not serve this resolver: run a "
	                       "resolver such as unbound on this host and name it as dns_server" },
};

const char *dns_list_trouble_text(enum dns_list_trouble trouble)
{
	return troubles[trouble].text;
}

const char *dns_list_advice(enum dns_list_trouble trouble)
{
	return troubles[trouble].advice;
}

/* The rest is called with the lock where it says so. */

static void find_next_probe(void)
{
	int64_t next = INT64_MAX;

	for (const struct dns_list *list = table.lists; list != NULL; list = list->next)
		if (!list->health.probing && list->health.probe_us < next)
			next = list->health.probe_us;
	atomic_store(&table.next_probe_us, next);
}

static struct dns_list *find_zone(struct str zone)
{
	struct dns_list *list = table.lists;

	while (list != NULL && !str_eq(list->zone, zone))
		list = list->next;
	return list;
}

static struct dns_list *new_list(struct str zone)
{
	struct dns_list *list = memory_calloc(1, sizeof(*list) + zone.len + 1);

	memcpy(list->zone_data, zone.data, zone.len);
	list->zone = (struct str){ list->zone_data, zone.len };
	list->health = dns_list_health_new(false, clock_monotonic_us());
	list->next = table.lists;
	table.lists = list;
	return list;
}

/* Pins the list of a zone in lower case. */
static struct dns_list *pin_zone(struct str zone, unsigned kinds)
{
	struct dns_list *list;

	pthread_mutex_lock(&table.lock);
	list = find_zone(zone);
	if (list == NULL)
		list = new_list(zone);
	list->pins++;
	if (list->kinds == 0 && kinds != 0) {
		list->health = dns_list_health_new(true, clock_monotonic_us());
		find_next_probe();
	}
	list->kinds |= kinds;
	pthread_mutex_unlock(&table.lock);
	return list;
}

struct dns_list *dns_list_pin(struct dns_list *list)
{
	pthread_mutex_lock(&table.lock);
	list->pins++;
	pthread_mutex_unlock(&table.lock);
	return list;
}

void dns_list_unpin(struct dns_list *list)
{
	struct dns_list **at = &table.lists;

	if (list == NULL)
		return;
	pthread_mutex_lock(&table.lock);
	if (--list->pins == 0) {
		while (*at != list)
			at = &(*at)->next;
		*at = list->next;
		find_next_probe();
		free(list);
	}
	pthread_mutex_unlock(&table.lock);
}

struct str dns_list_zone(const struct dns_list *list)
{
	return list->zone;
}

static void free_set(void *object)
{
	struct dns_list_set *set = object;
	struct str zone;

	for (size_t i = 0; i < map_len(set->lists); i++)
		dns_list_unpin(map_at(set->lists, i, &zone));
}

struct dns_list_set *dns_list_set_new(struct arena *arena)
{
	struct dns_list_set *set = arena_new_object(arena, struct dns_list_set);

	set->arena = arena;
	set->lists = map_new(arena, MAP_EXACT);
	arena_at_free(arena, free_set, set);
	return set;
}

void dns_list_set_add(struct dns_list_set *set, struct str zone, unsigned kinds)
{
	struct str name = dns_name_canonical(set->arena, zone);
	struct dns_list *list = pin_zone(name, kinds);

	if (map_get(set->lists, name) != NULL)
		dns_list_unpin(list);
	else
		map_set(set->lists, name, list);
	if (name.len <= DNS_NAME_MAX)
		set->has_len[name.len] = true;
}

size_t dns_list_set_len(const struct dns_list_set *set)
{
	return map_len(set->lists);
}

/* Of a name and the domains above it, the next that is in the set. */
static struct dns_list *next_above(const struct dns_list_set *set, struct str *name)
{
	struct dns_list *list = NULL;

	while (list == NULL && name->len > 0) {
		ptrdiff_t dot = str_find_char(*name, '.');

		if (name->len <= DNS_NAME_MAX && set->has_len[name->len])
			list = map_get(set->lists, *name);
		*name = dot < 0 ? STR("") : str_from_offset(*name, (size_t)dot + 1);
	}
	return list;
}

struct dns_list *dns_list_of(const struct dns_list_set *set, struct str name)
{
	struct dns_list *list = next_above(set, &name);

	while (list != NULL && list->kinds == 0)
		list = next_above(set, &name);
	return list;
}

bool dns_list_may_ask(const struct dns_list_set *set, struct str name)
{
	struct dns_list *list;
	bool may = true;

	while (may && (list = next_above(set, &name)) != NULL) {
		pthread_mutex_lock(&table.lock);
		may = list->health.trouble == DNS_LIST_FINE;
		list->counts.refused += !may;
		pthread_mutex_unlock(&table.lock);
	}
	return may;
}

bool dns_list_is_unanswered(const struct dns_list_set *set, struct str name)
{
	struct dns_list *list;
	bool unanswered = false;

	while (!unanswered && (list = next_above(set, &name)) != NULL) {
		pthread_mutex_lock(&table.lock);
		unanswered = list->health.trouble == DNS_LIST_SILENT ||
		             list->health.trouble == DNS_LIST_FAILS;
		pthread_mutex_unlock(&table.lock);
	}
	return unanswered;
}

struct dns_list_sign dns_list_sign(struct str zone, enum dns_type type,
                                   const struct dns_answer *answer)
{
	struct dns_list_sign sign = { .status = answer->status };

	for (size_t i = 0; i < answer->count && type == DNS_A; i++)
		sign.meanings |= 1U << dns_list_meaning(zone, answer->records[i].data);
	return sign;
}

/* With the lock. */
static void log_change(const struct dns_list *list, enum dns_list_trouble before)
{
	enum dns_list_trouble now = list->health.trouble;

	find_next_probe();
	if (now == before)
		return;
	if (now == DNS_LIST_FINE)
		log_info(NULL, "list %.*s: asked again", STR_FMT(list->zone));
	else
		log_warning(NULL, "list %.*s: not asked for now, %s; %s", STR_FMT(list->zone),
		            troubles[now].text, troubles[now].advice);
}

/* With the lock. */
static void count(struct dns_list_report *counts, struct dns_list_sign sign, int64_t waited_us)
{
	counts->asked++;
	counts->timeouts += sign.status == DNS_TIMEOUT;
	counts->failures += sign.status == DNS_FAILED;
	if ((sign.meanings & ~(1U << DNS_LIST_LISTED)) != 0)
		counts->notices++;
	else
		counts->listed += sign.status == DNS_OK;
	counts->waited_us += waited_us;
	if (waited_us > counts->longest_us)
		counts->longest_us = waited_us;
}

static void note(struct dns_list *list, struct dns_list_sign sign, int64_t waited_us)
{
	enum dns_list_trouble before;

	pthread_mutex_lock(&table.lock);
	before = list->health.trouble;
	count(&list->counts, sign, waited_us);
	dns_list_health_answered(&list->health, sign, clock_monotonic_us());
	log_change(list, before);
	pthread_mutex_unlock(&table.lock);
}

void dns_list_note(struct dns_list *list, enum dns_type type, const struct dns_answer *answer,
                   int64_t waited_us)
{
	note(list, dns_list_sign(list->zone, type, answer), waited_us);
}

void dns_list_stop(const struct dns_list_set *set, struct str domain, int64_t seconds)
{
	struct dns_list *list = map_get(set->lists, domain);
	int64_t now_us = clock_monotonic_us();
	enum dns_list_trouble before;

	if (list == NULL)
		return;
	pthread_mutex_lock(&table.lock);
	before = list->health.trouble;
	dns_list_health_stopped(&list->health, now_us, now_us + seconds * 1000000);
	log_change(list, before);
	pthread_mutex_unlock(&table.lock);
}

struct dns_list *dns_list_take_due(int64_t now_us, unsigned *kinds_r)
{
	struct dns_list *list;

	if (atomic_load(&table.next_probe_us) > now_us)
		return NULL;
	pthread_mutex_lock(&table.lock);
	list = table.lists;
	while (list != NULL && !dns_list_health_begin_probe(&list->health, now_us))
		list = list->next;
	if (list != NULL) {
		list->pins++;
		table.probing++;
		*kinds_r = list->kinds;
	}
	find_next_probe();
	pthread_mutex_unlock(&table.lock);
	return list;
}

void dns_list_probed(struct dns_list *list, struct dns_list_sign listed,
                     struct dns_list_sign unlisted)
{
	enum dns_list_trouble before;

	pthread_mutex_lock(&table.lock);
	before = list->health.trouble;
	list->counts.probe_took_us = clock_monotonic_us() - list->health.probed_us;
	dns_list_health_probed(&list->health, listed, unlisted, clock_monotonic_us());
	log_change(list, before);
	if (--table.probing == 0)
		pthread_cond_broadcast(&table.settled);
	pthread_mutex_unlock(&table.lock);
	dns_list_unpin(list);
}

void dns_lists_settle(struct deadline deadline)
{
	pthread_mutex_lock(&table.lock);
	while (table.probing > 0 && !deadline_passed(deadline))
		condition_wait(&table.settled, &table.lock, deadline);
	pthread_mutex_unlock(&table.lock);
}

static int by_zone(const void *a, const void *b)
{
	return str_cmp(((const struct dns_list_report *)a)->zone,
	               ((const struct dns_list_report *)b)->zone);
}

void dns_lists_report(struct arena *arena, struct dns_list_reports *reports_r)
{
	*reports_r = (struct dns_list_reports){ 0 };
	pthread_mutex_lock(&table.lock);
	for (const struct dns_list *list = table.lists; list != NULL; list = list->next) {
		struct dns_list_report report = list->counts;

		report.zone = arena_str(arena, list->zone);
		report.kinds = list->kinds;
		report.probed = list->health.probed;
		report.confirmed = list->health.confirmed;
		report.trouble = list->health.trouble;
		report.since_us = list->health.since_us;
		report.probe_us = list->health.probe_us;
		vec_push(arena, reports_r, report);
	}
	pthread_mutex_unlock(&table.lock);
	if (reports_r->len > 0)
		qsort(reports_r->items, reports_r->len, sizeof(*reports_r->items), by_zone);
}

const char *dns_list_state_name(const struct dns_list_report *report)
{
	if (report->trouble != DNS_LIST_FINE)
		return "suspended";
	if (!report->probed)
		return "not probed";
	return report->confirmed ? "used" : "unconfirmed";
}
