/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any octets as the SPF record of a domain: up to a line end; what follows that is every other
 * TXT record (of includes and explanations), and the HELO name and local part of the sender.
 */
#include <assert.h>
#include <string.h>

#include "facts/spf.h"
#include "facts/spf_header.h"
#include "facts/spf_record.h"
#include "tests/unit/fake_dns.h"
#include "tests/unit/spf_record_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct texts {
	struct str record;
	struct str other;
};

/* Half of the names have the client's address; every host has two names of MX and PTR. */
static struct dns_answer *answer(void *context, struct str name, enum dns_type type)
{
	const struct texts *texts = *(struct texts **)context;
	const struct fake_record records[] = {
		{ "any", DNS_A, "192.0.2.1" },
		{ "any", DNS_AAAA, "2001:db8::1" },
		{ "any", DNS_MX, "a.example" },
		{ "any", DNS_MX, "b.example" },
		{ "any", DNS_PTR, "h.example" },
		{ "any", DNS_PTR, "d.example" },
		{ 0 },
	};
	struct fake_zone zone = { records, 0, 0 };

	if (type == DNS_TXT)
		return fake_text_answer(
			str_eq(name, STR("d.example")) ? texts->record : texts->other, 0);
	if (str_hash(name) % 2 == 0)
		return dns_answer_new(DNS_NXDOMAIN, type, 0, NULL, 0);
	return fake_answer(&zone, STR("any"), type);
}

/* Made once: the tables of a resolver are larger than most inputs. */
static struct spf *evaluator(const struct texts *texts)
{
	static const struct texts *current;
	static struct spf *spf;

	current = texts;
	if (spf == NULL)
		spf = spf_new(dns_new_from(answer, &current), 60000);
	return spf;
}

static void check_canonical(struct arena *arena, struct str text)
{
	struct str problem, printed;
	const struct spf_record *record, *again;

	if (!spf_record_is_spf(text))
		return;
	record = spf_record_parse(arena, text, &problem);
	if (record == NULL) {
		assert(problem.len > 0);
		return;
	}
	printed = spf_record_text(arena, record);
	again = spf_record_parse(arena, printed, &problem);
	assert(again != NULL && again->len == record->len);
	assert(str_eq(spf_record_text(arena, again), printed));
}

static void check_header(struct arena *arena, const struct spf_result *result)
{
	struct str value = spf_received_value(arena, result, false);
	struct str clause = spf_auth_clause(arena, result, false);

	for (size_t i = 0; i < value.len; i++)
		assert(value.data[i] == '\n' ? i + 1 < value.len && value.data[i + 1] == ' '
		                             : value.data[i] >= ' ' && value.data[i] < 0x7f);
	for (size_t i = 0; i < clause.len; i++)
		assert(clause.data[i] >= ' ' && clause.data[i] < 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct str text = { (const char *)data, size };
	ptrdiff_t end = str_find_char(text, '\n');
	struct texts texts = { text, STR("") };
	struct spf_input input = { STR("192.0.2.1"), STR("h.example"), STR("joe@d.example"),
		                   STR("us.example") };
	const struct spf_result *result;

	if (end >= 0)
		texts = (struct texts){ str_prefix(text, (size_t)end),
			                str_from_offset(text, (size_t)end + 1) };
	if (size % 2 == 1)
		input.client_ip = STR("2001:db8::1");
	if (size % 3 == 2) {
		input.helo = texts.other;
		input.sender = arena_printf(arena, "%.*s@d.example", STR_FMT(texts.other));
	}
	check_canonical(arena, texts.record);
	result = spf_check_await(arena, spf_check_start(evaluator(&texts), &input),
	                         deadline_never());
	assert(!result->timed_out && result->mail_from.terms <= SPF_TERMS_MAX);
	check_header(arena, result);
	arena_free(arena);
	return 0;
}
