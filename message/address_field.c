/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Address fields as people write them. An item is a phrase with an address in angle brackets, or an
 * address, or a phrase; a comment may follow, then a comma, a semicolon or the end. Text that is
 * none of these ends the list. It is SpamAssassin's notion of an address field: rules compare the
 * results, and those of broken fields most of all.
 */
#include "message/address_field.h"

#include "base/strbuf.h"
#include "message/address_field_grammar.h"
#include "message/uri.h"

/* What follows it in a field is not looked at. */
#define MAX_VALUE 65536
/* Attempts at ends of addresses; no field of people needs many. */
#define MAX_STEPS 20000

#define NONE SIZE_MAX

struct address_reader {
	struct arena *arena;
	struct str text;
	size_t at;
	size_t steps;
};

/* One item as it is written; lengths of 0 with `has_` tell empty ones from missing ones. */
struct item {
	struct str phrase;
	struct str address;
	struct str comment;
	bool has_phrase;
	bool has_address;
	bool in_angles;
	bool has_comment;
};

static struct str slice(const struct address_reader *reader, size_t from, size_t to)
{
	return (struct str){ reader->text.data + from, to - from };
}

/* -1 at the end. */
static int char_at(const struct address_reader *reader, size_t at)
{
	return at < reader->text.len ? (unsigned char)reader->text.data[at] : -1;
}

/* Where a character ends something: a bit for each of what it ends. */
enum mark {
	MARK_ITEM = 1 << 0,
	MARK_USER = 1 << 1, /* of an address without quotes; white space does, too */
	MARK_HOST = 1 << 2,
	MARK_WORDS = 1 << 3, /* of a phrase */
	MARK_GROUP = 1 << 4, /* of what the name of a group can be in */
};

static const unsigned char marks[256] = {
	['"'] = MARK_HOST | MARK_WORDS | MARK_GROUP,
	['('] = MARK_USER | MARK_HOST | MARK_GROUP,
	[')'] = MARK_USER | MARK_HOST | MARK_GROUP,
	[','] = MARK_ITEM | MARK_USER | MARK_HOST | MARK_WORDS,
	[':'] = MARK_USER | MARK_HOST,
	[';'] = MARK_ITEM | MARK_USER | MARK_HOST | MARK_WORDS,
	['<'] = MARK_USER | MARK_HOST | MARK_WORDS | MARK_GROUP,
	['>'] = MARK_USER | MARK_HOST | MARK_GROUP,
	['@'] = MARK_USER,
	['['] = MARK_USER | MARK_HOST,
	[']'] = MARK_USER | MARK_HOST,
	['\t'] = MARK_USER | MARK_HOST,
	['\n'] = MARK_USER | MARK_HOST,
	['\v'] = MARK_USER | MARK_HOST,
	['\f'] = MARK_USER | MARK_HOST,
	['\r'] = MARK_USER | MARK_HOST,
	[' '] = MARK_USER | MARK_HOST,
};

/* Where what starts here ends: at the next such mark, or the end. */
static size_t find_mark(struct str text, size_t at, enum mark mark)
{
	while (at < text.len && (marks[(unsigned char)text.data[at]] & mark) == 0)
		at++;
	return at;
}

static bool is_mark_at(const struct address_reader *reader, size_t at, enum mark mark)
{
	return at < reader->text.len && (marks[(unsigned char)reader->text.data[at]] & mark) != 0;
}

static bool is_space_at(const struct address_reader *reader, size_t at)
{
	int c = char_at(reader, at);

	return c >= 0 && char_is_space((char)c);
}

static size_t skip_space(const struct address_reader *reader, size_t at)
{
	while (is_space_at(reader, at))
		at++;
	return at;
}

/* After the quoted string that starts here, or NONE. */
static size_t skip_quoted(const struct address_reader *reader, size_t at)
{
	if (char_at(reader, at) != '"')
		return NONE;
	for (at++; at < reader->text.len; at++) {
		if (reader->text.data[at] == '\\')
			at++;
		else if (reader->text.data[at] == '"')
			return at + 1;
	}
	return NONE;
}

/* After the comment that starts here and has none in it, or NONE. */
static size_t skip_comment(const struct address_reader *reader, size_t at)
{
	if (char_at(reader, at) != '(')
		return NONE;
	for (at++; at < reader->text.len; at++) {
		if (reader->text.data[at] == '\\')
			at++;
		else if (reader->text.data[at] == ')')
			return at + 1;
		else if (reader->text.data[at] == '(')
			return NONE;
	}
	return NONE;
}

/* After the separator, or the end; NONE where something else follows. */
static size_t skip_separator(const struct address_reader *reader, size_t at)
{
	at = skip_space(reader, at);
	if (at == reader->text.len)
		return at;
	return is_mark_at(reader, at, MARK_ITEM) ? at + 1 : NONE;
}

/* What may follow an address or a phrase; notes the comment. */
static size_t skip_ending(const struct address_reader *reader, size_t at, struct item *item)
{
	size_t start = skip_space(reader, at), end = skip_comment(reader, start), after;

	if (end != NONE && (after = skip_separator(reader, end)) != NONE) {
		item->comment = slice(reader, start + 1, end - 1);
		item->has_comment = true;
		return after;
	}
	return skip_separator(reader, at);
}

static bool is_ip_char(int c)
{
	return (c >= '0' && c <= '9') || c == ':' || c == '.';
}

/* After "user@host", or NONE. */
static size_t skip_mailbox(const struct address_reader *reader, size_t at)
{
	size_t start = at, end = skip_quoted(reader, at);

	if (end == NONE || char_at(reader, end) != '@') {
		end = find_mark(reader->text, at, MARK_USER);
		if (end == start || char_at(reader, end) != '@')
			return NONE;
	}
	start = end + 1;
	end = find_mark(reader->text, start, MARK_HOST);
	if (end > start || char_at(reader, end) != '[')
		return end > start ? end : NONE;
	for (end++; is_ip_char(char_at(reader, end));)
		end++;
	return end > start + 1 && char_at(reader, end) == ']' ? end + 1 : NONE;
}

static bool is_mailbox(struct str text)
{
	struct address_reader reader = { .text = text };

	return skip_mailbox(&reader, 0) == text.len;
}

static bool has_steps(struct address_reader *reader)
{
	if (reader->steps >= MAX_STEPS)
		return false;
	reader->steps++;
	return true;
}

static size_t skip_more_angles(struct address_reader *reader, size_t at, struct item *item);

/* After ">" and all that may follow it, or NONE. */
static size_t skip_closing(struct address_reader *reader, size_t at, struct item *item)
{
	at = skip_space(reader, at);
	if (char_at(reader, at) != '>' || !has_steps(reader))
		return NONE;
	return skip_more_angles(reader, at + 1, item);
}

static size_t word_end(const struct address_reader *reader, size_t at)
{
	while (at < reader->text.len && !is_space_at(reader, at))
		at++;
	return at;
}

/* Some write the address in angle brackets twice. */
static size_t skip_more_angles(struct address_reader *reader, size_t at, struct item *item)
{
	size_t open = skip_space(reader, at), start, quoted, after;

	if (char_at(reader, open) != '<')
		return skip_ending(reader, at, item);
	start = skip_space(reader, open + 1);
	quoted = skip_quoted(reader, start);
	if (quoted == NONE || word_end(reader, quoted) == quoted)
		quoted = start;
	for (size_t end = word_end(reader, quoted); end > start; end--)
		if ((after = skip_closing(reader, end, item)) != NONE)
			return after;
	after = skip_closing(reader, start, item);
	return after != NONE ? after : skip_ending(reader, at, item);
}

/* The longest text after "<" after which the item can end; after the item, or NONE. */
static size_t read_angle(struct address_reader *reader, size_t at, struct item *item)
{
	size_t start = skip_space(reader, at + 1), end = start, after;

	while (char_at(reader, end) >= 0 && char_at(reader, end) != '>' &&
	       char_at(reader, end) != '@')
		end++;
	for (end = word_end(reader, end); end > start; end--) {
		if (is_space_at(reader, end - 1) ||
		    (after = skip_closing(reader, end, item)) == NONE)
			continue;
		item->address = slice(reader, start, end);
		item->has_address = item->in_angles = true;
		return after;
	}
	after = skip_closing(reader, start, item);
	item->has_address = item->in_angles = after != NONE;
	return after;
}

/* Where a phrase of quoted strings and plain text that starts here ends, at most. */
static size_t phrase_end(const struct address_reader *reader, size_t at)
{
	size_t end = find_mark(reader->text, at, MARK_WORDS), quoted;

	while ((quoted = skip_quoted(reader, end)) != NONE)
		end = find_mark(reader->text, quoted, MARK_WORDS);
	return end;
}

/* A phrase alone. Where it runs into an angle bracket, it may end after a quoted string before. */
static size_t read_phrase(const struct address_reader *reader, size_t at, struct item *item)
{
	size_t end = phrase_end(reader, at), best = NONE, after;

	if (end > at && (after = skip_ending(reader, end, item)) != NONE) {
		best = end;
	} else {
		size_t quoted = at;

		after = NONE;
		while (quoted < end && best == NONE) {
			size_t next = skip_quoted(reader, quoted);

			quoted = next == NONE ? quoted + 1 : next;
			if (next != NONE && quoted < end &&
			    (after = skip_ending(reader, quoted, item)) != NONE)
				best = quoted;
		}
	}
	if (best == NONE)
		return NONE;
	item->phrase = slice(reader, at, best);
	item->has_phrase = true;
	return after;
}

static size_t read_item(struct address_reader *reader, size_t at, struct item *item)
{
	size_t end = phrase_end(reader, at), after;

	*item = (struct item){ .has_phrase = end > at };
	if (char_at(reader, end) == '<' && (after = read_angle(reader, end, item)) != NONE) {
		item->phrase = slice(reader, at, end);
		return after;
	}
	*item = (struct item){ .has_address = true };
	end = skip_mailbox(reader, at);
	if (end != NONE && (after = skip_ending(reader, end, item)) != NONE) {
		item->address = slice(reader, at, end);
		return after;
	}
	*item = (struct item){ .has_address = false };
	return read_phrase(reader, at, item);
}

/* The next item; false at the end of what can be read. */
static bool next_item(struct address_reader *reader, struct item *item)
{
	size_t start = skip_space(reader, reader->at);
	size_t after = read_item(reader, start, item);

	/* Nothing but space before a comma is a phrase, too. */
	if (after == NONE && start > reader->at)
		after = read_item(reader, start - 1, item);
	if (after == NONE)
		return false;
	reader->at = after;
	return true;
}

static struct str without_comments(struct arena *arena, struct str text)
{
	struct address_reader reader = { .text = text };
	struct strbuf out;
	size_t at = 0;

	if (str_find_char(text, '(') < 0)
		return text;
	strbuf_init(&out, arena);
	while (at < text.len) {
		size_t after = skip_comment(&reader, at);

		if (after == NONE)
			strbuf_add_char(&out, text.data[at++]);
		else
			at = after;
	}
	return strbuf_str(&out);
}

/* A phrase with its quotes off. */
static struct str unquoted(struct arena *arena, struct str phrase)
{
	struct address_reader reader = { .text = phrase };
	struct strbuf out;
	size_t at = 0;

	strbuf_init(&out, arena);
	while (at < phrase.len) {
		size_t end = skip_quoted(&reader, at);

		if (end != NONE) {
			for (at++; at + 1 < end; at++)
				if (phrase.data[at] != '\\')
					strbuf_add_char(&out, phrase.data[at]);
			at = end;
			continue;
		}
		for (end = at + 1; end < phrase.len && phrase.data[end] != '"';)
			end++;
		strbuf_add(&out, without_comments(arena, slice(&reader, at, end)));
		at = end;
	}
	return strbuf_str(&out);
}

/* One quote alone, or an empty quoted user. */
static bool has_odd_quotes(struct str address)
{
	size_t quotes = 0;

	for (size_t i = 0; i < address.len; i++)
		quotes += address.data[i] == '"';
	return quotes == 1 || str_starts(address, STR("\"\"@"));
}

/* The host of "user@host", up to a second "@". */
static struct str host_of(struct str address)
{
	ptrdiff_t at = str_find_char(address, '@'), next;
	struct str host = str_from_offset(address, (size_t)(at + 1));

	next = str_find_char(host, '@');
	return next < 0 ? host : str_prefix(host, (size_t)next);
}

/* "user@host@more" → "user@host" */
static struct str plain_address(struct str address)
{
	struct str host = host_of(address);

	if (address.len == 0)
		return address;
	return str_prefix(address, (size_t)(host.data + host.len - address.data));
}

static void finish_item(struct arena *arena, const struct item *item,
                        struct address_field_entry *out)
{
	*out = (struct address_field_entry){ .has_name = item->has_phrase };
	if (item->has_address)
		out->address = without_comments(arena, item->address);
	if (!is_mailbox(out->address) || has_odd_quotes(out->address)) {
		if (!has_odd_quotes(out->address))
			out->odd = plain_address(out->address);
		out->address = STR("");
	}
	if (item->has_phrase) {
		out->name = unquoted(arena, item->phrase);
		if (out->address.len == 0 && is_mailbox(out->name) && !has_odd_quotes(out->name) &&
		    uri_is_host_name(uri_host_to_ascii(arena, host_of(out->name)))) {
			out->address = out->name;
			out->has_name = false;
		} else if (out->name.len == 0 || str_eq(out->name, out->address)) {
			out->has_name = false;
		}
	}
	if (!out->has_name) {
		out->name = item->comment;
		out->has_name = item->has_comment;
	}
	out->address = plain_address(out->address);
}

/* The last hope for text that is left: "<user@host>" anywhere. */
static void find_angles(struct arena *arena, struct str text, struct address_field_list *list)
{
	struct address_reader reader = { .text = text };

	for (size_t at = 0; at < text.len; at++) {
		size_t end = text.data[at] == '<' ? skip_mailbox(&reader, at + 1) : NONE;
		struct address_field_entry address = { .name = STR("") };

		if (end == NONE || char_at(&reader, end) != '>')
			continue;
		address.address = slice(&reader, at + 1, end);
		at = end;
		if (has_odd_quotes(address.address))
			continue;
		address.address = plain_address(address.address);
		vec_push(arena, list, address);
	}
}

static bool is_invalid(struct arena *arena, struct str address)
{
	return address.len == 0 || !uri_is_host_name(uri_host_to_ascii(arena, host_of(address)));
}

static struct str without_doubled_backslashes(struct arena *arena, struct str text)
{
	struct strbuf out;

	if (str_find(text, STR("\\\\")) < 0)
		return text;
	strbuf_init(&out, arena);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 1 < text.len && text.data[i + 1] == '\\')
			i++;
		else
			strbuf_add_char(&out, text.data[i]);
	}
	return strbuf_str(&out);
}

/* Doubled backslashes removed, and the name of a group: "Friends: a@b.example;". */
static struct str prepare(struct arena *arena, struct str value)
{
	struct str text = str_trim_right(str_prefix(value, MAX_VALUE));
	ptrdiff_t colon;

	text = without_doubled_backslashes(arena, text);
	colon = str_rfind_char(str_prefix(text, find_mark(text, 0, MARK_GROUP)), ':');
	if (colon <= 0)
		return text;
	text = str_trim_left(str_from_offset(text, (size_t)colon + 1));
	return str_starts(text, STR(";")) ? STR("") : text;
}

/* SpamAssassin's own reading: entry after entry up to what isn't one. */
static void read_leniently(struct arena *arena, struct str value, struct address_field_list *list)
{
	struct address_reader reader = { .arena = arena, .text = prepare(arena, value) };
	size_t first = list->len;
	struct str rest;
	struct item item;

	if (str_trim(reader.text).len == 0)
		return;
	while (reader.at < reader.text.len && next_item(&reader, &item)) {
		struct address_field_entry address;

		finish_item(arena, &item, &address);
		vec_push(arena, list, address);
	}
	rest = str_from_offset(reader.text, reader.at);
	if (str_find_char(rest, '@') >= 0)
		find_angles(arena, rest, list);
	for (; first < list->len; first++)
		list->items[first].invalid = is_invalid(arena, list->items[first].address);
}

static size_t count_char(struct str text, char c)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == c;
	return count;
}

/* By the grammar only where that finds more: where the other way finds too little for the commas.
 */
void address_field_read(struct arena *arena, struct str value, struct address_field_list *list)
{
	struct address_field_list by_grammar = { 0 };
	size_t before = list->len;

	value = str_prefix(value, MAX_VALUE);
	if (str_trim(value).len == 0)
		return;
	read_leniently(arena, value, list);
	if (list->len - before > count_char(value, ','))
		return;
	address_field_grammar_read(arena, without_doubled_backslashes(arena, value), &by_grammar);
	if (by_grammar.len <= list->len - before)
		return;
	list->len = before;
	for (size_t i = 0; i < by_grammar.len; i++)
		vec_push(arena, list, by_grammar.items[i]);
}

struct str address_field_first(struct arena *arena, struct str value)
{
	struct address_field_list list = { 0 };

	address_field_read(arena, value, &list);
	for (size_t i = 0; i < list.len; i++)
		if (list.items[i].address.len > 0)
			return list.items[i].address;
	return STR("");
}

static bool has(const struct str_list *list, struct str text)
{
	for (size_t i = 0; i < list->len; i++)
		if (str_eq(list->items[i], text))
			return true;
	return false;
}

static void add_authors(struct arena *arena, const struct address_field_list *entries,
                        struct str_list *authors)
{
	for (size_t i = 0; i < entries->len; i++) {
		struct str address = arena_str_lower(arena, entries->items[i].address);

		if (address_field_domain(address).len > 0 && !has(authors, address))
			vec_push(arena, authors, address);
	}
}

/* "<@route:user@host>" (RFC 5322 section 4.4): no address to rules, but one to a mail reader. */
static bool has_source_route(struct str value)
{
	ptrdiff_t angle;

	while ((angle = str_find_char(value, '<')) >= 0) {
		value = str_trim_left(str_from_offset(value, (size_t)angle + 1));
		if (str_starts(value, STR("@")))
			return true;
	}
	return false;
}

void address_field_authors(struct arena *arena, struct str value, struct str_list *authors)
{
	struct address_field_list entries = { 0 };

	address_field_read(arena, value, &entries);
	add_authors(arena, &entries, authors);
	if (authors->len > 0 && !has_source_route(value))
		return;
	entries.len = 0;
	address_field_grammar_read(arena, value, &entries);
	add_authors(arena, &entries, authors);
}

struct str address_field_domain(struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	return at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
}
