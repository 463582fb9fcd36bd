/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules that ask lists for hashes: what is asked for, and which answers make them hit. */
#include "tests/unit/ask_fixture.h"

static const struct fake_record none[] = { { NULL, DNS_A, NULL } };

#define EMAILS(arguments) "header A eval:check_hashbl_emails('bl.example', " arguments ")\n"

/* Rules, mail, and what is asked for in bl.example, in order. */
struct wanted {
	const char *rules, *mail, *names;
};

static void check_wanted(struct rules_fixture *f, const struct wanted *cases, size_t count)
{
	const char *asked;

	for (size_t i = 0; i < count; i++) {
		struct strbuf names;
		struct str rest, name;

		print_message("%s%s", cases[i].rules, cases[i].mail);
		ask_load(f, cases[i].rules);
		for (size_t k = 0; k < f->problems.len; k++)
			fail_msg("%s", rules_problem(f, k));
		ask(f, none, cases[i].mail, &asked);
		strbuf_init(&names, f->arena);
		rest = str_from(asked);
		while (asked[0] != '\0' && str_next_piece(&rest, ',', &name)) {
			name = str_trim(name);
			assert_true(str_ends_ci(name, STR(".bl.example A")));
			name.len -= strlen(".bl.example A");
			strbuf_printf(&names, "%s%.*s", names.len > 0 ? " " : "", STR_FMT(name));
		}
		assert_string_equal(arena_cstr(f->arena, strbuf_str(&names)), cases[i].names);
	}
}
#define CHECK_WANTED(cases) check_wanted(*state, cases, sizeof(cases) / sizeof(cases[0]))

static void test_email_places(void **state)
{
	static const struct wanted cases[] = {
		{ EMAILS("'raw'"), "Reply-To: b@b.com\n" MAIL "c@c.com\n",
		  "a@example.com b@b.com c@c.com" },
		{ EMAILS("'raw', 'ALLFROM'"),
		  "Resent-Sender: b@b.com\nX-Envelope-From: c@c.com\n" MAIL "d@d.com\n",
		  "a@example.com b@b.com c@c.com" },
		{ EMAILS("'raw', 'ALLFROM'"), "Resent-From: b..b@b.com\n" MAIL "\n", "b.b@b.com" },
		{ EMAILS("'raw', 'X-One/ X-Two:addr'"),
		  "X-One: x <b@b.com>, c@c.com\nX-Two: D <d@d.com>\n" MAIL "e@e.com\n",
		  "b@b.com c@c.com d@d.com" },
		{ EMAILS("'raw', 'ALL'"), "X-One: b@b.com\n" MAIL "c@c.com\n",
		  "b@b.com a@example.com" },
		/* the subject is text; links to addresses need not be shown; each once */
		{ EMAILS("'raw', 'body'"), "Subject: b@b.com\n\nb@b.com c@c.com\n",
		  "b@b.com c@c.com" },
		{ EMAILS("'raw', 'body'"),
		  HTML "<a href='mailto:B@b.com?subject=x'>x</a> d@d.com\n", "b@b.com d@d.com" },
		{ EMAILS("'raw/noquote', 'body'"),
		  HTML "<a href='mailto:b@b.com'>&lt;b@b.com&gt;</a>\n", "" },
		{ EMAILS("'raw', 'body'"), MAIL "Joe <b@b.com>\n", "b@b.com" },
		{ EMAILS("'raw/noquote', 'body'"), MAIL "Joe <b@b.com> c@c.com\n", "c@c.com" },
		{ EMAILS("'raw', 'body'"), MAIL "http://x.com/,b@b.com c@c.com\n",
		  "b@b.com c@c.com" },
		{ EMAILS("'raw/nouri', 'body'"), MAIL "http://x.com/,b@b.com c@c.com\n",
		  "c@c.com" },
		/* what one rule leaves out the next one sees */
		{ EMAILS("'raw/nouri', 'body'") "header B eval:check_hashbl_emails('bl.example', 'raw', 'body')\n",
		  MAIL "http://x.com/,b@b.com\n", "b@b.com" },
	};

	CHECK_WANTED(cases);
}

static void test_email_forms(void **state)
{
#define FIELD(options, address) EMAILS("'" options "', 'X-One'"), "X-One: " address "\n" MAIL "\n"
	static const struct wanted cases[] = {
		{ FIELD("raw", "J.Oe+x.y@A.B.com"), "j.oe+x.y@a.b.com" },
		{ FIELD("raw/nodot", "J.Oe+x.y@A.B.com"), "joe+xy@a.b.com" },
		{ FIELD("raw/notag", "J.Oe+x.y@A.B.com"), "j.oe@a.b.com" },
		{ FIELD(" RAW / noTag / nodot ", "J.Oe+x.y@A.B.com"), "joe@a.b.com" },
		{ FIELD("raw/user", "J.Oe+x.y@A.B.com"), "j.oe+x.y" },
		{ FIELD("raw/host", "J.Oe+x.y@A.B.com"), "a.b.com" },
		{ FIELD("raw/domain", "J.Oe+x.y@A.B.co.uk"), "b.co.uk" },
		{ FIELD("md5", "A@b.com"), "357a20e8c56e69d6f9734d23ef9517e8" },
		{ FIELD("md5/case", "A@b.com"), "48c8950485f3ee48056a54ec179b1534" },
		{ FIELD("raw/sha1", "A@b.com"), "1022b0c3a1d9a6409ae0dd2364fdcfe41f63ae22" },
		{ FIELD("sha256/sha1", "A@b.com"),
		  "7omniswxkanjlhz7j5fd6acp4lm6lapkmid6eggewawarjgxllpq" },
	};
	CHECK_WANTED(cases);
}

static void test_emails_left_out(void **state)
{
#define BODY EMAILS("'raw', 'body'")
	static const struct wanted cases[] = {
		{ BODY,
		  "Delivered-To: B@b.com\nX-Original-To: c@c.com\nEnvelope-To: d@d.com\nApparently-To: e@e.com\n" MAIL
		  "b@b.com c@c.com d@d.com e@e.com f@f.com\n",
		  "f@f.com" },
		{ BODY, MAIL "info@b.com joe@b.com\n", "joe@b.com" },
		{ BODY "hashbl_email_welcomelist ^joe@\n", MAIL "info@b.com joe@b.com\n",
		  "info@b.com" },
		{ BODY "hashbl_email_whitelist ^joe@\n", MAIL "info@b.com joe@b.com\n",
		  "info@b.com" },
		{ BODY "uridnsbl_skip_domain b.com w.c.com\n",
		  MAIL "b@b.com b@X.b.com c@w.c.com c@c.com\n", "c@c.com" },
		{ BODY "hashbl_ignore B@b.com c@c.com\n", MAIL "b@b.com c@c.com d@d.com\n",
		  "d@d.com" },
		{ BODY "hashbl_email_domain_alias b.com C.com d.com\n",
		  MAIL "x@c.com y@D.com z@e.com\n", "x@b.com y@b.com z@e.com" },
		/* an ACL: those of its domains, which no other list leaves out */
		{ EMAILS("'raw', 'body', '', 'mine'") "hashbl_acl_mine b.com !c.com c.com D.com\nuridnsbl_skip_domain b.com\n",
		  MAIL "x@B.com y@c.com z@d.com\n", "x@b.com z@d.com" },
		{ EMAILS("'raw', 'body', '', 'all'") "uridnsbl_skip_domain b.com\n",
		  MAIL "x@b.com y@c.com\n", "x@b.com y@c.com" },
		{ EMAILS("'raw', 'body', '', 'mine'") "hashbl_acl_mine b.com\nhashbl_email_domain_alias b.com c.com\n",
		  MAIL "x@c.com\n", "x@b.com" },
		{ BODY "hashbl_email_regex \\w+_at_\\w+\\.com|\\w+@\\w+\\.com\n",
		  MAIL "joe_at_b.com ann@c.com\n", "ann@c.com" },
		{ BODY "hashbl_email_regex \\w+@\\w+\\._TLDS_\n",
		  MAIL "ann@c.com joe@c.comx bob@c.invalidtld tom@d.de\n", "ann@c.com tom@d.de" },
		{ EMAILS("'md5', 'body'") "hashbl_ignore B@b.com\n", MAIL "b@b.com\n", "" },
		{ EMAILS("'raw/max=1', 'body'"), MAIL "b@b.com c@c.com\n", "b@b.com" },
		{ EMAILS("'raw/max=2', 'body'"), MAIL "B@b.com b@B.com c@c.com\n",
		  "b@b.com c@c.com" },
		{ EMAILS("'raw/max=0', 'body'"), MAIL "b@b.com c@c.com\n", "b@b.com c@c.com" },
		{ EMAILS("'raw', 'body'"),
		  MAIL
		  "1@b.com 2@b.com 3@b.com 4@b.com 5@b.com 6@b.com 7@b.com 8@b.com 9@b.com 10@b.com 11@b.com\n",
		  "1@b.com 2@b.com 3@b.com 4@b.com 5@b.com 6@b.com 7@b.com 8@b.com 9@b.com 10@b.com" },
	};

	CHECK_WANTED(cases);
}

#define URIS(arguments) "header A eval:check_hashbl_uris('bl.example'" arguments ")\n"

static void test_uris(void **state)
{
	static const struct wanted cases[] = {
		{ URIS(""), MAIL "http://b.com/X\n", "3836a6f40be6c9f8c1002a6081bbe8a23ba1c769" },
		{ URIS(", 'sha1/case'"), MAIL "http://b.com/X\n",
		  "7af3b577ff47bf53449781804d2255d8317f60b9" },
		{ URIS(", 'md5'"), MAIL "HTTP://B.com/\n", "16347b5260329068d62a24098a2b19da" },
		/* every form of it */
		{ URIS(""), MAIL "b.com/%41\n",
		  "01ddb93c4989b1a634fbd38cfe58245095b12a36 234f50a601ce169a5937a47848676f995d4a853d" },
		{ URIS(""), HTML "<img src='http://b.com/'><a href='http://c.com/'>x</a>\n",
		  "ce97ead1925aba941898d935b661f00d23373337" },
		{ URIS(""), MAIL "mailto:joe@b.com joe@c.com\n", "" },
		{ URIS(""), HTML "<a href='x.html'>x</a><a href='http://localhost/'>x</a>\n", "" },
		{ URIS("") "uridnsbl_skip_domain b.com\n", MAIL "http://w.b.com/ http://c.com/\n",
		  "ce97ead1925aba941898d935b661f00d23373337" },
		{ URIS(", 'sha1/max=1'"), MAIL "http://b.com/ http://c.com/\n",
		  "2484efe7850453e5320a157731e1866698c02a79" },
		{ URIS(""), "DKIM-Signature: v=1; d=b.com\n" MAIL "\n", "" },
	};

	CHECK_WANTED(cases);
}

static void test_texts(void **state)
{
#define TEXT(kind, arguments) kind " A eval:check_hashbl_bodyre('bl.example', " arguments ")\n"
	static const struct wanted cases[] = {
		{ TEXT("body", "'raw', '\\b([13]\\w{3,})\\b'"), MAIL "1Abc 2abc 3abc 1abc\n",
		  "1abc 3abc" },
		{ TEXT("body", "'raw/case', '(A\\w)'"), MAIL "Ab aB\n\nAc\n", "ab ac" },
		{ TEXT("body", "'raw/num', 'call ([\\d -]+)'"), MAIL "call 55-1 2. call - x\n",
		  "5512" },
		{ TEXT("body", "'md5/num', 'x(\\D)x'"), MAIL "x-x\n", "" },
		{ TEXT("body", "'raw', 'x(\\w\\s\\w)'"), MAIL "xa\nb\n", "a b" },
		{ TEXT("body", "'raw', 'see'"), MAIL "see\n", "" },
		{ TEXT("body", "'raw', 'see(x)?'"), MAIL "see seex\n", "x" },
		{ TEXT("body", "'raw', 'title=.(\\w+)'"), HTML "<b title='it'>x</b>\n", "" },
		{ TEXT("rawbody", "'raw', 'title=.(\\w+)'"), HTML "<b title='it'>x</b>\n", "it" },
		{ TEXT("full", "'raw', 'X-One: (\\w+)'"), "X-One: it\n" MAIL "x\n", "it" },
		{ TEXT("body", "'raw/max=2', '(a\\d)'"), MAIL "a1 a2 a3\n", "a1 a2" },
		{ TEXT("body", "'raw', '(a\\d)'") "hashbl_ignore A1\n", MAIL "a1 a2\n", "a2" },
		{ TEXT("body",
		       "'', '(a\\d)'") "hashbl_ignore f29bc91bbdab169fc0c0a326965953d11c7dff83\n",
		  MAIL "a1 a2\n", "b9f85daa6f83cf02ce5c31913d1f64d3f5c8fade" },
	};

	CHECK_WANTED(cases);
}

static void test_files(void **state)
{
#define FILES(arguments) "body A eval:check_hashbl_attachments('bl.example'" arguments ")\n"
#define PARTS                                                                                      \
	"From: a@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"    \
	"--b\n\nhello\n"                                                                           \
	"--b\nContent-Type: application/pdf; name=\"Safe.pdf\"\n"                                  \
	"Content-Transfer-Encoding: base64\n\naGVsbG8gd29ybGQ=\n"                                  \
	"--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\na=3Db\n"     \
	"--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\na=3Db\n"     \
	"--b\nContent-Type: image/png\n\n\n--b--\n"
	static const struct wanted cases[] = {
		{ FILES(""), PARTS,
		  "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed ccff2fee4b15e0b46f79f86ce5d1de59163bb483" },
		{ FILES(", 'md5'"), PARTS,
		  "5d41402abc4b2a76b9719d911017c592 5eb63bbbe01eeed093cb22bb8f5acdc3 7acaac15494e6820b1ed6d8b539af089" },
		{ FILES(", 'sha1/minsize=5'"), PARTS,
		  "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d 2aae6c35c94fcfb415dbe95f408b9ce91ee846ed" },
		{ FILES(", 'sha1/minsize=4/maxsize=5'"), PARTS,
		  "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
		{ FILES(", 'sha1/maxsize=3'"), PARTS, "ccff2fee4b15e0b46f79f86ce5d1de59163bb483" },
		{ FILES(", 'sha1/max=1'"), PARTS, "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d" },
		{ FILES("") "hashbl_ignore TEXT/plain safe.PDF\n", PARTS,
		  "ccff2fee4b15e0b46f79f86ce5d1de59163bb483" },
		{ FILES("") "hashbl_ignore aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\n", PARTS,
		  "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed ccff2fee4b15e0b46f79f86ce5d1de59163bb483" },
		{ FILES(""), MAIL "text\n", "aa785adca3fcdfe1884ae840e13c6d294a2414e8" },
	};

	CHECK_WANTED(cases);
}

/* A file of more than 64 KiB, which is decoded for nothing else. */
static void test_large_file(void **state)
{
	struct rules_fixture *f = *state;
	struct strbuf mail;
	const char *asked;

	strbuf_init(&mail, f->arena);
	strbuf_add(&mail,
	           STR("Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"));
	for (int i = 0; i < 3000; i++)
		strbuf_add(&mail, STR("YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFh\n"));
	strbuf_add_char(&mail, '\0');
	ask_load(f, FILES(", 'md5'"));
	ask(f, none, mail.data, &asked);
	assert_string_equal(asked, "be9d556f1c5d98306ffc36bab25ba5ad.bl.example A");
}

static void test_tags(void **state)
{
#define TAG(options, value)                                                                        \
	"header __ID X-Id =~ /^(?<SOMEID>.+)$/\n"                                                  \
	"header A eval:check_hashbl_tag('bl.example', '" options "', '_SomeID_')\n",               \
		"X-Id: " value "\n" MAIL "\n"
	static const struct wanted cases[] = {
		{ TAG("raw", "AbC"), "abc" },
		{ TAG("md5", "AbC"), "900150983cd24fb0d6963f7d28e17f72" },
		{ TAG("md5/case", "AbC"), "25aa3ee1c93cad3f274567281066dc18" },
		{ TAG("raw", "192.0.2.1"), "192.0.2.1" },
		{ TAG("raw/revip", "192.0.2.1"), "1.2.0.192" },
		{ TAG("raw/revip", "abc"), "abc" },
		{ TAG("raw/ip", "192.0.2.1"), "192.0.2.1" },
		{ TAG("raw/ip", "a.com"), "" },
		{ TAG("raw/ipv4", "192.0.2.1"), "192.0.2.1" },
		{ TAG("raw/ipv4", "2001:db8::1"), "" },
		{ TAG("raw/ipv6", "192.0.2.1"), "" },
		{ TAG("raw/ipv6/revip", "2001:db8::1"),
		  "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2" },
		{ TAG("raw/fqdn", "a.b.com"), "a.b.com" },
		{ TAG("raw/fqdn", "abc"), "" },
		{ TAG("raw/fqdn", "a.b.invalidtld"), "a.b.invalidtld" },
		{ TAG("raw/fqdn", "192.0.2.1"), "" },
		{ TAG("raw/tld", "a.b.invalidtld"), "" },
		{ TAG("raw/tld", "a.b.com"), "a.b.com" },
		{ TAG("raw/trim", "a.b.com"), "b.com" },
		{ TAG("raw/trim", "abc"), "" },
		{ TAG("raw/trim", "192.0.2.1"), "192.0.2.1" },
		/* either will do */
		{ TAG("raw/ip/fqdn", "192.0.2.1"), "192.0.2.1" },
		{ TAG("raw/ip/fqdn", "a.b.com"), "a.b.com" },
		{ TAG("raw/ip/fqdn", "abc"), "" },
		{ "uridnsbl_skip_domain b.com\n" TAG("raw", "a.b.com"), "" },
		{ "hashbl_ignore ABC\n" TAG("md5", "abc"), "" },
		/* a tag that is there without any rule, and one that isn't */
		{ "header A eval:check_hashbl_tag('bl.example', 'raw', 'AUTHORDOMAIN')\n",
		  MAIL "\n", "example.com" },
		{ "header A eval:check_hashbl_tag('bl.example', 'raw', 'NOSUCHTAG')\n", MAIL "\n",
		  "" },
	};

	CHECK_WANTED(cases);
}

static void test_answers(void **state)
{
	static const struct fake_record records[] = {
		{ "b.bl.example", DNS_A, "127.0.0.2" },
		{ "c.bl.example", DNS_A, "10.0.0.2" },
		{ "d.bl.example", DNS_TXT, "spammer" },
		{ "e.bl.example", DNS_TXT, "127.0.0.2" },
		{ "f.bl.example", DNS_A, "127.255.255.254" },
		{ NULL, DNS_A, NULL },
	};
	static const struct {
		const char *list, *subtest, *text, *hits;
	} cases[] = {
		{ "bl.example", "", "b", "A" },
		{ "Bl.Example./a", "", "b", "A" },
		{ "bl.example", "^127\\.0\\.0\\.3$", "b", "" },
		{ "bl.example", "^127\\.0\\.0\\.2$", "b", "A" },
		{ "bl.example", "2", "c", "" },
		{ "bl.example", "^127", "f", "" },
		{ "bl.example/TXT", "", "d", "" },
		{ "bl.example/TXT", "^spam", "d", "A" },
		{ "bl.example/txt", "", "e", "A" },
		{ "bl.example", "^spam", "d", "" },
	};
	struct rules_fixture *f = *state;
	const char *asked;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str rules = arena_printf(
			f->arena, "body A eval:check_hashbl_bodyre('%s', 'raw', 'x(.)x', '%s')\n",
			cases[i].list, cases[i].subtest);

		print_message("%s%s\n", rules.data, cases[i].text);
		ask_load(f, rules.data);
		assert_int_equal(f->problems.len, 0);
		assert_string_equal(ask(f, records,
		                        arena_printf(f->arena, MAIL "x%sx\n", cases[i].text).data,
		                        &asked),
		                    cases[i].hits);
	}
}

/* What is reported is what was found, and not its hash. */
static void test_matched(void **state)
{
	static const struct fake_record records[] = {
		{ "11a586cd1f7d573b856f94a619ae806a9a63f0a4.bl.example", DNS_A, "127.0.0.2" },
		{ NULL, DNS_A, NULL },
	};
	struct rules_fixture *f = *state;
	const char *asked;

	ask_load(f, "header A eval:check_hashbl_emails('bl.example')\n");
	assert_string_equal(ask(f, records, MAIL "\n", &asked), "A");
	assert_string_equal(arena_cstr(f->arena, rules_hit(f, "A")->matched), "a@example.com");
}

/* A pattern that takes too many steps finds nothing, and ends. */
static void test_slow_pattern(void **state)
{
	struct rules_fixture *f = *state;
	struct strbuf mail;
	const char *asked;

	strbuf_init(&mail, f->arena);
	strbuf_add(&mail, STR(MAIL));
	for (int i = 0; i < 50; i++)
		strbuf_add(&mail, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\n"));
	strbuf_add_char(&mail, '\0');
	ask_load(f, TEXT("body", "'raw', '^(?:a|aa)+(?:a|aa)+(?!a)a(.*)'"));
	ask(f, none, mail.data, &asked);
	assert_string_equal(asked, "");
}

/* What rule files ask for before they use it. */
static void test_features(void **state)
{
	static const char *const features[] = {
		"has_hashbl_attachments",
		"has_hashbl_bodyre",
		"has_hashbl_bodyre_num",
		"has_hashbl_email_domain",
		"has_hashbl_email_domain_alias",
		"has_hashbl_email_regex",
		"has_hashbl_email_welcomelist",
		"has_hashbl_email_whitelist",
		"has_hashbl_emails",
		"has_hashbl_ignore",
		"has_hashbl_sha256",
		"has_hashbl_tag",
		"has_hashbl_uris",
		"check_hashbl_tag",
	};
	struct rules_fixture *f = *state;

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		ask_load(f, arena_printf(f->arena,
		                         "if can(Mail::SpamAssassin::Plugin::HashBL::%s)\n"
		                         "body A /a/\nendif\n",
		                         features[i])
		                    .data);
		print_message("%s\n", features[i]);
		assert_int_equal(f->problems.len, 0);
		assert_int_equal(f->set->rules.len, 1);
	}
}

static void test_wrong_calls(void **state)
{
	static const struct ask_problem cases[] = {
		{ "header A eval:check_hashbl_emails()\n",
		  "1:15: the list is missing; name its zone first; correct it, rule A is off" },
		{ "header A eval:check_hashbl_emails('bl..example')\n",
		  "1:36: 'bl..example' is no list; write its zone, with /A or /TXT after it; correct it, rule A is off" },
		{ "header A eval:check_hashbl_emails('bl .example')\n",
		  "1:36: 'bl .example' is no list; write its zone, with /A or /TXT after it; correct it, rule A is off" },
		{ "header A eval:check_hashbl_emails('b.example', 'sha512')\n",
		  "1:49: 'sha512' is no option of this function, and ignored" },
		{ "header A eval:check_hashbl_emails('b.example', 'md5/num')\n",
		  "1:53: 'num' is no option of this function, and ignored" },
		{ "header A eval:check_hashbl_emails('b.example', 'md5/max=x')\n",
		  "1:53: 'max=x' needs a number; correct it, rule A is off" },
		{ "header A eval:check_hashbl_emails('b.example', 'md5/maxsize=1')\n",
		  "1:53: 'maxsize=1' is no option of this function, and ignored" },
		{ "header A eval:check_hashbl_emails('b.example', 'md5', 'body', '(')\n",
		  "1:65: missing closing parenthesis in the pattern; correct it, rule A is off" },
		{ "header A eval:check_hashbl_emails('b.example', 'md5', 'body', '', 'some')\n",
		  "1:68: 'some' is no ACL; hashbl_acl_… statements name its domains; correct it, rule A is off" },
		{ "header A eval:check_hashbl_uris('b.example', 'raw')\n",
		  "1:47: 'raw' names no digest; md5, sha1 and sha256 are some; correct it, rule A is off" },
		{ "body A eval:check_hashbl_attachments('b.example', 'max=3')\n",
		  "1:52: 'max=3' names no digest; md5, sha1 and sha256 are some; correct it, rule A is off" },
		{ "body A eval:check_hashbl_bodyre('b.example', 'raw')\n",
		  "1:13: the pattern is missing; it is the third argument; correct it, rule A is off" },
		{ "body A eval:check_hashbl_bodyre('b.example', 'raw', 'a(')\n",
		  "1:56: missing closing parenthesis in the pattern; correct it, rule A is off" },
		{ "header A eval:check_hashbl_tag('b.example', 'raw')\n",
		  "1:15: the tag is missing; it is the third argument; correct it, rule A is off" },
		{ "hashbl_ignore\n", "1:14: what is not to be asked for is missing here" },
		{ "hashbl_acl_a_b x.com\n",
		  "1:1: 'a_b' is no name of an ACL: letters and digits, up to 32" },
		{ "hashbl_email_domain_alias a.com\n",
		  "1:32: another name of the domain is missing" },
		{ "hashbl_email_domain_alias a@a.com b.com\n",
		  "1:27: write domains without an '@' here" },
		{ "hashbl_email_regex (\n", "1:20: missing closing parenthesis in the pattern" },
		{ "hashbl_email_welcomelist\n", "1:25: the pattern is missing" },
	};

	ask_check_problems(*state, cases, sizeof(cases) / sizeof(cases[0]));
}

/* As in SpamAssassin, where a rule file may be newer than the filter. */
static void test_unknown_option(void **state)
{
	struct rules_fixture *f = *state;

	f->options.network_tests = true;
	rules_load(f, "header A eval:check_hashbl_emails('b.example', 'sha512/md5/max=3')\n");
	assert_int_equal(f->problems.len, 1);
	assert_int_equal(f->problems.items[0].severity, PROBLEM_WARNING);
	assert_null(f->set->rules.items[0]->off);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rules_set_up, rules_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_email_places), TEST(test_email_forms),    TEST(test_emails_left_out),
		TEST(test_uris),         TEST(test_texts),          TEST(test_files),
		TEST(test_large_file),   TEST(test_answers),        TEST(test_matched),
		TEST(test_slow_pattern), TEST(test_tags),           TEST(test_features),
		TEST(test_wrong_calls),  TEST(test_unknown_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
