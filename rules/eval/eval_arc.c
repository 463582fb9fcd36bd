/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain of hosts that forwarded the message (RFC 8617), and what the trusted ones found. */
#include "base/strbuf.h"
#include "rules/eval/eval.h"

static bool is_sealed_by(const struct arc_set *set, const struct str_list *domains)
{
	for (size_t i = 0; i < domains->len; i++)
		if (str_eq_ci(set->signature.domain, domains->items[i]))
			return true;
	return false;
}

static double arc_signed(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	if (dkim == NULL || dkim->arc.result == ARC_NONE)
		return 0;
	for (size_t i = 0; i < dkim->arc.count; i++)
		if (context->args->texts.len == 0 ||
		    is_sealed_by(&dkim->arc.sets[i], &context->args->texts))
			return 1;
	return 0;
}

static double arc_valid(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	return dkim != NULL && dkim->arc.result == ARC_PASS ? arc_signed(context) : 0;
}

/*
 * How many of the newest sets are of `arc_trusted_sealers`, without a gap: what came before
 * somebody else had the message may be made up.
 */
static size_t trusted_sets(const struct eval_context *context)
{
	const struct str_list *trusted = ruleset_words(context->set, "arc_trusted_sealers");
	const struct dkim_facts *dkim = context->facts->dkim;
	size_t count = 0;

	if (dkim == NULL || dkim->arc.result != ARC_PASS)
		return 0;
	while (count < dkim->arc.count &&
	       is_sealed_by(&dkim->arc.sets[dkim->arc.count - 1 - count], trusted))
		count++;
	return count;
}

static double arc_trusted(const struct eval_context *context)
{
	return trusted_sets(context) > 0;
}

/* Results of checks, as in Authentication-Results (RFC 8601). */

/* The end of a comment or of a quoted text that begins there; else the next byte. */
static size_t end_of_token(struct str text, size_t at)
{
	char first = text.data[at++];
	size_t depth = 1;

	if (first != '(' && first != '"')
		return at;
	while (at < text.len && depth > 0) {
		if (text.data[at] == '\\')
			at++;
		else if (first == '"')
			depth -= text.data[at] == '"';
		else if (text.data[at] == '(')
			depth++;
		else
			depth -= text.data[at] == ')';
		at++;
	}
	return at < text.len ? at : text.len;
}

/* Up to the next ";", comments left out; false at the end of the text. */
static bool next_result(struct arena *arena, struct str *text, struct str *result_r)
{
	struct strbuf buf;
	size_t at = 0;

	if (text->len == 0)
		return false;
	strbuf_init(&buf, arena);
	while (at < text->len && text->data[at] != ';') {
		size_t end = end_of_token(*text, at);

		if (text->data[at] == '(')
			strbuf_add_char(&buf, ' ');
		else
			strbuf_add(&buf, str_prefix(str_from_offset(*text, at), end - at));
		at = end;
	}
	*text = str_from_offset(*text, at < text->len ? at + 1 : at);
	*result_r = str_trim(strbuf_str(&buf));
	return true;
}

/* "dmarc=pass …", "dmarc/1 = pass …" */
static bool is_dmarc(struct str result, struct str *value_r)
{
	ptrdiff_t sign = str_find_char(result, '=');
	struct str method = str_prefix(result, sign < 0 ? 0 : (size_t)sign);
	ptrdiff_t version = str_find_char(method, '/');

	if (version >= 0)
		method = str_prefix(method, (size_t)version);
	if (!str_eq_ci(str_trim(method), STR("dmarc")))
		return false;
	result = str_from_offset(result, (size_t)sign + 1);
	return str_next_word(&result, value_r);
}

bool eval_arc_dmarc_passed(const struct eval_context *context)
{
	size_t count = trusted_sets(context);

	for (size_t i = 0; i < count; i++) {
		const struct arc *arc = &context->facts->dkim->arc;
		const struct arc_set *set = &arc->sets[arc->count - 1 - i];
		struct str rest = arc->message.fields.items[set->results - 1].text;
		struct str result, value, last = STR("");

		while (next_result(context->arena, &rest, &result))
			if (is_dmarc(result, &value))
				last = value;
		if (str_eq_ci(last, STR("pass")))
			return true;
	}
	return false;
}

const struct eval_function eval_arc_functions[] = {
	{ .name = "check_arc_signed", .run = arc_signed, .args = "|t*" },
	{ .name = "check_arc_trusted", .run = arc_trusted },
	{ .name = "check_arc_valid", .run = arc_valid, .args = "|t*" },
	{ 0 },
};
