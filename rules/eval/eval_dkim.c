/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DKIM and DMARC as SpamAssassin's rules ask about them. If they were not checked, every answer is
 * no. Not even that a message is signed is said then, since rules take "signed and not valid" for a
 * signature that failed.
 */
#include "message/address_field.h"
#include "rules/eval/eval.h"
#include "rules/model/address_list.h"

#define NOT_SO 0.0
#define IS_SO  1.0

/* Signatures. */

/* Who a signature speaks for: the domain of i=, or d=. */
static struct str signer_of(const struct dkim_check *check)
{
	ptrdiff_t at = str_rfind_char(check->signature.identity, '@');

	return at < 0 ? check->signature.domain
	              : str_from_offset(check->signature.identity, (size_t)at + 1);
}

static bool is_valid(const struct eval_context *context, const struct dkim_check *check)
{
	double bits = eval_setting(context, "dkim_minimum_key_bits", DKIM_KEY_BITS_MIN);

	return check->result == DKIM_PASS && (check->signature.algorithm == DKIM_ED25519_SHA256 ||
	                                      check->found_by.len > 0 || check->key_bits >= bits);
}

/* "example.com" itself; ".example.com" and "*.example.com" also all below it. */
static bool is_named(struct str domain, const struct str_list *names, size_t first)
{
	for (size_t i = first; i < names->len; i++) {
		struct str name = names->items[i];

		if (str_starts(name, STR("*.")))
			name = str_from_offset(name, 1);
		if (!str_starts(name, STR("."))) {
			if (str_eq_ci(domain, name))
				return true;
			continue;
		}
		name = str_from_offset(name, 1);
		if (dns_name_is_within(domain, name))
			return true;
	}
	return names->len <= first;
}

/* Is there a signature, a valid one where that is wanted, of one of these signers, if any are? */
static double signed_by(const struct eval_context *context, bool valid,
                        const struct str_list *signers)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];

		if ((!valid || is_valid(context, check)) && is_named(signer_of(check), signers, 0))
			return IS_SO;
	}
	return NOT_SO;
}

static double dkim_signed(const struct eval_context *context)
{
	return signed_by(context, false, &context->args->texts);
}

static double dkim_valid(const struct eval_context *context)
{
	return signed_by(context, true, &context->args->texts);
}

/* The addresses in From, in lower case; once per message. */
static const struct str_list *authors(const struct eval_context *context)
{
	struct str_list *list = eval_cached(context, EVAL_CACHE_AUTHORS);
	const struct header *from;

	if (list != NULL)
		return list;
	list = arena_new_object(context->arena, struct str_list);
	from = header_first(&context->message->headers, STR("From"));
	if (from != NULL)
		address_field_authors(context->arena, from->unfolded, list);
	eval_cache(context, EVAL_CACHE_AUTHORS, list);
	return list;
}

/* A valid signature of exactly this domain. */
static bool signs(const struct eval_context *context, struct str domain)
{
	return domain.len > 0 &&
	       signed_by(context, true, &(struct str_list){ .items = &domain, .len = 1 }) == IS_SO;
}

static double dkim_valid_author_sig(const struct eval_context *context)
{
	const struct str_list *list = authors(context);

	for (size_t i = 0; i < list->len; i++) {
		struct str domain = address_field_domain(list->items[i]);

		if (is_named(domain, &context->args->texts, 0) && signs(context, domain))
			return IS_SO;
	}
	return NOT_SO;
}

/* Functions of ours: alignment as DMARC takes it (RFC 9989, section 4.4), by registered domains. */

static struct str registered(const struct eval_context *context, struct str domain)
{
	return uri_domain_in(context->arena, message_domains(context->message), domain);
}

/* Valid signatures of an author's registered domain, or of any other, are there. */
static void find_signers(const struct eval_context *context, bool *author_r, bool *other_r)
{
	const struct dkim_facts *dkim = context->facts->dkim;
	const struct str_list *list = authors(context);

	*author_r = *other_r = false;
	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];
		struct str domain = registered(context, check->signature.domain);
		bool own = false;

		if (!is_valid(context, check) || domain.len == 0)
			continue;
		for (size_t k = 0; k < list->len; k++)
			own = own ||
			      str_eq_ci(registered(context, address_field_domain(list->items[k])),
			                domain);
		*author_r = *author_r || own;
		*other_r = *other_r || !own;
	}
}

static double dkim_aligned(const struct eval_context *context)
{
	bool author, other;

	find_signers(context, &author, &other);
	return author;
}

static double dkim_cosigned(const struct eval_context *context)
{
	bool author, other;

	find_signers(context, &author, &other);
	return author && other;
}

static double dkim_valid_envelopefrom(const struct eval_context *context)
{
	return signs(context, address_field_domain(context->facts->envelope->sender));
}

/* Nothing about the message or the DNS kept any signature from being judged. */
static double dkim_dependable(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	if (dkim == NULL || dkim->message.count == 0)
		return NOT_SO;
	for (size_t i = 0; i < dkim->message.count; i++)
		if (dkim->message.checks[i].result == DKIM_NEUTRAL ||
		    dkim->message.checks[i].result == DKIM_TEMPERROR)
			return NOT_SO;
	return IS_SO;
}

static double dkim_testing(const struct eval_context *context)
{
	const struct dkim_facts *dkim = context->facts->dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++)
		if (dkim->message.checks[i].testing)
			return IS_SO;
	return NOT_SO;
}

/* Signing practices (ADSP): nobody publishes them any more, but rule files can state them. */

static char practice_of(const struct eval_context *context, struct str domain)
{
	const char *practice = map_get(context->set->adsp_overrides, domain);

	while (practice == NULL && str_find_char(domain, '.') >= 0) {
		domain = str_from_offset(domain, (size_t)str_find_char(domain, '.') + 1);
		practice = map_get(context->set->adsp_overrides,
		                   arena_printf(context->arena, "*.%.*s", STR_FMT(domain)));
	}
	return practice != NULL ? *practice : '\0';
}

/* Does an unsigned author's domain, of those that arguments from `first` on name, say so? */
static double has_practice(const struct eval_context *context, struct str wanted, size_t first)
{
	const struct str_list *list = authors(context);

	if (context->facts->dkim == NULL || map_len(context->set->adsp_overrides) == 0)
		return NOT_SO;
	for (size_t i = 0; i < list->len; i++) {
		struct str domain = address_field_domain(list->items[i]);
		char practice = practice_of(context, domain);

		if (practice != '\0' && str_find_char(wanted, practice) >= 0 &&
		    is_named(domain, &context->args->texts, first) && !signs(context, domain))
			return IS_SO;
	}
	return NOT_SO;
}

static double dkim_adsp(const struct eval_context *context)
{
	struct str wanted = eval_text(context, 0);

	return has_practice(context, str_eq(wanted, STR("*")) ? STR("NAD123") : wanted, 1);
}

static double dkim_signall(const struct eval_context *context)
{
	return has_practice(context, STR("A"), context->args->texts.len);
}

/* A practice that goes for every domain, so SpamAssassin's function never hits. */
static double dkim_signsome(const struct eval_context *context)
{
	(void)context;
	return NOT_SO;
}

/* Welcome lists. */

/* One author of whom a list is asked. */
struct listing {
	const struct eval_context *context;
	struct str domain; /* the author's */
};

/* The entry's signers, or the author's own domain. */
static bool entry_is_signed(const struct address_entry *entry, void *context)
{
	const struct listing *listing = context;
	struct str_list named = { 0 };

	if (entry->domains.len == 0)
		return signs(listing->context, listing->domain);
	for (size_t i = 0; i < entry->domains.len; i++) {
		struct str domain = entry->domains.items[i];

		/* An address is taken, too, for its domain. */
		if (str_rfind_char(domain, '@') >= 0)
			domain = address_field_domain(domain);
		vec_push(listing->context->arena, &named, domain);
	}
	return signed_by(listing->context, true, &named) == IS_SO;
}

static double is_listed(const struct eval_context *context, const char *list, const char *other)
{
	const char *const names[] = { list, other };
	const struct str_list *addresses = authors(context);

	for (size_t i = 0; context->facts->dkim != NULL && i < addresses->len; i++) {
		struct listing listing = { context, address_field_domain(addresses->items[i]) };

		for (size_t k = 0; k < 2; k++) {
			const struct address_list *entries =
				map_get(context->set->address_lists, str_from(names[k]));

			if (entries != NULL && address_list_match(entries, addresses->items[i],
			                                          entry_is_signed, &listing))
				return IS_SO;
		}
	}
	return NOT_SO;
}

static double in_welcomelist(const struct eval_context *context)
{
	return is_listed(context, "welcomelist_from_dkim", "welcomelist_auth");
}

static double in_default_welcomelist(const struct eval_context *context)
{
	return is_listed(context, "def_welcomelist_from_dkim", "def_welcomelist_auth");
}

/* DMARC. What a trusted forwarder found stands where it is better than what is found now. */

static bool fails_with(const struct eval_context *context, enum dmarc_policy policy)
{
	const struct dmarc *dmarc = context->facts->dmarc;

	return dmarc != NULL && dmarc->result == DMARC_FAIL && dmarc->policy == policy &&
	       !eval_arc_dmarc_passed(context);
}

static double dmarc_pass(const struct eval_context *context)
{
	const struct dmarc *dmarc = context->facts->dmarc;

	return dmarc != NULL && (dmarc->result == DMARC_PASS ||
	                         (dmarc->result != DMARC_NONE && eval_arc_dmarc_passed(context)));
}

static double dmarc_reject(const struct eval_context *context)
{
	return fails_with(context, DMARC_POLICY_REJECT);
}

static double dmarc_quarantine(const struct eval_context *context)
{
	return fails_with(context, DMARC_POLICY_QUARANTINE);
}

static double dmarc_none(const struct eval_context *context)
{
	return fails_with(context, DMARC_POLICY_NONE);
}

static double dmarc_missing(const struct eval_context *context)
{
	return context->facts->dmarc != NULL && context->facts->dmarc->result == DMARC_NONE;
}

const struct eval_function eval_dkim_functions[] = {
	{ .name = "check_dkim_adsp", .run = dkim_adsp, .args = "t|t*" },
	{ .name = "check_dkim_aligned", .run = dkim_aligned },
	{ .name = "check_dkim_cosigned", .run = dkim_cosigned },
	{ .name = "check_dkim_dependable", .run = dkim_dependable },
	{ .name = "check_dkim_signall", .run = dkim_signall },
	{ .name = "check_dkim_signed", .run = dkim_signed, .args = "|t*" },
	{ .name = "check_dkim_signsome", .run = dkim_signsome },
	{ .name = "check_dkim_testing", .run = dkim_testing },
	{ .name = "check_dkim_valid", .run = dkim_valid, .args = "|t*" },
	{ .name = "check_dkim_valid_author_sig", .run = dkim_valid_author_sig, .args = "|t*" },
	{ .name = "check_dkim_valid_envelopefrom", .run = dkim_valid_envelopefrom },
	{ .name = "check_dkim_verified", .run = dkim_valid, .args = "|t*" },
	{ .name = "check_dmarc_missing", .run = dmarc_missing },
	{ .name = "check_dmarc_none", .run = dmarc_none },
	{ .name = "check_dmarc_pass", .run = dmarc_pass },
	{ .name = "check_dmarc_quarantine", .run = dmarc_quarantine },
	{ .name = "check_dmarc_reject", .run = dmarc_reject },
	{ .name = "check_for_def_dkim_welcomelist_from", .run = in_default_welcomelist },
	{ .name = "check_for_def_dkim_whitelist_from", .run = in_default_welcomelist },
	{ .name = "check_for_dkim_welcomelist_from", .run = in_welcomelist },
	{ .name = "check_for_dkim_whitelist_from", .run = in_welcomelist },
	{ 0 },
};

bool eval_is_about_signatures(const struct eval_function *function)
{
	const struct eval_function *const tables[] = { eval_dkim_functions, eval_arc_functions };

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (const struct eval_function *row = tables[i]; row->name != NULL; row++)
			if (row == function)
				return true;
	return false;
}
