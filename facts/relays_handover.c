/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host that handed a message over to us, also where nobody said which hosts are ours. */
#include "facts/dns_answer.h"
#include "facts/relays.h"
#include "message/uri.h"

/*
 * The next host that can have handed over to the domain's own hosts, where the one at `at` is of
 * these itself, by its name in DNS: a public address that they took mail from, and no user of
 * theirs. `at` where there is none.
 */
static size_t before_own_host(const struct relay_list *relays, size_t at, struct str domain)
{
	size_t next = at + 1;

	if (!dns_name_is_within(relays->items[at].rdns, domain))
		return at;
	/* What a host handed to itself, as to a filter. */
	while (next < relays->len && relays->items[next].ip_private &&
	       dns_name_is_within(relays->items[next].by, domain))
		next++;
	if (next == relays->len || relays->items[next].ip_private ||
	    relays->items[next].is_origin || relays->items[next].auth.len > 0 ||
	    !dns_name_is_within(relays->items[next].by, domain))
		return at;
	return next;
}

const struct relay *relays_handover(struct arena *arena, const struct relay_list *relays)
{
	size_t at = relays->internal, next;
	struct str domain;

	if (at == relays->len)
		return NULL;
	if (!relays->guessed)
		return &relays->items[at];
	domain = uri_registered_domain(arena, relays->items[at].by);
	while ((next = before_own_host(relays, at, domain)) != at)
		at = next;
	return &relays->items[at];
}

struct str relays_handover_text(struct arena *arena, const struct relay_list *relays)
{
	const struct relay *relay = relays_handover(arena, relays);
	size_t start;

	if (relay == NULL)
		return STR("");
	/* The space between two of them belongs to neither. */
	start = relay == relays->items ? 0 : relay[-1].text_end + 1;
	return (struct str){ relays->text.data + start, relay->text_end - start };
}
