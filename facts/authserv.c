/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/authserv.h"

#include "facts/auth_results_read.h"

/* A field that may be of a host that is trusted. */
struct candidate {
	struct str host, results;
	size_t received; /* Received fields above it */
	bool is_arc;
};

/* What it says. */

/* RFC 5451 had another word for a failure, and Microsoft judges without a record. */
static bool read_spf(struct str word, enum spf_status *status_r)
{
	*status_r = str_eq_ci(word, STR("hardfail")) ? SPF_STATUS_FAIL : SPF_STATUS_NONE;
	return spf_status_read(word, status_r) || str_eq_ci(word, STR("hardfail")) ||
	       str_eq_ci(word, STR("bestguesspass"));
}

static struct str first_property(const struct auth_result *result, const char *const *names)
{
	struct str value = STR("");

	for (; *names != NULL && value.len == 0; names++)
		value = auth_result_property(result, str_from(*names));
	return value;
}

static void hear_spf(const struct auth_result *result, struct authserv_results *results)
{
	static const char *const names[] = { "smtp.mailfrom", "smtp.mfrom", "smtp.mail", NULL };
	struct str mail_from = first_property(result, names);
	struct str helo = auth_result_property(result, STR("smtp.helo"));
	enum spf_status status;

	if (!read_spf(result->value, &status))
		return;
	if (helo.len > 0 && mail_from.len == 0 && !results->has_helo) {
		results->has_helo = true;
		results->helo = status;
		results->helo_name = helo;
	} else if (helo.len == 0 && !results->has_spf) {
		results->has_spf = true;
		results->spf = status;
		results->mail_from = mail_from;
	}
}

static bool read_dkim(struct str word, enum dkim_result *result_r)
{
	for (enum dkim_result i = DKIM_NONE; i <= DKIM_PERMERROR; i++)
		if (str_eq_ci(word, str_from(dkim_result_name(i)))) {
			*result_r = i;
			return true;
		}
	*result_r = DKIM_FAIL;
	return str_eq_ci(word, STR("hardfail"));
}

static struct str domain_of(struct str identity)
{
	return str_from_offset(identity, (size_t)(str_rfind_char(identity, '@') + 1));
}

static void hear_dkim(struct arena *arena, const struct auth_result *result,
                      struct authserv_results *results)
{
	struct authserv_signature signature = { 0 };

	if (!read_dkim(result->value, &signature.result))
		return;
	results->has_dkim = true;
	if (signature.result == DKIM_NONE || results->signatures.len == AUTHSERV_SIGNATURES_MAX)
		return;
	signature.domain = auth_result_property(result, STR("header.d"));
	signature.identity = auth_result_property(result, STR("header.i"));
	signature.selector = auth_result_property(result, STR("header.s"));
	signature.start = auth_result_property(result, STR("header.b"));
	if (signature.domain.len == 0)
		signature.domain = domain_of(signature.identity);
	signature.domain = arena_str_lower(arena, signature.domain);
	vec_push(arena, &results->signatures, signature);
}

static void hear_arc(const struct auth_result *result, struct authserv_results *results)
{
	for (enum arc_result i = ARC_NONE; i <= ARC_FAIL && !results->has_arc; i++)
		if (str_eq_ci(result->value, str_from(arc_result_name(i)))) {
			results->has_arc = true;
			results->arc = i;
		}
}

/* "p=REJECT", "policy=reject" in a comment. */
static struct str commented_policy(struct str comment)
{
	struct str word;

	for (size_t i = 0; i < comment.len; i++)
		if (i == 0 || char_is_space(comment.data[i - 1]) || comment.data[i - 1] == ',') {
			word = str_from_offset(comment, i);
			if (str_starts_ci(word, STR("p=")))
				return str_from_offset(word, 2);
			if (str_starts_ci(word, STR("policy=")))
				return str_from_offset(word, 7);
		}
	return STR("");
}

/* What the domain asks for; what was done about it tells, too ("oreject": and wasn't). */
static enum dmarc_policy policy_of(const struct auth_result *result)
{
	static const char *const names[] = { "policy.dmarc", "policy.published-domain-policy",
		                             "policy.p", "action", NULL };
	struct str word = commented_policy(result->comment);

	if (word.len == 0)
		word = first_property(result, names);
	if (str_starts_ci(word, STR("reject")) || str_eq_ci(word, STR("oreject")) ||
	    str_eq_ci(word, STR("pct.reject")))
		return DMARC_POLICY_REJECT;
	if (str_starts_ci(word, STR("quarantine")) || str_eq_ci(word, STR("pct.quarantine")))
		return DMARC_POLICY_QUARANTINE;
	return DMARC_POLICY_NONE;
}

static void hear_dmarc(struct arena *arena, const struct auth_result *result,
                       struct authserv_results *results)
{
	struct str word = result->value;

	if (results->has_dmarc)
		return;
	if (str_eq_ci(word, STR("pass")))
		results->dmarc = DMARC_PASS;
	else if (str_eq_ci(word, STR("fail")))
		results->dmarc = DMARC_FAIL;
	else if (str_eq_ci(word, STR("none")) || str_eq_ci(word, STR("bestguesspass")) ||
	         str_eq_ci(word, STR("permerror")))
		results->dmarc = DMARC_NONE;
	else
		return;
	results->has_dmarc = true;
	results->policy = policy_of(result);
	results->author =
		arena_str_lower(arena, domain_of(auth_result_property(result, STR("header.from"))));
}

static void hear(struct arena *arena, struct str text, struct authserv_results *results)
{
	struct auth_result result;

	while (auth_results_next(arena, &text, &result)) {
		if (str_eq_ci(result.method, STR("spf")))
			hear_spf(&result, results);
		else if (str_eq_ci(result.method, STR("dkim")))
			hear_dkim(arena, &result, results);
		else if (str_eq_ci(result.method, STR("arc")))
			hear_arc(&result, results);
		else if (str_eq_ci(result.method, STR("dmarc")))
			hear_dmarc(arena, &result, results);
	}
}

/* Whose it is. */

/* "i=1; " in front of it is ARC's. */
static struct candidate read_candidate(struct arena *arena, const struct header *header,
                                       size_t received)
{
	struct candidate candidate = { .received = received };
	struct str text = header->unfolded, instance;

	candidate.is_arc = str_starts_ci(header->name, STR("ARC-"));
	if (candidate.is_arc)
		str_next_piece(&text, ';', &instance);
	candidate.host = auth_results_host(arena, &text);
	candidate.results = text;
	return candidate;
}

static bool is_about_authentication(const struct header *header)
{
	return str_eq_ci(header->name, STR("Authentication-Results")) ||
	       str_eq_ci(header->name, STR("ARC-Authentication-Results"));
}

static bool has_name(const struct str_list *names, struct str host)
{
	for (size_t i = 0; host.len > 0 && i < names->len; i++)
		if (str_eq_ci(names->items[i], host))
			return true;
	return false;
}

static bool comes_from_outside(const struct facts *facts)
{
	return facts->relays->len > 0 && facts->relays->items[0].is_connection &&
	       !facts->relays->items[0].internal;
}

static bool is_our_name(const struct facts *facts, const struct facts_settings *settings,
                        struct str host)
{
	return str_eq_ci(host, settings->hostname) || str_eq_ci(host, facts->envelope->host);
}

static bool is_above_border(const struct candidate *candidate, const struct facts *facts)
{
	return candidate->received <= facts->relays->internal_fields;
}

static bool hear_named(struct arena *arena, const struct header_list *headers,
                       const struct facts *facts, const struct facts_settings *settings,
                       struct authserv_results *results)
{
	size_t received = 0;
	const struct header *header;

	vec_foreach (headers, header) {
		struct candidate candidate;

		received += str_eq_ci(header->name, STR("Received"));
		if (received > facts->relays->internal_fields)
			break;
		if (!is_about_authentication(header))
			continue;
		candidate = read_candidate(arena, header, received);
		if (!has_name(settings->authservs, candidate.host) ||
		    (comes_from_outside(facts) && !is_our_name(facts, settings, candidate.host)))
			continue;
		results->host = candidate.host;
		hear(arena, candidate.results, results);
	}
	return results->host.len > 0;
}

/* A host may write a field for each method. */
static bool hear_topmost(struct arena *arena, const struct header_list *headers,
                         const struct facts *facts, struct authserv_results *results)
{
	struct candidate first = { 0 };
	bool found = false;
	size_t received = 0;
	const struct header *header;

	vec_foreach (headers, header) {
		struct candidate candidate;

		received += str_eq_ci(header->name, STR("Received"));
		if (found && received > first.received)
			break;
		if (!is_about_authentication(header))
			continue;
		candidate = read_candidate(arena, header, received);
		if (found ? candidate.is_arc != first.is_arc ||
		                    !str_eq_ci(candidate.host, first.host)
		          : candidate.is_arc && !is_above_border(&candidate, facts))
			continue;
		if (!found)
			first = candidate;
		found = true;
		hear(arena, candidate.results, results);
	}
	results->host = first.host.len > 0 ? first.host : STR("the receiving host");
	return found;
}

/* One that was made before the message was signed is not of who received it. */
static void doubt_unsigned(const struct header_list *headers, struct authserv_results *results)
{
	if (results->has_dkim && results->signatures.len == 0 &&
	    header_first(headers, STR("DKIM-Signature")) != NULL)
		results->has_dkim = false;
}

bool authserv_find(struct arena *arena, const struct header_list *headers,
                   const struct facts *facts, const struct facts_settings *settings,
                   struct authserv_results *results_r)
{
	*results_r = (struct authserv_results){ 0 };
	if (!(has_name(settings->authservs, STR("*"))
	              ? hear_topmost(arena, headers, facts, results_r)
	              : hear_named(arena, headers, facts, settings, results_r)))
		return false;
	doubt_unsigned(headers, results_r);
	return true;
}
