/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * base64(salt, tag, ciphertext). The key of a message is the HMAC of its random salt, so that no
 * key is used for two of them and the nonce can stay zero.
 */
#include "forward/seal_box.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <string.h>

#define SALT_SIZE  16
#define TAG_SIZE   16
#define NONCE_SIZE 12
#define HEAD_SIZE  (SALT_SIZE + TAG_SIZE)
#define TEXT_MAX   (1 << 20)
#define PURPOSE    "assay-seal-2 message"

static const unsigned char nonce[NONCE_SIZE];

bool seal_box_hash(const struct seal_key *key, const char *purpose, struct str text,
                   unsigned char hash_r[SEAL_HASH_SIZE])
{
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok;

	ok = HMAC(EVP_sha256(), key->bytes, (int)key->len, (const unsigned char *)purpose,
	          strlen(purpose), own, &len) != NULL &&
	     len == SEAL_HASH_SIZE &&
	     HMAC(EVP_sha256(), own, SEAL_HASH_SIZE, (const unsigned char *)text.data, text.len,
	          hash_r, &len) != NULL &&
	     len == SEAL_HASH_SIZE;
	OPENSSL_cleanse(own, sizeof(own));
	return ok;
}

static bool encrypt(const unsigned char *key, struct str plain, unsigned char *tag_r,
                    unsigned char *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int len = 0, last = 0;
	bool ok;

	ok = context != NULL &&
	     EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	     EVP_EncryptUpdate(context, out, &len, (const unsigned char *)plain.data,
	                       (int)plain.len) == 1 &&
	     EVP_EncryptFinal_ex(context, out + len, &last) == 1 &&
	     (size_t)len + (size_t)last == plain.len &&
	     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, tag_r) == 1;
	EVP_CIPHER_CTX_free(context);
	return ok;
}

static bool decrypt(const unsigned char *key, const unsigned char *text, size_t len,
                    unsigned char *tag, unsigned char *out)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0, last = 0;
	bool ok;

	ok = context != NULL &&
	     EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
	     EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
	     EVP_DecryptUpdate(context, out, &done, text, (int)len) == 1 &&
	     EVP_DecryptFinal_ex(context, out + done, &last) == 1 &&
	     (size_t)done + (size_t)last == len;
	EVP_CIPHER_CTX_free(context);
	return ok;
}

static struct str to_base64(struct arena *arena, const unsigned char *bytes, size_t len)
{
	unsigned char *text = arena_alloc(arena, (len + 2) / 3 * 4 + 1);
	int written = EVP_EncodeBlock(text, bytes, (int)len);

	return (struct str){ (char *)text, (size_t)written };
}

bool seal_box_close(struct arena *arena, const struct seal_key *key, struct str plain,
                    struct str *text_r)
{
	unsigned char own[SEAL_HASH_SIZE], *bytes;
	bool ok;

	if (plain.len > TEXT_MAX)
		return false;
	bytes = arena_alloc(arena, HEAD_SIZE + plain.len);
	ok = RAND_bytes(bytes, SALT_SIZE) == 1 &&
	     seal_box_hash(key, PURPOSE, (struct str){ (char *)bytes, SALT_SIZE }, own) &&
	     encrypt(own, plain, bytes + SALT_SIZE, bytes + HEAD_SIZE);
	OPENSSL_cleanse(own, sizeof(own));
	if (ok)
		*text_r = to_base64(arena, bytes, HEAD_SIZE + plain.len);
	return ok;
}

/* True for base64 as we write it: one text for the same bytes, and no other. */
static bool from_base64(struct arena *arena, struct str text, unsigned char **bytes_r,
                        size_t *len_r)
{
	int len;

	if (text.len == 0 || text.len % 4 != 0 || text.len > 2 * TEXT_MAX)
		return false;
	*bytes_r = arena_alloc(arena, text.len / 4 * 3);
	len = EVP_DecodeBlock(*bytes_r, (const unsigned char *)text.data, (int)text.len);
	if (len < 0)
		return false;
	*len_r = (size_t)len;
	for (size_t i = text.len; i > text.len - 2 && text.data[i - 1] == '='; i--)
		(*len_r)--;
	return str_eq(to_base64(arena, *bytes_r, *len_r), text);
}

bool seal_box_open(struct arena *arena, const struct seal_key *key, struct str text,
                   struct str *plain_r)
{
	unsigned char own[SEAL_HASH_SIZE], *bytes, *plain;
	size_t len;
	bool ok;

	if (!from_base64(arena, text, &bytes, &len) || len < HEAD_SIZE)
		return false;
	plain = arena_alloc(arena, len - HEAD_SIZE + 1);
	ok = seal_box_hash(key, PURPOSE, (struct str){ (char *)bytes, SALT_SIZE }, own) &&
	     decrypt(own, bytes + HEAD_SIZE, len - HEAD_SIZE, bytes + SALT_SIZE, plain);
	OPENSSL_cleanse(own, sizeof(own));
	if (ok)
		*plain_r = (struct str){ (char *)plain, len - HEAD_SIZE };
	return ok;
}
