/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scoring/matched_text.h"

#include "base/grapheme.h"
#include "base/shown.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "message/encoded_word.h"
#include "message/html_entity.h"

/* So many letters without a space are no word. */
#define WORD_MAX 60

/* "rdns=h.example " of a relay's text. */
static struct str relay_value(struct str text, struct str key)
{
	ptrdiff_t at = str_find(text, key), space;
	struct str value;

	if (at < 0)
		return STR("");
	value = str_from_offset(text, (size_t)at + key.len);
	space = str_find_char(value, ' ');
	return space < 0 ? STR("") : str_prefix(value, (size_t)space);
}

static struct str relay_text(struct arena *arena, struct str text)
{
	struct str ip = relay_value(text, STR(" ip=")), name = relay_value(text, STR(" rdns=")),
		   helo = relay_value(text, STR(" helo="));
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_printf(&buf, "%.*s%s%.*s%s", STR_FMT(name), name.len > 0 ? " [" : "[", STR_FMT(ip),
	              "]");
	if (helo.len > 0 && !str_eq_ci(helo, name))
		strbuf_printf(&buf, ", which called itself %.*s", STR_FMT(helo));
	return ip.len > 0 ? strbuf_str(&buf) : STR("");
}

/* Of a Received field, or of the whole header with one in it. */
static bool is_trace(struct str text)
{
	return str_find_ci(text, STR("received:")) >= 0 ||
	       (str_starts_ci(text, STR("from ")) && str_find_ci(text, STR(" by ")) > 0 &&
	        str_find_char(text, '[') > 0);
}

/* The address in the first href= or src=. */
static struct str link_in(struct str text)
{
	ptrdiff_t at = str_find_ci(text, STR("href="));
	size_t end = 0;
	char quote;

	if (at < 0)
		at = str_find_ci(text, STR("src="));
	if (at < 0)
		return STR("");
	text = str_from_offset(
		text, (size_t)(at + str_find_char(str_from_offset(text, (size_t)at), '=') + 1));
	quote = text.len > 0 ? text.data[0] : '\0';
	if (quote == '"' || quote == '\'')
		text = str_from_offset(text, 1);
	else
		quote = ' ';
	while (end < text.len && text.data[end] != '>' && text.data[end] != quote &&
	       !char_is_space(text.data[end]))
		end++;
	return str_prefix(text, end);
}

static bool begins_tag(struct str text)
{
	return text.len > 1 && text.data[0] == '<' &&
	       (char_is_alpha(text.data[1]) || text.data[1] == '/' || text.data[1] == '!');
}

static struct str without_markup(struct arena *arena, struct str text)
{
	struct strbuf plain, decoded;
	struct str link = link_in(text);
	bool inside = false;

	strbuf_init(&plain, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (!inside && begins_tag(str_from_offset(text, i))) {
			inside = true;
			strbuf_add_char(&plain, ' ');
		} else if (!inside) {
			strbuf_add_char(&plain, text.data[i]);
		} else if (text.data[i] == '>') {
			inside = false;
		}
	}
	/* A match may begin within a tag. */
	if (link.len > 0 && (str_trim(strbuf_str(&plain)).len == 0 ||
	                     str_starts_ci(text, STR("href=")) || str_starts_ci(text, STR("src="))))
		return link;
	strbuf_init(&decoded, arena);
	html_decode_entities(&decoded, strbuf_str(&plain), false);
	return strbuf_str(&decoded);
}

/* Base64 or the like; codes in links are shown. */
static bool is_unreadable(struct str text)
{
	size_t run = 0;

	for (size_t i = 0; i < text.len && run < WORD_MAX; i++)
		run = char_is_alnum(text.data[i]) || str_find_char(STR("+/="), text.data[i]) >= 0
		              ? run + 1
		              : 0;
	return run == WORD_MAX && str_find(text, STR("://")) < 0;
}

/* Nobody sees these. */
static bool is_invisible(uint32_t c)
{
	return c == 0xad || c == 0x34f || c == 0x180e || c == 0x200b || c == 0x200c ||
	       c == 0x200d || c == 0x2060 || c == 0xfeff || c == 0xfffd;
}

static bool is_blank(uint32_t c)
{
	return c <= ' ' || c == 0x7f || c == 0xa0 || (c >= 0x80 && c < 0xa0) ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x3000;
}

/* Takes what a reader sees as one character; one blank for any white space. */
static void add_shown(struct strbuf *buf, struct str character)
{
	uint32_t c = grapheme_code_point(character);

	if (is_blank(c)) {
		if (buf->len > 0 && buf->data[buf->len - 1] != ' ')
			strbuf_add_char(buf, ' ');
	} else if (!is_invisible(c) && shown_char_len(character) > 0) {
		strbuf_add(buf, character);
	}
}

static struct str on_a_line(struct arena *arena, struct str text)
{
	struct strbuf buf;
	size_t count = 0, len, before;

	strbuf_init(&buf, arena);
	while ((len = grapheme_len(text)) > 0) {
		before = buf.len;
		add_shown(&buf, str_prefix(text, len));
		count += buf.len > before;
		if (count > MATCHED_TEXT_MAX) {
			buf.len = before;
			return arena_printf(arena, "%.*s…",
			                    STR_FMT(str_trim_right(strbuf_str(&buf))));
		}
		text = str_from_offset(text, len);
	}
	return str_trim(strbuf_str(&buf));
}

struct str matched_text(struct arena *arena, struct str matched)
{
	struct str text = utf8_repair(arena, matched);

	if (str_starts(text, STR("[ ip=")))
		text = relay_text(arena, text);
	if (is_trace(text) || is_unreadable(text))
		return STR("");
	if (str_find(text, STR("=?")) >= 0)
		text = utf8_repair(arena, encoded_word_decode(arena, text));
	return on_a_line(arena, without_markup(arena, text));
}
