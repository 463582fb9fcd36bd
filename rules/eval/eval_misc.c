/* SPDX-License-Identifier: GPL-3.0-or-later */
/* URIs that lead on to another place, bounces, stock tips. */
#include "base/strbuf.h"
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/match/field.h"
#include "rules/model/lists.h"

/* Targets within targets that are followed. */
#define MAX_REDIRECTS 10

static bool same_domain(struct match *match, struct str a, struct str b)
{
	struct uri_host host_a, host_b;

	if (!uri_host_in(match->arena, &match->set->domains, a, &host_a) ||
	    !uri_host_in(match->arena, &match->set->domains, b, &host_b))
		return str_eq(a, b);
	return str_eq(host_a.domain, host_b.domain);
}

/* A web address that holds another one, of another domain. */
static bool redirects(struct match *match, struct str uri)
{
	for (int i = 0; i < MAX_REDIRECTS; i++) {
		struct str target;
		struct pattern_span span;

		if (!match_pattern(match, eval_pattern_get(match, EVAL_RE_REDIRECT), uri, &span) ||
		    !pattern_group(match->scanner->matcher, uri, 2, &target))
			return false;
		if (!same_domain(match, uri, target))
			return true;
		uri = target;
	}
	return false;
}

static double check_for_http_redirector(struct match *match, const struct str_list *args)
{
	const struct uri_list *uris = &match->facts->message->uris;

	(void)args;
	for (size_t i = 0; i < uris->len; i++)
		for (size_t k = 0; k < uris->items[i].variants.len; k++)
			if (redirects(match, uris->items[i].variants.items[k]))
				return 1;
	return 0;
}

static double check_uri_truncated(struct match *match, const struct str_list *args)
{
	const struct message *message = match->facts->message;

	(void)args;
	for (size_t i = 0; i < message->parts.len; i++)
		if (message->parts.items[i]->html != NULL &&
		    message->parts.items[i]->html->has_long_uri)
			return 1;
	return message->uris.is_truncated;
}

static const struct str_list *bounce_relays(const struct match *match)
{
	return ruleset_words(match->set, "welcomelist_bounce_relays");
}

static double have_any_bounce_relays(struct match *match, const struct str_list *args)
{
	(void)args;
	return bounce_relays(match)->len > 0;
}

static bool is_relay(struct match *match, struct str word)
{
	const struct str_list *relays = bounce_relays(match);
	struct str lower = arena_str_lower(match->arena, word);

	for (size_t i = 0; i < relays->len; i++)
		if (glob_match(arena_str_lower(match->arena, relays->items[i]), lower))
			return true;
	return false;
}

static bool has_inner_dot(struct str word)
{
	return word.len > 2 && str_find_char((struct str){ word.data + 1, word.len - 2 }, '.') >= 0;
}

/*
 * Is a relay named between white space, or single spaces? As in SpamAssassin, a name right behind
 * another one is passed over.
 */
static bool names_relay(struct match *match, struct str field, bool (*is_space)(char c))
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
		if (is_relay(match, word))
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

static bool text_names_relay(struct match *match)
{
	const struct str_list *body = &match->facts->message->body;

	for (size_t i = 0; i < body->len; i++)
		if (is_quoted_received(body->items[i]) &&
		    names_relay(match, body->items[i], is_single_space))
			return true;
	return false;
}

/* Received fields with the lines that continue them, anywhere in the undecoded body. */
static bool attachment_names_relay(struct match *match)
{
	struct str rest = match->facts->message->raw_body, line;
	struct strbuf field;

	strbuf_init(&field, match->arena);
	while (str_next_piece(&rest, '\n', &line)) {
		if (line.len > 0 && char_is_space(line.data[0])) {
			if (field.len > 0)
				strbuf_add(&field, line);
			continue;
		}
		if (names_relay(match, strbuf_str(&field), char_is_space))
			return true;
		field.len = 0;
		if (is_quoted_received(line))
			strbuf_add(&field, line);
	}
	return names_relay(match, strbuf_str(&field), char_is_space);
}

/* A Received field that the bounce quotes names one of our relays: we did send that mail. */
static double check_welcomelist_bounce_relays(struct match *match, const struct str_list *args)
{
	(void)args;
	return bounce_relays(match)->len > 0 &&
	       (text_names_relay(match) || attachment_names_relay(match));
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

/* How many different words of stock tips stand before colons in the first plain text. */
static size_t count_stock_words(struct match *match, struct str text)
{
	const struct pattern *pattern = eval_pattern_get(match, EVAL_RE_STOCK_LINE);
	struct map *found = map_new(match->arena, MAP_EXACT);
	struct pattern_span span;
	bool more = match_pattern(match, pattern, text, &span);

	while (more) {
		struct str label, word;

		if (pattern_group(match->scanner->matcher, text, 1, &label) &&
		    eval_pattern_group(match, EVAL_RE_STOCK_WORD, letters_of(match->arena, label),
		                       &word))
			map_set(found, word, found);
		more = match_pattern_next(match, pattern, text, &span);
	}
	return map_len(found);
}

static double check_stock_info(struct match *match, const struct str_list *args)
{
	const struct mime_part_list *parts = &match->facts->message->parts;
	double min = eval_arg_number(args, 0, 0);

	for (size_t i = 0; i < parts->len; i++)
		if (str_eq(parts->items[i]->type, STR("text/plain")))
			return min == 0 ||
			       (double)count_stock_words(match, parts->items[i]->rendered) >= min;
	return min == 0;
}

/* SHORTCIRCUIT is set by the rule that ends a scan; by itself it never hits. */
static double check_shortcircuit(struct match *match, const struct str_list *args)
{
	(void)match;
	(void)args;
	return 0;
}

const struct eval_function eval_misc_functions[] = {
	{ "check_shortcircuit", check_shortcircuit, NULL, 0 },
	{ "check_for_http_redirector", check_for_http_redirector, NULL, 0 },
	{ "check_uri_truncated", check_uri_truncated, NULL, 0 },
	{ "have_any_bounce_relays", have_any_bounce_relays, NULL, 0 },
	{ "check_welcomelist_bounce_relays", check_welcomelist_bounce_relays, NULL, 0 },
	{ "check_whitelist_bounce_relays", check_welcomelist_bounce_relays, NULL, 0 },
	{ "check_stock_info", check_stock_info, NULL, 0 },
	{ 0 },
};
