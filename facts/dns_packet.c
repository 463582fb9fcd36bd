/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_packet.h"

#include <string.h>

#define HEADER_OCTETS 12
#define CLASS_IN      1
#define TYPE_OPT      41 /* RFC 6891 */
#define POINTER       0xc0
/* A name with this many jumps isn't valid: each goes backwards over a label at least. */
#define JUMPS_MAX 64
/* So many CNAMEs in a row. */
#define ALIASES_MAX 16

#define FLAG_RESPONSE      0x8000
#define FLAGS_OPCODE       0x7800
#define FLAG_AUTHORITATIVE 0x0400
#define FLAG_TRUNCATED     0x0200
#define FLAG_RECURSION     0x0100 /* desired */
#define FLAG_RECURSIVE     0x0080 /* available */
#define FLAGS_RCODE        0x000f

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

void dns_packet_question_set(struct dns_packet_question *question, struct str name,
                             enum dns_type type)
{
	unsigned char *out = question->name;
	struct str label;

	question->type = type;
	while (name.len > 0 && str_next_piece(&name, '.', &label)) {
		*out++ = (unsigned char)label.len;
		memcpy(out, label.data, label.len);
		out += label.len;
	}
	*out++ = 0;
	question->len = (size_t)(out - question->name);
}

static unsigned char *put_number(unsigned char *out, size_t octets, uint32_t number)
{
	while (octets-- > 0)
		*out++ = (unsigned char)(number >> 8 * octets);
	return out;
}

size_t dns_packet_query(const struct dns_packet_question *question, uint16_t id,
                        unsigned edns_bytes, unsigned char out[DNS_PACKET_QUERY_MAX])
{
	unsigned char *end = put_number(out, 2, id);

	end = put_number(end, 2, FLAG_RECURSION);
	end = put_number(end, 2, 1);
	end = put_number(end, 4, 0);
	end = put_number(end, 2, edns_bytes > 0);
	memcpy(end, question->name, question->len);
	end = put_number(end + question->len, 2, question->type);
	end = put_number(end, 2, CLASS_IN);
	if (edns_bytes > 0) {
		end = put_number(end, 1, 0);
		end = put_number(end, 2, TYPE_OPT);
		end = put_number(end, 2, edns_bytes);
		end = put_number(end, 4, 0);
		end = put_number(end, 2, 0);
	}
	return (size_t)(end - out);
}

static uint32_t number_at(const unsigned char *data)
{
	return (uint32_t)data[0] << 8 | data[1];
}

bool dns_packet_is_response(const unsigned char *packet, size_t len, uint16_t *id_r)
{
	if (len < HEADER_OCTETS ||
	    (number_at(packet + 2) & (FLAG_RESPONSE | FLAGS_OPCODE)) != FLAG_RESPONSE)
		return false;
	*id_r = (uint16_t)number_at(packet);
	return true;
}

int dns_packet_rcode(const unsigned char *packet)
{
	return (int)(number_at(packet + 2) & FLAGS_RCODE);
}

bool dns_packet_truncated(const unsigned char *packet)
{
	return (number_at(packet + 2) & FLAG_TRUNCATED) != 0;
}

void dns_packet_set_truncated(unsigned char *packet)
{
	packet[2] |= FLAG_TRUNCATED >> 8;
}

/* Octets of labels' lengths are no letters. */
static bool same_name(struct str a, struct str b)
{
	return str_eq_ci(a, b);
}

enum dns_packet_match dns_packet_match(const struct dns_packet_question *question,
                                       const unsigned char *packet, size_t len)
{
	const unsigned char *end = packet + HEADER_OCTETS + question->len;

	if (number_at(packet + 4) == 0)
		return DNS_PACKET_NO_QUESTION;
	if (number_at(packet + 4) != 1 || len < HEADER_OCTETS + question->len + 4 ||
	    number_at(end) != question->type || number_at(end + 2) != CLASS_IN)
		return DNS_PACKET_OTHER;
	if (memcmp(packet + HEADER_OCTETS, question->name, question->len) == 0)
		return DNS_PACKET_SAME;
	return same_name((struct str){ (const char *)packet + HEADER_OCTETS, question->len },
	                 (struct str){ (const char *)question->name, question->len })
	               ? DNS_PACKET_OTHER_CASE
	               : DNS_PACKET_OTHER;
}

struct record {
	struct str owner;
	uint32_t class, ttl;
	struct dns_rdata data;
};

static bool take_expanded_name(struct arena *arena, struct packet *packet, struct str *name_r)
{
	struct strbuf out;
	bool taken;

	strbuf_init(&out, arena);
	taken = take_name(packet, &out);
	*name_r = strbuf_str(&out);
	return taken;
}

static bool take_record(struct arena *arena, struct packet *packet, struct record *record)
{
	uint32_t type, octets;
	struct packet rdata;
	struct strbuf out;

	if (!take_expanded_name(arena, packet, &record->owner) || !take_number(packet, 2, &type) ||
	    !take_number(packet, 2, &record->class) || !take_number(packet, 4, &record->ttl) ||
	    !take_number(packet, 2, &octets) || packet->len - packet->at < octets)
		return false;
	rdata = (struct packet){ packet->data, packet->at + octets, packet->at };
	packet->at += octets;
	strbuf_init(&out, arena);
	if (!expand(&rdata, (enum dns_type)type, &out))
		return false;
	/* RFC 2181 section 8. */
	if (record->ttl > INT32_MAX)
		record->ttl = 0;
	record->data =
		(struct dns_rdata){ (unsigned char *)out.data, out.len, (enum dns_type)type };
	return true;
}

static void shorten(struct dns_packet_reply *reply, uint32_t ttl)
{
	if (!reply->has_ttl || ttl < reply->ttl)
		reply->ttl = ttl;
	reply->has_ttl = true;
}

/* What the answer section says of a name: records that are asked for, or another name for it. */
static bool collect(const struct record *records, size_t count, struct str name, enum dns_type type,
                    struct dns_packet_reply *reply)
{
	bool aliased = false;

	for (size_t i = 0; i < count; i++) {
		const struct record *record = &records[i];

		if (record->class != CLASS_IN || !same_name(record->owner, name))
			continue;
		if (record->data.type == type || type == DNS_ANY) {
			reply->records[reply->count++] = record->data;
			shorten(reply, record->ttl);
		} else if (record->data.type == DNS_CNAME && !aliased &&
		           dns_rdata_valid(DNS_CNAME, record->data)) {
			aliased = true;
			reply->alias =
				(struct str){ (const char *)record->data.data, record->data.len };
			shorten(reply, record->ttl);
		}
	}
	return aliased && reply->count == 0;
}

static bool read_answers(struct arena *arena, struct packet *packet, size_t count,
                         const struct dns_packet_question *question, struct dns_packet_reply *reply)
{
	size_t room = count < DNS_PACKET_RECORDS_MAX ? count : DNS_PACKET_RECORDS_MAX;
	struct record *records = arena_calloc(arena, room + 1, sizeof(*records));
	struct str name = { (const char *)question->name, question->len };
	struct record skipped;

	for (size_t i = 0; i < count; i++)
		if (!take_record(arena, packet, i < room ? &records[i] : &skipped))
			return false;
	reply->records = arena_calloc(arena, room + 1, sizeof(*reply->records));
	for (size_t aliases = 0; collect(records, room, name, question->type, reply); aliases++) {
		if (aliases == ALIASES_MAX)
			return false;
		name = reply->alias;
	}
	return true;
}

/* For how long nothing is there: RFC 2308 section 5. What is malformed here makes it unknown. */
static void read_authority(struct arena *arena, struct packet *packet, size_t count,
                           struct dns_packet_reply *reply)
{
	struct record record;
	bool delegates = false;

	for (size_t i = 0; i < count && take_record(arena, packet, &record); i++) {
		delegates = delegates || record.data.type == DNS_NS;
		if (record.data.type != DNS_SOA || record.class != CLASS_IN ||
		    !dns_rdata_valid(DNS_SOA, record.data))
			continue;
		reply->ends = true;
		if (reply->count == 0) {
			struct packet minimum = { record.data.data, record.data.len,
				                  record.data.len - 4 };
			uint32_t ttl = 0;

			take_number(&minimum, 4, &ttl);
			shorten(reply, ttl);
			shorten(reply, record.ttl);
		}
	}
	reply->refers = delegates && !reply->ends && reply->count == 0;
}

bool dns_packet_read(struct arena *arena, const struct dns_packet_question *question,
                     const unsigned char *packet, size_t len, struct dns_packet_reply *reply)
{
	struct packet reader = { packet, len, HEADER_OCTETS };
	uint32_t flags = number_at(packet + 2);

	*reply = (struct dns_packet_reply){ 0 };
	for (uint32_t left = number_at(packet + 4); left > 0; left--) {
		if (!take_name(&reader, NULL) || len - reader.at < 4)
			return false;
		reader.at += 4;
	}
	if (!read_answers(arena, &reader, number_at(packet + 6), question, reply))
		return false;
	read_authority(arena, &reader, number_at(packet + 8), reply);
	/* Who answers for others, or has the zone, doesn't send us elsewhere. */
	reply->refers = reply->refers && (flags & (FLAG_AUTHORITATIVE | FLAG_RECURSIVE)) == 0;
	return true;
}
