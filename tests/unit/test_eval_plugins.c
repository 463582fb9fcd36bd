/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Functions of plugins that rule files ask for with loadplugin. */
#include "tests/unit/rules_fixture.h"

#define LOAD "loadplugin Mail::SpamAssassin::Plugin::"

static const char spoof[] = "From: \"Joe <Joe@Bank.example.org>\" <jane@example-mailer.com>\n"
			    "To: joe@bank.example.org\n"
			    "Reply-To: Joe <joe@bank.example.org>\n"
			    "List-Id: x\n"
			    "\n"
			    "https://TinyURL.com/abc?x#y\n"
			    "http://a.page.link\n";

static void test_from_name(void **state)
{
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "header H_SPOOF eval:check_fromname_spoof()\n"
	                       "header H_STRICT eval:check_fromname_spoof(0)\n"
	                       "header H_DIFFERENT eval:check_fromname_different()\n"
	                       "header H_DOMAIN eval:check_fromname_domain_differ()\n"
	                       "header H_OWNER eval:check_fromname_owners_differ()\n"
	                       "header H_ADDRESS eval:check_fromname_contains_email()\n"
	                       "header H_TO eval:check_fromname_equals_to()\n"
	                       "header H_REPLY eval:check_fromname_equals_replyto()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "header N_ADDRESS eval:check_fromname_contains_email()\n"
	                       "header N_DIFFERENT eval:check_fromname_different()\n",
	                  "From: \"Joe at bank\" <joe@example.org>\nTo: x@example.org\n\n");
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "header N_DOMAIN eval:check_fromname_domain_differ()\n",
	                  "From: \"joe@bank.invalidtld\" <joe@@>\n\n");
}

static void test_from_name_settings(void **state)
{
	rules_check_calls(
		*state,
		LOAD "FromNameSpoof\n"
		     "fns_add_addrlist (Bank) *@bank.example.org *@example-mailer.com *@x.example\n"
		     "fns_remove_addrlist (bank) *@x.example\n"
		     "header N_SPOOF eval:check_fromname_spoof()\n"
		     "header H_STRICT eval:check_fromname_spoof(0)\n"
		     "header N_OWNER eval:check_fromname_owners_differ()\n",
		spoof);
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "fns_ignore_headers X-Other List-Id\n"
	                       "header N_SPOOF eval:check_fromname_spoof()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "fns_extrachars 3\n"
	                       "header H_ADDRESS eval:check_fromname_contains_email()\n"
	                       "header N_SPOOF eval:check_fromname_spoof()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "FromNameSpoof\n"
	                       "fns_check 2\n"
	                       "header N_SPOOF eval:check_fromname_spoof()\n"
	                       "header H_STRICT eval:check_fromname_spoof(0)\n",
	                  "From: \"a@x.example.org\" <b@y.example.org>\n\n");
}

static void test_short_url(void **state)
{
	rules_check_calls(*state,
	                  LOAD "DecodeShortURLs\n"
	                       "url_shortener tinyurl.com\n"
	                       "body H_SHORT eval:short_url()\n"
	                       "body N_FOLLOWED eval:short_url_404()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "DecodeShortURLs\n"
	                       "url_shortener_get .page.link\n"
	                       "body H_SHORT eval:short_url()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "DecodeShortURLs\n"
	                       "url_shortener tinyurl.com bit.ly\n"
	                       "clear_url_shortener tinyurl.com\n"
	                       "body N_SHORT eval:short_url()\n",
	                  spoof);
	rules_check_calls(*state,
	                  LOAD "DecodeShortURLs\n"
	                       "url_shortener bit.ly\n"
	                       "body N_SHORT eval:short_url()\n",
	                  "Subject: x\n\nhttp://bit.ly/ http://bit.ly:80 http://bit.ly/?a\n");
}

static const char pdf_mail[] = "From: a@example.com\n"
			       "Subject: see the file\n"
			       "MIME-Version: 1.0\n"
			       "Content-Type: multipart/mixed; boundary=b\n"
			       "\n"
			       "--b\n"
			       "Content-Type: text/plain\n"
			       "\n"
			       "short\n"
			       "--b\n"
			       "Content-Type: application/octet-stream; name=My.PDF\n"
			       "\n"
			       "%PDF-1.4\n"
			       "/Author(colet)\n"
			       "/Subtype/Image/Width 500/Height 200\n"
			       "/URI (http://in.the.file.example.com/)\n"
			       "/Encrypt 1\n"
			       "--b\n"
			       "Content-Type: application/pdf\n"
			       "\n"
			       "broken\n"
			       "--b--\n";

static void test_pdf(void **state)
{
	rules_check_calls(*state,
	                  LOAD "PDFInfo\n"
	                       "body H_COUNT eval:pdf_count(2, 2)\n"
	                       "body N_COUNT eval:pdf_count(3)\n"
	                       "body H_IMAGES eval:pdf_image_count(1, 1)\n"
	                       "body H_AREA eval:pdf_pixel_coverage(100000, 100000)\n"
	                       "body N_AREA eval:pdf_pixel_coverage(100001)\n"
	                       "body H_NAMED eval:pdf_named('My.PDF')\n"
	                       "body N_NAMED eval:pdf_named('my.pdf')\n"
	                       "body H_NAME eval:pdf_name_regex('/^my/i')\n"
	                       "body H_EXACT eval:pdf_image_size_exact(200, 500)\n"
	                       "body N_EXACT eval:pdf_image_size_exact(500, 200)\n"
	                       "body H_SIZE eval:pdf_image_size_range(100, 450, 240, 800)\n"
	                       "body N_SIZE eval:pdf_image_size_range(100, 450, 199)\n"
	                       "body H_RATIO eval:pdf_image_to_text_ratio(0, 0.005)\n"
	                       "body N_RATIO eval:pdf_image_to_text_ratio(0.1, 1)\n"
	                       "body H_AUTHOR eval:pdf_match_details('author', '/^colet$/')\n"
	                       "body N_AUTHOR eval:pdf_match_details('title', '/colet/')\n"
	                       "body N_WORD eval:pdf_match_details('colour', '/./')\n"
	                       "body H_LOCKED eval:pdf_is_encrypted()\n"
	                       "body N_EMPTY eval:pdf_is_empty_body()\n"
	                       "body H_NEARLY eval:pdf_is_empty_body(100)\n"
	                       "body N_MD5 eval:pdf_match_md5('C359F8F89B290DA99DC997ED50117CDF')\n"
	                       "body H_KEYS eval:pdf_match_fuzzy_md5("
	                       "'c3cd960398fb0560b21a5eaddb1d5230')\n"
	                       "uri H_LINK m,//in\\.the\\.file\\.,\n"
	                       "uri_detail H_DETAIL domain =~ /^example\\.com$/\n",
	                  pdf_mail);
	rules_check_calls(*state,
	                  LOAD "PDFInfo\n"
	                       "body N_COUNT eval:pdf_count(1)\n"
	                       "body H_COUNT eval:pdf_count(0)\n"
	                       "body N_AREA eval:pdf_pixel_coverage(0)\n"
	                       "body N_EMPTY eval:pdf_is_empty_body()\n",
	                  "Subject: none\n\n");
	/* Without the plugin its links are none of the message's. */
	rules_check_calls(*state, "uri N_LINK m,//in\\.the\\.file\\.,\n", pdf_mail);
}

/* SpamAssassin lets it pass. */
static void test_missing_argument(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, LOAD "PDFInfo\nbody A eval:pdf_count()\nbody B eval:pdf_count(0)\n");
	assert_int_equal(f->problems.len, 1);
	rules_match(f, pdf_mail);
	assert_string_equal(rules_hit_names(f), "B");
}

static void test_not_loaded(void **state)
{
	struct rules_fixture *f = *state;
	struct ruleset_note_list notes;

	rules_load(f, "body A eval:pdf_count(0)\n"
	              "ifplugin Mail::SpamAssassin::Plugin::PDFInfo\n"
	              "body B eval:pdf_count(0)\n"
	              "endif\n");
	assert_int_equal(f->problems.len, 0);
	ruleset_list_off(f->set, f->arena, &notes);
	assert_int_equal(notes.len, 1);
	assert_string_equal(notes.items[0].reason, "the plugin of its function is not loaded");
}

static void test_wrong_settings(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "fns_check 3\n"
	              "fns_add_addrlist bank x@example.com\n"
	              "url_shortener\n");
	assert_int_equal(f->problems.len, 3);
	assert_string_equal(rules_problem(f, 0), "1:11: 0, 1 or 2 belongs here");
	assert_string_equal(rules_problem(f, 1),
	                    "2:18: the name of an owner in parentheses is missing");
}

#define AUTHRES LOAD "AuthRes\nauthres_networks all\n"

/* Does this field say that SPF passed? */
static void check_field(void **state, const char *name, const char *settings, const char *field)
{
	struct rules_fixture *f = *state;
	struct str rules =
		arena_printf(f->arena,
	                     AUTHRES "%s"
	                             "header %s eval:check_authres_result('spf', 'pass')\n",
	                     settings, name);

	rules_check_calls(f, rules.data, arena_printf(f->arena, "%s\nSubject: x\n\n", field).data);
}

static void test_authres(void **state)
{
	static const char *const yes[] = {
		"Authentication-Results: mx.example.org; spf=pass",
		"Authentication-Results: mx.example.org 1; spf = pass smtp.mailfrom=a@example.com;",
		("authentication-results: mx.example.org (x (y)); dkim=fail reason=\"a; b\" "
		 "header.d=example.com; spf/1=pass (good)"),
		"Authentication-Results: mx.example.org; mx.example.org; spf=fail; spf=pass",
		"ARC-Authentication-Results: i=1; mx.example.org; spf=pass",
		"Authentication-Results: mx.example.org; spf=pass smtp.mailfrom=<a@b.example>x",
	};
	static const char *const no[] = {
		"Authentication-Results: mx.example.org; spf=fail",
		"Authentication-Results: mx.example.org; spf=pass; none",
		"Authentication-Results: mx.example.org; spf=pass; unknown=x",
		"Authentication-Results: mx.example.org; spf=pass header.d=x",
		"Authentication-Results: mx.example.org; spf=pass (open",
		"Authentication-Results: spf=pass",
		"Authentication-Results: mx.example.org spf=pass",
		"ARC-Authentication-Results: mx.example.org; spf=pass",
		"ARC-Authentication-Results: i=99; mx.example.org; spf=pass",
		"X-Authentication-Results: mx.example.org; spf=pass",
		"Authentication-Results:",
	};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		check_field(state, "H_PASS", "", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		check_field(state, "N_PASS", "", no[i]);
	check_field(state, "N_PASS", "authres_networks internal\n",
	            "Received: from a.example (a.example [203.0.113.9]) by b.example (Postfix) "
	            "with SMTP id 1; Tue, 3 Sep 2002 10:14:05 +0200\n"
	            "Authentication-Results: mx.example.org; spf=pass");
	check_field(state, "N_PASS", "authres_ignored_authserv MX.example.org\n", yes[0]);
	check_field(state, "N_PASS", "authres_trusted_authserv mx.example.net\n", yes[0]);
	check_field(state, "H_PASS", "authres_trusted_authserv a mx.example.org\n", yes[0]);
	rules_check_calls(*state,
	                  AUTHRES "header H_NONE eval:check_authres_result('dkim', 'missing')\n"
	                          "header N_NONE eval:check_authres_result('spf', 'missing')\n",
	                  "Authentication-Results: mx.example.org; spf=pass\n\n");
}

static const char program[] = "Subject: x\nContent-Type: %s\n"
			      "Content-Transfer-Encoding: base64\n\n%s\n";

static void check_attachment(void **state, const char *rules, const char *type, const char *text)
{
	struct rules_fixture *f = *state;

	rules_check_calls(f, arena_printf(f->arena, LOAD "AntiVirus\n%s", rules).data,
	                  arena_printf(f->arena, program, type, text).data);
}

static void test_attachments(void **state)
{
	static const char both[] = "body H_PROGRAM eval:check_microsoft_executable()\n"
				   "body H_NAME eval:check_suspect_name()\n";
	static const char only_program[] = "body H_PROGRAM eval:check_microsoft_executable()\n"
					   "body N_NAME eval:check_suspect_name()\n";
	static const char only_name[] = "body N_PROGRAM eval:check_microsoft_executable()\n"
					"body H_NAME eval:check_suspect_name()\n";
	static const char none[] = "body N_PROGRAM eval:check_microsoft_executable()\n"
				   "body N_NAME eval:check_suspect_name()\n";

	check_attachment(state, both, "image/gif; name=x.EXE", "aGVsbG8=");
	check_attachment(state, only_program, "application/octet-stream; name=a.txt.pif",
	                 "aGVsbG8=");
	check_attachment(state, only_program, "application/x-y",
	                 "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAA");
	check_attachment(state, only_name, "image/gif; name=a.html", "aGVsbG8=");
	check_attachment(state, only_name, "application/pdf; name=a.doc", "aGVsbG8=");
	check_attachment(state, none, "application/vnd.ms-excel; name=a.xls", "aGVsbG8=");
	check_attachment(state, none, "text/x-vcard; name=a.vcf", "aGVsbG8=");
	check_attachment(state, none, "application/x-y; name=", "");
}

static void test_high_bytes(void **state)
{
	static const char mail[] = "Subject: x\n"
				   "Content-Type: text/plain; charset=utf-8\n\n"
				   "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82\n";

	rules_check_calls(*state,
	                  LOAD "TextCat\nok_languages en de\nbody H_HIGH eval:check_body_8bits()\n",
	                  mail);
	rules_check_calls(*state,
	                  LOAD "TextCat\nok_languages en ru\nbody N_HIGH eval:check_body_8bits()\n",
	                  mail);
	rules_check_calls(*state, LOAD "TextCat\nbody N_HIGH eval:check_body_8bits()\n", mail);
	rules_check_calls(*state,
	                  LOAD "TextCat\nok_languages en\nbody N_HIGH eval:check_body_8bits()\n",
	                  "Content-Type: text/plain; charset=utf-8\n\nd\xc3\xa9j\xc3\xa0 vu\n");
}

static void test_dkim(void **state)
{
	struct rules_fixture *f = *state;
	struct ruleset_note_list notes;

	rules_load(f, "full A eval:check_dkim_dependable()\n"
	              "full B eval:check_dkim_signsome()\n"
	              "full C eval:check_dkim_signed()\n"
	              "header D eval:check_for_dkim_whitelist_from()\n");
	assert_int_equal(f->problems.len, 0);
	ruleset_list_off(f->set, f->arena, &notes);
	assert_int_equal(notes.len, 0);
	/* Nobody has looked at the signature. */
	rules_match(f, "DKIM-Signature: v=1; d=example.com; s=x; h=from; b=x\n\n");
	assert_string_equal(rules_hit_names(f), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_from_name),        rules_test(test_from_name_settings),
		rules_test(test_short_url),        rules_test(test_dkim),
		rules_test(test_authres),          rules_test(test_attachments),
		rules_test(test_high_bytes),       rules_test(test_pdf),
		rules_test(test_missing_argument), rules_test(test_not_loaded),
		rules_test(test_wrong_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
