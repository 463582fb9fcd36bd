/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The client of a Received field: words and comments between "from" and "by". */
#include "facts/networks.h"
#include "facts/received_line.h"

static bool is_ip_char(char c)
{
	return char_hex_value(c) >= 0 || c == ':' || c == '.';
}

/* A port after an address is written ":25", and by some ".25". */
static struct str without_port(struct str text)
{
	size_t dots = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == ':' && dots == 3)
			return str_prefix(text, i);
		if (text.data[i] == '.' && ++dots == 4)
			return str_prefix(text, i);
	}
	return text;
}

/* An address at the start of `text`, after an optional bracket and "IPv6:". */
static bool take_ip(struct str text, struct str *ip_r)
{
	struct ip_address address;
	size_t len = 0;

	if (str_starts(text, STR("[")))
		text = str_from_offset(text, 1);
	if (str_starts_ci(text, STR("ipv6:")))
		text = str_from_offset(text, 5);
	while (len < text.len && is_ip_char(text.data[len]))
		len++;
	/* What follows must not make it a longer word. */
	if (len < text.len &&
	    (char_is_alnum(text.data[len]) || text.data[len] == '-' || text.data[len] == '_'))
		return false;
	text = str_prefix(text, len);
	if (!ip_parse(text, &address))
		text = without_port(text);
	if (!ip_parse(text, &address))
		return false;
	*ip_r = text;
	return true;
}

bool received_find_ip(struct str text, struct str *ip_r)
{
	while (text.len > 0) {
		size_t len = 0;

		if (take_ip(text, ip_r))
			return true;
		while (len < text.len &&
		       (is_ip_char(text.data[len]) || char_is_alnum(text.data[len])))
			len++;
		text = str_from_offset(text, len > 0 ? len : 1);
	}
	return false;
}

static struct str first_word(struct str text)
{
	struct str word = STR("");

	str_next_word(&text, &word);
	return word;
}

static struct str last_word(struct str text)
{
	ptrdiff_t space;

	text = str_trim(text);
	space = str_rfind_char(text, ' ');
	return str_from_offset(text, (size_t)(space + 1));
}

/* "(HELO x)"; the name may be missing. */
static bool read_helo_comment(struct str comment, struct received_from *from)
{
	if (!str_starts(comment, STR("HELO")) && !str_starts(comment, STR("EHLO")) &&
	    !str_starts(comment, STR("LHLO")))
		return false;
	if (comment.len > 4 && comment.data[4] != ' ')
		return false;
	from->helo = first_word(str_from_offset(comment, 4));
	from->helo_word = str_prefix(comment, 4);
	from->has_helo_comment = true;
	from->helo_first = from->style == ADDRESS_NONE;
	return true;
}

/* The value of "key=" in a comment; false where the key is not there. */
static bool read_key(struct str comment, struct str key, struct str *value_r)
{
	ptrdiff_t at = str_find(comment, key);

	if (at < 0)
		return false;
	comment = str_from_offset(comment, (size_t)at + key.len);
	*value_r = comment.len > 0 && comment.data[0] == ' ' ? STR("") : first_word(comment);
	return true;
}

/* "name [192.0.2.1]", "ident@name [", "[", "<unknown>[", … */
static void read_name(struct str before, struct received_from *from)
{
	struct str name = last_word(before);
	ptrdiff_t at = str_find_char(name, '@');

	from->style = ADDRESS_BRACKET;
	if (name.len == 0)
		return;
	from->with_ident = name;
	/* "john.doe@[192.0.2.1]" is taken for a host. */
	if (at >= 0 && (size_t)at + 1 == name.len && name.len == before.len &&
	    str_find_char(name, '.') > 0)
		at = -1;
	if (at >= 0) {
		from->ident = str_prefix(name, (size_t)at);
		name = str_from_offset(name, (size_t)at + 1);
	}
	from->ident_only = at >= 0 && name.len == 0;
	if (name.len == 0)
		return;
	if (str_starts(from->ident, STR("IDENT:")))
		from->ident = str_from_offset(from->ident, 6);
	from->style = ADDRESS_NAMED;
	from->no_lookup = str_eq(name, STR("softdnserr")) || str_starts(name, STR("<unknown"));
	from->glued = !char_is_space(before.data[before.len - 1]);
	if (name.len < str_trim(before).len - (at >= 0 ? (size_t)at + 1 : 0))
		from->has_suffix = from->glued = true;
	from->name = from->no_lookup ? STR("") : name;
}

/* Is there a port after an address that was read from `text`? */
static bool has_port(struct str text, struct str ip)
{
	size_t after = (size_t)(ip.data + ip.len - text.data);

	return after < text.len && text.data[after] == ':';
}

/* "[192.0.2.1] [192.0.2.2]": the first is a name, with or without a dot, or a space after it. How
 * far the second is. */
static size_t after_name_in_brackets(struct str text, struct received_from *from)
{
	ptrdiff_t end = str_find_char(text, ']');
	size_t next = (size_t)end + 1;

	if (end < 0 || str_find_char(str_prefix(text, next), ' ') >= 0)
		return 0;
	next += next < text.len && text.data[next] == '.';
	next += next < text.len && text.data[next] == ' ';
	if (next >= text.len || text.data[next] != '[' ||
	    !take_ip(str_from_offset(text, next), &from->ip))
		return 0;
	return next;
}

static bool read_bracketed(struct str comment, struct received_from *from)
{
	ptrdiff_t helo = str_find(comment, STR("helo="));
	size_t at = 0;

	for (ptrdiff_t open; (open = str_find_char(str_from_offset(comment, at), '[')) >= 0; at++) {
		at += (size_t)open;
		/* "helo=[192.0.2.1]" is no address of the client. */
		if (helo >= 0 && (size_t)helo < at)
			return false;
		if (take_ip(str_from_offset(comment, at), &from->ip)) {
			at += after_name_in_brackets(str_from_offset(comment, at), from);
			from->has_suffix = !str_ends_ci(comment, STR("]"));
			read_name(str_prefix(comment, at), from);
			from->has_port = has_port(comment, from->ip);
			return true;
		}
	}
	return false;
}

/* "192.0.2.1", "ident@192.0.2.1", "192.0.2.1, HELO x", "192.0.2.1 with plain". */
static bool read_bare(struct str comment, struct received_from *from)
{
	ptrdiff_t at = str_rfind_char(comment, '@');
	ptrdiff_t helo = str_find(comment, STR(", HELO "));
	struct str ip = str_from_offset(comment, (size_t)(at + 1));

	if (!take_ip(ip, &from->ip))
		return false;
	from->has_suffix = str_find_char(ip, ' ') >= 0;
	from->has_port = has_port(ip, from->ip);
	if (at > 0)
		from->ident = str_prefix(comment, (size_t)at);
	if (helo >= 0)
		from->helo = first_word(str_from_offset(comment, (size_t)helo + 7));
	from->style = ADDRESS_BARE;
	return true;
}

static void read_comment(struct str comment, struct received_from *from)
{
	bool padded = str_starts(comment, STR(" ")), padded_end = str_ends_ci(comment, STR(" "));
	bool far = from->comments > (from->helo_first ? 1 : 0);

	if (from->comments++ == 0)
		from->before = from->words;
	comment = str_trim(comment);
	from->nested = from->nested || str_find_char(comment, '(') >= 0;
	if (from->single.len == 0 && str_find_char(comment, ' ') < 0)
		from->single = comment;
	if (read_helo_comment(comment, from))
		return;
	if (str_starts(comment, STR("proxying for ")) &&
	    take_ip(str_from_offset(comment, 13), &from->proxied))
		return;
	if (str_starts(comment, STR("account "))) {
		ptrdiff_t helo = str_find(comment, STR(" HELO "));

		if (helo >= 0)
			from->helo = first_word(str_from_offset(comment, (size_t)helo + 6));
		if (from->style != ADDRESS_NONE || from->word_is_ip)
			return;
	}
	if (from->style != ADDRESS_NONE)
		return;
	if (read_key(comment, STR("helo="), &from->helo)) {
		from->has_helo_key = true;
		from->helo_last = from->helo.data + from->helo.len == comment.data + comment.len;
	}
	if (read_bracketed(comment, from) || read_bare(comment, from)) {
		read_key(comment, STR("ident="), &from->ident);
		from->padded = padded;
		from->padded_end = padded_end;
		from->far = far;
		return;
	}
	read_key(comment, STR("ident="), &from->ident);
	if (from->note.len == 0 && !from->has_helo_key)
		from->note = comment;
}

static void read_word(struct str word, struct received_from *from)
{
	if (from->words++ == 0) {
		struct str ip;

		from->word = word;
		from->word_is_ip = take_ip(word, &ip) && (word.data[0] == '[' ||
		                                          ip.data + ip.len == word.data + word.len);
		return;
	}
	if (from->style == ADDRESS_NONE && word.data[0] == '[' && take_ip(word, &from->ip)) {
		from->style = ADDRESS_WORD;
		from->word_is_ip = false;
	}
}

/* The length of the comment at the start: up to its closing parenthesis, or the end. */
static size_t comment_len(struct str text)
{
	size_t depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '(')
			depth++;
		else if (text.data[i] == ')' && --depth == 0)
			return i + 1;
	}
	return text.len;
}

static struct str inside(struct str comment)
{
	comment = str_from_offset(comment, 1);
	if (comment.len > 0 && comment.data[comment.len - 1] == ')')
		comment.len--;
	return comment;
}

/* "(name) [192.0.2.1]": the name is a word that looks like a comment. */
static bool is_word_in_brackets(struct str text, size_t len)
{
	struct str comment = str_prefix(text, len);

	return str_starts(str_from_offset(text, len), STR(" [")) &&
	       str_find_char(comment, ' ') < 0 && str_find_char(comment, '[') < 0;
}

void received_read_from(struct str text, struct received_from *from_r)
{
	*from_r = (struct received_from){ .style = ADDRESS_NONE };
	while (text.len > 0) {
		size_t len = 0;

		if (text.data[0] == ' ') {
			text = str_from_offset(text, 1);
		} else if (text.data[0] == '(') {
			len = comment_len(text);
			if (from_r->words == 0 && is_word_in_brackets(text, len))
				read_word(str_prefix(text, len), from_r);
			else
				read_comment(inside(str_prefix(text, len)), from_r);
			text = str_from_offset(text, len);
		} else {
			while (len < text.len && text.data[len] != ' ' && text.data[len] != '(')
				len++;
			if (from_r->words == 0)
				from_r->attached = len < text.len && text.data[len] == '(';
			read_word(str_prefix(text, len), from_r);
			text = str_from_offset(text, len);
		}
	}
	if (from_r->style == ADDRESS_NONE && from_r->word_is_ip && from_r->words == 1 &&
	    take_ip(from_r->word, &from_r->ip))
		from_r->style = ADDRESS_WORD;
}
