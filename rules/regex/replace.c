/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/regex/replace.h"

#include "base/strbuf.h"
#include "base/vec.h"
#include "rules/regex/pattern_source.h"

/* Replacements may hold tags, which are replaced in the next pass. */
#define MAX_PASSES 6
/* Bytes at which a pattern that grows with each pass is left as it is. */
#define MAX_EXPANDED (1u << 20)
/* A shorter replacement is not worth a call. */
#define MIN_CALLED 12

struct expansion {
	struct arena *arena;
	const struct map *tags;
	bool as_calls;
	unsigned depth;
	struct map *called;        /* struct called, by the tag's name */
	struct strbuf definitions; /* the groups that are called */
	size_t groups;             /* how many they are */
};

static struct str expand_all(struct expansion *x, struct str pattern);

struct str replace_key(struct arena *arena, struct str statement, struct str name)
{
	return arena_concat(arena, (const struct str[]){ statement, STR(" "), name }, 3);
}

static const struct str *find(struct arena *arena, const struct map *tags, const char *statement,
                              struct str name)
{
	return map_get(tags, replace_key(arena, str_from(statement), name));
}

/* Cuts `open`, which is "<WORD ", with a name and ">" out of the pattern; false where there is
 * none. */
static bool take_order(struct arena *arena, struct str *pattern, struct str open,
                       struct str *name_r)
{
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
                                 struct str open, const char *statement)
{
	struct str name;

	return take_order(arena, pattern, open, &name) ? find(arena, tags, statement, name) : NULL;
}

static void add(struct strbuf *out, const struct str *text)
{
	if (text != NULL)
		strbuf_add(out, *text);
}

/* What a replacement is, as a piece of a pattern. */
enum shape {
	SHAPE_ATOM,     /* one class or group: a quantifier after it takes all of it */
	SHAPE_SEQUENCE, /* pieces one after another */
	SHAPE_OPEN,     /* alternatives without parentheses, or unbalanced */
};

static enum shape shape_of(struct str text)
{
	size_t open = 0, pieces = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '\\') {
			i++;
		} else if (c == '[') {
			i += pattern_class_length(text, i) - 1;
		} else if (c == '(') {
			open++;
			continue;
		} else if (c == ')') {
			if (open-- == 0)
				return SHAPE_OPEN;
		} else if (c == '|' && open == 0) {
			return SHAPE_OPEN;
		}
		pieces += open == 0;
	}
	if (open > 0)
		return SHAPE_OPEN;
	return pieces == 1 ? SHAPE_ATOM : SHAPE_SEQUENCE;
}

static bool is_quantifier(char c)
{
	return c == '?' || c == '*' || c == '+' || c == '{';
}

/* What is known of a tag that a call may stand for. */
struct called {
	enum shape shape;
	struct str call; /* "(?&t3)"; empty while its group isn't written */
};

static struct called *called_of(struct expansion *x, struct str name, struct str replacement)
{
	struct called *called = map_get(x->called, name);

	if (called == NULL) {
		called = arena_new_object(x->arena, struct called);
		called->shape = shape_of(replacement);
		map_set(x->called, name, called);
	}
	return called;
}

/* False where tags hold one another too deep. */
static bool write_group(struct expansion *x, struct str replacement, struct called *called)
{
	struct str body;

	if (x->depth >= MAX_PASSES)
		return false;
	x->depth++;
	body = expand_all(x, replacement);
	x->depth--;
	called->call = arena_printf(x->arena, "(?&t%zu)", x->groups);
	strbuf_printf(&x->definitions, "(?<t%zu>%.*s)", x->groups, STR_FMT(body));
	x->groups++;
	return true;
}

/* The call of what a tag stands for; false where none can. `quantified`: a quantifier follows. */
static bool call_of(struct expansion *x, struct str name, struct str replacement, bool quantified,
                    struct str *call_r)
{
	struct called *called;

	if (!x->as_calls || replacement.len < MIN_CALLED)
		return false;
	called = called_of(x, name, replacement);
	if (called->shape == SHAPE_OPEN || (called->shape == SHAPE_SEQUENCE && quantified))
		return false;
	if (called->call.len == 0 && !write_group(x, replacement, called))
		return false;
	*call_r = called->call;
	return true;
}

/* One tag with what stands around it; says whether the replacement holds tags. */
static bool put_tag(struct expansion *x, struct strbuf *out, struct str tag, char next,
                    const struct surroundings *around)
{
	struct str name = { tag.data + 1, tag.len - 2 }, call;
	const struct str *replacement = find(x->arena, x->tags, "replace_tag", name);
	bool quantified = around->post != NULL || is_quantifier(next);
	bool called = replacement != NULL && call_of(x, name, *replacement, quantified, &call);
	size_t start, len;

	add(out, around->pre);
	strbuf_add(out, called ? call : replacement != NULL ? *replacement : tag);
	add(out, around->post);
	return !called && replacement != NULL && next_tag(*replacement, &start, &len);
}

static struct str expand_once(struct expansion *x, struct str pattern, bool *again_r)
{
	struct surroundings around;
	struct strbuf out;
	size_t start, len;
	char next;

	*again_r = false;
	around.pre = ordered(x->arena, x->tags, &pattern, STR("<pre "), "replace_pre");
	around.post = ordered(x->arena, x->tags, &pattern, STR("<post "), "replace_post");
	around.inter = ordered(x->arena, x->tags, &pattern, STR("<inter "), "replace_inter");
	strbuf_init(&out, x->arena);
	while (next_tag(pattern, &start, &len)) {
		/* Nothing before a tag: it follows another, or is the first of the pattern. */
		if (start == 0)
			add(&out, around.inter);
		strbuf_add(&out, str_prefix(pattern, start));
		next = start + len < pattern.len ? pattern.data[start + len] : '\0';
		if (put_tag(x, &out, (struct str){ pattern.data + start, len }, next, &around))
			*again_r = true;
		pattern = str_from_offset(pattern, start + len);
	}
	strbuf_add(&out, pattern);
	return strbuf_str(&out);
}

static struct str expand_all(struct expansion *x, struct str pattern)
{
	bool again = true;

	for (int pass = 0; again && pass < MAX_PASSES; pass++) {
		struct str expanded = expand_once(x, pattern, &again);

		if (expanded.len > MAX_EXPANDED)
			break;
		pattern = expanded;
	}
	return pattern;
}

struct str replace_expand(struct arena *arena, const struct map *tags, struct str pattern,
                          bool as_calls)
{
	struct arena *work = arena_new();
	struct expansion x = { .arena = work, .tags = tags, .as_calls = as_calls };

	x.called = map_new(work, MAP_EXACT);
	strbuf_init(&x.definitions, work);
	pattern = expand_all(&x, pattern);
	if (x.definitions.len == 0)
		pattern = arena_str(arena, pattern);
	else
		pattern = arena_printf(arena, "%.*s(?(DEFINE)%.*s)", STR_FMT(pattern),
		                       STR_FMT(strbuf_str(&x.definitions)));
	arena_free(work);
	return pattern;
}
