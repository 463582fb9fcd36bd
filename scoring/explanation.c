/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/explanation.h"

#include "base/decimal.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "message/address_field.h"
#include "message/uri.h"
#include "scoring/learned_words.h"
#include "scoring/matched_text.h"
#include "scoring/score.h"

/* Causes that are named; further ones are counted. */
#define CAUSES_SHOWN 5
/* Bytes of a field; the rules after that are counted. */
#define FIELD_BYTES 6000

static struct str cause_text(struct arena *arena, const struct rule_cause *cause)
{
	struct str matched = matched_text(arena, cause->matched);

	if (cause->description.len > 0)
		return cause->description;
	if (matched.len > 0)
		return arena_printf(arena, "\"%.*s\"", STR_FMT(matched));
	return str_from_offset(cause->name, str_starts(cause->name, STR("__")) ? 2 : 0);
}

static struct str because(struct arena *arena, const struct rule_cause_list *causes)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	for (size_t i = 0; i < causes->len && i < CAUSES_SHOWN; i++) {
		if (i > 0)
			strbuf_add(&buf, STR("; "));
		strbuf_add(&buf, shown_text(arena, cause_text(arena, &causes->items[i])));
	}
	if (causes->len > CAUSES_SHOWN)
		strbuf_printf(&buf, "; and %zu more", causes->len - CAUSES_SHOWN);
	return strbuf_str(&buf);
}

static void add_small(struct strbuf *names, struct explanation *explanation,
                      const struct rule_hit *hit)
{
	char points[DECIMAL_TEXT_SIZE];

	strbuf_printf(names, "%s%.*s %s", explanation->small > 0 ? ", " : "", STR_FMT(hit->name),
	              decimal_format(hit->score, points));
	explanation->small++;
	explanation->small_points = decimal_add(explanation->small_points, hit->score);
}

/* What speaks for the mail. */

static bool is_of_author(struct arena *arena, const struct facts *facts, struct str signer)
{
	const struct header *from = header_first(&facts->message->headers, STR("From"));
	struct str_list authors = { 0 };

	if (from == NULL)
		return false;
	address_field_authors(arena, from->unfolded, &authors);
	signer = uri_registered_domain(arena, signer);
	for (size_t i = 0; i < authors.len; i++)
		if (signer.len > 0 &&
		    str_eq_ci(signer,
		              uri_registered_domain(arena, address_field_domain(authors.items[i]))))
			return true;
	return false;
}

static void add_signers(struct arena *arena, const struct facts *facts, struct str_list *good)
{
	struct str_list seen = { 0 };

	for (size_t i = 0; facts->dkim != NULL && i < facts->dkim->message.count; i++) {
		const struct dkim_check *check = &facts->dkim->message.checks[i];
		struct str domain = check->signature.domain;
		bool known = check->result != DKIM_PASS;

		for (size_t k = 0; k < seen.len; k++)
			known = known || str_eq_ci(seen.items[k], domain);
		if (known)
			continue;
		vec_push(arena, &seen, domain);
		vec_push(arena, good,
		         arena_printf(arena, "Signed by %.*s%s (DKIM).",
		                      STR_FMT(shown_text(arena, domain)),
		                      is_of_author(arena, facts, domain)
		                              ? ", the domain of its author"
		                              : ""));
	}
}

static void add_good(struct arena *arena, const struct facts *facts, struct str_list *good)
{
	add_signers(arena, facts, good);
	if (facts->dmarc != NULL && facts->dmarc->result == DMARC_PASS)
		vec_push(arena, good,
		         STR("The domain of its author says that such mail is its own (DMARC)."));
}

struct explanation explanation_of(struct arena *arena, const struct hits *hits,
                                  const struct facts *facts)
{
	const struct rule_hit **order = score_order(arena, hits);
	struct explanation explanation = { 0 };
	struct strbuf small;

	strbuf_init(&small, arena);
	for (size_t i = 0; i < hits->len; i++) {
		struct explained_hit hit = { .hit = order[i],
			                     .matched = matched_text(arena, order[i]->matched),
			                     .because = because(arena, &order[i]->causes) };

		vec_push(arena, &explanation.hits, hit);
		if (explanation_is_small(&hit))
			add_small(&small, &explanation, hit.hit);
	}
	explanation.small_names = strbuf_str(&small);
	if (facts != NULL)
		add_good(arena, facts, &explanation.good);
	if (hits->learned != NULL)
		learned_sentences(arena, hits->learned, &explanation.learned);
	return explanation;
}

/* As lines. */

static size_t add_line(struct arena *arena, struct str_list *lines, struct str line)
{
	vec_push(arena, lines, line);
	return line.len;
}

static size_t add_hit(struct arena *arena, const struct explained_hit *hit, struct str_list *lines)
{
	char points[DECIMAL_TEXT_SIZE];
	struct strbuf line;
	size_t size;

	strbuf_init(&line, arena);
	strbuf_printf(&line, "* %s %.*s", decimal_format(hit->hit->score, points),
	              STR_FMT(hit->hit->name));
	if (hit->hit->description.len > 0)
		strbuf_printf(&line, ": %.*s", STR_FMT(shown_text(arena, hit->hit->description)));
	if (hit->matched.len > 0)
		strbuf_printf(&line, ": \"%.*s\"", STR_FMT(hit->matched));
	size = add_line(arena, lines, strbuf_str(&line));
	if (hit->because.len > 0)
		size += add_line(arena, lines,
		                 arena_printf(arena, "because: %.*s", STR_FMT(hit->because)));
	return size;
}

void explanation_lines(struct arena *arena, const struct explanation *explanation, int32_t score,
                       int32_t required, struct str_list *lines)
{
	char points[DECIMAL_TEXT_SIZE], needed[DECIMAL_TEXT_SIZE];
	size_t size = 0, left_out = 0;

	add_line(arena, lines,
	         arena_printf(arena, "%s points; spam is what has more than %s.",
	                      decimal_format(score, points), decimal_format(required, needed)));
	for (size_t i = 0; i < explanation->hits.len; i++) {
		if (explanation_is_small(&explanation->hits.items[i]))
			continue;
		if (size > FIELD_BYTES)
			left_out++;
		else
			size += add_hit(arena, &explanation->hits.items[i], lines);
	}
	if (left_out > 0)
		add_line(arena, lines, arena_printf(arena, "* and %zu more.", left_out));
	if (explanation->small > 0)
		add_line(arena, lines,
		         arena_printf(arena, "* %s in small ones: %.*s",
		                      decimal_format(explanation->small_points, points),
		                      STR_FMT(str_prefix(explanation->small_names, 1000))));
	for (size_t i = 0; i < explanation->good.len; i++)
		add_line(arena, lines, explanation->good.items[i]);
	for (size_t i = 0; i < explanation->learned.len; i++)
		add_line(arena, lines, explanation->learned.items[i]);
}
