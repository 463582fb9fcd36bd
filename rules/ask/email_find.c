/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/email_find.h"

#include "base/strbuf.h"

#define MAX_LOCAL  64
#define MAX_LABEL  61  /* of the domain */
#define MAX_LABELS 4   /* in front of the top-level domain */
#define MAX_SIDE   255 /* characters of a web address before and after its '@' */

/* RFC 5322's atext. */
static bool is_atext(char c)
{
	return char_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

/*
 * Where the local part that ends at `at` starts; `at` where there is none. It begins after what
 * can't be part of one, or after a dot.
 */
static size_t local_start(struct str text, size_t from, size_t at)
{
	size_t start = at, i = at;

	while (i > from && at - i < MAX_LOCAL) {
		char c = text.data[i - 1];

		if (c == '.' && (i == at || text.data[i] == '.'))
			break;
		if (c != '.' && !is_atext(c))
			break;
		i--;
		if (is_atext(text.data[i]) && (i == 0 || !is_atext(text.data[i - 1])))
			start = i;
	}
	return start;
}

/* The length of the label that the text begins with. */
static size_t label_len(struct str text)
{
	size_t len = 0;

	while (len < text.len && (char_is_alnum(text.data[len]) || text.data[len] == '-'))
		len++;
	return len;
}

/* Is the label followed by another one? */
static bool goes_on(struct str text, size_t len)
{
	return len + 1 < text.len && text.data[len] == '.' && char_is_alnum(text.data[len + 1]);
}

/* The length of the domain that the text begins with; 0: of none. */
static size_t domain_len(const struct uri_domains *domains, struct str text)
{
	size_t len = 0;

	for (unsigned labels = 0;; labels++) {
		struct str label = str_from_offset(text, len);

		label.len = label_len(label);
		if (label.len == 0 || label.data[0] == '-' || label.data[label.len - 1] == '-')
			return 0;
		len += label.len;
		if (!goes_on(text, len))
			return labels > 0 && uri_tld_in(domains, str_prefix(text, len)) ? len : 0;
		if (labels == MAX_LABELS || label.len > MAX_LABEL)
			return 0;
		len++;
	}
}

bool email_find_next(const struct uri_domains *domains, struct str text, size_t *at,
                     struct str *address_r)
{
	size_t from = *at;

	while (*at < text.len) {
		ptrdiff_t sign = str_find_char(str_from_offset(text, *at), '@');
		size_t start, domain;

		if (sign < 0)
			break;
		*at += (size_t)sign;
		start = local_start(text, from, *at);
		domain = start < *at ? domain_len(domains, str_from_offset(text, *at + 1)) : 0;
		*at += 1 + domain;
		if (domain > 0) {
			*address_r = (struct str){ text.data + start, *at - start };
			return true;
		}
	}
	*at = text.len;
	return false;
}

/* "wrote:", "schrieb:" and the like, but not "fax:", "tel:", "phone:", "email:". */
static bool is_attribution(struct str text)
{
	static const struct str others[] = { STR_INIT("fax"),   STR_INIT("facsi"),
		                             STR_INIT("tel"),   STR_INIT("phone"),
		                             STR_INIT("mail"),  STR_INIT("email"),
		                             STR_INIT("e-mail") };
	size_t spaces = 0, letters = 0;

	while (spaces < text.len && char_is_space(text.data[spaces]))
		spaces++;
	if (spaces == 0 || spaces > 10)
		return false;
	text = str_from_offset(text, spaces);
	while (letters < text.len && char_is_alpha(text.data[letters]))
		letters++;
	if (letters < 2 || letters > 11 || letters == text.len || text.data[letters] != ':')
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (str_starts_ci(text, others[i]))
			return false;
	return true;
}

bool email_find_is_quoted(struct str text, struct str address)
{
	size_t start = (size_t)(address.data - text.data);
	struct str after = str_from_offset(text, start + address.len);

	if (str_ends_ci(str_prefix(text, start), STR("mailto:")))
		return false;
	return str_starts(after, STR(">")) || is_attribution(after);
}

/* So many hexadecimal digits. */
static bool is_hex(struct str text, size_t len)
{
	if (text.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (char_hex_value(text.data[i]) < 0)
			return false;
	return true;
}

/* "0123abcd.0123abcd", or eight digits and the rest of a UUID. */
static bool is_message_id(struct str local)
{
	static const size_t lens[] = { 8, 4, 4, 4, 12 };
	struct str rest = local, piece;
	ptrdiff_t dot = str_find_char(local, '.');
	size_t count = 0;

	if (dot >= 0)
		return is_hex(str_prefix(local, (size_t)dot), 8) &&
		       is_hex(str_from_offset(local, (size_t)dot + 1), 8);
	for (; str_next_piece(&rest, '-', &piece); count++)
		if (count == sizeof(lens) / sizeof(lens[0]) || !is_hex(piece, lens[count]))
			return false;
	return count == sizeof(lens) / sizeof(lens[0]);
}

/* "joe=example.com=x": two "=", with something around each. */
static bool is_forwarded(struct str local)
{
	ptrdiff_t first = str_find_char(str_from_offset(local, 1), '='), last;

	last = str_rfind_char(str_prefix(local, local.len > 0 ? local.len - 1 : 0), '=');
	return first >= 0 && last > first + 2;
}

bool email_find_is_common(struct str address)
{
	static const struct str names[] = {
		STR_INIT("abuse"),        STR_INIT("support"),    STR_INIT("sales"),
		STR_INIT("info"),         STR_INIT("helpdesk"),   STR_INIT("contact"),
		STR_INIT("kontakt"),      STR_INIT("postmaster"), STR_INIT("hostmaster"),
		STR_INIT("domainmaster"), STR_INIT("bounce-"),    STR_INIT("bounced-"),
	};
	ptrdiff_t at = str_rfind_char(address, '@');
	struct str local = str_prefix(address, at > 0 ? (size_t)at : 0);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_ci(local, names[i]))
			return true;
	return str_starts_ci(local, STR("undisclosed")) ||
	       (str_starts_ci(local, STR("request-")) && is_hex(str_from_offset(local, 8), 16)) ||
	       is_message_id(local) || is_forwarded(local);
}

/* Where the '@' or "%40" nearest to the end of a web address is that has at most this many
 * characters before it; or -1. */
static ptrdiff_t last_sign(struct str rest)
{
	for (size_t i = rest.len < MAX_SIDE + 1 ? rest.len : MAX_SIDE + 1; i-- > 0;)
		if (rest.data[i] == '@' || str_starts(str_from_offset(rest, i), STR("%40")))
			return (ptrdiff_t)i;
	return -1;
}

/* The length of "http://…@…" that the text begins with; 0: it doesn't. */
static size_t uri_with_address(struct str text)
{
	size_t scheme = str_starts_ci(text, STR("http://"))    ? 7
	                : str_starts_ci(text, STR("https://")) ? 8
	                                                       : 0;
	struct str rest = str_from_offset(text, scheme);
	ptrdiff_t sign;
	size_t len = 0;

	while (len < rest.len && len <= 2 * MAX_SIDE && !char_is_space(rest.data[len]))
		len++;
	rest.len = len;
	sign = scheme > 0 ? last_sign(rest) : -1;
	if (sign < 0)
		return 0;
	len = (size_t)sign + 1 + MAX_SIDE;
	return scheme + (len < rest.len ? len : rest.len);
}

struct str email_find_drop_uris(struct arena *arena, struct str text)
{
	struct strbuf out;
	size_t i = 0;

	strbuf_init(&out, arena);
	strbuf_reserve(&out, text.len);
	while (i < text.len) {
		size_t len = char_lower(text.data[i]) == 'h'
		                     ? uri_with_address(str_from_offset(text, i))
		                     : 0;

		strbuf_add_char(&out, len > 0 ? ' ' : text.data[i]);
		i += len > 0 ? len : 1;
	}
	return strbuf_str(&out);
}
