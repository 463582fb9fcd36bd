/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/main_cf.h"

#include "base/strbuf.h"

/* The first line, with its end. */
static struct str first_line(struct str text)
{
	ptrdiff_t end = str_find_char(text, '\n');

	return end < 0 ? text : str_prefix(text, (size_t)end + 1);
}

static bool begins_entry(struct str line, struct str name)
{
	struct str rest;

	if (!str_starts(line, name))
		return false;
	rest = str_trim(str_from_offset(line, name.len));
	return rest.len > 0 && rest.data[0] == '=';
}

/* Comments and empty lines are no part of a value, and end none. */
static bool is_remark(struct str line)
{
	struct str words = str_trim(line);

	return words.len == 0 || words.data[0] == '#';
}

/* Of the entry that the text begins with: through the last line that continues it. */
static struct str first_entry(struct str text)
{
	struct str line = first_line(text), rest;
	size_t len = line.len;

	for (rest = str_from_offset(text, len); rest.len > 0;
	     rest = str_from_offset(rest, line.len)) {
		line = first_line(rest);
		if (is_remark(line))
			continue;
		if (!char_is_space(line.data[0]))
			break;
		len = (size_t)(line.data - text.data) + line.len;
	}
	return str_prefix(text, len);
}

/* What is left of an entry behind its line once postconf has written that. */
static struct str remarks_of(struct arena *arena, struct str entry)
{
	struct strbuf buf;
	struct str line;

	strbuf_init(&buf, arena);
	for (; entry.len > 0; entry = str_from_offset(entry, line.len)) {
		line = first_line(entry);
		if (is_remark(line))
			strbuf_add(&buf, line);
	}
	return strbuf_str(&buf);
}

struct str main_cf_entries(struct arena *arena, struct str text, struct str name)
{
	struct strbuf buf;
	struct str taken;

	strbuf_init(&buf, arena);
	for (; text.len > 0; text = str_from_offset(text, taken.len)) {
		taken = first_line(text);
		if (!begins_entry(taken, name))
			continue;
		taken = first_entry(text);
		strbuf_add(&buf, taken);
	}
	return strbuf_str(&buf);
}

struct str main_cf_put_back(struct arena *arena, struct str text, struct str name,
                            struct str written)
{
	struct strbuf buf;
	struct str line;

	strbuf_init(&buf, arena);
	for (; text.len > 0; text = str_from_offset(text, line.len)) {
		struct str entry = STR(""), remarks;

		line = first_line(text);
		if (begins_entry(line, name))
			entry = first_entry(written);
		written = str_from_offset(written, entry.len);
		remarks = remarks_of(arena, entry);
		if (entry.len > 0 && str_starts(str_from_offset(text, line.len), remarks)) {
			strbuf_add(&buf, entry);
			line = str_prefix(text, line.len + remarks.len);
		} else {
			strbuf_add(&buf, line);
		}
	}
	return strbuf_str(&buf);
}
