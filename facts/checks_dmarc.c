/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DMARC of the author: of the domain in From, or, where there are several, of the one that comes
 * off worst, since a reader may be shown any. Mail of our own users and hosts is not judged, and a
 * failure is reported only if SPF and all signatures were judged.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "facts/checks.h"
#include "message/address_field.h"

/* Of From; more are no author's. */
#define AUTHORS_MAX 4

struct author {
	struct dmarc_names names;
	struct dns_query *queries[DMARC_NAMES_MAX];
};

struct dmarc_records {
	struct author authors[AUTHORS_MAX];
	size_t count;
};

static bool is_known(const struct dmarc_records *records, struct str domain)
{
	for (size_t i = 0; i < records->count; i++)
		if (str_eq(records->authors[i].names.author, domain))
			return true;
	return false;
}

static void add_author(const struct check_context *context, struct str domain,
                       struct dmarc_records *records)
{
	struct author *author = &records->authors[records->count];
	struct dmarc_names names;

	if (records->count == AUTHORS_MAX || !dmarc_names_of(context->arena, domain, &names) ||
	    is_known(records, names.author))
		return;
	author->names = names;
	for (size_t i = 0; i < names.count; i++)
		author->queries[i] =
			dns_query_start(context->lookups->dns, names.questions[i], DNS_TXT);
	records->count++;
}

static void *complete(const struct check_context *context, void *check)
{
	const struct header *from = NULL;
	struct dmarc_records *records;

	(void)check;
	if (context->lookups == NULL || !context->settings->network_tests ||
	    !context->settings->dmarc || context->facts->envelope->authenticated ||
	    relays_first_external(context->facts->relays) == NULL)
		return NULL;
	records = memory_calloc(1, sizeof(*records));
	while ((from = header_next(context->input->headers, STR("From"), from)) != NULL) {
		struct str_list authors = { 0 };

		address_field_authors(context->arena, from->unfolded, &authors);
		for (size_t i = 0; i < authors.len; i++)
			add_author(context, address_field_domain(authors.items[i]), records);
	}
	if (records->count > 0)
		return records;
	free(records);
	return NULL;
}

static bool is_done(void *check)
{
	const struct dmarc_records *records = check;

	for (size_t a = 0; a < records->count; a++)
		for (size_t i = 0; i < records->authors[a].names.count; i++)
			if (dns_query_wait(records->authors[a].queries[i], deadline_in_ms(0)) ==
			    NULL)
				return false;
	return true;
}

static void abandon(void *check)
{
	struct dmarc_records *records = check;

	for (size_t a = 0; a < records->count; a++)
		for (size_t i = 0; i < records->authors[a].names.count; i++)
			dns_query_free(records->authors[a].queries[i]);
	free(records);
}

/* np=: asked for only where it makes a difference. */
static bool is_missing(const struct check_context *context, struct str domain,
                       struct deadline deadline)
{
	struct dns_query *query = dns_query_start(context->lookups->dns, domain, DNS_A);
	const struct dns_answer *answer = dns_query_wait(query, deadline);
	bool missing = answer != NULL && answer->status == DNS_NXDOMAIN;

	dns_query_free(query);
	return missing;
}

static struct dmarc judge(const struct check_context *context, const struct author *author,
                          const struct str_list *signers, struct deadline deadline)
{
	const struct spf_result *spf = context->facts->spf;
	const struct dns_answer *answers[DMARC_NAMES_MAX];
	struct dmarc_input input = { .names = &author->names,
		                     .answers = answers,
		                     .signers = signers };
	struct dmarc dmarc;

	if (spf != NULL && spf->mail_from.status == SPF_STATUS_PASS)
		input.spf_domain = spf->mail_from.domain;
	for (size_t i = 0; i < author->names.count; i++)
		answers[i] = dns_query_wait(author->queries[i], deadline);
	dmarc = dmarc_judge(context->arena, &input);
	input.author_missing = dmarc.result == DMARC_FAIL && dmarc.asks_for_existence &&
	                       is_missing(context, author->names.author, deadline);
	return input.author_missing ? dmarc_judge(context->arena, &input) : dmarc;
}

/* What a receiver should mind more. */
static int badness(const struct dmarc *dmarc)
{
	return dmarc->result == DMARC_FAIL        ? 3 + (int)dmarc->policy
	       : dmarc->result == DMARC_TEMPERROR ? 2
	       : dmarc->result == DMARC_NONE      ? 1
	                                          : 0;
}

static bool evidence_is_missing(const struct facts *facts)
{
	if (facts->spf->mail_from.status == SPF_STATUS_TEMPERROR)
		return true;
	for (size_t i = 0; facts->dkim != NULL && i < facts->dkim->message.count; i++)
		if (facts->dkim->message.checks[i].result == DKIM_TEMPERROR ||
		    facts->dkim->message.checks[i].result == DKIM_NEUTRAL)
			return true;
	return false;
}

/* No failure is reported if it isn't known what SPF would say. */
static const struct dmarc *settle(const struct facts *facts, struct dmarc *dmarc)
{
	if (dmarc->result != DMARC_FAIL)
		return dmarc;
	if (facts->spf == NULL)
		return NULL;
	if (evidence_is_missing(facts))
		dmarc->result = DMARC_TEMPERROR;
	return dmarc;
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	const struct dkim_facts *dkim = context->facts->dkim;
	struct dmarc_records *records = check;
	struct str_list signers = { 0 };
	struct dmarc *worst = NULL;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++)
		if (dkim->message.checks[i].result == DKIM_PASS)
			vec_push(context->arena, &signers,
			         dkim->message.checks[i].signature.domain);
	for (size_t i = 0; i < context->facts->forwarded_signers.len; i++)
		vec_push(context->arena, &signers, context->facts->forwarded_signers.items[i]);
	for (size_t i = 0; i < records->count; i++) {
		struct dmarc dmarc = judge(context, &records->authors[i], &signers, deadline);

		if (worst == NULL)
			worst = arena_new_object(context->arena, struct dmarc);
		else if (badness(&dmarc) <= badness(worst))
			continue;
		*worst = dmarc;
	}
	context->facts->dmarc = settle(context->facts, worst);
	abandon(records);
}

const struct check_kind dmarc_check_kind = {
	.name = "dmarc",
	.complete = complete,
	.is_done = is_done,
	.finish = finish,
	.abandon = abandon,
};
