/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What newer rule files say: handlers, negated keys, names of four labels, values of fields in
 * patterns. */
#include "tests/unit/rules_fixture.h"

static const char mail[] = "From: Joe <joe@gmail.com>\n"
			   "Reply-To: Joe\n"
			   "Sender: x <y@example.org\n"
			   "To: ann@b.example, bob@c.example\n"
			   "Subject: for ann@b.example\n"
			   "Content-Type: text/html; charset=utf-8\n\n"
			   "<p>hello gmail.com<br><br><br><br>x</p>"
			   "<a href=\"http://www.shop.org/\">one</a>"
			   "<a href=\"http://deep.a.b.c.example/\">two</a>\n";

/* Whether a rule is off, and why. */
static const char *why_off(struct rules_fixture *f, const char *name)
{
	struct ruleset_note_list notes = { 0 };

	ruleset_list_off(f->set, f->arena, &notes);
	for (size_t i = 0; i < notes.len; i++)
		if (str_eq(notes.items[i].name, str_from(name)))
			return notes.items[i].reason;
	return "";
}

static void test_handlers(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "if can(Mail::SpamAssassin::Conf::feature_handlers)\n"
	              "loadhandler Mail::SpamAssassin::Handler::HTML\n"
	              "tryhandler Mail::SpamAssassin::Handler::SVG\n"
	              "endif\n"
	              "ifhandler Mail::SpamAssassin::Handler::HTML\nbody A /hello/\nendif\n"
	              "ifplugin Mail::SpamAssassin::Plugin::None\n"
	              "ifhandler Mail::SpamAssassin::Handler::HTML\nbody B /hello/\nendif\n"
	              "body C /hello/\n"
	              "endif\n"
	              "ifhandler Mail::SpamAssassin::Handler::SVG\nbody D /hello/\nelse\n"
	              "body E /hello/\nendif\n"
	              "script S /x/\nsvgtext V /x/\nicstext I /x/\nimagetext M /x/\npdftext P /x/\n"
	              "meta F !S && !V && !I && !M && !P\n");
	rules_match(f, mail);
	assert_int_equal(f->problems.len, 0);
	assert_string_equal(rules_hit_names(f), "A E F");
	assert_string_equal(why_off(f, "S"), "there is no handler for parts of that kind");
	assert_string_equal(why_off(f, "P"), "there is no handler for parts of that kind");
}

/* The `endif` of a condition that is not known ends no other. */
static void test_unknown_condition(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "ifplugin Mail::SpamAssassin::Plugin::None\n"
	              "ifmoon full\nbody A /hello/\nendif\n"
	              "body B /hello/\nendif\n"
	              "ifmoon full\nbody C /hello/\nelse\nbody D /hello/\nendif\n");
	rules_match(f, mail);
	assert_int_equal(f->problems.len, 1);
	assert_string_equal(rules_problem(f, 0),
	                    "7:1: 'ifmoon' is no known condition; it doesn't hold");
	assert_string_equal(rules_hit_names(f), "D");
}

static void test_negated_keys(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "uri_detail A !text =~ /two/ host =~ /shop/\n"
	              "uri_detail B !text =~ /one/ host =~ /shop/\n"
	              "uri_detail C !raw !~ /deep/ text =~ /two/\n"
	              "uri_detail D !raw !~ /shop/ text =~ /two/\n"
	              "uri_detail E !type =~ /img/ !domain =~ /none/ text =~ /./\n"
	              "uri_detail F !type =~ /^a$/ text =~ /./\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A C E");
}

static void test_four_labels(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "util_rb_tld example org\nutil_rb_4tld a.b.c.example\n"
	              "uri_detail A domain =~ /^deep\\.a\\.b\\.c\\.example$/\n"
	              "uri_detail B domain =~ /^shop\\.org$/\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A B");
	rules_load(f, "util_rb_4tld a.b.example\n");
	assert_int_equal(f->problems.len, 1);
}

static void test_statements(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "arc_trusted_sealers example.org\nbody_total_scan_size 100\n"
	              "rawbody_total_scan_size 100\nhandler_max_parts 3\nneuralnetwork_ttl 3\n"
	              "url_redirector example.org\nscan_text_attachments 1\n"
	              "full ARC eval:check_arc_trusted()\n"
	              "body PDF eval:pdf2_count(1)\n"
	              "body A /hello/\ntflags A noskip\n"
	              "score ABSENT 3\n"
	              "test ABSENT ok text\n");
	assert_int_equal(f->problems.len, 1);
	assert_non_null(strstr(f->problems.items[0].text.data, "12:7: "));
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A");
	ruleset_run_tests(f->set, &f->problems);
	assert_int_equal(f->problems.len, 2);
	assert_int_equal(f->problems.errors, 0);
	assert_int_equal(f->problems.mistakes, 0);
	assert_string_equal(rules_problem(f, 1),
	                    "13:16: there is no rule ABSENT that could be tested");
}

/* A set that loads a handler for HTML is for 4.0.3, which counts some things otherwise. */
static void test_next_version(void **state)
{
	static const char handler[] = "loadhandler Mail::SpamAssassin::Handler::HTML\n";
	static const char rules[] =
		"body LARGE eval:html_range('max_size', '18', '24')\n"
		"body SMALL eval:html_eval('min_size', '< 3')\n"
		"body PIXEL eval:html_eval('min_size', '== 8')\n"
		"header ONE eval:check_illegal_chars('Subject', '0.1', '1')\n"
		"header TWO eval:check_illegal_chars('Subject', '0', '2')\n"
		"header ALL eval:check_illegal_chars('ALL', '0', '6')\n"
		"header MORE eval:check_illegal_chars('ALL', '0', '7')\n"
		"header PART eval:check_illegal_chars('ALL', '0.146', '1')\n"
		"header SMALLER eval:check_illegal_chars('ALL', '0.147', '1')\n";
	/* Three fields of 38 characters, four line ends. */
	static const char folded[] = "Subject: x\n y\nContent-Type: text/html\n\n";
	static const char pdf[] = "Content-Type: application/pdf\n\n%PDF-1.4\n/Image\n"
				  "/Width 5\n/Height 5\n";
	static const char html[] = "<p style='font-size:24px'>a<font size=1>b"
				   "<a style='font-size:8px'>c";
	struct rules_fixture *f = *state;
	char text[2000];

	snprintf(text, sizeof(text), "%s%s", folded, html);
	rules_load(f, rules);
	rules_match(f, text);
	assert_string_equal(rules_hit_names(f), "SMALL");
	snprintf(text, sizeof(text), "%s%s", handler, rules);
	rules_load(f, text);
	assert_int_equal(f->problems.len, 0);
	snprintf(text, sizeof(text), "%s%s", folded, html);
	rules_match(f, text);
	assert_string_equal(rules_hit_names(f), "LARGE PIXEL ONE");
	rules_match(f, "Subject: xyz\nContent-Type: text/html\n\n");
	assert_string_equal(rules_hit_names(f), "ONE");
	/* CRLF are two in ALL, that of the empty line after it included, and one of a single
	 * field. */
	rules_match(f, "Subject: xyz\r\nContent-Type: text/html\r\n\r\n");
	assert_string_equal(rules_hit_names(f), "ONE ALL PART");
	rules_load(f, "loadplugin Mail::SpamAssassin::Plugin::PDFInfo\n"
	              "if can(Mail::SpamAssassin::Plugin::PDFInfo::has_pdf_uri_count)\n"
	              "body COUNT eval:pdf_image_count(1)\nendif\n");
	rules_match(f, pdf);
	assert_string_equal(rules_hit_names(f), "");
	rules_load(f, "loadplugin Mail::SpamAssassin::Plugin::PDFInfo\n"
	              "loadhandler Mail::SpamAssassin::Handler::HTML\n"
	              "if can(Mail::SpamAssassin::Plugin::PDFInfo::has_pdf_uri_count)\n"
	              "body COUNT eval:pdf_image_count(1)\nendif\n");
	rules_match(f, pdf);
	assert_string_equal(rules_hit_names(f), "COUNT");
	snprintf(text, sizeof(text), "%s%s", handler, rules);
	rules_load(f, text);
	/* UTF-8 is not illegal, line ends included. */
	rules_match(f, "Subject: \xc3\xa4\xc3\xb6\r\nTo: x\r\n\r\n");
	assert_string_equal(rules_hit_names(f), "");
}

/* %{HEADER(…)}: a field's text in a pattern, of addresses the first. */
static void test_header_values(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "header A Subject =~ /^for %{HEADER(To:addr)}$/\n"
	              "body B /hello %{HEADER(From:addr:domain)}$/m\n"
	              "header C Subject =~ /%{HEADER(X-None)}/\n"
	              "header D Subject =~ /%{HEADER(Cc:addr)}|for/\n"
	              "header E Subject =~ /(?<USER>ann)/\n"
	              "header F To =~ /%{USER}@%{HEADER(To:addr:domain)}/\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "A B E F");
}

static void test_invalid_addresses(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "header FROM eval:check_invalid_from()\n"
	              "header REPLY eval:check_invalid_replyto()\n"
	              "header SENDER eval:check_invalid_sender()\n");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "REPLY SENDER");
	rules_match(f, "From: <a@b>\nReply-To: x <a@b.example>\n\nx\n");
	assert_string_equal(rules_hit_names(f), "FROM");
	rules_match(f, "From: \"A, B\" <a@b.example>, C <c@-d.example>\n\nx\n");
	assert_string_equal(rules_hit_names(f), "FROM");
}

static void test_vertical_whitespace(void **state)
{
	struct rules_fixture *f = *state;

	rules_load(f, "body TWO eval:vertical_whitespace(2)\n"
	              "body THREE eval:vertical_whitespace(3)\n"
	              "body FOUR eval:vertical_whitespace('4')\n");
	rules_match(f, "Subject: x\n\na\n\n \t\nb\n\n\n\nc\n");
	assert_string_equal(rules_hit_names(f), "TWO THREE");
	rules_match(f, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
	               "--b\nContent-Type: text/plain; name=a.txt\n\n\n\n\n\n\nx\n"
	               "--b\nContent-Type: multipart/alternative; boundary=c\n\n"
	               "--c\n\na\n\n\nb\n--c--\n--b--\n");
	assert_string_equal(rules_hit_names(f), "TWO");
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "TWO THREE");
}

static void test_free_addresses(void **state)
{
	struct rules_fixture *f = *state;
	static const char rules[] = "freemail_domains gmail.com\nwelcomelist_auth joe@gmail.com\n"
				    "def_welcomelist_auth *@gmail.com\n"
				    "header FREE eval:check_freemail_from()\n";

	rules_load(f, rules);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "FREE");
	rules_load(f, arena_printf(f->arena, "%sfreemail_import_welcomelist_auth 1\n", rules).data);
	rules_match(f, mail);
	assert_string_equal(rules_hit_names(f), "");
	rules_match(f, "From: ann@gmail.com\n\nx\n");
	assert_string_equal(rules_hit_names(f), "FREE");
	rules_load(f,
	           arena_printf(f->arena, "%sfreemail_import_def_whitelist_auth 1\n", rules).data);
	rules_match(f, "From: ann@gmail.com\n\nx\n");
	assert_string_equal(rules_hit_names(f), "");
	rules_load(f,
	           arena_printf(f->arena, "%sfreemail_import_def_whitelist_auth 0\n", rules).data);
	rules_match(f, "From: ann@gmail.com\n\nx\n");
	assert_string_equal(rules_hit_names(f), "FREE");
}

static void test_pdf(void **state)
{
	struct rules_fixture *f = *state;
	static const char front[] =
		"From: a@b.example\nContent-Type: application/pdf; name=x.pdf\n\n%PDF-1.4\n";

	rules_load(f, "loadplugin Mail::SpamAssassin::Plugin::PDFInfo\n"
	              "body FORM eval:pdf_has_form()\nbody SCRIPT eval:pdf_has_script()\n"
	              "body AUTO eval:pdf_has_auto_script()\nbody LINKS eval:pdf_uri_count(1,1)\n");
	assert_int_equal(f->problems.len, 0);
	rules_match(f, arena_printf(f->arena, "%s/AcroForm 1 0 R\n/JS (x)\n", front).data);
	assert_string_equal(rules_hit_names(f), "FORM SCRIPT");
	rules_match(f,
	            arena_printf(f->arena, "%s/AA 1 0 R\n/URI (http://a.example/)\n", front).data);
	assert_string_equal(rules_hit_names(f), "LINKS");
	rules_match(f, arena_printf(f->arena, "%s/OpenAction 1 0 R\n/JS (x)\n", front).data);
	assert_string_equal(rules_hit_names(f), "SCRIPT AUTO");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		rules_test(test_handlers),
		rules_test(test_unknown_condition),
		rules_test(test_negated_keys),
		rules_test(test_four_labels),
		rules_test(test_statements),
		rules_test(test_header_values),
		rules_test(test_next_version),
		rules_test(test_invalid_addresses),
		rules_test(test_vertical_whitespace),
		rules_test(test_free_addresses),
		rules_test(test_pdf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
