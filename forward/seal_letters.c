/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "forward/seal_letters.h"

#include <string.h>

#include "forward/netstring.h"

void seal_letters_add(struct strbuf *buf, char name, struct str value)
{
	strbuf_add_char(buf, name);
	netstring_add(buf, value);
}

void seal_letters_add_number(struct strbuf *buf, char name, int64_t number)
{
	seal_letters_add(buf, name, arena_printf(buf->arena, "%lld", (long long)number));
}

void seal_letters_add_digest(struct strbuf *buf, char name, const struct seal_digest *digest)
{
	seal_letters_add(buf, name, (struct str){ (const char *)digest->bytes, SEAL_HASH_SIZE });
}

int64_t seal_letters_number(struct str s)
{
	bool minus = s.len > 0 && s.data[0] == '-';
	uint64_t value = 0;

	str_to_uint(str_from_offset(s, minus), INT64_MAX, &value);
	return minus ? -(int64_t)value : (int64_t)value;
}

struct seal_digest seal_letters_digest(struct str value)
{
	struct seal_digest digest = { .known = value.len == SEAL_HASH_SIZE };

	if (digest.known)
		memcpy(digest.bytes, value.data, SEAL_HASH_SIZE);
	return digest;
}
