/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rules/eval/eval_pattern.h"

#include <assert.h>

#include "rules/match/match.h"

#define IPV4                                                                                       \
	"(?:(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)"
#define IPV6        "(?:[0-9a-f]{0,4}:){2,7}(?:[0-9a-f]{1,4}|" IPV4 ")?"
#define IP          "(?i:\\b" IPV4 "\\b|(?<![\\w:])" IPV6 "(?![\\w:]))"
#define WORD        "[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
#define LOCAL_PART  WORD "(?:\\." WORD ")*+"
#define MAIL_DOMAIN "(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\\.){1,4}"
/* Top-level domains are looked up once an address is found. */
#define TLD "(?:xn--[a-z0-9-]{1,59}|[a-z]{2,63})(?![a-z0-9-])"
/* Local parts that are no person's, but for those of roles that 4.0.3 takes for persons. */
#define NO_PERSON                                                                                  \
	"abuse|(?:post|host|domain)master|undisclosed.*|request-[a-f0-9]{16}|"                     \
	"bounced?-|[a-f0-9]{8}(?:\\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}"                          \
	"-[a-f0-9]{4}-[a-f0-9]{12})|.+=.+=.+"
#define EMAIL "(?=.{0,64}@)(?<![a-z0-9!#$%&'*+/=?^_`{|}~-])(" LOCAL_PART "@" MAIL_DOMAIN TLD ")"

static const struct {
	const char *source;
	const char *modifiers;
} patterns[EVAL_RE_COUNT] = {
	[EVAL_RE_AOL_RELAY] = { " rly-[a-z][a-z]\\d\\d\\.", "i" },
	[EVAL_RE_AOL_SOFTWARE] = { "/AOL-\\d+\\.\\d+\\.\\d+\\)", "" },
	[EVAL_RE_AOL_ID] = { "ESMTP id (?:RELAY|MAILRELAY|MAILIN)", "" },
	[EVAL_RE_EZMLM_LIST] = { "^contact \\S+@\\S+; run by ezmlm$", "m" },
	[EVAL_RE_EZMLM_DELIVERED] = { "^mailing list \\S+@\\S+", "m" },
	[EVAL_RE_QMAIL_INVOKED] = { "qmail \\d+ invoked (?:from network|by .{3,20})\\); "
	                            "\\d+ ... \\d+",
	                            "" },
	[EVAL_RE_MSN_GROUPS_RELAY] = { "from groups\\.msn\\.com \\(\\S+\\.msn\\.com ", "" },
	[EVAL_RE_MSN_GROUPS_TO] = { "<(\\S+)@groups\\.msn\\.com>", "i" },
	[EVAL_RE_MSN_GROUPS_PICKUP] = { "from mail pickup service by "
	                                "((?:p\\d\\d\\.)groups\\.msn\\.com)\\b",
	                                "" },
	[EVAL_RE_HOTMAIL_PICKUP] = { "from mail pickup service by hotmail\\.com with "
	                             "Microsoft SMTPSVC;",
	                             "" },
	[EVAL_RE_HOTMAIL_ORIGINATOR] = { "hotmail\\.com|msonline-outlook", "" },
	[EVAL_RE_HOTMAIL_RELAY] = { "from (?:\\S*\\.)?hotmail.com "
	                            "\\(\\S+\\.hotmail(?:\\.msn)?\\.com[ )]",
	                            "" },
	[EVAL_RE_HOTMAIL_ADDRESS] = { "from \\S*\\.hotmail.com \\(\\[" IP "\\][ ):]", "" },
	[EVAL_RE_HOTMAIL_HTTP] = { "from \\S+ by \\S+\\.hotmail(?:\\.msn)?\\.com with HTTP;", "" },
	[EVAL_RE_HOTMAIL_VIA_YAHOO] = { "from \\[66\\.218.\\S+\\] by \\S+\\.yahoo\\.com", "" },
	[EVAL_RE_OUTLOOK_RELAY] = { "from \\S*\\.outbound\\.protection\\.outlook\\.com "
	                            "\\(\\S+\\.outbound\\.protection\\.outlook\\.com[ )]",
	                            "" },
	[EVAL_RE_OUTLOOK_PROD] = { "from \\S*\\.(?:eur|nam)prd\\d+\\.prod\\.outlook\\.com "
	                           "\\(" IP "\\)",
	                           "" },
	[EVAL_RE_HOTMAIL_CLAIM] = { "(?:from |HELO |helo=)\\S*hotmail\\.com\\b", "" },
	[EVAL_RE_WHOWHERE] = { "by \\S*whowhere.com;", "" },
	[EVAL_RE_YAHOO_RELAY] = { " rdns=\\S+\\.yahoo\\.com ", "" },
	[EVAL_RE_YAHOO_FIRST_RELAY] = { "^[^\\]]+ rdns=\\S+\\.yahoo\\.com ", "" },
	[EVAL_RE_YAHOO_RECEIVED] = { "by web\\S+\\.mail\\S*\\.yahoo\\.com via HTTP"
	                             "|by sonic\\S+\\.consmr\\.mail\\S*\\.yahoo\\.com with HTTP"
	                             "|by smtp\\S+\\.yahoo\\.com with SMTP"
	                             "|from \\[" IP "\\] by "
	                             "\\S+\\.(?:groups|scd|dcn)\\.yahoo\\.com with NNFMP"
	                             "|by \\w+\\.\\w+\\.yahoo\\.com "
	                             "\\(\\d+\\.\\d+\\.\\d+/\\d+\\.\\d+\\.\\d+\\)"
	                             "(?: with ESMTP)? id \\w+",
	                             "" },
	[EVAL_RE_YAHOO_BULK] = { "\\bmailer\\d+\\.bulk\\.scd\\.yahoo\\.com\\b", "" },
	[EVAL_RE_YAHOO_BULK_FROM] = { "@reply\\.yahoo\\.com$", "i" },
	[EVAL_RE_JUNO_RECEIVED] = { "from.*\\b(?:juno|untd)\\.com.*[\\[(]" IP "[\\])].*by", "" },
	[EVAL_RE_JUNO_COOKIE] = { " cookie\\.(?:juno|untd)\\.com ", "" },
	[EVAL_RE_GMAIL_RECEIVED] = { "by 10\\.\\S+ with SMTP id \\S+"
	                             "|by 2002:a\\d\\d:\\w+:\\S+ with SMTP id \\S+",
	                             "" },
	[EVAL_RE_GMAIL_RECEIVED_4_0_3] = { "by 10\\.\\S+ with SMTP id \\S+"
	                                   "|by 2002:a\\w{1,2}:\\w+:\\S+ with SMTP id \\S+",
	                                   "" },
	[EVAL_RE_GMAIL_SUBMITTED] = { "by smtp\\.googlemail\\.com with ESMTPSA id \\S+", "" },
	[EVAL_RE_OUTLOOK_ID] = { "^<[0-9a-f]{4}([0-9a-f]{8})\\$[0-9a-f]{8}\\$[0-9a-f]{8}@", "" },
	[EVAL_RE_RECEIVED_DATE] = { "(\\s.?\\d+ \\S\\S\\S \\d+ \\d+:\\d+:\\d+ \\S+)", "" },
	[EVAL_RE_THIS_HOST] = { "\\bfrom (?:localhost\\s|(?:\\S+ ){1,2}\\S*\\b127\\.0\\.0\\.1\\b)"
	                        "|qmail \\d+ invoked by uid \\d+",
	                        "" },
	[EVAL_RE_FETCHMAIL] = { "\\bby localhost with \\w+ \\(fetchmail-[\\d.]+", "" },
	[EVAL_RE_ENCODED_WORD] = { "=\\?(.+?)\\?.\\?.*?\\?=", "" },
	[EVAL_RE_ISO_CHARSET] = { "iso-\\S+-\\S+\\b", "i" },
	[EVAL_RE_KNOWN_ISO_CHARSET] = { "iso-(?:8859-\\d{1,2}|2022-(?:jp|kr))\\b", "" },
	[EVAL_RE_PROGRAM_NAME] = { "\\.(?:ade|adp|asx|bas|bat|chm|cmd|com|cpl|crt|dll|exe|hlp|hta|inf|ins|"
	                           "isp|js|jse|lnk|mda|mdb|mde|mdt|mdw|mdz|msc|msi|msp|mst|nws|ops|"
	                           "pcd|pif|prf|reg|scf|scr\\??|sct|shb|shs|shm|swf|url|vb|vbe|vbs|"
	                           "vbx|vxd|wsc|wsf|wsh)$",
	                           "" },
	[EVAL_RE_PROGRAM_BASE64] = { "^TV[opqr].A..[AB].[AQgw][A-H].A", "" },
	[EVAL_RE_PROGRAM_UU] = { "^M35[GHIJK].`..`..*````", "m" },
	[EVAL_RE_IPV4] = { "^" IPV4 "$", "" },
	[EVAL_RE_LIST_UNSUBSCRIBE] = { "<mailto:(?:leave-\\S+|\\S+-unsubscribe)@\\S+>$", "i" },
	[EVAL_RE_UNUSABLE_ID_SERVER] = { "/CWT/DCE\\)|iPlanet Messaging Server", "" },
	[EVAL_RE_TEMPLATE] = { "%[A-Z][A-Z_-]", "" },
	[EVAL_RE_TEMPLATE_FIELDS] = { "^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|"
	                              "In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):",
	                              "i" },
	[EVAL_RE_RATWARE_ID] = { "<[A-Z]{28}\\.([^>]+?)>", "" },
	[EVAL_RE_SRS] = { "^SRS\\d[=+-]", "i" },
	[EVAL_RE_GW05] = { "\\nfrom\\s\\S+\\sby\\s([^\\s.]+)\\swith\\sESMTP;\\s+\\S\\S\\S,\\s+\\d+\\s+"
	                   "\\S\\S\\S\\s+\\d{4}\\s+\\d\\d:\\d\\d:\\d\\d\\s+[-+]*\\d{4}\\n$",
	                   "s" },
	[EVAL_RE_IP_ADDRESS] = { IP, "" },
	[EVAL_RE_NUMERIC_HELO] = { "\\bhelo=(" IPV4 ")(?=[\\x00-\\x20,;\\[()<>]|\\z)", "i" },
	[EVAL_RE_HOST_NAME] = { "^\\w+(?:[\\w.-]+\\.)+\\w+$", "" },
	[EVAL_RE_DOTCOM_HELO] = { "(?:\\.|^)(?:lycos\\.com|lycos\\.co\\.uk|hotmail\\.com|"
	                          "localhost\\.com|excite\\.com|caramail\\.com|cs\\.com|aol\\.com|"
	                          "msn\\.com|yahoo\\.com|drizzle\\.com)$",
	                          "i" },
	[EVAL_RE_REDIRECT] = { "^https?://([^/:?]+).+?(https?:/{0,2}?[^/:?]+.*)$", "i" },
	[EVAL_RE_EMAIL] = { EMAIL, "i" },
	[EVAL_RE_FREEMAIL_EXEMPT] = { "^(?:support|sales|info|helpdesk|contact|kontakt|" NO_PERSON
	                              ")@",
	                              "i" },
	[EVAL_RE_FREEMAIL_EXEMPT_4_0_3] = { "^(?:" NO_PERSON ")@", "i" },
	[EVAL_RE_BULK_ENVELOPE] = { "(?:^(?:post|host|domain)master|^double-bounce|"
	                            "^(?:sentto|owner|return|(?:gr)?bounced?)-.+|"
	                            "-(?:request|bounces?|admin|owner)|"
	                            "\\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@",
	                            "i" },
	[EVAL_RE_WEB_WITH_EMAIL] = { "<?https?://\\S{0,255}(?:@|%40)\\S{0,255}", "i" },
	[EVAL_RE_EMAIL_OF_QUOTE] = { "<?(?<!mailto:)" EMAIL "(?:>|\\s{1,10}"
	                             "(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)",
	                             "i" },
	[EVAL_RE_NAME_EMAIL] = { "\\b([\\w.!#$%&'*+/=?^_`{|}~-]+@\\w[\\w-]*\\.\\w[\\w.-]++)\\b",
	                         "i" },
	[EVAL_RE_STOCK_LINE] = { "^\\s*([^:\\s][^:\\n]{2,29})\\s*:\\s*\\S", "m" },
	[EVAL_RE_STOCK_WORD] = { "(^trad(?:e|ing)date|company(?:name)?|"
	                         "s\\w?(?:t\\w?o\\w?c\\w?k|y\\w?m(?:\\w?b\\w?o\\w?l)?)|"
	                         "t(?:arget|icker)|(?:opening|current)p(?:rice)?|"
	                         "p(?:rojected|osition)|expectations|weeks?high|marketperformance|"
	                         "(?:year|week|month|day|price)(?:target|estimates?)|sector|"
	                         "r(?:ecommendation|ating))$",
	                         "" },
};

void eval_pattern_compile_all(struct ruleset *set)
{
	struct error error;
	size_t offset;

	set->eval_patterns = arena_calloc(set->arena, EVAL_RE_COUNT, sizeof(*set->eval_patterns));
	for (size_t i = 0; i < EVAL_RE_COUNT; i++) {
		set->eval_patterns[i] =
			pattern_compile_bare(set->arena, str_from(patterns[i].source),
		                             patterns[i].modifiers, &offset, &error);
		assert(set->eval_patterns[i] != NULL);
	}
}

const struct pattern *eval_pattern_get(const struct eval_context *context, enum eval_pattern which)
{
	return context->set->eval_patterns[which];
}

bool eval_match(const struct eval_context *context, const struct pattern *pattern, struct str text,
                struct pattern_span *span_r)
{
	return match_pattern(context->match, pattern, text, span_r);
}

bool eval_match_next(const struct eval_context *context, const struct pattern *pattern,
                     struct str text, struct pattern_span *span)
{
	return match_pattern_next(context->match, pattern, text, span);
}

bool eval_match_group(const struct eval_context *context, struct str text, unsigned group,
                      struct str *group_r)
{
	return pattern_group(context->match->scanner->matcher, text, group, group_r);
}

bool eval_pattern_in(const struct eval_context *context, enum eval_pattern which, struct str text)
{
	struct pattern_span span;

	return eval_match(context, eval_pattern_get(context, which), text, &span);
}

bool eval_pattern_group(const struct eval_context *context, enum eval_pattern which,
                        struct str text, struct str *group_r)
{
	return eval_pattern_in(context, which, text) && eval_match_group(context, text, 1, group_r);
}
