/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dkim.h"

#include <openssl/crypto.h>

#include "base/map.h"

/* More in h= are an attempt to make us work. */
#define SIGNED_FIELDS_MAX 2000

const char *dkim_result_name(enum dkim_result result)
{
	static const char *const names[] = {
		[DKIM_NONE] = "none",           [DKIM_PASS] = "pass",
		[DKIM_FAIL] = "fail",           [DKIM_POLICY] = "policy",
		[DKIM_NEUTRAL] = "neutral",     [DKIM_TEMPERROR] = "temperror",
		[DKIM_PERMERROR] = "permerror",
	};

	return names[result];
}

static void settle(struct dkim_check *check, enum dkim_result result, const char *reason)
{
	check->result = result;
	check->reason = reason;
	check->key_name = STR("");
}

/* The body. */

static bool same_body_hash(const struct dkim_signature *a, const struct dkim_signature *b)
{
	return a->body_canon == b->body_canon && a->body_limit == b->body_limit;
}

static struct dkim_body_hash hash_body(const struct dkim_input *input,
                                       const struct dkim_signature *signature)
{
	struct dkim_body_hash result;
	struct dkim_body body;

	if (input->bodies != NULL &&
	    dkim_bodies_find(input->bodies, signature->body_canon, signature->body_limit, &result))
		return result;
	dkim_body_start(&body, signature->body_canon, EVP_sha256(), signature->body_limit);
	dkim_body_add(&body, input->body);
	result.len = dkim_body_end(&body, result.bytes);
	result.length = body.length;
	return result;
}

static void judge_body(const struct dkim_input *input, const struct dkim_body_hash *body,
                       struct dkim_check *check)
{
	uint64_t limit = check->signature.body_limit;
	struct str expected = check->signature.body_hash;

	/* What follows the end of what we have can only matter where it is signed. */
	if (input->truncated && body->length <= limit) {
		settle(check, DKIM_NEUTRAL, "not all of the body is known");
		return;
	}
	if (limit != UINT64_MAX && limit > body->length) {
		settle(check, DKIM_PERMERROR, "it signs more text than there is (l=)");
		return;
	}
	check->unsigned_text = limit < body->length;
	if (body->len == 0 || body->len != expected.len ||
	    CRYPTO_memcmp(body->bytes, expected.data, expected.len) != 0)
		settle(check, DKIM_FAIL, "the body was changed");
}

static bool needs_body(const struct dkim_check *check)
{
	return check->key_name.len > 0;
}

/* One pass over the body for all signatures that want the same of it. */
static void judge_bodies(const struct dkim_input *input, struct dkim_message *message)
{
	bool done[DKIM_SIGNATURES_MAX] = { false };

	for (size_t i = 0; i < message->count; i++) {
		const struct dkim_signature *signature = &message->checks[i].signature;
		struct dkim_body_hash body;

		if (done[i] || !needs_body(&message->checks[i]))
			continue;
		body = hash_body(input, signature);
		for (size_t k = i; k < message->count; k++) {
			struct dkim_check *check = &message->checks[k];

			if (done[k] || !needs_body(check) ||
			    !same_body_hash(signature, &check->signature))
				continue;
			done[k] = true;
			judge_body(input, &body, check);
		}
	}
}

/* Reading. */

static void read_check(struct arena *arena, const struct dkim_input *input,
                       const struct dkim_fields *fields, size_t field, struct dkim_check *check_r)
{
	struct dkim_signature *signature = &check_r->signature;

	*check_r = (struct dkim_check){ .reason = "" };
	dkim_signature_read(arena, fields, field, input->kind, signature);
	check_r->key_name = dkim_signature_key_name(arena, signature);
	if (signature->broken != NULL)
		settle(check_r, DKIM_PERMERROR, signature->broken);
	else if (check_r->key_name.len == 0)
		settle(check_r, DKIM_PERMERROR, "the name of its key is too long");
	else if (signature->algorithm == DKIM_RSA_SHA1)
		settle(check_r, DKIM_POLICY, "SHA-1 is not accepted");
	else if (signature->expires >= 0 && signature->expires < input->now)
		settle(check_r, DKIM_POLICY, "it has expired");
}

void dkim_read(struct arena *arena, const struct dkim_input *input, struct dkim_message *message_r)
{
	*message_r = (struct dkim_message){ 0 };
	dkim_fields_read(arena, input->headers, input->skip, &message_r->fields);
	message_r->checks = arena_calloc(arena, DKIM_SIGNATURES_MAX, sizeof(*message_r->checks));
	for (size_t i = 0; i < message_r->fields.len; i++) {
		if (!str_eq_ci(message_r->fields.items[i].name, STR("DKIM-Signature")))
			continue;
		if (message_r->count == DKIM_SIGNATURES_MAX) {
			message_r->more = true;
			break;
		}
		read_check(arena, input, &message_r->fields, i,
		           &message_r->checks[message_r->count++]);
	}
	judge_bodies(input, message_r);
}

void dkim_read_one(struct arena *arena, const struct dkim_input *input, size_t field,
                   struct dkim_message *message)
{
	message->checks = arena_calloc(arena, 1, sizeof(*message->checks));
	message->count = 1;
	read_check(arena, input, &message->fields, field, &message->checks[0]);
	judge_bodies(input, message);
}

/* The header. */

/* The fields that h= names, from the last upwards for each name; those that aren't there count as
 * empty: RFC 6376 section 5.4.2. */
static bool hash_signed_fields(struct arena *arena, const struct dkim_message *message,
                               const struct dkim_signature *signature, EVP_MD_CTX *hash)
{
	struct map *next = map_new(arena, MAP_IGNORE_CASE);
	struct str rest = signature->headers, name;
	bool ok = true;

	for (size_t n = 0;
	     ok && n < SIGNED_FIELDS_MAX && rest.data != NULL && str_next_piece(&rest, ':', &name);
	     n++) {
		ptrdiff_t *at;

		name = str_trim(name);
		at = map_get(next, name);
		if (at == NULL) {
			at = arena_new_object(arena, ptrdiff_t);
			*at = (ptrdiff_t)(uintptr_t)map_get(message->fields.last, name) - 1;
			map_set(next, name, at);
		}
		if (*at < 0)
			continue;
		ok = dkim_hash_field(hash, signature->header_canon, message->fields.items[*at].text,
		                     0, 0, true);
		*at = message->fields.items[*at].previous;
	}
	return ok;
}

/* Each From of the message: a reader may be shown any of them. */
static bool signs_every_from(const struct dkim_message *message,
                             const struct dkim_signature *signature)
{
	struct str rest = signature->headers, name;
	size_t there = 0, is_signed = 0;

	for (size_t i = 0; i < message->fields.len; i++)
		there += str_eq_ci(message->fields.items[i].name, STR("From"));
	while (rest.data != NULL && str_next_piece(&rest, ':', &name))
		is_signed += str_eq_ci(str_trim(name), STR("From"));
	return is_signed >= there;
}

/* What is signed of the header; 0 bytes where hashing failed. */
static unsigned hash_header(struct arena *arena, const struct dkim_message *message,
                            const struct dkim_signature *signature,
                            unsigned char digest_r[EVP_MAX_MD_SIZE])
{
	struct str own = message->fields.items[signature->field].text;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	unsigned len = 0;

	if (hash == NULL || EVP_DigestInit_ex(hash, EVP_sha256(), NULL) != 1 ||
	    !hash_signed_fields(arena, message, signature, hash) ||
	    !dkim_hash_field(hash, signature->header_canon, own, signature->cut, signature->cut_len,
	                     false) ||
	    EVP_DigestFinal_ex(hash, digest_r, &len) != 1)
		len = 0;
	EVP_MD_CTX_free(hash);
	return len;
}

static void verify_with(struct arena *arena, const struct dkim_message *message,
                        struct dkim_check *check, const struct dkim_key *key)
{
	const char *misfit = dkim_key_misfit(key, &check->signature);
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (misfit != NULL) {
		settle(check, DKIM_PERMERROR, misfit);
		return;
	}
	misfit = dkim_key_size_misfit(key);
	if (misfit != NULL) {
		settle(check, DKIM_POLICY, misfit);
		return;
	}
	if (!signs_every_from(message, &check->signature)) {
		settle(check, DKIM_PERMERROR, "one of several From fields is not signed");
		return;
	}
	len = hash_header(arena, message, &check->signature, digest);
	if (len > 0 && dkim_key_verifies(key, check->signature.signature, digest, len))
		settle(check, DKIM_PASS, "");
	else
		settle(check, DKIM_FAIL, "the header was changed, or another key signed it");
}

void dkim_verify(struct arena *arena, const struct dkim_message *message, struct dkim_check *check,
                 const struct dns_answer *answer)
{
	struct dkim_key key;

	if (check->key_name.len == 0)
		return;
	if (answer == NULL || answer->status == DNS_TIMEOUT || answer->status == DNS_FAILED) {
		settle(check, DKIM_TEMPERROR, "its key can't be had now");
		return;
	}
	if (answer->status != DNS_OK) {
		settle(check, DKIM_PERMERROR, "there is no key");
		return;
	}
	dkim_key_find(arena, answer, &key);
	check->testing = key.testing;
	check->key_bits = key.bits;
	if (key.key == NULL)
		settle(check, DKIM_PERMERROR, key.broken);
	else
		verify_with(arena, message, check, &key);
	EVP_PKEY_free(key.key);
}
