/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a message leads to where it says it is from. Functions of ours. */
#include "message/address_field.h"
#include "rules/eval/eval.h"

/* A link that a reader follows, and not a picture that is fetched. */
static bool is_followed(const struct uri *uri)
{
	static const unsigned followed =
		URI_TYPE_PARSED | URI_TYPE_A | URI_TYPE_AREA | URI_TYPE_FORM;

	return (uri->types & followed) != 0 && uri->host.len > 0 &&
	       str_starts(uri->scheme, STR("http"));
}

/* The registered domain of the first author; empty where there is none. */
static struct str author_domain(const struct eval_context *context)
{
	const struct header *from = header_first(&context->message->headers, STR("From"));
	struct str_list authors = { 0 };

	if (from != NULL)
		address_field_authors(context->arena, from->unfolded, &authors);
	if (authors.len == 0)
		return STR("");
	return uri_domain_in(context->arena, message_domains(context->message),
	                     address_field_domain(authors.items[0]));
}

/*
 * check_sender_links('any'), ('all') or ('none'): do any, all or none of the links lead to the
 * registered domain of the address in From? Without links or without a domain: no.
 */
static double check_sender_links(const struct eval_context *context)
{
	const struct uri_list *uris = &context->message->uris;
	struct str domain = author_domain(context), which = eval_text(context, 0);
	size_t links = 0, own = 0;

	if (domain.len == 0)
		return 0;
	for (size_t i = 0; i < uris->len; i++) {
		if (!is_followed(&uris->items[i]))
			continue;
		links++;
		own += str_eq_ci(uris->items[i].domain, domain);
	}
	if (str_eq(which, STR("any")))
		return own > 0;
	if (str_eq(which, STR("all")))
		return links > 0 && own == links;
	return str_eq(which, STR("none")) && links > 0 && own == 0;
}

const struct eval_function eval_sender_link_functions[] = {
	{ .name = "check_sender_links", .run = check_sender_links, .args = "t" },
	{ 0 },
};
