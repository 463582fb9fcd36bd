/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as the header of a message on the hop: nobody without the key gets a seal accepted.
 * After a first byte "k", the rest is what was sealed, and has to come back.
 */
#include <assert.h>
#include <string.h>

#include "forward/seal.h"
#include "tests/unit/body_digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct seal_key key = { "a key of the fuzzer", 19 };

static struct seal_check make_check(void)
{
	static const struct raw_field_list none;

	return (struct seal_check){ .host = STR("mx.example.com"),
		                    .now = 1700000000,
		                    .max_age_s = 3600,
		                    .body = body_digest(STR("")),
		                    .fields = &none };
}

/* Read as if it were within a seal, too: what is there has to be refused or read. */
static void find_in(struct arena *arena, struct str text)
{
	struct seal_check check = make_check();
	struct seal_recipients recipients;
	struct header_list headers;
	struct seal seal;
	size_t body;
	bool overflow;

	header_parse(arena, text, 1000, &headers, &body, &overflow);
	assert(seal_find(arena, &key, &headers, &check, &seal) != SEAL_VALID);
	seal_front_received(&headers, check.host);
	if (seal_recipients_read(arena, text, &recipients))
		seal_recipients_has(arena, &recipients, &key, STR("joe@example.com"));
}

static void gather(struct arena *arena, struct str text, struct envelope_recipients *list)
{
	struct str word;

	for (struct str rest = text; str_next_word(&rest, &word);) {
		struct envelope_recipient recipient = { .address = word };

		if (list->len % 3 == 1)
			recipient.original = list->items[list->len - 1].address;
		if (list->len % 4 == 1)
			recipient.resolved = STR("x@aol.example");
		vec_push(arena, list, recipient);
	}
}

static void round_trip(struct arena *arena, struct str text)
{
	struct seal_check check = make_check();
	struct seal in = { .sealed_at = check.now, .host = check.host, .rules = text }, out;
	struct header_list headers = { 0 };
	struct header seal = { .name = STR(SEAL_HEADER_NAME) };
	struct header received = { .name = STR("Received"),
		                   .unfolded = STR("from a by mx.example.com") };
	struct envelope_recipients envelope = { 0 };
	struct seal_fields none = { 0 };

	gather(arena, text, &envelope);
	in.body = check.body;
	in.fields = seal_fields_digest(&none, 0);
	assert(seal_recipients_gather(arena, &key, &envelope, &in.recipients));
	seal.whole = seal_write(arena, &key, &in);
	assert(seal.whole.len > 0);
	vec_push(arena, &headers, seal);
	vec_push(arena, &headers, received);
	assert(seal_find(arena, &key, &headers, &check, &out) == SEAL_VALID);
	assert(out.rules.len == text.len ? str_eq(out.rules, text) : text.len > 3000);
	assert(out.recipients.count == envelope.len);
	for (size_t i = 0; i < envelope.len; i++)
		assert(seal_recipients_has(arena, &out.recipients, &key,
		                           envelope.items[i].address) != SEAL_MEMBER_NO);
	for (size_t i = 0; i < out.recipients.len; i++)
		assert(str_eq(out.recipients.items[i].address, envelope.items[i].address));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };

	if (size > 0 && data[0] == 'k')
		round_trip(arena, str_from_offset(text, 1));
	else
		find_in(arena, text);
	arena_free(arena);
	return 0;
}
