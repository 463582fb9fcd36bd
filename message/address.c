/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address fields as people write them: quotes that never end, commas in names, names without an
 * address. One pass from left to right; what is not closed counts as plain text.
 */
#include <string.h>

#include "base/strbuf.h"
#include "message/header.h"

struct address_reader {
	struct arena *arena;
	struct str rest;
	bool open_quote;   /* a quote that is never closed was seen: the others are text */
	bool open_comment; /* the same for a parenthesis */
	bool open_angle;
};

/* One address of a list: the pieces are collected up to the comma. */
struct address {
	struct strbuf phrase; /* text outside angle brackets and comments */
	struct str comment;
	struct str angle; /* between < and > */
	bool has_angle;
};

/* The length of the quoted string at the start, quotes included, or 0. */
static size_t quoted_len(struct str s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.data[i] == '\\')
			i++;
		else if (s.data[i] == '"')
			return i + 1;
	}
	return 0;
}

/* The length of the comment at the start, nested ones included, or 0. */
static size_t comment_len(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] == '\\')
			i++;
		else if (s.data[i] == '(')
			depth++;
		else if (s.data[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

static void add_unescaped(struct strbuf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 1 < text.len)
			i++;
		strbuf_add_char(buf, text.data[i]);
	}
}

static void take_plain(struct address_reader *reader, struct strbuf *phrase)
{
	strbuf_add_char(phrase, reader->rest.data[0]);
	reader->rest = str_from_offset(reader->rest, 1);
}

static void take_quoted(struct address_reader *reader, struct strbuf *phrase)
{
	size_t len = reader->open_quote ? 0 : quoted_len(reader->rest);

	if (len == 0) {
		reader->open_quote = true;
		take_plain(reader, phrase);
		return;
	}
	/* A quoted local part keeps its quotes. */
	if (len < reader->rest.len && reader->rest.data[len] == '@')
		strbuf_add(phrase, str_prefix(reader->rest, len));
	else
		add_unescaped(phrase, (struct str){ reader->rest.data + 1, len - 2 });
	reader->rest = str_from_offset(reader->rest, len);
}

static void take_comment(struct address_reader *reader, struct address *address)
{
	size_t len = reader->open_comment ? 0 : comment_len(reader->rest);

	if (len == 0) {
		reader->open_comment = true;
		take_plain(reader, &address->phrase);
		return;
	}
	if (address->comment.len == 0)
		address->comment = (struct str){ reader->rest.data + 1, len - 2 };
	reader->rest = str_from_offset(reader->rest, len);
}

static void take_angle(struct address_reader *reader, struct address *address)
{
	ptrdiff_t end = reader->open_angle ? -1 : str_find_char(reader->rest, '>');

	if (end < 0) {
		reader->open_angle = true;
		take_plain(reader, &address->phrase);
		return;
	}
	if (!address->has_angle)
		address->angle = (struct str){ reader->rest.data + 1, (size_t)end - 1 };
	address->has_angle = true;
	reader->rest = str_from_offset(reader->rest, (size_t)end + 1);
}

/* Whether the colon at the end of the phrase is a group's name and not part of an address. */
static bool is_group_name(const struct address *address)
{
	return !address->has_angle && str_find_char(strbuf_str(&address->phrase), '@') < 0;
}

/* Collects the next address of the list; false at its end. */
static bool next_address(struct address_reader *reader, struct address *address)
{
	*address = (struct address){ .comment = STR(""), .angle = STR("") };
	strbuf_init(&address->phrase, reader->arena);
	if (reader->rest.len == 0)
		return false;
	while (reader->rest.len > 0) {
		char c = reader->rest.data[0];

		if (c == ',' || c == ';') {
			reader->rest = str_from_offset(reader->rest, 1);
			break;
		}
		if (c == '"') {
			take_quoted(reader, &address->phrase);
		} else if (c == '(') {
			take_comment(reader, address);
		} else if (c == '<') {
			take_angle(reader, address);
		} else if (c == ':' && is_group_name(address)) {
			strbuf_init(&address->phrase, reader->arena);
			reader->rest = str_from_offset(reader->rest, 1);
		} else {
			take_plain(reader, &address->phrase);
		}
	}
	return true;
}

static bool ends_address(char c)
{
	return c == '\0' || strchr(" \t\r\n<>()[],;:\"", c) != NULL;
}

/* Where the local part before the "@" starts. */
static size_t local_part_start(struct str text, size_t at)
{
	size_t start = at;

	if (at > 0 && text.data[at - 1] == '"')
		return (size_t)str_find_char(text, '"');
	while (start > 0 && !ends_address(text.data[start - 1]))
		start--;
	return start;
}

static size_t domain_end(struct str text, size_t at)
{
	size_t end = at + 1;

	if (end < text.len && text.data[end] == '[') {
		ptrdiff_t close = str_find_char(str_from_offset(text, end), ']');

		return close < 0 ? at : end + (size_t)close + 1;
	}
	while (end < text.len && !ends_address(text.data[end]))
		end++;
	return end;
}

/* "user@host" out of `text`; empty where there is none. A second "@" ends it. */
static struct str find_mailbox(struct str text, bool whole)
{
	ptrdiff_t at = str_find_char(text, '@'), next;
	size_t start, end;

	if (at < 0)
		return STR("");
	start = local_part_start(text, (size_t)at);
	end = domain_end(text, (size_t)at);
	if (start == (size_t)at || end <= (size_t)at + 1)
		return STR("");
	if (whole && (start > 0 || end < text.len))
		return STR("");
	next = str_find_char(
		str_prefix(str_from_offset(text, (size_t)at + 1), end - (size_t)at - 1), '@');
	if (next >= 0)
		end = (size_t)(at + next) + 1;
	return (struct str){ text.data + start, end - start };
}

/* What stands in angle brackets is an address or nothing, but for a route before it. */
static struct str angle_mailbox(struct str angle)
{
	ptrdiff_t route = str_starts(angle, STR("@")) ? str_find_char(angle, ':') : -1;

	return find_mailbox(str_trim(str_from_offset(angle, (size_t)(route + 1))), true);
}

static struct str mailbox_of(const struct address *address)
{
	if (address->has_angle)
		return angle_mailbox(str_trim(address->angle));
	return find_mailbox(strbuf_str(&address->phrase), false);
}

/* White space collapsed, and without the single quotes that some put around a name. */
static struct str tidy_name(struct arena *arena, struct str name)
{
	struct strbuf buf;
	struct str word, tidy;

	strbuf_init(&buf, arena);
	while (str_next_word(&name, &word)) {
		if (buf.len > 0)
			strbuf_add_char(&buf, ' ');
		strbuf_add(&buf, word);
	}
	tidy = strbuf_str(&buf);
	if (tidy.len > 1 && tidy.data[0] == '\'' && tidy.data[tidy.len - 1] == '\'')
		tidy = (struct str){ tidy.data + 1, tidy.len - 2 };
	return tidy;
}

/* The display name; a comment stands for it where there is none. */
static struct str name_of(struct arena *arena, const struct address *address)
{
	struct str phrase = strbuf_str(&address->phrase);

	if (!address->has_angle && mailbox_of(address).len > 0)
		phrase = STR("");
	if (address->has_angle && str_eq(phrase, mailbox_of(address)))
		phrase = STR("");
	phrase = tidy_name(arena, phrase);
	return phrase.len > 0 ? phrase : tidy_name(arena, address->comment);
}

/* The last hope: "<user@host>" anywhere, in a comment or behind a comma. */
static void find_angles(struct arena *arena, struct str value, struct str_list *addresses)
{
	ptrdiff_t open, close;

	while ((open = str_find_char(value, '<')) >= 0) {
		struct str mailbox;

		value = str_from_offset(value, (size_t)open + 1);
		close = str_find_char(value, '>');
		if (close < 0)
			return;
		mailbox = angle_mailbox(str_prefix(value, (size_t)close));
		if (mailbox.len > 0)
			vec_push(arena, addresses, mailbox);
		value = str_from_offset(value, (size_t)close + 1);
	}
}

struct str header_first_address(struct arena *arena, struct str value)
{
	struct str_list addresses = { 0 };

	header_all_addresses(arena, value, &addresses);
	return addresses.len > 0 ? addresses.items[0] : STR("");
}

struct str header_first_name(struct arena *arena, struct str value)
{
	struct address_reader reader = { .arena = arena, .rest = value };
	struct address address;

	while (next_address(&reader, &address)) {
		struct str name = name_of(arena, &address);

		if (name.len > 0)
			return name;
	}
	return STR("");
}

void header_all_addresses(struct arena *arena, struct str value, struct str_list *addresses)
{
	struct address_reader reader = { .arena = arena, .rest = value };
	size_t before = addresses->len;
	struct address address;

	while (next_address(&reader, &address)) {
		struct str mailbox = mailbox_of(&address);

		if (mailbox.len > 0)
			vec_push(arena, addresses, mailbox);
	}
	if (addresses->len == before)
		find_angles(arena, value, addresses);
}
