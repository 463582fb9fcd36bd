/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who a message is from and to, as eval functions see it: addresses of the envelope and of all the
 * header fields that name any, in lower case. In the message's arena. Nothing fails.
 */
#ifndef RULES_EVAL_EVAL_ADDRESS_H
#define RULES_EVAL_EVAL_ADDRESS_H

#include "rules/model/eval_context.h"

/* Appends the addresses that a field request such as "Reply-To:addr" gives. */
void eval_addresses_of(const struct eval_context *context, const char *request,
                       struct str_list *addresses);
/* What eval_senders() and eval_recipients() ask for, for rows of functions that call them. */
#define EVAL_SENDER_FIELDS                                                                         \
	"Resent-From:first:addr", "From:addr", "Envelope-Sender:addr", "Resent-Sender:addr",       \
		"X-Envelope-From:addr", "EnvelopeFrom:addr"
#define EVAL_RECIPIENT_FIELDS                                                                      \
	"Resent-To:first:addr", "Resent-Cc:first:addr", "To:addr", "Apparently-To:addr",           \
		"Delivered-To:addr", "Envelope-Recipients:addr", "Apparently-Resent-To:addr",      \
		"X-Envelope-To:addr", "Envelope-To:addr", "X-Delivered-To:addr",                   \
		"X-Original-To:addr", "X-Rcpt-To:addr", "X-Real-To:addr", "Cc:addr"

/* Everyone that the message may be from; only Resent-From if that is there. */
const struct str_list *eval_senders(const struct eval_context *context);
/* Everyone that the message may be to, as written. */
void eval_recipients(const struct eval_context *context, struct str_list *addresses);

#endif
