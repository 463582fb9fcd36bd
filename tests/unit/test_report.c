/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "tests/unit/unit.h"

#include "base/strbuf.h"
#include "base/utf8.h"
#include "scoring/report.h"

static struct arena *arena;
static struct policy policy;
static struct site site;
static struct verdict verdict;
static struct envelope envelope;
static struct str_list limits;
static struct report_input input;
static struct facts facts;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new();
	policy = (struct policy){ .hostname = STR("mx1.example.net"), .site = &site };
	settings_init(&policy.settings, arena);
	site_init(&site, arena);
	policy.settings.service_name = STR("Example Gateway Filtering Service");
	policy.settings.support_url = STR("https://support.example.net/?id=%i");
	verdict = (struct verdict){ .required = 5000, .subject_tag = STR("[SPAM] ") };
	envelope = (struct envelope){ 0 };
	limits = (struct str_list){ 0 };
	facts = (struct facts){ 0 };
	input = (struct report_input){
		.policy = &policy,
		.facts = &facts,
		.envelope = &envelope,
		.verdict = &verdict,
		.id = STR("0123456789abcdef"),
		.score = -95900,
		.rules = STR("USER_IN_WELCOMELIST"),
		.limits = &limits,
	};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* The header of the message as delivered, after the report for `input`. */
static struct str delivered(const char *raw)
{
	struct raw_field_list fields;

	raw_header_split(arena, str_from(raw), &fields);
	input.fields = &fields;
	return report_apply(arena, report_build(arena, &input), str_from(raw));
}

static void assert_holds(struct str text, const char *expected)
{
	if (str_find(text, str_from(expected)) < 0)
		fail_msg("\"%.*s\" should hold \"%s\"", STR_FMT(text), expected);
}

static void assert_lacks(struct str text, const char *unwanted)
{
	if (str_find_ci(text, str_from(unwanted)) >= 0)
		fail_msg("\"%.*s\" should not hold \"%s\"", STR_FMT(text), unwanted);
}

static void test_every_message_is_explained(void **state)
{
	struct str text = delivered("From: a\nSubject: Hi\n\nbody\n");

	(void)state;
	assert_str(text,
	           "X-Spam-Technical-Details:\n"
	           " [Example Gateway Filtering Service] - Support information:\n"
	           " This message was scanned by: mx1.example.net and received a score of: -95.9\n"
	           " This system will flag a message as spam if the score is greater than 5.\n"
	           " If you feel this was in error, please visit\n"
	           " https://support.example.net/?id=0123456789abcdef\n"
	           "X-Spam-Score: -95.9\n"
	           "X-Spam-Status: No, score=-95.9 required=5.0 tests=USER_IN_WELCOMELIST\n"
	           " version=" ASSAY_VERSION "\n"
	           "From: a\nSubject: Hi\n\nbody\n");
}

static void test_spam_is_tagged(void **state)
{
	struct str text;

	(void)state;
	verdict.tag = true;
	input.score = 7250;
	input.rules = STR("A,B");
	text = delivered("From: a\r\nSubject: Hi\r\n\r\nbody\r\n");
	assert_holds(text, "\r\nSubject: [SPAM] Hi\r\n");
	assert_holds(text, "X-Spam-Flag: YES\r\n");
	assert_holds(text, "X-Spam-Level: *******\r\n");
	assert_holds(text, "X-Spam-Status: Yes, score=7.3 required=5.0 tests=A,B\r\n version=");
	assert_lacks(text, "\n\n");
}

static void test_subjects(void **state)
{
	(void)state;
	verdict.tag = true;
	assert_holds(delivered("Subject: =?utf-8?Q?=C3=A4?=\n =?utf-8?Q?x?=  y \n\n"),
	             "\nSubject: [SPAM] =?utf-8?Q?=C3=A4?=\n =?utf-8?Q?x?=  y \n\n");
	assert_holds(delivered("Subject:Hi\n\n"), "\nSubject: [SPAM] Hi\n\n");
	assert_holds(delivered("Subject:\n folded\n\n"), "\nSubject: [SPAM]\n folded\n\n");
	assert_holds(delivered("Subject:\n\n"), "\nSubject: [SPAM]\n\n");
	assert_holds(delivered("From: a\n\nx"), "\nFrom: a\nSubject: [SPAM]\n\nx");
	assert_holds(delivered("subject: one\nSubject: two\n\n"),
	             "\nsubject: [SPAM] one\nSubject: [SPAM] two\n\n");
}

static void test_tag_is_given_once(void **state)
{
	(void)state;
	verdict.tag = true;
	assert_holds(delivered("Subject: [SPAM] Hi\n\n"), "\nSubject: [SPAM] Hi\n\n");
	assert_holds(delivered("Subject: =?utf-8?B?W1NQQU1dIGhp?=\n\n"),
	             "\nSubject: =?utf-8?B?W1NQQU1dIGhp?=\n\n");
	assert_holds(delivered("Subject: Re: [SPAM] Hi\n\n"),
	             "\nSubject: [SPAM] Re: [SPAM] Hi\n\n");
	verdict.subject_tag = STR("");
	assert_holds(delivered("Subject: Hi\n\n"), "\nSubject: Hi\n\n");
}

static void test_forged_fields_go(void **state)
{
	struct str text =
		delivered("X-Spam-Flag: NO\n"
	                  "X-SPAM-TECHNICAL-DETAILS: forged\n two\n"
	                  "From: a\n"
	                  "x-spam-flag: FORGED\n"
	                  "X-Spam-Anything: FORGED\n"
	                  "X-Assay-Seal: forged\n"
	                  "X-Spamless: stays\n"
	                  "Authentication-Results: (c (x)) MX1.example.net 1; spf=forged\n"
	                  "Authentication-Results: other.example; spf=pass\n"
	                  "Authentication-Results: \"mx1.example.net\"; dkim=forged\n"
	                  "Subject: x\n\nX-Spam-Flag: in the body\n");

	(void)state;
	assert_lacks(text, "forged");
	assert_lacks(text, "X-Spam-Flag: NO");
	assert_lacks(text, " two");
	assert_holds(text, "X-Spamless: stays\n");
	assert_holds(text, "Authentication-Results: other.example; spf=pass\n");
	assert_holds(text, "X-Spam-Flag: in the body\n");
}

static void assert_authserv_id(bool ours, const char *value)
{
	struct str text = delivered(
		arena_printf(arena, "From: a\nAuthentication-Results:%s\n\n", value).data);

	if ((str_find(text, STR("Authentication-Results")) < 0) != ours)
		fail_msg("\"%s\" is %sours", value, ours ? "" : "not ");
}

/* Whatever a reader may take for our name by RFC 8601, and by how host names are compared. */
static void test_our_authserv_id(void **state)
{
	static const char *const ours[] = {
		" mx1.example.net; spf=pass",
		"mx1.example.net;",
		" mx1.example.net",
		" MX1.Example.NET ; none",
		" mx1\\.example.net; spf=pass",
		" \"mx1.example.net\"; spf=pass",
		" \"mx1\\.exa\\mple.net\" 1; spf=pass",
		" mx1.\"example\".net; spf=pass",
		" mx1.example.net.; spf=pass",
		" mx1.example.net 1; spf=pass",
		" mx1.example.net/1; spf=pass",
		" mx1.example.net. 1; spf=pass",
		" mx1.example.net(c)1(c); spf=pass",
		" (c (d \\) e) f) mx1.example.net; spf=pass",
		" (a)(b)\n\t(c)\n mx1.example.net\n ; spf=pass",
		" mx1 . example (x) . net; spf=pass",
		" mx1.\n example.net; spf=pass",
		"\tmx1.example.net\t; spf=pass",
		" \" mx1.example.net \"; spf=pass",
	};
	static const char *const others[] = {
		" mx2.example.net; x=mx1.example.net",
		" (mx1.example.net) mx2.example.net; spf=pass",
		" mx1.example.net.evil.example; spf=pass",
		" amx1.example.net; spf=pass",
		" mx1.example; spf=pass",
		" mx1. ; spf=pass",
		"",
		" ; mx1.example.net",
		" (mx1.example.net",
		" i=1; mx1.example.net",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		assert_authserv_id(true, ours[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_authserv_id(false, others[i]);
	policy.settings.authserv_id = STR("m\xc3\xbcller.example");
	assert_authserv_id(true, " xn--mller-kva.example; spf=pass");
	assert_authserv_id(true, " M\xc3\x9cLLER.example; spf=pass");
	assert_authserv_id(true, " XN--MLLER-KVA.Example; spf=pass");
	assert_authserv_id(true, " m\xc3\xbcller\xe3\x80\x82"
	                         "example\xe3\x80\x82; spf=pass");
	assert_authserv_id(false, " muller.example; spf=pass");
	policy.settings.authserv_id = STR("xn--mller-kva.example");
	assert_authserv_id(true, " m\xc3\xbcller.example; spf=pass");
}

/* assay.conf's authserv_id, else its hostname, else what the MTA calls itself. */
static void test_names_of_ours(void **state)
{
	(void)state;
	envelope.host = STR("mta.example.net");
	assert_authserv_id(true, " mta.example.net; spf=pass");
	assert_authserv_id(false, " mx1.example.net; spf=pass");
	policy.settings.hostname = policy.hostname = STR("set.example.net");
	assert_authserv_id(true, " set.example.net; spf=pass");
	assert_authserv_id(false, " mta.example.net; spf=pass");
	policy.settings.authserv_id = STR("example.net");
	assert_authserv_id(true, " example.net; spf=pass");
	assert_authserv_id(false, " set.example.net; spf=pass");
	facts.spf = &(struct spf_result){ .client_ip = STR("192.0.2.1"), .helo = STR("h.example") };
	assert_holds(delivered("From: a\n\n"), "Authentication-Results: example.net;\n");
	policy.settings.authserv_id = STR("");
	assert_holds(delivered("From: a\n\n"), "Authentication-Results: set.example.net;\n");
	policy.settings.hostname = STR("");
	assert_holds(delivered("From: a\n\n"), "Authentication-Results: mta.example.net;\n");
	envelope.host = STR("");
	policy.hostname = STR("system");
	assert_holds(delivered("From: a\n\n"), "Authentication-Results: system;\n");
}

static void assert_received_spf(bool forged, const char *value)
{
	struct str text =
		delivered(arena_printf(arena, "Received-SPF: %s\nFrom: a\n\n", value).data);

	if ((str_find(text, arena_printf(arena, "Received-SPF: %s\n", value)) < 0) != forged)
		fail_msg("\"%s\" should %s", value, forged ? "go" : "stay");
}

static void test_forged_received_spf(void **state)
{
	static const char *const ours[] = {
		"pass (x) receiver=mx1.example.net; identity=mailfrom",
		"pass (x) receiver=MX1.example.net.; client-ip=192.0.2.1",
		"pass receiver=\"mx1\\.example.net\"",
		"pass (c) identity=mailfrom; receiver=mta.example.net",
		"pass (c) receiver=mx.other.example; receiver=mta.example.net;",
	};
	static const char *const nobodys[] = {
		"pass",
		"Pass (sender SPF authorized)",
		"pass (mx1.example.net: domain of a designates b) client-ip=192.0.2.1;",
		"pass (mx1.example.net: not closed receiver=mx.other.example",
		"",
	};
	static const char others[] = "fail (y) receiver=mx.other.example; identity=mailfrom";
	const struct spf_result spf = { .client_ip = STR("192.0.2.1"), .helo = STR("h.example") };

	(void)state;
	envelope.host = STR("mta.example.net");
	for (int written = 0; written < 2; written++) {
		facts.spf = written ? &spf : NULL;
		for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
			assert_received_spf(true, ours[i]);
		for (size_t i = 0; i < sizeof(nobodys) / sizeof(nobodys[0]); i++)
			assert_received_spf(written, nobodys[i]);
		assert_received_spf(false, others);
	}
	input.hop = true;
	assert_received_spf(false, ours[0]);
}

/* However long a header is, and wherever in it they stand. */
static void test_whole_header(void **state)
{
	struct strbuf raw;
	struct str text;

	(void)state;
	verdict.tag = true;
	strbuf_init(&raw, arena);
	strbuf_add(&raw, STR("Subject: first\n"));
	for (int i = 0; i < 3000; i++)
		strbuf_printf(&raw, "X-Padding-%d: %0100d\n", i, i);
	strbuf_add(&raw,
	           STR("X-Spam-Flag: forged\nX-Assay-Seal : forged\nSUBJECT\t: last\n"
	               "X-Spam-Status: forged\nauthentication-results:mx1.example.net; forged\n"
	               "Received-SPF: forged receiver=mx1.example.net\n\nbody\n"));
	text = delivered(arena_cstr(arena, strbuf_str(&raw)));
	assert_lacks(text, "forged");
	assert_holds(text, "\nSubject: [SPAM] first\n");
	assert_holds(text, "\nSUBJECT: [SPAM] last\n");
	assert_holds(text, "\nX-Padding-2999: 0");
}

/* libmilter's index counts the fields of one name, in any case; each deletion moves those past.
 */
static void test_indexes(void **state)
{
	static const char raw[] = "X-Spam-A: 1\nx-spam-b: 1\nSubject: 1\nX-SPAM-A: 2\n"
				  "Authentication-Results: other; 1\n"
				  "Authentication-Results: mx1.example.net; 2\n"
				  "subject: [SPAM] 2\nX-Spam-A : 3\nSUBJECT: 3\n\n";
	static const struct {
		enum header_edit_kind kind;
		const char *name;
		unsigned index;
	} expected[] = {
		{ HEADER_DELETE, "X-Spam-A", 3 }, { HEADER_DELETE, "Authentication-Results", 2 },
		{ HEADER_DELETE, "X-Spam-A", 2 }, { HEADER_DELETE, "x-spam-b", 1 },
		{ HEADER_DELETE, "X-Spam-A", 1 }, { HEADER_CHANGE, "Subject", 1 },
		{ HEADER_CHANGE, "Subject", 3 },
	};
	struct raw_field_list fields;
	const struct report *report;

	(void)state;
	verdict.tag = true;
	raw_header_split(arena, STR(raw), &fields);
	input.fields = &fields;
	report = report_build(arena, &input);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(report->items[i].kind, expected[i].kind);
		assert_true(str_eq_ci(report->items[i].name, str_from(expected[i].name)));
		assert_int_equal(report->items[i].index, expected[i].index);
	}
	assert_int_equal(report->items[7].kind, HEADER_INSERT);
}

/* What is too long to be kept is removed where it could be forged, and tagged all the same. */
static void test_values_that_were_not_kept(void **state)
{
	struct raw_field items[] = { { .name = STR("Authentication-Results") },
		                     { .name = STR("Received-SPF") },
		                     { .name = STR("Subject") } };
	struct raw_field_list fields = { items, 3, 3 };
	const struct report *report;

	(void)state;
	verdict.tag = true;
	input.fields = &fields;
	report = report_build(arena, &input);
	assert_int_equal(report->items[0].kind, HEADER_DELETE);
	assert_int_equal(report->items[1].kind, HEADER_DELETE);
	assert_int_equal(report->items[2].kind, HEADER_CHANGE);
	assert_str(report->items[2].value, "[SPAM]");
}

static void assert_short_lines(struct str text)
{
	struct str line;

	while (str_next_line(&text, &line))
		if (line.len > 998)
			fail_msg("%zu octets: %.*s", line.len, STR_FMT(line));
}

/* `count` times `piece`, as the Subject of spam. */
static struct str long_subject(const char *piece, size_t octets)
{
	struct strbuf raw;

	strbuf_init(&raw, arena);
	strbuf_add(&raw, STR("Subject: "));
	while (raw.len < 9 + octets)
		strbuf_add(&raw, str_from(piece));
	strbuf_add(&raw, STR("\n\n"));
	return delivered(arena_cstr(arena, strbuf_str(&raw)));
}

static void test_long_subjects(void **state)
{
	struct str text, rest, folded;
	char line[1001];

	(void)state;
	verdict.tag = true;
	/* As long as it may be: it is the tag that makes it too long. */
	memset(line, 'x', sizeof(line));
	text = delivered(arena_printf(arena, "Subject: %.989s\n\n", line).data);
	assert_short_lines(text);
	assert_holds(text, arena_printf(arena, "\nSubject: [SPAM]\n %.989s\n", line).data);
	text = delivered(arena_printf(arena, "Subject: %.982s\n\n", line).data);
	assert_holds(text, arena_printf(arena, "\nSubject: [SPAM] %.982s\n", line).data);
	text = delivered(arena_printf(arena, "Subject: %.983s\n folded\n\n", line).data);
	assert_holds(text, arena_printf(arena, "\nSubject: [SPAM]\n %.983s\n folded\n", line).data);
	/* Longer than it may be: no character is cut, nor a word, nor an encoded-word. */
	text = long_subject("\xe4\xbc\x9a\xe8\xad\xb0", 2001);
	assert_short_lines(text);
	assert_true(utf8_is_valid(text));
	assert_int_equal(str_find(text, STR("\n \n")), -1);
	text = long_subject("some words ", 3000);
	assert_short_lines(text);
	for (rest = text; str_next_line(&rest, &folded);)
		if (str_starts(folded, STR(" ")) &&
		    str_find(text, folded) > str_find(text, STR("[SPAM]")))
			assert_true(str_starts(folded, STR(" some ")) ||
			            str_starts(folded, STR(" words ")));
	assert_lacks(text, " \n ");
	text = long_subject("=?UTF-8?B?5Lya6K2w?=", 2000);
	assert_short_lines(text);
	assert_int_equal(str_find(text, STR("?=\n =?")) > 0, true);
	assert_holds(text, "=?UTF-8?B?5Lya6K2w?=\n =?UTF-8?B?5Lya6K2w?=");
	/* Nothing but spaces is no line. */
	text = long_subject(" ", 1500);
	assert_lacks(text, "\n \n");
	/* What SpamAssassin keeps under a longer name. */
	policy.subject_from_rules = true;
	policy.settings.subject_tag = verdict.subject_tag;
	text = delivered(arena_printf(arena, "Subject: %.989s\n\n", line).data);
	assert_short_lines(text);
	assert_holds(text, "\nX-Spam-Prev-Subject: xxx");
}

/* An encoded-word and what follows it are kept apart by white space that is shown once. */
static void test_encoded_tags(void **state)
{
	(void)state;
	verdict.tag = true;
	verdict.subject_tag = STR("[M\xc3\x9cLL] ");
	assert_holds(delivered("Subject: Hi\n\n"), "\nSubject: =?UTF-8?Q?=5BM=C3=9CLL=5D?= Hi\n");
	assert_holds(delivered("Subject: =?utf-8?Q?x?=\n\n"),
	             "\nSubject: =?UTF-8?Q?=5BM=C3=9CLL=5D_?= =?utf-8?Q?x?=\n");
	assert_holds(delivered("Subject:\n\n"), "\nSubject: =?UTF-8?Q?=5BM=C3=9CLL=5D?=\n");
	assert_holds(delivered("From: a\n\n"), "\nSubject: =?UTF-8?Q?=5BM=C3=9CLL=5D?=\n");
	assert_holds(delivered("Subject: =?UTF-8?Q?=5BM=C3=9CLL=5D?= Hi\n\n"),
	             "\nSubject: =?UTF-8?Q?=5BM=C3=9CLL=5D?= Hi\n");
	/* Raw UTF-8 (SMTPUTF8) stays so. */
	assert_holds(delivered("Subject: [M\xc3\x9cLL] f\xc3\xbcr\n\n"),
	             "\nSubject: [M\xc3\x9cLL] f\xc3\xbcr\n");
	verdict.subject_tag = STR("[SPAM] ");
	assert_holds(delivered("Subject: f\xc3\xbcr\n\n"), "\nSubject: [SPAM] f\xc3\xbcr\n");
}

/* Ours are written; what claims to be ours is not believed; other hosts' stay. */
static void test_spf_fields(void **state)
{
	static const char raw[] =
		"Received-SPF: pass (x) receiver=mx1.example.net; identity=mailfrom\n"
		"Received-SPF: fail (y) receiver=mx.other.example; identity=mailfrom\n"
		"From: a\n\nbody\n";
	const struct spf_result spf = {
		.client_ip = STR("192.0.2.1"),
		.sender = STR("joe@example.com"),
		.helo = STR("mail.example.com"),
		.receiver = STR("mx1.example.net"),
		.mail_from = { .status = SPF_STATUS_SOFTFAIL,
		               .identity = STR("joe@example.com"),
		               .domain = STR("example.com"),
		               .mechanism = STR("~all") },
	};
	struct str text;

	(void)state;
	text = delivered(raw);
	assert_lacks(text, "pass (x)");
	assert_holds(text, "Received-SPF: fail (y)");
	assert_lacks(text, "Authentication-Results");
	facts.spf = &spf;
	text = delivered(raw);
	assert_holds(text, "\nAuthentication-Results: mx1.example.net;\n"
	                   " spf=softfail (example.com discourages use of 192.0.2.1 as sender)\n"
	                   " smtp.mailfrom=joe@example.com\n"
	                   "Received-SPF: softfail (mx1.example.net: example.com discourages");
	assert_holds(text, "\n mechanism=~all\nReceived-SPF: fail (y)");
	input.sealed = true;
	assert_holds(delivered(raw), "pass (x)");
}

static void test_the_hop_removes_only_the_seal(void **state)
{
	(void)state;
	input.hop = true;
	input.sealed = true;
	assert_str(delivered("X-Assay-Seal: v\nX-Spam-Flag: YES\nSubject: x\n\n"),
	           "X-Spam-Flag: YES\nSubject: x\n\n");
}

/* A dry run's mark is ours alone, at the front and on the hop. */
static void test_observed(void **state)
{
	struct recipient_verdict recipients[2] = {
		{ .observe = true, .destination = STR("joe@AOL.example"), .threshold = 6000 },
	};
	static const char raw[] = "X-Spam-Would-Discard: forged\nSubject: x\n\n";

	(void)state;
	input.score = 18200;
	verdict.recipients = recipients;
	verdict.recipient_count = 1;
	assert_holds(delivered(raw), "X-Spam-Would-Discard: Yes, score=18.2 threshold=6.0 "
	                             "destination=aol.example\n");
	assert_lacks(delivered(raw), "forged");
	input.hop = true;
	input.sealed = true;
	assert_str(delivered(raw), "X-Spam-Would-Discard: Yes, score=18.2 threshold=6.0 "
	                           "destination=aol.example\nSubject: x\n\n");
	/* Recipients don't learn of each other. */
	recipients[1] = recipients[0];
	recipients[1].threshold = 7000;
	verdict.recipient_count = 2;
	assert_str(delivered(raw),
	           "X-Spam-Would-Discard: Yes, score=18.2 threshold=7.0\nSubject: x\n\n");
	/* Nor does a copy say it that also goes to others, but those who don't get it don't count.
	 */
	recipients[0].observe = false;
	assert_str(delivered(raw), "Subject: x\n\n");
	recipients[0].drop = true;
	assert_holds(delivered(raw), "X-Spam-Would-Discard: Yes, score=18.2 threshold=7.0\n");
	recipients[1].observe = false;
	assert_str(delivered(raw), "Subject: x\n\n");
}

static struct raw_field_list fields_of(struct str text)
{
	struct raw_field_list fields = { 0 };

	raw_header_split(arena, text, &fields);
	return fields;
}

static void assert_sealed_is_delivered(const char *raw)
{
	struct str text = delivered(raw);
	struct raw_field_list before = fields_of(str_from(raw)), after = fields_of(text);
	struct seal_fields sealed, read;
	struct seal_digest a, b;

	assert_lacks(text, "forged");
	input.fields = &before;
	report_sealed_fields(arena, report_build(arena, &input), &before, &sealed);
	seal_fields_of(arena, &after, &read);
	a = seal_fields_digest(&sealed, seal_fields_present(&sealed));
	b = seal_fields_digest(&read, seal_fields_present(&read));
	assert_true(seal_digest_same(&a, &b));
}

/* What the front seals is what it delivers: with its tag. */
static void test_sealed_fields(void **state)
{
	static const char *const raws[] = {
		"Subject: x\nFrom: a@b.example\nX-Assay-Seal: forged\n\n",
		"From: a@b.example\nContent-Type: text/plain\n\n",
		"Subject: x\nSubject: y\nDate: z\nReply-To:\n c@d.example\n\n",
	};

	(void)state;
	verdict.tag = true;
	for (size_t i = 0; i < sizeof(raws) / sizeof(raws[0]); i++)
		assert_sealed_is_delivered(raws[i]);
}

static void test_reservations(void **state)
{
	struct str text;

	(void)state;
	vec_push(arena, &limits, STR("scan-timeout"));
	vec_push(arena, &limits, STR("headers"));
	input.scanned_bytes = 1024;
	input.rules = STR("");
	input.note = STR("It could not be recorded.");
	text = delivered("Subject: x\n\n");
	assert_holds(text, "\n Only the first 1024 bytes of it were scanned.\n");
	assert_holds(text, "\n The scan is not complete: scan-timeout, headers.\n");
	assert_holds(text, "\n It could not be recorded.\n");
	assert_holds(text, " tests=none\n");
	assert_holds(text, " limits=scan-timeout,headers\n");
}

static void test_skipped_mail_says_so(void **state)
{
	struct str text;

	(void)state;
	input.skipped = "its sender has logged in here";
	text = delivered("X-Spam-Flag: forged\nSubject: x\n\n");
	assert_holds(text, "This message was not scanned: its sender has logged in here.\n");
	assert_lacks(text, "X-Spam-Status");
	assert_lacks(text, "forged");
}

static void test_sentences_are_configurable(void **state)
{
	struct str text;

	(void)state;
	policy.settings.service_name = STR("Dienst f\xc3\xbcr Post");
	policy.settings.scanned_text = STR("%h %s %r %q 100%%");
	policy.settings.threshold_text = STR("");
	policy.settings.support_url = STR("");
	policy.settings.required_score = 5500;
	verdict.required = 5500;
	envelope.queue_id = STR("4ABC");
	envelope.host = STR("mta.example.net");
	text = delivered("Subject: x\n\n");
	assert_holds(text, "X-Spam-Technical-Details:\n"
	                   " [Dienst =?UTF-8?Q?f=C3=BCr?= Post] - Support information:\n");
	assert_holds(text, "\n mta.example.net -95.9 5.5 4ABC 100%\nX-Spam-Score");
}

static void test_many_rules_fold(void **state)
{
	struct str names = STR("RULE_0"), text, line;

	(void)state;
	for (int i = 1; i < 40; i++)
		names = arena_printf(arena, "%.*s,RULE_%d", STR_FMT(names), i);
	input.rules = names;
	text = delivered("Subject: x\n\n");
	while (str_next_line(&text, &line))
		assert_true(line.len <= 78);
}

/* A text that begins with white space would be a part of what is written above it. */
static void test_a_first_line_is_no_fold(void **state)
{
	struct str text = delivered(" score=-100: x\nSubject: a\n\nbody\n");

	(void)state;
	assert_true(str_starts(text, STR(" score=-100: x\nX-Spam-")));
	text = delivered("\tforged\nbody\n");
	assert_holds(text, "\n\n\tforged\n");
	text = delivered("\tforged\r\nbody\r\n");
	assert_holds(text, "\r\n\r\n\tforged\r\n");
}

#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void add_template(struct site_field_list *fields, const char *name, const char *text)
{
	struct site_field field = { str_from(name), str_from(text) };

	vec_push(arena, fields, field);
}

static void test_templates(void **state)
{
	static struct rule_hit hit = { .name = STR_INIT("A_RULE"),
		                       .description = STR_INIT("It is described"),
		                       .score = 1250,
		                       .matched = STR_INIT("") };
	struct hits hits = { .items = &hit, .len = 1 };
	struct str text;

	(void)state;
	input.hits = &hits;
	input.rules = STR("A_RULE");
	input.score = 1250;
	add_template(&site.ham_fields, "One",
	             "_SCORE_/_REQD_ _STARS(+)_ _YESNO(spam,ham)_ _NONE_ _");
	add_template(&site.ham_fields, "Two", "_TESTSSCORES_ _HOSTNAME_\n\nx\r\ny _TESTS_");
	add_template(&site.ham_fields, "Empty", "_YESNO(x,)_");
	add_template(&site.spam_fields, "Spam", "x");
	text = delivered("Subject: s\n\n");
	assert_holds(text, "\nX-Spam-One: 1.3/5.0 + ham _NONE_ _\n");
	assert_holds(text, "\nX-Spam-Two: A_RULE=1.25 mx1.example.net\n x\n y A_RULE\n");
	assert_true(str_find(text, STR("X-Spam-Empty")) < 0);
	assert_true(str_find(text, STR("X-Spam-Spam")) < 0);
}

/* Texts of rule files and of the message never break a field. */
static void test_long_templates(void **state)
{
	char words[4000];
	struct str text, line;

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	for (size_t i = 0; i < sizeof(words) - 1; i += 30)
		words[i] = i % 60 == 0 ? ',' : ' ';
	add_template(&site.ham_fields, "Long", words);
	text = delivered("Subject: s\n\n");
	while (str_next_line(&text, &line))
		assert_true(line.len <= 998);
}

static void test_rewriting(void **state)
{
	struct str text;

	(void)state;
	verdict.tag = true;
	verdict.subject_tag = STR("[_SCORE_] ");
	policy.settings.subject_tag = verdict.subject_tag;
	policy.subject_from_rules = true;
	site.rewrite[SITE_REWRITE_FROM] = (struct site_text){ .given = true, .text = STR("a (b)") };
	text = delivered("From: <x@example.com>\nSubject: s\n\n");
	assert_holds(text, "\nFrom: (a [b]) <x@example.com>\nSubject: [-95.9] s\n");
	assert_holds(text, "\nX-Spam-Prev-Subject: s\nX-Spam-Prev-From: <x@example.com>\n");
}

static void test_explanation(void **state)
{
	struct rule_hit items[] = {
		{ .name = STR("SMALL"), .score = 100 },
		{ .name = STR("GR"),
		  .score = 2500,
		  .description = STR("Gr\xc3\xbc\xc3\x9f"
		                     "e"),
		  .matched = STR("a\xf0\x9f\x8e\x81"
		                 "b") },
	};
	const struct hits hits = { .items = items, .len = 2 };
	struct str text;

	(void)state;
	input.hits = &hits;
	add_template(&site.ham_fields, "Report", "of the rules");
	assert_holds(delivered("Subject: s\n\n"), "X-Spam-Report: of the rules\n");
	policy.settings.report_header = true;
	text = delivered("X-Spam-Report: forged\nSubject: s\n\n");
	assert_lacks(text, "forged");
	assert_lacks(text, "of the rules");
	assert_holds(text, "\nX-Spam-Report: -95.9 points; spam is what has more than 5.\n"
	                   " * 2.5 GR: =?UTF-8?Q?Gr=C3=BC=C3=9Fe=3A");
	assert_holds(text, "\n * 0.1 in small ones: SMALL 0.1\n");
	assert_short_lines(text);
	input.skipped = "it is of a client that isn't scanned";
	assert_lacks(delivered("Subject: s\n\n"), "X-Spam-Report");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REPORT_TEST(test_a_first_line_is_no_fold),
		REPORT_TEST(test_every_message_is_explained),
		REPORT_TEST(test_spam_is_tagged),
		REPORT_TEST(test_subjects),
		REPORT_TEST(test_templates),
		REPORT_TEST(test_long_templates),
		REPORT_TEST(test_rewriting),
		REPORT_TEST(test_explanation),
		REPORT_TEST(test_tag_is_given_once),
		REPORT_TEST(test_forged_fields_go),
		REPORT_TEST(test_our_authserv_id),
		REPORT_TEST(test_names_of_ours),
		REPORT_TEST(test_forged_received_spf),
		REPORT_TEST(test_whole_header),
		REPORT_TEST(test_indexes),
		REPORT_TEST(test_values_that_were_not_kept),
		REPORT_TEST(test_long_subjects),
		REPORT_TEST(test_encoded_tags),
		REPORT_TEST(test_spf_fields),
		REPORT_TEST(test_the_hop_removes_only_the_seal),
		REPORT_TEST(test_observed),
		REPORT_TEST(test_sealed_fields),
		REPORT_TEST(test_reservations),
		REPORT_TEST(test_skipped_mail_says_so),
		REPORT_TEST(test_sentences_are_configurable),
		REPORT_TEST(test_many_rules_fold),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
