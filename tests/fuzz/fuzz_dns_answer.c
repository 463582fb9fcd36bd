/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any octets as what the DNS answers to the questions of an SPF check, one after the other: for
 * each question a status, a number of records, and each record's length and data. The input is used
 * in a circle. The first octet says whether the first record is ours, so that the check goes deep.
 */
#include <assert.h>
#include <string.h>

#include "facts/spf.h"
#include "facts/spf_record.h"
#include "tests/unit/fake_dns.h"

#define RECORDS_MAX 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stream {
	const uint8_t *data;
	size_t size;
	size_t at;
	size_t left; /* octets that may be used yet */
};

static unsigned next_octet(struct stream *stream)
{
	if (stream->left == 0)
		return 0;
	stream->left--;
	return stream->data[stream->at++ % stream->size];
}

/* At most what is left before the input ends. */
static struct dns_rdata next_rdata(struct stream *stream)
{
	size_t len = next_octet(stream), at = stream->at % stream->size;

	if (len >= 200)
		len = (len - 200) * 256 + next_octet(stream);
	if (len > stream->size - at)
		len = stream->size - at;
	if (len > stream->left)
		len = stream->left;
	stream->at += len;
	stream->left -= len;
	return (struct dns_rdata){ stream->data + at, len, 0 };
}

static struct dns_answer *answer(void *context, struct str name, enum dns_type type)
{
	struct stream *stream = *(struct stream **)context;
	unsigned first = next_octet(stream);
	enum dns_status status = (enum dns_status)(first % 8 > DNS_BAD_NAME ? DNS_OK : first % 8);
	struct dns_rdata rdata[RECORDS_MAX];
	size_t count = first / 8 % RECORDS_MAX;

	assert(dns_name_valid(name));
	if (str_eq(name, STR("d.example")) && type == DNS_TXT && stream->data[0] % 4 != 0)
		return fake_text_answer(STR("v=spf1 ?a mx:%{p}.m.example -ptr:%{d} "
		                            "include:%{ir}.%{v}.i.example "
		                            "exists:%{l}.%{h}.e.example redirect=r.example "
		                            "exp=%{p}.x.example"),
		                        0);
	for (size_t i = 0; i < count; i++)
		rdata[i] = next_rdata(stream);
	return dns_answer_new(status, type, 0, rdata, status == DNS_OK ? count : 0);
}

static struct spf *evaluator(const struct stream *stream)
{
	static const struct stream *current;
	static struct spf *spf;

	current = stream;
	if (spf == NULL)
		spf = spf_new(dns_new_from(answer, &current), 60000);
	return spf;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stream stream = { data, size, 1, 100000 };
	struct spf_input input = { STR("192.0.2.1"), STR("h.example"), STR("joe@d.example"),
		                   STR("us.example") };
	const struct spf_result *result;
	struct arena *arena;

	if (size == 0)
		return 0;
	if (data[0] % 2 == 1)
		input.client_ip = STR("2001:db8::1");
	arena = arena_new();
	result = spf_check_await(arena, spf_check_start(evaluator(&stream), &input),
	                         deadline_never());
	assert(!result->timed_out && result->mail_from.terms <= SPF_TERMS_MAX);
	for (size_t i = 0; i < result->mail_from.explanation.len; i++)
		assert(result->mail_from.explanation.data[i] >= ' ' &&
		       result->mail_from.explanation.data[i] < 0x7f);
	arena_free(arena);
	return 0;
}
