/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is mail from, or to be answered to, an address that anyone can get for free? The domains are
 * those of `freemail_domains`.
 */
#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_pattern.h"
#include "rules/match/field.h"
#include "rules/model/lists.h"

#define MAX_LINK_ADDRESSES 20
#define MAX_BODY_ADDRESSES 40

/* Addresses of free providers that the text names. */
struct body_addresses {
	struct str_list free;
	bool too_many;
};

static bool listed(const struct str_list *words, struct str text)
{
	for (size_t i = 0; i < words->len; i++)
		if (str_eq_ci(words->items[i], text))
			return true;
	return false;
}

/* In the patterns of domains * is any text without a dot. */
static bool domain_matches(struct str pattern, struct str domain)
{
	struct str label, part;

	if (!glob_match(pattern, domain))
		return false;
	while (str_next_piece(&pattern, '.', &part)) {
		if (!str_next_piece(&domain, '.', &label) || !glob_match(part, label))
			return false;
	}
	return domain.data == NULL;
}

static const struct map *free_domains(const struct match *match)
{
	return match->set->freemail_domains;
}

/* Does `switch_name 1` take the addresses of a welcome list for others than free ones? */
static bool is_imported(const struct match *match, const char *switch_name, struct str list,
                        struct str address)
{
	const struct str_list *words = ruleset_words(match->set, switch_name);
	const struct address_list *addresses = map_get(match->set->address_lists, list);
	uint64_t value;

	return words->len > 0 && str_to_uint(words->items[words->len - 1], UINT32_MAX, &value) &&
	       value > 0 && addresses != NULL && address_list_match(addresses, address, NULL, NULL);
}

static bool is_exempt(struct match *match, struct str address, struct str domain)
{
	const struct str_list *exempt = ruleset_words(match->set, "freemail_welcomelist");

	return listed(exempt, address) || listed(exempt, domain) ||
	       eval_pattern_in(match, EVAL_RE_FREEMAIL_EXEMPT, address) ||
	       is_imported(match, "freemail_import_welcomelist_auth", STR("welcomelist_auth"),
	                   address) ||
	       is_imported(match, "freemail_import_def_welcomelist_auth",
	                   STR("def_welcomelist_auth"), address);
}

static bool is_free(struct match *match, struct str address)
{
	const struct str_list *globs = &match->set->freemail_globs;
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str domain = str_from_offset(address, at < 0 ? 0 : (size_t)at + 1);
	bool known;

	if (address.len == 0)
		return false;
	known = map_get(free_domains(match), domain) != NULL;
	for (size_t i = 0; at >= 0 && i < globs->len && !known; i++)
		known = domain_matches(globs->items[i], domain);
	return known && !is_exempt(match, address, domain);
}

/* Does an address of the list belong to a free provider, and match the rule's pattern if any? */
static bool any_free(struct match *match, const struct str_list *addresses)
{
	struct pattern_span span;

	for (size_t i = 0; i < addresses->len; i++) {
		struct str address = arena_str_lower(match->arena, addresses->items[i]);

		if (is_free(match, address) &&
		    (match->rule->eval_pattern == NULL ||
		     match_pattern(match, match->rule->eval_pattern, address, &span)))
			return true;
	}
	return false;
}

static double check_freemail_header(struct match *match, const struct str_list *args)
{
	struct str request =
		arena_concat(match->arena, (struct str[]){ eval_arg(args, 0), STR(":addr") }, 2);
	struct str rest = field_text(match, request.data), address;
	struct str_list addresses = { 0 };

	while (str_next_piece(&rest, '\n', &address))
		vec_push(match->arena, &addresses, address);
	return any_free(match, &addresses);
}

static double check_freemail_from(struct match *match, const struct str_list *args)
{
	(void)args;
	return any_free(match, eval_senders(match));
}

static void add_once(struct match *match, struct str_list *list, struct str address)
{
	address = arena_str_lower(match->arena, address);
	if (!listed(list, address))
		vec_push(match->arena, list, address);
}

/* Addresses of mailto: links that the text doesn't show. */
static void link_addresses(struct match *match, struct str_list *addresses)
{
	const struct uri_list *uris = &match->facts->message->uris;

	for (size_t i = 0; i < uris->len && addresses->len < MAX_LINK_ADDRESSES; i++) {
		const struct uri *uri = &uris->items[i];
		struct str address;

		if ((uri->types & URI_TYPE_A) == 0 || (uri->types & URI_TYPE_PARSED) != 0 ||
		    !str_starts_ci(uri->raw, STR("mailto:")))
			continue;
		if (eval_pattern_group(match, EVAL_RE_EMAIL, str_from_offset(uri->raw, 7),
		                       &address) &&
		    address.data == uri->raw.data + 7 && uri_tld_in(&match->set->domains, address))
			add_once(match, addresses, address);
	}
}

/* The text with every match as a space. */
static struct str without(struct match *match, enum eval_pattern which, struct str text)
{
	const struct pattern *pattern = eval_pattern_get(match, which);
	struct pattern_span span;
	struct strbuf out;
	size_t from = 0;

	if (!match_pattern(match, pattern, text, &span))
		return text;
	strbuf_init(&out, match->arena);
	do {
		strbuf_add(&out, (struct str){ text.data + from, span.start - from });
		strbuf_add_char(&out, ' ');
		from = span.end;
	} while (match_pattern_next(match, pattern, text, &span));
	strbuf_add(&out, str_from_offset(text, from));
	return strbuf_str(&out);
}

/* Addresses in a paragraph, those of web links and of whom a quote is from left out. */
static void text_addresses(struct match *match, struct str text, struct str_list *addresses)
{
	const struct pattern *pattern = eval_pattern_get(match, EVAL_RE_EMAIL);
	struct pattern_span span;

	if (str_find_char(text, '@') < 0)
		return;
	text = without(match, EVAL_RE_WEB_WITH_EMAIL, text);
	text = without(match, EVAL_RE_EMAIL_OF_QUOTE, text);
	if (!match_pattern(match, pattern, text, &span))
		return;
	do {
		struct str address = { text.data + span.start, span.end - span.start };

		if (uri_tld_in(&match->set->domains, address))
			add_once(match, addresses, address);
	} while (addresses->len < MAX_BODY_ADDRESSES &&
	         match_pattern_next(match, pattern, text, &span));
}

static void choose_free(struct match *match, const struct str_list *all,
                        struct body_addresses *found)
{
	bool skip = eval_setting(match, "freemail_skip_when_over_max", 1) != 0;
	double max_all = eval_setting(match, "freemail_max_body_emails", 5);
	double max_free = eval_setting(match, "freemail_max_body_freemails", 3);

	for (size_t i = 0; i < all->len && !found->too_many; i++) {
		found->too_many = skip && (double)(i + 1) == max_all;
		if (found->too_many || !is_free(match, all->items[i]))
			continue;
		found->too_many = skip && (double)(found->free.len + 1) == max_free;
		vec_push(match->arena, &found->free, all->items[i]);
	}
}

static const struct body_addresses *body_addresses(struct match *match)
{
	const struct str_list *body = &match->facts->message->body;
	struct body_addresses *found = eval_cached(match, EVAL_CACHE_FREEMAIL);
	struct str_list all = { 0 };

	if (found != NULL)
		return found;
	found = arena_new_object(match->arena, struct body_addresses);
	link_addresses(match, &all);
	for (size_t i = 0; i < body->len && all.len < MAX_BODY_ADDRESSES; i++)
		text_addresses(match, body->items[i], &all);
	choose_free(match, &all, found);
	eval_cache(match, EVAL_CACHE_FREEMAIL, found);
	return found;
}

static double check_freemail_body(struct match *match, const struct str_list *args)
{
	const struct body_addresses *found = body_addresses(match);

	(void)args;
	return !found->too_many && any_free(match, &found->free);
}

static bool any_is_free(struct match *match, const struct str_list *addresses)
{
	for (size_t i = 0; i < addresses->len; i++)
		if (is_free(match, addresses->items[i]))
			return true;
	return false;
}

/* Does the text name a free address that is none of those that an answer goes to? */
static bool body_names_another(struct match *match, const struct str_list *answers)
{
	const struct body_addresses *found = body_addresses(match);

	for (size_t i = 0; !found->too_many && i < found->free.len; i++)
		for (size_t k = 0; k < answers->len; k++)
			if (!str_eq(found->free.items[i], answers->items[k]))
				return true;
	return false;
}

static bool is_bulk(struct match *match)
{
	return eval_setting(match, "freemail_skip_bulk_envfrom", 1) != 0 &&
	       eval_pattern_in(match, EVAL_RE_BULK_ENVELOPE, field_text(match, "EnvelopeFrom"));
}

/*
 * ('replyto'): From and Reply-To are two free addresses; or the text names another one than
 * Reply-To. ('reply') is about mail from a free address, Reply-To may be missing.
 */
static double check_freemail_replyto(struct match *match, const struct str_list *args)
{
	bool reply = str_eq(eval_arg(args, 0), STR("reply"));
	struct str_list from = { 0 }, to = { 0 };
	bool from_free, to_free, same = false;

	eval_addresses_of(match, "From:addr", &from);
	eval_addresses_of(match, "Reply-To:addr", &to);
	from_free = any_is_free(match, &from);
	to_free = any_is_free(match, &to);
	if ((!from_free && !to_free) || is_bulk(match))
		return 0;
	for (size_t i = 0; i < from.len; i++)
		same = same || listed(&to, from.items[i]);
	if (from_free && to_free && !same)
		return 1;
	if (reply ? !from_free || (to.len > 0 && !to_free) : !to_free)
		return 0;
	return body_names_another(match, !reply || to_free ? &to : &from);
}

const struct eval_function eval_freemail_functions[] = {
	{ "check_freemail_header", check_freemail_header, NULL, 2 },
	{ "check_freemail_from", check_freemail_from, NULL, 1 },
	{ "check_freemail_body", check_freemail_body, NULL, 1 },
	{ "check_freemail_replyto", check_freemail_replyto, NULL, 0 },
	{ 0 },
};
