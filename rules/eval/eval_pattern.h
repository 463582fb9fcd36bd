/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Patterns that eval functions look for, named and compiled once with each rule set. Those for
 * Received fields describe how the mail servers of big providers write them.
 */
#ifndef RULES_EVAL_EVAL_PATTERN_H
#define RULES_EVAL_EVAL_PATTERN_H

#include "rules/model/eval_context.h"

enum eval_pattern {
	EVAL_RE_AOL_RELAY,
	EVAL_RE_AOL_SOFTWARE,
	EVAL_RE_AOL_ID,
	EVAL_RE_EZMLM_LIST,
	EVAL_RE_EZMLM_DELIVERED,
	EVAL_RE_QMAIL_INVOKED,
	EVAL_RE_MSN_GROUPS_RELAY,
	EVAL_RE_MSN_GROUPS_TO,
	EVAL_RE_MSN_GROUPS_PICKUP,
	EVAL_RE_HOTMAIL_PICKUP,
	EVAL_RE_HOTMAIL_ORIGINATOR,
	EVAL_RE_HOTMAIL_RELAY,
	EVAL_RE_HOTMAIL_ADDRESS,
	EVAL_RE_HOTMAIL_HTTP,
	EVAL_RE_HOTMAIL_VIA_YAHOO,
	EVAL_RE_OUTLOOK_RELAY,
	EVAL_RE_OUTLOOK_PROD,
	EVAL_RE_HOTMAIL_CLAIM,
	EVAL_RE_WHOWHERE,
	EVAL_RE_YAHOO_RELAY,
	EVAL_RE_YAHOO_FIRST_RELAY,
	EVAL_RE_YAHOO_RECEIVED,
	EVAL_RE_YAHOO_BULK,
	EVAL_RE_YAHOO_BULK_FROM,
	EVAL_RE_JUNO_RECEIVED,
	EVAL_RE_JUNO_COOKIE,
	EVAL_RE_GMAIL_RECEIVED,
	EVAL_RE_GMAIL_RECEIVED_4_0_3,
	EVAL_RE_GMAIL_SUBMITTED,
	EVAL_RE_OUTLOOK_ID,
	EVAL_RE_RECEIVED_DATE,
	EVAL_RE_THIS_HOST,
	EVAL_RE_FETCHMAIL,
	EVAL_RE_ENCODED_WORD,
	EVAL_RE_IPV4,
	EVAL_RE_PROGRAM_NAME,
	EVAL_RE_PROGRAM_BASE64,
	EVAL_RE_PROGRAM_UU,
	EVAL_RE_ISO_CHARSET,
	EVAL_RE_KNOWN_ISO_CHARSET,
	EVAL_RE_LIST_UNSUBSCRIBE,
	EVAL_RE_UNUSABLE_ID_SERVER,
	EVAL_RE_TEMPLATE,
	EVAL_RE_TEMPLATE_FIELDS,
	EVAL_RE_RATWARE_ID,
	EVAL_RE_SRS,
	EVAL_RE_GW05,
	EVAL_RE_IP_ADDRESS,
	EVAL_RE_NUMERIC_HELO,
	EVAL_RE_HOST_NAME,
	EVAL_RE_DOTCOM_HELO,
	EVAL_RE_REDIRECT,
	EVAL_RE_EMAIL,
	EVAL_RE_FREEMAIL_EXEMPT,
	EVAL_RE_FREEMAIL_EXEMPT_4_0_3,
	EVAL_RE_BULK_ENVELOPE,
	EVAL_RE_WEB_WITH_EMAIL,
	EVAL_RE_EMAIL_OF_QUOTE,
	EVAL_RE_NAME_EMAIL,
	EVAL_RE_STOCK_LINE,
	EVAL_RE_STOCK_WORD,
	EVAL_RE_COUNT,
};

/* Is the pattern, such as context->args->pattern, in the text? One that is abandoned is noted in
 * the hits, and isn't. */
bool eval_match(const struct eval_context *context, const struct pattern *pattern, struct str text,
                struct pattern_span *span_r);
/* The same after *span, as /g goes on. */
bool eval_match_next(const struct eval_context *context, const struct pattern *pattern,
                     struct str text, struct pattern_span *span);
/* A group of the last match, which was in the text; false where it took no part. */
bool eval_match_group(const struct eval_context *context, struct str text, unsigned group,
                      struct str *group_r);

/* Compiles all of them into set->eval_patterns. A pattern that can't be is our bug. */
void eval_pattern_compile_all(struct ruleset *set);
/* Is it in the text? */
bool eval_pattern_in(const struct eval_context *context, enum eval_pattern which, struct str text);
/* The same, and what its first group matched. */
bool eval_pattern_group(const struct eval_context *context, enum eval_pattern which,
                        struct str text, struct str *group_r);
const struct pattern *eval_pattern_get(const struct eval_context *context, enum eval_pattern which);

#endif
