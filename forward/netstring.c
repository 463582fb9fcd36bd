/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/netstring.h"

/* Digits of a length, and the colon. */
#define PREFIX_MAX 8

enum netstring_state netstring_read(struct str text, size_t max, struct str *content_r,
                                    size_t *used_r)
{
	struct str prefix = str_prefix(text, PREFIX_MAX);
	ptrdiff_t colon = str_find_char(prefix, ':');
	uint64_t len;

	for (size_t i = 0; i < prefix.len && (colon < 0 || i < (size_t)colon); i++)
		if (!char_is_digit(prefix.data[i]))
			return NETSTRING_BROKEN;
	if (colon < 0)
		return prefix.len < PREFIX_MAX ? NETSTRING_PARTIAL : NETSTRING_BROKEN;
	if (!str_to_uint(str_prefix(text, (size_t)colon), max, &len))
		return NETSTRING_BROKEN;
	*used_r = (size_t)colon + 1 + (size_t)len + 1;
	if (text.len < *used_r)
		return NETSTRING_PARTIAL;
	*content_r = (struct str){ text.data + colon + 1, (size_t)len };
	return text.data[*used_r - 1] == ',' ? NETSTRING_COMPLETE : NETSTRING_BROKEN;
}

void netstring_add(struct strbuf *buf, struct str content)
{
	strbuf_printf(buf, "%zu:", content.len);
	strbuf_add(buf, content);
	strbuf_add_char(buf, ',');
}
