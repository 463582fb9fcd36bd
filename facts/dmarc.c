/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dmarc.h"

#include "facts/dmarc_record.h"
#include "message/uri.h"

/* Of a name with more, only this many labels are asked for after the whole. */
#define LABELS_MAX 7

const char *dmarc_result_name(enum dmarc_result result)
{
	static const char *const names[] = {
		[DMARC_NONE] = "none",
		[DMARC_PASS] = "pass",
		[DMARC_FAIL] = "fail",
		[DMARC_TEMPERROR] = "temperror",
	};

	return names[result];
}

static struct str parent_of(struct str domain)
{
	ptrdiff_t dot = str_find_char(domain, '.');

	return dot < 0 ? STR("") : str_from_offset(domain, (size_t)dot + 1);
}

static size_t label_count(struct str domain)
{
	size_t count = domain.len > 0;

	for (size_t i = 0; i < domain.len; i++)
		count += domain.data[i] == '.';
	return count;
}

static bool add_name(struct arena *arena, struct str domain, struct dmarc_names *names)
{
	struct str question = arena_printf(arena, "_dmarc.%.*s", STR_FMT(domain));

	if (names->count == DMARC_NAMES_MAX || !dns_name_valid(question))
		return false;
	names->domains[names->count] = domain;
	names->questions[names->count++] = question;
	return true;
}

bool dmarc_names_of(struct arena *arena, struct str author_domain, struct dmarc_names *names_r)
{
	struct str domain = uri_host_to_ascii(arena, author_domain);

	*names_r = (struct dmarc_names){ 0 };
	if (domain.len > 0 && domain.data[domain.len - 1] == '.')
		domain.len--;
	names_r->author = domain;
	if (label_count(domain) < 2 || !add_name(arena, domain, names_r))
		return false;
	do
		domain = parent_of(domain);
	while (label_count(domain) > LABELS_MAX);
	for (; domain.len > 0; domain = parent_of(domain))
		add_name(arena, domain, names_r);
	return true;
}

/* What the names' answers say. */
struct walk {
	const struct dmarc_input *input;
	struct dmarc_record records[DMARC_NAMES_MAX];
	bool has[DMARC_NAMES_MAX];
	bool uncertain[DMARC_NAMES_MAX]; /* the answer is missing */
};

/* Several records at a name are none. */
static void read_answer(struct walk *walk, size_t i)
{
	const struct dns_answer *answer = walk->input->answers[i];
	size_t found = 0;

	if (answer == NULL || answer->status == DNS_TIMEOUT || answer->status == DNS_FAILED) {
		walk->uncertain[i] = true;
		return;
	}
	for (size_t n = 0; n < answer->count; n++) {
		if (!dmarc_record_is(answer->records[n].data))
			continue;
		found++;
		walk->has[i] = dmarc_record_read(answer->records[n].data, &walk->records[i]);
	}
	if (found > 1)
		walk->has[i] = false;
}

/* The organisational domain: RFC 9989 section 4.10.2. */
static struct str find_organisation(struct arena *arena, const struct walk *walk)
{
	const struct dmarc_names *names = walk->input->names;
	struct str shortest = names->author, listed;

	for (size_t i = 0; i < names->count; i++) {
		if (!walk->has[i])
			continue;
		if (walk->records[i].suffix == DMARC_SUFFIX_NO)
			return names->domains[i];
		if (walk->records[i].suffix == DMARC_SUFFIX_YES && i > 0)
			return names->domains[i - 1];
		shortest = names->domains[i];
	}
	listed = uri_registered_domain(arena, names->author);
	return listed.len > 0 ? listed : shortest;
}

/* The last of the names that isn't above where domains are registered. */
static size_t last_registered(const struct dmarc_names *names, struct str organisation)
{
	size_t last = 0;

	for (size_t i = 0; i < names->count; i++)
		if (label_count(names->domains[i]) >= label_count(organisation) &&
		    label_count(names->domains[i]) > 1)
			last = i;
	return last;
}

/*
 * The record that applies: the author domain's, else the organisation's, which is the one with the
 * fewest labels unless psd= says otherwise, else that of the suffix above it (RFC 9989 section
 * 4.10). The number of names where there is none.
 */
static size_t find_record(const struct walk *walk, struct str organisation, bool *uncertain_r)
{
	const struct dmarc_names *names = walk->input->names;
	size_t last = last_registered(names, organisation), uncertain = 0, found = names->count;

	*uncertain_r = walk->uncertain[0];
	if (walk->has[0] || walk->uncertain[0])
		return walk->has[0] ? 0 : names->count;
	for (size_t i = 1; i < names->count; i++) {
		if (walk->uncertain[i] && i <= last)
			uncertain = i;
		if (!walk->has[i])
			continue;
		if (walk->records[i].suffix == DMARC_SUFFIX_YES)
			return i > 1 && walk->has[i - 1] ? i - 1 : i;
		if (i > last)
			continue;
		found = i;
		if (walk->records[i].suffix == DMARC_SUFFIX_NO)
			break;
	}
	*uncertain_r = uncertain > 0 && (found == names->count || uncertain > found);
	return *uncertain_r ? names->count : found;
}

static bool aligned(struct str domain, const struct dmarc *dmarc, bool strict)
{
	if (domain.len == 0)
		return false;
	return strict ? str_eq_ci(domain, dmarc->author)
	              : dns_name_is_within(domain, dmarc->organisation);
}

static enum dmarc_policy weaker(enum dmarc_policy policy)
{
	return policy == DMARC_POLICY_NONE ? policy : (enum dmarc_policy)(policy - 1);
}

static void apply(const struct dmarc_input *input, const struct dmarc_record *record, bool own,
                  struct dmarc *dmarc)
{
	dmarc->spf_aligned = aligned(input->spf_domain, dmarc, record->strict_spf);
	for (size_t i = 0; input->signers != NULL && i < input->signers->len; i++)
		dmarc->dkim_aligned = dmarc->dkim_aligned ||
		                      aligned(input->signers->items[i], dmarc, record->strict_dkim);
	dmarc->policy = own                     ? record->policy
	                : input->author_missing ? record->missing
	                                        : record->subdomains;
	dmarc->asks_for_existence = !own && record->missing != record->subdomains;
	if (record->testing)
		dmarc->policy = weaker(dmarc->policy);
	dmarc->result = dmarc->spf_aligned || dmarc->dkim_aligned ? DMARC_PASS : DMARC_FAIL;
}

struct dmarc dmarc_judge(struct arena *arena, const struct dmarc_input *input)
{
	const struct dmarc_names *names = input->names;
	struct dmarc dmarc = { .author = names->author };
	struct walk walk = { .input = input };
	bool uncertain;
	size_t at;

	for (size_t i = 0; i < names->count; i++)
		read_answer(&walk, i);
	dmarc.organisation = find_organisation(arena, &walk);
	at = find_record(&walk, dmarc.organisation, &uncertain);
	if (at == names->count) {
		dmarc.result = uncertain ? DMARC_TEMPERROR : DMARC_NONE;
		return dmarc;
	}
	dmarc.domain = names->domains[at];
	apply(input, &walk.records[at], at == 0, &dmarc);
	return dmarc;
}
