/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/field_all.h"

#include <string.h>

#include "base/strbuf.h"

/* Bytes of decoded fields in "ALL", as SpamAssassin has it. */
#define MAX_ALL_BYTES 65536
/* Of the header as it stands in the message. */
#define MAX_RAW_BYTES (256 * 1024)

bool field_all_is_cut(const struct header_list *headers)
{
	size_t bytes = 0;

	for (size_t i = 0; i < headers->len; i++)
		bytes += headers->items[i].name.len + headers->items[i].decoded.len + 3;
	return bytes > MAX_ALL_BYTES;
}

/* Which fields are in "ALL": counted name by name, in the order in which the names appear; NULL
 * where all of them are. */
static const bool *field_kept_in_all(struct arena *arena, const struct header_list *headers)
{
	const struct header *first, *header;
	bool *kept;
	size_t bytes = 0;

	if (!field_all_is_cut(headers))
		return NULL;
	kept = arena_calloc(arena, headers->len, sizeof(*kept));
	vec_foreach (headers, first) {
		if (kept[first - headers->items])
			continue;
		for (header = first; header != NULL;
		     header = header_next(headers, first->name, header)) {
			bytes += header->name.len + header->decoded.len + 3;
			if (bytes > MAX_ALL_BYTES)
				return kept;
			kept[header - headers->items] = true;
		}
	}
	return kept;
}

static char *put(char *at, struct str text)
{
	if (text.len > 0)
		memcpy(at, text.data, text.len);
	return at + text.len;
}

/* "Name: value" of every field, also of those that SpamAssassin leaves out; one after another. */
static void decoded_lines(const struct facts *facts, struct arena *arena, struct str_list *values)
{
	const struct header_list *headers = &facts->message->headers;
	const struct header *header;
	size_t bytes = 0;
	char *at;

	vec_foreach (headers, header)
		bytes += header->name.len + header->decoded.len + 3;
	at = arena_alloc(arena, bytes);
	vec_foreach (headers, header) {
		char *start = at;

		at = put(at, header->name);
		at = put(at, STR(": "));
		at = put(at, header->decoded);
		*at++ = '\n';
		vec_push(arena, values, ((struct str){ start, (size_t)(at - start) }));
	}
}

static struct str without_returns(struct arena *arena, struct str text)
{
	struct strbuf out;
	struct str line;

	if (str_find_char(text, '\r') < 0)
		return text;
	strbuf_init(&out, arena);
	strbuf_reserve(&out, text.len);
	while (str_next_line(&text, &line)) {
		strbuf_add(&out, line);
		strbuf_add_char(&out, '\n');
	}
	return strbuf_str(&out);
}

static bool is_fold(struct str line)
{
	return line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
}

/*
 * The header as it stands in the message: each line with those that continue it, fields or not, as
 * slices one after another. Line ends are LF.
 */
static void raw_lines(const struct facts *facts, struct arena *arena, struct str_list *values)
{
	struct str text = str_prefix(facts->message->raw_headers, MAX_RAW_BYTES), line;

	if (text.len > 0 && text.data[text.len - 1] != '\n')
		text = arena_concat(arena, (struct str[]){ text, STR("\n") }, 2);
	text = without_returns(arena, text);
	while (str_next_line(&text, &line)) {
		const char *start = line.data;

		if (is_fold(line) && values->len == 0)
			continue;
		while (is_fold(text))
			str_next_line(&text, &line);
		line = (struct str){ start, (size_t)(line.data + line.len + 1 - start) };
		vec_push(arena, values, line);
	}
}

static void all_lines(const struct facts *facts, struct arena *arena, bool raw,
                      struct str_list *values)
{
	if (raw)
		raw_lines(facts, arena, values);
	else
		decoded_lines(facts, arena, values);
}

/* Of decoded fields, this many bytes are in "ALL"; those of one name are counted together. */
void field_all_values(const struct facts *facts, struct arena *arena, bool raw,
                      struct str_list *values)
{
	const struct header_list *headers = &facts->message->headers;
	struct str_list lines = { 0 };
	const bool *kept;

	all_lines(facts, arena, raw, &lines);
	kept = raw ? NULL : field_kept_in_all(arena, headers);
	for (size_t i = 0; i < lines.len; i++)
		if (kept == NULL || kept[i])
			vec_push(arena, values, lines.items[i]);
}

void field_all_part(const struct facts *facts, struct arena *arena, bool raw, size_t fields,
                    bool above, struct str_list *values)
{
	struct str_list all = { 0 };
	size_t received = 0;

	all_lines(facts, arena, raw, &all);
	for (size_t i = 0; i < all.len; i++) {
		bool is_received = str_starts_ci(all.items[i], STR("Received:"));

		received += is_received;
		if ((received <= fields) == above ||
		    (above && is_received && received == fields + 1))
			vec_push(arena, values, all.items[i]);
	}
}
