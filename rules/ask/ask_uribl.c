/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists that are asked for the hosts of URIs (check_uridnsbl): for the names or addresses that the
 * URIs have, the addresses that the names have, and the names and addresses of the domains' name
 * servers.
 */
#include "facts/dns_list.h"
#include "facts/networks.h"
#include "rules/ask/ask.h"
#include "rules/ask/uri_hosts.h"
#include "rules/match/message_tag.h"

/* More names and addresses than these are not followed up, however many servers a domain names. */
#define MAX_SUBJECTS 500
/* Records of one answer that are looked at. */
#define MAX_RECORDS 16

/* Rules of the rule set, in file order, by what their lists are asked for. */
struct uribl_kind_data {
	struct rule_list hosts;
	struct rule_list addresses;    /* of the hosts */
	struct rule_list ns_addresses; /* of their domains' name servers */
	struct rule_list ns_domains;
	struct rule_list ns_hosts;
	struct rule_list about_servers; /* the last three */
	bool tells_hosts;               /* rules ask for the tags URIHOSTS or URIDOMAINS */
};

/* One message. */
struct uribl_message {
	struct asking *asking;
	const struct uribl_kind_data *rules;
	struct map *seen; /* names and addresses, each with what it is as its first letter */
	struct str label, zone, name; /* of the last question: many rules ask one list */
};

/* A question to a list. */
struct uribl_question {
	struct uribl_message *message;
	const struct rule *rule;
	struct str shown; /* in reports, where the rule hits */
};

/* A question about a host or a domain, whose answer lists are asked for. */
struct uribl_lookup {
	struct uribl_message *message;
	struct str origin; /* the host or domain of a URI */
	const struct rule_list *rules;
};

static bool is_notice(const struct uribl_rule *list, uint32_t address)
{
	const unsigned char octets[4] = { (unsigned char)(address >> 24),
		                          (unsigned char)(address >> 16),
		                          (unsigned char)(address >> 8), (unsigned char)address };
	enum dns_list_meaning meaning =
		dns_list_meaning(list->zone, (struct str){ (const char *)octets, 4 });

	return meaning == DNS_LIST_BLOCKED || meaning == DNS_LIST_MISASKED;
}

/* Is the rule about what a list says of the one who asks, as SURBL_BLOCKED is, and not of hosts? */
static bool is_about_notices(const struct uribl_rule *list)
{
	const struct dns_subtest *subtest = &list->subtest;

	if (list->type != DNS_A || list->subtest_text.len == 0)
		return false;
	if (subtest->kind == DNS_SUBTEST_RANGE)
		return is_notice(list, subtest->first) && is_notice(list, subtest->second);
	return is_notice(list, UINT32_C(127) << 24 | (subtest->first & 0xFFFFFF));
}

static bool record_counts(const struct uribl_rule *list, const struct dns_record *record)
{
	if (list->wants_others)
		return dns_list_meaning(list->zone, record->data) == DNS_LIST_REWRITTEN;
	return dns_list_record_counts(list->zone, list->type, record, list->wants_notices);
}

static bool record_hits(const struct uribl_rule *list, const struct dns_record *record)
{
	if (!record_counts(list, record))
		return false;
	if (list->subtest_text.len == 0)
		return true;
	if (list->type == DNS_TXT)
		return str_eq(record->data, list->subtest_text);
	return dns_subtest_matches(&list->subtest, dns_subtest_address(record->data));
}

static bool answer_hits(const struct uribl_rule *list, const struct dns_answer *answer)
{
	for (size_t i = 0; answer->status == DNS_OK && i < answer->count; i++)
		if (record_hits(list, &answer->records[i]))
			return true;
	return false;
}

static void judge(void *context, const struct dns_answer *answer)
{
	struct uribl_question *question = context;

	if (answer_hits(question->rule->uribl, answer))
		ask_hit(question->message->asking, question->rule, question->shown);
}

/* True the first time. */
static bool is_new(struct uribl_message *message, char kind, struct str what)
{
	const struct str pieces[] = { { &kind, 1 }, what };
	struct str key = arena_concat(message->asking->arena, pieces, 2);

	if (map_get(message->seen, key) != NULL)
		return false;
	map_set(message->seen, key, message);
	return true;
}

/* The same for what answers tell of; never once there are too many. */
static bool follows_up(struct uribl_message *message, char kind, struct str what)
{
	return map_len(message->seen) < MAX_SUBJECTS && is_new(message, kind, what);
}

/* "192.0.2.1" → "1.2.0.192"; names stay. */
static struct str list_label(struct arena *arena, struct str what)
{
	struct ip_address address;

	if (!ip_parse(what, &address) || !ip_is_v4(&address))
		return what;
	return ip_reversed(arena, &address);
}

/* "LABEL.ZONE" */
static struct str list_name(struct uribl_message *message, struct str label, struct str zone)
{
	const struct str pieces[] = { label, STR("."), zone };

	if (!str_eq(label, message->label) || !str_eq(zone, message->zone)) {
		message->label = label;
		message->zone = zone;
		message->name = arena_concat(message->asking->arena, pieces, 3);
	}
	return message->name;
}

static void ask_list(struct uribl_message *message, const struct rule *rule, struct str label,
                     struct str shown)
{
	struct asking *asking = message->asking;
	struct uribl_question *question;

	if (!ask_wants(asking, rule))
		return;
	question = arena_new_object(asking->arena, struct uribl_question);
	*question = (struct uribl_question){ message, rule, shown };
	ask_question(asking, rule, list_name(message, label, rule->uribl->zone), rule->uribl->type,
	             judge, question);
}

static void ask_lists(struct uribl_message *message, const struct rule_list *rules, struct str what,
                      struct str shown)
{
	struct str label = list_label(message->asking->arena, what);

	for (size_t i = 0; i < rules->len; i++)
		ask_list(message, rules->items[i], label, shown);
}

static void know(void *context, const struct dns_answer *answer)
{
	(void)context;
	(void)answer;
}

/* Asks what several rules need to know before their lists can be asked; `then` is called once. */
static void look_up(struct uribl_lookup lookup, struct str name, enum dns_type type, dns_then *then)
{
	struct asking *asking = lookup.message->asking;
	struct uribl_lookup *kept = NULL;

	for (size_t i = 0; i < lookup.rules->len; i++) {
		const struct rule *rule = lookup.rules->items[i];

		if (!ask_wants(asking, rule))
			continue;
		if (kept != NULL) {
			ask_question(asking, rule, name, type, know, NULL);
			continue;
		}
		kept = arena_new_object(asking->arena, struct uribl_lookup);
		*kept = lookup;
		ask_question(asking, rule, name, type, then, kept);
	}
}

static struct str shown_address(struct arena *arena, struct str origin, struct str address)
{
	const struct str pieces[] = { origin, STR("/"), address };

	return arena_concat(arena, pieces, 3);
}

static void ask_for_addresses(void *context, const struct dns_answer *answer)
{
	const struct uribl_lookup *lookup = context;
	struct uribl_message *message = lookup->message;
	struct arena *arena = message->asking->arena;
	char kind = lookup->rules == &message->rules->addresses ? 'i' : 'j';

	for (size_t i = 0; i < answer->count && i < MAX_RECORDS; i++) {
		struct str address = dns_record_text(arena, &answer->records[i]);

		if (follows_up(message, kind, address))
			ask_lists(message, lookup->rules, address,
			          shown_address(arena, lookup->origin, address));
	}
}

/* Some hosts are named by their address. Those of other networks than the Internet are not asked
 * for. */
static bool is_address(struct str host, bool *may_ask_r)
{
	struct ip_address address;

	*may_ask_r = true;
	if (!ip_parse(host, &address))
		return false;
	*may_ask_r = ip_is_v4(&address) && !ip_is_private(&address);
	return true;
}

/* The domain of a host by the message's knowledge of registries. */
static struct str trimmed(struct uribl_message *message, struct str host)
{
	struct asking *asking = message->asking;
	struct str domain =
		uri_domain_in(asking->arena, message_domains(asking->facts->message), host);

	return domain.len > 0 ? domain : host;
}

static void ask_for_server(const struct uribl_lookup *lookup, struct str server)
{
	struct uribl_message *message = lookup->message;
	const struct uribl_kind_data *rules = message->rules;
	struct str domain = server;
	bool may_ask, is_ip = is_address(server, &may_ask);

	if (!may_ask)
		return;
	if (!is_ip) {
		look_up((struct uribl_lookup){ message, lookup->origin, &rules->ns_addresses },
		        server, DNS_A, ask_for_addresses);
		domain = trimmed(message, server);
	}
	ask_lists(message, &rules->ns_hosts, server, server);
	if (follows_up(message, 'd', domain))
		ask_lists(message, &rules->ns_domains, domain, domain);
}

static void ask_for_servers(void *context, const struct dns_answer *answer)
{
	const struct uribl_lookup *lookup = context;
	struct arena *arena = lookup->message->asking->arena;

	for (size_t i = 0; i < answer->count && i < MAX_RECORDS; i++) {
		struct str server = arena_str_lower(arena, answer->records[i].data);

		if (follows_up(lookup->message, 's', server))
			ask_for_server(lookup, server);
	}
}

/* Lists of hosts: by their domain, which several hosts may have, or by their whole name. */
static void ask_for_host(struct uribl_message *message, const struct uri_host *host, bool is_ip)
{
	const struct rule_list *rules = &message->rules->hosts;
	struct str label = is_ip ? list_label(message->asking->arena, host->host) : host->host;
	bool new_domain = is_ip || is_new(message, 'h', host->domain);

	for (size_t i = 0; i < rules->len; i++) {
		const struct rule *rule = rules->items[i];

		if (is_ip ? (rule->flags & RULE_FLAG_DOMAINS_ONLY) != 0 &&
		                    (rule->flags & RULE_FLAG_IPS_ONLY) == 0
		          : (rule->flags & RULE_FLAG_IPS_ONLY) != 0)
			continue;
		if (is_ip || (rule->flags & RULE_FLAG_NOTRIM) != 0)
			ask_list(message, rule, label, host->host);
		else if (new_domain)
			ask_list(message, rule, host->domain, host->domain);
	}
}

static void ask_about(struct uribl_message *message, const struct uri_host *host)
{
	const struct uribl_kind_data *rules = message->rules;
	bool may_ask, is_ip = is_address(host->host, &may_ask);

	if (!may_ask)
		return;
	ask_for_host(message, host, is_ip);
	if (is_ip)
		return;
	if (is_new(message, 'n', host->domain))
		look_up((struct uribl_lookup){ message, host->domain, &rules->about_servers },
		        host->domain, DNS_NS, ask_for_servers);
	look_up((struct uribl_lookup){ message, host->host, &rules->addresses }, host->host, DNS_A,
	        ask_for_addresses);
}

/* For rules that ask other lists for them. */
static void tell_hosts(struct asking *asking, const struct uri_host_list *hosts)
{
	struct map **tags = &asking->match->hits->tags;
	const struct uri_host *host;

	vec_foreach (hosts, host) {
		message_tag_set(tags, asking->arena, STR("URIHOSTS"), host->host);
		message_tag_set(tags, asking->arena, STR("URIDOMAINS"), host->domain);
	}
}

static void at_message(struct asking *asking)
{
	struct uribl_message *message = arena_new_object(asking->arena, struct uribl_message);
	struct uri_host_list hosts =
		uri_hosts_pick(asking->arena, &asking->facts->message->uris, &asking->set->uribl);
	const struct uri_host *host;

	message->asking = asking;
	message->rules = asking->data;
	message->seen = map_new(asking->arena, MAP_EXACT);
	vec_foreach (&hosts, host)
		ask_about(message, host);
	if (message->rules->tells_hosts)
		tell_hosts(asking, &hosts);
}

static void add_rule(struct arena *arena, struct uribl_kind_data *data, struct rule *rule)
{
	bool by_address = (rule->flags & RULE_FLAG_ADDRESS) != 0;
	bool by_server = !by_address || (rule->flags & RULE_FLAG_NAME_SERVER) != 0;

	switch (rule->uribl->target) {
	case URIBL_HOST:
		vec_push(arena, &data->hosts, rule);
		return;
	case URIBL_ADDRESS:
		if (by_address)
			vec_push(arena, &data->addresses, rule);
		if (!by_server)
			return;
		vec_push(arena, &data->ns_addresses, rule);
		break;
	case URIBL_NS_DOMAIN:
		vec_push(arena, &data->ns_domains, rule);
		break;
	default:
		vec_push(arena, &data->ns_hosts, rule);
		break;
	}
	vec_push(arena, &data->about_servers, rule);
}

static bool prepare(struct ruleset *set, struct rule *rule, const char **at_r, struct error *err_r)
{
	(void)at_r;
	if (set->uribl.off)
		rule->off = "skip_uribl_checks is on";
	if (rule->uribl == NULL)
		return error_set(err_r,
		                 "no list is named for it; a statement such as 'urirhssub %.*s "
		                 "ZONE A 127.0.0.2' does",
		                 STR_FMT(rule->name));
	rule->uribl->wants_notices = is_about_notices(rule->uribl);
	rule->uribl->wants_others = rule->uribl->type == DNS_A &&
	                            rule->uribl->subtest_text.len > 0 &&
	                            dns_subtest_is_outside_lists(&rule->uribl->subtest);
	return true;
}

static const struct ask_function functions[] = { { "check_uridnsbl", prepare }, { 0 } };

static bool names_hosts(const struct rule *rule)
{
	return str_find(rule->line->text, STR("URIHOSTS")) >= 0 ||
	       str_find(rule->line->text, STR("URIDOMAINS")) >= 0;
}

static void *compile(struct ruleset *set)
{
	const struct rule_list *rules = &set->by_type[RULE_ASK];
	struct uribl_kind_data *data = arena_new_object(set->arena, struct uribl_kind_data);
	bool any = false;

	for (size_t i = 0; i < rules->len; i++) {
		struct rule *rule = rules->items[i];

		if (rule->ask_function == &functions[0]) {
			add_rule(set->arena, data, rule);
			ask_use_list(set, rule->uribl->zone,
			             rule->uribl->target == URIBL_ADDRESS ? DNS_LIST_ADDRESSES
			                                                  : DNS_LIST_NAMES);
		} else if (!set->uribl.off && names_hosts(rule))
			data->tells_hosts = true;
		else
			continue;
		any = true;
	}
	return any ? data : NULL;
}

const struct ask_kind uribl_ask_kind = {
	.name = "uribl",
	.functions = functions,
	.compile = compile,
	.at_message = at_message,
};
