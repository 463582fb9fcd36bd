/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/shown.h"

#include "base/strbuf.h"
#include "base/utf8.h"

/* The code point of a valid character of at most three bytes; 0 of a longer one, as all is fine. */
static unsigned code_point(struct str s, size_t len)
{
	const unsigned char *byte = (const unsigned char *)s.data;

	if (len == 1)
		return byte[0];
	if (len == 2)
		return (byte[0] & 0x1fU) << 6 | (byte[1] & 0x3fU);
	if (len == 3)
		return (byte[0] & 0x0fU) << 12 | (byte[1] & 0x3fU) << 6 | (byte[2] & 0x3fU);
	return 0x10000;
}

static bool may_show(unsigned c)
{
	if (c < ' ' || (c >= 0x7f && c <= 0x9f))
		return false;
	return c != 0x061c && c != 0x200e && c != 0x200f && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2066 || c > 0x2069);
}

size_t shown_char_len(struct str s)
{
	size_t len = utf8_char_len(s);

	return len > 0 && may_show(code_point(s, len)) ? len : 0;
}

/* Length of the text at the start that may be shown. */
static size_t shown_prefix(struct str s)
{
	size_t len = 0, step;

	do {
		while (len < s.len && s.data[len] >= ' ' && s.data[len] < 0x7f)
			len++;
		step = shown_char_len(str_from_offset(s, len));
		len += step;
	} while (step > 0);
	return len;
}

struct str shown_text(struct arena *arena, struct str text)
{
	size_t fine = shown_prefix(text), hidden;
	struct strbuf buf;

	if (fine == text.len)
		return text;
	strbuf_init(&buf, arena);
	for (; fine < text.len; fine = shown_prefix(text)) {
		strbuf_add(&buf, str_prefix(text, fine));
		text = str_from_offset(text, fine);
		hidden = utf8_char_len(text);
		strbuf_add(&buf, hidden > 0 ? STR("?") : STR("\xef\xbf\xbd"));
		text = str_from_offset(text, hidden > 0 ? hidden : 1);
	}
	strbuf_add(&buf, text);
	return strbuf_str(&buf);
}

/* The character, or byte, at the start; its bytes. */
static size_t add_escaped(struct strbuf *buf, struct str text)
{
	size_t len = utf8_char_len(text);

	if (text.data[0] == '\n')
		strbuf_add_char(buf, '\n');
	else if (text.data[0] == '\r' || text.data[0] == '\t')
		strbuf_add(buf, text.data[0] == '\r' ? STR("\\r") : STR("\\t"));
	else if (text.data[0] == '\\')
		strbuf_add(buf, STR("\\\\"));
	else if (len > 1)
		strbuf_printf(buf, "\\x{%x}", code_point(text, len));
	else
		strbuf_printf(buf, "\\x%02x", (unsigned char)text.data[0]);
	return len > 0 ? len : 1;
}

struct str shown_escaped(struct arena *arena, struct str text)
{
	struct strbuf buf;

	strbuf_init(&buf, arena);
	while (text.len > 0) {
		size_t fine = text.data[0] == '\\' ? 0 : shown_char_len(text);

		if (fine > 0)
			strbuf_add(&buf, str_prefix(text, fine));
		else
			fine = add_escaped(&buf, text);
		text = str_from_offset(text, fine);
	}
	return strbuf_str(&buf);
}

struct str shown_json(struct arena *arena, struct str json)
{
	size_t fine = shown_prefix(json), hidden;
	struct strbuf buf;

	if (fine == json.len)
		return json;
	strbuf_init(&buf, arena);
	for (; fine < json.len; fine = shown_prefix(json)) {
		strbuf_add(&buf, str_prefix(json, fine));
		json = str_from_offset(json, fine);
		hidden = utf8_char_len(json);
		if (json.data[0] == '\n')
			strbuf_add_char(&buf, '\n');
		else if (hidden > 0)
			strbuf_printf(&buf, "\\u%04x", code_point(json, hidden));
		json = str_from_offset(json, hidden > 0 ? hidden : 1);
	}
	strbuf_add(&buf, json);
	return strbuf_str(&buf);
}
