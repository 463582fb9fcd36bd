/* SPDX-License-Identifier: GPL-3.0-or-later */
/* URIs that lead on to another place, bounces, stock tips. */
#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/model/glob.h"

/* Targets within targets that are followed. */
#define MAX_REDIRECTS 10

static bool same_domain(const struct eval_context *context, struct str a, struct str b)
{
	struct uri_host host_a, host_b;

	if (!uri_host_in(context->arena, &context->set->domains, a, &host_a) ||
	    !uri_host_in(context->arena, &context->set->domains, b, &host_b))
		return str_eq(a, b);
	return str_eq(host_a.domain, host_b.domain);
}

/* A web address that holds another one, of another domain. */
static bool redirects(const struct eval_context *context, struct str uri)
{
	for (int i = 0; i < MAX_REDIRECTS; i++) {
		struct str target;
		struct pattern_span span;

		if (!eval_match(context, eval_pattern_get(context, EVAL_RE_REDIRECT), uri, &span) ||
		    !eval_match_group(context, uri, 2, &target))
			return false;
		if (!same_domain(context, uri, target))
			return true;
		uri = target;
	}
	return false;
}

static double check_for_http_redirector(const struct eval_context *context)
{
	const struct uri_list *uris = &context->message->uris;

	for (size_t i = 0; i < uris->len; i++)
		for (size_t k = 0; k < uris->items[i].variants.len; k++)
			if (redirects(context, uris->items[i].variants.items[k]))
				return 1;
	return 0;
}

static double check_uri_truncated(const struct eval_context *context)
{
	const struct message *message = context->message;

	for (size_t i = 0; i < message->parts.len; i++)
		if (message->parts.items[i]->html != NULL &&
		    message->parts.items[i]->html->has_long_uri)
			return 1;
	return message->uris.is_truncated;
}

static const struct str_list *bounce_relays(const struct eval_context *context)
{
	return ruleset_words(context->set, "welcomelist_bounce_relays");
}

static double have_any_bounce_relays(const struct eval_context *context)
{
	return bounce_relays(context)->len > 0;
}

static bool is_relay(const struct eval_context *context, struct str word)
{
	const struct str_list *relays = bounce_relays(context);
	struct str lower = arena_str_lower(context->arena, word);

	for (size_t i = 0; i < relays->len; i++)
		if (glob_match(arena_str_lower(context->arena, relays->items[i]), lower))
			return true;
	return false;
}

static bool has_inner_dot(struct str word)
{
	return word.len > 2 && str_find_char((struct str){ word.data + 1, word.len - 2 }, '.') >= 0;
}

/*
 * Is a relay named between white space, or single spaces? As in SpamAssassin, a name right after
 * another one is passed over.
 */
static bool names_relay(const struct eval_context *context, struct str field,
                        bool (*is_space)(char c))
{
	size_t start = 0;

	for (size_t i = 0; i < field.len; i++) {
		struct str word;

		if (!char_is_space(field.data[i]))
			continue;
		word = (struct str){ field.data + start, i - start };
		start = i + 1;
		if (word.data == field.data || !is_space(word.data[-1]) ||
		    !is_space(field.data[i]) || !has_inner_dot(word))
			continue;
		if (is_relay(context, word))
			return true;
		while (start < field.len && !char_is_space(field.data[start]))
			start++;
		i = start - 1;
	}
	return false;
}

static bool is_single_space(char c)
{
	return c == ' ';
}

static bool is_quoted_received(struct str line)
{
	while (line.len > 0 && (line.data[0] == '>' || line.data[0] == ' '))
		line = str_from_offset(line, 1);
	return str_starts_ci(line, STR("Received:"));
}

static bool text_names_relay(const struct eval_context *context)
{
	const struct str_list *body = &context->message->body;

	for (size_t i = 0; i < body->len; i++)
		if (is_quoted_received(body->items[i]) &&
		    names_relay(context, body->items[i], is_single_space))
			return true;
	return false;
}

/* Received fields with the lines that continue them, anywhere in the undecoded body. */
static bool attachment_names_relay(const struct eval_context *context)
{
	struct str rest = context->message->raw_body, line;
	struct strbuf field;

	strbuf_init(&field, context->arena);
	while (str_next_piece(&rest, '\n', &line)) {
		if (line.len > 0 && char_is_space(line.data[0])) {
			if (field.len > 0)
				strbuf_add(&field, line);
			continue;
		}
		if (names_relay(context, strbuf_str(&field), char_is_space))
			return true;
		field.len = 0;
		if (is_quoted_received(line))
			strbuf_add(&field, line);
	}
	return names_relay(context, strbuf_str(&field), char_is_space);
}

/* A Received field that the bounce quotes names one of our relays: we did send that mail. */
static double check_welcomelist_bounce_relays(const struct eval_context *context)
{
	return bounce_relays(context)->len > 0 &&
	       (text_names_relay(context) || attachment_names_relay(context));
}

/* "Current Price: $0.10" → "currentprice". */
static struct str letters_of(struct arena *arena, struct str text)
{
	char *letters = arena_alloc(arena, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++)
		if (char_is_alpha(text.data[i]))
			letters[len++] = char_lower(text.data[i]);
	return (struct str){ letters, len };
}

/* How many different words of stock tips precede colons in the first plain text. */
static size_t count_stock_words(const struct eval_context *context, struct str text)
{
	const struct pattern *pattern = eval_pattern_get(context, EVAL_RE_STOCK_LINE);
	struct map *found = map_new(context->arena, MAP_EXACT);
	struct pattern_span span;
	bool more = eval_match(context, pattern, text, &span);

	while (more) {
		struct str label, word;

		if (eval_match_group(context, text, 1, &label) &&
		    eval_pattern_group(context, EVAL_RE_STOCK_WORD,
		                       letters_of(context->arena, label), &word))
			map_set(found, word, found);
		more = eval_match_next(context, pattern, text, &span);
	}
	return map_len(found);
}

static double check_stock_info(const struct eval_context *context)
{
	const struct mime_part_list *parts = &context->message->parts;
	double min = eval_number(context, 0, 0);

	for (size_t i = 0; i < parts->len; i++)
		if (str_eq(parts->items[i]->type, STR("text/plain")))
			return min == 0 ||
			       (double)count_stock_words(context, parts->items[i]->rendered) >= min;
	return min == 0;
}

/* SHORTCIRCUIT is set by the rule that ends a scan; by itself it never hits. */
static double check_shortcircuit(const struct eval_context *context)
{
	(void)context;
	return 0;
}

const struct eval_function eval_misc_functions[] = {
	{ .name = "check_shortcircuit", .run = check_shortcircuit },
	{ .name = "check_for_http_redirector", .run = check_for_http_redirector },
	{ .name = "check_uri_truncated", .run = check_uri_truncated },
	{ .name = "have_any_bounce_relays", .run = have_any_bounce_relays },
	{ .name = "check_welcomelist_bounce_relays", .run = check_welcomelist_bounce_relays },
	{ .name = "check_whitelist_bounce_relays", .run = check_welcomelist_bounce_relays },
	{ .name = "check_stock_info", .run = check_stock_info, .args = "n" },
	{ 0 },
};
