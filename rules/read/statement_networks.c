/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements about the path of a message: networks, and fields that describe it. */
#include <string.h>

#include "rules/read/statement.h"

static struct network_list *networks_of(struct site *site, const char *which)
{
	if (strcmp(which, "trusted") == 0)
		return &site->trusted_networks;
	return strcmp(which, "internal") == 0 ? &site->internal_networks : &site->msa_networks;
}

static void note_place(struct ruleset *set, struct network_list *networks,
                       const struct statement *statement, struct str word)
{
	struct ruleset_network_place place = { networks, networks->len - 1, word,
		                               source_line_position(statement->line, word.data) };

	vec_push(set->arena, &set->network_places, place);
}

static bool has_strangers(const struct network_list *networks, size_t from)
{
	struct network_list added = { .items = networks->items + from,
		                      .len = networks->len - from };

	return networks_hold_strangers(&added);
}

void statement_networks(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct network_list *networks = networks_of(&set->site, statement->kind->argument);
	struct error error;
	struct str word;

	if (statement->value.len == 0)
		statement_warn(statement, statement->value.data, "a network is missing here");
	while (str_next_word(&statement->value, &word)) {
		size_t before = networks->len;

		if (!networks_parse(set->arena, word, networks, &error))
			statement_warn(statement, word.data, "%s", error.text);
		else if (has_strangers(networks, before))
			statement_warn(statement, word.data,
			               "%.*s has more addresses than anybody owns, so strangers "
			               "are believed; name your own networks",
			               STR_FMT(word));
		if (networks->len > before && networks != &set->site.trusted_networks)
			note_place(set, networks, statement, word);
	}
}

/* Networks that may be internal or an MSA must be trusted; those that aren't are left out. */
static void check_place(struct ruleset *set, const struct ruleset_network_place *place,
                        const struct network_list *trusted, struct problems *problems)
{
	static const struct network loopback = {
		.address = { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, .prefix = 104
	};
	static const struct network_list always = { .items = (struct network *)&loopback,
		                                    .len = 1 };
	struct network *network;

	/* Cleared since? */
	if (place->networks == trusted || place->index >= place->networks->len)
		return;
	network = &place->networks->items[place->index];
	if (network->excluded || networks_hold(trusted, network) || networks_hold(&always, network))
		return;
	problems_add(problems, PROBLEM_WARNING, &place->at,
	             "%.*s is not in %s, and left out here; add it there", STR_FMT(place->text),
	             trusted == &set->site.trusted_networks ? "trusted_networks"
	                                                    : "internal_networks");
	network->excluded = true;
}

void statement_finish_networks(struct ruleset *set, struct problems *problems)
{
	const struct network_list *trusted = &set->site.trusted_networks;
	const struct ruleset_network_place *place;

	if (trusted->len == 0)
		trusted = &set->site.internal_networks;
	if (trusted->len == 0)
		return;
	vec_foreach (&set->network_places, place)
		check_place(set, place, trusted, problems);
}

void statement_clear_networks(struct statement *statement)
{
	struct ruleset *set = statement->set;
	struct network_list *networks = networks_of(&set->site, statement->kind->argument);

	networks->len = 0;
	for (size_t i = 0; i < set->network_places.len; i++) {
		if (set->network_places.items[i].networks == networks)
			set->network_places.items[i].index = SIZE_MAX;
	}
}

static bool has_name(const struct str_list *names, struct str name)
{
	const struct str *old;

	vec_foreach (names, old) {
		if (str_eq_ci(*old, name))
			return true;
	}
	return false;
}

void statement_origin_headers(struct statement *statement)
{
	struct site *site = &statement->set->site;
	struct str name;

	site->has_origin_headers = true;
	while (str_next_word(&statement->value, &name)) {
		if (!has_name(&site->origin_headers, name))
			vec_push(statement->set->arena, &site->origin_headers, name);
	}
}

void statement_clear_origin_headers(struct statement *statement)
{
	statement->set->site.has_origin_headers = true;
	statement->set->site.origin_headers.len = 0;
}

void statement_sender_header(struct statement *statement)
{
	struct str name = statement->value;

	if (name.len > 0 && name.data[name.len - 1] == ':')
		name.len--;
	statement->set->site.sender_header = name;
}

/* ignore_received_spf_header and use_newest_received_spf_header: 0 or 1. */
void statement_received_spf(struct statement *statement)
{
	struct site *site = &statement->set->site;
	uint64_t value;

	if (!str_to_uint(statement->value, 1, &value)) {
		statement_warn(statement, statement->value.data, "'%.*s' is neither 0 nor 1",
		               STR_FMT(statement->value));
	} else if (str_starts_ci(statement->keyword, STR("use_newest"))) {
		site->newest_received_spf = value == 1;
	} else {
		site->has_reuse_received_spf = true;
		site->reuse_received_spf = value == 0;
	}
}
