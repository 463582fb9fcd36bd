/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/field_host.h"

#include "base/strbuf.h"
#include "facts/networks.h"

static bool is_host_char(char c)
{
	return char_is_alnum(c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

struct str field_host_of_address(struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');
	size_t len = 0;

	if (at < 0)
		return STR("");
	address = str_from_offset(address, (size_t)at + 1);
	while (len < address.len && !char_is_space(address.data[len]))
		len++;
	return str_prefix(address, len);
}

struct str field_domain_of(struct arena *arena, const struct uri_domains *domains, struct str host)
{
	struct str domain = uri_domain_in(arena, domains, host);
	ptrdiff_t dot = str_rfind_char(host, '.');

	if (domain.len > 0 || dot < 1)
		return domain.len > 0 ? domain : host;
	dot = str_rfind_char(str_prefix(host, (size_t)dot), '.');
	return arena_str_lower(arena, str_from_offset(host, (size_t)(dot + 1)));
}

static bool is_registered(struct arena *arena, const struct uri_domains *domains, struct str host)
{
	return uri_tld_in(domains, host) && uri_domain_in(arena, domains, host).len > 0;
}

struct str field_host_of(struct arena *arena, const struct uri_domains *domains, struct str text)
{
	for (size_t at = text.len; at-- > 0;) {
		struct str host = { text.data + at + 1, 0 };

		if (text.data[at] != '@')
			continue;
		while (at + 1 + host.len < text.len && is_host_char(host.data[host.len]))
			host.len++;
		if (is_registered(arena, domains, host))
			return host;
	}
	for (size_t start = 0; start < text.len;) {
		struct str host = { text.data + start, 0 };

		while (start + host.len < text.len && is_host_char(host.data[host.len]))
			host.len++;
		if (is_registered(arena, domains, host))
			return host;
		start += host.len + 1;
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
	struct strbuf out;

	strbuf_init(&out, arena);
	if (str_find_char(ip, ':') >= 0 && ip_parse(ip, &address) && !ip_is_v4(&address)) {
		for (size_t i = sizeof(address.bytes); i-- > 0;)
			strbuf_printf(&out, "%x.%x%s", address.bytes[i] & 15u,
			              address.bytes[i] >> 4, i > 0 ? "." : "");
		return strbuf_str(&out);
	}
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
