/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/config_block.h"

#include "base/strbuf.h"

static struct str opening(struct arena *arena, const char *owner)
{
	return arena_printf(arena, "# Written by `%s`; its `detach` removes it.", owner);
}

static struct str closing(struct arena *arena, const char *owner)
{
	return arena_printf(arena, "# End of what `%s` wrote.", owner);
}

static void add_block(struct strbuf *buf, const char *owner, struct str lines)
{
	if (lines.len == 0)
		return;
	if (buf->len > 0 && buf->data[buf->len - 1] != '\n')
		strbuf_add_char(buf, '\n');
	strbuf_printf(buf, "%.*s\n%.*s%.*s\n", STR_FMT(opening(buf->arena, owner)), STR_FMT(lines),
	              STR_FMT(closing(buf->arena, owner)));
}

/* Where the line of the first section begins. */
static size_t first_section(struct str text)
{
	struct str rest = text, line;

	while (str_next_line(&rest, &line)) {
		if (str_starts(str_trim_left(line), STR("[")))
			return (size_t)(line.data - text.data);
	}
	return text.len;
}

struct str config_block_add(struct arena *arena, struct str text, const char *owner,
                            struct str keys, struct str sections)
{
	size_t at = first_section(text);
	struct strbuf buf;

	strbuf_init(&buf, arena);
	strbuf_add(&buf, str_prefix(text, at));
	add_block(&buf, owner, keys);
	strbuf_add(&buf, str_from_offset(text, at));
	add_block(&buf, owner, sections);
	return strbuf_str(&buf);
}

struct str config_block_remove(struct arena *arena, struct str text, const char *owner)
{
	struct str rest = text, begin = opening(arena, owner), end = closing(arena, owner), line;
	struct strbuf buf;
	bool inside = false;

	strbuf_init(&buf, arena);
	while (rest.len > 0) {
		struct str before = rest;

		if (!str_next_line(&rest, &line))
			break;
		inside = inside || str_eq(line, begin);
		if (!inside)
			strbuf_add(&buf, str_prefix(before, before.len - rest.len));
		inside = inside && !str_eq(line, end);
	}
	return strbuf_str(&buf);
}
