/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is mail that claims to be from a big provider written as that provider's servers write it? */
#include "rules/eval/eval_received.h"

#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"

static struct str received_text(const struct eval_context *context)
{
	return eval_collapse_space(context->arena, eval_field(context, "Received"));
}

/* Cheap, and false for nearly all mail: asked before the patterns are. */
static bool received_holds(const struct eval_context *context, struct str text)
{
	return str_find_ci(eval_field(context, "Received"), text) >= 0;
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Is the message from an address of the domain, or of one below it? */
static bool is_from(const struct eval_context *context, struct str domain)
{
	struct str address = eval_field_first(context, "From:addr");

	return str_ends_ci(address, domain) &&
	       (address.len == domain.len ||
	        !is_word_char(address.data[address.len - domain.len - 1]));
}

/* Lists that remove Received fields make real mail look forged. */
bool eval_is_gated(const struct eval_context *context)
{
	struct str received = eval_field(context, "Received");

	if (eval_pattern_in(context, EVAL_RE_EZMLM_LIST, eval_field(context, "Mailing-List")) &&
	    eval_pattern_in(context, EVAL_RE_EZMLM_DELIVERED,
	                    eval_field(context, "Delivered-To")) &&
	    eval_pattern_in(context, EVAL_RE_QMAIL_INVOKED, received))
		return true;
	return received.len == 0 || eval_pattern_in(context, EVAL_RE_MSN_GROUPS_RELAY, received);
}

static double gated_through_received_hdr_remover(const struct eval_context *context)
{
	return eval_is_gated(context);
}

static double check_for_fake_aol_relay(const struct eval_context *context)
{
	struct str received;

	if (!received_holds(context, STR("rly-")))
		return 0;
	received = received_text(context);
	return eval_pattern_in(context, EVAL_RE_AOL_RELAY, received) &&
	       !eval_pattern_in(context, EVAL_RE_AOL_SOFTWARE, received) &&
	       !eval_pattern_in(context, EVAL_RE_AOL_ID, received);
}

/* "<LIST-…@groups.msn.com>" in the Message-Id of a list's mail. */
static bool id_starts(const struct eval_context *context, struct str prefix)
{
	return str_starts(eval_field(context, "Message-Id"),
	                  arena_printf(context->arena, "<%.*s", STR_FMT(prefix)));
}

static bool is_msn_group(const struct eval_context *context)
{
	struct str to = eval_field(context, "To"), list, server, received;

	if (!eval_pattern_group(context, EVAL_RE_MSN_GROUPS_TO, to, &list))
		return false;
	received = eval_field(context, "Received");
	if (!eval_pattern_group(context, EVAL_RE_MSN_GROUPS_PICKUP, received, &server))
		return false;
	if (str_eq(list, STR("notifications")))
		return str_find(eval_field(context, "Message-Id"), server) > 1;
	return id_starts(context, arena_printf(context->arena, "%.*s-", STR_FMT(list))) &&
	       str_find(eval_field_first(context, "EnvelopeFrom:addr"),
	                arena_printf(context->arena, "%.*s-bounce@groups.msn.com",
	                             STR_FMT(list))) >= 0;
}

static double check_for_msn_groups_headers(const struct eval_context *context)
{
	return is_msn_group(context);
}

static bool has_hotmail_trace(const struct eval_context *context, struct str received)
{
	static const enum eval_pattern with_address[] = { EVAL_RE_HOTMAIL_RELAY,
		                                          EVAL_RE_HOTMAIL_ADDRESS,
		                                          EVAL_RE_HOTMAIL_HTTP,
		                                          EVAL_RE_HOTMAIL_VIA_YAHOO };
	bool address = eval_pattern_in(context, EVAL_RE_IP_ADDRESS,
	                               eval_field(context, "X-Originating-Ip"));
	bool originator = eval_pattern_in(context, EVAL_RE_HOTMAIL_ORIGINATOR,
	                                  eval_field(context, "X-OriginatorOrg"));

	for (size_t i = 0; address && i < sizeof(with_address) / sizeof(with_address[0]); i++)
		if (eval_pattern_in(context, with_address[i], received))
			return true;
	return originator && (eval_pattern_in(context, EVAL_RE_OUTLOOK_RELAY, received) ||
	                      eval_pattern_in(context, EVAL_RE_OUTLOOK_PROD, received));
}

/* Does a server that the message came through say that it is the provider's? */
static bool claims_hotmail(const struct eval_context *context)
{
	return received_holds(context, STR("hotmail.com")) &&
	       eval_pattern_in(context, EVAL_RE_HOTMAIL_CLAIM, received_text(context));
}

static bool came_through_hotmail(const struct eval_context *context)
{
	struct str received = received_text(context);

	return eval_pattern_in(context, EVAL_RE_HOTMAIL_PICKUP, received) ||
	       is_msn_group(context) || eval_is_gated(context) ||
	       has_hotmail_trace(context, received);
}

static double check_for_forged_hotmail(const struct eval_context *context)
{
	return claims_hotmail(context) && !came_through_hotmail(context);
}

static double check_for_no_hotmail(const struct eval_context *context)
{
	return is_from(context, STR("hotmail.com")) && !claims_hotmail(context) &&
	       !came_through_hotmail(context);
}

static double check_for_forged_eudoramail(const struct eval_context *context)
{
	return is_from(context, STR("eudoramail.com")) && !eval_is_gated(context) &&
	       !(eval_pattern_in(context, EVAL_RE_WHOWHERE, received_text(context)) &&
	         eval_pattern_in(context, EVAL_RE_IP_ADDRESS, eval_field(context, "X-Sender-Ip")));
}

static double check_for_forged_yahoo(const struct eval_context *context)
{
	struct str received, resent;

	if (!is_from(context, STR("yahoo.com")))
		return 0;
	received = received_text(context);
	if (eval_field(context, "Resent-From").len > 0 &&
	    eval_field(context, "Resent-To").len > 0) {
		resent = eval_field(context, "X-Received");
		if (resent.len > 0)
			received = eval_collapse_space(context->arena, resent);
	}
	return !eval_is_gated(context) &&
	       !eval_pattern_in(context, EVAL_RE_YAHOO_RELAY,
	                        eval_field(context, "X-Spam-Relays-Trusted")) &&
	       !eval_pattern_in(context, EVAL_RE_YAHOO_FIRST_RELAY,
	                        eval_field(context, "X-Spam-Relays-Untrusted")) &&
	       !eval_pattern_in(context, EVAL_RE_YAHOO_RECEIVED, received) &&
	       !(eval_pattern_in(context, EVAL_RE_YAHOO_BULK, received) &&
	         eval_pattern_in(context, EVAL_RE_YAHOO_BULK_FROM,
	                         eval_field_first(context, "From:addr")));
}

static bool is_forged_juno(const struct eval_context *context)
{
	struct str origin = eval_field(context, "X-Originating-IP");
	struct str mailer = eval_field(context, "X-Mailer");
	struct str received = eval_field(context, "Received");

	if (origin.len > 0)
		return (!eval_pattern_in(context, EVAL_RE_JUNO_RECEIVED, received) &&
		        !eval_pattern_in(context, EVAL_RE_JUNO_COOKIE, received)) ||
		       str_find(mailer, STR("Juno ")) < 0;
	/* Without X-Originating-IP, nothing that the web mail writes can be checked. */
	return true;
}

static double check_for_forged_juno(const struct eval_context *context)
{
	return is_from(context, STR("juno.com")) && !eval_is_gated(context) &&
	       is_forged_juno(context);
}

/* The least lengths of what Google's servers note about a message. */
#define GOOGLE_STATE_MIN 60

static double check_for_forged_gmail(const struct eval_context *context)
{
	return is_from(context, STR("gmail.com")) &&
	       !eval_pattern_in(context,
	                        eval_reads_4_0_3(context) ? EVAL_RE_GMAIL_RECEIVED_4_0_3
	                                                  : EVAL_RE_GMAIL_RECEIVED,
	                        eval_field(context, "X-Received")) &&
	       !eval_pattern_in(context, EVAL_RE_GMAIL_SUBMITTED,
	                        eval_field(context, "Received")) &&
	       !(eval_field(context, "X-Gm-Message-State").len >= GOOGLE_STATE_MIN &&
	         eval_field(context, "X-Google-Smtp-Source").len >= GOOGLE_STATE_MIN);
}

static double check_for_forged_gw05(const struct eval_context *context)
{
	return eval_pattern_in(context, EVAL_RE_GW05, eval_field(context, "Received"));
}

/* What is_msn_group() and came_through_hotmail() ask for. */
#define MSN_FIELDS     "To", "Received", "Message-Id", "EnvelopeFrom:addr"
#define HOTMAIL_FIELDS MSN_FIELDS, EVAL_GATED_FIELDS, "X-Originating-Ip", "X-OriginatorOrg"

const struct eval_function eval_received_functions[] = {
	{ .name = "gated_through_received_hdr_remover",
	  .run = gated_through_received_hdr_remover,
	  .fields = EVAL_FIELDS(EVAL_GATED_FIELDS) },
	{ .name = "check_for_fake_aol_relay_in_rcvd",
	  .run = check_for_fake_aol_relay,
	  .fields = EVAL_FIELDS("Received") },
	{ .name = "check_for_msn_groups_headers",
	  .run = check_for_msn_groups_headers,
	  .fields = EVAL_FIELDS(MSN_FIELDS) },
	{ .name = "check_for_forged_hotmail_received_headers",
	  .run = check_for_forged_hotmail,
	  .fields = EVAL_FIELDS(HOTMAIL_FIELDS) },
	{ .name = "check_for_no_hotmail_received_headers",
	  .run = check_for_no_hotmail,
	  .fields = EVAL_FIELDS("From:addr", HOTMAIL_FIELDS) },
	{ .name = "check_for_forged_eudoramail_received_headers",
	  .run = check_for_forged_eudoramail,
	  .fields = EVAL_FIELDS("From:addr", "X-Sender-Ip", EVAL_GATED_FIELDS) },
	{ .name = "check_for_forged_yahoo_received_headers",
	  .run = check_for_forged_yahoo,
	  .fields = EVAL_FIELDS("From:addr", "Resent-From", "Resent-To", "X-Received",
	                        "X-Spam-Relays-Trusted", "X-Spam-Relays-Untrusted",
	                        EVAL_GATED_FIELDS) },
	{ .name = "check_for_forged_juno_received_headers",
	  .run = check_for_forged_juno,
	  .fields = EVAL_FIELDS("From:addr", "X-Originating-IP", "X-Mailer", EVAL_GATED_FIELDS) },
	{ .name = "check_for_forged_gmail_received_headers",
	  .run = check_for_forged_gmail,
	  .fields = EVAL_FIELDS("From:addr", "X-Received", "Received", "X-Gm-Message-State",
	                        "X-Google-Smtp-Source") },
	{ .name = "check_for_forged_gw05_received_headers",
	  .run = check_for_forged_gw05,
	  .fields = EVAL_FIELDS("Received") },
	{ 0 },
};
