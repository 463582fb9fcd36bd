/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same mail and rules, as sets for SpamAssassin 4.0.1 and 4.0.3 see them. */
#include "tests/unit/rules_fixture.h"

static const char handler[] = "loadhandler Mail::SpamAssassin::Handler::HTML\n";

/* The names of the rules that hit, first as 4.0.1 reads the mail, then as 4.0.3. */
static void assert_read(struct rules_fixture *f, const char *rules, const char *mail,
                        const char *expected_4_0_1, const char *expected_4_0_3)
{
	rules_load(f, rules);
	assert_int_equal(f->problems.errors, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), expected_4_0_1);
	rules_load(f, arena_printf(f->arena, "%s%s", handler, rules).data);
	assert_int_equal(f->problems.errors, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), expected_4_0_3);
}

static void test_html(void **state)
{
	assert_read(*state,
	            "body LINE /^two$/\nbody ONE /one two/\n"
	            "body FAINT eval:html_test('font_low_contrast')\n"
	            "body WRONG eval:html_test('font_invalid_color')\n",
	            "Content-Type: text/html\n\n<div>one<div>two</div>"
	            "<font color='lightgrey'>three<p style='display:none;color:#fff'>four</p>"
	            "<p style='font-size:1px'><br>x</p>five",
	            "ONE FAINT", "LINE WRONG");
}

/* Parts without an empty line between them. */
static void test_parts(void **state)
{
	assert_read(*state, "body ONE /one two/\nbody LINE /^two/\n",
	            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\n\ntwo\n--b--\n",
	            "ONE", "LINE");
}

static const char attached[] =
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nfirst\n"
	"--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=x\n\n"
	"second <a href=http://example.org/>x</a><font color=white>x</font>\n--b--\n";
static const char of_attached[] = "body FIRST /first/\nbody SECOND /second/\n"
				  "rawbody RAW /second/\nuri LINK /example/\n"
				  "body FAINT eval:html_test('font_low_contrast')\n";

static void test_attached_text(void **state)
{
	struct rules_fixture *f = *state;

	assert_read(f, of_attached, attached, "FIRST SECOND RAW LINK FAINT", "FIRST RAW LINK");
	assert_read(f, arena_printf(f->arena, "%sscan_text_attachments 1\n", of_attached).data,
	            attached, "FIRST SECOND RAW LINK FAINT", "FIRST SECOND RAW LINK FAINT");
	/* Shown within the text, or not quite written as an attachment. */
	assert_read(f, "body IT /it/\n", "Content-Disposition: inline; filename=x\n\nit\n", "IT",
	            "IT");
	assert_read(f, "body IT /it/\n", "Content-Disposition: attachment\n\nit\n", "IT", "IT");
	assert_read(f, "body IT /it/\n", "Content-Disposition: attachment; size=3\n\nit\n", "IT",
	            "");
}

static void test_calendars(void **state)
{
	static const char mail[] =
		"Content-Type: multipart/alternative; boundary=b\n\n--b\n\nplain\n"
		"--b\nContent-Type: text/calendar; charset=iso-8859-1\n"
		"Content-Transfer-Encoding: quoted-printable\n\n"
		"BEGIN:VEVENT\nSUMMARY:Your acco\n unt\\, Gr=FC=DFe\n"
		"DESCRIPTION:https://in\n vited.com/x\nUID:hidden\nEND:VEVENT\n--b--\n";
	static const char rules[] = "body ACCOUNT /Your account, Gr\xc3\xbc\xc3\x9f"
				    "e/\n"
				    "uri LINK /invited\\.com/\nbody HIDDEN /hidden|VEVENT/\n"
				    "rawbody RAW /VEVENT/\n";
	struct rules_fixture *f = *state;

	assert_read(f, rules, mail, "", "");
	assert_read(f, arena_printf(f->arena, "%sscan_calendars 1\n", rules).data, mail,
	            "ACCOUNT LINK", "ACCOUNT LINK");
}

static void test_alternatives(void **state)
{
	static const char mail[] =
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n"
		"--c\nContent-Type: multipart/related; boundary=d\n\n"
		"--d\nContent-Type: text/html\n\nhtml\n--d--\n--c--\n--b\n\nother\n--b--\n";
	static const char rules[] = "body PLAIN /plain/\nbody HTML /html/\nbody OTHER /other/\n";
	struct rules_fixture *f = *state;
	const char *setting = "multipart_alternative_preferred_part text/";

	assert_read(f, rules, mail, "PLAIN HTML OTHER", "PLAIN HTML OTHER");
	assert_read(f, arena_printf(f->arena, "%s%splain\n", rules, setting).data, mail,
	            "PLAIN OTHER", "PLAIN OTHER");
	assert_read(f, arena_printf(f->arena, "%s%shtml\n", rules, setting).data, mail,
	            "HTML OTHER", "HTML OTHER");
	/* No alternative of that type. */
	assert_read(f, arena_printf(f->arena, "%s%shtml\n", rules, setting).data,
	            "Content-Type: multipart/alternative; boundary=c\n\n--c\n\nplain\n--c--\n",
	            "PLAIN", "PLAIN");
	rules_load(f, "multipart_alternative_preferred_part image/png\n");
	assert_string_equal(rules_problem(f, 0), "1:38: write text/html or text/plain");
}

/* What a report encloses isn't its sender's words; what only looks like a report is read whole. */
static void test_returned_messages(void **state)
{
	static const char rules[] = "body OWN /undelivered/\nbody THEIRS /inherit/\n"
				    "rawbody RAW /inherit/\nuri LINK /example/\n"
				    "mimeheader NAME Content-Type =~ /virus/\n";
	static const char format[] =
		"Content-Type: multipart/report; report-type=x; boundary=b\n\n--b\n%s"
		"--b\nContent-Type: %s\n\nAction: failed\n"
		"--b\nContent-Type: %s\n\nSubject: inherit\nContent-Type: text/html; name=virus\n"
		"\ninherit <a href=http://example.org/>x</a>\n--b--\n";
	static const char own[] = "\nundelivered\n", *status = "message/delivery-status";
	struct rules_fixture *f = *state;
	const char *quiet = arena_printf(f->arena, "%sscan_returned_messages 0\n", rules).data;
	const char *mail = arena_printf(f->arena, format, own, status, "message/rfc822").data;

	assert_read(f, rules, mail, "OWN THEIRS RAW LINK NAME", "OWN THEIRS RAW LINK NAME");
	assert_read(f, quiet, mail, "OWN", "OWN");
	mail = arena_printf(f->arena, format, own, "Message/Feedback-Report", "message/rfc822")
	               .data;
	assert_read(f, quiet, mail, "OWN", "OWN");
	mail = arena_printf(f->arena, format, own, status, "text/rfc822-headers").data;
	assert_read(f, quiet, mail, "OWN", "OWN");
	/* No part for machines; no text in front; another part. */
	mail = arena_printf(f->arena, format, own, "text/plain", "message/rfc822").data;
	assert_read(f, quiet, mail, "OWN THEIRS RAW LINK NAME", "OWN THEIRS RAW LINK NAME");
	mail = arena_printf(f->arena, format, "Content-Type: image/png\n\nx\n", status,
	                    "message/rfc822")
	               .data;
	assert_read(f, quiet, mail, "THEIRS RAW LINK NAME", "THEIRS RAW LINK NAME");
	mail = arena_printf(f->arena, format, own, status, "text/plain").data;
	assert_read(f, quiet, mail, "OWN THEIRS RAW LINK", "OWN THEIRS RAW LINK");
	rules_load(f, "scan_returned_messages no\n");
	assert_string_equal(rules_problem(f, 0), "1:24: write 0 or 1");
}

/* What a part is by the ending of its file's name. */
static void test_types_by_name(void **state)
{
	struct rules_fixture *f = *state;

	assert_read(f, "body TEXT /text/\nrawbody RAW /text/\n",
	            "Content-Type: text/plain; name=x.PDF\n\ntext\n", "TEXT RAW", "");
	assert_read(f, "body TEXT /text/\nrawbody RAW /text/\n",
	            "Content-Type: text/plain; name=x.ics\n\ntext\n", "TEXT RAW", "");
	assert_read(f, "body TEXT /text/\nrawbody RAW /text/\n",
	            "Content-Type: image/svg+xml\n\ntext\n", "", "RAW");
	assert_read(f, "body TAG /<b>/\n", "Content-Type: text/x-amp-html\n\n<b>x</b>\n", "TAG",
	            "");
	assert_read(f, "body TEXT /text/\n",
	            "Content-Type: application/octet-stream; name=x.eml\n\nSubject: a\n\ntext\n",
	            "", "TEXT");
	/* Other parameters are no name. */
	assert_read(f, "body TAG /<b>/\n", "Content-Disposition: inline; name=x.html\n\n<b>x</b>\n",
	            "", "TAG");
}

static void test_links(void **state)
{
	struct rules_fixture *f = *state;
	static const char link[] = "Content-Type: text/html\n\n<a href='%s'>x</a>\n";
	static const char rules[] = "uri WEB m{^http://a\\.test/}\nuri OTHER m{^http://}\n"
				    "uri ESC /%[46]/\nuri SPACE / /\n";

	assert_read(f, rules, arena_printf(f->arena, link, "//a.test/").data, "OTHER", "");
	assert_read(f, rules, arena_printf(f->arena, link, "a.test").data, "OTHER", "");
	assert_read(f, "uri WWW m{^http://www\\.example\\.org}\n",
	            arena_printf(f->arena, link, "www.example.org/x").data, "WWW", "WWW");
	assert_read(f, rules, arena_printf(f->arena, link, "http:////a.test/").data, "OTHER",
	            "WEB OTHER");
	assert_read(f, rules, arena_printf(f->arena, link, "http://a.t e\nst/").data,
	            "WEB OTHER SPACE", "WEB OTHER");
	assert_read(f, "uri TWICE /=A$/\nuri BYTE /=\\x01$/\n",
	            arena_printf(f->arena, link, "http://a.test/?a=%2541").data, "", "TWICE");
	assert_read(f, "uri TWICE /=A$/\nuri BYTE /=\\x01$/\n",
	            arena_printf(f->arena, link, "http://a.test/?a=%01").data, "", "BYTE");
}

static void test_link_texts(void **state)
{
	assert_read(*state, "uri_detail OUTER raw =~ /outer/ text =~ /^one two$/\n",
	            "Content-Type: text/html\n\n<a href=http://outer.test/> one\n\n two </a>\n", "",
	            "OUTER");
}

/* Patterns with captured text are new for each message, in links, too. */
static void test_captures(void **state)
{
	static const char rules[] = "header __NAME To:addr =~ /^(?<NAME>\\w+)@/\n"
				    "uri LINK /u=%{NAME}/\nbody EITHER /either|%{NONE}/\n";

	assert_read(*state, rules, "To: joe@example.org\n\neither http://example.org/?u=joe\n", "",
	            "LINK EITHER");
}

static void test_senders(void **state)
{
	static const char rules[] =
		"freemail_domains gmail.com\nheader FREE eval:check_freemail_from()\n"
		"header ODD From:addr =~ /^\"x@a\\.test\"$/\n"
		"blocklist_from *@bad.test\nheader BLOCKED eval:check_from_in_blocklist()\n"
		"blocklist_to *@bad.test\nheader TO eval:check_to_in_blocklist()\n"
		"header FORGED eval:check_for_forged_gmail_received_headers()\n";

	assert_read(*state, rules, "From: info@gmail.com\n\n", "FORGED", "FREE FORGED");
	assert_read(*state, rules, "From: abuse@gmail.com\n\n", "FORGED", "FORGED");
	assert_read(*state, rules, "From: Joe <\"x@a.test\">\n\n", "", "ODD");
	assert_read(*state, rules,
	            "Resent-From: x@good.test\nResent-To: x@good.test\n"
	            "From: x@bad.test\nTo: x@bad.test\n\n",
	            "", "BLOCKED TO");
	assert_read(*state, rules,
	            "From: joe@gmail.com\n"
	            "X-Received: by 2002:ab12:1c:b0:5d with SMTP id x\n\n",
	            "FREE FORGED", "FREE FORGED");
	assert_read(*state, rules,
	            "From: joe@gmail.com\n"
	            "X-Received: by 2002:a5:1c:b0:5d with SMTP id x\n\n",
	            "FREE FORGED", "FREE");
}

static void test_capitals(void **state)
{
	static const char rules[] = "header CAPS eval:subject_is_all_caps()\n";

	assert_read(*state, rules, "Subject: 12345 67890 ABC\n\n", "CAPS", "");
	assert_read(*state, rules, "Subject: ABCDE FGHIJ\n\n", "CAPS", "CAPS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_html),          rules_test(test_parts),
		rules_test(test_attached_text), rules_test(test_calendars),
		rules_test(test_alternatives),  rules_test(test_returned_messages),
		rules_test(test_types_by_name), rules_test(test_links),
		rules_test(test_link_texts),    rules_test(test_captures),
		rules_test(test_senders),       rules_test(test_capitals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
