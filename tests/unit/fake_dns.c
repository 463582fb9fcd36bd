/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/fake_dns.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define RECORDS_MAX 64
#define RDATA_MAX   4096

static size_t write_text(struct str text, unsigned char *out, size_t max)
{
	size_t len = 0;

	do {
		struct str piece = str_prefix(text, 255);

		if (len + piece.len + 1 > max)
			break;
		out[len++] = (unsigned char)piece.len;
		if (piece.len > 0)
			memcpy(out + len, piece.data, piece.len);
		len += piece.len;
		text = str_from_offset(text, piece.len);
	} while (text.len > 0);
	return len;
}

static size_t write_name(struct str name, unsigned char *out)
{
	struct str label;
	size_t len = 0;

	while (name.len > 0 && str_next_piece(&name, '.', &label)) {
		out[len++] = (unsigned char)label.len;
		memcpy(out + len, label.data, label.len);
		len += label.len;
	}
	out[len++] = 0;
	return len;
}

static size_t write_rdata(const struct fake_record *record, unsigned char *out)
{
	switch (record->type) {
	case DNS_A:
		return inet_pton(AF_INET, record->value, out) == 1 ? 4 : 0;
	case DNS_AAAA:
		return inet_pton(AF_INET6, record->value, out) == 1 ? 16 : 0;
	case DNS_MX:
		out[0] = 0;
		out[1] = 10;
		return 2 + write_name(str_from(record->value), out + 2);
	case DNS_NS:
	case DNS_CNAME:
	case DNS_PTR:
		return write_name(str_from(record->value), out);
	default:
		break;
	}
	return write_text(str_from(record->value), out, RDATA_MAX);
}

struct dns_answer *fake_answer(void *context, struct str name, enum dns_type type)
{
	struct fake_zone *zone = context;
	struct dns_rdata rdata[RECORDS_MAX];
	unsigned char *octets = memory_alloc(RECORDS_MAX * RDATA_MAX);
	enum dns_status status = DNS_NXDOMAIN;
	struct dns_answer *answer;
	size_t count = 0;

	zone->asked++;
	for (const struct fake_record *r = zone->records; r->name != NULL; r++) {
		if (!str_eq_ci(name, str_from(r->name)))
			continue;
		if (status == DNS_NXDOMAIN)
			status = DNS_NODATA;
		if ((r->type != type && type != DNS_ANY) || count == RECORDS_MAX)
			continue;
		if (strcmp(r->value, "TIMEOUT") == 0 || strcmp(r->value, "FAIL") == 0) {
			status = r->value[0] == 'T' ? DNS_TIMEOUT : DNS_FAILED;
			break;
		}
		if (strcmp(r->value, "NEVER") == 0) {
			free(octets);
			return NULL;
		}
		rdata[count].type = r->type;
		rdata[count].data = octets + count * RDATA_MAX;
		rdata[count].len = write_rdata(r, octets + count * RDATA_MAX);
		count++;
		status = DNS_OK;
	}
	answer = dns_answer_new(status, type, zone->ttl, rdata, status == DNS_OK ? count : 0);
	free(octets);
	return answer;
}

struct dns_answer *fake_text_answer(struct str text, unsigned ttl)
{
	size_t max = text.len + text.len / 255 + 2;
	unsigned char *octets = memory_alloc(max);
	struct dns_rdata rdata = { octets, write_text(text, octets, max), DNS_TXT };
	struct dns_answer *answer = dns_answer_new(DNS_OK, DNS_TXT, ttl, &rdata, 1);

	free(octets);
	return answer;
}
