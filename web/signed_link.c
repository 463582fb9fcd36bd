/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * version, purpose, expiry (8), epoch (4), length of the account (2), account, message, and the
 * first half of the HMAC of all that. Numbers have the high byte first.
 */
#include "web/signed_link.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "web/base64url.h"

#define LINK_VERSION 1
#define HEAD_SIZE    16
#define TAG_SIZE     16
#define CONTENT_MAX  (HEAD_SIZE + LINK_ACCOUNT_MAX + LINK_MESSAGE_MAX)

static void put_number(unsigned char *at, uint64_t value, unsigned size)
{
	while (size > 0) {
		at[--size] = (unsigned char)value;
		value >>= 8;
	}
}

static uint64_t get_number(const unsigned char *at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | at[i];
	return value;
}

static bool sign(const struct link_key *key, const unsigned char *content, size_t len,
                 unsigned char tag_r[TAG_SIZE])
{
	unsigned char whole[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (HMAC(EVP_sha256(), key->bytes, (int)sizeof(key->bytes), content, len, whole, &size) ==
	            NULL ||
	    size < TAG_SIZE)
		return false;
	memcpy(tag_r, whole, TAG_SIZE);
	return true;
}

bool signed_link_write(struct arena *arena, const struct link_key *key,
                       const struct signed_link *content, struct str *text_r)
{
	unsigned char bytes[CONTENT_MAX + TAG_SIZE];
	struct str account = content->account, message = content->message;
	size_t len = HEAD_SIZE + account.len + message.len;

	if (account.len == 0 || account.len > LINK_ACCOUNT_MAX || message.len > LINK_MESSAGE_MAX)
		return false;
	bytes[0] = LINK_VERSION;
	bytes[1] = (unsigned char)content->purpose;
	put_number(bytes + 2, (uint64_t)content->expires, 8);
	put_number(bytes + 10, content->epoch, 4);
	put_number(bytes + 14, account.len, 2);
	memcpy(bytes + HEAD_SIZE, account.data, account.len);
	if (message.len > 0)
		memcpy(bytes + HEAD_SIZE + account.len, message.data, message.len);
	if (!sign(key, bytes, len, bytes + len))
		return false;
	*text_r = base64url_encode(arena, (struct str){ (const char *)bytes, len + TAG_SIZE });
	return true;
}

/* Only of bytes that were signed. */
static bool take_apart(const unsigned char *bytes, size_t len, struct signed_link *content_r)
{
	size_t account_len = (size_t)get_number(bytes + 14, 2);
	const char *text = (const char *)bytes + HEAD_SIZE;

	if (bytes[0] != LINK_VERSION || account_len == 0 || account_len > LINK_ACCOUNT_MAX ||
	    account_len > len - HEAD_SIZE || len - HEAD_SIZE - account_len > LINK_MESSAGE_MAX)
		return false;
	content_r->purpose = (enum link_purpose)bytes[1];
	content_r->expires = (int64_t)get_number(bytes + 2, 8);
	content_r->epoch = (uint32_t)get_number(bytes + 10, 4);
	content_r->account = (struct str){ text, account_len };
	content_r->message = (struct str){ text + account_len, len - HEAD_SIZE - account_len };
	return true;
}

enum link_state signed_link_read(struct arena *arena, const struct link_key *key,
                                 enum link_purpose purpose, struct str text, int64_t now,
                                 struct signed_link *content_r)
{
	unsigned char tag[TAG_SIZE];
	const unsigned char *bytes;
	struct signed_link content;
	struct str decoded;
	size_t len;

	if (text.len > LINK_TEXT_MAX || !base64url_decode(arena, text, &decoded) ||
	    decoded.len <= HEAD_SIZE + TAG_SIZE)
		return LINK_FORGED;
	bytes = (const unsigned char *)decoded.data;
	len = decoded.len - TAG_SIZE;
	if (!sign(key, bytes, len, tag) || CRYPTO_memcmp(tag, bytes + len, TAG_SIZE) != 0)
		return LINK_FORGED;
	if (!take_apart(bytes, len, &content) || content.purpose != purpose)
		return LINK_FORGED;
	*content_r = content;
	return now < content.expires ? LINK_VALID : LINK_EXPIRED;
}
