/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/origin.h"

#include "base/map.h"
#include "forward/address.h"

/* Domains that are given at most. */
#define DOMAINS_MAX 64

/* Numbers of the front's recipients. */
struct candidates {
	vec_members(size_t);
};

/* By number of the front's recipients, of which there may be as many as destinations. */
struct front_answers {
	bool *ours; /* in a domain of ours; NULL: not asked yet */
	struct map *
		by_expansion; /* struct candidates, by key of what they expand to; NULL: likewise */
};

struct front *origin_front(struct arena *arena)
{
	struct front *front = arena_new_object(arena, struct front);

	front->answers = arena_new_object(arena, struct front_answers);
	return front;
}

bool origin_asked_maps(const struct front *front)
{
	return front->answers->by_expansion != NULL;
}

static bool same_address(struct arena *arena, struct str a, struct str b)
{
	return str_eq(address_key(arena, a), address_key(arena, b));
}

/*
 * Without a seal, the front let the message pass unseen. ORCPT may then be a client's: it can't
 * cause a drop, and if it prevents one, that is logged.
 */
static enum origin origin_unsealed(struct arena *arena, const struct front *front,
                                   const struct envelope_recipient *recipient, const char **why_r)
{
	if (front->received_for.len > 0)
		return same_address(arena, front->received_for, recipient->address)
		               ? ORIGIN_DIRECT
		               : ORIGIN_FORWARD;
	if (recipient->original.len == 0 ||
	    !same_address(arena, recipient->original, recipient->address))
		return ORIGIN_FORWARD;
	*why_r = "there is no seal, and by ORCPT it was addressed there from the start";
	return ORIGIN_UNKNOWN;
}

enum origin origin_of(struct arena *arena, const struct front *front,
                      const struct envelope_recipient *recipient, const char **why_r)
{
	if (front->recipients == NULL)
		return origin_unsealed(arena, front, recipient, why_r);
	switch (seal_recipients_has(arena, front->recipients, front->key, recipient->address)) {
	case SEAL_MEMBER_NO:
		return ORIGIN_FORWARD;
	case SEAL_MEMBER_YES:
		return ORIGIN_DIRECT;
	case SEAL_MEMBER_UNKNOWN:
		break;
	}
	*why_r = "the library for hashes can't tell whether it is a forward";
	return ORIGIN_UNKNOWN;
}

/* Those among `all` of which test() is true. */
struct test {
	const struct policy *policy;
	const struct front *front;
	struct seal_mark original, destination;
	struct str original_key, destination_key;
};

typedef bool candidate_test(struct arena *arena, const struct test *test, size_t number);

static struct candidates select_among(struct arena *arena, const struct test *test,
                                      const struct candidates *all, candidate_test *is)
{
	struct candidates chosen = { 0 };

	for (size_t i = 0; i < all->len; i++)
		if (is(arena, test, all->items[i]))
			vec_push(arena, &chosen, all->items[i]);
	return chosen;
}

/* Our MTA passes on what the client gave for this recipient, or else the recipient itself. */
static bool has_original(struct arena *arena, const struct test *test, size_t number)
{
	const struct seal_recipient *item = &test->front->recipients->items[number];

	(void)arena;
	if (seal_mark_given(&item->original))
		return seal_mark_same(&item->original, &test->original);
	return str_eq(item->key, test->original_key);
}

static bool resolves_to_it(struct arena *arena, const struct test *test, size_t number)
{
	(void)arena;
	return seal_mark_same(&test->front->recipients->items[number].resolved, &test->destination);
}

static void ask_domains(struct arena *arena, const struct test *test)
{
	const struct seal_recipients *recipients = test->front->recipients;
	bool *ours = arena_calloc(arena, recipients->len + 1, sizeof(*ours));

	for (size_t i = 0; i < recipients->len; i++)
		ours[i] = forward_is_ours(test->policy->forward_maps, recipients->items[i].address);
	test->front->answers->ours = ours;
}

static bool is_ours(struct arena *arena, const struct test *test, size_t number)
{
	if (test->front->answers->ours == NULL)
		ask_domains(arena, test);
	return test->front->answers->ours[number];
}

static void note_expansion(struct arena *arena, struct map *by_expansion, size_t number,
                           struct str destination)
{
	struct str key = address_key(arena, destination);
	struct candidates *candidates = map_get(by_expansion, key);

	if (candidates == NULL) {
		candidates = arena_new_object(arena, struct candidates);
		map_set(by_expansion, key, candidates);
	}
	vec_push(arena, candidates, number);
}

static void ask_maps_of_all(struct arena *arena, const struct test *test)
{
	const struct seal_recipients *recipients = test->front->recipients;
	struct map *by_expansion = map_new(arena, MAP_EXACT);

	for (size_t i = 0; i < recipients->len; i++) {
		const struct expansion *expansion = forward_expand(
			arena, test->policy->forward_maps, recipients->items[i].address);

		for (size_t k = 0; k < expansion->len; k++)
			if (expansion->items[k].external)
				note_expansion(arena, by_expansion, i, expansion->items[k].address);
	}
	test->front->answers->by_expansion = by_expansion;
}

static bool expands_to_it(struct arena *arena, const struct test *test, size_t number)
{
	const struct candidates *found;

	if (test->front->answers->by_expansion == NULL)
		ask_maps_of_all(arena, test);
	found = map_get(test->front->answers->by_expansion, test->destination_key);
	for (size_t i = 0; found != NULL && i < found->len; i++)
		if (found->items[i] == number)
			return true;
	return false;
}

/* Narrows down what is not decided yet; a test that none passes says nothing. */
static void narrow(struct arena *arena, const struct test *test, struct candidates *candidates,
                   candidate_test *is)
{
	struct candidates chosen;

	if (candidates->len <= 1)
		return;
	chosen = select_among(arena, test, candidates, is);
	if (chosen.len > 0)
		*candidates = chosen;
}

static struct str_list by_domain(struct arena *arena, const struct seal_recipients *recipients,
                                 const struct candidates *candidates)
{
	struct map *seen = map_new(arena, MAP_EXACT);
	struct str_list domains = { 0 };

	for (size_t i = 0; i < candidates->len && domains.len < DOMAINS_MAX; i++) {
		struct str address = recipients->items[candidates->items[i]].address;
		struct str domain = address_domain(arena, address);

		if (map_get(seen, domain) != NULL)
			continue;
		map_set(seen, domain, seen);
		vec_push(arena, &domains, arena_printf(arena, "@%.*s", STR_FMT(domain)));
	}
	return domains;
}

static struct str_list addresses_of(struct arena *arena, const struct seal_recipients *recipients,
                                    const struct candidates *candidates)
{
	struct str_list addresses = { 0 };

	if (candidates->len > ORIGIN_ACCOUNTS_MAX)
		return by_domain(arena, recipients, candidates);
	for (size_t i = 0; i < candidates->len; i++)
		vec_push(arena, &addresses, recipients->items[candidates->items[i]].address);
	return addresses;
}

/* ORCPT, which may be a client's: only where the tables agree. */
static struct str_list unsealed_accounts(struct arena *arena, const struct policy *policy,
                                         const struct front *front,
                                         const struct envelope_recipient *recipient, bool ask_maps)
{
	struct str_list accounts = { 0 };
	const struct expansion *expansion;
	struct str key = address_key(arena, recipient->address);

	if (front->received_for.len > 0) {
		vec_push(arena, &accounts, front->received_for);
		return accounts;
	}
	if (recipient->original.len == 0 || !ask_maps)
		return accounts;
	expansion = forward_expand(arena, policy->forward_maps, recipient->original);
	for (size_t i = 0; i < expansion->len && accounts.len == 0; i++)
		if (expansion->items[i].external &&
		    str_eq(address_key(arena, expansion->items[i].address), key))
			vec_push(arena, &accounts, recipient->original);
	return accounts;
}

/* The domains of ours among those of many recipients, or all. */
static struct str_list domain_accounts(struct arena *arena, const struct policy *policy,
                                       const struct str_list *domains)
{
	struct str_list ours = { 0 }, all = { 0 };
	const struct str *domain;

	vec_foreach (domains, domain) {
		struct str account = arena_printf(arena, "@%.*s", STR_FMT(*domain));

		vec_push(arena, &all, account);
		if (forward_is_ours(policy->forward_maps, account))
			vec_push(arena, &ours, account);
	}
	return ours.len > 0 ? ours : all;
}

/* Of many recipients there are no addresses: one of them is known where our MTA names it. */
static struct str_list filtered_accounts(struct arena *arena, const struct policy *policy,
                                         const struct front *front,
                                         const struct envelope_recipient *recipient)
{
	struct str_list accounts = { 0 };

	if (recipient->original.len == 0 || front->recipients->originals ||
	    seal_recipients_has(arena, front->recipients, front->key, recipient->original) !=
	            SEAL_MEMBER_YES)
		return domain_accounts(arena, policy, &front->recipients->domains);
	vec_push(arena, &accounts, recipient->original);
	return accounts;
}

struct str_list origin_accounts(struct arena *arena, const struct policy *policy,
                                const struct front *front,
                                const struct envelope_recipient *recipient, bool ask_maps)
{
	struct test test = { .policy = policy, .front = front };
	struct candidates candidates = { 0 };

	if (front->recipients == NULL)
		return unsealed_accounts(arena, policy, front, recipient, ask_maps);
	if (front->recipients->len < front->recipients->count)
		return filtered_accounts(arena, policy, front, recipient);
	for (size_t i = 0; i < front->recipients->len; i++)
		vec_push(arena, &candidates, i);
	test.destination_key = address_key(arena, recipient->address);
	test.original_key = address_key(arena, recipient->original);
	if (recipient->original.len > 0 &&
	    seal_mark_of(front->key, recipient->original, &test.original))
		narrow(arena, &test, &candidates, has_original);
	if (seal_mark_of(front->key, recipient->address, &test.destination))
		narrow(arena, &test, &candidates, resolves_to_it);
	narrow(arena, &test, &candidates, is_ours);
	if (ask_maps)
		narrow(arena, &test, &candidates, expands_to_it);
	return addresses_of(arena, front->recipients, &candidates);
}
