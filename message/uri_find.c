/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "message/uri.h"
#include "message/uri_private.h"

/*
 * URIs in running text, by the rules that mail readers share. Three kinds are tried at each place
 * where one could start, in this order: with a scheme or "www." in front; an address; a bare domain
 * with a known top-level domain. Each ends only at a delimiter.
 */

#define MAX_TAIL 2048 /* bytes after a scheme, or of a path */
#define MAX_SIDE 251  /* bytes on either side of an address's '@' */
#define MAX_NAME 252  /* bytes of a bare domain up to the top-level domain's dot */

enum {
	START = 1,      /* a URI may start after it */
	END = 2,        /* a URI ends in front of it */
	END_MAIL = 4,   /* an address ends in front of it */
	START_BARE = 8, /* a bare domain may start after it */
	WORD = 16,
	HOST = 32,  /* may be part of a bare domain */
	PUNCT = 64, /* not counted to a URI at its end */
	HINT = 128, /* what every URI has at least one of */
};

#define SPACE  (START | END | END_MAIL | START_BARE)
#define LETTER (WORD | HOST)
static const unsigned char kinds[256] = {
	['\t'] = SPACE,
	['\n'] = SPACE,
	['\v'] = SPACE,
	['\f'] = SPACE,
	['\r'] = SPACE,
	[0x1B] = SPACE,
	[' '] = SPACE,
	['"'] = SPACE,
	['<'] = SPACE,
	['>'] = SPACE,
	['['] = SPACE,
	['`'] = SPACE,
	['{'] = SPACE,
	['|'] = SPACE,
	['\''] = START | END_MAIL | START_BARE | PUNCT,
	['('] = START | END_MAIL | START_BARE | PUNCT,
	[','] = START | END_MAIL | START_BARE | PUNCT,
	[']'] = END | END_MAIL | START_BARE,
	['}'] = END | END_MAIL | START_BARE,
	['$'] = START_BARE,
	['/'] = START_BARE,
	['\\'] = START_BARE,
	['!'] = START_BARE | PUNCT,
	['#'] = START_BARE | PUNCT,
	['&'] = START_BARE | PUNCT,
	[')'] = START_BARE | PUNCT,
	['*'] = START_BARE | PUNCT,
	['+'] = START_BARE | PUNCT,
	[';'] = START_BARE | PUNCT,
	['='] = START_BARE | PUNCT,
	['?'] = START_BARE | PUNCT,
	['^'] = START_BARE | PUNCT,
	['~'] = START_BARE | PUNCT,
	[':'] = START_BARE | PUNCT | HINT,
	['@'] = START_BARE | PUNCT | HINT,
	['.'] = PUNCT | HOST | HINT,
	['-'] = PUNCT | HOST,
	['_'] = PUNCT | HOST | WORD,
	['0' ... '9'] = LETTER,
	['A' ... 'Z'] = LETTER,
	['a' ... 'z'] = LETTER,
	[0x80 ... 0x9F] = END_MAIL,
	[0xA0] = SPACE, /* the last byte of a no-break space, in Latin-1 and in UTF-8 */
	[0xA1 ... 0xFF] = END_MAIL,
};

struct finder {
	const char *text;
	size_t len;
	const struct uri_domains *domains; /* or NULL */
	/* the next places at or after the last asked for, kept so that asking again is cheap */
	size_t next_end;
	size_t next_end_mail;
	size_t next_at;
};

enum kind {
	KIND_NONE,
	KIND_SCHEME,
	KIND_MAIL,
	KIND_BARE,
};

/* What was found: its length, and that of a bare domain's host. */
struct match {
	enum kind kind;
	size_t len;
	size_t host_len;
};

static unsigned kind_at(const struct finder *f, size_t i)
{
	return kinds[(unsigned char)f->text[i]];
}

static size_t find_kind(const struct finder *f, size_t i, unsigned kind)
{
	while (i < f->len && (kind_at(f, i) & kind) == 0)
		i++;
	return i;
}

static size_t next_end(struct finder *f, size_t i)
{
	if (f->next_end < i || f->next_end == 0)
		f->next_end = find_kind(f, i, END);
	return f->next_end;
}

static size_t next_end_mail(struct finder *f, size_t i)
{
	if (f->next_end_mail < i || f->next_end_mail == 0)
		f->next_end_mail = find_kind(f, i, END_MAIL);
	return f->next_end_mail;
}

static size_t next_at(struct finder *f, size_t i)
{
	const char *at;

	if (f->next_at < i || f->next_at == 0) {
		at = i < f->len ? memchr(f->text + i, '@', f->len - i) : NULL;
		f->next_at = at != NULL ? (size_t)(at - f->text) : f->len;
	}
	return f->next_at;
}

static struct str rest_of(const struct finder *f, size_t i)
{
	return (struct str){ f->text + i, f->len - i };
}

/* "http://", "https://", "ftp://", "www.", "www1.", "www22.", "ftp.": its length, or 0. */
static size_t known_start(const struct finder *f, size_t i)
{
	static const struct str schemes[] = { STR_INIT("http://"), STR_INIT("https://"),
		                              STR_INIT("ftp://"), STR_INIT("ftp.") };
	struct str rest = rest_of(f, i);
	size_t len = 3;

	for (size_t k = 0; k < sizeof(schemes) / sizeof(*schemes); k++)
		if (str_starts_ci(rest, schemes[k]))
			return schemes[k].len;
	if (!str_starts_ci(rest, STR("www")))
		return 0;
	while (len < 5 && len < rest.len && char_is_digit(rest.data[len]))
		len++;
	return len < rest.len && rest.data[len] == '.' ? len + 1 : 0;
}

static bool match_known(struct finder *f, size_t i, struct match *match)
{
	size_t start = known_start(f, i), end;

	if (start == 0)
		return false;
	end = next_end(f, i + start);
	if (end == i + start || end - i - start > MAX_TAIL)
		return false;
	*match = (struct match){ KIND_SCHEME, end - i, 0 };
	return true;
}

static bool match_mail(struct finder *f, size_t i, struct match *match)
{
	size_t at, end;

	if (char_lower(f->text[i]) == 'm' && str_starts_ci(rest_of(f, i), STR("mailto:"))) {
		end = next_end_mail(f, i + 7);
		if (end > i + 7 && end - i - 7 <= MAX_TAIL) {
			*match = (struct match){ KIND_MAIL, end - i, 0 };
			return true;
		}
	}
	at = next_at(f, i);
	if (at == f->len || at == i || at - i > MAX_SIDE || next_end_mail(f, i) < at)
		return false;
	end = next_end_mail(f, at);
	if (end == at + 1 || end - at - 1 > MAX_SIDE)
		return false;
	*match = (struct match){ KIND_MAIL, end - i, 0 };
	return true;
}

/* A host after which may be a port and a path, up to a delimiter. */
static bool match_tail(struct finder *f, size_t i, size_t host_end, struct match *match)
{
	size_t end = host_end, digits = 0;

	if (end < f->len && f->text[end] == '.')
		end++;
	if (end < f->len && f->text[end] == ':') {
		while (digits < 5 && end + 1 + digits < f->len &&
		       char_is_digit(f->text[end + 1 + digits]))
			digits++;
		end += digits > 0 ? digits + 1 : 0;
	}
	if (end < f->len && f->text[end] == '/') {
		size_t tail = next_end(f, end + 1) - end - 1;

		end += tail > 0 && tail <= MAX_TAIL ? tail + 1 : 0;
	}
	if (end < f->len && (kind_at(f, end) & END) == 0)
		return false;
	*match = (struct match){ KIND_BARE, end - i, host_end - i };
	return true;
}

static bool match_bare(struct finder *f, size_t i, struct match *match)
{
	size_t end = i;
	ptrdiff_t dot;
	struct str host;

	while (end < f->len && end - i <= MAX_NAME + 64 && kind_at(f, end) & HOST)
		end++;
	if (end > i && f->text[end - 1] == '.')
		end--;
	host = (struct str){ f->text + i, end - i };
	dot = str_rfind_char(host, '.');
	if (dot < 1 || dot > MAX_NAME || !uri_tld_in(f->domains, host))
		return false;
	return match_tail(f, i, end, match);
}

/* Whether the text in front of `i` lets a URI start there. */
static bool may_start(const struct finder *f, size_t i)
{
	bool word = (kind_at(f, i) & WORD) != 0;

	if (i == 0)
		return word;
	if (word != ((kind_at(f, i - 1) & WORD) != 0) || kind_at(f, i - 1) & START)
		return true;
	/* after the shift sequence of ISO 2022 */
	return i >= 3 && f->text[i - 3] == '\x1b' && f->text[i - 2] == '(';
}

static bool match_at(struct finder *f, size_t i, struct match *match)
{
	char c = char_lower(f->text[i]);

	if ((c == 'h' || c == 'f' || c == 'w') && match_known(f, i, match))
		return true;
	if (match_mail(f, i, match))
		return true;
	return char_is_alnum(c) && (i == 0 || kind_at(f, i - 1) & START_BARE) &&
	       match_bare(f, i, match);
}

/* A ')' without a '(' in front ends the URI, as does a run of punctuation. */
static struct str trim_match(struct str found)
{
	ptrdiff_t open = str_find_char(found, '('), close;

	close = str_rfind_char(open >= 0 ? str_prefix(found, (size_t)open) : found, ')');
	if (close >= 0)
		found = str_prefix(found, (size_t)close);
	while (found.len > 0 && kinds[(unsigned char)found.data[found.len - 1]] & PUNCT)
		found.len--;
	return found;
}

static bool has_scheme(struct str uri)
{
	return str_starts_ci(uri, STR("http:")) || str_starts_ci(uri, STR("https:")) ||
	       str_starts_ci(uri, STR("ftp:")) || str_starts_ci(uri, STR("mailto:"));
}

/* "www.", "www1." or "www22." */
static bool is_www(struct str uri)
{
	size_t len = 3;

	if (!str_starts_ci(uri, STR("www")))
		return false;
	while (len < 5 && len < uri.len && char_is_digit(uri.data[len]))
		len++;
	return len < uri.len && uri.data[len] == '.';
}

/* "http://" alone, and content and message ids, which look like addresses. */
static bool is_nothing(struct str found)
{
	size_t i = 0;

	if (str_starts_ci(found, STR("cid:")) || str_starts_ci(found, STR("mid:")))
		return true;
	while (i < found.len && (char_is_alnum(found.data[i]) || found.data[i] == '_'))
		i++;
	if (i == 0 || i == found.len || found.data[i] != ':')
		return false;
	for (i++; i < found.len && found.data[i] == '/';)
		i++;
	return i == found.len;
}

/* "mail:", "email:", "skype:" and bare colons, which people write in front of an address. */
static struct str drop_address_label(struct str found)
{
	static const struct str labels[] = { STR_INIT("skype"), STR_INIT("email"),
		                             STR_INIT("e-mail"), STR_INIT("mail") };
	size_t i = 0;

	for (size_t k = 0; k < sizeof(labels) / sizeof(*labels) && i == 0; k++)
		if (str_starts_ci(found, labels[k]))
			i = labels[k].len;
	if (i == found.len || found.data[i] != ':')
		return found;
	while (i < found.len && found.data[i] == ':')
		i++;
	return str_from_offset(found, i);
}

/* Puts a scheme in front; false where it is no URI at all. */
static bool add_scheme(struct arena *arena, struct str *uri, unsigned *types)
{
	ptrdiff_t at = str_find_char(*uri, '@'), slash = str_find_char(*uri, '/');
	const char *scheme = "http://";

	if (has_scheme(*uri))
		return true;
	if (str_starts_ci(*uri, STR("ftp."))) {
		scheme = "ftp://";
	} else if (is_www(*uri) || (slash >= 0 && str_rfind_char(*uri, '@') > slash + 1)) {
		scheme = "http://";
	} else if (at >= 0) {
		if (str_find_char(str_from_offset(*uri, (size_t)at + 2), '.') < 0)
			return false;
		*uri = drop_address_label(*uri);
		scheme = "mailto:";
	} else if (str_find_char(*uri, '.') < 0) {
		return false;
	} else {
		*types |= URI_TYPE_UNLINKED;
	}
	*types |= URI_TYPE_SCHEMELESS;
	*uri = uri_join(arena, str_from(scheme), *uri, STR(""));
	return true;
}

/* Decodes an address, and tells whether its domain can exist. */
static bool check_address(struct arena *arena, const struct uri_list *uris, struct str *uri)
{
	ptrdiff_t at;
	struct str host;
	size_t len = 0;

	if (uri_has_escape(*uri))
		*uri = uri_decode_escapes(arena, *uri, uri_reading_of(uris));
	at = str_find_char(*uri, '@');
	if (at < 0)
		return false;
	host = str_from_offset(*uri, (size_t)at + 1);
	while (len < host.len && memchr("?&>", host.data[len], 3) == NULL)
		len++;
	host.len = len;
	while (str_ends_ci(host, STR("%20")))
		host.len -= 3;
	return uri_tld_in(uri_domains_of(uris), uri_host_to_ascii(arena, host));
}

static void add_match(struct arena *arena, struct str text, const struct match *match, size_t max,
                      struct uri_list *uris)
{
	struct str found = str_prefix(text, match->len);
	unsigned types = URI_TYPE_PARSED;
	struct uri *uri;

	if (match->kind == KIND_BARE && !uri_is_host_name(str_prefix(found, match->host_len)))
		return;
	found = trim_match(found);
	if ((match->kind == KIND_MAIL && str_find_char(found, '@') < 0) || is_nothing(found) ||
	    !add_scheme(arena, &found, &types))
		return;
	if (str_starts_ci(found, STR("mailto:")) && !check_address(arena, uris, &found))
		return;
	uri = uri_list_add(arena, uris, found, max, true);
	if (uri == NULL)
		return;
	uri->types |= types;
	uri->sources |= URI_IN_TEXT;
}

/* Tries each place up to `end`; returns where to go on. */
static size_t find_in_run(struct finder *f, size_t i, size_t end, struct match *match)
{
	for (; i < end; i++)
		if (may_start(f, i) && match_at(f, i, match))
			break;
	return i;
}

/*
 * A URI starts in a run of characters that may be in an address, and that run has a dot, a colon or
 * an '@'. Most words have none of these and are skipped.
 */
void uri_find_in_text(struct arena *arena, struct str text, size_t max, struct uri_list *uris)
{
	struct finder f = { text.data, text.len, uri_domains_of(uris), 0, 0, 0 };
	struct match match;
	size_t i = 0, hint, end;

	while ((hint = find_kind(&f, i, END_MAIL | HINT)) < f.len) {
		end = next_end_mail(&f, hint);
		i = end > hint ? find_in_run(&f, i, end, &match) : end;
		if (i < end) {
			add_match(arena, str_from_offset(text, i), &match, max, uris);
			i += match.len;
		} else {
			i = end + (end == hint);
		}
	}
}
