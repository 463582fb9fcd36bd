/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a trusted host wrote into Authentication-Results stands where our own check could not be
 * made: without network tests, where the check is switched off or the DNS doesn't answer, and where
 * not all of the body is known. Asks nobody.
 */
#include "facts/authserv.h"
#include "facts/checks.h"

static bool is_unknown(enum dkim_result result)
{
	return result == DKIM_NEUTRAL || result == DKIM_TEMPERROR;
}

static struct str domain_of(struct str address)
{
	return str_from_offset(address, (size_t)(str_rfind_char(address, '@') + 1));
}

static void settle_spf(const struct check_context *context, const struct authserv_results *said)
{
	struct facts *facts = context->facts;
	const struct envelope *envelope = facts->envelope;
	struct spf_result *result;
	bool of_helo = !said->has_spf && said->has_helo && envelope->sender.len == 0;

	if ((facts->spf != NULL && facts->spf->mail_from.status != SPF_STATUS_TEMPERROR) ||
	    (!said->has_spf && !said->has_helo))
		return;
	result = arena_new_object(context->arena, struct spf_result);
	*result = (struct spf_result){ .client_ip = envelope->client_ip,
		                       .sender = envelope->sender,
		                       .helo = envelope->helo,
		                       .receiver = said->host,
		                       .has_helo = said->has_helo };
	result->helo_check.status = said->helo;
	result->helo_check.identity = said->helo_name;
	result->helo_check.domain = domain_of(said->helo_name);
	result->mail_from.status = of_helo ? said->helo : said->spf;
	result->mail_from.identity = said->mail_from.len > 0 ? said->mail_from : envelope->sender;
	result->mail_from.domain =
		of_helo ? result->helo_check.domain : domain_of(result->mail_from.identity);
	if (str_rfind_char(said->mail_from, '@') > 0)
		result->sender = said->mail_from;
	facts->spf = result;
	facts->spf_is_relays = true;
	facts->authserv = said->host;
}

/* Signatures that nobody has judged yet: bodies are not hashed, and none has expired. */
static struct dkim_facts *read_signatures(const struct check_context *context)
{
	struct dkim_input input = { .headers = context->input->message->raw_headers,
		                    .skip = context->input->added_fields,
		                    .truncated = true };
	struct dkim_facts *facts = arena_new_object(context->arena, struct dkim_facts);

	dkim_read(context->arena, &input, &facts->message);
	arc_read(context->arena, input, &facts->message.fields, &facts->arc);
	facts->arc.result =
		facts->arc.result != ARC_NONE || facts->arc.count > 0 ? ARC_TEMPERROR : ARC_NONE;
	facts->arc.reason = facts->arc.result == ARC_NONE ? "" : "it was not checked";
	for (size_t i = 0; i < facts->message.count; i++) {
		facts->message.checks[i].result = DKIM_NEUTRAL;
		facts->message.checks[i].reason = "it was not checked";
	}
	return facts;
}

static bool is_of(const struct authserv_signature *said, const struct dkim_signature *signature)
{
	return (str_eq_ci(said->domain, signature->domain) ||
	        str_eq_ci(said->domain, domain_of(signature->identity))) &&
	       (said->selector.len == 0 || str_eq_ci(said->selector, signature->selector)) &&
	       (said->start.len == 0 || str_starts(signature->signature_text, said->start));
}

/* Where nothing is said of whose it is, it is the only one there. */
static struct dkim_check *find_check(const struct dkim_message *message,
                                     const struct authserv_signature *said)
{
	if (said->domain.len == 0)
		return message->count == 1 ? &message->checks[0] : NULL;
	for (size_t i = 0; i < message->count; i++)
		if (message->checks[i].found_by.len == 0 &&
		    is_of(said, &message->checks[i].signature))
			return &message->checks[i];
	return NULL;
}

/* The host saw a signature that isn't there any more. */
static void add_lost(struct dkim_message *message, const struct authserv_signature *said,
                     struct arena *arena)
{
	struct dkim_check *check = &message->checks[message->count++];

	*check = (struct dkim_check){ .result = DKIM_NEUTRAL, .reason = "" };
	check->signature.domain = said->domain;
	check->signature.selector = said->selector;
	check->signature.identity = said->identity.len > 0
	                                    ? said->identity
	                                    : arena_printf(arena, "@%.*s", STR_FMT(said->domain));
}

static void take(struct dkim_check *check, const struct authserv_signature *said, struct str host)
{
	check->result = said->result;
	check->reason = said->result == DKIM_PASS ? "" : "a trusted host found so";
	check->found_by = host;
	check->key_name = STR("");
}

static void hear_signatures(const struct check_context *context,
                            const struct authserv_results *said, bool all,
                            struct dkim_message *message)
{
	for (size_t i = 0; i < said->signatures.len; i++) {
		const struct authserv_signature *one = &said->signatures.items[i];
		struct dkim_check *check = find_check(message, one);

		if (check == NULL && (!all || one->domain.len == 0))
			continue;
		if (check == NULL) {
			add_lost(message, one, context->arena);
			check = &message->checks[message->count - 1];
		}
		if (!is_unknown(check->result))
			continue;
		take(check, one, said->host);
		context->facts->authserv = said->host;
	}
}

static bool arc_is_unknown(const struct arc *arc)
{
	return arc->result == ARC_TEMPERROR ||
	       (arc->message.count > 0 && arc->message.checks[0].result == DKIM_NEUTRAL);
}

static void settle_dkim(const struct check_context *context, const struct authserv_results *said)
{
	const struct dkim_facts *own = context->facts->dkim;
	bool all = own == NULL;
	struct dkim_facts *facts;
	struct dkim_check *checks;

	if (!said->has_dkim)
		return;
	facts = read_signatures(context);
	if (!all)
		*facts = *own;
	checks = arena_calloc(context->arena, facts->message.count + AUTHSERV_SIGNATURES_MAX,
	                      sizeof(*checks));
	for (size_t i = 0; i < facts->message.count; i++)
		checks[i] = facts->message.checks[i];
	facts->message.checks = checks;
	hear_signatures(context, said, all, &facts->message);
	if (said->has_arc && arc_is_unknown(&facts->arc)) {
		facts->arc.result = said->arc;
		facts->arc.reason = said->arc == ARC_FAIL ? "a trusted host found so" : "";
	}
	context->facts->dkim = facts;
	context->facts->dkim_is_authservs = all;
	context->facts->authserv = said->host;
}

/* Results; NULL: no host is trusted, or none wrote any. */
static void *complete(const struct check_context *context, void *check)
{
	struct authserv_results *said;

	(void)check;
	if (context->settings->authservs == NULL)
		return NULL;
	said = arena_new_object(context->arena, struct authserv_results);
	return authserv_find(context->arena, context->input->headers, context->facts,
	                     context->settings, said)
	               ? said
	               : NULL;
}

static bool is_done(void *check)
{
	(void)check;
	return true;
}

static void finish(const struct check_context *context, void *check, struct deadline deadline)
{
	(void)deadline;
	settle_spf(context, check);
	settle_dkim(context, check);
}

/* After our own DMARC, which may have been made with what is said of SPF and DKIM. */
static void finish_dmarc(const struct check_context *context, void *check, struct deadline deadline)
{
	const struct authserv_results *said = check;
	const struct dmarc *own = context->facts->dmarc;
	struct dmarc *dmarc;

	(void)deadline;
	if (!said->has_dmarc || (own != NULL && own->result != DMARC_TEMPERROR))
		return;
	dmarc = arena_new_object(context->arena, struct dmarc);
	*dmarc = (struct dmarc){ .result = said->dmarc,
		                 .policy = said->policy,
		                 .author = said->author };
	context->facts->dmarc = dmarc;
	context->facts->dmarc_is_authservs = true;
	context->facts->authserv = said->host;
}

static void abandon(void *check)
{
	(void)check;
}

const struct check_kind authserv_check_kind = {
	.name = "authserv",
	.complete = complete,
	.is_done = is_done,
	.finish = finish,
	.abandon = abandon,
};

const struct check_kind authserv_dmarc_check_kind = {
	.name = "authserv-dmarc",
	.complete = complete,
	.is_done = is_done,
	.finish = finish_dmarc,
	.abandon = abandon,
};
