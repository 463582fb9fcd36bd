/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the header of a message on the hop: nobody without the key gets a seal accepted.
 * Behind a first byte "k", the rest is what was sealed, and has to come back.
 */
#include <assert.h>
#include <string.h>

#include "forward/seal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct seal_key key = { "a key of the fuzzer", 19 };
static const struct seal_check check = { STR_INIT("mx.example.com"), 1700000000, 3600 };

static void find_in(struct arena *arena, struct str text, enum seal_state unexpected)
{
	struct header_list headers;
	struct seal seal;
	size_t body;
	bool overflow;

	header_parse(arena, text, 1000, &headers, &body, &overflow);
	assert(seal_find(arena, &key, &headers, &check, &seal) != unexpected);
}

static void round_trip(struct arena *arena, struct str text)
{
	struct seal in = { .sealed_at = check.now, .host = check.host, .rules = text }, out;
	struct header_list headers = { 0 };
	struct header seal = { .name = STR(SEAL_HEADER_NAME) };
	struct header received = { .name = STR("Received"),
		                   .unfolded = STR("from a by mx.example.com") };
	struct str word;

	for (struct str rest = text; str_next_word(&rest, &word);)
		vec_push(arena, &in.recipients, word);
	seal.whole = seal_write(arena, &key, &in);
	vec_push(arena, &headers, seal);
	vec_push(arena, &headers, received);
	assert(seal_find(arena, &key, &headers, &check, &out) == SEAL_VALID);
	assert(out.rules.len == text.len ? str_eq(out.rules, text) : text.len > 4000);
	assert(out.recipients.len <= in.recipients.len);
	for (size_t i = 0; i < out.recipients.len; i++)
		assert(str_eq(in.recipients.items[i], out.recipients.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };

	if (size > 0 && data[0] == 'k')
		round_trip(arena, str_from_offset(text, 1));
	else
		find_in(arena, text, SEAL_VALID);
	arena_free(arena);
	return 0;
}
