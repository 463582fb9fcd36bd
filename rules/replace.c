/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/replace.h"

#include "base/strbuf.h"
#include "base/vec.h"

/* Replacements may hold tags, which are replaced in the next pass. */
#define MAX_PASSES 6
/* Bytes at which a pattern that grows with each pass is left as it is. */
#define MAX_EXPANDED 65536

struct str replace_key(struct arena *arena, struct str statement, struct str name)
{
	return arena_printf(arena, "%.*s %.*s", STR_FMT(statement), STR_FMT(name));
}

static const struct str *find(struct arena *arena, const struct map *tags, const char *statement,
			      struct str name)
{
	return map_get(tags, replace_key(arena, str_from(statement), name));
}

/* Cuts "<WORD NAME>" out of the pattern; false where there is none. */
static bool take_order(struct arena *arena, struct str *pattern, const char *word,
		       struct str *name_r)
{
	struct str open = arena_printf(arena, "<%s ", word);
	ptrdiff_t at = str_find(*pattern, open), close;
	struct str rest;

	if (at < 0)
		return false;
	rest = str_from_offset(*pattern, (size_t)at + open.len);
	close = str_find_char(rest, '>');
	if (close < 1)
		return false;
	*name_r = str_prefix(rest, (size_t)close);
	*pattern = arena_printf(arena, "%.*s%.*s", (int)at, pattern->data,
				STR_FMT(str_from_offset(rest, (size_t)close + 1)));
	return true;
}

/* Where the next "<…>" without < and > inside begins, and its length; false where there is none. */
static bool next_tag(struct str text, size_t *start_r, size_t *len_r)
{
	size_t open = SIZE_MAX;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '<') {
			open = i;
		} else if (text.data[i] == '>' && open != SIZE_MAX) {
			if (i - open > 1) {
				*start_r = open;
				*len_r = i - open + 1;
				return true;
			}
			open = SIZE_MAX;
		}
	}
	return false;
}

/* What stands around tags in one pass; NULL: nothing. */
struct surroundings {
	const struct str *pre, *inter, *post;
};

static const struct str *ordered(struct arena *arena, const struct map *tags, struct str *pattern,
				 const char *word, const char *statement)
{
	struct str name;

	return take_order(arena, pattern, word, &name) ? find(arena, tags, statement, name) : NULL;
}

static void add(struct strbuf *out, const struct str *text)
{
	if (text != NULL)
		strbuf_add(out, *text);
}

/* One tag with what stands around it; says whether the replacement holds tags. */
static bool put_tag(struct arena *arena, const struct map *tags, struct strbuf *out, struct str tag,
		    const struct surroundings *around)
{
	struct str name = { tag.data + 1, tag.len - 2 };
	const struct str *replacement = find(arena, tags, "replace_tag", name);
	size_t start, len;

	add(out, around->pre);
	strbuf_add(out, replacement != NULL ? *replacement : tag);
	add(out, around->post);
	return replacement != NULL && next_tag(*replacement, &start, &len);
}

static struct str expand_once(struct arena *arena, const struct map *tags, struct str pattern,
			      bool *again_r)
{
	struct surroundings around;
	struct strbuf out;
	size_t start, len;

	*again_r = false;
	around.pre = ordered(arena, tags, &pattern, "pre", "replace_pre");
	around.post = ordered(arena, tags, &pattern, "post", "replace_post");
	around.inter = ordered(arena, tags, &pattern, "inter", "replace_inter");
	strbuf_init(&out, arena);
	while (next_tag(pattern, &start, &len)) {
		/* Nothing before a tag: it follows another, or is the first of the pattern. */
		if (start == 0)
			add(&out, around.inter);
		strbuf_add(&out, str_prefix(pattern, start));
		if (put_tag(arena, tags, &out, (struct str){ pattern.data + start, len }, &around))
			*again_r = true;
		pattern = str_from_offset(pattern, start + len);
	}
	strbuf_add(&out, pattern);
	return strbuf_str(&out);
}

struct str replace_expand(struct arena *arena, const struct map *tags, struct str pattern)
{
	bool again = true;

	for (int pass = 0; again && pass < MAX_PASSES; pass++) {
		struct str expanded = expand_once(arena, tags, pattern, &again);

		if (expanded.len > MAX_EXPANDED)
			break;
		pattern = expanded;
	}
	return pattern;
}
