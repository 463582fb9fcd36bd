/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/html_tokenizer.h"

/* A start tag may carry more attributes than this; the rest are read and forgotten. */
#define MAX_ATTRIBUTES 1000

/* What the content of literal elements is, in the order of enum html_literal. */
static const struct literal {
	struct str name;
	bool verbatim;     /* entities are not replaced, either */
	bool keeps_rest;   /* without an end tag, the rest of the input is its text */
	bool drops_itself; /* without one, it has no content */
} literals[HTML_LITERAL_COUNT] = {
	[HTML_LITERAL_IFRAME] = { STR_INIT("iframe"), true, true, false },
	[HTML_LITERAL_PLAINTEXT] = { STR_INIT("plaintext"), true, true, false },
	[HTML_LITERAL_SCRIPT] = { STR_INIT("script"), true, false, true },
	[HTML_LITERAL_STYLE] = { STR_INIT("style"), true, false, true },
	[HTML_LITERAL_TEXTAREA] = { STR_INIT("textarea"), false, true, false },
	[HTML_LITERAL_TITLE] = { STR_INIT("title"), false, false, false },
	[HTML_LITERAL_XMP] = { STR_INIT("xmp"), true, true, false },
};

/* What trying to read one piece of markup came to. */
enum reading {
	READING_DONE,
	READING_IGNORED, /* read, but nothing to tell */
	READING_TEXT,    /* this is no markup */
	READING_CUT,     /* the input ended in it */
};

void html_tokenizer_init(struct html_tokenizer *tokenizer, struct arena *arena, struct str html)
{
	memset(tokenizer, 0, sizeof(*tokenizer));
	tokenizer->arena = arena;
	tokenizer->next = html.data;
	tokenizer->end = html.data + html.len;
}

const struct str *html_attribute(const struct html_tokenizer *tokenizer, struct str name)
{
	const struct html_attribute *attribute;

	vec_foreach (&tokenizer->attributes, attribute)
		if (str_eq_ci(attribute->name, name))
			return &attribute->value;
	return NULL;
}

static struct str slice(const char *start, const char *end)
{
	return (struct str){ start, (size_t)(end - start) };
}

static const char *find(const char *at, const char *end, char c)
{
	const char *found = at < end ? memchr(at, c, (size_t)(end - at)) : NULL;

	return found != NULL ? found : end;
}

/* What ends a run of characters: looked up, since all bytes within tags go through this. */
#define ENDS_WORD 1 /* white space and '>' */
#define ENDS_NAME 2 /* '=', too */
static const unsigned char ends[256] = {
	['\t'] = ENDS_WORD | ENDS_NAME, ['\n'] = ENDS_WORD | ENDS_NAME,
	['\v'] = ENDS_WORD | ENDS_NAME, ['\f'] = ENDS_WORD | ENDS_NAME,
	['\r'] = ENDS_WORD | ENDS_NAME, [' '] = ENDS_WORD | ENDS_NAME,
	['>'] = ENDS_WORD | ENDS_NAME,  ['='] = ENDS_NAME,
};

static const char *skip_space(const char *at, const char *end)
{
	while (at < end && char_is_space(*at))
		at++;
	return at;
}

static const char *skip_until(const char *at, const char *end, unsigned kind)
{
	while (at < end && (ends[(unsigned char)*at] & kind) == 0)
		at++;
	return at;
}

static bool is_name_first(char c)
{
	return char_is_alpha(c) || c == '_' || c == ':';
}

static bool is_name_char(char c)
{
	return is_name_first(c) || char_is_digit(c) || c == '.' || c == '-';
}

static const char *skip_word(const char *at, const char *end)
{
	return skip_until(at, end, ENDS_WORD);
}

static enum html_section section(const struct html_tokenizer *t)
{
	return t->section_depth > 0 ? t->sections[t->section_depth - 1] : HTML_SECTION_NONE;
}

/* Ends a token at `end` and goes on there. */
static enum reading finish(struct html_tokenizer *t, struct html_token *token, const char *end)
{
	token->text = slice(t->next, end);
	t->next = end;
	return section(t) == HTML_SECTION_IGNORE ? READING_IGNORED : READING_DONE;
}

static enum reading finish_comment(struct html_tokenizer *t, struct html_token *token,
                                   const char *end)
{
	token->type = HTML_TOKEN_COMMENT;
	return finish(t, token, end);
}

static enum reading comment_to_gt(struct html_tokenizer *t, struct html_token *token,
                                  const char *at)
{
	at = find(at, t->end, '>');
	return at < t->end ? finish_comment(t, token, at + 1) : READING_CUT;
}

/* After "<!--": up to "-->", white space allowed in front of the '>'. */
static enum reading read_comment(struct html_tokenizer *t, struct html_token *token, const char *at)
{
	const char *gt;

	if (t->short_comments)
		return comment_to_gt(t, token, at);
	for (at = find(at, t->end, '-'); at + 1 < t->end; at = find(at + 1, t->end, '-')) {
		if (at[1] != '-')
			continue;
		gt = skip_space(at + 2, t->end);
		if (gt < t->end && *gt == '>')
			return finish_comment(t, token, gt + 1);
	}
	return READING_CUT;
}

static enum html_section section_named(struct str name)
{
	if (str_eq_ci(name, STR("include")))
		return HTML_SECTION_INCLUDE;
	if (str_eq_ci(name, STR("rcdata")))
		return HTML_SECTION_RCDATA;
	if (str_eq_ci(name, STR("cdata")))
		return HTML_SECTION_CDATA;
	return str_eq_ci(name, STR("ignore")) ? HTML_SECTION_IGNORE : HTML_SECTION_NONE;
}

/* "<![CDATA[" and its kin. "<![if …]>" is none, and so a comment. */
static enum reading read_section(struct html_tokenizer *t, struct html_token *token, const char *at)
{
	enum html_section kind = section(t), named;
	const char *start;
	bool has_name = false;

	at = skip_space(at, t->end);
	while (at < t->end && is_name_first(*at)) {
		for (start = at; at < t->end && is_name_char(*at);)
			at++;
		named = section_named(slice(start, at));
		kind = named > kind ? named : kind;
		has_name = true;
		at = skip_space(at, t->end);
	}
	if (at == t->end)
		return READING_CUT;
	if (*at != '[' || t->section_depth == HTML_MAX_SECTIONS)
		return comment_to_gt(t, token, at);
	if (!has_name && kind < HTML_SECTION_INCLUDE)
		kind = HTML_SECTION_INCLUDE;
	t->sections[t->section_depth++] = kind;
	t->next = at + 1;
	return READING_IGNORED;
}

/* A word, a string or a "--comment--" of a declaration; NULL where the input ends in it. */
static const char *skip_declaration_item(const char *at, const char *end)
{
	if (*at == '"' || *at == '\'') {
		at = find(at + 1, end, *at);
		return at < end ? at + 1 : NULL;
	}
	if (*at != '-') {
		at = skip_word(at, end);
		return at < end ? at : NULL;
	}
	for (at = find(at + 2, end, '-'); at + 1 < end; at = find(at + 1, end, '-'))
		if (at[1] == '-')
			return at + 2;
	return NULL;
}

/* After "<!doctype" or "<!entity": up to the '>' outside of strings and comments. */
static enum reading read_declaration(struct html_tokenizer *t, struct html_token *token,
                                     const char *at)
{
	while ((at = skip_space(at, t->end)) < t->end && *at != '>') {
		if (*at == '-' && t->end - at > 1 && at[1] != '-')
			return comment_to_gt(t, token, at);
		at = skip_declaration_item(at, t->end);
		if (at == NULL)
			return READING_CUT;
	}
	if (at == t->end)
		return READING_CUT;
	token->type = HTML_TOKEN_DECLARATION;
	return finish(t, token, at + 1);
}

static enum reading read_bang(struct html_tokenizer *t, struct html_token *token)
{
	const char *at = t->next + 2, *start = at;
	struct str name;

	if (at + 1 < t->end && at[0] == '-' && at[1] == '-')
		return read_comment(t, token, at + 2);
	if (*at == '[')
		return read_section(t, token, at + 1);
	if (!char_is_alpha(*at))
		return comment_to_gt(t, token, at);
	while (at < t->end && is_name_char(*at))
		at++;
	name = slice(start, at);
	if (str_eq_ci(name, STR("doctype")) || str_eq_ci(name, STR("entity")))
		return read_declaration(t, token, at);
	return comment_to_gt(t, token, at);
}

/* '>' outside of quotes; a quote opens only after a space or '='. */
static const char *find_tag_end(const char *at, const char *end)
{
	char quote = 0, previous = ' ';

	for (; at < end; previous = *at++) {
		if (quote == 0 && *at == '>')
			break;
		if (*at != '"' && *at != '\'')
			continue;
		if (*at == quote)
			quote = 0;
		else if (quote == 0 && (previous == ' ' || previous == '='))
			quote = *at;
	}
	return at;
}

static enum reading read_end_tag(struct html_tokenizer *t, struct html_token *token)
{
	const char *name = t->next + 2, *name_end = skip_word(name, t->end);
	const char *gt = find_tag_end(name_end, t->end);

	if (gt == t->end)
		return READING_CUT;
	if (name_end == name)
		return finish_comment(t, token, gt + 1);
	token->type = HTML_TOKEN_END;
	token->name = slice(name, name_end);
	token->element = html_element_named(token->name);
	return finish(t, token, gt + 1);
}

/* The value after '='; moves *at_r past it. False where the input ends in it. */
static bool read_value(struct html_tokenizer *t, const char **at_r, struct str *value_r)
{
	const char *at = skip_space(*at_r, t->end), *start = at;

	if (at < t->end && (*at == '"' || *at == '\'')) {
		at = find(at + 1, t->end, *at);
		*value_r = slice(start + 1, at);
		*at_r = at < t->end ? at + 1 : at;
	} else {
		at = skip_word(at, t->end);
		*value_r = slice(start, at);
		*at_r = at;
	}
	return at < t->end;
}

/* All attributes up to the '>', at which it returns; NULL where the input ends before it. */
static const char *read_attributes(struct html_tokenizer *t, const char *at)
{
	struct html_attribute attribute;
	const char *start;

	while ((at = skip_space(at, t->end)) < t->end && *at != '>') {
		start = at;
		at = skip_until(at + 1, t->end, ENDS_NAME);
		attribute.name = attribute.value = slice(start, at);
		at = skip_space(at, t->end);
		if (at < t->end && *at == '=') {
			at++;
			if (!read_value(t, &at, &attribute.value))
				return NULL;
		}
		if (t->attributes.len < MAX_ATTRIBUTES)
			vec_push(t->arena, &t->attributes, attribute);
	}
	return at < t->end ? at : NULL;
}

/* Mail readers take "<br/>" and "<br />" for "<br>". */
static void drop_empty_mark(struct html_tokenizer *t, struct str *name)
{
	size_t i = 0;

	if (t->attributes.len == 1 && str_eq(t->attributes.items[0].name, STR("/")))
		t->attributes.len = 0;
	if (t->attributes.len > 0 || name->data[name->len - 1] != '/')
		return;
	while (char_is_alnum(name->data[i]) || name->data[i] == '_')
		i++;
	if (i == name->len - 1 && name->data[name->len] == '>')
		name->len = i;
}

static enum reading read_start_tag(struct html_tokenizer *t, struct html_token *token)
{
	const char *name = t->next + 1, *name_end = skip_word(name, t->end), *gt;
	enum reading result;

	t->attributes.len = 0;
	gt = read_attributes(t, name_end);
	if (gt == NULL)
		return READING_CUT;
	token->type = HTML_TOKEN_START;
	token->name = slice(name, name_end);
	drop_empty_mark(t, &token->name);
	result = finish(t, token, gt + 1);
	token->element = html_element_named(token->name);
	if (token->element != NULL)
		t->literal = (enum html_literal)token->element->literal;
	return result;
}

static enum reading read_markup(struct html_tokenizer *t, struct html_token *token)
{
	const char *at;

	if (t->end - t->next < 3)
		return READING_CUT;
	switch (t->next[1]) {
	case '/':
		return read_end_tag(t, token);
	case '!':
		return read_bang(t, token);
	case '?':
		at = find(t->next + 2, t->end, '>');
		if (at == t->end)
			return READING_CUT;
		t->next = at + 1;
		return READING_IGNORED;
	default:
		return is_name_first(t->next[1]) ? read_start_tag(t, token) : READING_TEXT;
	}
}

/* "</name" in any case, white space and '>' at `at`; returns what follows it, or NULL. */
static const char *match_end_tag(const char *at, const char *end, struct str name)
{
	if ((size_t)(end - at) < name.len + 3 || at[1] != '/' ||
	    !str_eq_ci((struct str){ at + 2, name.len }, name))
		return NULL;
	at = skip_space(at + 2 + name.len, end);
	return at < end && *at == '>' ? at + 1 : NULL;
}

/* The content of a literal element; then its end tag is next. */
static enum reading read_literal(struct html_tokenizer *t, struct html_token *token)
{
	const struct literal *literal = &literals[t->literal];
	const char *at = t->next, *after = NULL;

	token->verbatim = literal->verbatim;
	if (!t->never_closed[t->literal] && t->literal != HTML_LITERAL_PLAINTEXT)
		for (at = find(at, t->end, '<'); at < t->end; at = find(at + 1, t->end, '<')) {
			after = match_end_tag(at, t->end, literal->name);
			if (after != NULL)
				break;
		}
	if (after == NULL) {
		t->never_closed[t->literal] = true;
		return READING_CUT;
	}
	if (at > t->next) {
		token->type = HTML_TOKEN_TEXT;
		return finish(t, token, at);
	}
	token->type = HTML_TOKEN_END;
	token->name = literal->name;
	token->element = html_element_named(literal->name);
	t->literal = HTML_LITERAL_NONE;
	return finish(t, token, after);
}

static enum reading finish_text(struct html_tokenizer *t, struct html_token *token, const char *end)
{
	token->type = HTML_TOKEN_TEXT;
	return end > t->next ? finish(t, token, end) : READING_IGNORED;
}

static enum reading finish_end(struct html_tokenizer *t, struct html_token *token,
                               enum html_literal literal)
{
	token->type = HTML_TOKEN_END;
	token->name = literals[literal].name;
	token->element = html_element_named(token->name);
	token->text = slice(t->next, t->next);
	return READING_DONE;
}

/* The literal element has no end tag: what its content is depends on the element. */
static enum reading cut_literal(struct html_tokenizer *t, struct html_token *token)
{
	enum html_literal literal = t->literal;
	bool was_at_end = t->at_end;

	t->literal = HTML_LITERAL_NONE;
	t->at_end = true;
	if (literals[literal].keeps_rest)
		return finish_text(t, token, t->end);
	if (literals[literal].drops_itself && was_at_end)
		return finish_end(t, token, literal);
	t->pending_end = literal;
	if (literals[literal].drops_itself)
		return finish_text(t, token, t->end);
	return READING_IGNORED;
}

/* The input ended within markup. */
static enum reading cut_markup(struct html_tokenizer *t, struct html_token *token)
{
	const char *at = t->next + 1;

	t->at_end = true;
	if (!t->short_comments) {
		t->short_comments = true; /* read it again so */
		return READING_IGNORED;
	}
	if (at == t->end || is_name_first(*at) || *at == '/' || *at == '!' || *at == '?')
		return finish_comment(t, token, t->end);
	return finish_text(t, token, t->end);
}

/* Ends the innermost marked section where the text has "]]>"; false where it has not. */
static bool end_section(struct html_tokenizer *t, const char *at)
{
	if (t->end - at < 3 || at[1] != ']' || at[2] != '>')
		return false;
	t->next = at + 3;
	t->section_depth--;
	return true;
}

/* Text in a marked section: like other text, but "]]>" ends the section. */
static enum reading read_section_text(struct html_tokenizer *t, struct html_token *token)
{
	enum html_section kind = section(t);
	bool plain = kind == HTML_SECTION_CDATA || kind == HTML_SECTION_RCDATA;
	const char *at = t->next;

	token->verbatim = kind == HTML_SECTION_CDATA;
	for (at += !plain && *at == '<'; at < t->end && (plain || *at != '<'); at++) {
		if (*at != ']' || t->end - at < 3 || at[1] != ']' || at[2] != '>')
			continue;
		if (at > t->next)
			return finish_text(t, token, at);
		end_section(t, at);
		return READING_IGNORED;
	}
	return plain && *t->next == '<' ? READING_CUT : finish_text(t, token, at);
}

/*
 * Text at the end of the input comes in two tokens, the last word (or else the white space after
 * it) on its own: it is what a reader of a stream would keep back.
 */
static const char *find_last_word(const struct html_tokenizer *t)
{
	const char *at = t->end;

	if (!char_is_space(at[-1]))
		while (at > t->next && !char_is_space(at[-1]))
			at--;
	while (at > t->next && char_is_space(at[-1]))
		at--;
	return at;
}

static enum reading read_text(struct html_tokenizer *t, struct html_token *token)
{
	const char *end;

	if (section(t) != HTML_SECTION_NONE)
		return read_section_text(t, token);
	end = find(t->next + (*t->next == '<'), t->end, '<');
	if (end == t->end && !t->in_last_word) {
		t->in_last_word = true;
		end = find_last_word(t);
		if (end == t->next)
			end = t->end;
	}
	return finish_text(t, token, end);
}

static enum reading read_token(struct html_tokenizer *t, struct html_token *token)
{
	enum reading result;

	if (t->literal != HTML_LITERAL_NONE) {
		result = read_literal(t, token);
		return result == READING_CUT ? cut_literal(t, token) : result;
	}
	if (section(t) == HTML_SECTION_CDATA || section(t) == HTML_SECTION_RCDATA ||
	    *t->next != '<')
		result = READING_TEXT;
	else
		result = read_markup(t, token);
	if (result == READING_TEXT)
		result = read_text(t, token);
	return result == READING_CUT ? cut_markup(t, token) : result;
}

/* Whether the end tag that is due comes in front of what was just read. */
static bool ends_in_front(const struct html_tokenizer *t, const struct html_token *token,
                          enum reading reading, const char *start)
{
	if (t->pending_end == HTML_LITERAL_NONE)
		return false;
	if (reading == READING_IGNORED)
		return t->next > start;
	return token->type != HTML_TOKEN_TEXT && token->type != HTML_TOKEN_COMMENT;
}

/* The element whose end tag is missing at the end of the input. */
static enum html_literal unfinished(const struct html_tokenizer *t)
{
	if (t->pending_end != HTML_LITERAL_NONE)
		return t->pending_end;
	return t->next == t->end && !t->at_end && literals[t->literal].drops_itself
	               ? t->literal /* nothing follows its start tag */
	               : HTML_LITERAL_NONE;
}

bool html_next_token(struct html_tokenizer *t, struct html_token *token)
{
	enum html_literal pending;
	enum reading reading;
	const char *start;

	while ((start = t->next) < t->end) {
		memset(token, 0, sizeof(*token));
		reading = read_token(t, token);
		if (!ends_in_front(t, token, reading, start)) {
			if (reading == READING_IGNORED)
				continue;
			return true;
		}
		if (reading != READING_IGNORED)
			t->next = start; /* read it again after the end tag */
		break;
	}
	pending = unfinished(t);
	t->pending_end = t->literal = HTML_LITERAL_NONE;
	if (pending == HTML_LITERAL_NONE)
		return false;
	memset(token, 0, sizeof(*token));
	return finish_end(t, token, pending) == READING_DONE;
}
