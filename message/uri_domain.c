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

static bool map_has(const struct map *map, struct str name)
{
	char lower[MAX_HOST + 1];

	if (map == NULL || name.len >= sizeof(lower))
		return false;
	for (size_t i = 0; i < name.len; i++)
		lower[i] = char_lower(name.data[i]);
	return map_get(map, (struct str){ lower, name.len }) != NULL;
}

static bool replaces_list(const struct uri_domains *domains)
{
	return domains != NULL && domains->top_level != NULL && map_len(domains->top_level) > 0;
}

bool uri_tld_in(const struct uri_domains *domains, struct str host)
{
	ptrdiff_t dot = str_rfind_char(host, '.'), before;
	struct str tld;

	if (dot < 0)
		return false;
	tld = str_from_offset(host, (size_t)dot + 1);
	if (replaces_list(domains))
		return map_has(domains->top_level, tld);
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

/* The last `count` labels; the whole where it has fewer. */
static struct str last_labels(struct str host, size_t count)
{
	size_t at = host.len;

	while (at > 0 && (host.data[at - 1] != '.' || --count > 0))
		at--;
	return str_from_offset(host, at);
}

static bool is_state(struct str label)
{
	static const char states[] = " ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la "
				     "ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa "
				     "pr ri sc sd tn tx ut va vi vt wa wi wv wy ";
	char word[] = " xx ";

	if (label.len != 2)
		return false;
	word[1] = label.data[0];
	word[2] = label.data[1];
	return strstr(states, word) != NULL;
}

/* RFC 1480: how many labels at the end of a name below .us belong to no one; 0: it isn't one. */
static size_t us_suffix(struct str host)
{
	struct str state = last_labels(host, 2), city = last_labels(host, 3),
		   front = last_labels(host, 4);

	state = str_prefix(state, state.len > 3 ? state.len - 3 : 0);
	if (!str_ends_ci(host, STR(".us")) || !is_state(state))
		return 0;
	if (front.len > city.len &&
	    (str_starts(front, STR("ci.")) || str_starts(front, STR("co.")) ||
	     str_starts(front, STR("pvt.k12."))))
		return 4;
	return city.len > state.len + 3 ? 3 : 0;
}

/* How many labels at the end are where others register, by the lists only; 0: they say nothing. */
static size_t listed_suffix(const struct uri_domains *domains, struct str host)
{
	if (replaces_list(domains) && us_suffix(host) > 0)
		return us_suffix(host);
	if (map_has(domains->four_level, last_labels(host, 4)))
		return 4;
	if (map_has(domains->three_level, last_labels(host, 3)))
		return 3;
	if (map_has(domains->two_level, last_labels(host, 2)))
		return 2;
	return replaces_list(domains) ? 1 : 0;
}

struct str uri_registered_domain(struct arena *arena, struct str host)
{
	return uri_domain_in(arena, NULL, host);
}

struct str uri_domain_in(struct arena *arena, const struct uri_domains *domains, struct str host)
{
	const char *domain;
	size_t suffix;

	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > MAX_HOST || uri_is_ip_address(host) ||
	    memchr(host.data, '\0', host.len) != NULL)
		return STR("");
	host = arena_str_lower(arena, host);
	suffix = domains != NULL ? listed_suffix(domains, host) : 0;
	if (suffix > 0) {
		struct str own = last_labels(host, suffix + 1);

		return own.len > last_labels(host, suffix).len ? own : STR("");
	}
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

bool uri_is_dot(unsigned code)
{
	return code == '.' || code == 0x2024 || code == 0x3002 || code == 0xFE52 ||
	       code == 0xFF0E || code == 0xFF61;
}

/* The dots of other scripts as dots; all of them have three bytes in UTF-8. */
static struct str plain_dots(struct arena *arena, struct str host)
{
	char *out = arena_alloc(arena, host.len + 1);
	size_t len = 0, i = 0;

	while (i < host.len) {
		const unsigned char *at = (const unsigned char *)host.data + i;

		if (host.len - i >= 3 && at[0] >> 4 == 14 &&
		    uri_is_dot((at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u))) {
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
