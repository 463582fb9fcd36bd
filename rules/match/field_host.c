/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/match/field_host.h"

#include "base/strbuf.h"
#include "facts/networks.h"

/* The most bytes in front of the dot before a top-level domain. */
#define MAX_FRONT 251

static size_t word_len(struct str text)
{
	size_t len = 0;

	while (len < text.len && !char_is_space(text.data[len]))
		len++;
	return len;
}

/* After the last "@" that has something after it. */
struct str field_host_of_address(struct str address)
{
	for (ptrdiff_t at; (at = str_rfind_char(address, '@')) >= 0;) {
		struct str rest = { address.data + at + 1, address.len - (size_t)at - 1 };
		size_t len = word_len(rest);

		if (len > 0)
			return str_prefix(rest, len);
		address = str_prefix(address, (size_t)at);
	}
	return STR("");
}

/* In lower case, without empty labels. */
static struct str plain_host(struct arena *arena, struct str host)
{
	struct strbuf out;
	struct str label;

	strbuf_init(&out, arena);
	while (str_next_piece(&host, '.', &label)) {
		if (label.len > 0 && out.len > 0)
			strbuf_add_char(&out, '.');
		strbuf_add(&out, label);
	}
	return arena_str_lower(arena, strbuf_str(&out));
}

struct str field_domain_of(struct arena *arena, const struct uri_domains *domains, struct str host)
{
	struct str domain;
	ptrdiff_t dot;

	host = plain_host(arena, host);
	domain = uri_domain_in(arena, domains, host);
	dot = str_rfind_char(host, '.');
	if (domain.len > 0 || dot < 1)
		return domain.len > 0 ? domain : host;
	dot = str_rfind_char(str_prefix(host, (size_t)dot), '.');
	return str_from_offset(host, (size_t)(dot + 1));
}

static bool is_tld_char(char c)
{
	return char_is_alnum(c) || c == '-';
}

/*
 * The longest text without white space at the start of `text` that ends in a dot and a top-level
 * domain, after which nothing follows that a host's name could go on with. 0: there is none.
 */
static size_t host_len(const struct uri_domains *domains, struct str text)
{
	size_t len = word_len(str_prefix(text, MAX_FRONT + 1));

	for (size_t dot = len; dot-- > 1;) {
		size_t end = dot + 1;

		if (text.data[dot] != '.')
			continue;
		while (end < text.len && is_tld_char(text.data[end]))
			end++;
		if (end < text.len && str_find_char(STR("._-"), text.data[end]) >= 0)
			continue;
		if (end > dot + 1 && uri_tld_in(domains, str_prefix(text, end)))
			return end;
	}
	return 0;
}

static bool is_host(struct arena *arena, struct str host)
{
	return uri_is_host_name(uri_host_to_ascii(arena, host));
}

/* After the last "@" of a line that has one; length 0: there is none. */
static struct str host_after_at(const struct uri_domains *domains, struct str text)
{
	struct str line;

	while (str_next_line(&text, &line)) {
		for (size_t at = line.len; at-- > 0;) {
			struct str rest = { line.data + at + 1, line.len - at - 1 };
			size_t len = line.data[at] == '@' ? host_len(domains, rest) : 0;

			if (len > 0)
				return str_prefix(rest, len);
		}
	}
	return STR("");
}

struct str field_host_of(struct arena *arena, const struct uri_domains *domains, struct str text)
{
	struct str host = host_after_at(domains, text);

	if (host.len > 0 && is_host(arena, host))
		return host;
	for (size_t at = 0; at<text.len; at += host.len> 0 ? host.len : 1) {
		host = STR("");
		if (at > 0 && str_find_char(STR("._-"), text.data[at - 1]) >= 0)
			continue;
		host = str_from_offset(text, at);
		host = str_prefix(host, host_len(domains, host));
		if (host.len > 0 && is_host(arena, host))
			return host;
	}
	return STR("");
}

/* Length of an IPv4 address in dotted form at the start of a text; 0 where there is none. */
static size_t dotted_quad(struct str text)
{
	size_t at = 0;

	for (int part = 0; part < 4; part++) {
		size_t digits = 0;
		uint64_t value;

		if (part > 0 && (at >= text.len || text.data[at++] != '.'))
			return 0;
		while (at + digits < text.len && char_is_digit(text.data[at + digits]))
			digits++;
		if ((digits > 1 && text.data[at] == '0') ||
		    !str_to_uint((struct str){ text.data + at, digits }, 255, &value))
			return 0;
		at += digits;
	}
	return at < text.len && (char_is_alnum(text.data[at]) || text.data[at] == '.') ? 0 : at;
}

/* The same for an IPv6 address. */
static size_t ipv6_len(struct str text)
{
	struct ip_address address;
	size_t len = 0;

	while (len < text.len && (char_hex_value(text.data[len]) >= 0 || text.data[len] == ':' ||
	                          text.data[len] == '.'))
		len++;
	if (len < text.len && char_is_alnum(text.data[len]))
		return 0;
	while (len > 0 && text.data[len - 1] == '.')
		len--;
	text = str_prefix(text, len);
	return str_find_char(text, ':') >= 0 && ip_parse(text, &address) ? len : 0;
}

static struct str find_ip(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		struct str rest = str_from_offset(text, i);
		size_t len;

		if (i > 0 && (char_is_alnum(text.data[i - 1]) || text.data[i - 1] == '.'))
			continue;
		len = ipv6_len(rest);
		if (len == 0)
			len = dotted_quad(rest);
		if (len > 0)
			return (struct str){ text.data + i, len };
	}
	return STR("");
}

/* "192.0.2.1" → "1.2.0.192", and the hexadecimal digits of an IPv6 address in the same way. */
static struct str reverse_ip(struct arena *arena, struct str ip)
{
	struct str parts[4] = { 0 }, rest = ip;
	struct ip_address address;

	if (str_find_char(ip, ':') >= 0 && ip_parse(ip, &address) && !ip_is_v4(&address))
		return ip_reversed(arena, &address);
	for (int i = 0; i < 4; i++)
		str_next_piece(&rest, '.', &parts[i]);
	return arena_printf(arena, "%.*s.%.*s.%.*s.%.*s", STR_FMT(parts[3]), STR_FMT(parts[2]),
	                    STR_FMT(parts[1]), STR_FMT(parts[0]));
}

struct str field_ip_of(struct arena *arena, struct str text, bool reversed)
{
	struct str ip = find_ip(text);

	return reversed && ip.len > 0 ? reverse_ip(arena, ip) : ip;
}
