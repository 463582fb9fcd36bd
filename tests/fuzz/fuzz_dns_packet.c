/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any octets as the reply to a question, for one type of record and for all, and its texts as what
 * is known of autonomous systems. */
#include <assert.h>
#include <stdint.h>

#include "facts/asn_answer.h"
#include "facts/dns_answer.h"
#include "facts/dns_packet.h"

#define HEADER 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_records(struct arena *arena, const struct dns_answer *answer,
                          struct asn_answer *asn)
{
	for (size_t i = 0; i < answer->count; i++) {
		const struct dns_record *record = &answer->records[i];
		struct str string;
		size_t at = 0;

		assert(record->data.data[record->data.len] == '\0');
		dns_record_zone_text(arena, record);
		if (record->type == DNS_TXT)
			asn_answer_read(arena, record, asn);
		while ((record->type == DNS_TXT || record->type == DNS_SPF) &&
		       dns_record_next_string(record, &at, &string))
			assert(string.len <= record->data.len);
	}
}

/* The question that it answers, if it is one that can be asked. */
static void set_question(struct dns_packet_question *question, const uint8_t *data, size_t size,
                         enum dns_type type)
{
	struct dns_rdata name = { data + HEADER, size - HEADER, DNS_NS };
	char text[DNS_NAME_MAX + DNS_LABEL_MAX + 2] = "";
	size_t len = 0;

	if (name.len > DNS_PACKET_NAME_MAX)
		name.len = DNS_PACKET_NAME_MAX;
	if (dns_rdata_name(name, text, &len) == 0)
		len = 0;
	dns_packet_question_set(question, (struct str){ text, len }, type);
}

/* They are slices of the answer. */
static void check_numbers(const struct asn_answer *asn)
{
	for (size_t i = 0; i < asn->numbers.len; i++)
		for (size_t k = 0; k < asn->numbers.items[i].len; k++)
			assert(char_is_digit(asn->numbers.items[i].data[k]));
}

static void read_reply(const uint8_t *data, size_t size, enum dns_type type)
{
	struct arena *arena = arena_new();
	struct dns_packet_question question;
	struct dns_packet_reply reply;
	struct asn_answer asn = { 0 };
	struct dns_answer *answer;

	set_question(&question, data, size, type);
	dns_packet_match(&question, data, size);
	if (dns_packet_read(arena, &question, data, size, &reply)) {
		assert(reply.count <= DNS_PACKET_RECORDS_MAX);
		for (size_t i = 0; i < reply.count; i++)
			assert(type == DNS_ANY || reply.records[i].type == type);
		answer = dns_answer_new(DNS_OK, type, reply.ttl, reply.records, reply.count);
		assert(answer->count <= reply.count);
		check_records(arena, answer, &asn);
		check_numbers(&asn);
		dns_answer_unpin(answer);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint16_t id;

	if (!dns_packet_is_response(data, size, &id))
		return 0;
	dns_packet_rcode(data);
	dns_packet_truncated(data);
	read_reply(data, size, DNS_ANY);
	read_reply(data, size, DNS_A);
	read_reply(data, size, DNS_TXT);
	return 0;
}
