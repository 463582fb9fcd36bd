/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/arc.h"

#include "facts/auth_results_read.h"

const char *arc_result_name(enum arc_result result)
{
	static const char *const names[] = {
		[ARC_NONE] = "none",
		[ARC_PASS] = "pass",
		[ARC_FAIL] = "fail",
		[ARC_TEMPERROR] = "temperror",
	};

	return names[result];
}

static bool fail(struct arc *arc, const char *reason)
{
	arc->result = ARC_FAIL;
	arc->reason = reason;
	arc->questions.len = 0;
	return false;
}

/* The sets. */

/* "i=3; …" of ARC-Authentication-Results, which is no list of tags otherwise, with comments (RFC
 * 8617 section 4.2.1): 0 where it isn't. */
static unsigned results_instance(struct arena *arena, struct str text)
{
	ptrdiff_t colon = str_find_char(text, ':');
	struct str value = str_from_offset(text, (size_t)colon + 1);
	struct auth_result first;
	uint64_t instance = 0;

	if (!auth_results_next(arena, &value, &first) || !str_eq(first.method, STR("i")) ||
	    str_trim(first.rest).len > 0 || first.value.len > 2 ||
	    !str_to_uint(first.value, ARC_SETS_MAX, &instance))
		return 0;
	return (unsigned)instance;
}

static bool place(struct arc *arc, unsigned instance, size_t offset, size_t field)
{
	size_t *slot;

	if (instance == 0 || instance > ARC_SETS_MAX)
		return fail(arc, "an instance (i=) is no number from 1 to 50");
	slot = (size_t *)((char *)&arc->sets[instance - 1] + offset);
	if (*slot != 0)
		return fail(arc, "an instance (i=) comes twice");
	*slot = field + 1;
	if (instance > arc->count)
		arc->count = instance;
	return true;
}

static bool add_field(struct arena *arena, struct arc *arc, size_t number)
{
	const struct dkim_fields *fields = &arc->message.fields;
	struct str name = fields->items[number].name;
	struct dkim_signature signature;

	if (str_eq_ci(name, STR("ARC-Authentication-Results")))
		return place(arc, results_instance(arena, fields->items[number].text),
		             offsetof(struct arc_set, results), number);
	if (str_eq_ci(name, STR("ARC-Message-Signature"))) {
		dkim_signature_read(arena, fields, number, DKIM_KIND_AMS, &signature);
		return place(arc, signature.instance, offsetof(struct arc_set, message), number);
	}
	if (!str_eq_ci(name, STR("ARC-Seal")))
		return true;
	dkim_signature_read(arena, fields, number, DKIM_KIND_SEAL, &signature);
	if (!place(arc, signature.instance, offsetof(struct arc_set, seal), number))
		return false;
	arc->sets[signature.instance - 1].signature = signature;
	return true;
}

static bool is_signature(struct str name)
{
	return str_eq_ci(name, STR("ARC-Message-Signature")) || str_eq_ci(name, STR("ARC-Seal"));
}

static bool read_sets(struct arena *arena, struct arc *arc)
{
	const struct dkim_fields *fields = &arc->message.fields;
	bool ok = true;

	for (size_t i = 0; i < fields->len; i++) {
		arc->is_signed = arc->is_signed || is_signature(fields->items[i].name);
		ok = ok && add_field(arena, arc, i);
	}
	return ok;
}

/* Each hop's seal says that the chain was good before it. */
static bool check_set(struct arc *arc, size_t i)
{
	const struct arc_set *set = &arc->sets[i];

	if (set->results == 0 || set->message == 0 || set->seal == 0)
		return fail(arc, "a set is not complete");
	if (set->signature.broken != NULL)
		return fail(arc, set->signature.broken);
	if (set->signature.algorithm == DKIM_RSA_SHA1)
		return fail(arc, "SHA-1 is not accepted");
	if (!str_eq_ci(set->signature.chain, i == 0 ? STR("none") : STR("pass")))
		return fail(arc, "a seal says that the chain was broken (cv=)");
	return true;
}

static bool read_message_signature(struct arena *arena, const struct dkim_input *input,
                                   struct arc *arc)
{
	size_t field = arc->sets[arc->count - 1].message - 1;

	dkim_read_one(arena, input, field, &arc->message);
	if (arc->message.checks[0].key_name.len == 0)
		return fail(arc, arc->message.checks[0].reason);
	vec_push(arena, &arc->questions, arc->message.checks[0].key_name);
	return true;
}

void arc_read(struct arena *arena, struct dkim_input input, const struct dkim_fields *fields,
              struct arc *arc_r)
{
	*arc_r = (struct arc){ .reason = "" };
	input.kind = DKIM_KIND_AMS;
	arc_r->message.fields = *fields;
	arc_r->sets = arena_calloc(arena, ARC_SETS_MAX, sizeof(*arc_r->sets));
	if (!read_sets(arena, arc_r) || arc_r->count == 0)
		return;
	for (size_t i = arc_r->count; i-- > 0;)
		if (!check_set(arc_r, i))
			return;
	if (!read_message_signature(arena, &input, arc_r))
		return;
	for (size_t i = 0; i < arc_r->count; i++)
		vec_push(arena, &arc_r->questions,
		         dkim_signature_key_name(arena, &arc_r->sets[i].signature));
}

/* The seals. */

/* All sets up to the seal, its own b= left out: RFC 8617 section 5.1.1. */
static unsigned hash_sets(const struct arc *arc, size_t last,
                          unsigned char digest_r[EVP_MAX_MD_SIZE])
{
	const struct dkim_field *fields = arc->message.fields.items;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool ok = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
	unsigned len = 0;

	for (size_t i = 0; ok && i <= last; i++) {
		const struct arc_set *set = &arc->sets[i];
		bool own = i == last;

		ok = dkim_hash_field(hash, DKIM_RELAXED, fields[set->results - 1].text, 0, 0,
		                     true) &&
		     dkim_hash_field(hash, DKIM_RELAXED, fields[set->message - 1].text, 0, 0,
		                     true) &&
		     dkim_hash_field(hash, DKIM_RELAXED, fields[set->seal - 1].text,
		                     own ? set->signature.cut : 0, own ? set->signature.cut_len : 0,
		                     !own);
	}
	if (!ok || EVP_DigestFinal_ex(hash, digest_r, &len) != 1)
		len = 0;
	EVP_MD_CTX_free(hash);
	return len;
}

static const char *judge_seal(const struct arc *arc, size_t i, const struct dkim_key *key)
{
	const struct dkim_signature *signature = &arc->sets[i].signature;
	unsigned char digest[EVP_MAX_MD_SIZE];
	const char *misfit = key->key == NULL ? key->broken : dkim_key_misfit(key, signature);
	unsigned len;

	if (misfit == NULL)
		misfit = dkim_key_size_misfit(key);
	if (misfit != NULL)
		return misfit;
	len = hash_sets(arc, i, digest);
	return len > 0 && dkim_key_verifies(key, signature->signature, digest, len)
	               ? NULL
	               : "a seal does not hold";
}

static bool verify_seal(struct arena *arena, struct arc *arc, size_t i,
                        const struct dns_answer *answer)
{
	const char *reason = "there is no key for a seal";
	struct dkim_key key;

	if (answer == NULL || answer->status == DNS_TIMEOUT || answer->status == DNS_FAILED) {
		fail(arc, "a seal's key can't be had now");
		arc->result = ARC_TEMPERROR;
		return false;
	}
	if (answer->status == DNS_OK) {
		dkim_key_find(arena, answer, &key);
		reason = judge_seal(arc, i, &key);
		EVP_PKEY_free(key.key);
	}
	return reason == NULL || fail(arc, reason);
}

static bool verify_message(struct arena *arena, struct arc *arc, const struct dns_answer *answer)
{
	struct dkim_check *check = &arc->message.checks[0];

	dkim_verify(arena, &arc->message, check, answer);
	if (check->result == DKIM_PASS)
		return true;
	fail(arc, check->reason);
	if (check->result == DKIM_TEMPERROR)
		arc->result = ARC_TEMPERROR;
	return false;
}

void arc_verify(struct arena *arena, struct arc *arc, const struct dns_answer *const *answers)
{
	if (arc->questions.len == 0 || !verify_message(arena, arc, answers[0]))
		return;
	for (size_t i = arc->count; i-- > 0;)
		if (!verify_seal(arena, arc, i, answers[1 + i]))
			return;
	arc->result = ARC_PASS;
}
