/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is mail that claims to be from a big provider written as that provider's servers write it? */
#include "rules/eval/eval.h"
#include "rules/eval/eval_pattern.h"
#include "rules/match/field.h"

static struct str received_text(struct match *match)
{
	return eval_collapse_space(match->arena, field_text(match, "Received"));
}

/* Cheap, and false for nearly all mail: asked before the patterns are. */
static bool received_holds(struct match *match, struct str text)
{
	return str_find_ci(field_text(match, "Received"), text) >= 0;
}

static bool is_word_char(char c)
{
	return char_is_alnum(c) || c == '_';
}

/* Is the message from an address of the domain, or of one below it? */
static bool is_from(struct match *match, struct str domain)
{
	struct str address = eval_field_first(match, "From:addr");

	return str_ends_ci(address, domain) &&
	       (address.len == domain.len ||
	        !is_word_char(address.data[address.len - domain.len - 1]));
}

/* Lists that take Received fields away make a forgery of what is none. */
static bool is_gated(struct match *match)
{
	struct str received = field_text(match, "Received");

	if (eval_pattern_in(match, EVAL_RE_EZMLM_LIST, field_text(match, "Mailing-List")) &&
	    eval_pattern_in(match, EVAL_RE_EZMLM_DELIVERED, field_text(match, "Delivered-To")) &&
	    eval_pattern_in(match, EVAL_RE_QMAIL_INVOKED, received))
		return true;
	return received.len == 0 || eval_pattern_in(match, EVAL_RE_MSN_GROUPS_RELAY, received);
}

static double gated_through_received_hdr_remover(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_gated(match);
}

static double check_for_fake_aol_relay(struct match *match, const struct str_list *args)
{
	struct str received;

	(void)args;
	if (!received_holds(match, STR("rly-")))
		return 0;
	received = received_text(match);
	return eval_pattern_in(match, EVAL_RE_AOL_RELAY, received) &&
	       !eval_pattern_in(match, EVAL_RE_AOL_SOFTWARE, received) &&
	       !eval_pattern_in(match, EVAL_RE_AOL_ID, received);
}

/* "<LIST-…@groups.msn.com>" in the Message-Id of a list's mail. */
static bool id_starts(struct match *match, struct str prefix)
{
	return str_starts(field_text(match, "Message-Id"),
	                  arena_printf(match->arena, "<%.*s", STR_FMT(prefix)));
}

static bool is_msn_group(struct match *match)
{
	struct str to = field_text(match, "To"), list, server, received;

	if (!eval_pattern_group(match, EVAL_RE_MSN_GROUPS_TO, to, &list))
		return false;
	received = field_text(match, "Received");
	if (!eval_pattern_group(match, EVAL_RE_MSN_GROUPS_PICKUP, received, &server))
		return false;
	if (str_eq(list, STR("notifications")))
		return str_find(field_text(match, "Message-Id"), server) > 1;
	return id_starts(match, arena_printf(match->arena, "%.*s-", STR_FMT(list))) &&
	       str_find(eval_field_first(match, "EnvelopeFrom:addr"),
	                arena_printf(match->arena, "%.*s-bounce@groups.msn.com", STR_FMT(list))) >=
	               0;
}

static double check_for_msn_groups_headers(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_msn_group(match);
}

static bool has_hotmail_trace(struct match *match, struct str received)
{
	static const enum eval_pattern with_address[] = { EVAL_RE_HOTMAIL_RELAY,
		                                          EVAL_RE_HOTMAIL_ADDRESS,
		                                          EVAL_RE_HOTMAIL_HTTP,
		                                          EVAL_RE_HOTMAIL_VIA_YAHOO };
	bool address =
		eval_pattern_in(match, EVAL_RE_IP_ADDRESS, field_text(match, "X-Originating-Ip"));
	bool originator = eval_pattern_in(match, EVAL_RE_HOTMAIL_ORIGINATOR,
	                                  field_text(match, "X-OriginatorOrg"));

	for (size_t i = 0; address && i < sizeof(with_address) / sizeof(with_address[0]); i++)
		if (eval_pattern_in(match, with_address[i], received))
			return true;
	return originator && (eval_pattern_in(match, EVAL_RE_OUTLOOK_RELAY, received) ||
	                      eval_pattern_in(match, EVAL_RE_OUTLOOK_PROD, received));
}

/* Does a server that the message came through say that it is the provider's? */
static bool claims_hotmail(struct match *match)
{
	return received_holds(match, STR("hotmail.com")) &&
	       eval_pattern_in(match, EVAL_RE_HOTMAIL_CLAIM, received_text(match));
}

static bool came_through_hotmail(struct match *match)
{
	struct str received = received_text(match);

	return eval_pattern_in(match, EVAL_RE_HOTMAIL_PICKUP, received) || is_msn_group(match) ||
	       is_gated(match) || has_hotmail_trace(match, received);
}

static double check_for_forged_hotmail(struct match *match, const struct str_list *args)
{
	(void)args;
	return claims_hotmail(match) && !came_through_hotmail(match);
}

static double check_for_no_hotmail(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_from(match, STR("hotmail.com")) && !claims_hotmail(match) &&
	       !came_through_hotmail(match);
}

static double check_for_forged_eudoramail(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_from(match, STR("eudoramail.com")) && !is_gated(match) &&
	       !(eval_pattern_in(match, EVAL_RE_WHOWHERE, received_text(match)) &&
	         eval_pattern_in(match, EVAL_RE_IP_ADDRESS, field_text(match, "X-Sender-Ip")));
}

static double check_for_forged_yahoo(struct match *match, const struct str_list *args)
{
	struct str received, resent;

	(void)args;
	if (!is_from(match, STR("yahoo.com")))
		return 0;
	received = received_text(match);
	if (field_text(match, "Resent-From").len > 0 && field_text(match, "Resent-To").len > 0) {
		resent = field_text(match, "X-Received");
		if (resent.len > 0)
			received = eval_collapse_space(match->arena, resent);
	}
	return !is_gated(match) &&
	       !eval_pattern_in(match, EVAL_RE_YAHOO_RELAY,
	                        field_text(match, "X-Spam-Relays-Trusted")) &&
	       !eval_pattern_in(match, EVAL_RE_YAHOO_FIRST_RELAY,
	                        field_text(match, "X-Spam-Relays-Untrusted")) &&
	       !eval_pattern_in(match, EVAL_RE_YAHOO_RECEIVED, received) &&
	       !(eval_pattern_in(match, EVAL_RE_YAHOO_BULK, received) &&
	         eval_pattern_in(match, EVAL_RE_YAHOO_BULK_FROM,
	                         eval_field_first(match, "From:addr")));
}

static bool is_forged_juno(struct match *match)
{
	struct str origin = field_text(match, "X-Originating-IP");
	struct str mailer = field_text(match, "X-Mailer");
	struct str received = field_text(match, "Received");

	if (origin.len > 0)
		return (!eval_pattern_in(match, EVAL_RE_JUNO_RECEIVED, received) &&
		        !eval_pattern_in(match, EVAL_RE_JUNO_COOKIE, received)) ||
		       str_find(mailer, STR("Juno ")) < 0;
	/* Without X-Originating-IP nothing of what the web mail writes can be checked. */
	return true;
}

static double check_for_forged_juno(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_from(match, STR("juno.com")) && !is_gated(match) && is_forged_juno(match);
}

/* Lengths that what Google's servers note of a message has at least. */
#define GOOGLE_STATE_MIN 60

static double check_for_forged_gmail(struct match *match, const struct str_list *args)
{
	(void)args;
	return is_from(match, STR("gmail.com")) &&
	       !eval_pattern_in(match, EVAL_RE_GMAIL_RECEIVED, field_text(match, "X-Received")) &&
	       !eval_pattern_in(match, EVAL_RE_GMAIL_SUBMITTED, field_text(match, "Received")) &&
	       !(field_text(match, "X-Gm-Message-State").len >= GOOGLE_STATE_MIN &&
	         field_text(match, "X-Google-Smtp-Source").len >= GOOGLE_STATE_MIN);
}

static double check_for_forged_gw05(struct match *match, const struct str_list *args)
{
	(void)args;
	return eval_pattern_in(match, EVAL_RE_GW05, field_text(match, "Received"));
}

const struct eval_function eval_received_functions[] = {
	{ "gated_through_received_hdr_remover", gated_through_received_hdr_remover, NULL, 0 },
	{ "check_for_fake_aol_relay_in_rcvd", check_for_fake_aol_relay, NULL, 0 },
	{ "check_for_msn_groups_headers", check_for_msn_groups_headers, NULL, 0 },
	{ "check_for_forged_hotmail_received_headers", check_for_forged_hotmail, NULL, 0 },
	{ "check_for_no_hotmail_received_headers", check_for_no_hotmail, NULL, 0 },
	{ "check_for_forged_eudoramail_received_headers", check_for_forged_eudoramail, NULL, 0 },
	{ "check_for_forged_yahoo_received_headers", check_for_forged_yahoo, NULL, 0 },
	{ "check_for_forged_juno_received_headers", check_for_forged_juno, NULL, 0 },
	{ "check_for_forged_gmail_received_headers", check_for_forged_gmail, NULL, 0 },
	{ "check_for_forged_gw05_received_headers", check_for_forged_gw05, NULL, 0 },
	{ 0 },
};
