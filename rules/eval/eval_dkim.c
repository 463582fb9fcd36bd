/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * DKIM and DMARC as SpamAssassin's rules ask about them. Where they were not checked, every
 * answer is no; that a message is signed is not told either then, for rules take "signed and not
 * valid" for a signature that failed.
 */
#include "rules/eval/eval.h"
#include "rules/model/lists.h"

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

static bool is_valid(const struct match *match, const struct dkim_check *check)
{
	double bits = eval_setting(match, "dkim_minimum_key_bits", DKIM_KEY_BITS_MIN);

	return check->result == DKIM_PASS &&
	       (check->signature.algorithm == DKIM_ED25519_SHA256 || check->key_bits >= bits);
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
static double signed_by(const struct match *match, bool valid, const struct str_list *signers)
{
	const struct dkim_facts *dkim = match->facts->dkim;

	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++) {
		const struct dkim_check *check = &dkim->message.checks[i];

		if ((!valid || is_valid(match, check)) && is_named(signer_of(check), signers, 0))
			return IS_SO;
	}
	return NOT_SO;
}

static double dkim_signed(struct match *match, const struct str_list *args)
{
	return signed_by(match, false, args);
}

static double dkim_valid(struct match *match, const struct str_list *args)
{
	return signed_by(match, true, args);
}

static struct str domain_of(struct str address)
{
	ptrdiff_t at = str_rfind_char(address, '@');

	return at < 0 ? STR("") : str_from_offset(address, (size_t)at + 1);
}

/* The addresses in From, in lower case; once a message. */
static const struct str_list *authors(struct match *match)
{
	struct str_list *list = eval_cached(match, EVAL_CACHE_AUTHORS);
	const struct header *from;
	struct header_address_list addresses = { 0 };

	if (list != NULL)
		return list;
	list = arena_new_object(match->arena, struct str_list);
	from = header_first(&match->facts->message->headers, STR("From"));
	if (from != NULL)
		header_addresses(match->arena, from->unfolded, &addresses);
	for (size_t i = 0; i < addresses.len; i++)
		if (domain_of(addresses.items[i].address).len > 0)
			vec_push(match->arena, list,
			         arena_str_lower(match->arena, addresses.items[i].address));
	eval_cache(match, EVAL_CACHE_AUTHORS, list);
	return list;
}

/* A valid signature of exactly this domain. */
static bool signs(const struct match *match, struct str domain)
{
	return domain.len > 0 &&
	       signed_by(match, true, &(struct str_list){ .items = &domain, .len = 1 }) == IS_SO;
}

static double dkim_valid_author_sig(struct match *match, const struct str_list *args)
{
	const struct str_list *list = authors(match);

	for (size_t i = 0; i < list->len; i++) {
		struct str domain = domain_of(list->items[i]);

		if (is_named(domain, args, 0) && signs(match, domain))
			return IS_SO;
	}
	return NOT_SO;
}

static double dkim_valid_envelopefrom(struct match *match, const struct str_list *args)
{
	(void)args;
	return signs(match, domain_of(match->facts->envelope->sender));
}

/* Nothing about the message or the DNS kept any signature from being judged. */
static double dkim_dependable(struct match *match, const struct str_list *args)
{
	const struct dkim_facts *dkim = match->facts->dkim;

	(void)args;
	if (dkim == NULL || dkim->message.count == 0)
		return NOT_SO;
	for (size_t i = 0; i < dkim->message.count; i++)
		if (dkim->message.checks[i].result == DKIM_NEUTRAL ||
		    dkim->message.checks[i].result == DKIM_TEMPERROR)
			return NOT_SO;
	return IS_SO;
}

static double dkim_testing(struct match *match, const struct str_list *args)
{
	const struct dkim_facts *dkim = match->facts->dkim;

	(void)args;
	for (size_t i = 0; dkim != NULL && i < dkim->message.count; i++)
		if (dkim->message.checks[i].testing)
			return IS_SO;
	return NOT_SO;
}

/* Signing practices (ADSP): nobody publishes them any more, but rule files say what they are. */

static char practice_of(const struct match *match, struct str domain)
{
	const char *practice = map_get(match->set->adsp_overrides, domain);

	while (practice == NULL && str_find_char(domain, '.') >= 0) {
		domain = str_from_offset(domain, (size_t)str_find_char(domain, '.') + 1);
		practice = map_get(match->set->adsp_overrides,
		                   arena_printf(match->arena, "*.%.*s", STR_FMT(domain)));
	}
	return practice != NULL ? *practice : '\0';
}

static double dkim_adsp(struct match *match, const struct str_list *args)
{
	const struct str_list *list = authors(match);
	struct str wanted = eval_arg(args, 0);

	if (match->facts->dkim == NULL || map_len(match->set->adsp_overrides) == 0)
		return NOT_SO;
	if (str_eq(wanted, STR("*")))
		wanted = STR("NAD123");
	for (size_t i = 0; i < list->len; i++) {
		struct str domain = domain_of(list->items[i]);
		char practice = practice_of(match, domain);

		if (practice != '\0' && str_find_char(wanted, practice) >= 0 &&
		    is_named(domain, args, 1) && !signs(match, domain))
			return IS_SO;
	}
	return NOT_SO;
}

static double dkim_signall(struct match *match, const struct str_list *args)
{
	static struct str all = STR_INIT("A");

	(void)args;
	return dkim_adsp(match, &(const struct str_list){ .items = &all, .len = 1 });
}

/* A practice that goes for every domain, so SpamAssassin's function never hits. */
static double dkim_signsome(struct match *match, const struct str_list *args)
{
	(void)match;
	(void)args;
	return NOT_SO;
}

/* Welcome lists. */

/* One author of whom a list is asked. */
struct listing {
	const struct match *match;
	struct str domain; /* the author's */
};

/* The entry's signers, or the author's own domain. */
static bool entry_is_signed(const struct address_entry *entry, void *context)
{
	const struct listing *listing = context;
	struct str_list named = { 0 };

	if (entry->domains.len == 0)
		return signs(listing->match, listing->domain);
	for (size_t i = 0; i < entry->domains.len; i++) {
		struct str domain = entry->domains.items[i];

		/* An address is taken, too, for its domain. */
		if (str_rfind_char(domain, '@') >= 0)
			domain = domain_of(domain);
		vec_push(listing->match->arena, &named, domain);
	}
	return signed_by(listing->match, true, &named) == IS_SO;
}

static double is_listed(struct match *match, const char *list, const char *other)
{
	const char *const names[] = { list, other };
	const struct str_list *addresses = authors(match);

	for (size_t i = 0; match->facts->dkim != NULL && i < addresses->len; i++) {
		struct listing listing = { match, domain_of(addresses->items[i]) };

		for (size_t k = 0; k < 2; k++) {
			const struct address_list *entries =
				map_get(match->set->address_lists, str_from(names[k]));

			if (entries != NULL && address_list_match(entries, addresses->items[i],
			                                          entry_is_signed, &listing))
				return IS_SO;
		}
	}
	return NOT_SO;
}

static double in_welcomelist(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_listed(match, "welcomelist_from_dkim", "welcomelist_auth");
}

static double in_default_welcomelist(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_listed(match, "def_welcomelist_from_dkim", "def_welcomelist_auth");
}

/* DMARC. What a trusted forwarder found stands where it is better than what is found now. */

static bool fails_with(const struct match *match, enum dmarc_policy policy)
{
	const struct dmarc *dmarc = match->facts->dmarc;

	return dmarc != NULL && dmarc->result == DMARC_FAIL && dmarc->policy == policy &&
	       !eval_arc_dmarc_passed(match);
}

static double dmarc_pass(struct match *match, const struct str_list *args)
{
	const struct dmarc *dmarc = match->facts->dmarc;

	(void)args;
	return dmarc != NULL && (dmarc->result == DMARC_PASS ||
	                         (dmarc->result != DMARC_NONE && eval_arc_dmarc_passed(match)));
}

static double dmarc_reject(struct match *match, const struct str_list *args)
{
	(void)args;
	return fails_with(match, DMARC_POLICY_REJECT);
}

static double dmarc_quarantine(struct match *match, const struct str_list *args)
{
	(void)args;
	return fails_with(match, DMARC_POLICY_QUARANTINE);
}

static double dmarc_none(struct match *match, const struct str_list *args)
{
	(void)args;
	return fails_with(match, DMARC_POLICY_NONE);
}

static double dmarc_missing(struct match *match, const struct str_list *args)
{
	(void)args;
	return match->facts->dmarc != NULL && match->facts->dmarc->result == DMARC_NONE;
}

const struct eval_function eval_dkim_functions[] = {
	{ "check_dkim_adsp", dkim_adsp, NULL, 0 },
	{ "check_dkim_dependable", dkim_dependable, NULL, 0 },
	{ "check_dkim_signall", dkim_signall, NULL, 0 },
	{ "check_dkim_signed", dkim_signed, NULL, 0 },
	{ "check_dkim_signsome", dkim_signsome, NULL, 0 },
	{ "check_dkim_testing", dkim_testing, NULL, 0 },
	{ "check_dkim_valid", dkim_valid, NULL, 0 },
	{ "check_dkim_valid_author_sig", dkim_valid_author_sig, NULL, 0 },
	{ "check_dkim_valid_envelopefrom", dkim_valid_envelopefrom, NULL, 0 },
	{ "check_dkim_verified", dkim_valid, NULL, 0 },
	{ "check_dmarc_missing", dmarc_missing, NULL, 0 },
	{ "check_dmarc_none", dmarc_none, NULL, 0 },
	{ "check_dmarc_pass", dmarc_pass, NULL, 0 },
	{ "check_dmarc_quarantine", dmarc_quarantine, NULL, 0 },
	{ "check_dmarc_reject", dmarc_reject, NULL, 0 },
	{ "check_for_def_dkim_welcomelist_from", in_default_welcomelist, NULL, 0 },
	{ "check_for_def_dkim_whitelist_from", in_default_welcomelist, NULL, 0 },
	{ "check_for_dkim_welcomelist_from", in_welcomelist, NULL, 0 },
	{ "check_for_dkim_whitelist_from", in_welcomelist, NULL, 0 },
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
