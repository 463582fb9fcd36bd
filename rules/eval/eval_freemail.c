/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is mail from an address that anyone can get for free, or are answers to go to one? The domains
 * are those of `freemail_domains`.
 */
#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/address_list.h"
#include "rules/model/glob.h"

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

static const struct map *free_domains(const struct eval_context *context)
{
	return context->set->freemail_domains;
}

/* Does `switch_name 1` take the addresses of a welcome list for others than free ones? */
static bool is_imported(const struct eval_context *context, const char *switch_name,
                        struct str list, struct str address)
{
	const struct str_list *words = ruleset_words(context->set, switch_name);
	const struct address_list *addresses = map_get(context->set->address_lists, list);
	uint64_t value;

	return words->len > 0 && str_to_uint(words->items[words->len - 1], UINT32_MAX, &value) &&
	       value > 0 && addresses != NULL && address_list_match(addresses, address, NULL, NULL);
}

static bool is_exempt(const struct eval_context *context, struct str address, struct str domain)
{
	const struct str_list *exempt = ruleset_words(context->set, "freemail_welcomelist");

	return listed(exempt, address) || listed(exempt, domain) ||
	       eval_pattern_in(context,
	                       eval_reads_4_0_3(context) ? EVAL_RE_FREEMAIL_EXEMPT_4_0_3
	                                                 : EVAL_RE_FREEMAIL_EXEMPT,
	                       address) ||
	       is_imported(context, "freemail_import_welcomelist_auth", STR("welcomelist_auth"),
	                   address) ||
	       is_imported(context, "freemail_import_def_welcomelist_auth",
	                   STR("def_welcomelist_auth"), address);
}

static bool is_free(const struct eval_context *context, struct str address)
{
	const struct str_list *globs = &context->set->freemail_globs;
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str domain = str_from_offset(address, at < 0 ? 0 : (size_t)at + 1);
	bool known;

	if (address.len == 0)
		return false;
	known = map_get(free_domains(context), domain) != NULL;
	for (size_t i = 0; at >= 0 && i < globs->len && !known; i++)
		known = domain_matches(globs->items[i], domain);
	return known && !is_exempt(context, address, domain);
}

/* Does an address of the list belong to a free provider, and match the rule's pattern if any? */
static bool any_free(const struct eval_context *context, const struct str_list *addresses)
{
	struct pattern_span span;

	for (size_t i = 0; i < addresses->len; i++) {
		struct str address = arena_str_lower(context->arena, addresses->items[i]);

		if (is_free(context, address) &&
		    (context->args->pattern == NULL ||
		     eval_match(context, context->args->pattern, address, &span)))
			return true;
	}
	return false;
}

static double check_freemail_header(const struct eval_context *context)
{
	struct str request = arena_concat(context->arena,
	                                  (struct str[]){ eval_text(context, 0), STR(":addr") }, 2);
	struct str rest = eval_field(context, request.data), address;
	struct str_list addresses = { 0 };

	while (str_next_piece(&rest, '\n', &address))
		vec_push(context->arena, &addresses, address);
	return any_free(context, &addresses);
}

static double check_freemail_from(const struct eval_context *context)
{
	return any_free(context, eval_senders(context));
}

static void add_once(const struct eval_context *context, struct str_list *list, struct str address)
{
	address = arena_str_lower(context->arena, address);
	if (!listed(list, address))
		vec_push(context->arena, list, address);
}

/* Addresses of mailto: links that the text doesn't show. */
static void link_addresses(const struct eval_context *context, struct str_list *addresses)
{
	const struct uri_list *uris = &context->message->uris;

	for (size_t i = 0; i < uris->len && addresses->len < MAX_LINK_ADDRESSES; i++) {
		const struct uri *uri = &uris->items[i];
		struct str address;

		if ((uri->types & URI_TYPE_A) == 0 || (uri->types & URI_TYPE_PARSED) != 0 ||
		    !str_starts_ci(uri->raw, STR("mailto:")))
			continue;
		if (eval_pattern_group(context, EVAL_RE_EMAIL, str_from_offset(uri->raw, 7),
		                       &address) &&
		    address.data == uri->raw.data + 7 &&
		    uri_tld_in(&context->set->domains, address))
			add_once(context, addresses, address);
	}
}

/* The text with every match as a space. */
static struct str without(const struct eval_context *context, enum eval_pattern which,
                          struct str text)
{
	const struct pattern *pattern = eval_pattern_get(context, which);
	struct pattern_span span;
	struct strbuf out;
	size_t from = 0;

	if (!eval_match(context, pattern, text, &span))
		return text;
	strbuf_init(&out, context->arena);
	do {
		strbuf_add(&out, (struct str){ text.data + from, span.start - from });
		strbuf_add_char(&out, ' ');
		from = span.end;
	} while (eval_match_next(context, pattern, text, &span));
	strbuf_add(&out, str_from_offset(text, from));
	return strbuf_str(&out);
}

/* Addresses in a paragraph, without those in web links and those of quoted authors. */
static void text_addresses(const struct eval_context *context, struct str text,
                           struct str_list *addresses)
{
	const struct pattern *pattern = eval_pattern_get(context, EVAL_RE_EMAIL);
	struct pattern_span span;

	if (str_find_char(text, '@') < 0)
		return;
	text = without(context, EVAL_RE_WEB_WITH_EMAIL, text);
	text = without(context, EVAL_RE_EMAIL_OF_QUOTE, text);
	if (!eval_match(context, pattern, text, &span))
		return;
	do {
		struct str address = { text.data + span.start, span.end - span.start };

		if (uri_tld_in(&context->set->domains, address))
			add_once(context, addresses, address);
	} while (addresses->len < MAX_BODY_ADDRESSES &&
	         eval_match_next(context, pattern, text, &span));
}

static void choose_free(const struct eval_context *context, const struct str_list *all,
                        struct body_addresses *found)
{
	bool skip = eval_setting(context, "freemail_skip_when_over_max", 1) != 0;
	double max_all = eval_setting(context, "freemail_max_body_emails", 5);
	double max_free = eval_setting(context, "freemail_max_body_freemails", 3);

	for (size_t i = 0; i < all->len && !found->too_many; i++) {
		found->too_many = skip && (double)(i + 1) == max_all;
		if (found->too_many || !is_free(context, all->items[i]))
			continue;
		found->too_many = skip && (double)(found->free.len + 1) == max_free;
		vec_push(context->arena, &found->free, all->items[i]);
	}
}

static const struct body_addresses *body_addresses(const struct eval_context *context)
{
	const struct str_list *body = &context->message->body;
	struct body_addresses *found = eval_cached(context, EVAL_CACHE_FREEMAIL);
	struct str_list all = { 0 };

	if (found != NULL)
		return found;
	found = arena_new_object(context->arena, struct body_addresses);
	link_addresses(context, &all);
	for (size_t i = 0; i < body->len && all.len < MAX_BODY_ADDRESSES; i++)
		text_addresses(context, body->items[i], &all);
	choose_free(context, &all, found);
	eval_cache(context, EVAL_CACHE_FREEMAIL, found);
	return found;
}

static double check_freemail_body(const struct eval_context *context)
{
	const struct body_addresses *found = body_addresses(context);

	return !found->too_many && any_free(context, &found->free);
}

static bool any_is_free(const struct eval_context *context, const struct str_list *addresses)
{
	for (size_t i = 0; i < addresses->len; i++)
		if (is_free(context, addresses->items[i]))
			return true;
	return false;
}

/* Does the text name a free address to which no answer would go? */
static bool body_names_another(const struct eval_context *context, const struct str_list *answers)
{
	const struct body_addresses *found = body_addresses(context);

	for (size_t i = 0; !found->too_many && i < found->free.len; i++)
		for (size_t k = 0; k < answers->len; k++)
			if (!str_eq(found->free.items[i], answers->items[k]))
				return true;
	return false;
}

static bool is_bulk(const struct eval_context *context)
{
	return eval_setting(context, "freemail_skip_bulk_envfrom", 1) != 0 &&
	       eval_pattern_in(context, EVAL_RE_BULK_ENVELOPE, eval_field(context, "EnvelopeFrom"));
}

/*
 * ('replyto'): From and Reply-To are two free addresses; or the text names another one than
 * Reply-To. ('reply') is about mail from a free address, Reply-To may be missing.
 */
static double check_freemail_replyto(const struct eval_context *context)
{
	bool reply = str_eq(eval_text(context, 0), STR("reply"));
	struct str_list from = { 0 }, to = { 0 };
	bool from_free, to_free, same = false;

	eval_addresses_of(context, "From:addr", &from);
	eval_addresses_of(context, "Reply-To:addr", &to);
	from_free = any_is_free(context, &from);
	to_free = any_is_free(context, &to);
	if ((!from_free && !to_free) || is_bulk(context))
		return 0;
	for (size_t i = 0; i < from.len; i++)
		same = same || listed(&to, from.items[i]);
	if (from_free && to_free && !same)
		return 1;
	if (reply ? !from_free || (to.len > 0 && !to_free) : !to_free)
		return 0;
	return body_names_another(context, !reply || to_free ? &to : &from);
}

const struct eval_function eval_freemail_functions[] = {
	{ .name = "check_freemail_header",
	  .run = check_freemail_header,
	  .args = "f|p",
	  .fields = EVAL_FIELDS("%:addr") },
	{ .name = "check_freemail_from",
	  .run = check_freemail_from,
	  .args = "|p",
	  .fields = EVAL_FIELDS(EVAL_SENDER_FIELDS) },
	{ .name = "check_freemail_body", .run = check_freemail_body, .args = "|p" },
	{ .name = "check_freemail_replyto",
	  .run = check_freemail_replyto,
	  .args = "|t",
	  .fields = EVAL_FIELDS("EnvelopeFrom", "From:addr", "Reply-To:addr") },
	{ 0 },
};
