/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Does the display name of From pretend to be another address? */
#include "rules/eval/eval.h"
#include "rules/eval/eval_address.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/address_list.h"

/* How many characters besides an address a name may have and still count as one: `fns_extrachars`.
 */
#define EXTRA_CHARACTERS 50
/* `fns_check`; 1: the owners of the two addresses must differ, too. */
#define DEFAULT_LEVEL 1

struct name_finding {
	bool has_address;
	bool close; /* the name is little more than the address */
	bool address_differs, domain_differs, owner_differs;
	bool equals_to, equals_reply_to;
};

static struct str domain_of(const struct eval_context *context, struct str address)
{
	struct uri_host host;

	return uri_host_in(context->arena, &context->set->domains,
	                   arena_printf(context->arena, "mailto:%.*s", STR_FMT(address)), &host)
	               ? host.domain
	               : STR("");
}

/* The owner whose `fns_add_addrlist` has the address. */
static bool listed_owner(const struct eval_context *context, struct str address,
                         struct str *owner_r)
{
	const struct map *lists = context->set->address_lists;

	for (size_t i = 0; i < map_len(lists); i++) {
		struct str name;
		const struct address_list *list = map_at(lists, i, &name);

		if (str_starts(name, ADDRESS_LIST_OWNERS) &&
		    address_list_match(list, address, NULL, NULL)) {
			*owner_r = str_from_offset(name, ADDRESS_LIST_OWNERS.len);
			return true;
		}
	}
	return false;
}

/* To whom an address belongs: by the lists, else what comes before the domain's first dot. */
static struct str owner_of(const struct eval_context *context, struct str address,
                           struct str domain)
{
	ptrdiff_t at = str_find_char(address, '@'), dot = str_find_char(domain, '.');
	struct str owner;

	if (listed_owner(context, address, &owner))
		return owner;
	address = arena_printf(context->arena, "%.*s@%.*s", at < 0 ? 0 : (int)at, address.data,
	                       STR_FMT(domain));
	if (at > 0 && listed_owner(context, address, &owner))
		return owner;
	return dot > 0 ? str_prefix(domain, (size_t)dot) : domain;
}

static size_t count_others(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += !char_is_alnum(text.data[i]);
	return count;
}

static bool is_close(const struct eval_context *context, struct str name, struct str address)
{
	size_t extra = name.len + count_others(name) - count_others(address) - address.len;

	return (double)extra <= eval_setting(context, "fns_extrachars", EXTRA_CHARACTERS);
}

/* Has the message a field of `fns_ignore_headers`? */
static bool is_exempt(const struct eval_context *context)
{
	const struct str_list *words = ruleset_words(context->set, "fns_ignore_headers");

	for (size_t i = 0; i < words->len; i++)
		if (eval_field(context, arena_cstr(context->arena, words->items[i])).len > 0)
			return true;
	return false;
}

/* An address, and whose it is. */
struct party {
	struct str address, domain, owner;
};

/* For names that are asked for, by SpamAssassin's names. */
static void set_tags(const struct eval_context *context, const struct party *shown,
                     const struct party *from)
{
	eval_set_tag(context, "FNSFNAMEADDR", shown->address);
	eval_set_tag(context, "FNSFNAMEDOMAIN", shown->domain);
	eval_set_tag(context, "FNSFNAMEOWNER", shown->owner);
	eval_set_tag(context, "FNSFADDRADDR", from->address);
	eval_set_tag(context, "FNSFADDRDOMAIN", from->domain);
	eval_set_tag(context, "FNSFADDROWNER", from->owner);
}

static void compare(const struct eval_context *context, struct str shown, struct str shown_domain,
                    struct str from, struct str from_domain, struct name_finding *finding)
{
	struct party shown_party = { shown, shown_domain, owner_of(context, shown, shown_domain) };
	struct party from_party = { from, from_domain, owner_of(context, from, from_domain) };
	struct str_list recipients = { 0 };

	finding->close = true;
	finding->address_differs = !str_eq(shown, from);
	finding->domain_differs = !str_eq(shown_domain, from_domain);
	finding->owner_differs = !str_eq(shown_party.owner, from_party.owner);
	if (finding->address_differs || finding->owner_differs)
		set_tags(context, &shown_party, &from_party);
	finding->equals_reply_to = str_eq_ci(shown, eval_field_first(context, "Reply-To:addr"));
	eval_recipients(context, &recipients);
	for (size_t i = 0; i < recipients.len; i++)
		if (str_eq(recipients.items[i], shown))
			finding->equals_to = true;
}

static const struct name_finding *examine(const struct eval_context *context)
{
	struct name_finding *finding = eval_cached(context, EVAL_CACHE_FROM_NAME);
	struct str from, name, shown, from_domain, shown_domain;

	if (finding != NULL)
		return finding;
	finding = arena_new_object(context->arena, struct name_finding);
	eval_cache(context, EVAL_CACHE_FROM_NAME, finding);
	if (is_exempt(context))
		return finding;
	from = arena_str_lower(context->arena, eval_field_first(context, "From:addr"));
	name = arena_str_lower(context->arena, eval_field_first(context, "From:name"));
	from_domain = domain_of(context, from);
	if (from_domain.len == 0 || !eval_pattern_group(context, EVAL_RE_NAME_EMAIL, name, &shown))
		return finding;
	shown_domain = domain_of(context, shown);
	finding->has_address = shown_domain.len > 0;
	if (finding->has_address && is_close(context, name, shown))
		compare(context, shown, shown_domain, from, from_domain, finding);
	return finding;
}

static double check_fromname_spoof(const struct eval_context *context)
{
	const struct name_finding *finding = examine(context);
	double level = eval_number(context, 0, eval_setting(context, "fns_check", DEFAULT_LEVEL));

	return finding->address_differs && (level != 1 || finding->owner_differs) &&
	       (level != 2 || finding->domain_differs);
}

static double check_fromname_different(const struct eval_context *context)
{
	return examine(context)->address_differs;
}

static double check_fromname_domain_differ(const struct eval_context *context)
{
	return examine(context)->domain_differs;
}

static double check_fromname_owners_differ(const struct eval_context *context)
{
	return examine(context)->owner_differs;
}

static double check_fromname_contains_email(const struct eval_context *context)
{
	return examine(context)->has_address;
}

static double check_fromname_equals_to(const struct eval_context *context)
{
	return examine(context)->equals_to;
}

static double check_fromname_equals_replyto(const struct eval_context *context)
{
	return examine(context)->equals_reply_to;
}

/* What examine() asks for, besides the fields of `fns_ignore_headers`. */
#define NAME_FIELDS "From:addr", "From:name", "Reply-To:addr", EVAL_RECIPIENT_FIELDS

const struct eval_function eval_name_functions[] = {
	{ .name = "check_fromname_spoof",
	  .run = check_fromname_spoof,
	  .args = "|n",
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_different",
	  .run = check_fromname_different,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_domain_differ",
	  .run = check_fromname_domain_differ,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_owners_differ",
	  .run = check_fromname_owners_differ,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_contains_email",
	  .run = check_fromname_contains_email,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_equals_to",
	  .run = check_fromname_equals_to,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ .name = "check_fromname_equals_replyto",
	  .run = check_fromname_equals_replyto,
	  .fields = EVAL_FIELDS(NAME_FIELDS),
	  .sets_tags = true },
	{ 0 },
};
