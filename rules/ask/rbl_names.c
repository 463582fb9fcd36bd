/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/ask/rbl.h"

#include "base/strbuf.h"
#include "message/uri.h"

bool rbl_reversed(struct arena *arena, struct str address, struct str *reversed_r)
{
	struct ip_address ip;

	if (!uri_is_ip_address(address) || !ip_parse(address, &ip))
		return false;
	*reversed_r = ip_reversed(arena, &ip);
	return true;
}

bool rbl_host_entry(struct arena *arena, const struct rbl_rule *rbl,
                    const struct uri_domains *domains, struct str host, struct str *entry_r)
{
	if (uri_is_ip_address(host))
		return rbl->addresses && rbl_reversed(arena, host, entry_r);
	if (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	*entry_r = uri_host_to_ascii(arena, host);
	return rbl->names && uri_is_host_name(*entry_r) && uri_tld_in(domains, *entry_r);
}

struct str rbl_host_of_address(struct arena *arena, struct str address)
{
	ptrdiff_t at = str_find_char(address, '@');
	struct strbuf out;
	struct str host;
	bool dotted = false;

	if (at < 0)
		return STR("");
	host = str_from_offset(address, (size_t)at + 1);
	strbuf_init(&out, arena);
	for (size_t i = 0; i < host.len && host.data[i] != '@' && !char_is_space(host.data[i]);
	     i++) {
		bool dot = host.data[i] == '.';

		if (dot && (out.len == 0 || out.data[out.len - 1] == '.'))
			continue;
		dotted = dotted || dot;
		strbuf_add_char(&out, char_lower(host.data[i]));
	}
	host = strbuf_str(&out);
	if (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	return dotted && str_find_char(host, '.') > 0 ? host : STR("");
}

/* "list@a--NAME.example.com": behind "@" or "." */
static bool sender_names(struct str sender, struct str accreditor)
{
	struct str mark = STR("a--");

	for (size_t i = 1; i < sender.len; i++) {
		struct str rest = str_from_offset(sender, i);

		if ((sender.data[i - 1] != '@' && sender.data[i - 1] != '.') ||
		    !str_starts_ci(rest, mark))
			continue;
		rest = str_from_offset(rest, mark.len);
		if (accreditor.len >= 3 && str_starts_ci(rest, accreditor) &&
		    rest.len > accreditor.len && rest.data[accreditor.len] == '.')
			return true;
	}
	return false;
}

bool rbl_is_vouched(struct str sender, struct str fields, struct str accreditor)
{
	struct str piece, word;

	if (sender_names(sender, accreditor))
		return true;
	while (str_next_piece(&fields, ',', &piece))
		if (str_next_word(&piece, &word) && str_eq_ci(word, accreditor))
			return true;
	return false;
}
