/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/rules_fixture.h"

#include <pthread.h>

static const char newsletter[] =
	"Received: from relay.example.net (relay.example.net [198.51.100.7])\n"
	"\tby mx.example.org (Postfix) with ESMTP id 1234\n"
	"\tfor <joe@example.org>; Tue, 3 Sep 2002 10:14:05 +0200\n"
	"From: \"Support of jane@bank.example\" <jane77@mail.example.com>\n"
	"Reply-To: other@mail.example.com\n"
	"To: Joe <joe@example.org>, aa1@example.org, aa2@example.org, aa3@example.org,\n"
	" aa4@example.org, aa5@example.org, aa6@example.org\n"
	"Subject: BUY THIS STOCK TODAY\n"
	"Date: Tue, 3 Sep 2002 18:14:05 +0200\n"
	"Message-ID: <1@example.com>\n"
	"MIME-Version: 1.0\n"
	"Content-Type: multipart/alternative; boundary=b\n"
	"\n"
	"--b\n"
	"Content-Type: text/plain\n"
	"\n"
	"Symbol: ABCD\n"
	"Current Price: 0.10\n"
	"Target: 5.00\n"
	"write to third@mail.example.com\n"
	"--b\n"
	"Content-Type: text/html\n"
	"Content-Transfer-Encoding: quoted-printable\n"
	"\n"
	"<html><head><title>News</title></head><body><center>=41=42 different words\n"
	"<a href=3D\"http://evil.example.com/\">https://bank.example.org/login</a>\n"
	"<img src=3D\"http://example.com/x.gif\" width=3D100 height=3D100>\n"
	"<!-- saved from url --></body></html>\n"
	"--b\n"
	"Content-Type: image/gif; name=\"dot.gif\"\n"
	"Content-Transfer-Encoding: base64\n"
	"Content-Id: <part1>\n"
	"\n"
	"R0lGODlhZAAyAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\n"
	"--b--\n";

static void test_html(void **state)
{
	rules_check_calls(*state,
	                  "body H_TEST eval:html_test('html')\n"
	                  "body N_TEST eval:html_test('embeds')\n"
	                  "body H_EXISTS eval:html_tag_exists('img')\n"
	                  "body N_EXISTS eval:html_tag_exists('form')\n"
	                  "body H_BALANCE eval:html_tag_balance('center', '!= 0')\n"
	                  "body N_BALANCE eval:html_tag_balance('body', '!= 0')\n"
	                  "body H_RANGE eval:html_range('length', '0', '1024')\n"
	                  "body N_RANGE eval:html_range('length', '1024', 'inf')\n"
	                  "body H_EVAL eval:html_eval('length', '< 512')\n"
	                  "body N_EVAL eval:html_eval('length', '> 512')\n"
	                  "body H_ONLY eval:html_image_only('0', '1000')\n"
	                  "body N_ONLY eval:html_image_only('1000', '2000')\n"
	                  "body H_TEXT eval:html_text_match('comment', '(?i)SAVED')\n"
	                  "body N_TEXT eval:html_text_match('title', 'saved')\n"
	                  "body H_TITLE eval:html_title_subject_ratio('0.1')\n"
	                  "body N_TITLE eval:html_title_subject_ratio('3.5')\n"
	                  "body H_LINK eval:check_https_http_mismatch('1', '10')\n"
	                  "body N_LINK eval:check_https_http_mismatch('2', '10')\n",
	                  newsletter);
}

static void test_mime(void **state)
{
	rules_check_calls(*state,
	                  "body H_QP eval:check_for_mime('mime_qp_count')\n"
	                  "body H_ALT eval:check_for_mime('mime_multipart_alternative')\n"
	                  "body H_BASE64 eval:check_for_mime('mime_base64_count')\n"
	                  "body N_BASE64 eval:check_for_mime('mime_base64_encoded_text')\n"
	                  "body N_LONG eval:check_for_mime('mime_qp_long_line')\n"
	                  "body H_HTML eval:check_for_mime_html()\n"
	                  "body N_HTML eval:check_for_mime_html_only()\n"
	                  "body H_RATIO eval:check_mime_multipart_ratio('0.1', '0.9')\n"
	                  "body N_RATIO eval:check_mime_multipart_ratio('0.00', '0.01')\n"
	                  "body H_QP_RATIO eval:check_qp_ratio('0.001')\n"
	                  "body N_QP_RATIO eval:check_qp_ratio('0.5')\n"
	                  "body N_FLAGS eval:check_msg_parse_flags('missing_mime_headers')\n"
	                  "body N_ASCII eval:check_for_ascii_text_illegal()\n"
	                  "body H_NONTEXT eval:check_ma_non_text()\n"
	                  "mimeheader H_ID Content-Id =~ /^<part1>$/\n"
	                  "mimeheader N_ID Content-Id =~ /^<part2>/\n"
	                  "mimeheader H_RAW Content-Type:raw =~ /^image\\/gif; name=\"dot/\n"
	                  "mimeheader N_NOT Content-Type !~ /image/\n",
	                  newsletter);
}

/* Mail of two parts, a text of this type and HTML. */
static const char *alternatives(struct rules_fixture *f, const char *type, const char *text,
                                const char *html)
{
	return arena_printf(f->arena,
	                    "Subject: x\n"
	                    "Content-Type: multipart/alternative; boundary=b\n\n"
	                    "--b\nContent-Type: %s\n\n%s\n"
	                    "--b\nContent-Type: text/html\n\n%s\n--b--\n",
	                    type, text, html)
	        .data;
}

static void test_mime_parts(void **state)
{
	struct rules_fixture *f = *state;

	/* Any text but HTML and what is not to be read is plain text. */
	rules_check_calls(f, "body H_RATIO eval:check_mime_multipart_ratio('0.4', '0.6')\n",
	                  alternatives(f, "text/csv", "12345", "1234567890"));
	/* Empty lines that are too many don't count. */
	rules_check_calls(f, "body H_RATIO eval:check_mime_multipart_ratio('2.0', '2.5')\n",
	                  alternatives(f, "text/plain",
	                               "a\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n"
	                               "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\nb",
	                               "1234567890"));
	rules_check_calls(f, "body H_ISO eval:check_for_mime('mime_bad_iso_charset')\n",
	                  alternatives(f, "text/plain; charset=iso-8859-x1", "a", "b"));
	rules_check_calls(f, "body N_ISO eval:check_for_mime('mime_bad_iso_charset')\n",
	                  alternatives(f, "text/plain; charset=iso-8859-15", "a", "b"));
	rules_check_calls(f, "body N_ISO eval:check_for_mime('mime_bad_iso_charset')\n",
	                  alternatives(f, "text/plain; charset=utf-8", "a", "b"));
}

static void test_links(void **state)
{
	static const struct {
		const char *rule, *html;
	} cases[] = {
		{ "body H_M eval:check_https_http_mismatch()\n",
		  "<a href='http://evil.example.com/'>https://bank.example.org/</a>" },
		{ "body N_M eval:check_https_http_mismatch()\n",
		  "<a href='http://www.example.org/'>https://bank.example.org/</a>" },
		{ "body N_M eval:check_https_http_mismatch()\n",
		  "<a href='http://192.0.2.1/'>https://bank.example.org/</a>" },
		{ "body N_M eval:check_https_http_mismatch()\n",
		  "<base href='http://evil.example.com/'><a href='x'>https://bank.example.org/</a>" },
		{ "body N_M eval:check_https_http_mismatch()\n",
		  "<a href='http://evil.example.com/'>https://bank.invalidtld/</a>" },
		{ "body H_M eval:check_https_http_mismatch()\n",
		  "<a href='http://evil.example.com/'>https:// https://192.0.2.1</a>" },
		{ "body H_M eval:check_https_ip_mismatch()\n",
		  "<a href='http://192.0.2.1/'>https://bank.example.org/</a>" },
		{ "body H_M eval:check_https_ip_mismatch()\n",
		  "<a href='http://u:p@192.0.2.1/'>see https:</a>" },
		{ "body N_M eval:check_https_ip_mismatch()\n",
		  "<a href='http://192.0.2.1/'>https://192.0.2.2/</a>" },
		{ "body N_M eval:check_https_ip_mismatch()\n",
		  "<a href='http://192.0.2/'>https://bank.example.org/</a>" },
	};
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		rules_check_calls(f, cases[i].rule,
		                  alternatives(f, "text/plain", "x", cases[i].html));
}

static void test_body(void **state)
{
	rules_check_calls(*state,
	                  "body H_LENGTH eval:check_body_length('5000')\n"
	                  "body N_LENGTH eval:check_body_length('500')\n"
	                  "body H_DIFF eval:multipart_alternative_difference('99', '100')\n"
	                  "body N_DIFF eval:multipart_alternative_difference('0', '90')\n"
	                  "body H_STOCK eval:check_stock_info('2')\n"
	                  "body N_STOCK eval:check_stock_info('4')\n"
	                  "body N_UPPER eval:check_for_uppercase('50', '100')\n"
	                  "body H_GIF eval:image_count('gif', '1', '1')\n"
	                  "body N_GIF eval:image_count('png', '1')\n"
	                  "body H_SIZE eval:image_size_exact('all', 50, 100)\n"
	                  "body N_SIZE eval:image_size_exact('all', 100, 50)\n"
	                  "body H_PIXELS eval:pixel_coverage('gif', '5000', '5000')\n"
	                  "body H_NAMED eval:image_named('dot.gif')\n",
	                  newsletter);
}

/* What is no letter, digit or mark of any script is no word: a byte order mark, signs, pictures. */
static void test_words(void **state)
{
	struct rules_fixture *f = *state;

	rules_check_calls(f,
	                  "body H_LESS eval:multipart_alternative_difference_count('0.9', '1')\n"
	                  "body N_MORE eval:multipart_alternative_difference_count('1', '0')\n"
	                  "body H_SAME eval:multipart_alternative_difference('0', '0')\n",
	                  alternatives(f, "text/plain", "one zwei",
	                               "\ufeff <p>one \u2022 zwei \U0001f600</p>"));
	rules_check_calls(f,
	                  "body N_LESS eval:multipart_alternative_difference_count('0.5', '0')\n"
	                  "body H_MORE eval:multipart_alternative_difference_count('0.3', '4')\n",
	                  alternatives(f, "text/plain", "one zwei",
	                               "<p>one zwei \u00aa \u0e01 \u24b6 \u3042</p>"));
}

static void test_sender_links(void **state)
{
	static const char rules[] = "header ANY eval:check_sender_links('any')\n"
				    "header ALL eval:check_sender_links('all')\n"
				    "header NONE eval:check_sender_links('none')\n";
	static const char html[] = "From: Shop <news@mail.shop.co.uk>\nContent-Type: text/html\n\n"
				   "<img src=http://cdn.example/x.png>%s";
	struct rules_fixture *f = *state;
	static const struct {
		const char *body, *hits;
	} cases[] = {
		{ "", "" },
		{ "<a href=http://www.SHOP.co.uk/>x</a>", "ANY ALL" },
		{ "<a href=http://shop.co.uk/>x</a><a href=http://x.org/>y</a>", "ANY" },
		{ "<a href=https://ashop.co.uk/>x</a> <a href=mailto:x@shop.co.uk>y</a>", "NONE" },
		{ "http://other.co.uk/?shop.co.uk", "NONE" },
	};

	rules_load(f, rules);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rules_match(f, arena_printf(f->arena, html, cases[i].body).data);
		assert_string_equal(rules_hit_names(f), cases[i].hits);
	}
	rules_match(f, "From: Shop\n\nhttp://shop.co.uk/\n");
	assert_string_equal(rules_hit_names(f), "");
}

static void test_header(void **state)
{
	rules_check_calls(*state,
	                  "header H_DATE eval:check_for_shifted_date('6', '12')\n"
	                  "header N_DATE eval:check_for_shifted_date('12', 'undef')\n"
	                  "header H_CAPS eval:subject_is_all_caps()\n"
	                  "header H_COUNT eval:check_header_count_range('Subject', '1', '1')\n"
	                  "header N_COUNT eval:check_header_count_range('Subject', '2', '9')\n"
	                  "header H_SIMILAR eval:similar_recipients('0.65', 'undef')\n"
	                  "header N_SORTED eval:sorted_recipients()\n"
	                  "header N_TO eval:check_for_missing_to_header()\n"
	                  "header N_CHARS eval:check_illegal_chars('Subject', '0.00', '2')\n"
	                  "header N_TEMPLATE eval:check_unresolved_template()\n"
	                  "header N_TRUSTED eval:check_all_trusted()\n"
	                  "header N_RELAYS eval:check_no_relays()\n"
	                  "header N_PARSE eval:check_relays_unparseable()\n"
	                  "header N_YAHOO eval:check_for_forged_yahoo_received_headers()\n"
	                  "uri_detail H_TEXT text =~ m,//bank\\., host =~ /^evil/\n"
	                  "uri_detail N_TEXT text =~ m,//bank\\., host !~ /^evil/\n"
	                  "uri_detail H_TYPE type =~ /^img$/\n",
	                  newsletter);
}

static void test_freemail(void **state)
{
	rules_check_calls(*state,
	                  "freemail_domains mail.example.com *.wild.example\n"
	                  "header H_FROM eval:check_freemail_from()\n"
	                  "header H_DIGIT eval:check_freemail_from('\\d@')\n"
	                  "header N_DIGIT eval:check_freemail_header('Reply-To', '\\d@')\n"
	                  "header H_HEADER eval:check_freemail_header('Reply-To')\n"
	                  "header N_HEADER eval:check_freemail_header('To')\n"
	                  "header H_REPLY eval:check_freemail_replyto('replyto')\n"
	                  "body H_BODY eval:check_freemail_body()\n",
	                  newsletter);
}

static void test_forged(void **state)
{
	rules_check_calls(*state,
	                  "header H_YAHOO eval:check_for_forged_yahoo_received_headers()\n"
	                  "header N_GMAIL eval:check_for_forged_gmail_received_headers()\n"
	                  "header N_GATED eval:gated_through_received_hdr_remover()\n"
	                  "header H_CHARS eval:check_illegal_chars('Subject', '0.00', '2')\n"
	                  "header H_TEMPLATE eval:check_unresolved_template()\n"
	                  "header H_USER eval:check_for_to_in_subject('user')\n",
	                  "Received: from a.example (a.example [192.0.2.9]) by b.example; "
	                  "Tue, 3 Sep 2002 10:14:05 +0200\n"
	                  "From: x@yahoo.com\n"
	                  "To: joe@example.org\n"
	                  "Subject: joe, \xa1\xa2\xa3\n"
	                  "X-Id: %RND_UC_CHAR\n"
	                  "\n"
	                  "text\n");
}

/* Rules for a message that consists of these header fields. */
static void check_header(void **state, const char *rules, const char *fields)
{
	struct rules_fixture *f = *state;

	rules_check_calls(f, rules, arena_cstr(f->arena, arena_printf(f->arena, "%s\n", fields)));
}

static void test_name_in_subject(void **state)
{
	static const char *const yes[] = { "joe",     "Joe",     "re: JOE", "Fw: hello joe",
		                           "joe, hi", "joe - x", ", joe!" };
	static const char *const no[] = { "joel",        "hi, joe!", "Joe, hi", "re: hel-lo joe",
		                          "re: a b joe", "joe.",     "joe,hi" };
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		check_header(
			state, "header H_USER eval:check_for_to_in_subject('user')\n",
			arena_printf(f->arena, "To: joe@example.org\nSubject: %s\n", yes[i]).data);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		check_header(
			state, "header N_USER eval:check_for_to_in_subject('user')\n",
			arena_printf(f->arena, "To: joe@example.org\nSubject: %s\n", no[i]).data);
}

static void test_relays(void **state)
{
	check_header(state,
	             "header H_NUMERIC eval:check_for_numeric_helo()\n"
	             "header N_MISMATCH eval:helo_ip_mismatch()\n"
	             "header H_TRUE eval:check_for_from_domain_in_received_headers"
	             "('example.org', 'true')\n"
	             "header N_FALSE eval:check_for_from_domain_in_received_headers"
	             "('example.org', 'false')\n",
	             "Received: from a.example.org (HELO 10.1.2.3) (203.0.113.9) by b.example.org "
	             "with SMTP; 3 Sep 2002 10:14:05 -0000\n"
	             "From: x@example.org\n");
	check_header(state,
	             "header H_NUMERIC eval:check_for_numeric_helo()\n"
	             "header H_MISMATCH eval:helo_ip_mismatch()\n"
	             "header H_FORGED eval:check_for_forged_received_ip_helo()\n"
	             "header N_TRUE eval:check_for_from_domain_in_received_headers"
	             "('example.org', 'true')\n"
	             "header H_FALSE eval:check_for_from_domain_in_received_headers"
	             "('example.org', 'false')\n",
	             "Received: from a.myexample.org (HELO 198.51.100.7) (203.0.113.9) "
	             "by b.example.org with SMTP; 3 Sep 2002 10:14:05 -0000\n"
	             "From: x@example.org\n");
	/* A number with a zero in front is no address. */
	check_header(state,
	             "header N_MISMATCH eval:helo_ip_mismatch()\n"
	             "header H_FORGED eval:check_for_forged_received_ip_helo()\n",
	             "Received: from a.example.org (HELO 198.51.100.07) (203.0.113.9) "
	             "by b.example.org with SMTP; 3 Sep 2002 10:14:05 -0000\n");
}

/* Is our relay found in a bounce with this text? */
static void check_bounce(void **state, const char *name, const char *text)
{
	struct rules_fixture *f = *state;
	struct str rules = arena_printf(f->arena,
	                                "welcomelist_bounce_relays *.Example.org\n"
	                                "header %s eval:check_whitelist_bounce_relays()\n",
	                                name);

	check_header(state, rules.data, arena_printf(f->arena, "Subject: bounce\n\n%s", text).data);
}

static void test_bounces(void **state)
{
	check_bounce(state, "H_FIRST", "> Received: from mx.example.org by y\n");
	check_bounce(state, "H_CASE", "received: FROM MX.EXAMPLE.ORG by y\n");
	check_bounce(state, "H_FOLDED", "Received: from x\n by mx.example.org with y\n");
	check_bounce(state, "N_OTHER", "Received: from mx.example.net by y\n");
	check_bounce(state, "N_FIELD", "X-Received: from mx.example.org by y\n");
	check_bounce(state, "N_BEHIND", "Received: from x\n\nfrom mx.example.org by y\n");
	check_bounce(state, "N_SECOND", "Received: a.example.net mx.example.org by y\n");
	check_bounce(state, "N_NOTHING", "");
	check_header(state,
	             "header N_ANY eval:have_any_bounce_relays()\n"
	             "header N_OURS eval:check_welcomelist_bounce_relays()\n",
	             "Subject: x\n\nReceived: from mx.example.org by y\n");
}

static void test_age(void **state)
{
	check_header(state,
	             "header H_OLD eval:received_within_months('6', 'undef')\n"
	             "header N_YOUNG eval:received_within_months('undef', '6')\n",
	             "Date: Tue, 3 Sep 2002 10:14:05 +0200\n");
	check_header(state,
	             "header N_OLD eval:received_within_months('6', 'undef')\n"
	             "header H_YOUNG eval:received_within_months('undef', '6')\n",
	             "Date: Tue, 3 Sep 2037 10:14:05 +0200\n");
	check_header(state, "header H_NONE eval:received_within_months('6', 'undef')\n",
	             "Date: never\n");
}

static void test_locales(void **state)
{
	static const char mail[] = "From: =?koi8-r?q?x?= <x@example.com>\n"
				   "Subject: =?utf-8?q?x?=\n"
				   "Content-Type: text/plain; charset=gb2312\n"
				   "\n"
				   "\xc4\xe3\xba\xc3\xc4\xe3\xba\xc3\xc4\xe3\xba\xc3\n";

	rules_check_calls(*state,
	                  "ok_locales en zh\n"
	                  "header H_HEADERS eval:check_for_faraway_charset_in_headers()\n"
	                  "body N_BODY eval:check_for_faraway_charset()\n",
	                  mail);
	rules_check_calls(*state,
	                  "ok_locales en ru\n"
	                  "header N_HEADERS eval:check_for_faraway_charset_in_headers()\n"
	                  "body H_BODY eval:check_for_faraway_charset()\n"
	                  "body H_MIME eval:check_for_mime('mime_faraway_charset')\n",
	                  mail);
	rules_check_calls(*state,
	                  "header N_HEADERS eval:check_for_faraway_charset_in_headers()\n"
	                  "body N_BODY eval:check_for_faraway_charset()\n",
	                  mail);
}

static void test_captures(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "uri A m,\\?who=%{WHO}$,\n"
	              "uri B m|\\?who=%{WHO}x|\n"
	              "uri C /%{NOBODY}/\n"
	              "uri D /%{WHO}/\n"
	              "tflags A capture\ntflags B capture\ntflags C capture\n"
	              "body E /for %{WHO}/\n"
	              "header __WHO To:addr =~ /^(?<WHO>.+)$/\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, "To: j+e.x@example.org\nSubject: x\n\n"
	               "http://example.com/?who=j+e.x@example.org\n\nfor j+e.x@example.org\n");
	assert_string_equal(rules_hit_names(f), "A E");
	rules_match(f, "Subject: x\n\nhttp://example.com/?who=\n");
	assert_string_equal(rules_hit_names(f), "");
}

/* What is put into a class or a quoted text is no piece of the pattern. */
static void test_captures_in_classes(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body A /begin[%{WHO}]end/\n"
	              "body B /\\Qbegin%{WHO}\\Eend/\n"
	              "body C /begin%{WHO}{2}end/\n"
	              "header __WHO To:addr =~ /^(?<WHO>.+)\\@/\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, "To: jk@example.org\nSubject: x\n\nbeginjend\n");
	assert_string_equal(rules_hit_names(f), "A");
	rules_match(f, "To: jk@example.org\nSubject: x\n\nbegin(?:jk)end\n");
	assert_string_equal(rules_hit_names(f), "B");
	rules_match(f, "To: jk@example.org\nSubject: x\n\nbeginjkjkend\n");
	assert_string_equal(rules_hit_names(f), "C");
}

static void test_missing_functions_are_no_problem(void **state)
{
	struct rules_fixture *f = *state;
	struct ruleset_note_list notes;

	rules_load(f, "header A eval:check_rbl('zen', 'zen.example.')\n"
	              "full B eval:check_pyzor()\n"
	              "meta C !A && !B\n"
	              "bayes_path /x\n");
	assert_int_equal(f->problems.len, 0);
	ruleset_list_off(f->set, f->arena, &notes);
	assert_int_equal(notes.len, 2);
	assert_str(notes.items[1].name, "B");
	assert_string_equal(notes.items[1].reason, "there are no network checksums");
	assert_int_equal(notes.items[1].at.line, 2);
	ruleset_list_ignored(f->set, f->arena, &notes);
	assert_int_equal(notes.len, 1);
	rules_match(f, newsletter);
	assert_string_equal(rules_hit_names(f), "C");
}

#define THREADS 4
#define ROUNDS  20

static void *match_often(void *context)
{
	struct rules_fixture *f = context;
	struct message_limits limits = message_default_limits();

	for (int i = 0; i < ROUNDS; i++) {
		struct arena *arena = arena_new();
		struct envelope none = { 0 };
		struct facts facts = { .envelope = &none };
		const struct hits *hits;

		facts.message = message_parse(arena, str_from(newsletter), &limits);
		facts.relays = relays_parse(arena, &facts.message->headers, &none,
		                            &(struct relay_settings){ 0 });
		hits = ruleset_match(f->set, arena, &facts, deadline_never());
		if (hits->len != 3 || hits->limits != 0)
			abort();
		arena_free(arena);
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct rules_fixture *f = *state;
	pthread_t threads[THREADS];

	f->options.scanners = 2;
	rules_load(f, "freemail_domains mail.example.com\n"
	              "header A eval:check_freemail_from()\n"
	              "body B /symbol/i\n"
	              "meta C A && B\n");
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, match_often, f), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_html),
		rules_test(test_mime),
		rules_test(test_words),
		rules_test(test_body),
		rules_test(test_mime_parts),
		rules_test(test_links),
		rules_test(test_sender_links),
		rules_test(test_header),
		rules_test(test_freemail),
		rules_test(test_forged),
		rules_test(test_name_in_subject),
		rules_test(test_relays),
		rules_test(test_age),
		rules_test(test_bounces),
		rules_test(test_locales),
		rules_test(test_captures),
		rules_test(test_captures_in_classes),
		rules_test(test_missing_functions_are_no_problem),
		rules_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
