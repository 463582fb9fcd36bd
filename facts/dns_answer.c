/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_answer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"

/* Longer would only keep mistakes alive; a name that is not there may be there soon. */
#define TTL_MAX          86400
#define TTL_MAX_NEGATIVE 900

const char *dns_status_name(enum dns_status status)
{
	static const char *const names[] = {
		[DNS_OK] = "ok",
		[DNS_NODATA] = "no data",
		[DNS_NXDOMAIN] = "does not exist",
		[DNS_FAILED] = "server failure",
		[DNS_TIMEOUT] = "timeout",
		[DNS_BAD_NAME] = "not a domain name",
	};

	return names[status];
}

bool dns_name_valid(struct str name)
{
	size_t label = 0;

	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (name.len == 0 || name.len > DNS_NAME_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		if (name.data[i] != '.')
			label++;
		else if (label == 0 || label > DNS_LABEL_MAX)
			return false;
		else
			label = 0;
	}
	return label > 0 && label <= DNS_LABEL_MAX;
}

bool dns_list_name_valid(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.data[i] <= ' ' || name.data[i] == 0x7f)
			return false;
	return dns_name_valid(name);
}

bool dns_name_is_within(struct str name, struct str domain)
{
	if (domain.len == 0 || name.len < domain.len || !str_ends_ci(name, domain))
		return false;
	return name.len == domain.len || name.data[name.len - domain.len - 1] == '.';
}

struct str dns_name_canonical(struct arena *arena, struct str name)
{
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	return arena_str_lower(arena, name);
}

static bool read_name(struct dns_rdata rdata, char *out, size_t *len_r)
{
	return rdata.len > 0 && dns_rdata_name(rdata, out, len_r) == rdata.len;
}

static bool read_text(struct dns_rdata rdata, char *out, size_t *len_r)
{
	size_t at = 0, len = 0;

	while (at < rdata.len) {
		size_t piece = rdata.data[at++];

		if (piece > rdata.len - at)
			return false;
		memcpy(out + len, rdata.data + at, piece);
		len += piece;
		at += piece;
	}
	*len_r = len;
	return true;
}

static bool read_octets(struct dns_rdata rdata, size_t expected, char *out, size_t *len_r)
{
	if (rdata.len != expected)
		return false;
	if (expected > 0)
		memcpy(out, rdata.data, expected);
	*len_r = expected;
	return true;
}

/* Texts of several strings are kept as they came, too, after the joined one. */
static bool read_strings(struct dns_rdata rdata, char *out, struct dns_record *record)
{
	if (!read_text(rdata, out, &record->data.len))
		return false;
	out += record->data.len;
	*out++ = '\0';
	if (rdata.len > record->data.len + 1) {
		record->strings = (struct str){ out, rdata.len };
		memcpy(out, rdata.data, rdata.len);
	}
	return true;
}

static bool read_record(struct dns_rdata rdata, char *out, struct dns_record *record)
{
	record->data.data = out;
	switch (record->type) {
	case DNS_A:
		return read_octets(rdata, 4, out, &record->data.len);
	case DNS_AAAA:
		return read_octets(rdata, 16, out, &record->data.len);
	case DNS_TXT:
	case DNS_SPF:
		return read_strings(rdata, out, record);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_DNAME:
	case DNS_PTR:
		return read_name(rdata, out, &record->data.len);
	case DNS_MX:
		if (rdata.len < 3)
			return false;
		record->preference = (unsigned)rdata.data[0] << 8 | rdata.data[1];
		rdata.data += 2;
		rdata.len -= 2;
		return read_name(rdata, out, &record->data.len);
	default:
		return dns_rdata_valid(record->type, rdata) &&
		       read_octets(rdata, rdata.len, out, &record->data.len);
	}
}

/* Where the next record begins. */
static char *end_of(const struct dns_record *record)
{
	const struct str *last = record->strings.len > 0 ? &record->strings : &record->data;
	char *end = (char *)last->data + last->len;

	*end = '\0';
	return end + 1;
}

/* Octets that a record may take. */
static size_t room_of(enum dns_type type, size_t len)
{
	return type == DNS_TXT || type == DNS_SPF ? 2 * len + 2 : len + 1;
}

static int usual_rcode(enum dns_status status)
{
	if (status == DNS_NXDOMAIN)
		return 3;
	if (status == DNS_FAILED)
		return 2;
	return status <= DNS_NODATA ? 0 : DNS_NO_RCODE;
}

static int64_t expiry(enum dns_status status, unsigned ttl)
{
	unsigned max = status == DNS_OK ? TTL_MAX : TTL_MAX_NEGATIVE;

	if (ttl == 0 || status > DNS_NXDOMAIN)
		return 0;
	return clock_monotonic_us() + (int64_t)(ttl < max ? ttl : max) * 1000000;
}

struct dns_answer *dns_answer_new(enum dns_status status, enum dns_type type, unsigned ttl,
                                  const struct dns_rdata *rdata, size_t count)
{
	struct dns_answer *answer;
	size_t bytes = sizeof(*answer) + count * sizeof(answer->records[0]);
	char *out;

	for (size_t i = 0; i < count; i++)
		bytes += room_of(rdata[i].type != 0 ? rdata[i].type : type, rdata[i].len);
	answer = memory_alloc(bytes);
	atomic_init(&answer->pins, 1);
	answer->bytes = bytes;
	answer->count = 0;
	out = (char *)&answer->records[count];
	for (size_t i = 0; i < count; i++) {
		struct dns_record *record = &answer->records[answer->count];

		*record = (struct dns_record){ .type = rdata[i].type != 0 ? rdata[i].type : type };
		if (!read_record(rdata[i], out, record))
			continue;
		out = end_of(record);
		answer->count++;
	}
	if (status == DNS_OK && answer->count == 0)
		status = count > 0 ? DNS_FAILED : DNS_NODATA;
	answer->status = status;
	answer->rcode = usual_rcode(status);
	answer->expires_us = expiry(status, ttl);
	return answer;
}

struct dns_answer *dns_answer_pin(struct dns_answer *answer)
{
	atomic_fetch_add_explicit(&answer->pins, 1, memory_order_relaxed);
	return answer;
}

void dns_answer_unpin(struct dns_answer *answer)
{
	if (answer != NULL &&
	    atomic_fetch_sub_explicit(&answer->pins, 1, memory_order_acq_rel) == 1)
		free(answer);
}

static struct str address_text(struct arena *arena, int family, struct str octets)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(family, octets.data, address, sizeof(address));
	return arena_str(arena, str_from(address));
}

static struct str data_text(struct arena *arena, const struct dns_record *record)
{
	struct dns_rdata rdata = { (const unsigned char *)record->data.data, record->data.len,
		                   record->type };
	struct strbuf out;

	strbuf_init(&out, arena);
	dns_rdata_text(record->type, rdata, &out);
	return strbuf_str(&out);
}

static struct str record_text(struct arena *arena, const struct dns_record *record, const char *dot)
{
	switch (record->type) {
	case DNS_A:
		return address_text(arena, AF_INET, record->data);
	case DNS_AAAA:
		return address_text(arena, AF_INET6, record->data);
	case DNS_MX:
		return arena_printf(arena, "%u %.*s%s", record->preference, STR_FMT(record->data),
		                    dot);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_DNAME:
	case DNS_PTR:
		return arena_printf(arena, "%.*s%s", STR_FMT(record->data), dot);
	case DNS_TXT:
	case DNS_SPF:
		return arena_str(arena, record->data);
	default:
		return data_text(arena, record);
	}
}

struct str dns_record_text(struct arena *arena, const struct dns_record *record)
{
	return record_text(arena, record, "");
}

struct str dns_record_zone_text(struct arena *arena, const struct dns_record *record)
{
	return record_text(arena, record, ".");
}

bool dns_record_next_string(const struct dns_record *record, size_t *at, struct str *string_r)
{
	if (record->strings.len == 0) {
		*string_r = record->data;
		return (*at)++ == 0;
	}
	if (*at >= record->strings.len)
		return false;
	*string_r = (struct str){ record->strings.data + *at + 1,
		                  (unsigned char)record->strings.data[*at] };
	*at += string_r->len + 1;
	return true;
}
