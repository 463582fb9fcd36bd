/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/run_rule.h"

#include "base/strbuf.h"
#include "rules/match/candidates.h"
#include "rules/match/capture.h"
#include "rules/match/field.h"
#include "rules/match/rule_value.h"

/* Rules that are tried between looks at the clock. */
#define RULES_PER_LOOK 16
/* Bytes of one rule's texts between looks at the clocks, and what a text counts besides its bytes.
 */
#define WORK_PER_LOOK 4096
#define WORK_A_TEXT   16
/* A text that is so long can take much time by itself. */
#define LONG_TEXT 1024
/* How many steps of the match limit count as a microsecond on all texts. */
#define STEPS_A_US 20

/* Readers see characters, patterns see bytes: what is shown has all of the first and last one. */
static struct str whole_characters(struct str text, size_t start, size_t end)
{
	while (start > 0 && ((unsigned char)text.data[start] & 0xc0) == 0x80)
		start--;
	while (end > start && end < text.len && ((unsigned char)text.data[end] & 0xc0) == 0x80)
		end++;
	return str_prefix(str_from_offset(text, start), end - start);
}

/* Notes a hit; says whether the rule needs no more of them. */
static bool note_hit(struct match *match, struct str text, const struct pattern_span *span)
{
	if (match->value == 0)
		match->matched = whole_characters(text, span->start, span->end);
	match->value += 1;
	if (match->rule->captures)
		capture_keep(match, text);
	return match->value >= rule_most(match->rule);
}

/*
 * Tries the rule's pattern on one text; says whether the rule needs no more texts: it has its hits,
 * or was abandoned, and other texts may be as bad.
 */
static bool try_text(struct match *match, struct str text)
{
	struct pattern_span span;

	if (!match_pattern(match, match->pattern, text, &span))
		return match->abandoned;
	while (!note_hit(match, text, &span))
		if (!match_pattern_next(match, match->pattern, text, &span))
			return match->abandoned;
	return true;
}

static bool out_of_time(struct match *match)
{
	if (!deadline_passed(match->deadline))
		return false;
	match->hits->limits |= HITS_LIMIT_DEADLINE;
	return true;
}

/*
 * PCRE2's limit is one for each text, and its JIT doesn't count the steps of simple repeats. So a
 * rule that takes much time on many texts is abandoned, too. Processor time, for which the kernel
 * must be asked, is looked at only once more than that has gone by on the clock.
 */
static bool took_too_long(struct match *match)
{
	int64_t limit = pattern_matcher_limit(match->scanner->matcher) / STEPS_A_US;
	int64_t now = clock_monotonic_us();

	match->work = 0;
	if (match->started_us == 0) {
		match->started_us = now;
		match->started_thread_us = clock_thread_us();
	}
	if (now - match->started_us > limit && clock_thread_us() - match->started_thread_us > limit)
		match_abandon_rule(match);
	if (!match->abandoned && out_of_time(match)) {
		match_note_undecided(match);
		return true;
	}
	return match->abandoned;
}

/* try_text() for one of many. */
static bool try_next_text(struct match *match, struct str text)
{
	if ((match->work >= WORK_PER_LOOK || (match->work == 0 && text.len >= LONG_TEXT)) &&
	    took_too_long(match))
		return true;
	match->work += text.len + WORK_A_TEXT;
	return try_text(match, text);
}

static void try_header(struct match *match)
{
	const struct rule *rule = match->rule;
	const struct field_value *value = field_get(match, rule->field);
	struct pattern_span span = { 0, 0 };
	struct str text = value->text;

	if (rule->exists) {
		if (value->present)
			note_hit(match, STR(""), &span);
		return;
	}
	if (!value->present)
		text = rule->if_unset;
	if (!rule->negated)
		try_text(match, text);
	else if (!match_pattern(match, match->pattern, text, &span) && !match->abandoned)
		note_hit(match, STR(""), &(struct pattern_span){ 0, 0 });
}

/* Tries the texts that may hold a match. */
static void try_texts(struct match *match, const struct str_list *texts, size_t first)
{
	const struct candidate_text *text = NULL;

	if (!match->rule->filtered) {
		for (size_t i = first; i < texts->len; i++)
			if (try_next_text(match, texts->items[i]))
				return;
		return;
	}
	while ((text = candidates_next(match, match->rule, text)) != NULL)
		if (text->number >= first && try_next_text(match, texts->items[text->number]))
			return;
}

const struct str_list *run_rule_uri_texts(struct match *match)
{
	const struct uri_list *uris = &match->facts->message->uris;
	struct map *seen;

	if (match->uri_texts_made)
		return &match->uri_texts;
	seen = map_new(match->arena, MAP_EXACT);
	for (size_t i = 0; i < uris->len; i++) {
		for (size_t k = 0; k < uris->items[i].variants.len; k++) {
			struct str text = uris->items[i].variants.items[k];

			if (map_get(seen, text) != NULL)
				continue;
			map_set(seen, text, match);
			vec_push(match->arena, &match->uri_texts, text);
		}
	}
	match->uri_texts_made = true;
	return &match->uri_texts;
}

/* The last field of the name in a part; with "ALL" all of them. Empty data where there is none. */
static struct str mime_value(struct match *match, const struct mime_part *part)
{
	struct str name = match->rule->mime_name;
	bool raw = name.len > 4 && str_eq_ci(str_from_offset(name, name.len - 4), STR(":raw"));
	const struct header *header;
	struct strbuf all;

	if (raw)
		name.len -= 4;
	if (str_eq(name, STR("ALL"))) {
		strbuf_init(&all, match->arena);
		for (size_t i = 0; i < part->headers.len; i++) {
			header = &part->headers.items[i];
			strbuf_add(&all, header->name);
			strbuf_add(&all, STR(": "));
			strbuf_add(&all, raw ? header->raw : header->decoded);
			strbuf_add_char(&all, '\n');
		}
		return strbuf_str(&all);
	}
	header = header_last(&part->headers, name);
	if (header == NULL)
		return match->rule->if_unset;
	if (!raw)
		return arena_concat(match->arena, (struct str[]){ header->decoded, STR("\n") }, 2);
	/* The space after the colon counts in a message's own header only. */
	return arena_concat(
		match->arena,
		(struct str[]){ part->is_message ? header->raw : str_trim_left(header->raw),
	                        STR("\n") },
		2);
}

static void try_mime_header(struct match *match)
{
	const struct mime_part_list *parts = &match->facts->message->parts;
	const struct rule *rule = match->rule;
	struct pattern_span span;
	bool any = false;

	for (size_t i = 0; i < parts->len; i++) {
		struct str value;

		if (parts->items[i]->is_returned)
			continue;
		value = mime_value(match, parts->items[i]);

		/* `tflags multiple` counts in the first part that has any. */
		if (!rule->negated && (try_text(match, value) || match->value > 0))
			return;
		any = any || (rule->negated && match_pattern(match, match->pattern, value, &span));
	}
	if (rule->negated && !any)
		note_hit(match, STR(""), &(struct pattern_span){ 0, 0 });
}

static bool condition_met(struct match *match, const struct rule_uri_condition *condition,
                          struct str text)
{
	struct pattern_span span;

	return match_pattern(match, condition->pattern, text, &span) != condition->negated;
}

static bool condition_met_by_any(struct match *match, const struct rule_uri_condition *condition,
                                 const struct str_list *texts)
{
	for (size_t i = 0; i < texts->len; i++)
		if (condition_met(match, condition, texts->items[i]))
			return true;
	return false;
}

static bool types_meet(struct match *match, const struct rule_uri_condition *condition,
                       const struct uri *uri)
{
	for (unsigned bit = 0; bit < URI_TYPE_COUNT; bit++)
		if ((uri->types & 1u << bit) != 0 &&
		    condition_met(match, condition,
		                  str_from(uri_type_name((enum uri_type)(1u << bit)))))
			return true;
	return false;
}

static bool hosts_meet(struct match *match, const struct rule_uri_condition *condition,
                       const struct uri *uri, bool domains)
{
	for (size_t i = 0; i < uri->hosts.len; i++) {
		const struct uri_host *host = &uri->hosts.items[i];

		if (condition_met(match, condition, domains ? host->domain : host->host))
			return true;
	}
	return false;
}

/* Does any of the URI's values of that kind match (or, if so asked, not match)? */
static bool any_value_meets(struct match *match, const struct rule_uri_condition *condition,
                            const struct uri *uri, enum rule_uri_aspect aspect)
{
	switch (aspect) {
	case URI_ASPECT_RAW:
		return condition_met(match, condition, uri->raw);
	case URI_ASPECT_TYPE:
		return types_meet(match, condition, uri);
	case URI_ASPECT_CLEANED:
		return condition_met_by_any(match, condition, &uri->variants);
	case URI_ASPECT_TEXT:
		return condition_met_by_any(match, condition, &uri->anchor_texts);
	case URI_ASPECT_DOMAIN:
		return hosts_meet(match, condition, uri, true);
	case URI_ASPECT_HOST:
		return hosts_meet(match, condition, uri, false);
	default:
		return false;
	}
}

static bool uri_meets(struct match *match, const struct uri *uri, enum rule_uri_aspect aspect)
{
	const struct rule_uri_condition *condition = &match->rule->conditions[aspect];

	return condition->pattern == NULL ||
	       any_value_meets(match, condition, uri, aspect) != condition->none;
}

static void try_uri_detail(struct match *match)
{
	const struct uri_list *uris = &match->facts->message->uris;

	for (size_t i = 0; i < uris->len; i++) {
		const struct uri *uri = &uris->items[i];
		enum rule_uri_aspect aspect = URI_ASPECT_RAW;

		while (aspect < URI_ASPECT_COUNT && uri_meets(match, uri, aspect))
			aspect++;
		if (aspect == URI_ASPECT_COUNT) {
			note_hit(match, uri->raw, &(struct pattern_span){ 0, uri->raw.len });
			return;
		}
	}
}

static void try_eval(struct match *match)
{
	const struct eval_context context = match_eval_context(match, match->rule);
	double value = match->rule->eval->run(&context);

	match->value = value >= 0 ? value : 1;
}

static void try_type(struct match *match)
{
	const struct message *message = match->facts->message;
	bool nosubject = (match->rule->flags & RULE_FLAG_NOSUBJECT) != 0;

	switch (match->rule->type) {
	case RULE_HEADER:
		try_header(match);
		break;
	case RULE_BODY:
		try_texts(match, &message->body, nosubject ? 1 : 0);
		break;
	case RULE_RAWBODY:
		try_texts(match, &message->rawbody, 0);
		break;
	case RULE_FULL:
		try_text(match, str_prefix(message->raw, RUN_RULE_FULL_BYTES));
		break;
	case RULE_URI:
		try_texts(match, run_rule_uri_texts(match), 0);
		break;
	case RULE_URI_DETAIL:
		try_uri_detail(match);
		break;
	case RULE_MIME_HEADER:
		try_mime_header(match);
		break;
	case RULE_EVAL:
		try_eval(match);
		break;
	default:
		break;
	}
}

static void try_pattern_or_function(struct match *match)
{
	const struct rule *rule = match->rule;

	match->abandoned = false;
	match->work = 0;
	match->started_us = 0;
	match->value = 0;
	match->matched = STR("");
	match->pattern = rule->wants_captures ? capture_pattern(match) : rule->pattern;
	if (!rule->wants_captures || match->pattern != NULL)
		try_type(match);
}

static void measure(struct match *match, struct rule_cost *cost)
{
	int64_t start = clock_monotonic_ns();

	try_pattern_or_function(match);
	cost->ns += (uint64_t)(clock_monotonic_ns() - start);
	cost->tries++;
	cost->hits += match->value != 0;
}

bool run_rule(struct match *match, const struct rule *rule)
{
	struct scanner *scanner = match->scanner;

	if (match->tries++ % RULES_PER_LOOK == 0 && out_of_time(match))
		return false;
	match->rule = rule;
	if (scanner->costs != NULL)
		measure(match, &scanner->costs[rule->slot]);
	else
		try_pattern_or_function(match);
	rule_value_set(match, rule->slot, (struct range){ match->value, match->value });
	if (match->value != 0 && match->matched.data != NULL)
		scanner->matched[rule->slot] = match->matched;
	return true;
}
