/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/capture.h"

#include "base/strbuf.h"
#include "rules/match/field.h"
#include "rules/match/message_tag.h"
#include "rules/regex/pattern_source.h"

/* Bytes of one capture, and of what all captures of a name make, that are taken into patterns. */
#define MAX_CAPTURE      1024
#define MAX_ALTERNATIVES 8192

/* The next "%{NAME}" or "%{NAME(ARGUMENT)}" from an offset on: its length, 0 for none, and where it
 * starts. */
static size_t find_reference(struct str pattern, size_t from, size_t *start_r)
{
	for (size_t i = from; i + 3 < pattern.len; i++) {
		size_t end = i + 2;

		if (pattern.data[i] != '%' || pattern.data[i + 1] != '{' ||
		    (i > 0 && pattern.data[i - 1] == '\\'))
			continue;
		while (end < pattern.len &&
		       ((pattern.data[end] >= 'A' && pattern.data[end] <= 'Z') ||
		        char_is_digit(pattern.data[end]) || pattern.data[end] == '_'))
			end++;
		if (end > i + 2 && end < pattern.len && pattern.data[end] == '(') {
			while (end < pattern.len && pattern.data[end] != ')' &&
			       pattern.data[end] != '}')
				end++;
			end += end < pattern.len && pattern.data[end] == ')';
		}
		if (end > i + 2 && end < pattern.len && pattern.data[end] == '}') {
			*start_r = i;
			return end + 1 - i;
		}
	}
	return 0;
}

bool capture_wanted(struct str pattern)
{
	size_t start;

	return find_reference(pattern, 0, &start) > 0;
}

static void add_quoted(struct strbuf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!char_is_alnum(text.data[i]) && text.data[i] != '_' &&
		    (unsigned char)text.data[i] < 0x80 && text.data[i] != '\0')
			strbuf_add_char(out, '\\');
		strbuf_add_char(out, text.data[i]);
	}
}

static void keep(struct str name, struct str group, void *context)
{
	struct match *match = context;
	struct strbuf *alternatives;

	if (group.len == 0 || group.len > MAX_CAPTURE)
		return;
	message_tag_set(&match->hits->tags, match->arena, name, group);
	if (match->captures == NULL)
		match->captures = map_new(match->arena, MAP_EXACT);
	alternatives = map_get(match->captures, name);
	if (alternatives == NULL) {
		alternatives = arena_new_object(match->arena, struct strbuf);
		strbuf_init(alternatives, match->arena);
		map_set(match->captures, name, alternatives);
	}
	if (alternatives->len > MAX_ALTERNATIVES)
		return;
	if (alternatives->len > 0)
		strbuf_add_char(alternatives, '|');
	add_quoted(alternatives, group);
}

void capture_keep(struct match *match, struct str text)
{
	pattern_each_name(match->rule->pattern, match->scanner->matcher, text, keep, match);
}

/* "HEADER(From:addr)": of addresses and hosts the first. */
static struct str header_value(struct match *match, struct str request)
{
	struct str text = field_text(match, arena_cstr(match->arena, request));
	ptrdiff_t end = str_find_char(text, '\n');

	if (end >= 0 && (str_eq(request, STR("EnvelopeFrom")) || field_is_part(request)))
		return str_prefix(text, (size_t)end);
	return text;
}

/* What stands for a reference in a pattern; false where there is nothing, for which 4.0.3 puts what
 * never matches. */
static bool add_reference(struct match *match, struct str name, struct strbuf *out)
{
	static const struct str header = STR_INIT("HEADER(");
	const struct strbuf *captured = NULL;
	struct str text = STR("");

	if (str_starts(name, header)) {
		name = str_from_offset(name, header.len);
		text = header_value(match, str_prefix(name, name.len - 1));
	} else if (match->captures != NULL) {
		captured = map_get(match->captures, name);
	}
	if (captured == NULL && (text.len == 0 || text.len > MAX_CAPTURE)) {
		strbuf_add(out, STR("(?!)"));
		return match->facts->message->reading == READING_4_0_3;
	}
	strbuf_add(out, STR("(?:"));
	if (captured != NULL)
		strbuf_add(out, strbuf_str(captured));
	else
		add_quoted(out, text);
	strbuf_add_char(out, ')');
	return true;
}

/* The body with its references replaced by what was captured; false if some capture is missing. */
static bool substitute(struct match *match, struct str body, struct strbuf *out)
{
	size_t from = 0, start, len;

	while ((len = find_reference(body, from, &start)) > 0) {
		strbuf_add(out, (struct str){ body.data + from, start - from });
		if (!add_reference(match, (struct str){ body.data + start + 2, len - 3 }, out))
			return false;
		from = start + len;
	}
	strbuf_add(out, str_from_offset(body, from));
	return true;
}

const struct pattern *capture_pattern(struct match *match)
{
	struct pattern_source split;
	struct error error;
	struct strbuf out;
	size_t offset;

	if (!pattern_source_split(match->rule->pattern_text, &split, &offset, &error))
		return NULL;
	strbuf_init(&out, match->arena);
	if (!substitute(match, split.body, &out))
		return NULL;
	split.body = strbuf_str(&out);
	return pattern_compile_once(match->arena, &split, &offset, &error);
}

/* Replaces references by "(?<t0>(?s:.*))" and so on; returns how many there are. */
static size_t put_anything(struct strbuf *out, struct str body)
{
	size_t count = 0, from = 0, start, len;

	while ((len = find_reference(body, from, &start)) > 0) {
		strbuf_add(out, (struct str){ body.data + from, start - from });
		strbuf_printf(out, "(?<t%zu>(?s:.*))", count++);
		from = start + len;
	}
	strbuf_add(out, str_from_offset(body, from));
	return count;
}

const struct pattern *capture_template(struct arena *arena, const struct rule *rule)
{
	const struct pattern *template;
	struct pattern_source split;
	struct error error;
	struct strbuf out;
	size_t offset, count;

	if (!pattern_source_split(rule->pattern_text, &split, &offset, &error))
		return NULL;
	strbuf_init(&out, arena);
	count = put_anything(&out, split.body);
	split.body = strbuf_str(&out);
	template = pattern_compile_once(arena, &split, &offset, &error);
	/* In a class, or quoted, a reference is no group, and what is captured not what it stands
	 * for. */
	if (template == NULL ||
	    pattern_name_count(template) != pattern_name_count(rule->pattern) + count)
		return NULL;
	return template;
}
