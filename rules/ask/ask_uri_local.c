/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of uri_block_…: where the hosts that links lead to are. */
#include "base/strbuf.h"
#include "facts/geo.h"
#include "rules/ask/ask.h"
#include "rules/model/uri_local_rule.h"

/* So many hosts of a message are asked for. */
#define HOSTS_MAX 50

struct uri_local_set {
	vec_members(struct uri_local_rule *);
};

struct uri_local_question {
	struct asking *asking;
	const struct uri_local_rule *local;
	struct str host;
};

static void *compile(struct ruleset *set)
{
	struct uri_local_set *rules = arena_new_object(set->arena, struct uri_local_set);

	for (size_t i = 0; i < set->uri_local_rules.len; i++) {
		struct uri_local_rule *local = set->uri_local_rules.items[i];

		if (local->rule->ask == local && local->rule->off == NULL)
			vec_push(set->arena, rules, local);
	}
	return rules->len > 0 ? rules : NULL;
}

static bool has(const struct str_list *list, struct str text)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

static bool is_in(const struct uri_local_places *places, struct str code)
{
	return places->codes.len > 0 && code.len > 0 && has(&places->codes, code) != places->others;
}

/* As providers are kept in rules. */
static struct str provider_of(const struct asking *asking, struct str ip)
{
	struct str name = geo_provider(asking->facts->geo, asking->arena, ip);
	struct strbuf out;

	strbuf_init(&out, asking->arena);
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!char_is_space(c))
			strbuf_add_char(&out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
	}
	return strbuf_str(&out);
}

static bool is_blocked(const struct asking *asking, const struct uri_local_rule *local,
                       struct str ip)
{
	const struct geo *geo = asking->facts->geo;
	struct arena *arena = asking->arena;

	if (has(&local->excluded, ip))
		return false;
	return (local->countries.codes.len > 0 &&
	        is_in(&local->countries, geo_country(geo, arena, ip))) ||
	       (local->continents.codes.len > 0 &&
	        is_in(&local->continents, geo_continent(geo, arena, ip))) ||
	       (local->providers.len > 0 && has(&local->providers, provider_of(asking, ip))) ||
	       networks_match_text(&local->networks, ip);
}

static void judge(void *context, const struct dns_answer *answer)
{
	const struct uri_local_question *question = context;
	struct asking *asking = question->asking;

	for (size_t i = 0; i < answer->count; i++) {
		struct str ip = dns_record_text(asking->arena, &answer->records[i]);

		if (is_blocked(asking, question->local, ip)) {
			ask_hit(asking, question->local->rule,
			        arena_printf(asking->arena, "%.*s %.*s", STR_FMT(question->host),
			                     STR_FMT(ip)));
			return;
		}
	}
}

static void look_at(struct asking *asking, const struct uri_local_rule *local,
                    const struct uri_host *host)
{
	struct uri_local_question *question;

	if (has(&local->excluded, host->host) || has(&local->excluded, host->domain))
		return;
	if (uri_is_ip_address(host->host)) {
		if (is_blocked(asking, local, host->host))
			ask_hit(asking, local->rule, host->host);
		return;
	}
	question = arena_new_object(asking->arena, struct uri_local_question);
	*question = (struct uri_local_question){ asking, local, host->host };
	ask_question(asking, local->rule, host->host, DNS_A, judge, question);
	ask_question(asking, local->rule, host->host, DNS_AAAA, judge, question);
}

static void add_host(struct arena *arena, struct uri_host_list *hosts, const struct uri_host *host)
{
	for (size_t i = 0; i < hosts->len; i++)
		if (str_eq(hosts->items[i].host, host->host))
			return;
	if (hosts->len < HOSTS_MAX)
		vec_push(arena, hosts, *host);
}

/* Of links and of displayed text. */
static struct uri_host_list hosts_of(const struct asking *asking)
{
	const struct uri_list *uris = &asking->facts->message->uris;
	struct uri_host_list hosts = { 0 };

	for (size_t i = 0; i < uris->len; i++)
		for (size_t k = 0; (uris->items[i].types & (URI_TYPE_A | URI_TYPE_PARSED)) != 0 &&
		                   k < uris->items[i].hosts.len;
		     k++)
			add_host(asking->arena, &hosts, &uris->items[i].hosts.items[k]);
	return hosts;
}

static void at_message(struct asking *asking)
{
	const struct uri_local_set *rules = asking->data;
	struct uri_host_list hosts = hosts_of(asking);

	for (size_t i = 0; i < rules->len; i++)
		for (size_t k = 0; ask_wants(asking, rules->items[i]->rule) && k < hosts.len; k++)
			look_at(asking, rules->items[i], &hosts.items[k]);
}

const struct ask_kind uri_local_ask_kind = {
	.name = "uri_local",
	.compile = compile,
	.at_message = at_message,
};
