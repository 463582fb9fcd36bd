/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_packet.h"

#include <string.h>

#define HEADER_OCTETS 12
#define POINTER       0xc0
/* A name with this many jumps isn't valid: each goes backwards over a label at least. */
#define JUMPS_MAX 64

struct packet {
	const unsigned char *data;
	size_t len;
	size_t at;
};

static bool take_number(struct packet *packet, size_t octets, uint32_t *number_r)
{
	*number_r = 0;
	if (packet->len - packet->at < octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		*number_r = *number_r << 8 | packet->data[packet->at++];
	return true;
}

/* Appends the name's labels as they are without compression; `out` may be NULL to skip it. */
static bool take_name(struct packet *packet, struct strbuf *out)
{
	size_t at = packet->at, jumps = 0, octets = 0;
	bool jumped = false;

	while (at < packet->len) {
		size_t label = packet->data[at];

		if ((label & POINTER) == POINTER) {
			if (packet->len - at < 2 || ++jumps > JUMPS_MAX)
				return false;
			packet->at = jumped ? packet->at : at + 2;
			jumped = true;
			at = (label & ~(size_t)POINTER) << 8 | packet->data[at + 1];
			continue;
		}
		octets += label + 1;
		if (label > DNS_LABEL_MAX || packet->len - at <= label || octets > DNS_NAME_MAX + 2)
			return false;
		if (out != NULL)
			strbuf_add(out, (struct str){ (const char *)packet->data + at, label + 1 });
		at += label + 1;
		if (label == 0) {
			packet->at = jumped ? packet->at : at;
			return true;
		}
	}
	return false;
}

/* Types that RFC 1035 defines may have compressed names, RFC 3597 section 4; some others do. */
static bool expand(struct packet *rdata, enum dns_type type, struct strbuf *out)
{
	const char *layout = dns_type_layout(type);

	for (; layout != NULL && *layout != '\0'; layout++) {
		size_t octets = (size_t)(*layout - '0');

		if (*layout == 'n') {
			if (!take_name(rdata, out))
				return false;
			continue;
		}
		if (*layout == 's')
			octets = rdata->at < rdata->len ? rdata->data[rdata->at] + 1U : 1;
		else if (octets > 4)
			break;
		if (rdata->len - rdata->at < octets)
			return false;
		strbuf_add(out, (struct str){ (const char *)rdata->data + rdata->at, octets });
		rdata->at += octets;
	}
	strbuf_add(out,
	           (struct str){ (const char *)rdata->data + rdata->at, rdata->len - rdata->at });
	return true;
}

static bool take_record(struct arena *arena, struct packet *packet, struct dns_rdata *rdata_r,
                        uint32_t *class_r, uint32_t *ttl_r)
{
	uint32_t type, octets;
	struct packet rdata;
	struct strbuf out;

	if (!take_name(packet, NULL) || !take_number(packet, 2, &type) ||
	    !take_number(packet, 2, class_r) || !take_number(packet, 4, ttl_r) ||
	    !take_number(packet, 2, &octets) || packet->len - packet->at < octets)
		return false;
	rdata = (struct packet){ packet->data, packet->at + octets, packet->at };
	packet->at += octets;
	strbuf_init(&out, arena);
	if (!expand(&rdata, (enum dns_type)type, &out))
		return false;
	*rdata_r = (struct dns_rdata){ (unsigned char *)out.data, out.len, (enum dns_type)type };
	return true;
}

size_t dns_packet_answers(struct arena *arena, const unsigned char *packet, size_t len,
                          struct dns_rdata **records_r, unsigned *ttl_r)
{
	struct dns_rdata *records = arena_alloc(arena, DNS_PACKET_RECORDS_MAX * sizeof(*records));
	struct packet reader = { packet, len, 4 };
	uint32_t questions = 0, answers = 0, class, ttl;
	size_t count = 0;

	*records_r = records;
	*ttl_r = 0;
	if (len < HEADER_OCTETS)
		return 0;
	take_number(&reader, 2, &questions);
	take_number(&reader, 2, &answers);
	reader.at = HEADER_OCTETS;
	for (uint32_t i = 0; i < questions; i++)
		if (!take_name(&reader, NULL) || !take_number(&reader, 4, &class))
			return 0;
	for (uint32_t i = 0; i < answers && count < DNS_PACKET_RECORDS_MAX; i++) {
		if (!take_record(arena, &reader, &records[count], &class, &ttl))
			break;
		if (class != 1)
			continue;
		if (count == 0 || ttl < *ttl_r)
			*ttl_r = ttl;
		count++;
	}
	return count;
}
