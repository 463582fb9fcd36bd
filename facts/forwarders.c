/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/forwarders.h"

#include "message/uri.h"

/* No domain ends in digits, and none has a colon or slash. */
static bool is_network(struct str text)
{
	char last = text.data[text.len - 1];

	return char_is_digit(last) || last == '.' || str_find_char(text, ':') >= 0 ||
	       str_find_char(text, '/') >= 0 || text.data[0] == '!';
}

bool forwarders_add(struct arena *arena, struct str text, struct forwarders *forwarders,
                    struct error *err_r)
{
	if (text.len > 0 && is_network(text))
		return networks_parse(arena, text, &forwarders->networks, err_r);
	if (str_find_char(text, '.') < 1 || !uri_is_host_name(text))
		return error_set(err_r,
		                 "'%.*s' is neither a network nor a domain; write 192.0.2.0/24, or "
		                 "the domain that seals, such as lists.example.org",
		                 STR_FMT(text));
	vec_push(arena, &forwarders->sealers, arena_str_lower(arena, text));
	return true;
}

bool forwarders_have_sealer(const struct forwarders *forwarders, struct str domain)
{
	for (size_t i = 0; i < forwarders->sealers.len; i++)
		if (str_eq_ci(domain, forwarders->sealers.items[i]))
			return true;
	return false;
}
