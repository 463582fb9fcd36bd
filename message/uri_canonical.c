/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/utf8.h"
#include "message/uri.h"
#include "message/uri_private.h"

/* Redirectors within redirectors are followed so far. */
#define MAX_REDIRECTS 10

/* The forms of one URI as they are found. */
struct variants {
	struct arena *arena;
	const struct uri_knowledge *knowledge; /* or NULL */
	enum reading_version reading;
	struct str_list *list;
	bool truncated;
};

/* A web address in its parts. */
struct web {
	struct str scheme; /* with "://" */
	bool has_login;
	struct str host;
	struct str port; /* digits, or empty */
	struct str rest; /* from the colon of the port, or the path, on */
};

static void add(struct variants *v, struct str variant)
{
	struct str *old;

	if (variant.len > HTML_MAX_URI) {
		v->truncated = true;
		variant.len = HTML_MAX_URI;
	}
	vec_foreach (v->list, old)
		if (str_eq(*old, variant))
			return;
	vec_push(v->arena, v->list, variant);
}

struct str uri_join(struct arena *arena, struct str a, struct str b, struct str c)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	strbuf_reserve(&out, a.len + b.len + c.len);
	strbuf_add(&out, a);
	strbuf_add(&out, b);
	strbuf_add(&out, c);
	return strbuf_str(&out);
}

static void add_joined(struct variants *v, struct str a, struct str b, struct str c)
{
	add(v, uri_join(v->arena, a, b, c));
}

size_t uri_find_any(struct str text, size_t start, const char *set)
{
	size_t end = text.len;
	const char *found;

	for (; *set != '\0' && start < end; set++) {
		found = memchr(text.data + start, *set, end - start);
		if (found != NULL)
			end = (size_t)(found - text.data);
	}
	return end;
}

/* Mail and news programs break long URIs into lines: without line ends and outer space. */
static struct str join_lines(struct arena *arena, struct str written)
{
	struct strbuf out;

	written = str_trim(written);
	if (str_find_char(written, '\n') < 0 && str_find_char(written, '\r') < 0)
		return written;
	strbuf_init(&out, arena);
	for (size_t i = 0; i < written.len; i++)
		if (written.data[i] != '\n' && written.data[i] != '\r')
			strbuf_add_char(&out, written.data[i]);
	return strbuf_str(&out);
}

static bool is_escape(struct str s, size_t i)
{
	return s.len - i >= 3 && s.data[i] == '%' && char_hex_value(s.data[i + 1]) >= 0 &&
	       char_hex_value(s.data[i + 2]) >= 0;
}

bool uri_has_escape(struct str uri)
{
	for (size_t i = 0; i < uri.len; i++)
		if (is_escape(uri, i))
			return true;
	return false;
}

static unsigned char escaped_char(struct str s, size_t i)
{
	return (unsigned char)(char_hex_value(s.data[i + 1]) << 4 | char_hex_value(s.data[i + 2]));
}

static struct str decode_escapes_of(struct arena *arena, struct str uri, bool percent_only)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < uri.len; i++) {
		bool decodes = is_escape(uri, i) && (!percent_only || escaped_char(uri, i) == '%');

		strbuf_add_char(&out, decodes ? (char)escaped_char(uri, i) : uri.data[i]);
		i += decodes ? 2 : 0;
	}
	return strbuf_str(&out);
}

/* "%2525" is an escape of an escape: "%". */
static struct str decode_all_escapes(struct arena *arena, struct str uri)
{
	uri = decode_escapes_of(arena, uri, true);
	return utf8_repair(arena, decode_escapes_of(arena, uri, false));
}

struct str uri_decode_escapes(struct arena *arena, struct str uri, enum reading_version reading)
{
	static const char hex[] = "0123456789abcdef";
	struct strbuf out;
	unsigned char c;

	if (reading == READING_4_0_3)
		return decode_all_escapes(arena, uri);
	strbuf_init(&out, arena);
	for (size_t i = 0; i < uri.len; i++) {
		c = (unsigned char)uri.data[i];
		if (is_escape(uri, i)) {
			c = escaped_char(uri, i);
			if (c > 0x20 && c < 0x7F)
				strbuf_add_char(&out, (char)c);
			else
				strbuf_add(&out, (struct str){ uri.data + i, 3 });
			i += 2;
		} else if (c <= 0x20 || c >= 0x7F || memchr("\"%<>", c, 4) != NULL) {
			strbuf_add_char(&out, '%');
			strbuf_add_char(&out, hex[c >> 4]);
			strbuf_add_char(&out, hex[c & 15]);
		} else {
			strbuf_add_char(&out, (char)c);
		}
	}
	return strbuf_str(&out);
}

/* "someone@host" in the angle brackets that come last before any query. */
static struct str bracketed_address(struct str uri)
{
	struct str before = str_prefix(uri, uri_find_any(uri, 0, "?&")), inner;
	ptrdiff_t open, at;

	for (int tries = 0; tries < 10; tries++) {
		open = str_rfind_char(before, '<');
		if (open < 0)
			break;
		inner = str_from_offset(uri, (size_t)open + 1);
		before = str_prefix(before, (size_t)open);
		if (str_find_char(inner, '>') < 0)
			continue;
		inner = str_prefix(inner, (size_t)str_find_char(inner, '>'));
		at = str_find_char(inner, '@');
		if (at > 0 && (size_t)at + 1 < inner.len)
			return inner;
	}
	return STR("");
}

/* Addresses: without parameters, "%20" and display names. */
static void add_mail_variants(struct variants *v, struct str uri)
{
	ptrdiff_t at = str_find_char(uri, '@');
	size_t end, i;

	if (at > 0) {
		end = uri_find_any(uri, (size_t)at + 1, "?");
		if (end < uri.len && end > (size_t)at + 1)
			add(v, str_prefix(uri, end));
		end = uri_find_any(uri, (size_t)at + 1, "?&");
		if (end < uri.len && uri.data[end] == '&' && end > (size_t)at + 1)
			add(v, str_prefix(uri, end));
	}
	if (at > 0 && str_find(uri, STR("%20")) >= 0) {
		i = str_starts(uri, STR("mailto:")) ? 7 : 0;
		while (str_starts(str_from_offset(uri, i), STR("%20")))
			i += 3;
		end = uri_find_any(uri, (size_t)at + 1, "?&%");
		if (i < (size_t)at && end > (size_t)at + 1)
			add_joined(v, STR("mailto:"), (struct str){ uri.data + i, end - i },
			           STR(""));
	}
	uri = bracketed_address(uri);
	if (uri.len > 0)
		add_joined(v, STR("mailto:"), uri, STR(""));
}

/* "&#46;" and "&#x2e;" of printable characters, which some readers decode twice. */
static struct str decode_references(struct arena *arena, struct str uri)
{
	struct strbuf out;
	size_t i = 0, end;
	unsigned code;
	bool hex;

	if (str_find(uri, STR("&#")) < 0)
		return uri;
	strbuf_init(&out, arena);
	while (i < uri.len) {
		end = i + 2;
		hex = false;
		code = 0;
		if (str_starts(str_from_offset(uri, i), STR("&#"))) {
			hex = end < uri.len && char_lower(uri.data[end]) == 'x';
			end += hex;
			for (; end < uri.len && code < 0x110000; end++) {
				int digit = char_hex_value(uri.data[end]);

				if (digit < 0 || digit >= (hex ? 16 : 10))
					break;
				code = code * (hex ? 16 : 10) + (unsigned)digit;
			}
		}
		if (code == 0x3002 || code == 0xFF0E || code == 0xFF61)
			code = '.';
		if (code > 0x20 && code < 0x7F && end < uri.len && uri.data[end] == ';') {
			strbuf_add_char(&out, (char)code);
			i = end + 1;
		} else {
			strbuf_add_char(&out, uri.data[i++]);
		}
	}
	return strbuf_str(&out);
}

static bool has_scheme(struct str uri)
{
	size_t i = 0;

	while (i < uri.len &&
	       (char_is_alnum(uri.data[i]) || uri.data[i] == '-' || uri.data[i] == '_'))
		i++;
	return i > 0 && i < uri.len && uri.data[i] == ':';
}

/* The length of "http:" or "https:" in front, or 0. */
static size_t web_scheme(struct str uri)
{
	if (str_starts_ci(uri, STR("http:")))
		return 5;
	return str_starts_ci(uri, STR("https:")) ? 6 : 0;
}

/* "http:/host" → "http://host", in 4.0.3 "http:///host", too */
static struct str with_slashes(struct arena *arena, struct str uri, enum reading_version reading)
{
	size_t scheme = web_scheme(uri), slashes = 0,
	       most = reading == READING_4_0_1 ? 2 : SIZE_MAX;

	if (scheme == 0)
		return uri;
	while (slashes < most && scheme + slashes < uri.len && uri.data[scheme + slashes] == '/')
		slashes++;
	if (slashes == 2)
		return uri;
	return uri_join(arena, str_prefix(uri, scheme), STR("//"),
	                str_from_offset(uri, scheme + slashes));
}

/* "http://host?query" → "http://host/?query" */
static struct str with_path(struct arena *arena, struct str uri)
{
	size_t scheme = web_scheme(uri), end;

	if (scheme == 0 || !str_starts(str_from_offset(uri, scheme), STR("//")))
		return uri;
	end = uri_find_any(uri, scheme + 2, "/?#");
	if (end == uri.len || end == scheme + 2 || uri.data[end] == '/')
		return uri;
	return uri_join(arena, str_prefix(uri, end), STR("/"), str_from_offset(uri, end));
}

/* Without a scheme: a web address, in 4.0.3 only where it begins with a host that can exist. */
static bool add_scheme(const struct variants *v, struct str *uri)
{
	bool is_ftp = str_starts(*uri, STR("ftp."));
	struct uri_host host;

	if (v->reading == READING_4_0_3 && !is_ftp &&
	    !uri_host_in(v->arena, v->knowledge->domains, *uri, &host))
		return false;
	*uri = uri_join(v->arena, is_ftp ? STR("ftp") : STR("http"), STR("://"), *uri);
	return true;
}

/* What browsers make of it before they look at the host; false where it leads to none. */
static bool repair(const struct variants *v, struct str *repaired)
{
	struct arena *arena = v->arena;
	struct str uri = *repaired;
	char *copy;

	if (str_find_char(uri, '\\') >= 0) {
		copy = arena_cstr(arena, uri);
		for (size_t i = 0; i < uri.len; i++)
			if (copy[i] == '\\')
				copy[i] = '/';
		uri.data = copy;
	}
	uri = with_slashes(arena, uri, v->reading);
	if (uri_has_escape(uri))
		uri = uri_decode_escapes(arena, uri, v->reading);
	if (!has_scheme(uri) && !add_scheme(v, &uri))
		return false;
	*repaired = with_path(arena, decode_references(arena, uri));
	return true;
}

static bool split_web(struct str uri, struct web *web)
{
	size_t scheme = web_scheme(uri), start, end, at;

	if (scheme == 0 || !str_starts(str_from_offset(uri, scheme), STR("//")))
		return false;
	start = scheme + 2;
	at = uri_find_any(uri, start, "@/?#");
	web->has_login =
		at < uri.len && uri.data[at] == '@' && uri_find_any(uri, at + 1, "/?#:") > at + 1;
	web->scheme = str_prefix(uri, start);
	if (web->has_login)
		start = at + 1;
	end = uri_find_any(uri, start, "/?#:");
	web->host = (struct str){ uri.data + start, end - start };
	web->rest = str_from_offset(uri, end);
	web->port = STR("");
	if (web->rest.len > 0 && web->rest.data[0] == ':') {
		web->port = str_from_offset(web->rest, 1);
		for (end = 0; end < web->port.len && char_is_digit(web->port.data[end]);)
			end++;
		web->port.len = end;
	}
	return web->host.len > 0;
}

static void add_host(struct variants *v, const struct web *web, struct str host)
{
	add_joined(v, web->scheme, host, web->rest);
}

/* The rest without a default port; false where it has none. */
static bool drop_default_port(const struct web *web, struct str *rest_r)
{
	struct str port = str_eq(web->scheme, STR("http://")) ? STR("80") : STR("443");
	char next;

	if (!str_eq(web->port, port))
		return false;
	*rest_r = str_from_offset(web->rest, port.len + 1);
	next = rest_r->len > 0 ? rest_r->data[0] : '/';
	return !char_is_alnum(next) && next != '_';
}

/* The target within a redirector's URI: "http:" somewhere after the host, up to '&' or '#'. */
static bool find_redirect(struct str rest, struct str *target_r)
{
	for (size_t i = 0; i + 5 < rest.len; i++) {
		struct str target = str_from_offset(rest, i);
		size_t scheme = web_scheme(target);

		if (scheme == 0 || scheme >= target.len)
			continue;
		target.len = uri_find_any(target, scheme, "&#");
		if (target.len == scheme)
			continue;
		*target_r = target;
		return str_find_char(target, '.') >= 0;
	}
	return false;
}

/* One number of an address: hexadecimal, octal or decimal as inet_aton() has it. */
static bool read_octet(struct str digits, uint64_t *value_r)
{
	unsigned base = 10;
	uint64_t value = 0;

	if (digits.len > 2 && digits.data[0] == '0' && char_lower(digits.data[1]) == 'x') {
		base = 16;
		digits = str_from_offset(digits, 2);
	} else if (digits.len > 1 && digits.data[0] == '0') {
		base = 8;
		for (size_t i = 0; i < digits.len; i++)
			if (digits.data[i] > '7')
				base = 10;
	}
	if (digits.len == 0)
		return false;
	for (size_t i = 0; i < digits.len; i++) {
		int digit = char_hex_value(digits.data[i]);

		if (digit < 0 || (unsigned)digit >= base)
			return false;
		value = value * base + (unsigned)digit;
	}
	*value_r = value;
	return true;
}

/* "0x7f000001", "2130706433", "0177.0.0.1" → "127.0.0.1"; false where it is no such number. */
static bool to_dotted_quad(struct arena *arena, struct str host, struct str *quad_r)
{
	uint64_t parts[4] = { 0 }, whole;
	struct str piece;
	size_t count = 0;

	while (str_next_piece(&host, '.', &piece))
		if (count == 4 || !read_octet(piece, &parts[count++]))
			return false;
	if (count == 1) {
		whole = parts[0];
		for (int i = 3; i >= 0; i--, whole >>= 8)
			parts[i] = whole & 0xFF;
	} else if (count != 4) {
		return false;
	}
	*quad_r = arena_printf(arena, "%u.%u.%u.%u", (unsigned)(uint32_t)parts[0],
	                       (unsigned)(uint32_t)parts[1], (unsigned)(uint32_t)parts[2],
	                       (unsigned)(uint32_t)parts[3]);
	return true;
}

static struct str drop_controls(struct arena *arena, struct str host)
{
	struct strbuf out;

	strbuf_init(&out, arena);
	for (size_t i = 0; i < host.len; i++)
		if ((unsigned char)host.data[i] > ' ')
			strbuf_add_char(&out, host.data[i]);
	return strbuf_str(&out);
}

/* Browsers try "http://www.name.com" for "http://name". */
static void add_guessed_host(struct variants *v, const struct web *web, struct str ascii)
{
	struct str name = ascii;

	if (str_starts(ascii, STR("www.")) && ascii.len > 4)
		name = str_from_offset(ascii, 4);
	if (str_find_char(name, '.') >= 0 || !str_eq(web->scheme, STR("http://")) ||
	    web->has_login || str_eq(ascii, STR("localhost")) ||
	    (web->port.len > 0 && !str_eq(web->port, STR("80"))) ||
	    uri_tld_in(v->knowledge != NULL ? v->knowledge->domains : NULL, ascii))
		return;
	add_host(v, web, uri_join(v->arena, STR("www."), name, STR(".com")));
}

/* The host without what confuses: its case, another login, punctuation after it. */
static struct str clean_host(struct variants *v, const struct web *web, struct str host)
{
	struct str clean = drop_controls(v->arena, host);
	ptrdiff_t at;

	if (clean.len < host.len)
		add_host(v, web, clean);
	at = str_find_char(clean, '@');
	if (at > 0) {
		clean = str_from_offset(clean, (size_t)at + 1);
		add_host(v, web, clean);
	}
	host = clean;
	while (clean.len > 0 && !char_is_alnum(clean.data[clean.len - 1]))
		clean.len--;
	if (clean.len < host.len)
		add_host(v, web, clean);
	return clean;
}

static void add_web_variants(struct variants *v, const struct web *web)
{
	struct str without_port = { 0 }, ascii, host = web->host, quad;

	if (drop_default_port(web, &without_port))
		add_joined(v, web->scheme, host, without_port);
	ascii = uri_host_to_ascii(v->arena, host);
	if (!str_eq_ci(ascii, host)) {
		add_host(v, web, ascii);
		if (without_port.data != NULL)
			add_joined(v, web->scheme, ascii, without_port);
		clean_host(v, web, host); /* words of another script may just follow it */
		host = ascii;
	}
	host = clean_host(v, web, host);
	if (to_dotted_quad(v->arena, host, &quad))
		add_host(v, web, quad);
	else
		add_guessed_host(v, web, ascii);
}

static bool is_mail(struct str uri)
{
	size_t first = uri_find_any(uri, 0, ":@");

	return str_starts_ci(uri, STR("mailto:")) || (first < uri.len && uri.data[first] == '@');
}

/* "#name", "?query", "/path": nothing that leads to another host. */
static bool is_local(struct str uri)
{
	if (uri.len <= 1 || memchr("#?&", uri.data[0], 3) != NULL)
		return true;
	return uri.data[0] == '/' && uri.data[1] != '/';
}

/* The target of a redirector that is known, else of one that shows it. */
static bool find_target(struct arena *arena, const struct web *web,
                        const struct uri_knowledge *knowledge, struct str *target_r)
{
	struct str uri;

	if (knowledge != NULL && knowledge->find_target != NULL) {
		uri = uri_join(arena, web->scheme, web->host, web->rest);
		if (knowledge->find_target(knowledge->context, uri, target_r) &&
		    str_find_char(*target_r, '.') >= 0)
			return true;
	}
	return find_redirect(web->rest, target_r);
}

bool uri_add_variants(struct arena *arena, struct str written,
                      const struct uri_knowledge *knowledge, struct str_list *list)
{
	struct variants v = { .arena = arena, .knowledge = knowledge, .list = list };
	struct str next = written, uri;
	struct web web;

	if (knowledge != NULL)
		v.reading = knowledge->reading;
	for (int level = 0; level <= MAX_REDIRECTS; level++) {
		uri = join_lines(arena, next);
		add(&v, uri);
		if (is_local(uri))
			break;
		if (is_mail(uri)) {
			add_mail_variants(&v, uri);
			break;
		}
		if (!repair(&v, &uri))
			break;
		add(&v, uri);
		if (!split_web(uri, &web))
			break;
		add_web_variants(&v, &web);
		if (!find_target(arena, &web, knowledge, &next))
			break;
	}
	return v.truncated;
}
