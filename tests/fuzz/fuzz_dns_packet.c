/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as the packet that answers a question for all types of records, and its texts as what
 * is known of autonomous systems. */
#include <assert.h>
#include <stdint.h>

#include "facts/asn_answer.h"
#include "facts/dns_answer.h"
#include "facts/dns_packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct dns_rdata *rdata;
	struct asn_answer asn = { 0 };
	unsigned ttl;
	size_t count = dns_packet_answers(arena, data, size, &rdata, &ttl);
	struct dns_answer *answer = dns_answer_new(DNS_OK, DNS_ANY, ttl, rdata, count);

	assert(answer->count <= count && count <= DNS_PACKET_RECORDS_MAX);
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];
		struct str string;
		size_t at = 0;

		assert(record->data.data[record->data.len] == '\0');
		dns_record_zone_text(arena, record);
		if (record->type == DNS_TXT)
			asn_answer_read(arena, record, &asn);
		while ((record->type == DNS_TXT || record->type == DNS_SPF) &&
		       dns_record_next_string(record, &at, &string))
			assert(string.len <= record->data.len);
	}
	for (size_t i = 0; i < asn.numbers.len; i++)
		for (size_t k = 0; k < asn.numbers.items[i].len; k++)
			assert(char_is_digit(asn.numbers.items[i].data[k]));
	dns_answer_unpin(answer);
	arena_free(arena);
	return 0;
}
