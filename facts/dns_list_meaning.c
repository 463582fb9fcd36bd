/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list.h"

/* Answers of one operator that are about the client that asks. */
struct notice {
	const char *domain;
	unsigned char value[4], mask[4]; /* the bits of the mask are these */
	enum dns_list_meaning meaning;
};

static const struct notice notices[] = {
	/* uribl.com/refused.shtml: 127.0.0.1, and 127.0.0.255 for those who don't stop */
	{ "uribl.com", { 127, 0, 0, 1 }, { 255, 255, 255, 1 }, DNS_LIST_BLOCKED },
	/* surbl.org/lists: bit 1 is "access is blocked" */
	{ "surbl.org", { 127, 0, 0, 1 }, { 255, 255, 255, 1 }, DNS_LIST_BLOCKED },
	/* spamhaus.org: names only, no addresses */
	{ "dbl.spamhaus.org", { 127, 0, 1, 255 }, { 255, 255, 255, 255 }, DNS_LIST_MISASKED },
	{ "dbl.dq.spamhaus.net", { 127, 0, 1, 255 }, { 255, 255, 255, 255 }, DNS_LIST_MISASKED },
	{ "zrd.dq.spamhaus.net", { 127, 0, 2, 255 }, { 255, 255, 255, 255 }, DNS_LIST_MISASKED },
	/* dnswl.org: over the free number of questions */
	{ "dnswl.org", { 127, 0, 0, 255 }, { 255, 255, 0, 255 }, DNS_LIST_BLOCKED },
};

static bool says(const struct notice *notice, const unsigned char *octets)
{
	for (size_t i = 0; i < 4; i++)
		if ((octets[i] & notice->mask[i]) != notice->value[i])
			return false;
	return true;
}

enum dns_list_meaning dns_list_meaning(struct str zone, struct str address)
{
	/* 127.255.255.252: a slip in the list's name; 254: a public resolver; 255: too many. */
	static const struct notice anybody = {
		NULL, { 127, 255, 255, 0 }, { 255, 255, 255, 0 }, DNS_LIST_BLOCKED
	};
	const unsigned char *octets = (const unsigned char *)address.data;

	if (address.len != 4 || octets[0] != 127)
		return DNS_LIST_REWRITTEN;
	if (says(&anybody, octets))
		return anybody.meaning;
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++)
		if (says(&notices[i], octets) &&
		    dns_name_is_within(zone, str_from(notices[i].domain)))
			return notices[i].meaning;
	return DNS_LIST_LISTED;
}

bool dns_list_record_counts(struct str zone, enum dns_type type, const struct dns_record *record,
                            bool wants_notices)
{
	enum dns_list_meaning meaning;

	if (type != DNS_A)
		return !wants_notices;
	meaning = dns_list_meaning(zone, record->data);
	if (wants_notices)
		return meaning == DNS_LIST_BLOCKED || meaning == DNS_LIST_MISASKED;
	return meaning == DNS_LIST_LISTED;
}
