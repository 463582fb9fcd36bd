/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval_lists.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/model/address_list.h"
#include "rules/model/host_list.h"

static const struct address_list *list_named(const struct eval_context *context, struct str name)
{
	return map_get(context->set->address_lists, name);
}

/* Addresses in lower case. */
static bool any_listed(const struct address_list *list, const struct str_list *addresses)
{
	for (size_t i = 0; list != NULL && i < addresses->len; i++)
		if (address_list_match(list, addresses->items[i], NULL, NULL))
			return true;
	return false;
}

bool eval_lists_from(const struct eval_context *context, struct str name)
{
	const struct address_list *list = list_named(context, name);

	return list != NULL && any_listed(list, eval_senders(context));
}

bool eval_lists_to(const struct eval_context *context, struct str name)
{
	const struct address_list *list = list_named(context, name);
	struct str_list addresses = { 0 };

	if (list == NULL)
		return false;
	eval_recipients(context, &addresses);
	for (size_t i = 0; i < addresses.len; i++)
		addresses.items[i] = arena_str_lower(context->arena, addresses.items[i]);
	return any_listed(list, &addresses);
}

/* What the *_rcvd lists say of a message. */
enum relay_listing {
	RELAY_UNLISTED,
	RELAY_LISTED,
	RELAY_FORGED, /* the address is listed, the relay is another's */
};

/* "[192.0.2.1]", "[192.0.2.]", "[2001:db8::]/32": an address or a network. */
static bool relay_address_matches(struct arena *arena, struct str domain, struct str ip)
{
	ptrdiff_t close = str_find_char(domain, ']');
	struct str network;
	struct network_list list = { 0 };
	struct error error;

	if (close < 1 || ip.len == 0)
		return false;
	network = arena_printf(arena, "%.*s%.*s", (int)close - 1, domain.data + 1,
	                       STR_FMT(str_from_offset(domain, (size_t)close + 1)));
	return networks_parse(arena, network, &list, &error) && networks_match_text(&list, ip);
}

/* The client's name is the domain or below it. */
static bool relay_name_matches(struct str domain, struct str name)
{
	return str_ends_ci(name, domain) &&
	       (name.len == domain.len || name.data[name.len - domain.len - 1] == '.');
}

struct relay_visit {
	const struct eval_context *context;
	bool forged;
};

/* The relay that gave the message to us; all trusted ones, if there is no other. */
static bool relay_matches(const struct eval_context *context, struct str domain)
{
	const struct relay_list *relays = context->facts->relays;
	size_t first = relays->trusted < relays->len ? relays->trusted : 0;
	size_t last = relays->trusted < relays->len ? first + 1 : relays->len;

	for (size_t i = first; i < last; i++) {
		const struct relay *relay = &relays->items[i];

		if (domain.len > 0 && domain.data[0] == '['
		            ? relay_address_matches(context->arena, domain, relay->ip)
		            : relay_name_matches(domain, relay->rdns))
			return true;
	}
	return false;
}

static bool visit_relay_entry(const struct address_entry *entry, void *context)
{
	struct relay_visit *visit = context;

	for (size_t i = 0; i < entry->domains.len; i++) {
		if (relay_matches(visit->context, entry->domains.items[i]))
			return true;
		visit->forged = true;
	}
	return false;
}

static enum relay_listing relay_listing(const struct eval_context *context, const char *name)
{
	const struct address_list *list = list_named(context, str_from(name));
	const struct address_list *allowed = list_named(context, STR("welcomelist_allows_relays"));
	enum relay_listing listing = RELAY_UNLISTED;
	const struct str_list *addresses;

	if (list == NULL || context->facts->relays == NULL || context->facts->relays->len == 0)
		return listing;
	addresses = eval_senders(context);
	for (size_t i = 0; i < addresses->len; i++) {
		struct relay_visit visit = { context, false };

		if (address_list_match(list, addresses->items[i], visit_relay_entry, &visit))
			return RELAY_LISTED;
		if (visit.forged && (allowed == NULL ||
		                     !address_list_match(allowed, addresses->items[i], NULL, NULL)))
			listing = RELAY_FORGED;
	}
	return listing;
}

static enum relay_listing welcome_listing(const struct eval_context *context)
{
	if (eval_lists_from(context, STR("welcomelist_from")))
		return RELAY_LISTED;
	return relay_listing(context, "welcomelist_from_rcvd");
}

/* Do the lists that recipients keep in the store say so? */
static bool store_lists(const struct eval_context *context, enum people_list list)
{
	const struct people *people = context->facts->people;
	const struct people_entry *entry;

	if (people == NULL || people->standing.list != list)
		return false;
	entry = &people->standing.entry;
	eval_show(context,
	          arena_printf(context->arena, "%.*s, %s by %.*s", STR_FMT(entry->pattern),
	                       list == PEOPLE_WELCOMED ? "welcomed" : "blocked",
	                       STR_FMT(entry->scope.len > 0 ? entry->scope : STR("this site"))));
	return true;
}

static double from_in_welcomelist(const struct eval_context *context)
{
	return store_lists(context, PEOPLE_WELCOMED) || welcome_listing(context) == RELAY_LISTED;
}

static double forged_in_welcomelist(const struct eval_context *context)
{
	return welcome_listing(context) == RELAY_FORGED &&
	       relay_listing(context, "def_welcomelist_from_rcvd") == RELAY_UNLISTED;
}

static double from_in_default_welcomelist(const struct eval_context *context)
{
	return relay_listing(context, "def_welcomelist_from_rcvd") == RELAY_LISTED;
}

static double forged_in_default_welcomelist(const struct eval_context *context)
{
	return relay_listing(context, "def_welcomelist_from_rcvd") == RELAY_FORGED &&
	       welcome_listing(context) == RELAY_UNLISTED;
}

/* The sender's domain is that of the client's name. */
static double mailfrom_matches_rcvd(const struct eval_context *context)
{
	struct str sender = eval_field(context, "EnvelopeFrom:addr");
	ptrdiff_t at = str_rfind_char(sender, '@');
	const struct relay_list *relays = context->facts->relays;
	struct str domain;

	if (at < 0 || relays == NULL || relays->len == 0)
		return 0;
	domain = uri_domain_in(context->arena, &context->set->domains,
	                       str_from_offset(sender, (size_t)at + 1));
	return domain.len > 0 && relay_matches(context, domain);
}

static double from_in_blocklist(const struct eval_context *context)
{
	return store_lists(context, PEOPLE_BLOCKED) ||
	       eval_lists_from(context, STR("blocklist_from"));
}

static double from_in_list(const struct eval_context *context)
{
	return eval_lists_from(context, eval_text(context, 0));
}

static double to_in_list(const struct eval_context *context)
{
	return eval_lists_to(context, eval_text(context, 0));
}

static double to_in_welcomelist(const struct eval_context *context)
{
	return eval_lists_to(context, STR("welcomelist_to"));
}

static double to_in_blocklist(const struct eval_context *context)
{
	return eval_lists_to(context, STR("blocklist_to"));
}

static double to_in_more_spam(const struct eval_context *context)
{
	return eval_lists_to(context, STR("more_spam_to"));
}

static double to_in_all_spam(const struct eval_context *context)
{
	return eval_lists_to(context, STR("all_spam_to"));
}

static double replyto_in_list(const struct eval_context *context)
{
	const struct address_list *list = list_named(context, eval_text(context, 0));
	struct str_list addresses = { 0 };

	eval_addresses_of(context, "Reply-To:addr", &addresses);
	if (addresses.len > 1)
		addresses.len = 1;
	return any_listed(list, &addresses);
}

/* Is a host of the message's URIs in a list? A nearer exemption wins over a domain above it. */
static double uri_host_listed(const struct eval_context *context, struct str name)
{
	const struct map *hosts = map_get(context->set->uri_host_lists, name);
	const struct uri_list *uris = &context->message->uris;

	for (size_t i = 0; hosts != NULL && i < uris->len; i++) {
		const struct uri_host_list *found = &uris->items[i].hosts;

		if (str_eq(uris->items[i].scheme, STR("mailto")))
			continue;
		for (size_t k = 0; k < found->len; k++)
			if (host_list_find(hosts, found->items[k].host) == HOST_LISTED)
				return 1;
	}
	return 0;
}

static double check_uri_host_listed(const struct eval_context *context)
{
	return uri_host_listed(context, eval_text(context, 0));
}

static double uri_host_in_blocklist(const struct eval_context *context)
{
	return uri_host_listed(context, STR("BLOCK"));
}

static double uri_host_in_welcomelist(const struct eval_context *context)
{
	return uri_host_listed(context, STR("WELCOME"));
}

/* The whole decoded subject against the patterns of a list. */
static bool subject_listed(const struct eval_context *context, const char *name)
{
	const struct address_list *list = list_named(context, str_from(name));
	struct str subject;

	if (list == NULL)
		return false;
	subject = str_trim(eval_field(context, "Subject"));
	return address_list_match(list, arena_str_lower(context->arena, subject), NULL, NULL);
}

static double subject_in_welcomelist(const struct eval_context *context)
{
	return subject_listed(context, "welcomelist_subject");
}

static double subject_in_blocklist(const struct eval_context *context)
{
	return subject_listed(context, "blocklist_subject");
}

const struct eval_function eval_list_functions[] = {
	{ .name = "check_from_in_welcomelist",
	  .run = from_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS),
	  .of_people = true },
	{ .name = "check_from_in_whitelist",
	  .run = from_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS),
	  .of_people = true },
	{ .name = "check_forged_in_welcomelist",
	  .run = forged_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_forged_in_whitelist",
	  .run = forged_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_from_in_default_welcomelist",
	  .run = from_in_default_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_from_in_default_whitelist",
	  .run = from_in_default_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_forged_in_default_welcomelist",
	  .run = forged_in_default_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_forged_in_default_whitelist",
	  .run = forged_in_default_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_mailfrom_matches_rcvd",
	  .run = mailfrom_matches_rcvd,
	  .fields = EVAL_FIELDS("EnvelopeFrom:addr") },
	{ .name = "check_from_in_blocklist",
	  .run = from_in_blocklist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS),
	  .of_people = true },
	{ .name = "check_from_in_blacklist",
	  .run = from_in_blocklist,
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS),
	  .of_people = true },
	{ .name = "check_from_in_list",
	  .run = from_in_list,
	  .args = "t",
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_to_in_list",
	  .run = to_in_list,
	  .args = "t",
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_welcomelist",
	  .run = to_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_whitelist",
	  .run = to_in_welcomelist,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_blocklist",
	  .run = to_in_blocklist,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_blacklist",
	  .run = to_in_blocklist,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_more_spam",
	  .run = to_in_more_spam,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_to_in_all_spam",
	  .run = to_in_all_spam,
	  .fields = EVAL_FIELDS(EVAL_RECIPIENT_FIELDS) },
	{ .name = "check_replyto_in_list",
	  .run = replyto_in_list,
	  .args = "t",
	  .fields = EVAL_FIELDS("Reply-To:addr") },
	{ .name = "check_uri_host_listed", .run = check_uri_host_listed, .args = "t" },
	{ .name = "check_uri_host_in_blocklist", .run = uri_host_in_blocklist },
	{ .name = "check_uri_host_in_blacklist", .run = uri_host_in_blocklist },
	{ .name = "check_uri_host_in_welcomelist", .run = uri_host_in_welcomelist },
	{ .name = "check_uri_host_in_whitelist", .run = uri_host_in_welcomelist },
	{ .name = "check_subject_in_welcomelist",
	  .run = subject_in_welcomelist,
	  .fields = EVAL_FIELDS("Subject") },
	{ .name = "check_subject_in_whitelist",
	  .run = subject_in_welcomelist,
	  .fields = EVAL_FIELDS("Subject") },
	{ .name = "check_subject_in_blocklist",
	  .run = subject_in_blocklist,
	  .fields = EVAL_FIELDS("Subject") },
	{ .name = "check_subject_in_blacklist",
	  .run = subject_in_blocklist,
	  .fields = EVAL_FIELDS("Subject") },
	{ 0 },
};
