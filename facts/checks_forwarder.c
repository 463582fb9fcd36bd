/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mail that a trusted forwarder passed on: what he found about its sender stands. His results are
 * in Authentication-Results above the Received field with which his hosts took the message, or in
 * the oldest set of a valid ARC chain from which on all sets are of trusted sealers. Asks nobody.
 */
#include "facts/auth_results_read.h"
#include "facts/checks.h"
#include "facts/forwarders.h"

/* A signature that he saw pass. */
struct passed {
	struct str domain, selector, start;
};

struct testimony {
	struct str by;
	bool has_spf;
	enum spf_status spf;
	struct str mail_from; /* an address or a domain; or empty */
	vec_of(struct passed) passed;
};

static void hear(struct arena *arena, struct str text, struct testimony *testimony)
{
	struct auth_result result;

	while (auth_results_next(arena, &text, &result)) {
		if (str_eq_ci(result.method, STR("spf"))) {
			testimony->has_spf = spf_status_read(result.value, &testimony->spf);
			testimony->mail_from = auth_result_property(&result, STR("smtp.mailfrom"));
		} else if (str_eq_ci(result.method, STR("dkim")) &&
		           str_eq_ci(result.value, STR("pass"))) {
			struct passed passed = {
				.domain = auth_result_property(&result, STR("header.d")),
				.selector = auth_result_property(&result, STR("header.s")),
				.start = auth_result_property(&result, STR("header.b")),
			};

			if (passed.domain.len > 0)
				vec_push(arena, &testimony->passed, passed);
		}
	}
}

/* How many of his hosts the message went through, one after another, before ours. */
static size_t hops_of(const struct relay_list *relays, const struct forwarders *forwarders)
{
	size_t hops = 0;

	while (relays->internal + hops < relays->len &&
	       networks_match_text(&forwarders->networks,
	                           relays->items[relays->internal + hops].ip))
		hops++;
	/* What stands below a field that can't be read may be anybody's. */
	return hops > 1 && relays->unreadable > 0 ? 1 : hops;
}

/* Fields that his hosts put on top of the message, above the last Received of theirs. */
static bool hear_hosts(const struct check_context *context, struct testimony *testimony)
{
	const struct relay_list *relays = context->facts->relays;
	size_t hops = hops_of(relays, context->settings->forwarders), received = 0;
	const struct header *header;

	if (hops == 0)
		return false;
	testimony->by = relays->items[relays->internal].ip;
	vec_foreach (context->input->headers, header) {
		if (str_eq_ci(header->name, STR("Received")))
			received++;
		else if (received >= relays->internal_fields &&
		         str_eq_ci(header->name, STR("Authentication-Results")))
			hear(context->arena, header->unfolded, testimony);
		if (received == relays->internal_fields + hops)
			break;
	}
	return true;
}

static bool hear_sealers(const struct check_context *context, struct testimony *testimony)
{
	const struct dkim_facts *dkim = context->facts->dkim;
	const struct arc *arc = &dkim->arc;
	size_t first = arc->count;

	if (arc->result != ARC_PASS)
		return false;
	while (first > 0 && forwarders_have_sealer(context->settings->forwarders,
	                                           arc->sets[first - 1].signature.domain))
		first--;
	if (first == arc->count)
		return false;
	testimony->by = arc->sets[first].signature.domain;
	hear(context->arena, arc->message.fields.items[arc->sets[first].results - 1].text,
	     testimony);
	return true;
}

/* As he saw it; or, of what he didn't say, nothing, for his host is in nobody's record. */
static void settle_spf(const struct check_context *context, const struct testimony *testimony)
{
	const struct spf_result *own = context->facts->spf;
	struct spf_result *result;
	ptrdiff_t at = str_rfind_char(testimony->mail_from, '@');

	if (own == NULL || (!testimony->has_spf && own->mail_from.status == SPF_STATUS_PASS))
		return;
	result = arena_new_object(context->arena, struct spf_result);
	*result = (struct spf_result){ .client_ip = own->client_ip,
		                       .sender = own->sender,
		                       .helo = own->helo,
		                       .receiver = own->receiver,
		                       .microseconds = own->microseconds };
	result->mail_from.identity = own->mail_from.identity;
	result->mail_from.domain = own->mail_from.domain;
	if (testimony->has_spf) {
		result->mail_from.status = testimony->spf;
		if (testimony->mail_from.len > 0)
			result->mail_from.domain =
				str_from_offset(testimony->mail_from, (size_t)(at + 1));
		if (at > 0)
			result->sender = result->mail_from.identity = testimony->mail_from;
	}
	context->facts->spf = result;
	context->facts->spf_is_forwarders = true;
}

static bool is_of(const struct passed *passed, const struct dkim_signature *signature)
{
	return str_eq_ci(passed->domain, signature->domain) &&
	       (passed->selector.len == 0 || str_eq_ci(passed->selector, signature->selector)) &&
	       (passed->start.len == 0 || str_starts(signature->signature_text, passed->start));
}

static bool saw_pass(const struct testimony *testimony, const struct dkim_signature *signature)
{
	for (size_t i = 0; i < testimony->passed.len; i++)
		if (is_of(&testimony->passed.items[i], signature))
			return true;
	return false;
}

/* Signatures that he may have broken himself, as lists do. */
static void settle_dkim(const struct check_context *context, const struct testimony *testimony)
{
	const struct dkim_facts *own = context->facts->dkim;
	struct dkim_facts *facts = arena_new_object(context->arena, struct dkim_facts);
	struct dkim_check *checks =
		arena_calloc(context->arena, own->message.count, sizeof(*checks));

	*facts = *own;
	facts->message.checks = checks;
	for (size_t i = 0; i < own->message.count; i++) {
		checks[i] = own->message.checks[i];
		if (checks[i].result == DKIM_PASS || !saw_pass(testimony, &checks[i].signature))
			continue;
		checks[i].result = DKIM_PASS;
		checks[i].reason = "";
		checks[i].found_by = testimony->by;
	}
	context->facts->dkim = facts;
	for (size_t i = 0; i < testimony->passed.len; i++)
		vec_push(context->arena, &context->facts->forwarded_signers,
		         testimony->passed.items[i].domain);
}

/* There is nothing to begin; what it returns says that there are forwarders. */
static void *complete(const struct check_context *context, void *check)
{
	static char there_are;

	(void)check;
	return context->settings->forwarders != NULL ? &there_are : NULL;
}

static bool is_done(void *check)
{
	(void)check;
	return true;
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	struct testimony testimony = { 0 };

	(void)check;
	(void)deadline;
	if (!hear_hosts(context, &testimony) &&
	    (context->facts->dkim == NULL || !hear_sealers(context, &testimony)))
		return;
	context->facts->forwarder = testimony.by;
	settle_spf(context, &testimony);
	if (context->facts->dkim != NULL)
		settle_dkim(context, &testimony);
}

static void abandon(void *check)
{
	(void)check;
}

const struct check_kind forwarder_check_kind = {
	.name = "forwarder",
	.complete = complete,
	.is_done = is_done,
	.finish = finish,
	.abandon = abandon,
};
