/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/spf_eval.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/strbuf.h"

#define NAME_MAX_OCTETS 253
#define EXPLANATION_MAX 1000
#define ANSWER_SHOWN    500
/* One set of tokens for each record: the first, and those of the terms that are allowed. */
#define TOKENS_MAX ((SPF_TERMS_MAX + 2) * SPF_REWRITTEN_TOKENS)

void spf_eval_init(struct spf_eval *eval, struct arena *arena, const struct spf_identity *identity,
                   spf_ask *ask, void *ask_context)
{
	*eval = (struct spf_eval){ .arena = arena, .identity = identity };
	eval->ask = ask;
	eval->ask_context = ask_context;
	eval->tokens.items = arena_calloc(arena, TOKENS_MAX, sizeof(*eval->tokens.items));
	eval->tokens.cap = TOKENS_MAX;
}

static void decide(struct spf_eval *eval, enum spf_status status, struct str problem)
{
	if (spf_eval_over(eval))
		return;
	eval->decided = true;
	eval->status = status;
	eval->problem = problem;
}

const struct spf_token *spf_eval_token(struct spf_eval *eval, const struct spf_node *node,
                                       size_t term)
{
	assert(eval->tokens.len < TOKENS_MAX);
	eval->tokens.items[eval->tokens.len] = (struct spf_token){ node, term };
	return &eval->tokens.items[eval->tokens.len++];
}

static struct str answer_text(struct arena *arena, const struct dns_answer *answer)
{
	struct strbuf out;

	if (answer->status != DNS_OK)
		return str_from(dns_status_name(answer->status));
	strbuf_init(&out, arena);
	for (size_t i = 0; i < answer->count && out.len < ANSWER_SHOWN; i++) {
		if (i > 0)
			strbuf_add(&out, STR("; "));
		strbuf_add(&out, dns_record_text(arena, &answer->records[i]));
	}
	return str_prefix(strbuf_str(&out), ANSWER_SHOWN);
}

/* An answer, noted in the list of lookups, or NULL with the pass over. */
static const struct dns_answer *ask(struct spf_eval *eval, struct str name, enum dns_type type)
{
	const struct dns_answer *answer = eval->ask(eval->ask_context, name, type);
	struct spf_lookup *lookup;

	if (answer == NULL) {
		eval->pending = true;
		return NULL;
	}
	lookup = vec_add(eval->arena, &eval->lookups);
	lookup->name = name;
	lookup->type = type;
	lookup->status = answer->status;
	lookup->answer = answer_text(eval->arena, answer);
	return answer;
}

/* Asks for what will be needed soon, so that answers arrive together. */
static void ask_ahead(struct spf_eval *eval, struct str name, enum dns_type type)
{
	if (dns_name_valid(name))
		(void)eval->ask(eval->ask_context, name, type);
}

static bool failed(const struct dns_answer *answer)
{
	return answer->status == DNS_FAILED || answer->status == DNS_TIMEOUT;
}

static void decide_dns_trouble(struct spf_eval *eval, struct str name, enum dns_type type,
                               const struct dns_answer *answer)
{
	decide(eval, SPF_STATUS_TEMPERROR,
	       arena_printf(eval->arena, "DNS lookup of %s %.*s: %s", dns_type_name(type),
	                    STR_FMT(name), dns_status_name(answer->status)));
}

/* Counts a term that asks the DNS: section 4.6.4. */
static bool count_term(struct spf_eval *eval)
{
	if (eval->terms == SPF_TERMS_MAX)
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "more than %d terms need DNS lookups",
		                    SPF_TERMS_MAX));
	else
		eval->terms++;
	return !spf_eval_over(eval);
}

/* The answer to a mechanism's own question: trouble ends the pass, and so do too many voids. */
static const struct dns_answer *ask_for_term(struct spf_eval *eval, struct str name,
                                             enum dns_type type)
{
	const struct dns_answer *answer;

	/* Not a name: as one that does not exist, but nobody was asked. */
	if (!dns_name_valid(name))
		return NULL;
	answer = ask(eval, name, type);
	if (answer == NULL)
		return NULL;
	if (failed(answer))
		decide_dns_trouble(eval, name, type, answer);
	else if (answer->status != DNS_OK && eval->void_lookups++ == SPF_VOID_LOOKUPS_MAX)
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "more than %d DNS lookups found nothing",
		                    SPF_VOID_LOOKUPS_MAX));
	return spf_eval_over(eval) || answer->status != DNS_OK ? NULL : answer;
}

static enum dns_type address_type(const struct spf_eval *eval)
{
	return eval->identity->client.ip6 ? DNS_AAAA : DNS_A;
}

static struct str reverse_name(struct spf_eval *eval)
{
	const struct spf_client *client = &eval->identity->client;
	const unsigned char *a = client->address;
	struct strbuf name;

	if (!client->ip6)
		return arena_printf(eval->arena, "%d.%d.%d.%d.in-addr.arpa", a[3], a[2], a[1],
		                    a[0]);
	strbuf_init(&name, eval->arena);
	for (int i = 15; i >= 0; i--)
		strbuf_printf(&name, "%x.%x.", a[i] & 15, a[i] >> 4);
	strbuf_add(&name, STR("ip6.arpa"));
	return strbuf_str(&name);
}

static bool has_client(const struct spf_eval *eval, const struct dns_answer *answer,
                       unsigned prefix)
{
	for (size_t i = 0; i < answer->count; i++)
		if (spf_client_matches(&eval->identity->client,
		                       (const unsigned char *)answer->records[i].data.data, prefix))
			return true;
	return false;
}

/*
 * The names of the client that lead back to it: section 5.5, where trouble with the DNS only means
 * that there are fewer. False where the pass is over.
 */
static bool find_client_names(struct spf_eval *eval, const struct dns_answer *names)
{
	size_t count = names->count < SPF_HOSTS_MAX ? names->count : SPF_HOSTS_MAX;
	unsigned prefix = eval->identity->client.ip6 ? 128 : 32;

	for (size_t i = 0; i < count; i++)
		ask_ahead(eval, names->records[i].data, address_type(eval));
	for (size_t i = 0; i < count; i++) {
		struct str name = names->records[i].data;
		const struct dns_answer *addresses;

		if (!dns_name_valid(name))
			continue;
		addresses = ask(eval, name, address_type(eval));
		if (addresses == NULL)
			return false;
		if (has_client(eval, addresses, prefix))
			vec_push(eval->arena, &eval->client_names, name);
	}
	return true;
}

/* For ptr, whose question counts as a term's own, and for %{p}, whose does not. */
static bool need_client_names(struct spf_eval *eval, bool for_term)
{
	struct str name = reverse_name(eval);
	const struct dns_answer *names;

	if (eval->has_client_names)
		return true;
	names = ask(eval, name, DNS_PTR);
	if (names == NULL)
		return false;
	if (for_term && (names->status == DNS_NODATA || names->status == DNS_NXDOMAIN) &&
	    eval->void_lookups++ == SPF_VOID_LOOKUPS_MAX)
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "more than %d DNS lookups found nothing",
		                    SPF_VOID_LOOKUPS_MAX));
	if (spf_eval_over(eval) || !find_client_names(eval, names))
		return false;
	eval->has_client_names = true;
	return true;
}

static bool is_within(struct str name, struct str domain)
{
	return str_ends_ci(name, domain) &&
	       (name.len == domain.len || name.data[name.len - domain.len - 1] == '.');
}

/* Section 7.3: the domain itself, then a name within it, then any. */
static struct str client_name_for(const struct spf_eval *eval, struct str domain)
{
	struct str best = STR("unknown");
	int best_rank = 0;

	for (size_t i = 0; i < eval->client_names.len; i++) {
		struct str name = eval->client_names.items[i];
		int rank = str_eq_ci(name, domain) ? 3 : is_within(name, domain) ? 2 : 1;

		if (rank > best_rank) {
			best_rank = rank;
			best = name;
		}
	}
	return best;
}

/* Expands a checked text; false where the pass is over. */
static bool expand(struct spf_eval *eval, struct str text, struct str current,
                   struct str *expanded_r)
{
	const struct spf_identity *identity = eval->identity;
	struct spf_macro_values values = {
		.sender = identity->sender,
		.local = identity->local,
		.domain = identity->domain,
		.current = current,
		.ip = identity->macro_ip,
		.ip_version = identity->client.ip6 ? STR("ip6") : STR("in-addr"),
		.helo = identity->helo,
		.pretty_ip = identity->pretty_ip,
		.receiver = identity->receiver,
		.time = identity->time,
	};

	if (spf_macro_uses_client_name(text)) {
		if (!need_client_names(eval, false))
			return false;
		values.client_name = client_name_for(eval, current);
	}
	if (!spf_macro_expand(eval->arena, text, &values, expanded_r))
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "a macro of %.*s expands to too long a text",
		                    STR_FMT(current)));
	return !spf_eval_over(eval);
}

/* A name that fits, by leaving out labels on the left: section 7.3. */
static struct str shorten(struct str name)
{
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	while (name.len > NAME_MAX_OCTETS) {
		ptrdiff_t dot = str_find_char(name, '.');

		if (dot < 0)
			break;
		name = str_from_offset(name, (size_t)dot + 1);
	}
	return name;
}

/* The target name of a term: the expanded domain-spec, or the current domain. */
static bool target_of(struct spf_eval *eval, struct str spec, struct str current,
                      struct str *target_r)
{
	struct str expanded;

	if (spec.len == 0) {
		*target_r = current;
		return true;
	}
	if (!expand(eval, spec, current, &expanded))
		return false;
	*target_r = dns_name_canonical(eval->arena, shorten(expanded));
	return true;
}

static bool match_mx(struct spf_eval *eval, struct str target, unsigned prefix)
{
	const struct dns_answer *hosts = ask_for_term(eval, target, DNS_MX);

	if (hosts == NULL)
		return false;
	if (hosts->count > SPF_HOSTS_MAX) {
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "%.*s has more than %d MX records",
		                    STR_FMT(target), SPF_HOSTS_MAX));
		return false;
	}
	for (size_t i = 0; i < hosts->count; i++)
		ask_ahead(eval, hosts->records[i].data, address_type(eval));
	for (size_t i = 0; i < hosts->count; i++) {
		struct str host = hosts->records[i].data;
		const struct dns_answer *addresses;

		if (!dns_name_valid(host))
			continue;
		addresses = ask(eval, host, address_type(eval));
		if (addresses != NULL && failed(addresses))
			decide_dns_trouble(eval, host, address_type(eval), addresses);
		if (spf_eval_over(eval))
			return false;
		if (has_client(eval, addresses, prefix))
			return true;
	}
	return false;
}

static bool match_ptr(struct spf_eval *eval, struct str target)
{
	if (!need_client_names(eval, true))
		return false;
	for (size_t i = 0; i < eval->client_names.len; i++)
		if (is_within(eval->client_names.items[i], target))
			return true;
	return false;
}

static bool match_term(struct spf_eval *eval, const struct spf_term *term, struct str current)
{
	unsigned prefix = eval->identity->client.ip6 ? term->prefix6 : term->prefix4;
	const struct dns_answer *answer;
	struct str target;

	/* Of the address mechanisms, only those that match are written for the evaluator. */
	if (term->mechanism == SPF_MECHANISM_ALL || term->mechanism == SPF_MECHANISM_IP4 ||
	    term->mechanism == SPF_MECHANISM_IP6)
		return true;
	if (!count_term(eval) || !target_of(eval, term->domain, current, &target))
		return false;
	switch (term->mechanism) {
	case SPF_MECHANISM_A:
		answer = ask_for_term(eval, target, address_type(eval));
		return answer != NULL && has_client(eval, answer, prefix);
	case SPF_MECHANISM_EXISTS:
		return ask_for_term(eval, target, DNS_A) != NULL;
	case SPF_MECHANISM_MX:
		return match_mx(eval, target, prefix);
	case SPF_MECHANISM_PTR:
		return match_ptr(eval, target);
	default:
		return false;
	}
}

bool spf_eval_matches(struct spf_eval *eval, const struct spf_token *token)
{
	bool matches =
		match_term(eval, &token->node->record->items[token->term], token->node->domain);

	if (spf_eval_over(eval) || !matches)
		return false;
	eval->matched = token;
	return true;
}

bool spf_domain_valid(struct str domain)
{
	struct str name = domain;

	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (!dns_name_valid(domain) || str_find_char(name, '.') < 0 || name.data[0] == '[')
		return false;
	for (size_t i = 0; i < name.len; i++)
		if (name.data[i] <= ' ' || name.data[i] >= 0x7f)
			return false;
	return true;
}

/* Section 4.5: the one TXT record that is SPF's. False where the pass is over. */
static bool select_record(struct spf_eval *eval, struct str domain, bool first, struct str *text_r)
{
	const struct dns_answer *answer = NULL;
	size_t found = 0;

	if (dns_name_valid(domain)) {
		answer = ask(eval, domain, DNS_TXT);
		if (answer == NULL)
			return false;
		if (failed(answer))
			decide_dns_trouble(eval, domain, DNS_TXT, answer);
	}
	for (size_t i = 0; answer != NULL && i < answer->count; i++)
		if (spf_record_is_spf(answer->records[i].data) && found++ == 0)
			*text_r = arena_str(eval->arena, answer->records[i].data);
	if (found > 1)
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "%.*s has more than one SPF record",
		                    STR_FMT(domain)));
	else if (found == 0)
		decide(eval, first ? SPF_STATUS_NONE : SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "%.*s has no SPF record", STR_FMT(domain)));
	return !spf_eval_over(eval);
}

static const struct spf_node *read_record(struct spf_eval *eval, struct str domain,
                                          const struct spf_token *via)
{
	struct spf_node *node = arena_new_object(eval->arena, struct spf_node);
	struct str text, problem;

	if (!select_record(eval, domain, via == NULL, &text))
		return NULL;
	node->record = spf_record_parse(eval->arena, text, &problem);
	if (node->record == NULL) {
		decide(eval, SPF_STATUS_PERMERROR,
		       arena_printf(eval->arena, "the SPF record of %.*s: %.*s", STR_FMT(domain),
		                    STR_FMT(problem)));
		return NULL;
	}
	node->domain = domain;
	node->via = via;
	node->top = via == NULL || (via->node->top && via->term == via->node->record->len);
	if (node->top)
		eval->top = node;
	return node;
}

const struct spf_node *spf_eval_open(struct spf_eval *eval, const struct spf_token *via)
{
	struct str domain = eval->identity->domain, spec;

	if (via == NULL) {
		if (spf_domain_valid(domain))
			return read_record(eval, dns_name_canonical(eval->arena, domain), NULL);
		decide(eval, SPF_STATUS_NONE,
		       arena_printf(eval->arena, "\"%.*s\" is no domain of mail",
		                    STR_FMT(str_prefix(domain, NAME_MAX_OCTETS))));
		return NULL;
	}
	spec = via->term == via->node->record->len ? via->node->record->redirect
	                                           : via->node->record->items[via->term].domain;
	if (!count_term(eval) || !target_of(eval, spec, via->node->domain, &domain))
		return NULL;
	return read_record(eval, domain, via);
}

/* What a stranger wrote, for headers and logs. */
static struct str printable(struct arena *arena, struct str text)
{
	char *copy = arena_cstr(arena, str_prefix(text, EXPLANATION_MAX));
	size_t len = text.len < EXPLANATION_MAX ? text.len : EXPLANATION_MAX;

	for (size_t i = 0; i < len; i++)
		if (copy[i] < ' ' || copy[i] >= 0x7f)
			copy[i] = '?';
	return (struct str){ copy, len };
}

/* Section 6.2: with any trouble, as if there were no exp=. */
struct str spf_eval_explanation(struct spf_eval *eval)
{
	struct str none = { "", 0 }, domain, text;
	const struct spf_node *node = eval->top;
	const struct dns_answer *answer;
	const char *problem;

	if (node == NULL || !node->record->has_exp ||
	    !target_of(eval, node->record->exp, node->domain, &domain) || !dns_name_valid(domain))
		return none;
	answer = ask(eval, domain, DNS_TXT);
	if (answer == NULL || answer->status != DNS_OK || answer->count != 1 ||
	    !spf_macro_check(answer->records[0].data, SPF_MACRO_EXPLAIN, &problem) ||
	    !expand(eval, answer->records[0].data, node->domain, &text))
		return none;
	return printable(eval->arena, text);
}
