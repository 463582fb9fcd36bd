/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html.h"
#include "message/html_private.h"
#include "message/space.h"

#define MAX_COMMENTS 10000

/* The first of a character at or after `at`, or `end`. */
static const char *find(const char *at, const char *end, char c)
{
	const char *found = memchr(at, c, (size_t)(end - at));

	return found != NULL ? found : end;
}

/* What readers put in place of the text at `at`; *len_r is how much of it. */
static const char *replacement(const char *at, const char *end, size_t *len_r)
{
	if (end - at >= 6 && memcmp(at, "&nbsp;", 6) == 0) {
		*len_r = 6;
		return " ";
	}
	if (end - at >= 3 &&
	    (memcmp(at, "\xE2\x80\x9C", 3) == 0 || memcmp(at, "\xE2\x80\x9D", 3) == 0)) {
		*len_r = 3;
		return "\"";
	}
	return NULL;
}

/*
 * What readers do before all else: typographic quotes are plain quotes, around attributes, too, and
 * in 4.0.1 no-break spaces are spaces.
 */
static struct str replace_all(struct arena *arena, struct str html, enum reading_version reading)
{
	const char *start = html.data, *end = start + html.len, *by, *at;
	const char *and = reading == READING_4_0_1 ? find(start, end, '&') : end;
	const char *high = find(start, end, '\xE2');
	struct strbuf out;
	size_t len;

	strbuf_init(&out, arena);
	while ((at = and < high ? and : high) < end) {
		by = replacement(at, end, &len);
		if (by != NULL) {
			if (out.cap == 0)
				strbuf_reserve(&out, html.len);
			strbuf_add(&out, (struct str){ start, (size_t)(at - start) });
			strbuf_add_char(&out, *by);
			start = at + len;
		}
		if (at == and)
			and = find(at + 1, end, '&');
		else
			high = find(at + 1, end, '\xE2');
	}
	if (out.cap == 0)
		return html;
	strbuf_add(&out, (struct str){ start, (size_t)(end - start) });
	return strbuf_str(&out);
}

/* Bytes that don't continue a UTF-8 character, counted in words of eight. */
static size_t count_chars(struct str text)
{
	const uint64_t ones = 0x0101010101010101;
	size_t continued = 0, i = 0;
	uint64_t word;

	for (; text.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, text.data + i, sizeof(word));
		word = (word >> 7) & (~word >> 6) & ones;
		continued += (word * ones) >> 56;
	}
	for (; i < text.len; i++)
		continued += ((unsigned char)text.data[i] & 0xC0) == 0x80;
	return text.len - continued;
}

/* White space in ASCII, and bytes with which other white space may begin. */
#define SPACE      1
#define MAYBE_WIDE 2
static const unsigned char space_kinds[256] = {
	['\t'] = SPACE,      ['\n'] = SPACE,      ['\v'] = SPACE,      ['\f'] = SPACE,
	['\r'] = SPACE,      [' '] = SPACE,       [0xC2] = MAYBE_WIDE, [0xE1] = MAYBE_WIDE,
	[0xE2] = MAYBE_WIDE, [0xE3] = MAYBE_WIDE,
};

static size_t count_spaces(struct str text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char kind = space_kinds[(unsigned char)text.data[i]];

		if (kind != 0)
			count += kind == SPACE || space_len(str_from_offset(text, i)) > 0;
	}
	return count;
}

static void init(struct html_renderer *r, struct arena *arena, size_t source_len, size_t max_bytes,
                 enum reading_version reading)
{
	memset(r, 0, sizeof(*r));
	r->arena = arena;
	r->reading = reading;
	r->facts = arena_new_object(arena, struct html_facts);
	r->max_bytes = max_bytes;
	strbuf_init(&r->text, arena);
	strbuf_reserve(&r->text, source_len / 2 < max_bytes ? source_len / 2 : max_bytes);
	strbuf_init(&r->scratch, arena);
	strbuf_init(&r->title.text, arena);
	if (reading == READING_4_0_3)
		html_css_init(&r->css, arena);
	else
		html_styles_init(&r->styles, arena);
	r->known = arena_calloc(arena, html_element_count, sizeof(*r->known));
	r->unknown = map_new(arena, MAP_IGNORE_CASE);
	r->a = html_element_named(STR("a"));
	r->script = html_element_named(STR("script"));
	r->style = html_element_named(STR("style"));
	r->title_element = html_element_named(STR("title"));
}

static void add_comment(struct html_renderer *r, const struct html_token *token)
{
	r->facts->comment_bytes += token->text.len;
	if (r->facts->comments.len < MAX_COMMENTS)
		vec_push(r->arena, &r->facts->comments, token->text);
}

static void add_declaration(struct html_renderer *r, const struct html_token *token)
{
	r->facts->tag_bytes += token->text.len;
	if (str_starts_ci(token->text, STR("<!doctype")))
		html_add_doctype(r);
}

static void add_token(struct html_renderer *r, const struct html_token *token)
{
	switch (token->type) {
	case HTML_TOKEN_TEXT:
		html_add_text(r, token);
		break;
	case HTML_TOKEN_START:
	case HTML_TOKEN_END:
		html_add_tag(r, token);
		break;
	case HTML_TOKEN_COMMENT:
		add_comment(r, token);
		break;
	case HTML_TOKEN_DECLARATION:
		add_declaration(r, token);
		break;
	}
}

static bool any_unclosed(const struct html_facts *facts)
{
	const struct html_element_count *count;
	const struct html_element *element;

	vec_foreach (&facts->elements, count) {
		element = count->unclosed > 0 ? html_element_named(count->name) : NULL;
		if (element != NULL && element->needs_end)
			return true;
	}
	return false;
}

static struct str without_invisible(struct html_renderer *r)
{
	const struct html_span *span;
	struct strbuf out;
	size_t at = 0;

	strbuf_init(&out, r->arena);
	strbuf_reserve(&out, r->text.len);
	vec_foreach (&r->invisible, span) {
		strbuf_add(&out, (struct str){ r->text.data + at, span->start - at });
		at = span->end;
	}
	strbuf_add(&out, str_from_offset(strbuf_str(&r->text), at));
	return strbuf_str(&out);
}

/* The rendered text; sets what of it can be seen. */
static struct str finish_text(struct html_renderer *r)
{
	bool marked = r->reading == READING_4_0_3;
	struct str text = strbuf_str(&r->text), visible;

	if (marked)
		text = html_lines(r->arena, text);
	r->facts->visible = text;
	if (r->invisible.len > 0) {
		visible = without_invisible(r);
		r->facts->visible = marked ? html_lines(r->arena, visible) : visible;
	}
	return text;
}

static void finish_styles(struct html_renderer *r)
{
	if (r->reading == READING_4_0_3) {
		r->facts->min_font_size = r->css.min_size;
		r->facts->max_font_size = r->css.max_size;
		r->facts->has_invalid_color = r->css.invalid_color;
	} else {
		r->facts->min_font_size = r->styles.min_size;
		r->facts->max_font_size = r->styles.max_size;
	}
}

/* Returns the rendered text. */
static struct str finish(struct html_renderer *r, struct str source)
{
	struct html_facts *facts = r->facts;
	struct str text = finish_text(r);

	html_finish_anchors(r);
	html_finish_title(r);
	if (facts->titles.len > 0)
		facts->title = facts->titles.items[0];
	facts->source_chars = count_chars(source);
	facts->rendered_chars = count_chars(text);
	facts->nonspace_chars = facts->rendered_chars - count_spaces(text);
	facts->is_latin1 = facts->source_chars == source.len && r->greatest_char <= 0xFF;
	finish_styles(r);
	facts->has_unclosed = any_unclosed(facts);
	return text;
}

const struct html_facts *html_render(struct arena *arena, struct str html, size_t max_bytes,
                                     enum reading_version reading, struct str *rendered_r)
{
	struct html_renderer r;
	struct html_token token;

	init(&r, arena, html.len, max_bytes, reading);
	html_tokenizer_init(&r.tag, arena, replace_all(arena, html, reading));
	while (html_next_token(&r.tag, &token))
		add_token(&r, &token);
	*rendered_r = finish(&r, html);
	return r.facts;
}

const struct html_element_count *html_find_element(const struct html_facts *facts, struct str name)
{
	const struct html_element_count *count;

	vec_foreach (&facts->elements, count)
		if (str_eq(count->name, name))
			return count;
	return NULL;
}
