/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any octets as a signed message; its first line is the key record of every signature and seal, and
 * a DMARC record. The body is
 * hashed once more in two pieces: where it is cut must not matter.
 */
#include <assert.h>
#include <string.h>

#include "facts/arc.h"
#include "facts/dkim.h"
#include "facts/dmarc_record.h"
#include "tests/unit/fake_dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t hash_in_two(struct str body, size_t cut, enum dkim_canon canon,
                          unsigned char digest_r[EVP_MAX_MD_SIZE])
{
	struct dkim_body state;

	dkim_body_start(&state, canon, EVP_sha256(), UINT64_MAX);
	dkim_body_add(&state, str_prefix(body, cut));
	dkim_body_add(&state, str_from_offset(body, cut));
	return dkim_body_end(&state, digest_r);
}

static void check_cut(struct str body, size_t cut)
{
	unsigned char one[EVP_MAX_MD_SIZE], two[EVP_MAX_MD_SIZE];

	for (enum dkim_canon canon = DKIM_SIMPLE; canon <= DKIM_RELAXED; canon++) {
		size_t len = hash_in_two(body, 0, canon, one);

		assert(hash_in_two(body, cut, canon, two) == len && memcmp(one, two, len) == 0);
	}
}

static void check_all(struct arena *arena, const struct dkim_input *input,
                      struct dns_answer *answer)
{
	struct dkim_message message;

	dkim_read(arena, input, &message);
	assert(message.count <= DKIM_SIGNATURES_MAX);
	for (size_t i = 0; i < message.count; i++) {
		struct dkim_check *check = &message.checks[i];

		dkim_verify(arena, &message, check, answer);
		assert(check->result != DKIM_NONE && check->key_name.len == 0);
		assert((check->result == DKIM_PASS) == (check->reason[0] == '\0'));
	}
}

static void check_chain(struct arena *arena, const struct dkim_input *input,
                        struct dns_answer *answer)
{
	const struct dns_answer *answers[1 + ARC_SETS_MAX];
	struct dkim_message message;
	struct arc arc;

	for (size_t i = 0; i < 1 + ARC_SETS_MAX; i++)
		answers[i] = answer;
	dkim_read(arena, input, &message);
	arc_read(arena, *input, &message.fields, &arc);
	assert(arc.count <= ARC_SETS_MAX && arc.questions.len <= 1 + ARC_SETS_MAX);
	arc_verify(arena, &arc, answers);
	assert((arc.reason[0] == '\0') == (arc.result == ARC_PASS || arc.result == ARC_NONE));
}

/* The same is said of a message whose body was hashed as it came. */
static void check_arriving(struct arena *arena, struct dkim_input input, size_t cut)
{
	struct dkim_bodies *bodies = dkim_bodies_start(input.headers);
	struct dkim_message whole, arrived;

	if (bodies == NULL)
		return;
	dkim_bodies_add(bodies, str_prefix(input.body, cut));
	dkim_bodies_add(bodies, str_from_offset(input.body, cut));
	assert(dkim_bodies_finish(bodies, input.body));
	dkim_read(arena, &input, &whole);
	input.bodies = bodies;
	dkim_read(arena, &input, &arrived);
	for (size_t i = 0; i < whole.count; i++)
		assert(arrived.checks[i].result == whole.checks[i].result &&
		       arrived.checks[i].unsigned_text == whole.checks[i].unsigned_text &&
		       str_eq(arrived.checks[i].key_name, whole.checks[i].key_name));
	dkim_bodies_free(bodies);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dmarc_record policy;
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size }, record = STR("");
	struct dkim_input input = { .now = 1700000000 };
	struct dns_answer *answer;
	ptrdiff_t end;

	str_next_line(&text, &record);
	answer = fake_text_answer(str_prefix(record, 4000), 0);
	end = str_find(text, STR("\n\n"));
	input.headers = end < 0 ? text : str_prefix(text, (size_t)end + 1);
	input.body = end < 0 ? STR("") : str_from_offset(text, (size_t)end + 2);
	check_all(arena, &input, answer);
	check_chain(arena, &input, answer);
	input.truncated = true;
	check_all(arena, &input, answer);
	dmarc_record_read(record, &policy);
	check_cut(input.body, size % (input.body.len + 1));
	check_arriving(arena, input, size % (input.body.len + 1));
	dns_answer_unpin(answer);
	arena_free(arena);
	return 0;
}
