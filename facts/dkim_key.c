/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dkim_key.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "facts/tag_list.h"
#include "message/decode.h"

#define ED25519_BYTES 32
/* Of the base64: a key of 8,192 bits takes 1,400. */
#define KEY_TEXT_MAX 4096

/* SubjectPublicKeyInfo, as all publish it, or RSAPublicKey, as the RFC says. */
static EVP_PKEY *read_rsa(struct str der)
{
	const unsigned char *at = (const unsigned char *)der.data;
	EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)der.len);

	if (key == NULL) {
		at = (const unsigned char *)der.data;
		key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)der.len);
	}
	ERR_clear_error();
	if (key != NULL && EVP_PKEY_base_id(key) != EVP_PKEY_RSA) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

static EVP_PKEY *read_ed25519(struct str bytes)
{
	if (bytes.len != ED25519_BYTES)
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
	                                   (const unsigned char *)bytes.data, bytes.len);
}

static void read_bytes(struct arena *arena, struct str text, struct dkim_key *key_r)
{
	bool fault = false;
	struct str bytes = decode_base64(arena, tag_value_packed(arena, text), &fault);

	key_r->broken = "the key is damaged";
	if (fault || text.len > KEY_TEXT_MAX)
		return;
	key_r->key = key_r->ed25519 ? read_ed25519(bytes) : read_rsa(bytes);
	if (key_r->key == NULL)
		return;
	key_r->broken = NULL;
	key_r->bits = (unsigned)EVP_PKEY_bits(key_r->key);
}

static void read_key(struct arena *arena, struct str record, struct dkim_key *key_r)
{
	struct tag_list tags;
	const struct tag *version, *bytes;
	struct str type, flags;
	const char *why;

	*key_r = (struct dkim_key){ .broken = "the key record is malformed" };
	if (!tag_list_parse(arena, record, &tags, &why))
		return;
	version = tag_list_find(&tags, "v");
	type = tag_list_value(&tags, "k", STR("rsa"));
	flags = tag_list_value(&tags, "t", STR(""));
	bytes = tag_list_find(&tags, "p");
	key_r->hashes = tag_list_value(&tags, "h", STR(""));
	key_r->testing = tag_value_has(flags, STR("y"));
	key_r->strict = tag_value_has(flags, STR("s"));
	key_r->ed25519 = str_eq_ci(type, STR("ed25519"));
	if (version != NULL && (version != tags.items || !str_eq(version->value, STR("DKIM1"))))
		key_r->broken = "the key record has another version";
	else if (!key_r->ed25519 && !str_eq_ci(type, STR("rsa")))
		key_r->broken = "the key is of an unknown type";
	else if (!tag_value_has(tag_list_value(&tags, "s", STR("*")), STR("*")) &&
	         !tag_value_has(tag_list_value(&tags, "s", STR("*")), STR("email")))
		key_r->broken = "the key is not for mail";
	else if (bytes == NULL)
		key_r->broken = "the key record has no key";
	else if (bytes->value.len == 0) {
		key_r->revoked = true;
		key_r->broken = "the key was revoked";
	} else
		read_bytes(arena, bytes->value, key_r);
}

void dkim_key_find(struct arena *arena, const struct dns_answer *answer, struct dkim_key *key_r)
{
	*key_r = (struct dkim_key){ .broken = "there is no key" };
	for (size_t i = 0; i < answer->count && key_r->key == NULL; i++)
		read_key(arena, answer->records[i].data, key_r);
}

const char *dkim_key_size_misfit(const struct dkim_key *key)
{
	if (key->ed25519)
		return NULL;
	if (key->bits < DKIM_KEY_BITS_MIN)
		return "the key is too short";
	return key->bits > DKIM_KEY_BITS_MAX ? "the key is too long" : NULL;
}

const char *dkim_key_misfit(const struct dkim_key *key, const struct dkim_signature *signature)
{
	ptrdiff_t at = str_rfind_char(signature->identity, '@');

	if (key->ed25519 != (signature->algorithm == DKIM_ED25519_SHA256))
		return "the key is of another type";
	if (key->hashes.len > 0 && !tag_value_has(key->hashes, STR("sha256")))
		return "the key is not for SHA-256";
	if (key->strict && at >= 0 &&
	    !str_eq_ci(str_from_offset(signature->identity, (size_t)at + 1), signature->domain))
		return "the key is not for subdomains";
	return NULL;
}

static bool verify_rsa(EVP_PKEY *key, struct str signature, const unsigned char *digest,
                       unsigned len)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool ok = context != NULL && EVP_PKEY_verify_init(context) == 1 &&
	          EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
	          EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
	          EVP_PKEY_verify(context, (const unsigned char *)signature.data, signature.len,
	                          digest, len) == 1;

	EVP_PKEY_CTX_free(context);
	return ok;
}

/* The digest is what is signed: RFC 8463 section 3. */
static bool verify_ed25519(EVP_PKEY *key, struct str signature, const unsigned char *digest,
                           unsigned len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	          EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.len,
	                           digest, len) == 1;

	EVP_MD_CTX_free(context);
	return ok;
}

bool dkim_key_verifies(const struct dkim_key *key, struct str signature,
                       const unsigned char *digest, unsigned len)
{
	bool ok = (key->ed25519 ? verify_ed25519 : verify_rsa)(key->key, signature, digest, len);

	ERR_clear_error();
	return ok;
}
