/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_answer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/deadline.h"
#include "base/memory.h"

#define NAME_MAX_OCTETS 253
#define LABEL_MAX       63
/* Longer would only keep mistakes alive; a name that is not there may be there soon. */
#define TTL_MAX          86400
#define TTL_MAX_NEGATIVE 900

const char *dns_type_name(enum dns_type type)
{
	switch (type) {
	case DNS_A:
		return "A";
	case DNS_PTR:
		return "PTR";
	case DNS_MX:
		return "MX";
	case DNS_TXT:
		return "TXT";
	case DNS_AAAA:
		return "AAAA";
	}
	return "?";
}

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
	struct str label;

	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (name.len == 0 || name.len > NAME_MAX_OCTETS)
		return false;
	while (str_next_piece(&name, '.', &label))
		if (label.len == 0 || label.len > LABEL_MAX)
			return false;
	return true;
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

/*
 * A name from wire format to text at `out`, which has room for rdata.len octets. A label with a
 * dot or a NUL in it could not be told from two labels, so such a name is refused.
 */
static bool read_name(struct dns_rdata rdata, char *out, size_t *len_r)
{
	size_t at = 0, len = 0;

	while (at < rdata.len && rdata.data[at] != 0) {
		size_t label = rdata.data[at++];

		if (label > LABEL_MAX || label > rdata.len - at)
			return false;
		if (len > 0)
			out[len++] = '.';
		for (size_t i = 0; i < label; i++, at++) {
			if (rdata.data[at] == '.' || rdata.data[at] == '\0')
				return false;
			out[len++] = char_lower((char)rdata.data[at]);
		}
	}
	*len_r = len;
	return at + 1 == rdata.len && len <= NAME_MAX_OCTETS;
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
	memcpy(out, rdata.data, expected);
	*len_r = expected;
	return true;
}

static bool read_record(enum dns_type type, struct dns_rdata rdata, char *out,
                        struct dns_record *record)
{
	record->data.data = out;
	record->preference = 0;
	switch (type) {
	case DNS_A:
		return read_octets(rdata, 4, out, &record->data.len);
	case DNS_AAAA:
		return read_octets(rdata, 16, out, &record->data.len);
	case DNS_TXT:
		return read_text(rdata, out, &record->data.len);
	case DNS_PTR:
		return read_name(rdata, out, &record->data.len);
	case DNS_MX:
		if (rdata.len < 3)
			return false;
		record->preference = (unsigned)rdata.data[0] << 8 | rdata.data[1];
		rdata.data += 2;
		rdata.len -= 2;
		return read_name(rdata, out, &record->data.len);
	}
	return false;
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
		bytes += rdata[i].len + 1;
	answer = memory_alloc(bytes);
	atomic_init(&answer->pins, 1);
	answer->bytes = bytes;
	answer->count = 0;
	out = (char *)&answer->records[count];
	for (size_t i = 0; i < count; i++) {
		struct dns_record *record = &answer->records[answer->count];

		if (!read_record(type, rdata[i], out, record))
			continue;
		out += record->data.len;
		*out++ = '\0';
		answer->count++;
	}
	if (status == DNS_OK && answer->count == 0)
		status = count > 0 ? DNS_FAILED : DNS_NODATA;
	answer->status = status;
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

struct str dns_record_text(struct arena *arena, enum dns_type type, const struct dns_record *record)
{
	char address[INET6_ADDRSTRLEN] = "";

	switch (type) {
	case DNS_A:
		inet_ntop(AF_INET, record->data.data, address, sizeof(address));
		return arena_str(arena, str_from(address));
	case DNS_AAAA:
		inet_ntop(AF_INET6, record->data.data, address, sizeof(address));
		return arena_str(arena, str_from(address));
	case DNS_MX:
		return arena_printf(arena, "%u %.*s", record->preference, STR_FMT(record->data));
	case DNS_PTR:
	case DNS_TXT:
		break;
	}
	return arena_str(arena, record->data);
}
