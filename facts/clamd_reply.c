/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/clamd_reply.h"

#define MD5_DIGITS 32

static bool is_printable(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < ' ' || text.data[i] > '~')
			return false;
	return true;
}

/* Without `suffix` at its end. */
static bool cut_end(struct str *text, struct str suffix)
{
	if (text->len < suffix.len ||
	    !str_eq(str_from_offset(*text, text->len - suffix.len), suffix))
		return false;
	text->len -= suffix.len;
	return true;
}

static bool is_hex(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!char_is_digit(text.data[i]) && (text.data[i] < 'a' || text.data[i] > 'f'))
			return false;
	return true;
}

/* With ExtendedDetectionInfo, "(MD5:SIZE)" of what it was found in follows the name. */
static struct str without_details(struct str name)
{
	ptrdiff_t open = str_rfind_char(name, '('), colon;
	struct str details;
	uint64_t size;

	if (open <= 0 || name.data[name.len - 1] != ')')
		return name;
	details = str_from_offset(str_prefix(name, name.len - 1), (size_t)open + 1);
	colon = str_find_char(details, ':');
	if (colon != MD5_DIGITS || !is_hex(str_prefix(details, MD5_DIGITS)) ||
	    !str_to_uint(str_from_offset(details, MD5_DIGITS + 1), INT64_MAX, &size))
		return name;
	return str_prefix(name, (size_t)open);
}

/* A word that can stand in a header field, a log line and a record. */
static struct str name_of(struct arena *arena, struct str text)
{
	struct str name = str_prefix(without_details(str_trim(text)), CLAMD_NAME_MAX);
	char *out = arena_alloc(arena, name.len + 1);

	for (size_t i = 0; i < name.len; i++) {
		bool ordinary = str_find_char(STR(" \",;=()<>\\%"), name.data[i]) < 0;

		out[i] = ordinary ? name.data[i] : '_';
	}
	return (struct str){ out, name.len };
}

static struct clamd_reply read_line(struct arena *arena, struct str line)
{
	static const struct clamd_reply nonsense = { .outcome = CLAMD_NONSENSE };
	bool of_stream = str_starts(line, STR("stream: "));
	struct str text = of_stream ? str_from_offset(line, sizeof("stream: ") - 1) : line;

	if (!is_printable(line))
		return nonsense;
	if (of_stream && str_eq(text, STR("OK")))
		return (struct clamd_reply){ .outcome = CLAMD_CLEAN };
	if (of_stream && cut_end(&text, STR(" FOUND"))) {
		text = name_of(arena, text);
		if (text.len == 0)
			return nonsense;
		return (struct clamd_reply){ CLAMD_FOUND, text };
	}
	if (cut_end(&text, STR(" ERROR")) && str_trim(text).len > 0)
		return (struct clamd_reply){ CLAMD_ERROR, arena_str(arena, str_trim(text)) };
	return nonsense;
}

struct clamd_reply clamd_reply_read(struct arena *arena, struct str bytes, bool ended)
{
	ptrdiff_t end = str_find_char(bytes, '\0');

	if (end < 0 && !ended && bytes.len < CLAMD_REPLY_MAX)
		return (struct clamd_reply){ .outcome = CLAMD_PARTIAL };
	/* What follows an answer was not asked for: the two sides have lost each other. */
	if (end < 0 || (size_t)end + 1 != bytes.len || bytes.len > CLAMD_REPLY_MAX)
		return (struct clamd_reply){ .outcome = CLAMD_NONSENSE };
	return read_line(arena, str_prefix(bytes, (size_t)end));
}
