/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_result.h"

#include <stdlib.h>

#include "base/memory.h"
#include "facts/dns_packet.h"

static enum dns_status status_of(const struct ub_result *result)
{
	if (result->bogus || (result->rcode != 0 && result->rcode != 3))
		return DNS_FAILED;
	if (result->nxdomain || result->rcode == 3)
		return DNS_NXDOMAIN;
	return result->havedata ? DNS_OK : DNS_NODATA;
}

/* The records of the type that was asked for. */
static struct dns_answer *answer_with(enum dns_type type, const struct ub_result *result,
                                      unsigned ttl)
{
	struct dns_rdata *rdata;
	struct dns_answer *answer;
	size_t records = 0;

	while (result->data[records] != NULL)
		records++;
	rdata = memory_calloc(records + 1, sizeof(*rdata));
	for (size_t i = 0; i < records; i++)
		rdata[i] = (struct dns_rdata){ (unsigned char *)result->data[i],
			                       (size_t)result->len[i], type };
	answer = dns_answer_new(DNS_OK, type, ttl, rdata, records);
	free(rdata);
	return answer;
}

/* Those of all types, which libunbound doesn't sort out. */
static struct dns_answer *answer_of_any(const struct ub_result *result, unsigned ttl)
{
	struct arena *arena = arena_new();
	struct dns_rdata *rdata;
	unsigned records_ttl;
	struct dns_answer *answer;
	size_t records = dns_packet_answers(arena, result->answer_packet,
	                                    (size_t)result->answer_len, &rdata, &records_ttl);

	answer = dns_answer_new(DNS_OK, DNS_ANY, records > 0 ? records_ttl : ttl, rdata, records);
	arena_free(arena);
	return answer;
}

struct dns_answer *dns_result_answer(enum dns_type type, int error, const struct ub_result *result)
{
	enum dns_status status = error != 0 || result == NULL ? DNS_FAILED : status_of(result);
	struct dns_answer *answer;
	unsigned ttl = status <= DNS_NXDOMAIN && result->ttl > 0 ? (unsigned)result->ttl : 0;

	if (status <= DNS_NODATA && type == DNS_ANY)
		return answer_of_any(result, ttl);
	if (status == DNS_OK)
		return answer_with(type, result, ttl);
	answer = dns_answer_new(status, type, ttl, NULL, 0);
	if (status == DNS_FAILED && error == 0 && result != NULL && result->rcode != 0)
		answer->rcode = result->rcode;
	return answer;
}
