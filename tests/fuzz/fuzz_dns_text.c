/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as a TXT record of a domain that isn't ours: a DKIM key, a DMARC policy, the network
 * of an address. */
#include <assert.h>

#include "facts/asn_answer.h"
#include "facts/dkim_key.h"
#include "facts/dmarc_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(struct arena *arena, const struct dns_answer *answer)
{
	struct dkim_signature signature = { .domain = STR("d.example"),
		                            .identity = STR("@d.example") };
	static const unsigned char digest[32];
	struct dkim_key key;

	dkim_key_find(arena, answer, &key);
	assert(key.key != NULL || key.broken != NULL || key.revoked);
	dkim_key_misfit(&key, &signature);
	dkim_key_size_misfit(&key);
	if (key.key != NULL) {
		assert(key.bits > 0 && key.bits <= DKIM_KEY_BITS_MAX);
		/* Nobody signed it. */
		assert(!dkim_key_verifies(&key, STR("no signature"), digest, sizeof(digest)));
	}
	EVP_PKEY_free(key.key);
}

static void check_policy(struct str text)
{
	struct dmarc_record record = { .policy = DMARC_POLICY_NONE };

	if (!dmarc_record_read(text, &record))
		return;
	assert(dmarc_record_is(text));
	assert(dmarc_policy_name(record.policy) != NULL);
	assert(dmarc_policy_name(record.subdomains) != NULL);
	assert(dmarc_policy_name(record.missing) != NULL);
}

static void check_network(struct arena *arena, const struct dns_record *record)
{
	struct asn_answer networks = { 0 };

	asn_answer_read(arena, record, &networks);
	for (size_t i = 0; i < networks.numbers.len; i++) {
		struct str number = networks.numbers.items[i];

		assert(number.len > 0);
		for (size_t k = 0; k < number.len; k++)
			assert(number.data[k] >= '0' && number.data[k] <= '9');
	}
}

/* Strings of 255 octets, of which the last may be shorter. */
static struct dns_answer *answer_of(struct arena *arena, struct str text)
{
	struct strbuf wire;
	struct dns_rdata rdata;

	strbuf_init(&wire, arena);
	do {
		struct str string = str_prefix(text, 255);

		strbuf_add_char(&wire, (char)string.len);
		strbuf_add(&wire, string);
		text = str_from_offset(text, string.len);
	} while (text.len > 0);
	rdata = (struct dns_rdata){ (const unsigned char *)wire.data, wire.len, 0 };
	return dns_answer_new(DNS_OK, DNS_TXT, 0, &rdata, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct dns_answer *answer;

	if (size <= 60000) {
		answer = answer_of(arena, (struct str){ (const char *)data, size });
		check_key(arena, answer);
		if (answer->count > 0) {
			check_policy(answer->records[0].data);
			check_network(arena, &answer->records[0]);
		}
		dns_answer_unpin(answer);
	}
	arena_free(arena);
	return 0;
}
