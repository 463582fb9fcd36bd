/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "facts/dns_list_health.h"

/* How often at most a message's answer may cause a probe. */
#define SUSPICION_US (INT64_C(60) * 1000000)

struct dns_list_health dns_list_health_new(bool can_be_probed, int64_t now_us)
{
	return (struct dns_list_health){ .can_be_probed = can_be_probed,
		                         .since_us = now_us,
		                         .probe_us = can_be_probed ? now_us : INT64_MAX,
		                         .probed_us = INT64_MIN,
		                         .answered_us = INT64_MIN };
}

static int64_t retry_after(unsigned rows, enum dns_list_trouble trouble)
{
	bool silent = trouble == DNS_LIST_SILENT || trouble == DNS_LIST_FAILS;
	int64_t most = silent ? DNS_LIST_SILENCE_US : DNS_LIST_PROBE_US;
	int64_t wait = DNS_LIST_RETRY_US;

	for (unsigned i = 1; i < rows && wait < most; i++)
		wait *= 2;
	return wait < most ? wait : most;
}

static void enter(struct dns_list_health *health, enum dns_list_trouble trouble, int64_t now_us)
{
	if (health->trouble != trouble)
		health->since_us = now_us;
	health->trouble = trouble;
}

/* A probe may answer from a cache while the list is dead: from the second trouble without an answer
 * to a message in between, the list rests for longer and longer. */
static void suspend(struct dns_list_health *health, enum dns_list_trouble trouble, int64_t now_us)
{
	enter(health, trouble, now_us);
	health->probe_us = now_us + (health->rows > 0 ? retry_after(health->rows, trouble) : 0);
	health->rows++;
}

static void suspect(struct dns_list_health *health, int64_t now_us)
{
	if (health->probed_us < now_us - SUSPICION_US && health->probe_us > now_us)
		health->probe_us = now_us;
}

static bool has(struct dns_list_sign sign, enum dns_list_meaning meaning)
{
	return (sign.meanings & 1U << meaning) != 0;
}

/* Who asked too much does not ask at once whether that was meant. */
static void refuse(struct dns_list_health *health, int64_t now_us)
{
	enter(health, DNS_LIST_REFUSES, now_us);
	health->probe_us = now_us + DNS_LIST_REFUSED_US;
}

static bool is_answer(struct dns_list_sign sign)
{
	return sign.status == DNS_OK || sign.status == DNS_NODATA || sign.status == DNS_NXDOMAIN;
}

void dns_list_health_answered(struct dns_list_health *health, struct dns_list_sign sign,
                              int64_t now_us)
{
	if (is_answer(sign))
		health->answered_us = now_us;
	/* What was asked before it was suspended changes nothing. */
	if (health->trouble != DNS_LIST_FINE || !health->can_be_probed)
		return;
	if (sign.status == DNS_TIMEOUT)
		suspend(health, DNS_LIST_SILENT, now_us);
	else if (has(sign, DNS_LIST_BLOCKED))
		refuse(health, now_us);
	else if (sign.status == DNS_FAILED || has(sign, DNS_LIST_REWRITTEN))
		suspect(health, now_us);
	else
		health->rows = 0;
}

void dns_list_health_stopped(struct dns_list_health *health, int64_t now_us, int64_t until_us)
{
	enter(health, DNS_LIST_STOPPED, now_us);
	health->probe_us = until_us;
}

bool dns_list_health_begin_probe(struct dns_list_health *health, int64_t now_us)
{
	if (health->probing || now_us < health->probe_us)
		return false;
	if (!health->can_be_probed) {
		enter(health, DNS_LIST_FINE, now_us);
		health->probe_us = INT64_MAX;
		return false;
	}
	health->probing = true;
	health->probed_us = now_us;
	return true;
}

static enum dns_list_trouble judge(const struct dns_list_health *health,
                                   struct dns_list_sign listed, struct dns_list_sign unlisted)
{
	bool answers = health->answered_us > health->probed_us;

	if (has(listed, DNS_LIST_BLOCKED) || has(unlisted, DNS_LIST_BLOCKED))
		return DNS_LIST_REFUSES;
	if (has(listed, DNS_LIST_REWRITTEN) || has(unlisted, DNS_LIST_REWRITTEN))
		return DNS_LIST_MADE_UP;
	if (has(unlisted, DNS_LIST_LISTED))
		return DNS_LIST_LISTS_ALL;
	if (!is_answer(listed) && !is_answer(unlisted) && !answers)
		return listed.status == DNS_TIMEOUT && unlisted.status == DNS_TIMEOUT
		               ? DNS_LIST_SILENT
		               : DNS_LIST_FAILS;
	/* Some lists never had one; those that had are empty now, or closed. */
	if (health->confirmed && (listed.status == DNS_NXDOMAIN || listed.status == DNS_NODATA))
		return DNS_LIST_EMPTY;
	return DNS_LIST_FINE;
}

void dns_list_health_probed(struct dns_list_health *health, struct dns_list_sign listed,
                            struct dns_list_sign unlisted, int64_t now_us)
{
	enum dns_list_trouble trouble = judge(health, listed, unlisted);

	health->probing = false;
	health->probed = true;
	health->confirmed |= has(listed, DNS_LIST_LISTED) && trouble == DNS_LIST_FINE;
	/* Stopped while the probe was under way. */
	if (health->trouble == DNS_LIST_STOPPED && health->probe_us > now_us)
		return;
	if (trouble == DNS_LIST_FINE) {
		enter(health, trouble, now_us);
		health->probe_us = now_us + DNS_LIST_PROBE_US;
		return;
	}
	health->rows++;
	enter(health, trouble, now_us);
	health->probe_us = now_us + retry_after(health->rows, trouble);
}
