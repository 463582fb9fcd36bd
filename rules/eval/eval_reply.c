/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where answers go, and whose domain a sender calls himself by. Functions of ours. */
#include "message/address_field.h"
#include "rules/eval/eval.h"

static struct str domain_in(const struct eval_context *context, const char *field)
{
	struct str host = address_field_domain(eval_field_first(context, field));

	host = arena_str_lower(context->arena, host);
	return uri_domain_in(context->arena, &context->set->domains, host);
}

/* Is Reply-To at another registered domain than From? */
static double check_reply_elsewhere(const struct eval_context *context)
{
	struct str reply = domain_in(context, "Reply-To:addr"),
		   from = domain_in(context, "From:addr");

	return reply.len > 0 && from.len > 0 && !str_eq(reply, from);
}

static bool is_name_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || c == '@';
}

/* Does the name stand in the text, not as a part of a longer one or of an address? */
static bool has_name(struct str text, struct str name)
{
	size_t from = 0;

	for (;;) {
		ptrdiff_t at = str_find_ci(str_from_offset(text, from), name);
		size_t start = from + (size_t)at, end = start + name.len;

		if (at < 0)
			return false;
		if ((start == 0 || !is_name_char(text.data[start - 1])) &&
		    (end == text.len || !is_name_char(text.data[end])))
			return true;
		from = end;
	}
}

/* Does the sender call himself by the first recipient's domain, and write from another? */
static double check_named_as_recipient(const struct eval_context *context)
{
	struct str to = domain_in(context, "To:addr"), from = domain_in(context, "From:addr");

	return to.len > 0 && from.len > 0 && !str_eq(to, from) &&
	       has_name(eval_field_first(context, "From:name"), to);
}

const struct eval_function eval_reply_functions[] = {
	{ .name = "check_named_as_recipient",
	  .run = check_named_as_recipient,
	  .fields = EVAL_FIELDS("To:addr", "From:addr", "From:name") },
	{ .name = "check_reply_elsewhere",
	  .run = check_reply_elsewhere,
	  .fields = EVAL_FIELDS("Reply-To:addr", "From:addr") },
	{ 0 },
};
