/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who borrows the name of a firm, by `brand` of the rule files. Functions of ours. */
#include "message/address_field.h"
#include "rules/eval/eval.h"

/* What is looked at of a name or a subject, and how many links. */
#define MAX_LETTERS 200
#define MAX_LINKS   300

static bool host_of(const struct eval_context *context, struct str host, struct uri_host *host_r)
{
	host_r->host = arena_str_lower(context->arena, host);
	host_r->domain = uri_domain_in(context->arena, &context->set->domains, host_r->host);
	return host_r->host.len > 0;
}

static struct str sender_host(const struct eval_context *context)
{
	return address_field_domain(eval_field_first(context, "From:addr"));
}

/* The brand whose name the field has while its sender's address is another's. */
static bool find_false(const struct eval_context *context, struct str text, bool is_name,
                       struct brand_found *found_r)
{
	const struct brand_table *table = &context->set->brands;
	struct skeleton skeleton = { 0 };
	struct uri_host sender;
	bool found;

	if (table->brands.len == 0 || text.len == 0 ||
	    !host_of(context, sender_host(context), &sender))
		return false;
	skeleton_make(context->arena, text, MAX_LETTERS, &skeleton);
	found_r->end = 0;
	do
		found = is_name ? brand_find_in_name(table, text, &skeleton, found_r->end, found_r)
		                : brand_find(table, text, &skeleton, found_r->end, found_r);
	while (found && brand_owns(found_r->brand, sender.host, sender.domain));
	return found;
}

static bool is_borrowed(const struct eval_context *context, const struct brand *brand)
{
	struct uri_host sender;

	return host_of(context, sender_host(context), &sender) &&
	       brand_is_in_domain(context->arena, brand, sender.domain);
}

/* ('From:name' | 'Subject' | 'From:addr'[, HOW]): has the field the name of a firm though the
 * sender's domain is not the firm's? HOW: "disguised" in letters that only look like it; "borrowed"
 * the domain has the name in it, "elsewhere" it hasn't. */
static double check_false_brand(const struct eval_context *context)
{
	struct str field = eval_text(context, 0), how = eval_text(context, 1);
	struct str text = eval_field_first(context, arena_cstr(context->arena, field));
	struct brand_found found;

	if (!find_false(context, text, str_eq(field, STR("From:name")), &found))
		return 0;
	if (str_eq(how, STR("disguised")))
		return found.disguised;
	if (str_eq(how, STR("borrowed")))
		return is_borrowed(context, found.brand);
	return !str_eq(how, STR("elsewhere")) || !is_borrowed(context, found.brand);
}

/* Is the sender's domain that of any firm in the table? */
static double check_brand_domain(const struct eval_context *context)
{
	struct uri_host sender;

	return host_of(context, sender_host(context), &sender) &&
	       brand_owns_any(&context->set->brands, sender.host, sender.domain);
}

/* Links that a reader can follow. */
static bool is_followed(const struct uri *uri)
{
	return (uri->types & (URI_TYPE_A | URI_TYPE_AREA | URI_TYPE_FORM | URI_TYPE_PARSED)) != 0 &&
	       str_starts(uri->scheme, STR("http")) && uri->host.len > 0;
}

static bool is_false_host(const struct eval_context *context, const struct uri *uri)
{
	struct skeleton skeleton = { 0 };
	struct brand_found found = { 0 };

	skeleton_make(context->arena, uri->host, MAX_LETTERS, &skeleton);
	while (brand_find(&context->set->brands, uri->host, &skeleton, found.end, &found))
		if (!brand_owns(found.brand, uri->host, uri->domain))
			return true;
	return false;
}

/* Does a link lead to a host that has a firm's name in its own and is not the firm's? */
static double check_false_brand_link(const struct eval_context *context)
{
	const struct uri_list *uris = &context->message->uris;
	struct str last = STR("");

	for (size_t i = 0; i < uris->len && i < MAX_LINKS; i++) {
		if (!is_followed(&uris->items[i]) || str_eq(uris->items[i].host, last))
			continue;
		last = uris->items[i].host;
		if (is_false_host(context, &uris->items[i]))
			return 1;
	}
	return 0;
}

/* Does the sender's name claim a firm to which no link leads, though there are links? */
static double check_false_brand_target(const struct eval_context *context)
{
	const struct uri_list *uris = &context->message->uris;
	struct brand_found found;
	size_t links = 0;

	if (!find_false(context, eval_field_first(context, "From:name"), true, &found))
		return 0;
	for (size_t i = 0; i < uris->len && i < MAX_LINKS; i++) {
		if (!is_followed(&uris->items[i]))
			continue;
		links++;
		if (brand_owns(found.brand, uris->items[i].host, uris->items[i].domain))
			return 0;
	}
	return links > 0;
}

#define BRAND_FIELDS "From:addr", "From:name"

const struct eval_function eval_brand_functions[] = {
	{ .name = "check_false_brand",
	  .run = check_false_brand,
	  .args = "f|t",
	  .fields = EVAL_FIELDS("%", BRAND_FIELDS) },
	{ .name = "check_brand_domain",
	  .run = check_brand_domain,
	  .fields = EVAL_FIELDS(BRAND_FIELDS) },
	{ .name = "check_false_brand_link", .run = check_false_brand_link },
	{ .name = "check_false_brand_target",
	  .run = check_false_brand_target,
	  .fields = EVAL_FIELDS(BRAND_FIELDS) },
	{ 0 },
};
