/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tests of the relays that a message came through. */
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"

/* The first relay that is not trusted, and how many follow. */
static struct relay_list untrusted(const struct eval_context *context)
{
	const struct relay_list *all = context->facts->relays;
	struct relay_list rest = { 0 };

	if (all != NULL && all->trusted < all->len) {
		rest.items = all->items + all->trusted;
		rest.len = all->len - all->trusted;
	}
	return rest;
}

/* An IPv4 address without leading zeros. */
static bool is_ipv4(const struct eval_context *context, struct str text,
                    struct ip_address *address_r)
{
	return text.len > 0 && char_is_digit(text.data[text.len - 1]) &&
	       eval_pattern_in(context, EVAL_RE_IPV4, text) && ip_parse(text, address_r);
}

static double check_all_trusted(const struct eval_context *context)
{
	const struct relay_list *relays = context->facts->relays;

	return relays != NULL && relays->len > 0 && relays->trusted == relays->len &&
	       relays->unreadable == 0;
}

static double check_no_relays(const struct eval_context *context)
{
	const struct relay_list *relays = context->facts->relays;

	return relays == NULL || (relays->len == 0 && relays->unreadable == 0);
}

static double check_relays_unparseable(const struct eval_context *context)
{
	return context->facts->relays != NULL && context->facts->relays->unreadable > 0;
}

static double check_for_sender_no_reverse(const struct eval_context *context)
{
	struct relay_list relays = untrusted(context);
	const struct relay *first;

	if (relays.len == 0)
		return 0;
	first = &relays.items[relays.len - 1];
	return str_find_char(first->rdns, '.') >= 0 && !first->ip_private;
}

/* Private addresses count as well: SpamAssassin means to leave them out, but doesn't. */
static double check_for_numeric_helo(const struct eval_context *context)
{
	return eval_pattern_in(context, EVAL_RE_NUMERIC_HELO,
	                       eval_field(context, "X-Spam-Relays-Untrusted"));
}

/* A client that names a public address other than its own, outside its /24. */
static double helo_ip_mismatch(const struct eval_context *context)
{
	struct relay_list relays = untrusted(context);

	for (size_t i = 0; i < relays.len; i++) {
		struct ip_address helo, ip;
		ptrdiff_t dot = str_rfind_char(relays.items[i].helo, '.');

		if (!is_ipv4(context, relays.items[i].helo, &helo) || ip_is_private(&helo) ||
		    !is_ipv4(context, relays.items[i].ip, &ip) || ip_is_private(&ip))
			continue;
		if (!str_starts(relays.items[i].ip,
		                str_prefix(relays.items[i].helo, (size_t)dot + 1)))
			return 1;
	}
	return 0;
}

static double check_for_no_rdns_dotcom_helo(const struct eval_context *context)
{
	struct relay_list relays = untrusted(context);

	/* The last relay whose name was looked up decides. */
	while (relays.len > 0 && relays.items[relays.len - 1].ip_private)
		relays.len--;
	return relays.len > 0 && relays.items[relays.len - 1].no_reverse_dns &&
	       eval_pattern_in(context, EVAL_RE_DOTCOM_HELO, relays.items[relays.len - 1].helo);
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Is it the end of the name, and not of a longer word of it? */
static bool ends_with_domain(struct str name, struct str domain)
{
	size_t at = name.len - domain.len;

	if (name.len < domain.len || !str_eq(str_from_offset(name, at), domain))
		return false;
	return at == 0 || !is_word_char(name.data[at - 1]);
}

static bool names_domain(struct str address, struct str domain)
{
	ptrdiff_t at;

	while ((at = str_find_ci(address, domain)) >= 0) {
		if (at == 0 || !is_word_char(address.data[at - 1]))
			return true;
		address = str_from_offset(address, (size_t)at + 1);
	}
	return false;
}

/* ("example.com", "true"): the sender's domain is (not) that of a relay's client and server. */
static double from_domain_in_received(const struct eval_context *context)
{
	struct str domain = eval_text(context, 0);
	bool wanted = str_eq(eval_text(context, 1), STR("true")), found = false;
	const struct relay_list *relays = context->facts->relays;

	if (!names_domain(eval_field_first(context, "From:addr"), domain))
		return 0;
	for (size_t i = 0; relays != NULL && i < relays->len && !found; i++)
		found = ends_with_domain(relays->items[i].rdns, domain) &&
		        ends_with_domain(relays->items[i].by, domain);
	return found == wanted;
}

/* "mail.example.co.uk" → "example.co.uk" by the length of the last label; addresses stay. */
static struct str host_domain(struct arena *arena, struct str host)
{
	static const char *const two_level[] = { "ie", "fr", "de" };
	struct str lower = arena_str_lower(arena, host), last;
	size_t labels = 2, dots = 0;
	bool letters = false;
	ptrdiff_t dot = str_rfind_char(lower, '.');

	for (size_t i = 0; i < lower.len; i++)
		letters = letters || char_is_alpha(lower.data[i]);
	if (!letters || dot < 0)
		return lower;
	last = str_from_offset(lower, (size_t)dot + 1);
	if (last.len < 3) {
		labels = 3;
		for (size_t i = 0; i < 3; i++)
			if (str_find(last, str_from(two_level[i])) >= 0)
				labels = 2;
	}
	for (size_t i = lower.len; i-- > 0;)
		if (lower.data[i] == '.' && ++dots == labels)
			return str_from_offset(lower, i + 1);
	return lower;
}

struct trail {
	unsigned names;     /* servers that aren't the client of the one above */
	unsigned addresses; /* HELOs that are another address */
};

static bool same_class_b(struct str a, struct str b)
{
	struct str rest = a, part;

	str_next_piece(&rest, '.', &part);
	str_next_piece(&rest, '.', &part);
	return str_starts(b, str_prefix(a, (size_t)(part.data + part.len - a.data) + 1));
}

/* Four numbers, however large. */
static bool is_quad(struct str text)
{
	struct str part;
	size_t parts = 0;

	while (str_next_piece(&text, '.', &part)) {
		if (part.len == 0)
			return false;
		for (size_t i = 0; i < part.len; i++)
			if (!char_is_digit(part.data[i]))
				return false;
		parts++;
	}
	return parts == 4;
}

static bool helo_is_other_address(const struct eval_context *context, const struct relay *relay)
{
	struct ip_address helo;

	return is_quad(relay->helo) && is_quad(relay->ip) &&
	       !same_class_b(relay->helo, relay->ip) &&
	       !(is_ipv4(context, relay->helo, &helo) && ip_is_private(&helo));
}

static bool is_this_host(struct str name, struct str ip)
{
	return str_eq(ip, STR("127.0.0.1")) &&
	       (str_eq(name, STR("localhost")) || str_eq(name, STR("localhost.localdomain")));
}

static struct trail judge_trail(const struct eval_context *context)
{
	struct relay_list relays = untrusted(context);
	struct trail trail = { 0 };
	struct str previous = STR("");

	for (size_t i = 0; i < relays.len; i++) {
		const struct relay *relay = &relays.items[i];
		struct str by = host_domain(context->arena, relay->by);
		struct str from = host_domain(context->arena, relay->rdns);
		bool known = eval_pattern_in(context, EVAL_RE_HOST_NAME, by);

		if (known) {
			trail.addresses += helo_is_other_address(context, relay);
			trail.names += i > 0 && !str_eq(by, previous) &&
			               eval_pattern_in(context, EVAL_RE_HOST_NAME, previous) &&
			               !(str_eq(by, STR("msn.com")) &&
			                 str_eq(previous, STR("hotmail.com")));
		}
		previous = known && is_this_host(from, relay->ip) ? STR("") : from;
	}
	return trail;
}

static double check_for_forged_received_trail(const struct eval_context *context)
{
	return judge_trail(context).names > 1;
}

static double check_for_forged_received_ip_helo(const struct eval_context *context)
{
	return judge_trail(context).addresses > 0;
}

/* SpamAssassin keeps the name of a test that it took out: it never hits. */
static double never(const struct eval_context *context)
{
	(void)context;
	return 0;
}

const struct eval_function eval_relay_functions[] = {
	{ .name = "check_all_trusted", .run = check_all_trusted },
	{ .name = "check_no_relays", .run = check_no_relays },
	{ .name = "check_relays_unparseable", .run = check_relays_unparseable },
	{ .name = "check_for_sender_no_reverse", .run = check_for_sender_no_reverse },
	{ .name = "check_for_numeric_helo",
	  .run = check_for_numeric_helo,
	  .fields = EVAL_FIELDS("X-Spam-Relays-Untrusted") },
	{ .name = "helo_ip_mismatch", .run = helo_ip_mismatch },
	{ .name = "check_for_no_rdns_dotcom_helo", .run = check_for_no_rdns_dotcom_helo },
	{ .name = "check_for_from_domain_in_received_headers",
	  .run = from_domain_in_received,
	  .args = "tt",
	  .fields = EVAL_FIELDS("From:addr") },
	{ .name = "check_for_forged_received_trail", .run = check_for_forged_received_trail },
	{ .name = "check_for_forged_received_ip_helo", .run = check_for_forged_received_ip_helo },
	{ .name = "check_for_illegal_ip", .run = never },
	{ 0 },
};
