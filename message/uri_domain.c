/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <idn2.h>
#include <libpsl.h>
#include <string.h>

#include "message/uri.h"

#define MAX_HOST  253
#define MAX_LABEL 63

bool uri_is_ip_address(struct str host)
{
	unsigned char address[16];
	char text[INET6_ADDRSTRLEN];

	if (host.len >= sizeof(text) || memchr(host.data, '\0', host.len) != NULL)
		return false;
	memcpy(text, host.data, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool is_label(struct str label, bool underscores)
{
	if (label.len == 0 || label.len > MAX_LABEL || label.data[0] == '-' ||
	    label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!char_is_alnum(label.data[i]) && label.data[i] != '-' &&
		    (label.data[i] != '_' || !underscores))
			return false;
	return true;
}

bool uri_is_host_name(struct str host)
{
	struct str label;
	ptrdiff_t dot;
	size_t count;

	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len > MAX_HOST)
		return false;
	for (count = 0, dot = 0; dot >= 0; count++) {
		dot = str_rfind_char(host, '.');
		label = str_from_offset(host, (size_t)(dot + 1));
		if (!is_label(label, count >= 2))
			return false;
		host = str_prefix(host, dot >= 0 ? (size_t)dot : 0);
	}
	return count >= 2;
}

static bool is_listed(struct str suffix)
{
	char name[2 * MAX_LABEL + 2];

	if (suffix.len >= sizeof(name) || memchr(suffix.data, '\0', suffix.len) != NULL)
		return false;
	for (size_t i = 0; i < suffix.len; i++)
		name[i] = char_lower(suffix.data[i]);
	name[suffix.len] = '\0';
	return psl_is_public_suffix2(psl_builtin(), name, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE);
}

bool uri_has_known_tld(struct str host)
{
	ptrdiff_t dot = str_rfind_char(host, '.'), before;
	struct str tld;

	if (dot < 0)
		return false;
	tld = str_from_offset(host, (size_t)dot + 1);
	if (tld.len < 2)
		return false;
	if (is_listed(tld))
		return true;
	/* .za is listed only by what is below it; the others of its kind are countries, too */
	if (tld.len != 2)
		return false;
	before = str_rfind_char(str_prefix(host, (size_t)dot), '.');
	return is_listed(str_from_offset(host, (size_t)(before + 1)));
}

struct str uri_registered_domain(struct arena *arena, struct str host)
{
	const char *domain;

	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > MAX_HOST || uri_is_ip_address(host) ||
	    memchr(host.data, '\0', host.len) != NULL)
		return STR("");
	host = arena_str_lower(arena, host);
	domain = psl_registrable_domain(psl_builtin(), host.data);
	return str_from(domain);
}

static bool is_plain_host(struct str host)
{
	for (size_t i = 0; i < host.len; i++)
		if (!char_is_alnum(host.data[i]) && memchr("_.:[]-", host.data[i], 6) == NULL)
			return false;
	return true;
}

/* The dots of other scripts that IDNA takes for dots: U+3002, U+FF0E, U+FF61. */
static struct str plain_dots(struct arena *arena, struct str host)
{
	char *out = arena_alloc(arena, host.len + 1);
	size_t len = 0, i = 0;

	while (i < host.len) {
		struct str rest = str_from_offset(host, i);

		if (str_starts(rest, STR("\xE3\x80\x82")) ||
		    str_starts(rest, STR("\xEF\xBC\x8E")) ||
		    str_starts(rest, STR("\xEF\xBD\xA1"))) {
			out[len++] = '.';
			i += 3;
		} else {
			out[len++] = host.data[i++];
		}
	}
	out[len] = '\0';
	return (struct str){ out, len };
}

struct str uri_host_to_ascii(struct arena *arena, struct str host)
{
	char *ascii = NULL;
	struct str result;

	if (is_plain_host(host) || host.len > 4 * MAX_HOST ||
	    memchr(host.data, '\0', host.len) != NULL)
		return arena_str_lower(arena, host);
	host = plain_dots(arena, host);
	if (idn2_to_ascii_8z(host.data, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
		return arena_str_lower(arena, host);
	result = arena_str_lower(arena, str_from(ascii));
	idn2_free(ascii);
	/* it makes a plain space of a no-break space, for one */
	return is_plain_host(result) ? result : arena_str_lower(arena, host);
}
