/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address fields by their grammar, one token at a time: it finds the mailbox in "Bank
 * <x@y.example", of which address.c makes nothing. Each reader moves `at` past what it could read
 * and tells whether that was whole.
 */
#include "message/address_field_grammar.h"

#include "base/strbuf.h"

struct grammar {
	struct arena *arena;
	struct str text;
	size_t at;
	struct str comment; /* the last one; data NULL: none */
	bool open_comment;  /* one has no end */
};

struct mailbox {
	struct str phrase;
	struct str user;
	struct str host;
};

static int next_char(const struct grammar *g)
{
	return g->at < g->text.len ? (unsigned char)g->text.data[g->at] : -1;
}

static bool take_char(struct grammar *g, char c)
{
	if (next_char(g) != c)
		return false;
	g->at++;
	return true;
}

static bool is_atom_char(int c)
{
	return c >= 0x80 || (c > 0 && char_is_alnum((char)c)) ||
	       (c > 0 && str_find_char(STR("!#$%&'*+-/=?^_`{|}~"), (char)c) >= 0);
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Text up to `end`, with backslashes off; `depth` counts nested comments. False: it has no end. */
static bool read_enclosed(struct grammar *g, char open, char end, struct strbuf *out)
{
	size_t depth = 1;

	for (g->at++; g->at < g->text.len; g->at++) {
		char c = g->text.data[g->at];

		if (c == '\\' && g->at + 1 < g->text.len)
			c = g->text.data[++g->at];
		else if (c == end && --depth == 0)
			return g->at++, true;
		else if (c == open)
			depth++;
		strbuf_add_char(out, c);
	}
	return false;
}

/* White space and comments. False where a comment has no end. */
static bool skip_space(struct grammar *g)
{
	for (;;) {
		struct strbuf comment;

		while (is_blank(next_char(g)))
			g->at++;
		if (next_char(g) != '(')
			return true;
		strbuf_init(&comment, g->arena);
		if (!read_enclosed(g, '(', ')', &comment)) {
			g->open_comment = true;
			return false;
		}
		g->comment = strbuf_str(&comment);
	}
}

/* A quoted string and the space after it. */
static bool read_quoted(struct grammar *g, struct strbuf *out)
{
	return read_enclosed(g, '"', '"', out) && skip_space(g);
}

static bool read_atom(struct grammar *g, struct strbuf *out)
{
	size_t start = g->at;

	while (is_atom_char(next_char(g)))
		g->at++;
	strbuf_add(out, (struct str){ g->text.data + start, g->at - start });
	return g->at > start;
}

/* Atoms with dots between them, and space around those. False where no atom is after a dot. */
static bool read_dotted(struct grammar *g, struct strbuf *out)
{
	if (!read_atom(g, out))
		return false;
	for (;;) {
		if (!skip_space(g))
			return false;
		if (next_char(g) != '.')
			return true;
		while (take_char(g, '.')) {
			strbuf_add_char(out, '.');
			if (!skip_space(g))
				return false;
		}
		if (!read_atom(g, out))
			return false;
	}
}

/* A dot after a quoted string is lost, as SpamAssassin's readers have it. */
static bool read_user(struct grammar *g, struct str *user_r)
{
	struct strbuf out;
	bool whole = true, more = true;

	strbuf_init(&out, g->arena);
	while (more) {
		if (next_char(g) == '"') {
			whole = read_quoted(g, &out);
			more = whole && take_char(g, '.') && (whole = skip_space(g));
		} else {
			whole = read_dotted(g, &out);
			more = !whole && next_char(g) == '"' && g->at > 0 && out.len > 0;
		}
	}
	*user_r = strbuf_str(&out);
	return whole;
}

/* "[192.0.2.1]", as it stands. */
static bool read_literal(struct grammar *g, struct str *host_r)
{
	size_t start = g->at;

	for (g->at++; next_char(g) >= 0 && next_char(g) != '['; g->at++) {
		if (next_char(g) == '\\') {
			g->at++;
		} else if (next_char(g) == ']') {
			g->at++;
			*host_r = (struct str){ g->text.data + start, g->at - start };
			return skip_space(g);
		}
	}
	return false;
}

/* What follows "@". Without an end of a comment in it there is no host. */
static bool read_host(struct grammar *g, struct str *host_r)
{
	struct strbuf out;
	bool whole;

	*host_r = STR("");
	if (!skip_space(g))
		return false;
	if (next_char(g) == '[')
		return read_literal(g, host_r);
	strbuf_init(&out, g->arena);
	whole = read_dotted(g, &out);
	if (!g->open_comment)
		*host_r = strbuf_str(&out);
	return whole;
}

/* "@relay,@relay:" in front of an address; the colon may be missing. */
static bool skip_route(struct grammar *g)
{
	struct str relay;

	while (next_char(g) == '@') {
		g->at++;
		if (!read_host(g, &relay))
			return false;
		while (take_char(g, ','))
			if (!skip_space(g))
				return false;
	}
	take_char(g, ':');
	return skip_space(g);
}

static bool read_address(struct grammar *g, struct mailbox *mailbox)
{
	bool whole = read_user(g, &mailbox->user);

	if (take_char(g, '@'))
		return read_host(g, &mailbox->host) && whole;
	return whole;
}

static bool read_angle(struct grammar *g, struct mailbox *mailbox)
{
	bool whole = true;

	g->comment = (struct str){ NULL, 0 };
	g->at++;
	if (!skip_space(g) || (next_char(g) == '@' && !skip_route(g)))
		return false;
	if (next_char(g) != '>')
		whole = read_address(g, mailbox);
	return take_char(g, '>') && skip_space(g) && whole;
}

/* Words and dots; one space where there was space, and between words. False for no phrase. */
static bool read_phrase(struct grammar *g, struct str *phrase_r)
{
	struct strbuf out;
	size_t start = g->at, end = start;
	bool apart = false;

	strbuf_init(&out, g->arena);
	for (int c; (c = next_char(g)) == '"' || is_atom_char(c) || (c == '.' && g->at > start);) {
		if (g->at > end || (apart && c != '.'))
			strbuf_add_char(&out, ' ');
		apart = c != '.';
		if (c == '.')
			strbuf_add_char(&out, (char)g->text.data[g->at++]);
		else if (c != '"')
			read_atom(g, &out);
		else if (!read_enclosed(g, '"', '"', &out))
			return false;
		end = g->at;
		if (!skip_space(g))
			return false;
	}
	*phrase_r = strbuf_str(&out);
	return g->at > start;
}

/* A user that is more than atoms and dots is quoted. */
static struct str written_user(struct arena *arena, struct str user)
{
	struct strbuf out;
	bool plain = user.data[0] != '.' && user.data[user.len - 1] != '.';

	for (size_t i = 0; i < user.len && plain; i++)
		plain = user.data[i] == '.' || is_atom_char((unsigned char)user.data[i]);
	if (plain)
		return user;
	strbuf_init(&out, arena);
	strbuf_add_char(&out, '"');
	for (size_t i = 0; i < user.len; i++) {
		if (user.data[i] == '"' || user.data[i] == '\\')
			strbuf_add_char(&out, '\\');
		strbuf_add_char(&out, user.data[i]);
	}
	strbuf_add_char(&out, '"');
	return strbuf_str(&out);
}

static void add_mailbox(struct grammar *g, const struct mailbox *mailbox,
                        struct address_field_list *list)
{
	struct address_field_entry entry = { .name = mailbox->phrase, .address = STR("") };

	if (mailbox->user.len > 0 && mailbox->host.len > 0)
		entry.address = arena_concat(g->arena,
		                             (struct str[]){ written_user(g->arena, mailbox->user),
		                                             STR("@"), mailbox->host },
		                             3);
	if (entry.name.len == 0 && g->comment.data != NULL)
		entry.name = g->comment;
	else if (entry.name.len == 0 && entry.address.len == 0)
		entry.name = g->text;
	entry.has_name = entry.name.len > 0;
	vec_push(g->arena, list, entry);
}

/* A name in angle brackets' front, an address, or a name alone. */
static void read_mailbox(struct grammar *g, struct address_field_list *list)
{
	struct mailbox mailbox = { .phrase = STR(""), .user = STR(""), .host = STR("") };
	size_t start = g->at;
	bool whole;

	read_phrase(g, &mailbox.phrase);
	if (next_char(g) == '<') {
		whole = read_angle(g, &mailbox);
	} else {
		g->at = start;
		g->comment = (struct str){ NULL, 0 };
		mailbox.phrase = STR("");
		whole = read_address(g, &mailbox);
		if (whole && mailbox.host.len == 0 && g->at == g->text.len)
			mailbox.phrase = mailbox.user;
	}
	add_mailbox(g, &mailbox, list);
	/* Nothing but a separator may follow. */
	list->items[list->len - 1].invalid =
		!whole || mailbox.user.len == 0 || mailbox.host.len == 0 ||
		(g->at < g->text.len && next_char(g) != ',' && next_char(g) != ';');
}

/* After the colon, up to the semicolon. */
static void read_group(struct grammar *g, struct address_field_list *list)
{
	bool more = skip_space(g) && g->at < g->text.len && next_char(g) != ';';

	while (more) {
		read_mailbox(g, list);
		more = take_char(g, ',') && skip_space(g) && g->at < g->text.len;
	}
	if (take_char(g, ';'))
		skip_space(g);
}

void address_field_grammar_read(struct arena *arena, struct str text,
                                struct address_field_list *list)
{
	struct grammar grammar = { .arena = arena, .text = text }, *g = &grammar;
	bool more = skip_space(g);

	while (more && g->at < text.len) {
		size_t start = g->at;
		struct str name;

		read_phrase(g, &name);
		if (take_char(g, ':')) {
			read_group(g, list);
		} else {
			g->at = start;
			read_mailbox(g, list);
		}
		more = take_char(g, ',') && skip_space(g);
	}
}
